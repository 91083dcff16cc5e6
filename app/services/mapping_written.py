"""The rules that a plan adds, changes or takes out, in words: for which group each is by now, and what it gives.

Whoever approves a plan is shown what its document was understood to mean: a group is told with the name that it has,
never with the one that somebody wrote beside its id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.services.mapping_resolution import Prepared
from app.stores.naming import FoundGroup
from rbac.mapping import Effect, Rule
from rbac.model import Policy, Reach


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule that is not as before, or that is removed, as it was. A rule by pattern or filter has no ``group``."""

    change: Literal["added", "changed", "removed"]
    rule: str
    group: str | None
    group_id: str | None
    directory: str | None
    pattern: str | None
    where: str | None
    paused: bool
    gives: tuple[str, ...]


def written_rules(prepared: Prepared) -> tuple[WrittenRule, ...]:
    """All of them, in the order of the rules; what is removed comes last."""
    return tuple(_written(prepared))


def _written(prepared: Prepared) -> Iterator[WrittenRule]:
    known = {rule.id for rule in prepared.before.rules.rules}
    kept = {rule.id for rule in prepared.after}
    before = {one.group.id: one.group for one in prepared.before.bindings}
    for rule in prepared.written:
        yield _told(prepared, "changed" if rule.id in known else "added", rule, prepared.groups)
    for rule in prepared.ended:
        if rule.id not in kept:
            yield _told(prepared, "removed", rule, before)


def _told(
    prepared: Prepared, change: Literal["added", "changed", "removed"], rule: Rule, groups: dict[str, FoundGroup]
) -> WrittenRule:
    group = groups.get(rule.group_id) if rule.group_id is not None else None
    within = prepared.directories.get(rule.directory_id, rule.directory_id) if rule.directory_id is not None else None
    return WrittenRule(
        change,
        rule.name,
        group.name if group is not None else None,
        rule.group_id,
        (group.directory or None) if group is not None else within,
        rule.pattern.text if rule.pattern is not None else None,
        rule.where,
        rule.paused,
        tuple(sorted(given_in_words(prepared.policy, effect) for effect in rule.effects)),
    )


def given_in_words(policy: Policy, effect: Effect) -> str:
    """A role, or work, and where."""
    role = policy.roles.get(effect.role_id) if effect.role_id is not None else None
    what = role.name if role is not None else effect.role_id or "work"
    if effect.reach is Reach.ACCOUNT:
        return what
    unit = policy.units.units.get(effect.unit_id)
    where = f"{what} in {unit.key if unit is not None else effect.unit_id}"
    below = f"{where} and below" if effect.reach is Reach.SUBTREE else where
    return f"{below} (home)" if effect.home else below
