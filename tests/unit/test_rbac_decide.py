"""The truth table, scopes, times and reasons of decisions."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac import standing
from rbac.catalogue import plain
from rbac.decide import Resource, decide
from rbac.model import (
    Code,
    Decision,
    Effect,
    Grant,
    GrantKind,
    GroupName,
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
from rbac.scopes import may_work_in, working_unit
from rbac.standing import powers_of
from rbac.units import Unit, UnitTree
from rbac.words import GENERAL, sentence

CATALOGUE = load_profile().catalogue
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
LAUNCH = "campaigns.email.launch"
UNITS = UnitTree(
    [
        Unit("u0", "root", "Acme"),
        Unit("u1", "emea", "EMEA", "u0"),
        Unit("u2", "iberia", "Iberia", "u1"),
        Unit("u3", "apac", "APAC", "u0"),
    ]
)
MANUAL = Source(SourceKind.MANUAL, granted_by="olivia")


def a_policy(unit_grants: dict[str, tuple[Grant, ...]] | None = None, **roles: dict[str, str]) -> Policy:
    """A policy whose roles are given as node → allow or deny."""
    made = {
        name: Role(name, name.title(), tuple(Statement(node, Effect(said)) for node, said in says.items()))
        for name, says in roles.items()
    }
    return Policy("a1", 7, CATALOGUE, UNITS, made, unit_grants or {})


def a_grant(
    role: str, unit: str = "u0", reach: Reach = Reach.ACCOUNT, *sources: Source, kind: GrantKind = GrantKind.USER
) -> Grant:
    return Grant(kind, role, Scope(unit, reach), sources or (MANUAL,))


def ana(*grants: Grant, works_in: tuple[Work, ...] = (), home: str | None = None, active: bool = True) -> Subject:
    return Subject("ana-id", "ana@acme.example", active, home, grants, works_in)


@pytest.mark.parametrize(
    ("roles", "allowed", "code"),
    [
        ([], False, Code.NO_GRANT),
        (["unset"], False, Code.NO_GRANT),
        (["allow"], True, Code.ALLOWED),
        (["deny"], False, Code.DENIED_BY_ROLE),
        (["allow", "deny"], False, Code.DENIED_BY_ROLE),
        (["allow", "unset"], True, Code.ALLOWED),
        (["deny", "unset"], False, Code.DENIED_BY_ROLE),
        (["allow", "allow2"], True, Code.ALLOWED),
    ],
)
def test_truth_table(roles: list[str], allowed: bool, code: Code) -> None:
    """Any deny: no. Else any allow: yes. Else: no."""
    policy = a_policy(
        allow={LAUNCH: "allow"}, allow2={"campaigns": "allow"}, deny={LAUNCH: "deny"}, unset={"reports": "allow"}
    )
    decision = decide(policy, ana(*(a_grant(role) for role in roles)), LAUNCH)
    assert (decision.allowed, decision.code) == (allowed, code)


@pytest.mark.parametrize(
    ("allow", "deny", "allowed"),
    [
        ("*", "campaigns.email", False),
        ("*", "campaigns.email.*", False),
        ("campaigns.email.launch", "*", False),
        ("campaigns.*", "campaigns.sms", True),
        ("*", "campaigns.email.delete", True),
    ],
)
def test_allow_and_deny_at_any_node(allow: str, deny: str, allowed: bool) -> None:
    """A deny at a parent denies everything beneath, also what is allowed more closely."""
    policy = a_policy(role={allow: "allow", deny: "deny"})
    assert decide(policy, ana(a_grant("role")), LAUNCH).allowed is allowed


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["*", "campaigns", "campaigns.email.*", "campaigns.email", LAUNCH, "reports", "profile.view"]
            ),
            st.sampled_from(["allow", "deny"]),
            max_size=4,
        ),
        max_size=4,
    )
)
def test_compiled_sets_say_what_the_truth_table_says(says: list[dict[str, str]]) -> None:
    """For every permission, by the plain reading of the rule."""
    policy = a_policy(**{f"r{number}": nodes for number, nodes in enumerate(says)})
    compiled = powers_of(policy, frozenset(policy.roles)).allowed
    for key in CATALOGUE.permissions:
        effects = {
            effect
            for nodes in says
            for node, effect in nodes.items()
            if node == "*" or f"{key}.".startswith(f"{plain(node)}.")
        }
        assert (key in compiled) == ("allow" in effects and "deny" not in effects)


def test_reasons_name_every_grant_and_denial_with_its_sources() -> None:
    """Denials first; a reason carries the node, the place and all sources."""
    group = GroupName("g1", "MC Marketing", "Okta")
    mapped = Source(SourceKind.MAPPING, "r1", "Marketing people", 3, group)
    policy = a_policy(marketer={"campaigns": "allow"}, brake={"campaigns.email": "deny"}, other={"reports": "allow"})
    person = ana(a_grant("marketer", "u1", Reach.SUBTREE, mapped, MANUAL), a_grant("brake"), a_grant("other"))
    decision = decide(policy, person, LAUNCH, unit="iberia")
    assert [(reason.effect, reason.role, reason.node, reason.unit) for reason in decision.reasons] == [
        (Effect.DENY, "Brake", "campaigns.email.*", None),
        (Effect.ALLOW, "Marketer", "campaigns.*", "emea"),
    ]
    assert decision.reasons[1].sources == (mapped, MANUAL)
    assert sentence(decision, LAUNCH).en == f"role Brake denies {LAUNCH}, and a denial wins"


def test_who_and_what_is_unknown() -> None:
    """Each kind of not knowing has its own code, and everything is closed."""
    policy = a_policy(admin={"*": "allow"})
    person = ana(a_grant("admin"))
    campaign = Resource("campaign", "c-1")
    assert decide(policy, None, LAUNCH).code is Code.UNKNOWN_SUBJECT
    assert decide(policy, ana(a_grant("admin"), active=False), LAUNCH).code is Code.INACTIVE_USER
    assert decide(policy, person, "campaigns.email.lunch", campaign).code is Code.UNKNOWN_ACTION
    assert decide(policy, person, "campaigns.email", campaign).code is Code.UNKNOWN_ACTION
    assert decide(policy, person, "profile.view", campaign).code is Code.UNKNOWN_ACTION
    assert decide(policy, person, "profile.view", Resource("gadget", "g-1")).code is Code.UNKNOWN_RESOURCE
    assert decide(policy, person, LAUNCH, campaign).allowed
    assert set(GENERAL) == set(Code)


def test_without_roles_only_the_own_profile() -> None:
    """A user without roles may only see and edit their own profile."""
    policy = a_policy()
    mine, theirs = Resource("profile", "ana-id"), Resource("profile", "bob-id")
    allowed = {key for key in CATALOGUE.permissions if decide(policy, ana(), key, mine).allowed}
    assert allowed == {"profile.view", "profile.edit"}
    assert not decide(policy, ana(), "profile.view", theirs).allowed
    assert not decide(policy, ana(), "profile.view").allowed
    assert not decide(policy, ana(active=False), "profile.view", mine).allowed
    assert decide(policy, ana(), "profile.view", mine).reasons[0].kind is GrantKind.SELF


def test_a_denial_beats_self_service() -> None:
    """The truth table has no exception."""
    policy = a_policy(frozen={"profile.edit": "deny"})
    decision = decide(policy, ana(a_grant("frozen")), "profile.edit", Resource("profile", "ana-id"))
    assert decision.code is Code.DENIED_BY_ROLE
    assert [reason.effect for reason in decision.reasons] == [Effect.DENY, Effect.ALLOW]


@pytest.mark.parametrize(
    ("works_in", "home", "grants", "workable"),
    [
        ((), None, (), "root emea iberia apac"),
        ((), "u1", (), "emea iberia"),
        ((), "u1", (a_grant("role", "u3", Reach.UNIT),), "emea iberia apac"),
        ((Work("u1"),), None, (), "emea"),
        ((Work("u1", True),), None, (), "emea iberia"),
        ((Work("u2"),), "u3", (), "iberia"),
        ((Work("u2"),), None, (a_grant("role", "u0", Reach.SUBTREE),), "root emea iberia apac"),
        ((Work("u2"),), None, (a_grant("role", "u3", Reach.UNIT),), "iberia apac"),
        ((Work("u2"),), None, (a_grant("role"),), "iberia"),
    ],
)
def test_where_a_person_may_work(
    works_in: tuple[Work, ...], home: str | None, grants: tuple[Grant, ...], workable: str
) -> None:
    """Unit memberships and one's own scoped grants; without memberships the home unit and below."""
    policy = a_policy(role={"*": "allow"})
    person = ana(*grants, works_in=works_in, home=home)
    found = [unit.key for unit in UNITS.units.values() if may_work_in(UNITS, person, unit.id, NOW)]
    assert " ".join(found) == workable
    for unit in UNITS.units.values():
        decision = decide(policy, person, LAUNCH, unit=unit.key)
        assert (decision.code is Code.NOT_IN_BUSINESS_UNIT) == (unit.key not in found)


