"""Simulate: what a person with these groups and attributes would get by the mapping, and what they could then do.

The rules, published or of a draft, are derived as ever, and the engine that decides says what comes of it.
Nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from app.models.base import now
from app.services import separations
from app.services.mapping_summary import given_in_words
from app.services.simulated_people import Asked, MappingInForce, Somebody, laid_over, mapping_of, person_of_simulation
from app.session import Session
from app.stores import simulations
from rbac.mapping import Derived, derive
from rbac.mapping_lint import Lint
from rbac.mapping_turns import Given, Turn, Turning
from rbac.model import Effect, Grant, GrantKind, GroupName, Policy, Reach, Scope, Source, SourceKind, Subject, Work
from rbac.privileges import on_own_profile
from rbac.roles import Says, turned
from rbac.roles import held as powers_in
from rbac.standing import standing_in, usual_unit

_OWN_PROFILE = "own profile"
"""Stands for the condition that a profile is one's own, which no role says."""
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Gift:
    """A role somewhere, or work in a unit (``role`` is None), that one rule would give; ``group`` is why."""

    role: str | None
    unit: str | None
    reach: str
    home: bool
    privileged: bool
    rule: str
    group: str | None
    ends: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class Possible:
    """What somebody could do while working in a unit.

    ``conditional``: only under the conditions of the roles, or, where it is in ``own_profile``, too, only on their
    own profile, as everybody may. ``gained`` and ``lost`` are against what they can do now; all are privileged first.
    """

    unit: str
    allowed: tuple[str, ...]
    conditional: tuple[str, ...]
    own_profile: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """The answer. ``changes`` is what a person who exists would gain and lose; ``notes`` is what to know besides."""

    user: str | None
    groups: tuple[str, ...]
    gives: tuple[Gift, ...]
    changes: tuple[str, ...]
    permissions: tuple[Possible, ...]
    contradictions: tuple[str, ...]
    notes: tuple[str, ...]


def simulate(session: Session, account_id: str, asked: Asked) -> Simulated:
    """What somebody would get, and could do. Raises NotFound for what is not there, InvalidMapping
    for a document, Refused for attributes that nobody can have."""
    moment = now()
    mapping = mapping_of(session, account_id, asked.document)
    person = person_of_simulation(session, account_id, asked, moment)
    names = simulations.groups_above(session, account_id, person.groups)
    document = laid_over(mapping.users, person.document, asked.attributes)
    satisfied = mapping.conditions.satisfied(person.directory_id, person.origin, orjson.dumps(document))
    derived = derive(mapping.conditions.usable(mapping.rules), names, satisfied)
    turn = mapping.turns(moment).of(person.held, derived, person.home)
    subject = _subject(person, turn, _group_grants(session, account_id, names, moment), mapping, derived, names)
    gives = sorted(_gifts(mapping, derived, names, moment), key=lambda one: (not one.privileged, one.words, one.rule))
    return Simulated(
        person.subject.user_name if person.subject else None,
        tuple(sorted(names.values())),
        tuple(gives),
        _changes(mapping.policy, turn) if person.subject else (),
        _permissions(mapping.policy, person.subject, subject),
        _contradictions(session, account_id, mapping.policy, subject),
        tuple(_notes(mapping)),
    )


def _group_grants(session: Session, account_id: str, groups: Collection[str], moment: datetime) -> tuple[Grant, ...]:
    grants: defaultdict[str, list[Any]] = defaultdict(list)
    for row in simulations.roles_of_groups(session, account_id, groups, moment):
        grants[row.assignment_id].append(row)
    return tuple(
        Grant(
            GrantKind.GROUP,
            rows[0].role_id,
            Scope(rows[0].business_unit_id, Reach(rows[0].reach)),
            tuple(Source(SourceKind.MANUAL, granted_by=row.granted_by, reason=row.reason) for row in rows),
            GroupName(rows[0].group_id, rows[0].group),
        )
        for rows in grants.values()
    )


def _subject(
    person: Somebody,
    turn: Turn,
    of_groups: tuple[Grant, ...],
    mapping: MappingInForce,
    derived: Iterable[Derived],
    names: Mapping[str, str],
) -> Subject:
    """The person as they would be, for the engine."""
    by_given: defaultdict[Given, list[Source]] = defaultdict(list)
    rules = mapping.by_id
    for one in derived:
        group = GroupName(one.group_id, names[one.group_id]) if one.group_id is not None else None
        rule = rules[one.rule_id]
        by_given[one.effect.given].append(Source(SourceKind.MAPPING, rule.id, rule.name, None, group))
    own = tuple(
        Grant(
            GrantKind.USER if given[2] is Reach.ACCOUNT else GrantKind.SCOPED,
            given[0],
            Scope(given[1], given[2]),
            tuple(by_given[given]) or (Source(SourceKind.MANUAL),),
        )
        for given in sorted(turn.holds, key=str)
        if given[0] is not None
    )
    works = tuple(
        Work(given[1], given[2] is Reach.SUBTREE) for given in sorted(turn.holds, key=str) if given[0] is None
    )
    base = person.subject or Subject(NOBODY, "somebody")
    # Who had a place of work that has ended does not work at home instead.
    works += tuple(work for work in base.works_in if not work.counts(now()))
    individual = tuple(grant for grant in base.grants if grant.kind is GrantKind.INDIVIDUAL)
    return replace(base, grants=(*own, *of_groups, *individual), works_in=works, home=_home(person, turn))


