"""The rows of a plan as they are stored: what is the same for many people once, in words that last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from typing import Any

from app.services.mapping_scan import Run, Scan, in_runs
from rbac.mapping_turns import Change

_NOBODY = "00000000-0000-0000-0000-000000000000"
Rows = Iterable[Sequence[Any]]


def stored_rows(found: Scan) -> tuple[Rows, Rows, Rows]:
    """The changes, the steps of each run, and whose runs they are, in the order in which they are shown."""
    runs, people = in_runs(found)
    changes: list[Sequence[Any]] = []
    steps: list[tuple[int, int, int]] = []
    numbers: dict[tuple[int, str, bool], int] = {}
    for run_number, run in enumerate(runs):
        for nth, change in enumerate(run.changes):
            # Equal changes are one object.
            key = id(change), run.standing, run.privileged
            number = numbers.setdefault(key, len(changes))
            if number == len(changes):
                changes.append((number, change.turning.value, run.standing, run.privileged, *_words(found, change)))
            steps.append((run_number, nth, number))
    return changes, steps, _placed(runs, people)


def _placed(runs: Sequence[Run], people: Iterable[tuple[str, str, int]]) -> Iterator[Sequence[Any]]:
    start, lengths = 0, [len(run.changes) for run in runs]
    for user_id, name, run in people:
        yield start, run, user_id, name
        start += lengths[run]


def _words(found: Scan, change: Change) -> tuple[Any, ...]:
    policy, rule = found.prepared.policy, found.rules.get(change.rule)
    role_id, unit_id, reach = change.given
    return (
        role_id,
        policy.roles[role_id].name if role_id is not None else None,
        unit_id,
        policy.units.units[unit_id].key,
        reach.value,
        change.home,
        change.ends.astimezone(UTC).isoformat(timespec="microseconds")[:26] if change.ends else None,
        rule.id if rule else _NOBODY,
        rule.name if rule else "",
        change.group,
        found.group_names.get(change.group) if change.group is not None else None,
    )