@pytest.mark.parametrize(
    ("grant", "allowed_in"),
    [
        (a_grant("role"), "root emea iberia apac"),
        (a_grant("role", "u1", Reach.UNIT), "emea"),
        (a_grant("role", "u1", Reach.SUBTREE), "emea iberia"),
    ],
)
def test_how_far_a_grant_goes(grant: Grant, allowed_in: str) -> None:
    """Account-wide roles follow the person; scoped ones go as far as their reach."""
    policy = a_policy(role={"*": "allow"})
    found = [unit.key for unit in UNITS.units.values() if decide(policy, ana(grant), LAUNCH, unit=unit.key).allowed]
    assert " ".join(found) == allowed_in


def test_the_role_of_a_business_unit_is_for_whoever_works_in_exactly_it() -> None:
    """Not for the units below it."""
    unit_role = Grant(GrantKind.UNIT, "role", Scope("u1", Reach.UNIT), (MANUAL,))
    policy = a_policy({"u1": (unit_role,)}, role={"*": "allow"})
    assert [unit.key for unit in UNITS.units.values() if decide(policy, ana(), LAUNCH, unit=unit.key).allowed] == [
        "emea"
    ]
    assert not decide(policy, ana(works_in=(Work("u3"),)), LAUNCH, unit="emea").allowed


