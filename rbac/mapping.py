"""Mapping rules: from the groups a person is in, and what is known of them, to what they are given.

Pure. A moved member, a publish and a preview all ask ``derive``, so they cannot disagree.
A rule is bound to groups by their ids, so a renamed group keeps its rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from rbac.model import Reach
from rbac.patterns import ROLE_CAPTURE, UNIT_CAPTURE, Pattern


@dataclass(frozen=True, slots=True)
class Effect:
    """What a rule gives: a role somewhere, or, without ``role_id``, work in a business unit.

    ``home``: that unit is also the home unit. In a rule with a pattern, ``ROLE_CAPTURE`` and ``UNIT_CAPTURE`` stand
    for what the group's name says.
    """

    role_id: str | None
    unit_id: str
    reach: Reach
    home: bool = False

    @property
    def given(self) -> tuple[str | None, str, Reach]:
        """What it gives, whether or not one is at home there."""
        return (self.role_id, self.unit_id, self.reach)

    @property
    def takes_role(self) -> bool:
        """Whether the role is captured."""
        return self.role_id == ROLE_CAPTURE

    @property
    def takes_unit(self) -> bool:
        """Whether the unit is captured."""
        return self.unit_id == UNIT_CAPTURE

    def captured(self, role_id: str | None, unit_id: str | None) -> Effect:
        """The same with what was captured in place of the captures."""
        if not self.takes_role and not self.takes_unit:
            return self
        role = role_id if self.takes_role else self.role_id
        unit = unit_id if self.takes_unit and unit_id is not None else self.unit_id
        return replace(self, role_id=role, unit_id=unit)


@dataclass(frozen=True, slots=True)
class Term:
    """How long somebody keeps what a rule gives: until a moment, or so many days, or the shorter of both."""

    until: datetime | None = None
    days: int | None = None

    def ends(self, since: datetime) -> datetime | None:
        """When it ends for somebody who got it at ``since``; None for never."""
        if self.days is None:
            return self.until
        after = since + timedelta(days=self.days)
        return after if self.until is None else min(self.until, after)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who fulfils the conditions gets the effects.

    The conditions, of which all count that there are: to be in the group, directly or through nesting, or in one whose
    name fits ``pattern`` (in the directory ``directory_id``, where one is set); and to satisfy ``where``, a filter on
    people. A rule that is ``paused`` gives nothing and takes nothing. ``position`` is its place in the mapping, which
    matters for the home unit; moving a rule does not make it another one.
    """

    id: str
    name: str
    group_id: str | None
    effects: frozenset[Effect]
    pattern: Pattern | None = None
    where: str | None = None
    directory_id: str | None = None
    term: Term = Term()
    paused: bool = False
    owner: str | None = None
    reason: str = ""
    labels: frozenset[str] = frozenset()
    allow_privileged: bool = False
    position: int = field(default=0, compare=False)

    @property
    def derives(self) -> tuple[object, ...]:
        """What decides who gets what; rules that are alike in this differ for readers only."""
        return (
            self.id,
            self.group_id,
            self.effects,
            self.pattern,
            self.where,
            self.directory_id,
            self.term,
            self.paused,
            self.allow_privileged,
        )

    @property
    def sets_home(self) -> bool:
        """Whether it says where people are at home."""
        return any(effect.home for effect in self.effects)


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule with a pattern and one group that it fits: the effects with what the name says.

    ``held``: nobody gets anything by it until somebody has approved that; who has something by it keeps it.
    """

    rule_id: str
    group_id: str
    effects: frozenset[Effect]
    held: bool = False


@dataclass(frozen=True, slots=True)
class Derived:
    """One thing that one rule gives a person: a source of a grant or of a unit membership.

    ``group_id`` is None for a rule without a group, and for a paused one whose group is gone.
    """

    rule_id: str
    group_id: str | None
    effect: Effect


@dataclass(frozen=True)
class Rules:
    """Rules, found by the group they are bound to. ``bound`` says it of those with a pattern."""

    rules: tuple[Rule, ...]
    bound: tuple[Bound, ...] = ()

    @cached_property
    def live(self) -> dict[str, Rule]:
        """The rules that give and take, by id: those that are not paused."""
        return {rule.id: rule for rule in self.rules if not rule.paused}

    @cached_property
    def by_group(self) -> dict[str, frozenset[Derived]]:
        """What being in each group gives; where the rule has a filter, only to who satisfies that."""
        given: defaultdict[str, list[Derived]] = defaultdict(list)
        for rule in self.live.values():
            if rule.group_id is not None:
                given[rule.group_id] += (Derived(rule.id, rule.group_id, effect) for effect in rule.effects)
        for one in self.bound:
            if one.rule_id in self.live and not one.held:
                given[one.group_id] += (Derived(one.rule_id, one.group_id, effect) for effect in one.effects)
        return {group_id: frozenset(derived) for group_id, derived in given.items()}

    @cached_property
    def held_back(self) -> dict[str, frozenset[Derived]]:
        """What being in each group would give but for its being held."""
        given: defaultdict[str, list[Derived]] = defaultdict(list)
        for one in self.bound:
            if one.rule_id in self.live and one.held:
                given[one.group_id] += (Derived(one.rule_id, one.group_id, effect) for effect in one.effects)
        return {group_id: frozenset(derived) for group_id, derived in given.items()}

    @cached_property
    def by_filter(self) -> dict[str, tuple[Derived, ...]]:
        """What satisfying the filter of a rule without a group gives, by the rule."""
        return {
            rule.id: tuple(Derived(rule.id, None, effect) for effect in rule.effects)
            for rule in self.live.values()
            if rule.where is not None and rule.group_id is None and rule.pattern is None
        }

    @cached_property
    def filtered(self) -> dict[str, Rule]:
        """The live rules that have a filter, by id: whether somebody satisfies it must be known."""
        return {id: rule for id, rule in self.live.items() if rule.where is not None}

    @property
    def group_ids(self) -> Set[str]:
        """The groups that some live rule is bound to."""
        return self.by_group.keys() | self.held_back.keys() if self.held_back else self.by_group.keys()


@dataclass(frozen=True, slots=True)
class Difference:
    """What somebody gains and loses."""

    gained: frozenset[Derived]
    lost: frozenset[Derived]

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def derive(rules: Rules, groups: Iterable[str], satisfied: Set[str] = frozenset()) -> frozenset[Derived]:
    """What the rules give a person who is in these groups, directly or through nesting.

    ``satisfied`` are the ids of the rules whose filter the person satisfies.
    """
    given, filtered = rules.by_group, rules.filtered
    every = frozenset[Derived]().union(*[given[group_id] for group_id in groups if group_id in given])
    if not filtered:
        return every
    found = {one for one in every if one.rule_id not in filtered or one.rule_id in satisfied}
    by_filter = rules.by_filter
    found.update(derived for id in satisfied if id in by_filter for derived in by_filter[id])
    return frozenset(found)


def keeps(rules: Rules, groups: Iterable[str], satisfied: Set[str], has: Set[Derived]) -> frozenset[Derived]:
    """What somebody who is in these groups, and has this, keeps of what is held."""
    if not rules.held_back:
        return frozenset()
    held = frozenset[Derived]().union(*[rules.held_back[one] for one in groups if one in rules.held_back])
    return frozenset(one for one in held & has if one.rule_id not in rules.filtered or one.rule_id in satisfied)


def difference(before: Set[Derived], after: Set[Derived]) -> Difference:
    """What is new and what is gone."""
    return Difference(frozenset(after - before), frozenset(before - after))
