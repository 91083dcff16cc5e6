"""Roles side by side, and grants in the tree: pure, and never at odds with what decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.base import now
from rbac.catalogue import Catalogue
from rbac.conditions import Condition
from rbac.decide import decide
from rbac.model import (
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
from rbac.profiles import load_profile
from rbac.reaches import expressly_in, meeting, reached
from rbac.roles import Turned, compare, held, is_privileged, said, shadows, turned, with_requirements
from rbac.units import Unit, UnitTree

CATALOGUE: Catalogue = load_profile("email-marketing").catalogue
KEYS = list(CATALOGUE.permissions)
VIEW, LAUNCH, DELETE = "campaigns.email.view", "campaigns.email.launch", "campaigns.email.delete"
NODES = st.sampled_from(["*", "campaigns", "campaigns.email", VIEW, LAUNCH, "contacts", "contacts.people.export"])
NEVER, ALWAYS = (Condition(text, lambda _, value=value: value) for text, value in (("never", False), ("always", True)))
STATEMENTS = st.lists(
    st.builds(Statement, NODES, st.sampled_from(Effect), st.sampled_from([None, NEVER, ALWAYS])), max_size=6
).map(tuple)
TREE = UnitTree(
    Unit(key, key, key, parent)
    for key, parent in (("root", None), ("emea", "root"), ("iberia", "emea"), ("dach", "emea"), ("apac", "root"))
)
SOURCES = (Source(SourceKind.MANUAL, granted_by="olivia"),)
PLACES = st.sampled_from(
    [("root", Reach.ACCOUNT), *((unit, reach) for unit in TREE.units for reach in ("unit", "subtree"))]
)
SCOPES = PLACES.map(lambda place: Scope(place[0], Reach(place[1])))


def allow(node: str, condition: Condition | None = None) -> Statement:
    return Statement(node, Effect.ALLOW, condition)


def deny(node: str, condition: Condition | None = None) -> Statement:
    return Statement(node, Effect.DENY, condition)


@given(
    first=STATEMENTS, second=STATEMENTS, own=st.lists(st.builds(Statement, NODES, st.sampled_from(Effect)), max_size=2)
)
def test_what_is_shown_is_what_is_decided(
    first: tuple[Statement, ...], second: tuple[Statement, ...], own: list[Statement]
) -> None:
    """Two roles and individual permissions: always allowed, never allowed, or it depends on the conditions."""
    roles = {name: Role(name, name, says) for name, says in (("first", first), ("second", second))}
    policy = Policy("account", 1, CATALOGUE, TREE, roles)
    grants = [Grant(GrantKind.USER, name, Scope("root", Reach.ACCOUNT), SOURCES) for name in roles]
    grants += [Grant(GrantKind.INDIVIDUAL, None, Scope("root", Reach.ACCOUNT), SOURCES, statement=one) for one in own]
    ana = Subject("ana", "ana", grants=tuple(grants))
    shown = held(policy, ana, "root")
    for key in KEYS:
        allowed = decide(policy, ana, key, unit="root").allowed
        worth = shown[key].worth if key in shown else 0
        if worth == 1:
            texts = {*shown[key].when, *shown[key].unless}
            held_when = not shown[key].when or "always" in shown[key].when
            assert texts <= {"never", "always"}
            assert allowed == (held_when and "always" not in shown[key].unless)
        else:
            assert allowed == (worth == 2)


@given(left=STATEMENTS, right=STATEMENTS)
def test_comparing_leaves_nothing_out(left: tuple[Statement, ...], right: tuple[Statement, ...]) -> None:
    """Each permission that either speaks of is in one of four lists; from the other side it is the same."""
    found, back = compare(CATALOGUE, left, right), compare(CATALOGUE, right, left)
    parts = (found.only_left, found.only_right, found.differing, found.shared)
    assert sorted(key for part in parts for key in part) == sorted(said(CATALOGUE, (*left, *right)))
    assert (back.only_left, back.only_right, back.differing) == (found.only_right, found.only_left, found.differing)
    assert 0 <= found.overlap == back.overlap <= 1
    assert not turned(CATALOGUE, said(CATALOGUE, left), said(CATALOGUE, left))


def test_what_turns_is_gained_lost_or_altered() -> None:
    """A condition is worth less than none and more than nothing; privileged permissions come first."""

    def between(before: list[Statement], after: list[Statement]) -> Turned:
        return turned(CATALOGUE, said(CATALOGUE, before), said(CATALOGUE, after))

    assert between([allow(VIEW, NEVER)], [allow(VIEW)]) == Turned(gained=(VIEW,))
    assert between([allow(VIEW)], [allow(VIEW), deny(VIEW, NEVER)]) == Turned(lost=(VIEW,))
    assert between([allow(VIEW, NEVER)], [allow(VIEW, ALWAYS)]) == Turned(altered=(VIEW,))
    assert between([], [deny(VIEW)]) == Turned()
    gained = between([], [allow("contacts.people")]).gained
    assert [CATALOGUE.permissions[key].privileged for key in gained] == [True, True, False, False, False]


def test_what_is_required_is_added_with_what_that_requires() -> None:
    """Nothing else, and nothing that is denied."""
    assert {one.node for one in with_requirements(CATALOGUE, (allow(LAUNCH),))} == {LAUNCH, VIEW}
    assert with_requirements(CATALOGUE, (allow(LAUNCH), deny(VIEW))) == (allow(LAUNCH), deny(VIEW))
    assert with_requirements(CATALOGUE, (allow("*"),)) == (allow("*"),)


@pytest.mark.parametrize(
    ("statements", "is_so"),
    [
        ((allow("contacts.people.export"),), True),
        ((allow("*"),), True),
        ((allow("*"), deny("contacts"), deny("account"), deny("settings")), None),
        ((allow("contacts.people"), deny("contacts.people.export"), deny("contacts.people.delete")), False),
        ((allow("contacts.people"), deny("contacts.people", NEVER)), True),
        ((deny("*"),), False),
        ((), False),
    ],
)
def test_what_makes_a_role_privileged(statements: tuple[Statement, ...], is_so: bool | None) -> None:
    """A privileged permission that is not denied outright."""
    given = {key for key, one in said(CATALOGUE, statements).items() if one.effect is Effect.ALLOW}
    assert is_privileged(CATALOGUE, statements) is bool(given & CATALOGUE.privileged)
    if is_so is not None:
        assert is_privileged(CATALOGUE, statements) is is_so


def test_shadows_say_what_is_left() -> None:
    """The widest first; a deny with a condition leaves what it does not hold for."""
    found = shadows(CATALOGUE, [allow("campaigns.email"), allow(VIEW)], [deny(VIEW), deny(DELETE, NEVER), allow("*")])
    assert [(one.allow, one.deny, one.whole, one.when) for one in found] == [
        (VIEW, VIEW, True, None),
        ("campaigns.email.*", DELETE, False, "never"),
        ("campaigns.email.*", VIEW, False, None),
    ]


@given(one=SCOPES, other=SCOPES)
def test_where_two_grants_meet(one: Scope, other: Scope) -> None:
    """Exactly the units that both reach."""
    both = reached(TREE, one.unit, one.reach) & reached(TREE, other.unit, other.reach)
    found = meeting(TREE, one, other)
    assert (reached(TREE, found.unit, found.reach) if found else frozenset()) == both
    back = meeting(TREE, other, one)
    assert (back is None) == (found is None)


def test_units_that_somebody_is_expressly_in() -> None:
    """At home, by a membership, by a grant of their own; never merely because they are at home above."""
    ana = Subject("ana", "ana")
    scoped = Grant(GrantKind.SCOPED, "role", Scope("emea", Reach.SUBTREE), SOURCES)
    denied = replace(scoped, role_id=None, statement=deny("*"))
    over = replace(scoped, sources=(replace(SOURCES[0], expires=now()),))
    for person, units in (
        (ana, {"root"}),
        (replace(ana, home="emea"), {"emea"}),
        (replace(ana, works_in=(Work("emea"),)), {"emea"}),
        (replace(ana, works_in=(Work("emea", True),), home="apac"), {"emea", "iberia", "dach", "apac"}),
        (replace(ana, grants=(scoped,)), {"root", "emea", "iberia", "dach"}),
        (replace(ana, grants=(denied, over)), {"root"}),
    ):
        assert expressly_in(TREE, person, now()) == units
