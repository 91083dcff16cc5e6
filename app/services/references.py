"""What people and programs name: a role, a unit, a person or a group, by id or by name, whatever its case."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.services.errors import Conflict, NotFound
from app.session import Session
from app.stores import units as unit_store
from app.stores.naming import FoundGroup, find_groups
from rbac.model import Policy, Role, Snapshot, Subject
from rbac.units import Unit
from scim.keys import fold

_SHOWN = 50


def role_of(policy: Policy, reference: str) -> Role:
    """A role by id or name. Raises NotFound, naming those there are."""
    key = fold(reference)
    found = policy.roles.get(key)
    if found is not None:
        return found
    for role in policy.roles.values():
        if fold(role.name) == key:
            return role
    there_are = _some(role.name for role in policy.roles.values())
    raise NotFound(f"no role {reference!r}; there are: {there_are}", "role", reference)


def unit_of(policy: Policy, reference: str) -> Unit:
    """A business unit by id or key. Raises NotFound, naming those there are."""
    found = policy.units.find(fold(reference))
    if found is None:
        keys = _some(unit.key for unit in policy.units.units.values())
        raise NotFound(f"no business unit {reference!r}; there are: {keys}", "unit", reference)
    return found


def hold_units(session: Session, account_id: str, unit_ids: Collection[str]) -> None:
    """Keep units from being deleted until the end of the transaction. Raises Conflict if one is gone by now.

    For whoever refers to units without taking turns with those who change them (see ``access_revision.bump``).
    """
    if unit_ids and unit_store.hold_units(session, account_id, unit_ids) != set(unit_ids):
        raise Conflict("somebody has just deleted this business unit; look at the units again")


def person_of(snapshot: Snapshot, reference: str) -> Subject:
    """A person whom the snapshot was asked for. Raises NotFound for an unknown or ambiguous one."""
    subject = snapshot.subjects.get(reference)
    if subject is None:
        why = f"no user {reference!r} in this account, or several of that name; use the user's id"
        raise NotFound(why, "user", reference)
    return subject


def group_of(session: Session, account_id: str, reference: str) -> FoundGroup:
    """A group by id or name. Raises NotFound, also where several have the name."""
    found = find_groups(session, account_id, None, id=fold(reference)) or find_groups(
        session, account_id, None, name=reference
    )
    if len(found) != 1:
        what = "several groups are" if found else "no group is"
        raise NotFound(f"{what} named {reference!r}; use the group's id", "group", reference)
    return found[0]


def _some(names: Iterable[str]) -> str:
    every = sorted(names)
    more = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more
