"""Decisions are what the rules say when they are read one after the other, without anything compiled or kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given as sampled
from hypothesis import settings
from hypothesis import strategies as st

from rbac.catalogue import Operation, OwnerGone
from rbac.conditions import Facts
from rbac.decide import Resource, decide
from rbac.items import Item, Level, Levels
from rbac.model import (
    Code,
    Decision,
    Effect,
    Grant,
    GrantKind,
    Policy,
    Reach,
    Role,
    Scope,
    Source,
    SourceKind,
    Statement,
    Subject,
    Work,
)
from tests.effort import examples
from tests.policies import PLATFORM, UNITS, says

NOW = datetime(2026, 3, 1, tzinfo=UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)
ABOVE = {"u0": ["u0"], "u1": ["u1", "u0"], "u2": ["u2", "u1", "u0"], "u3": ["u3", "u0"]}
CONDITIONS = {
    "action.soft eq true": lambda facts: facts.action.get("soft") is True,
    "not (action.soft eq true)": lambda facts: facts.action.get("soft") is not True,
    'resource.status eq "x" or subject.role pr': lambda facts: (
        facts.resource.get("status") == "x" or bool(facts.subject.get("role"))
    ),
}

units = st.sampled_from(sorted(UNITS.units))
nodes = st.sampled_from(["*", "docs", "docs.read", "docs.edit", "docs.delete", "docs.create", "items", "items.common"])
effects = st.sampled_from(["allow", "allow", "deny"])
whens = st.sampled_from([None, None, *CONDITIONS])
statements = st.builds(says, nodes, effects, whens)
scopes = st.tuples(units, st.sampled_from(Reach)).map(
    lambda pair: Scope("u0" if pair[1] is Reach.ACCOUNT else pair[0], pair[1])
)
sources = st.builds(
    lambda times: Source(SourceKind.MANUAL, granted_by="x", starts=times[0], expires=times[1]),
    st.sampled_from(
        [(None, None), (None, None), (None, FUTURE), (FUTURE, None), (None, PAST), (NOW, None), (None, NOW)]
    ),
)
several = st.lists(sources, min_size=1, max_size=2).map(tuple)
role_ids = st.sampled_from(["r0", "r1", "r2", "ghost"])
role_grants = st.builds(lambda role, scope, why: Grant(GrantKind.USER, role, scope, why), role_ids, scopes, several)
individual = st.builds(
    lambda said, scope, why: Grant(GrantKind.INDIVIDUAL, None, scope, why, statement=said), statements, scopes, several
)
unit_grants = st.dictionaries(
    units, st.lists(st.tuples(role_ids, st.sampled_from([Reach.UNIT, Reach.SUBTREE]), several), max_size=2), max_size=2
).map(
    lambda found: {
        unit: tuple(Grant(GrantKind.UNIT, role, Scope(unit, reach), why) for role, reach, why in given)
        for unit, given in found.items()
    }
)
policies = st.builds(
    lambda said, of_units: Policy(
        "a", 1, PLATFORM, UNITS, {f"r{n}": Role(f"r{n}", f"r{n}", tuple(one)) for n, one in enumerate(said)}, of_units
    ),
    st.lists(st.lists(statements, max_size=4), min_size=3, max_size=3),
    unit_grants,
)
people = st.builds(
    lambda grants, works, home: Subject("ana-id", "ana", True, home, tuple(grants), tuple(works)),
    st.lists(st.one_of(role_grants, individual), max_size=5),
    st.lists(st.builds(Work, units, st.booleans()), max_size=2),
    st.none() | units,
)
items = st.builds(
    lambda unit, owner, group, role, gone, own, shares: Item(
        "?", "1", unit, owner, group, role, gone, Levels(*own), shares=shares
    ),
    units,
    st.sampled_from([None, "ana-id", "bob-id"]),
    st.sampled_from([None, "g1", "g2"]),
    st.sampled_from([None, "r1"]),
    st.booleans(),
    st.tuples(*[st.sampled_from(Level)] * 3),
    st.dictionaries(units, st.sampled_from([Level.READ, Level.MODIFY]), max_size=2),
)


def in_force(grant: Grant) -> bool:
    return any(
        (one.starts is None or one.starts <= NOW) and (one.expires is None or one.expires > NOW)
        for one in grant.sources
    )


def reaches(scope: Scope, unit: str) -> bool:
    return {
        Reach.ACCOUNT: True,
        Reach.UNIT: scope.unit == unit,
        Reach.SUBTREE: scope.unit in ABOVE[unit],
    }[scope.reach]


def is_let_in(person: Subject, unit: str) -> bool:
    if not person.works_in and (person.home or "u0") in ABOVE[unit]:
        return True
    if any(work.unit == unit or (work.with_children and work.unit in ABOVE[unit]) for work in person.works_in):
        return True
    return any(
        grant.scope.reach is not Reach.ACCOUNT
        and reaches(grant.scope, unit)
        and in_force(grant)
        and not (grant.statement and grant.statement.effect is Effect.DENY)
        for grant in person.grants
    )


def usual(person: Subject) -> str:
    home = person.home or "u0"
    if is_let_in(person, home):
        return home
    return min((work.unit for work in person.works_in), key=lambda id: (len(ABOVE[id]), UNITS.units[id].key))


def said(policy: Policy, person: Subject, unit: str) -> Iterator[tuple[Grant, Statement]]:
    inherited = [grant for above in ABOVE[unit] for grant in policy.unit_grants.get(above, ())]
    for grant in (*person.grants, *inherited):
        if reaches(grant.scope, unit) and in_force(grant):
            role = policy.roles.get(grant.role_id or "")
            for statement in role.statements if role else [grant.statement] if grant.statement else []:
                yield grant, statement


def covers(node: str, key: str) -> bool:
    # "all" is the tab and "all.things" the section of every permission.
    return node == "*" or key == node or key.startswith(f"{node}.")


def by_grants(policy: Policy, person: Subject, unit: str, key: str, facts: Facts) -> Code:
    about = [(grant, one) for grant, one in said(policy, person, unit) if covers(one.node, key)]
    counting = [pair for pair in about if pair[1].condition is None or CONDITIONS[pair[1].condition.text](facts)]
    denials = [grant for grant, one in counting if one.effect is Effect.DENY]
    if denials:
        individual = any(grant.kind is GrantKind.INDIVIDUAL for grant in denials)
        return Code.DENIED_BY_INDIVIDUAL if individual else Code.DENIED_BY_ROLE
    if counting:
        return Code.ALLOWED
    return Code.CONDITION_FALSE if any(one.effect is Effect.ALLOW for _, one in about) else Code.NO_GRANT


def expected(
    policy: Policy, person: Subject, key: str, item: Item | None, type: str, unit: str | None, facts: Facts
) -> Code:
    kind, operation = PLATFORM.item_kinds[type], PLATFORM.permissions[key].operation
    if operation is Operation.CREATES:
        unit, item = unit or (item.unit if item else None), None
    elif item is None and kind.held:
        return Code.UNKNOWN_RESOURCE
    elif item is None and kind.levels:
        item = Item(type, "1")
    where = unit
    if where is None and item is not None and item.unit is not None:
        where = item.unit
        if not is_let_in(person, where) and (item.owner == "ana-id" or usual(person) in item.shares):
            where = usual(person)
    where = where or usual(person)
    if not is_let_in(person, where):
        return Code.NOT_IN_BUSINESS_UNIT
    code = by_grants(policy, person, where, key, facts)
    if item is None or code is not Code.ALLOWED:
        return code
    modifies = operation is not Operation.READS
    held_roles = {grant.role_id for grant, _ in said_by_any(policy, person, where)}
    if item.owner == "ana-id":
        level = item.levels.owner
    else:
        if item.unit not in (None, where):
            if where not in item.shares:
                return Code.NOT_IN_BUSINESS_UNIT
            if modifies and item.shares[where] is Level.READ:
                return Code.ITEM_LEVEL
        if item.owner_group == "g1" or (item.owner_role is not None and item.owner_role in held_roles):
            level = item.levels.group
        elif by_grants(policy, person, where, "items.common", facts) is Code.ALLOWED:
            level = item.levels.rest
        else:
            level = Level.FORBIDDEN
    passes = by_grants(policy, person, where, "items.all", facts) is Code.ALLOWED
    if kind.levels and not passes and (level is Level.FORBIDDEN or (modifies and level is Level.READ)):
        return Code.ITEM_LEVEL
    lenient = kind.owner_gone is OwnerGone.ALL or (
        kind.owner_gone is OwnerGone.MODIFY and operation is not Operation.DELETES
    )
    return Code.OWNER_GONE if item.owner_gone and modifies and not lenient else Code.ALLOWED


def said_by_any(policy: Policy, person: Subject, unit: str) -> Iterator[tuple[Grant, None]]:
    inherited = [grant for above in ABOVE[unit] for grant in policy.unit_grants.get(above, ())]
    for grant in (*person.grants, *inherited):
        if reaches(grant.scope, unit) and in_force(grant):
            yield grant, None


@settings(max_examples=examples(150))
@sampled(
    policy=policies,
    person=people,
    questions=st.lists(
        st.tuples(
            st.sampled_from([key for key in PLATFORM.permissions if key.startswith("docs.")]),
            st.sampled_from(["doc", "note", "memo"]),
            st.none() | items,
            st.none() | units,
            st.sampled_from([{}, {"soft": True}, {"soft": False}]),
            st.sampled_from([{}, {"status": "x"}, {"status": "y"}]),
            st.sampled_from([{}, {"role": "boss"}]),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_decide_does_as_the_rules_say(policy: Policy, person: Subject, questions: list[Any]) -> None:
    """Several questions to the same person, so that what is kept of one is there for the next; at two moments."""
    for key, type, item, unit, action, resource, subject in questions:
        sent = Facts(subject, resource if type != "memo" else {}, action)
        found = Item(**{name: getattr(item, name) for name in Item.__slots__} | {"type": type}) if item else None
        decision = decide(policy, person, key, Resource(type, "1", found), unit, NOW, sent, groups=("g1",))
        assert decision.code is expected(policy, person, key, found, type, unit, sent)
        assert decision.allowed is (decision.code is Code.ALLOWED)
        assert all(reason.effect is Effect.DENY or decision.code is not Code.NO_GRANT for reason in decision.reasons)


@settings(max_examples=examples(100))
@sampled(policy=policies, person=people, data=st.data())
def test_what_is_kept_changes_no_answer(policy: Policy, person: Subject, data: st.DataObject) -> None:
    """The same questions again, in another order and with nothing kept at all, are answered alike."""
    question = st.tuples(
        st.sampled_from(sorted(PLATFORM.permissions)),
        st.sampled_from([None, "doc", "note", "memo", "row"]),
        st.none() | items,
        st.none() | units,
        st.sampled_from([{}, {"soft": True}]),
    )
    questions = data.draw(st.lists(question, min_size=2, max_size=8))

    def answers(asked: list[Any], at: datetime | None = None) -> list[Decision]:
        return [
            decide(policy, person, key, Resource(type, "1", item) if type else None, unit, at, Facts(action=soft))
            for key, type, item, unit, soft in asked
        ]

    first = answers(questions)
    assert first == answers(questions[::-1])[::-1] == answers(questions) == answers(questions, datetime.now(UTC))
