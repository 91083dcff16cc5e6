"""Mapping rules: from the groups a person is in to what they are given.

Pure. A moved member, a publish and a preview all ask ``derive``, so they cannot disagree.
A rule is bound to a group's id, so a renamed group keeps its rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cached_property

from rbac.model import Reach


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule gives: a role somewhere, or, without ``role_id``, work in a business unit."""

    role_id: str | None
    unit_id: str
    reach: Reach

    @property
    def given(self) -> tuple[str | None, str, Reach]:
        """The same as a plain tuple."""
        return (self.role_id, self.unit_id, self.reach)


@dataclass(frozen=True, slots=True)
class Rule:
    """Members of the group, direct or through nesting, get the effects."""

    id: str
    name: str
    group_id: str
    effects: frozenset[Effect]


@dataclass(frozen=True, slots=True)
class Derived:
    """One thing that one rule gives a person: a source of a grant or of a unit membership."""

    rule_id: str
    group_id: str
    effect: Effect


@dataclass(frozen=True)
class Rules:
    """Rules, found by the group they are bound to."""

    rules: tuple[Rule, ...]

    @cached_property
    def by_group(self) -> dict[str, tuple[Derived, ...]]:
        """What being in each group gives."""
        given: defaultdict[str, list[Derived]] = defaultdict(list)
        for rule in self.rules:
            given[rule.group_id] += (Derived(rule.id, rule.group_id, effect) for effect in rule.effects)
        return {group_id: tuple(derived) for group_id, derived in given.items()}

    @property
    def group_ids(self) -> Set[str]:
        """The groups that some rule is bound to."""
        return self.by_group.keys()


@dataclass(frozen=True, slots=True)
class Difference:
    """What somebody gains and loses."""

    gained: frozenset[Derived]
    lost: frozenset[Derived]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def derive(rules: Rules, groups: Iterable[str]) -> frozenset[Derived]:
    """What the rules give a person who is in these groups, directly or through nesting."""
    given = rules.by_group
    return frozenset(derived for group_id in groups if group_id in given for derived in given[group_id])


def difference(before: Set[Derived], after: Set[Derived]) -> Difference:
    """What is new and what is gone."""
    return Difference(frozenset(after - before), frozenset(before - after))