def test_an_unknown_unit_is_one_where_nobody_works() -> None:
    """Never an error, and never the home unit instead."""
    policy = a_policy(role={"*": "allow"})
    assert decide(policy, ana(a_grant("role")), LAUNCH, unit="atlantis").code is Code.NOT_IN_BUSINESS_UNIT
    assert decide(policy, ana(a_grant("role")), LAUNCH, unit="").code is Code.NOT_IN_BUSINESS_UNIT


def test_the_unit_when_nothing_says_which() -> None:
    """Home if one may work there, else the own unit nearest to the root, the first by key."""
    assert working_unit(UNITS, ana(), NOW) == "u0"
    assert working_unit(UNITS, ana(home="u2"), NOW) == "u2"
    assert working_unit(UNITS, ana(works_in=(Work("u2"), Work("u3"), Work("u1"))), NOW) == "u3"
    assert working_unit(UNITS, ana(works_in=(Work("u2"), Work("u1")), home="u2"), NOW) == "u2"


def test_a_circle_of_units_ends() -> None:
    """Broken data must not hang a decision."""
    tree = UnitTree([Unit("r", "root", "Root"), Unit("a", "a", "A", "b"), Unit("b", "b", "B", "a")])
    assert tree.path("a") == ("a", "b")
    assert not may_work_in(tree, ana(), "a", NOW)


@pytest.mark.parametrize(
    ("starts", "expires", "counts"),
    [
        (None, None, True),
        (NOW - HOUR, NOW + HOUR, True),
        (NOW + HOUR, None, False),
        (None, NOW - HOUR, False),
        (NOW, NOW + HOUR, True),
        (NOW - HOUR, NOW, False),
    ],
)
def test_sources_count_in_their_time(starts: datetime | None, expires: datetime | None, counts: bool) -> None:
    """From their start until just before their end."""
    source = Source(SourceKind.MANUAL, granted_by="olivia", starts=starts, expires=expires)
    person = ana(a_grant("role", "u0", Reach.ACCOUNT, source))
    assert decide(a_policy(role={"*": "allow"}), person, LAUNCH, at=NOW).allowed is counts


def test_a_grant_lives_as_long_as_one_source_counts() -> None:
    """And the reasons name only sources that count."""
    over = Source(SourceKind.MANUAL, granted_by="olivia", expires=NOW - HOUR)
    decision = decide(a_policy(role={"*": "allow"}), ana(a_grant("role", "u0", Reach.ACCOUNT, over, MANUAL)), LAUNCH)
    assert decision.reasons[0].sources == (MANUAL,)


def test_what_is_remembered_ends_with_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kept decision is not served a moment longer than its sources count."""

    class Clock(datetime):
        moment = NOW

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(cls.moment.timestamp(), tz)

    monkeypatch.setattr(standing, "datetime", Clock)
    policy = a_policy(role={"*": "allow"})
    soon = Source(SourceKind.MANUAL, granted_by="olivia", expires=NOW + HOUR)
    person = ana(a_grant("role", "u0", Reach.ACCOUNT, soon))
    first = decide(policy, person, LAUNCH)
    assert first.allowed
    Clock.moment = NOW + HOUR - timedelta(microseconds=1)
    assert decide(policy, person, LAUNCH) is first
    Clock.moment = NOW + HOUR
    assert not decide(policy, person, LAUNCH).allowed


def test_another_policy_is_another_decision() -> None:
    """What was compiled for one revision is never used with another."""
    person = ana(a_grant("role"))
    assert decide(a_policy(role={"*": "allow"}), person, LAUNCH).allowed
    assert not decide(a_policy(role={"reports": "allow"}), person, LAUNCH).allowed


def test_a_repeated_decision_is_a_look_up() -> None:
    """The same value comes back, in microseconds."""
    policy = a_policy(role={"*": "allow"})
    person = ana(a_grant("role"))
    resource = Resource("campaign", "c-1")
    first = decide(policy, person, LAUNCH, resource)
    assert decide(policy, person, LAUNCH, resource) is first
    best = min(_timed(policy, person, resource) for _ in range(5))
    assert best < 50e-6


def _timed(policy: Policy, person: Subject, resource: Resource) -> float:
    began = time.perf_counter()
    for _ in range(1000):
        decide(policy, person, LAUNCH, resource)
    return (time.perf_counter() - began) / 1000


def test_a_role_that_is_gone_gives_nothing() -> None:
    """A grant of an unknown role is ignored, not an error."""
    assert decide(a_policy(), ana(a_grant("ghost")), LAUNCH) == Decision(False, Code.NO_GRANT)
