"""Everybody of an account under the published rules: what each rule really gives, to how many, and what it should.

One pass over the people; what is found out of one is kept for all who are alike, so that 100,000 people take seconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.models.base import now
from app.services import mapping_filters
from app.services.mapping_filters import Conditions
from app.services.patterns import match_all
from app.session import Session
from app.stores import mapping_health, mapping_rules, mapping_scan
from app.stores.access import SqlAccessStore
from app.stores.mapping_rules import Loaded, bound_by
from rbac.mapping import Derived, Effect, Rules, derive, keeps
from rbac.mapping_turns import Change, Given, Held, Home, Turn, Turns
from rbac.model import Policy, Reach
from rbac.units import UnitTree

SHOWN_DRIFT = 20
_ALIKE = 20_000


@dataclass(slots=True)
class RuleFacts:
    """What is true of a rule over all people.

    ``people`` have something by it now, ``active`` of them are active; ``derived`` should have by the rule as it
    stands. ``alone`` have something that no other rule gives them; ``covered_by`` are the rules that give it, too.
    """

    people: int = 0
    active: int = 0
    derived: int = 0
    alone: int = 0
    covered_by: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Drifted:
    """Somebody who has something else by rules than the rules derive; ``changes`` would put it right."""

    user_id: str
    user_name: str
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Survey:
    """What the pass found. ``members`` counts the people in each group that a rule is for, ``satisfying`` by filter."""

    policy: Policy
    loaded: Loaded
    conditions: Conditions
    moment: datetime
    people: int = 0
    active: int = 0
    facts: defaultdict[str, RuleFacts] = field(default_factory=lambda: defaultdict(RuleFacts))
    members: Counter[str] = field(default_factory=Counter)
    satisfying: Counter[str] = field(default_factory=Counter)
    drifted: int = 0
    shown: list[Drifted] = field(default_factory=list)


@dataclass(slots=True)
class _Case:
    """What is the same for all who are alike."""

    groups: frozenset[str]
    satisfied: frozenset[str]
    derived: frozenset[str]
    given: Mapping[str, frozenset[str] | None]
    turn: Turn
    people: int = 0
    active: int = 0


def survey(session: Session, account_id: str) -> Survey:
    """Look at everybody. Reads only."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    loaded, moment = mapping_rules.all_rules(session, account_id), now()
    conditions = mapping_filters.conditions_of(session, account_id, loaded)
    found = Survey(policy, loaded, conditions, moment)
    pass_ = _Pass(found, _from_scratch(session, account_id, found))
    pass_.run(session, account_id)
    return found


def _from_scratch(session: Session, account_id: str, found: Survey) -> Rules:
    """The rules with their patterns matched anew; those whose filter is understood no more give nothing."""
    rules = {rule.id: rule for rule in found.loaded.rules.rules}
    bindings = match_all(session, account_id, found.policy, rules.values())
    held = {(one.rule_id, one.group.id): one.held for one in found.loaded.bindings}
    bound = tuple(
        bound_by(rules[one.rule_id], replace(one, held=held.get((one.rule_id, one.group.id)))) for one in bindings
    )
    return found.conditions.usable(Rules(tuple(rules.values()), bound))


class _Pass:
    """Goes over all people once."""

    def __init__(self, found: Survey, rules: Rules) -> None:
        self._found = found
        self._rules = rules
        live = found.loaded.rules.live.keys() - found.conditions.broken
        # What is paused is neither given nor taken, so nobody can say how it should be.
        concerned = frozenset[str]() if found.loaded.paused else frozenset(live)
        self._turns = Turns({rule.id: rule for rule in found.loaded.rules.rules}, concerned, found.moment)
        self._cases: dict[tuple[object, ...], _Case] = {}
        self._above: Mapping[str, frozenset[str]] = {}

    def run(self, session: Session, account_id: str) -> None:
        """Look at everybody and count."""
        conditions, found = self._found.conditions, self._found
        self._above = mapping_scan.below(session, account_id, self._rules.group_ids)
        timed = [rule.id for rule in found.loaded.rules.rules if rule.term.days is not None]
        inactive = mapping_health.inactive(session, account_id)
        everybody = mapping_scan.everybody(session, account_id, self._above.keys(), timed, documents=bool(conditions))
        for one in everybody:
            satisfied = (
                conditions.satisfied(one.directory_id, one.origin, one.document) if conditions else frozenset[str]()
            )
            case = self._case(one.groups, satisfied, one.roles, one.works, one.home)
            case.people += 1
            case.active += one.id not in inactive
            if case.turn.moves:
                found.drifted += 1
                if len(found.shown) < SHOWN_DRIFT:
                    found.shown.append(Drifted(one.id, one.user_name, case.turn.changes))
        self._count()

    def _case(self, groups: str, satisfied: frozenset[str], roles: str, works: str, home: Home) -> _Case:
        key = (groups, satisfied, roles, works, home)
        known = self._cases.get(key)
        if known is None:
            if len(self._cases) >= _ALIKE:
                self._count()
            known = self._cases[key] = self._worked_out(groups, satisfied, mapping_scan.held_in(roles, works), home)
        return known

    def _worked_out(self, groups: str, satisfied: frozenset[str], held: list[Held], home: Home) -> _Case:
        every = {bound for id in mapping_scan.groups_in(groups) for bound in self._above.get(id, ())}
        derived = derive(self._rules, every, satisfied)
        if self._rules.held_back:
            has = {Derived(one.rule, one.group, Effect(*one.given, one.home)) for one in held if one.rule is not None}
            derived |= keeps(self._rules, every, satisfied, has)
        turn = self._turns.of(held, derived, home)
        by_rule: defaultdict[str, set[Given]] = defaultdict(set)
        for one in held:
            if one.rule is not None and one.counts(self._found.moment):
                by_rule[one.rule].add(one.given)
        given = {rule: self._covered(rule, by_rule) for rule in by_rule}
        return _Case(frozenset(every), satisfied, frozenset(one.rule_id for one in derived), given, turn)

    def _covered(self, rule: str, by_rule: Mapping[str, set[Given]]) -> frozenset[str] | None:
        """The rules that give somebody all that this one gives; None where it gives something alone."""
        tree, live = self._found.policy.units, self._found.loaded.rules.live
        covering: set[str] = set()
        for given in by_rule[rule]:
            others = {
                other
                for other, what in by_rule.items()
                if other != rule and other in live and any(covers(tree, one, given) for one in what)
            }
            if not others:
                return None
            covering |= others
        return frozenset(covering)

    def _count(self) -> None:
        found = self._found
        for case in self._cases.values():
            found.people += case.people
            found.active += case.active
            for group in case.groups:
                found.members[group] += case.people
            for rule in case.satisfied:
                found.satisfying[rule] += case.people
            for rule in case.derived:
                found.facts[rule].derived += case.people
            for rule, covering in case.given.items():
                facts = found.facts[rule]
                facts.people += case.people
                facts.active += case.active
                if covering is None:
                    facts.alone += case.people
                else:
                    facts.covered_by |= covering
        self._cases.clear()


def covers(tree: UnitTree, wide: Given, narrow: Given) -> bool:
    """Whether who has the one has the other with it: the same role, or work, at least as far."""
    if wide[0] != narrow[0]:
        return False
    if wide == narrow or wide[2] is Reach.ACCOUNT:
        return True
    return wide[2] is Reach.SUBTREE and narrow[2] is not Reach.ACCOUNT and tree.covers(wide[1], narrow[1])
