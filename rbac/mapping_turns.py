"""What a publish changes for one person: from what they have and what the rules derive to what they then have.

Pure, and the same for everybody who has the same and is derived the same, so it is worked out once for them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from rbac.mapping import Derived, Rule, Term
from rbac.mapping_edits import Doing, Edit
from rbac.model import Reach

Given = tuple[str | None, str, Reach]
"""A role somewhere, or, without a role, work in a unit."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_NO_TERM = Term()


class Turning(StrEnum):
    """How something changes: it comes, it goes, or it stays and ends at another time than before."""

    GAINED = "gained"
    LOST = "lost"
    SOONER = "sooner"
    LATER = "later"


class Held(NamedTuple):
    """One source of something that somebody has. ``rule`` and ``group`` are None for what was given by hand.

    ``created`` matters for rules that give for so many days. ``home``: by it the unit is the home unit.
    """

    given: Given
    rule: str | None = None
    group: str | None = None
    starts: datetime | None = None
    expires: datetime | None = None
    created: datetime | None = None
    home: bool = False

    def counts(self, at: datetime) -> bool:
        """Whether it is in force."""
        return (self.starts is None or self.starts <= at) and (self.expires is None or at < self.expires)


class Change(NamedTuple):
    """One thing that changes, with the rule (and group) that does it; ``ends``: when what is then had ends.

    ``home``: the unit becomes, or was, the home unit.
    """

    turning: Turning
    given: Given
    rule: str
    group: str | None
    ends: datetime | None = None
    home: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """All that changes for one person, and all that is written, of which perhaps nobody would notice anything.

    ``held`` and ``holds`` are what they have in force before and after, ``by_rules`` what rules give them after.
    """

    changes: tuple[Change, ...]
    edits: tuple[Edit, ...]
    held: frozenset[Given]
    holds: frozenset[Given]
    by_rules: tuple[tuple[str, Given], ...]

    @property
    def moves(self) -> bool:
        """Whether anything is written."""
        return bool(self.edits)


class Home(NamedTuple):
    """Where somebody is at home, if anywhere, and whether a rule said so."""

    unit: str | None = None
    mapped: bool = False


