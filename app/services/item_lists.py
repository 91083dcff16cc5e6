"""Items as lists have them: how many a filter finds, which types there are, and the catalogue's words for them."""

from __future__ import annotations

from app.services.guards import acting_in
from app.services.items import columns
from app.session import Session
from app.stores import counting_rows
from app.stores.access import SqlAccessStore
from app.stores.counting_rows import Count
from app.stores.items import listing_of
from rbac.catalogue import ItemType, Permission


def count_items(session: Session, account_id: str, filter: str | None) -> Count:
    """How many items there are, up to a number beyond which nobody counts on. Raises InvalidFilter, TooMany."""
    acting, _ = acting_in(session, account_id)
    listing = listing_of(columns(session, account_id, acting.policy))
    return counting_rows.count(session, listing, account_id, filter)


def kept_types(session: Session, account_id: str) -> tuple[ItemType, ...]:
    """The types whose items are kept here."""
    kinds = SqlAccessStore(session, account_id).snapshot([]).policy.catalogue.item_kinds
    return tuple(kind for kind in kinds.values() if kind.held)


def permissions_on(session: Session, account_id: str, type: str) -> tuple[Permission, ...]:
    """What one can be permitted to do with items of a type that there are, in the catalogue's order."""
    catalogue = SqlAccessStore(session, account_id).snapshot([]).policy.catalogue
    return tuple(one for one in catalogue if type in one.item_types)
