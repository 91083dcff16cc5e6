"""What publishing a mapping would change, for everybody: read set-wise, worked out once for all who are alike.

Nothing is written. Plans and publishes both walk this path, so that they cannot disagree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from app.services import mapping_filters
from app.services.mapping_resolution import Prepared
from app.services.mapping_tally import Standing, Tally
from app.session import Session
from app.stores import mapping_scan as store
from rbac.mapping import Rule, Rules, derive
from rbac.mapping_edits import Edit
from rbac.mapping_lint import Lint, Separated
from rbac.mapping_turns import Change, Given, Held, Home, Turn, Turning, Turns
from scim.keys import fold

_DAY = timedelta(days=1)
_NONE = frozenset[str]()
_ALIKE = 50_000
"""So many different cases are remembered; of people who are all different, nobody would be found again anyway."""


class PersonTurn(NamedTuple):
    """What changes for one person."""

    user_id: str
    user_name: str
    standing: Standing
    changes: tuple[Change, ...]


class Alike(NamedTuple):
    """What changes for people who are alike, and what is written for it."""

    standing: Standing
    changes: tuple[Change, ...]
    edits: tuple[Edit, ...]


@dataclass(slots=True)
class Scan:
    """What publishing would change.

    ``people`` are all of whom something is written, by id: id, userName, and the place among ``alike`` of what changes
    for them, which may be nothing that anybody would notice. ``concerned`` are the rules that may give something else
    than before, ``covered`` the groups that any rule covers, be it paused. ``digest`` stands for all that would be
    noticed, whatever people are called. ``rules`` are all that are or will be, by id; ``group_names`` what their groups
    are called.
    """

    prepared: Prepared
    moment: datetime
    tally: Tally
    people: list[tuple[str, str, int]] = field(default_factory=list)
    alike: list[Alike] = field(default_factory=list)
    concerned: frozenset[str] = frozenset()
    covered: frozenset[str] = frozenset()
    digest: str = ""
    rules: Mapping[str, Rule] = field(init=False)
    group_names: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.rules = {rule.id: rule for rule in (*self.prepared.before.rules.rules, *self.prepared.after)}
        self.group_names = self.prepared.group_names

    @property
    def turns(self) -> Iterator[PersonTurn]:
        """What changes for each person of whom anything does."""
        every = ((id, name, self.alike[number]) for id, name, number in self.people)
        return (PersonTurn(id, name, one.standing, one.changes) for id, name, one in every if one.changes)


@dataclass(slots=True)
class _Case:
    """What is the same for all who are alike; ``people`` counts them until they are told to the tally.

    ``number`` is the place of what is written among ``alike``, None where nothing is. ``digest`` stands for what
    changes, and is empty where nothing does that anybody would notice.
    """

    turn: Turn
    standing: Standing
    number: int | None
    digest: bytes
    people: int = 0


def scan(
    session: Session,
    account_id: str,
    prepared: Prepared,
    separations: Sequence[Separated],
    moment: datetime,
    *,
    resumes: bool = False,
) -> Scan:
    """Look at everybody. Reads only, and outside of a transaction if none has begun.

    ``resumes``: the pause of the whole mapping ends, so that what every rule gives and gives no more is made up for.
    """
    rules = Rules(prepared.after, prepared.bound)
    concerned = _concerned(prepared, resumes=resumes)
    timed = {rule.id for rule in prepared.after if rule.id in concerned and rule.term.days is not None}
    turns = Turns({rule.id: rule for rule in prepared.after}, concerned, moment)
    conditions = mapping_filters.conditions(
        session, account_id, rules.filtered.values(), prepared.before.schema_revision
    )
    above = store.below(session, account_id, rules.group_ids)
    role_groups = store.groups_with_roles(session, account_id, moment)
    above_roles = store.below(session, account_id, role_groups) if role_groups else {}
    # A paused rule covers its group as well: that it rests is known, and no reason to write another.
    named = prepared.groups.keys()
    covered = above if named == rules.group_ids else store.below(session, account_id, named)
    found = Scan(
        prepared, moment, Tally(Lint(prepared.policy, separations)), concerned=concerned, covered=frozenset(covered)
    )
    look = _Look(found, turns, rules, above, frozenset(above_roles))
    people = store.everybody(session, account_id, above.keys() | above_roles.keys(), timed, documents=bool(conditions))
    digest = hashlib.sha256()
    for id, name, directory_id, origin, home, document, groups, roles, works in people:
        satisfied = conditions.satisfied(directory_id, origin, document) if conditions else _NONE
        case = look.case(groups, satisfied, roles, works, home)
        case.people += 1
        if case.number is not None:
            found.people.append((id, name, case.number))
            if case.digest:
                digest.update(id.encode() + case.digest)
    look.count()
    found.digest = digest.hexdigest()
    return found


def _concerned(prepared: Prepared, *, resumes: bool = False) -> frozenset[str]:
    """The rules that may give something else than before, or nothing more. What is paused touches nobody."""
    if prepared.paused and not resumes:
        return frozenset()
    every = {rule.id for rule in prepared.after} if resumes else frozenset[str]()
    return (frozenset(prepared.concerned) | every) - {rule.id for rule in prepared.after if rule.paused}


class _Look:
    """Looks at cases: what somebody is in, satisfies and has."""

    def __init__(
        self, found: Scan, turns: Turns, rules: Rules, above: Mapping[str, frozenset[str]], role_groups: Set[str]
    ) -> None:
        self._found = found
        self._turns = turns
        self._rules = rules
        self._above = above
        self._role_groups = role_groups
        self._cases: dict[tuple[object, ...], _Case] = {}
        self._said: dict[int, bytes] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._privileged = _privileged(found.prepared)
        self._names = {id: fold(rule.name).encode() for id, rule in found.rules.items()}

    def case(self, groups: str, satisfied: frozenset[str], roles: str, works: str, home: Home) -> _Case:
        """What changes for who is in these groups, satisfies the filters of these rules, and has this."""
        key = (groups, satisfied, roles, works, home)
        known = self._cases.get(key)
        if known is None:
            if len(self._cases) >= _ALIKE:
                self.count()
            known = self._cases[key] = self._worked_out(groups, satisfied, store.held_in(roles, works), home)
        return known

    def count(self) -> None:
        """Tell the tally of all cases, and begin anew."""
        for case in self._cases.values():
            self._found.tally.add(case.turn, case.standing, case.people)
        self._cases.clear()

    def _worked_out(self, groups: str, satisfied: frozenset[str], held: Sequence[Held], home: Home) -> _Case:
        direct = store.groups_in(groups)
        every = _NONE.union(*[self._above[id] for id in direct if id in self._above])
        turn = self._turns.of(held, derive(self._rules, every, satisfied), home)
        by_group = not direct.isdisjoint(self._role_groups)
        had, has = by_group or _has_role(turn.held), by_group or _has_role(turn.holds)
        standing: Standing = "new" if has and not had else "nothing" if had and not has else "other"
        said = b"".join(map(self._in_digest, turn.changes))
        digest = hashlib.sha256(said).digest() if said else b""
        return _Case(turn, standing, self._number(standing, turn) if turn.moves else None, digest)

    def _number(self, standing: Standing, turn: Turn) -> int:
        # Equal changes, and equal edits, are one object.
        key = standing, *map(id, turn.changes), *sorted(map(id, turn.edits))
        known = self._numbers.setdefault(key, len(self._found.alike))
        if known == len(self._found.alike):
            self._found.alike.append(Alike(standing, turn.changes, turn.edits))
        return known

    def _in_digest(self, change: Change) -> bytes:
        """A change for the digest: by the rule's name, as new rules have no id yet."""
        # Equal changes are one object.
        known = self._said.get(id(change))
        if known is None:
            role, unit, reach = change.given
            ends = _ends(change.ends, self._found.moment)
            is_privileged = role in self._privileged
            text = f"\n{change.turning}|{role}|{is_privileged}|{unit}|{reach}|{change.home}|{change.group}|{ends}|"
            known = self._said[id(change)] = text.encode() + self._names.get(change.rule, b"")
        return known


