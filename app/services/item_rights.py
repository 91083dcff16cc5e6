"""Who may change whose items.

A platform's programs may. Of people, the owner of an item may, and whoever holds the catalogue's ``items.manage_all``
in the item's business unit. Once an item is shared with other units, only its owner changes who may do what with it:
nobody else, whatever they manage, can take away what the owner gave. The owner keeps that right whatever the levels
say and wherever the item belongs. If the owner is gone, whoever manages all items may act, for nobody else could.
Into a unit an item comes, new or from elsewhere, by a program or by whoever manages all items there; not even its owner
puts it into another. An Account Owner's role says nothing about items: it lets them hand them over to others, and no
more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.services.errors import Forbidden
from app.services.guards import Acting, roles_had
from app.session import Session
from app.stores.items import shares_of
from app.stores.nesting import groups_holding
from rbac.decide import decide
from rbac.items import ItemKey


def check_items(session: Session, account_id: str, acting: Acting, rows: Iterable[Any], what: str) -> None:
    """Raises Forbidden unless whoever acts may change all of these items; ``what`` is what they try, as "delete"."""
    if acting.person is None:
        return
    others = [row for row in rows if row.owner_id != acting.person.id]
    shared = shares_of(session, account_id, (ItemKey(row.type, row.id) for row in others))
    manages: dict[str, bool] = {}
    for row in others:
        if row.owner_active and ItemKey(row.type, row.id) in shared:
            owner = f"only its owner, {row.user_name}, may {what} it"
            raise Forbidden(f"{row.type} {row.id} is shared with other units; {owner}")
        if row.business_unit_id not in manages:
            manages[row.business_unit_id] = manages_items(acting, row.business_unit_id)
        if not manages[row.business_unit_id]:
            lacking = _or_manage(acting, row.unit)
            raise Forbidden(f"you may not {what} {row.type} {row.id}: you do not own it{lacking}")


def check_register(acting: Acting, unit_ids: Iterable[str]) -> None:
    """Raises Forbidden unless whoever acts may register items in all of these units."""
    for unit in unit_ids:
        if not manages_items(acting, unit):
            raise Forbidden("items are registered by the platform, or by whoever manages all items of the unit")


def check_move(acting: Acting, unit_ids: Iterable[str]) -> None:
    """Raises Forbidden unless whoever acts may put items that there are into all of these units."""
    for unit in unit_ids:
        if not manages_items(acting, unit):
            key = acting.policy.units.units[unit].key
            raise Forbidden(f"items are moved to {key} by the platform, or by whoever manages all items there")


def own_groups(session: Session, account_id: str, acting: Acting) -> set[str]:
    """The groups that the person who acts is in, and the roles they have: what one of these owns is open to them."""
    if acting.person is None:
        return set()
    return groups_holding(session, account_id, acting.person.id) | roles_had(acting.policy, acting.person)


def manages_items(acting: Acting, unit_id: str) -> bool:
    """Whether whoever acts passes every level of the items in a unit."""
    key = acting.policy.catalogue.items.manage_all
    if acting.person is None:
        return True
    return key is not None and decide(acting.policy, acting.person, key, unit=unit_id).allowed


def _or_manage(acting: Acting, unit: str) -> str:
    key = acting.policy.catalogue.items.manage_all
    return f", and lack {key} in {unit}" if key else ""