class Turns:
    """Says what changes for people when rules are published.

    ``rules`` are all that will be published, by id; ``concerned`` those that may give something else than before, or
    nothing more. What is given to many people is one object, also as a change.
    """

    def __init__(self, rules: Mapping[str, Rule], concerned: Set[str], moment: datetime) -> None:
        self._rules = rules
        self._concerned = concerned
        self._moment = moment
        self._places = {id: (rule.position, id) for id, rule in rules.items()}
        self._nowhere = (len(rules), "")
        # Kept alive, so that their identity says what they are.
        self._kept: list[Derived] = []
        self._fresh: dict[int, Held] = {}
        self._gained: dict[int, Change] = {}
        self._changes: dict[Change, Change] = {}
        self._gives: dict[int, Edit] = {}
        self._edits: dict[Edit, Edit] = {}
        self._orders: dict[int, tuple[str, ...]] = {}

    def of(self, held: Sequence[Held], derived: Iterable[Derived], home: Home) -> Turn:
        """What changes for somebody who has these sources, and for whom the rules derive this."""
        concerned, known = self._concerned, self._fresh
        fresh = [known.get(id(one)) or self._source(one) for one in derived if one.rule_id in concerned]
        after, edits = self._after(held, fresh) if held else (fresh, [self._gives[id(one)] for one in fresh])
        # Where nothing moves and no rule that says a home is concerned, nobody looks at it.
        if edits or any(one.home and one.rule in concerned for one in after):
            moved_home = self._home(after, home)
        else:
            moved_home = None
        moment = self._moment
        had, has = _in_force(held, moment), _in_force(after, moment)
        changes = self._gains(had, has, after) if edits else []
        if held and edits:
            changes += self._losses(had, has, held)
            changes += self._ends(had, has, held, after)
        if len(changes) > 1:
            changes.sort(key=self._in_order)
        if moved_home is not None:
            changes = sorted(self._with_home(changes, *moved_home), key=self._in_order)
            source, _ = moved_home
            edits.append(self._edit(Edit(Doing.HOME, None, source.given[1] if source else None)))
        by_rules = tuple([(one.rule, one.given) for one in after if one.rule is not None and one.given in has])
        return Turn(tuple(changes), tuple(edits), frozenset(had), frozenset(has), by_rules)

    def _source(self, derived: Derived) -> Held:
        effect, moment = derived.effect, self._moment
        ends = self._ends_of(derived.rule_id, moment)
        source = Held(effect.given, derived.rule_id, derived.group_id, None, ends, moment, effect.home)
        self._kept.append(derived)
        self._fresh[id(derived)] = source
        self._gives[id(source)] = self._edit_of(Doing.GIVE, source, ends)
        return source

    def _edit_of(self, doing: Doing, source: Held, expires: datetime | None = None) -> Edit:
        return self._edit(Edit(doing, *source.given, source.rule, source.group, source.home, expires))

    def _edit(self, made: Edit) -> Edit:
        return self._edits.setdefault(made, made)

    def _after(self, held: Sequence[Held], fresh: Iterable[Held]) -> tuple[list[Held], list[Edit]]:
        """The sources that will be, and what makes them so."""
        wanted = {(one.rule, one.group, one.given, one.home): one for one in fresh}
        after, edits = [], []
        for one in held:
            if one.rule is None or one.rule not in self._concerned:
                after.append(one)
                continue
            if wanted.pop((one.rule, one.group, one.given, one.home), None) is None:
                edits.append(self._edit_of(Doing.TAKE, one))
                continue
            ends = self._ends_of(one.rule, one.created)
            if ends != one.expires:
                edits.append(self._edit_of(Doing.END, one, ends))
                after.append(one._replace(expires=ends))
            else:
                after.append(one)
        after += wanted.values()
        edits += [self._gives[id(one)] for one in wanted.values()]
        return after, edits

    def _gains(
        self, had: Mapping[Given, datetime], has: Mapping[Given, datetime], after: Sequence[Held]
    ) -> list[Change]:
        changes = []
        for given, source in self._causes(has.keys() - had.keys() if had else has, after).items():
            if source.created is self._moment and has[given] == (source.expires or _NEVER):
                known = self._gained.get(id(source))
                if known is None:
                    known = self._gained[id(source)] = self._one(Turning.GAINED, source, source.expires)
                changes.append(known)
            else:
                changes.append(self._one(Turning.GAINED, source, _moment(has[given])))
        return changes

    def _losses(
        self, had: Mapping[Given, datetime], has: Mapping[Given, datetime], held: Sequence[Held]
    ) -> Iterable[Change]:
        for source in self._causes(had.keys() - has.keys(), held).values():
            yield self._one(Turning.LOST, source, None)

    def _ends(
        self,
        had: Mapping[Given, datetime],
        has: Mapping[Given, datetime],
        held: Sequence[Held],
        after: Sequence[Held],
    ) -> Iterable[Change]:
        """What stays and ends at another time than before."""
        later = {given for given in has if given in had and has[given] > had[given]}
        sooner = {given for given in has if given in had and has[given] < had[given]}
        for given, source in self._causes(later, after).items():
            yield self._one(Turning.LATER, source, _moment(has[given]))
        for given, source in self._causes(sooner, held).items():
            yield self._one(Turning.SOONER, source, _moment(has[given]))

    def _causes(self, wanted: Collection[Given], among: Iterable[Held]) -> dict[Given, Held]:
        """The source that each of these comes from, by the first rule that is concerned."""
        found: dict[Given, Held] = {}
        concerned = self._concerned
        for one in among if wanted else ():
            if one.given not in wanted or one.rule not in concerned:
                continue
            known = found.setdefault(one.given, one)
            if known is not one and (self._place(one), one.group or "") < (self._place(known), known.group or ""):
                found[one.given] = one
        return found

    def _home(self, after: Iterable[Held], home: Home) -> tuple[Held | None, str | None] | None:
        """The source by which somebody will be at home, and where they were; None where nothing changes."""
        if home.unit is not None and not home.mapped:
            return None
        says = [one for one in after if one.home and one.rule is not None]
        source = min(says, key=lambda one: (self._place(one), one.given[1]), default=None)
        unit = source.given[1] if source else None
        return None if unit == home.unit else (source, home.unit)

    def _with_home(self, changes: list[Change], source: Held | None, was: str | None) -> list[Change]:
        """The same changes, with the one of the home unit."""

        def mark(turning: Turning, *these: Given) -> bool:
            for number, one in enumerate(changes):
                if one.turning is turning and one.given in these:
                    marked = one._replace(home=True)
                    changes[number] = self._changes.setdefault(marked, marked)
                    return True
            return False

        if source is not None and not mark(Turning.GAINED, source.given):
            changes.append(self._one(Turning.GAINED, source, source.expires, home=True))
        works: list[Given] = [(None, was, reach) for reach in (Reach.UNIT, Reach.SUBTREE)] if was is not None else []
        if was is not None and not mark(Turning.LOST, *works) and source is None:
            # It is a unit to work in still, or nobody knows any more which rule said so.
            changes.append(self._one(Turning.LOST, Held((None, was, Reach.UNIT), ""), None, home=True))
        return changes

    def _one(self, turning: Turning, source: Held, ends: datetime | None, *, home: bool = False) -> Change:
        made = Change(turning, source.given, source.rule or "", source.group, ends, home)
        return self._changes.setdefault(made, made)

    def _in_order(self, change: Change) -> tuple[str, ...]:
        known = self._orders.get(id(change))
        if known is None:
            role, unit, reach = change.given
            known = self._orders[id(change)] = (change.turning, role or "", unit, reach, change.rule)
        return known

    def _place(self, one: Held) -> tuple[int, str]:
        return self._places.get(one.rule or "", self._nowhere)

    def _ends_of(self, rule_id: str, since: datetime | None) -> datetime | None:
        """When what a rule gives ends for somebody who got it then."""
        rule = self._rules.get(rule_id)
        if rule is None or rule.term is _NO_TERM or rule.term == _NO_TERM:
            return None
        return rule.term.ends(since or self._moment)


def _in_force(held: Iterable[Held], at: datetime) -> dict[Given, datetime]:
    """What is in force, with the end of its last source."""
    found: dict[Given, datetime] = {}
    for one in held:
        if one.expires is None and one.starts is None:
            found[one.given] = _NEVER
        elif one.counts(at):
            ends = one.expires or _NEVER
            known = found.get(one.given)
            if known is None or known < ends:
                found[one.given] = ends
    return found


def _moment(ends: datetime) -> datetime | None:
    return None if ends is _NEVER else ends
