"""Groups that came to patterns by themselves: a plan lists those that no publish has shown, and shows them by that.

Only what the plan that is published has listed counts as seen, by as many people at most as it said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.services.mapping_resolution import Prepared
from app.services.mapping_written import given_in_words
from app.session import Session
from app.stores import mapping_bindings
from scim.keys import fold

MOST_CAME = 500
"""So many are listed by a plan, those with the most people first; the others wait for the next one."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A group and the pattern that came to be for it. ``people`` have something by it already; ``held``: as yet no more
    get anything, and publishing lets it."""

    rule: str
    group: str
    group_id: str
    directory: str
    gives: tuple[str, ...]
    people: int
    held: bool


def arrivals(session: Session, account_id: str, prepared: Prepared) -> list[Arrival]:
    """All of them; what is held comes first, then what most people have something by."""
    return sorted(
        _arrivals(session, account_id, prepared).values(),
        key=lambda one: (not one.held, -one.people, fold(one.group), one.group_id, fold(one.rule)),
    )


def shown_by(
    session: Session, account_id: str, prepared: Prepared, listed: Iterable[Mapping[str, Any]]
) -> set[tuple[str, str]]:
    """The rules and groups (ids) that count as seen once this is published: what a plan has ``listed``, unless it gives
    something else or to more people by now; and what was held, of which everything that it gives is in the rows."""
    seen = {(fold(one["rule"]), one["group_id"]): one for one in listed}
    found = {(one.rule_id, one.group.id) for one in prepared.let}
    for key, one in _arrivals(session, account_id, prepared).items():
        then = seen.get((fold(one.rule), one.group_id))
        if then is not None and [*then["gives"]] == [*one.gives] and one.people <= then["people"]:
            found.add(key)
    return found


def _arrivals(session: Session, account_id: str, prepared: Prepared) -> dict[tuple[str, str], Arrival]:
    came = prepared.came
    if not came:
        return {}
    people = mapping_bindings.people_by_binding(session, account_id)
    by_group: dict[str, int] = {}
    for (_, group_id), number in people.items():
        by_group[group_id] = max(by_group.get(group_id, 0), number)
    rules = {rule.id: rule for rule in prepared.after}
    held = {one.group.id for one in prepared.before.bindings if one.held is not None}
    return {
        (one.rule_id, one.group.id): Arrival(
            rules[one.rule_id].name,
            one.group.name,
            one.group.id,
            one.group.directory,
            tuple(
                sorted(
                    given_in_words(prepared.policy, effect.captured(one.role_id, one.unit_id))
                    for effect in rules[one.rule_id].effects
                )
            ),
            by_group.get(one.group.id, 0),
            one.group.id in held,
        )
        for one in came
    }
