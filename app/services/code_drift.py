"""Drift: what belongs to a file and is no longer as it was when the file was applied.

No door changes it, yet it can: a group is renamed or deleted in its directory, the platform drops a permission that a
role gives, a default role is called otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from app.services.configuration_state import State, differences, name_of, read_state
from app.session import Session
from app.stores import configurations as store

Fate = Literal["changed", "gone"]


@dataclass(frozen=True, slots=True)
class Drift:
    """Something that is otherwise than the file that was applied last left it; ``details`` in words."""

    kind: str
    name: str
    fate: Fate
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """The file that was applied last, and what has drifted since."""

    id: str
    file: str
    hash: str
    applied: datetime
    by: str
    reason: str
    objects: int
    drift: tuple[Drift, ...]


def drift_of(session: Session, account_id: str, present: State | None = None) -> tuple[Drift, ...]:
    """What of the things that belong to a file is otherwise by now; nothing where no file was ever applied.

    ``present`` is what there is, for who has read it already.
    """
    latest = store.latest_applied(session, account_id)
    if latest is None or not latest.state:
        return ()
    return _drift(latest.state, present or read_state(session, account_id))


def applied_of(session: Session, account_id: str) -> Applied | None:
    """The file that was applied last; None where none ever was."""
    latest = store.latest_applied(session, account_id)
    if latest is None or latest.applied is None:
        return None
    state = latest.state or {}
    objects = sum(len(entries) for section, entries in state.items() if section != "default_roles")
    return Applied(
        latest.id,
        latest.file,
        latest.hash,
        latest.applied,
        latest.decided_by or latest.author,
        latest.reason,
        objects,
        _drift(state, read_state(session, account_id)),
    )


def _drift(was: Mapping[str, Any], present: State) -> tuple[Drift, ...]:
    found: list[Drift] = []
    for kind, entries in present.entries.items():
        by_name = {name_of(entry): entry for entry in entries.values()}
        for name, before in was.get(f"{kind}s", {}).items():
            after = by_name.get(name)
            if after is None:
                found.append(Drift(kind, name, "gone", ()))
            elif after != before:
                found.append(Drift(kind, name, "changed", differences(before, after)))
    defaults = list(present.default_roles)
    if was.get("default_roles", defaults) != defaults:
        lines = differences({"default_roles": was["default_roles"]}, {"default_roles": defaults})
        found.append(Drift("default_roles", "default roles", "changed", lines))
    return tuple(found)
