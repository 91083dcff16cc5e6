"""What would follow if a group were removed: who would lose what, and which rules would be left without a group.

Nothing is written. Everybody is looked at once, and worked out once for all who are alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from app.models.base import now
from app.services.impact import AT_ONCE
from app.services.mapping_summary import given_in_words
from app.services.references import group_of
from app.services.simulated_people import MappingInForce, mapping_of
from app.session import Session
from app.stores import mapping_rules, mapping_scan, nesting, simulations, waiting
from rbac.mapping import derive
from rbac.mapping_turns import Given, Turning
from rbac.model import Reach

_NO_RULES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that people would lose, and how many of them."""

    what: str
    people: int
    privileged: bool


@dataclass(frozen=True, slots=True)
class Loser:
    """Somebody who would lose something."""

    user_id: str
    user_name: str
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """What would follow. ``members`` are all who are in the group, directly or through nesting.

    ``orphans`` are rules that would be left without their group, ``unmatched`` those whose pattern fits it now.
    ``page`` has those after the place that was asked for, by id.
    """

    group_id: str
    group: str
    members: int
    losing: int
    losses: tuple[Loss, ...]
    orphans: tuple[str, ...]
    unmatched: tuple[str, ...]
    page: tuple[Loser, ...]
    next: str | None


@dataclass(slots=True)
class _Lost:
    """What everybody loses, gathered."""

    people: int = 0
    what: Counter[tuple[str, bool]] = field(default_factory=Counter)
    page: list[Loser] = field(default_factory=list)


def simulate_removal(
    session: Session, account_id: str, group: str, *, after: str | None = None, limit: int = 50
) -> Removal:
    """What would follow. Raises NotFound for no such group."""
    gone = group_of(session, account_id, group)
    mapping = mapping_of(session, account_id, None)
    members = nesting.users_below(session, account_id, [gone.id])
    look = _Look(session, account_id, mapping, gone.id)
    lost = _Lost()
    for one in look.people(session, account_id):
        if one.id not in members:
            continue
        what = look.lost(one)
        if what:
            lost.people += 1
            lost.what.update(what)
            if len(lost.page) <= limit and (after is None or one.id > after):
                lost.page.append(Loser(one.id, one.user_name, tuple(words for words, _ in what)))
    page = lost.page[:limit]
    bindings = mapping_rules.all_rules(session, account_id).bindings
    rules = [mapping.by_id[one.rule_id] for one in bindings if one.group.id == gone.id]
    return Removal(
        gone.id,
        gone.name,
        len(members),
        lost.people,
        tuple(
            Loss(what, people, privileged)
            for (what, privileged), people in sorted(
                lost.what.items(), key=lambda one: (not one[0][1], -one[1], one[0][0])
            )
        ),
        tuple(sorted(rule.name for rule in rules if rule.pattern is None)),
        tuple(sorted(rule.name for rule in rules if rule.pattern is not None)),
        tuple(page),
        page[-1].user_id if len(lost.page) > limit else None,
    )


def is_quick(session: Session, account_id: str, group: str) -> bool:
    """Whether ``simulate_removal`` tells at once, since few are in the group. Raises NotFound."""
    found = group_of(session, account_id, group)
    return bool(waiting.at_most(session, account_id, [found.id], AT_ONCE))


class _Look:
    """Works out what people lose without a group."""

    def __init__(self, session: Session, account_id: str, mapping: MappingInForce, gone: str) -> None:
        self._mapping, self._gone = mapping, gone
        self._rules = mapping.conditions.usable(mapping.rules)
        self._turns = mapping.turns(now()) if not mapping.paused else None
        self._roles = self._group_roles(session, account_id)
        self._bound = self._rules.group_ids | self._roles.keys()
        parents: defaultdict[str, set[str]] = defaultdict(set)
        for group, child in simulations.nestings(session, account_id):
            parents[child].add(group)
        self._parents: Mapping[str, set[str]] = parents
        self._above: dict[tuple[str, bool], frozenset[str]] = {}
        self._cases: dict[tuple[object, ...], tuple[tuple[str, bool], ...]] = {}

    def people(self, session: Session, account_id: str) -> Iterable[mapping_scan.Person]:
        """Everybody, with the groups that matter."""
        groups = mapping_scan.below(session, account_id, {*self._bound, self._gone}).keys()
        timed = [rule.id for rule in self._rules.rules if rule.term.days is not None]
        documents = bool(self._mapping.conditions)
        return mapping_scan.everybody(session, account_id, groups, timed, documents=documents)

    def lost(self, one: mapping_scan.Person) -> tuple[tuple[str, bool], ...]:
        """What somebody would lose, in words, and whether it is privileged."""
        conditions = self._mapping.conditions
        satisfied = conditions.satisfied(one.directory_id, one.origin, one.document) if conditions else _NO_RULES
        key = (one.groups, satisfied, one.roles, one.works, one.home)
        known = self._cases.get(key)
        if known is None:
            known = self._cases[key] = tuple(sorted(self._worked_out(one, satisfied)))
        return known

    def _worked_out(self, one: mapping_scan.Person, satisfied: frozenset[str]) -> Iterable[tuple[str, bool]]:
        policy = self._mapping.policy
        direct = mapping_scan.groups_in(one.groups)
        before, after = self._all_above(direct, without=False), self._all_above(direct, without=True)
        kept = {given for group in after for given in self._roles.get(group, ())}
        found = {given for group in before - after for given in self._roles.get(group, ())} - kept
        if self._turns is not None:
            held = mapping_scan.held_in(one.roles, one.works)
            turn = self._turns.of(held, derive(self._rules, after, satisfied), one.home)
            found |= {change.given for change in turn.changes if change.turning is Turning.LOST}
        for given in found:
            role = policy.roles.get(given[0] or "")
            yield given_in_words(policy, given), bool(role and (role.is_privileged or role.is_owner))

    def _all_above(self, direct: Collection[str], *, without: bool) -> frozenset[str]:
        return frozenset(one for id in direct for one in self._over(id, without=without)) & self._bound

    def _over(self, group: str, *, without: bool) -> frozenset[str]:
        """A group and all that contain it; ``without``: as if the one were gone."""
        known = self._above.get((group, without))
        if known is None:
            found: set[str] = set()
            left = [group]
            while left:
                one = left.pop()
                if one not in found and not (without and one == self._gone):
                    found.add(one)
                    left += self._parents.get(one, ())
            known = self._above[group, without] = frozenset(found)
        return known

    def _group_roles(self, session: Session, account_id: str) -> dict[str, set[Given]]:
        moment = now()
        with_roles = mapping_scan.groups_with_roles(session, account_id, moment)
        found: defaultdict[str, set[Given]] = defaultdict(set)
        for row in simulations.roles_of_groups(session, account_id, with_roles, moment):
            found[row.group_id].add((row.role_id, row.business_unit_id, Reach(row.reach)))
        return dict(found)
