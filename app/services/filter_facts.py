"""Data filters as they are shown: what each says, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rbac.model import Reach


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The assignment that a filter narrows: a role of a user, group or unit, at a unit (its key) or everywhere."""

    role_id: str
    role: str
    kind: str
    id: str
    name: str
    unit: str | None
    with_children: bool


@dataclass(frozen=True, slots=True)
class FilterFacts:
    """A data filter. ``unit`` is a key, or else ``assignment_id`` is set; ``holder`` says it in words.

    ``hints`` say where it is plain that no record matches, together with the units above and below. ``narrows`` is
    the assignment, with what it gives to whom.
    """

    id: str
    record_type: str
    filter: str
    unit: str | None
    assignment_id: str | None
    holder: str
    hints: tuple[str, ...] = ()
    narrows: Narrowed | None = None


def narrowed_by(row: Any) -> Narrowed | None:
    """The assignment that a row's filter narrows; None for a unit's."""
    if row.assignment_id is None:
        return None
    kind, id, name = next(
        (kind, id, name)
        for kind, id, name in (
            ("user", row.user_id, row.user_name),
            ("group", row.group_id, row.group_name),
            ("unit", row.principal_unit_id, row.principal_unit),
        )
        if id is not None
    )
    where = None if row.reach == Reach.ACCOUNT else row.scope
    return Narrowed(row.role_id, row.role, kind, id, name, where, row.reach == Reach.SUBTREE)


def holder_words(row: Any) -> str:
    """Whose filter a row is, for people."""
    if row.unit is not None:
        return f"unit {row.unit}"
    whose = row.user_name or row.group_name or row.principal_unit
    where = "" if row.reach == Reach.ACCOUNT else f" in {row.scope}"
    return f"role {row.role} of {whose}{where}"
