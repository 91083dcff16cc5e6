"""Roles from the side of those who have them: how many these are, and who is meant by names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from app.services import roles
from app.services.giving import Giving
from app.services.references import group_of, unit_of
from app.services.roles import RoleFacts
from app.session import Session
from app.stores import role_holders as store
from app.stores.access import SqlAccessStore
from app.stores.alike import about_units, people_of
from app.stores.nesting import users_below
from app.stores.references import people_called
from app.stores.role_holders import GivenTo
from rbac.reaches import below


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """A role, and to whom it is given."""

    role: RoleFacts
    given: GivenTo


def list_given(session: Session, account_id: str) -> tuple[RoleGiven, ...]:
    """All roles, by name."""
    counts = store.given_to(session, account_id)
    return tuple(RoleGiven(one, counts.get(one.id, GivenTo())) for one in roles.list_roles(session, account_id))


def people_meant(session: Session, account_id: str, giving: Giving) -> Collection[str]:
    """The ids of all who would have something else by it: those named, a group's members, who works in a unit.

    Who is unknown is left out: to give something to them is refused anyway.
    """
    if giving.group is not None:
        return users_below(session, account_id, [group_of(session, account_id, giving.group).id])
    if giving.principal_unit is not None:
        policy = SqlAccessStore(session, account_id).snapshot([]).policy
        found = unit_of(policy, giving.principal_unit)
        whom = about_units(below(policy.units, found.id), policy.units.path(found.id))
        return people_of(session, account_id, whom)
    called = people_called(session, account_id, giving.users)
    return {one.id for found in called.values() for one in found}
