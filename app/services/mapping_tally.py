"""What a plan comes to in numbers, counted while everybody is looked at: by role, by rule, by what is questionable."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from rbac.mapping_lint import Clash, Lint
from rbac.mapping_turns import Given, Turn, Turning

Standing = Literal["new", "nothing", "other"]
"""Of a person: ``new`` has no role before, ``nothing`` none after."""


@dataclass(slots=True)
class Tally:
    """Counts people. Whoever has the same as others is counted with them, at once."""

    lint: Lint
    gaining: int = 0
    losing: int = 0
    ending: int = 0
    changed: int = 0
    new: int = 0
    nothing: int = 0
    rows: int = 0
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    sooner: Counter[str] = field(default_factory=Counter)
    later: Counter[str] = field(default_factory=Counter)
    fits: Counter[str] = field(default_factory=Counter)
    """How many people each rule gives something."""
    alike: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many people two rules give the same thing."""
    clashes: Counter[Clash] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)
    newly_apart: Counter[str] = field(default_factory=Counter)
    behind_clash: defaultdict[Clash, set[str]] = field(default_factory=lambda: defaultdict(set))
    behind_apart: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, turn: Turn, standing: Standing, people: int) -> None:
        """Count so many people for whom this changes, and who then have this."""
        if turn.changes:
            self._changes(turn, standing, people)
        if turn.by_rules:
            self._rules(turn, people)
            self._questionable(turn, people)

    def _changes(self, turn: Turn, standing: Standing, people: int) -> None:
        by_turning: dict[Turning, set[str]] = {}
        for one in turn.changes:
            roles = by_turning.setdefault(one.turning, set())
            if one.given[0] is not None:
                roles.add(one.given[0])
        self.changed += people
        self.rows += people * len(turn.changes)
        self.gaining += people * (Turning.GAINED in by_turning)
        self.losing += people * (Turning.LOST in by_turning)
        self.ending += people * (Turning.SOONER in by_turning or Turning.LATER in by_turning)
        self.new += people * (standing == "new")
        self.nothing += people * (standing == "nothing")
        counts = self.gained, self.lost, self.sooner, self.later
        for turning, count in zip(Turning, counts, strict=True):
            for role in by_turning.get(turning, ()):
                count[role] += people

    def _rules(self, turn: Turn, people: int) -> None:
        for rule in {rule for rule, _ in turn.by_rules}:
            self.fits[rule] += people
        if len({given for _, given in turn.by_rules}) == len(turn.by_rules):
            return
        by_given: defaultdict[Given, set[str]] = defaultdict(set)
        for rule, given in turn.by_rules:
            by_given[given].add(rule)
        pairs = {pair for rules in by_given.values() if len(rules) > 1 for pair in combinations(sorted(rules), 2)}
        for pair in pairs:
            self.alike[pair] += people

    def _questionable(self, turn: Turn, people: int) -> None:
        for clash in self.lint.clashes(turn.holds):
            behind = _behind(turn, {clash.allows, clash.denies})
            if behind:
                self.clashes[clash] += people
                self.behind_clash[clash] |= behind
        apart = self.lint.apart(turn.holds)
        if not apart:
            return
        before = self.lint.apart(turn.held)
        for separation in self.lint.separations:
            if separation.id not in apart:
                continue
            doing = self.lint.doing(separation, turn.holds)
            behind = {rule for rule, given in turn.by_rules if given in doing}
            if behind:
                self.apart[separation.id] += people
                self.newly_apart[separation.id] += people * (separation.id not in before)
                self.behind_apart[separation.id] |= behind


def _behind(turn: Turn, roles: Iterable[str]) -> set[str]:
    wanted = set(roles)
    return {rule for rule, given in turn.by_rules if given[0] in wanted}