def _has_role(what: Iterable[Given]) -> bool:
    for one in what:  # noqa: SIM110  a generator would take longer than all there is to see
        if one[0] is not None:
            return True
    return False


def _ends(ends: datetime | None, moment: datetime) -> str:
    """When something ends; what a rule gives for so many days from now on, ends so many days after any moment."""
    if ends is None or (ends - moment) % _DAY:
        return str(ends)
    return f"+{(ends - moment) // _DAY}"


class Run(NamedTuple):
    """Changes that stand together in the order in which all are shown, for people who are alike."""

    rank: int
    standing: Standing
    changes: tuple[Change, ...]

    @property
    def privileged(self) -> bool:
        """Whether it is about privileged roles."""
        return self.rank < len(_TURNINGS)


def in_runs(found: Scan) -> tuple[list[Run], Iterator[tuple[str, str, int]]]:
    """All that changes, in the order in which it is shown, what is privileged first: whose run comes, one by one.

    Of each person their id, their userName and the place of their run among the runs, which come first.
    """
    privileged = _privileged(found.prepared)
    runs: list[Run] = []
    of: list[list[int]] = []
    for standing, changes, _ in found.alike:
        by_rank: dict[int, list[Change]] = {}
        for change in changes:
            rank = _TURNINGS[change.turning] + len(_TURNINGS) * (change.given[0] not in privileged)
            by_rank.setdefault(rank, []).append(change)
        of.append([*range(len(runs), len(runs) + len(by_rank))])
        runs += [Run(rank, standing, tuple(some)) for rank, some in by_rank.items()]
    return runs, _by_rank(found, runs, of)


def _by_rank(found: Scan, runs: Sequence[Run], of: Sequence[Sequence[int]]) -> Iterator[tuple[str, str, int]]:
    people = sorted(found.people, key=lambda one: (fold(one[1]), one[0]))
    for rank in sorted({run.rank for run in runs}):
        here = [next((run for run in mine if runs[run].rank == rank), None) for mine in of]
        for id, name, number in people:
            run = here[number]
            if run is not None:
                yield id, name, run


def in_order(found: Scan) -> Iterator[tuple[PersonTurn, Change, bool]]:
    """All that changes, row by row, in the order in which it is shown; and whether it is privileged."""
    runs, people = in_runs(found)
    for id, name, number in people:
        run = runs[number]
        one = PersonTurn(id, name, run.standing, run.changes)
        for change in run.changes:
            yield one, change, run.privileged


def _privileged(prepared: Prepared) -> frozenset[str]:
    roles = prepared.policy.roles.values()
    return frozenset(role.id for role in roles if role.is_privileged or role.is_owner)


_TURNINGS = {turning: number for number, turning in enumerate(Turning)}