def _home(person: Somebody, turn: Turn) -> str | None:
    moved = {change.turning: change.given[1] for change in turn.changes if change.home}
    if Turning.GAINED in moved:
        return moved[Turning.GAINED]
    return None if Turning.LOST in moved else person.home.unit


def _gifts(
    mapping: MappingInForce, derived: Iterable[Derived], names: Mapping[str, str], moment: datetime
) -> Iterable[Gift]:
    policy, rules = mapping.policy, mapping.by_id
    for one in derived:
        role_id, unit_id, reach = one.effect.given
        role = policy.roles[role_id] if role_id is not None else None
        rule = rules[one.rule_id]
        yield Gift(
            role.name if role else None,
            None if reach is Reach.ACCOUNT else policy.units.units[unit_id].key,
            reach.value,
            one.effect.home,
            bool(role and (role.is_privileged or role.is_owner)),
            rule.name,
            names.get(one.group_id or ""),
            rule.term.ends(moment),
            given_in_words(policy, one.effect.given),
        )


def _changes(policy: Policy, turn: Turn) -> tuple[str, ...]:
    signs = {Turning.GAINED: "+ ", Turning.LOST: "- ", Turning.SOONER: "ends sooner: ", Turning.LATER: "ends later: "}
    return tuple(f"{signs[one.turning]}{given_in_words(policy, one.given)}" for one in turn.changes)


def _permissions(policy: Policy, before: Subject | None, after: Subject) -> tuple[Possible, ...]:
    where = {usual_unit(policy, one) for one in (before, after) if one is not None}
    for one in (before, after):
        if one is not None:
            where |= {work.unit for work in one.works_in}
            where |= {grant.scope.unit for grant in one.grants if grant.scope.reach is not Reach.ACCOUNT}
    units = sorted((policy.units.units[id] for id in where if id in policy.units.units), key=lambda unit: unit.key)
    return tuple(_possible(policy, before, after, unit.id, unit.key) for unit in units)


def _possible(policy: Policy, before: Subject | None, after: Subject, unit: str, key: str) -> Possible:
    was, _ = _powers(policy, before, unit) if before is not None else ({}, ())
    becomes, own = _powers(policy, after, unit)
    moved = turned(policy.catalogue, was, becomes)
    always, perhaps = (
        turned(policy.catalogue, {}, {one: says for one, says in becomes.items() if says.worth == worth}).gained
        for worth in (2, 1)
    )
    none: tuple[str, ...] = ()
    return Possible(key, always, perhaps, own, *((moved.gained, moved.lost) if before is not None else (none, none)))


def _powers(policy: Policy, subject: Subject, unit: str) -> tuple[dict[str, Says], tuple[str, ...]]:
    """What somebody may do there, and which of it on their own profile only: that is a condition like any other."""
    says = dict(powers_in(policy, subject, unit))
    if not subject.active or standing_in(policy, subject, unit) is None:
        return says, ()
    own = []
    for key, one in policy.catalogue.permissions.items():
        told = says.get(key)
        there = on_own_profile(one, told) if told is None or told.effect is Effect.DENY else None
        if there is not None:
            own.append(key)
            says[key] = replace(there, when=(_OWN_PROFILE,))
    return says, tuple(own)


def _contradictions(session: Session, account_id: str, policy: Policy, subject: Subject) -> tuple[str, ...]:
    lint = Lint(policy, separations.separated(session, account_id))
    holds = frozenset(
        (grant.role_id, grant.scope.unit, grant.scope.reach) for grant in subject.grants if grant.role_id is not None
    )
    said = [
        f"{policy.roles[one.denies].name} denies what {policy.roles[one.allows].name} gives: "
        f"{', '.join(lint.clashing(one)[:5])}"
        for one in lint.clashes(holds)
    ]
    apart = {one.id: one.name for one in lint.separations}
    said += [f"duties that belong apart come together: {apart[id]}" for id in lint.apart(holds)]
    return tuple(sorted(said))


def _notes(mapping: MappingInForce) -> Iterable[str]:
    if mapping.paused:
        yield "the whole mapping is paused: nobody would get this before it goes on"
    for rule in mapping.rules.rules:
        if rule.paused:
            yield f"{rule.name} is paused and gives nothing here"
        if rule.id in mapping.conditions.broken:
            yield f"the filter of {rule.name} is understood no more, so the rule gives nothing"
