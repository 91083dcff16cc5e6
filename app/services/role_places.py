"""Where a role is used: the rules that give it, the business units and groups that have it, and what begins with it."""

from __future__ import annotations

from dataclasses import dataclass

from app.services import grants
from app.services.grants import GrantFacts
from app.services.references import role_of
from app.session import Session
from app.stores import grant_listing, rule_effects
from app.stores import roles as store
from app.stores.access import SqlAccessStore
from app.stores.rule_effects import RuleEffect


@dataclass(frozen=True, slots=True)
class RolePlaces:
    """Where a role is used. ``given`` are what groups and units have; people are too many to be named here.

    ``copies`` are (id, name) of roles that were copied from it. ``is_default``: people made by hand get it.
    """

    rules: tuple[RuleEffect, ...]
    given: tuple[GrantFacts, ...]
    copies: tuple[tuple[str, str], ...]
    is_default: bool


def places_of(session: Session, account_id: str, role: str) -> RolePlaces:
    """Where a role is used. Raises NotFound."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = role_of(policy, role)
    rows = grant_listing.shared_grants_of_role(session, account_id, found.id)
    every = store.all_roles(session, account_id)
    return RolePlaces(
        tuple(rule_effects.giving_role(session, account_id, found.id)),
        grants.facts_of(session, account_id, policy, rows),
        tuple((one.id, one.name) for one in every if one.origin_id == found.id),
        found.id in store.default_roles(session, account_id),
    )
