"""Conditions: the grammar with attributes on both sides, strict types, absent attributes, facts that count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st

from app.conditions import parse_condition, stored_condition
from rbac.catalogue import AttributeType
from rbac.conditions import NO_FACTS, Facts, facts_of, has_type
from rbac.decide import Resource, decide
from rbac.items import Item
from rbac.model import Code, Effect, Policy, Subject
from scim.errors import InvalidFilter, TooMany
from scim.filter_parser import Junction, Negation, Reference, Term, parse
from tests.policies import PLATFORM, a_catalogue, a_kind, a_policy, ana, has, says

FACTS = Facts(
    subject={"role": "Admin", "department": "Sales", "grade": 7},
    resource={"status": "archived", "size": 10, "public": True, "due": "2026-03-01T12:00:00Z", "department": "sales"},
    action={"soft": False},
    context={"ip": "10.1.2.3", "hour": 9.5, "at": "2026-03-01T13:00:00+02:00"},
)


def holds(text: str, facts: Facts = FACTS) -> bool:
    return parse_condition(text, PLATFORM).matches(facts)


def test_an_attribute_on_the_right_side_only_where_it_is_asked_for() -> None:
    """It is no SCIM, so filters of the directory refuse it."""
    text = 'a.b EQ c.d and not (e gt f) or g eq "c.d"'
    assert parse(text, references=True) == Junction(
        "or",
        (
            Junction("and", (Term("a.b", "eq", Reference("c.d")), Negation(Term("e", "gt", Reference("f"))))),
            Term("g", "eq", "c.d"),
        ),
    )
    for refused in (text, "a eq b"):
        with pytest.raises(InvalidFilter):
            parse(refused)


@pytest.mark.parametrize("text", ["a eq b c", "a eq", "a eq eq", "a eq b.c.d", "a eq urn:x:b", "a eq (b)", "a b c", ""])
def test_what_is_still_not_in_the_grammar(text: str) -> None:
    """A reference is one name, with one part beneath it at most."""
    with pytest.raises(InvalidFilter):
        parse(text, references=True)


def test_a_text_that_looks_like_a_reference_is_a_text() -> None:
    """Filters are cached by their shape; values never leak from one to the other."""
    first, second = parse('a eq "b"', references=True), parse('a eq "c"', references=True)
    assert isinstance(first, Term)
    assert isinstance(second, Term)
    assert (first.literal, second.literal) == ("b", "c")
    assert not isinstance(first.literal, Reference)
    assert parse("a eq true", references=True) == Term("a", "eq", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource.status eq "archived"', True),
        ('resource.status eq "ARCHIVED"', True),
        ('RESOURCE.Status ne "archived"', False),
        ('resource.status ne "active"', True),
        ('resource.status sw "arch" and resource.status ew "ved" and resource.status co "chi"', True),
        ("resource.department eq subject.department", True),
        ("resource.department ne subject.department", False),
        ("subject.role co subject.department", False),
        ("resource.public eq true", True),
        ("resource.public ne false", True),
        ("action.soft eq true", False),
        ("resource.size gt 9.5 and resource.size le 10", True),
        ("resource.size gt subject.grade", True),
        ("context.hour ge 9 and context.hour lt 17", True),
        ('resource.due ge "2026-03-01T12:00:00Z"', True),
        ("context.at lt resource.due", True),
        ("subject.role pr and not (subject.role eq resource.status)", True),
        ('subject.role eq "x" or subject.role eq "admin" and subject.grade eq 7', True),
    ],
)
def test_what_holds(text: str, expected: bool) -> None:
    """Numbers by value, times as moments, text without the case of A to Z."""
    assert holds(text) is expected


TERMS = [
    'resource.status eq "x"',
    'resource.status ne "x"',
    'resource.status co ""',
    "resource.size ge 0",
    "resource.size ne 0",
    "resource.public ne true",
    "resource.public eq false",
    'resource.due gt "1970-01-01T00:00:00Z"',
    "resource.department eq subject.department",
    "resource.department ne subject.department",
    "resource.status pr",
]


@pytest.mark.parametrize("text", TERMS)
def test_a_comparison_with_what_is_absent_is_false(text: str) -> None:
    """Whatever the operator; so only what is negated holds, and an allow fails closed."""
    for facts in (NO_FACTS, replace(FACTS, resource={})):
        assert not holds(text, facts)
        assert holds(f"not ({text})", facts)
    if "subject" in text:
        assert not holds(text, replace(FACTS, subject={}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('resource.colour eq "red"', "there is no attribute"),
        ('colour eq "red"', "resource.status"),
        ('subject.id eq "a"', "there is no attribute"),
        ("resource.status eq resource.colour", "there is no attribute"),
        ("resource.status eq 1", "compares with a string"),
        ("resource.size eq true", "compares with a number"),
        ('resource.size eq "1"', "compares with a number"),
        ('resource.public eq "true"', "compares with a boolean"),
        ("resource.public gt false", "has no order"),
        ("resource.size co 1", "not a string"),
        ('resource.due eq "yesterday"', "dateTime as 2024"),
        ('resource.due sw "2024"', "not a string"),
        ("resource.status eq null", "write resource.status pr"),
        ("resource.status eq subject.grade", "never compare"),
        ("resource.due eq resource.status", "never compare"),
        ('resource[status eq "x"]', "no elements"),
        ("resource.status", "not a valid"),
        ("", "not a valid"),
    ],
)
def test_what_is_refused_when_it_is_written(text: str, words: str) -> None:
    """Undeclared attributes, and sides whose types do not fit."""
    with pytest.raises(InvalidFilter, match=words):
        parse_condition(text, PLATFORM)


def test_limits_are_those_of_filters() -> None:
    """Nobody writes a condition that takes long."""
    with pytest.raises(TooMany):
        parse_condition(" and ".join(["resource.size eq 1"] * 300), PLATFORM)
    with pytest.raises(TooMany):
        parse_condition(f'resource.status eq "{"x" * 9000}"', PLATFORM)


def test_item_types_that_disagree_about_an_attribute() -> None:
    """The name would mean two things."""
    kinds = [
        a_kind("one", attributes={"x": AttributeType.NUMBER, "y": AttributeType.STRING}),
        a_kind("two", attributes={"x": AttributeType.STRING, "y": AttributeType.STRING}),
        a_kind("three", attributes={"x": AttributeType.STRING}),
    ]
    catalogue = a_catalogue(kinds=kinds)
    with pytest.raises(InvalidFilter, match="same type"):
        parse_condition("resource.x eq 1", catalogue)
    assert parse_condition('resource.y eq "1"', catalogue).matches(Facts(resource={"y": "1"}))


def test_a_condition_that_means_nothing_any_more_is_closed() -> None:
    """A deny then always holds, an allow never."""
    for text in ('resource.gone eq "x"', "not a condition at all", "resource.status eq 1"):
        assert not stored_condition(text, Effect.ALLOW, PLATFORM).matches(FACTS)
        assert stored_condition(text, Effect.DENY, PLATFORM).matches(FACTS)
        assert stored_condition(text, Effect.DENY, PLATFORM).text == text


@pytest.mark.parametrize(
    ("value", "types"),
    [
        ("x", {AttributeType.STRING, AttributeType.DATE_TIME}),
        (1, {AttributeType.NUMBER}),
        (1.5, {AttributeType.NUMBER}),
        (True, {AttributeType.BOOLEAN}),
        (None, set()),
        ([], set()),
        ({}, set()),
    ],
)
def test_values_are_of_one_type_only(value: Any, types: set[AttributeType]) -> None:
    """A date is a text as it is sent."""
    assert {type for type in AttributeType if has_type(value, type)} == types


@sampled(st.sampled_from(TERMS), st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_value_makes_a_condition_fail(text: str, value: Any) -> None:
    """Not even one that no caller could send past the check of types."""
    names = ("status", "size", "public", "due", "department")
    strange = Facts(resource=dict.fromkeys(names, value), subject={"department": value})
    kind = PLATFORM.item_kinds["doc"]
    assert holds(text, facts_of(PLATFORM, kind, NO_FACTS, strange)) in (True, False)


def counted(stored: Facts = NO_FACTS, sent: Facts = NO_FACTS) -> Facts:
    return facts_of(PLATFORM, PLATFORM.item_kinds["doc"], stored, sent)


def test_of_a_subject_what_is_stored_wins() -> None:
    """What was sent fills only what is declared to accept it, and nothing undeclared counts."""
    sent = Facts(subject={"role": "sent", "department": "sent", "grade": 3, "roles": ["Administrator"]})
    assert counted(sent=sent).subject == {"role": "sent", "grade": 3}
    stored = Facts(subject={"role": "stored", "department": "stored"})
    assert counted(stored, sent).subject == {"role": "stored", "department": "stored", "grade": 3}


def test_of_a_resource_what_is_sent_wins() -> None:
    """The platform owns its items."""
    stored = Facts(resource={"status": "active", "size": 1, "colour": "red"})
    sent = Facts(resource={"status": "archived", "owner": "me", "colour": "blue"})
    assert counted(stored, sent).resource == {"status": "archived", "size": 1}
    assert counted(stored).resource == {"status": "active", "size": 1}


def test_null_is_no_value() -> None:
    """Neither sent nor stored."""
    stored, sent = Facts(subject={"role": None}, resource={"size": 1}), Facts({"role": "x"}, {"size": None})
    assert counted(stored, sent) == Facts({"role": "x"}, {"size": 1})


def test_a_value_of_another_type_is_as_none() -> None:
    """It holds for no comparison, and lets no other value through: ``"1"`` is not 1, 1 is not true."""
    stored = Facts(subject={"role": 5}, resource={"size": 1, "public": 1})
    sent = Facts({"role": "admin", "grade": "7"}, {"size": "1"}, {"soft": "true"}, {"hour": True})
    facts = counted(stored, sent)
    for text in (
        'subject.role ne "x"',
        "subject.grade ne 0",
        "resource.size ne 0",
        "resource.public ne false",
        "action.soft ne false",
        "context.hour ne 0",
        "subject.role pr",
        "resource.size pr",
    ):
        assert not holds(text, facts)


def test_what_another_item_type_declares_does_not_count() -> None:
    """Nor does what none declares, whether it is sent or stored."""
    note = PLATFORM.item_kinds["note"]
    both = Facts(resource={"status": "x", "size": 5, "colour": "red"})
    assert facts_of(PLATFORM, note, both, both).resource == {"status": "x"}
    assert facts_of(PLATFORM, PLATFORM.item_kinds["memo"], both, both).resource == {}
    assert facts_of(PLATFORM, None, both, both).resource == {}


def test_actions_and_contexts_are_only_ever_sent() -> None:
    """Nothing is stored of them."""
    both = Facts(action={"soft": True}, context={"hour": 5})
    assert counted(sent=both) == both
    assert counted(stored=both) == NO_FACTS


def asked(policy: Policy, person: Subject, permission: str = "docs.edit", **resource: Any) -> tuple[bool, Code]:
    item = Resource("memo", "m-1", Item("memo", "m-1"))
    decision = decide(policy, person, permission, item, sent=Facts(**resource))
    return decision.allowed, decision.code


def test_a_deny_under_a_condition_beats_every_allow_while_it_holds() -> None:
    """The archived may only be written by administrators."""
    archived = 'context.ip eq "out" and not (subject.role eq "admin")'
    policy = a_policy({"writer": [says("docs"), says("docs.edit", "deny", archived)], "other": [says("docs.edit")]})
    person = ana(has("writer"), has("other"))
    assert asked(policy, person) == (True, Code.ALLOWED)
    assert asked(policy, person, context={"ip": "out"}) == (False, Code.DENIED_BY_ROLE)
    assert asked(policy, person, context={"ip": "out"}, subject={"role": "Admin"}) == (True, Code.ALLOWED)
    assert asked(policy, person, "docs.read", context={"ip": "out"}) == (True, Code.ALLOWED)


def test_an_allow_under_a_condition_says_so_when_it_does_not_hold() -> None:
    """``condition_false`` and not ``no_grant``: somebody may, but not like this."""
    policy = a_policy({"remover": [says("docs.delete", when="action.soft eq true")], "reader": [says("docs.read")]})
    person = ana(has("remover"), has("reader"))
    assert asked(policy, person, "docs.delete", action={"soft": True}) == (True, Code.ALLOWED)
    for sent in ({}, {"soft": False}, {"soft": "true"}, {"soft": 1}):
        assert asked(policy, person, "docs.delete", action=sent) == (False, Code.CONDITION_FALSE)
    assert asked(policy, person, "docs.edit") == (False, Code.NO_GRANT)
    decision = decide(policy, person, "docs.delete", Resource("memo", "m"))
    assert [reason.condition for reason in decision.unmet] == ["action.soft eq true"]
    assert not decision.reasons


def test_an_unmet_deny_alone_is_no_grant() -> None:
    """Only an allow that waits for its condition is one."""
    policy = a_policy({"brake": [says("docs.edit", "deny", "action.soft eq true")]})
    assert asked(policy, ana(has("brake"))) == (False, Code.NO_GRANT)
    assert asked(policy, ana(has("brake")), action={"soft": True}) == (False, Code.DENIED_BY_ROLE)


def test_a_test_that_fails_closes() -> None:
    """A deny counts then, an allow does not."""
    for effect, code in (("allow", Code.CONDITION_FALSE), ("deny", Code.DENIED_BY_ROLE)):
        broken = says("docs.edit", effect, "action.soft eq true")
        assert broken.condition is not None
        broken = replace(broken, condition=replace(broken.condition, matches=lambda _: 1 / 0))
        policy = a_policy({"broken": [broken], "open": [says("docs.edit")] if effect == "deny" else []})
        assert asked(policy, ana(has("broken"), has("open"))) == (False, code)


def test_stored_attributes_decide_without_anything_sent() -> None:
    """Of the person and of the item; and what is kept for one answer is not given for another."""
    policy = a_policy({"mate": [says("docs", when="resource.department eq subject.department"), says("items.all")]})
    item = Item("doc", "d-1", attributes={"department": "Sales"})
    for department, allowed in (("sales", True), ("Support", False), ("sales", True), (None, False)):
        person = ana(has("mate"), attributes={"department": department} if department else {})
        for _ in range(2):
            assert decide(policy, person, "docs.edit", Resource("doc", "d-1", item)).allowed is allowed
    person = ana(has("mate"), attributes={"department": "sales"})
    for sent, allowed in (("sales", True), ("support", False), ("sales", True)):
        facts = Facts(resource={"department": sent})
        assert decide(policy, person, "docs.edit", Resource("doc", "d-1", item), sent=facts).allowed is allowed
