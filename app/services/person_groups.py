"""The groups of a person, and how they come to be in them."""

from __future__ import annotations

from dataclasses import dataclass

from app.session import Session
from app.stores import person_groups as store


@dataclass(frozen=True, slots=True)
class PersonGroup:
    """A group that somebody is in: as a member, or ``through`` groups (by name) that stand in it directly."""

    id: str
    name: str
    directory: str
    is_member: bool
    through: tuple[str, ...]


def groups_of(session: Session, account_id: str, user_id: str) -> tuple[PersonGroup, ...]:
    """Those that have the person as a member first, each kind by name."""
    rows = store.groups_of_person(session, account_id, user_id)
    names = {row.id: row.display_name for row in rows}
    nested: dict[str, set[str]] = {}
    if not all(row.is_member for row in rows):
        for row in store.nestings_of_person(session, account_id, user_id):
            nested.setdefault(row.group_id, set()).add(names[row.child_id])
    found = (
        PersonGroup(row.id, row.display_name, row.directory, row.is_member, tuple(sorted(nested.get(row.id, ()))))
        for row in rows
    )
    return tuple(sorted(found, key=lambda one: not one.is_member))
