"""Rules with patterns, filters, pauses and terms: what they derive, and how documents say them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from app.services.mapping_filters import Conditions, read_filter
from rbac.mapping import Bound, Derived, Effect, Rule, Rules, Term, derive
from rbac.mapping_document import MOST_PROBLEMS, MOST_RULES, RuleLines, first_of, read_mapping
from rbac.model import Reach
from rbac.patterns import ROLE_CAPTURE, UNIT_CAPTURE, parse_pattern
from scim.errors import ScimError
from scim.schemas import RESOURCE_TYPES

MARKETER = Effect("marketer", "root", Reach.ACCOUNT)
CAPTURED = Effect(ROLE_CAPTURE, UNIT_CAPTURE, Reach.SUBTREE)
PATTERN = Rule("p", "Pattern", None, frozenset({CAPTURED}), parse_pattern("mc-{business_unit}-{role}"))
BOTH = Rule("b", "Both", "g", frozenset({MARKETER}), where='title eq "x"')
FILTER = Rule("f", "Filter", None, frozenset({MARKETER}), where="active eq true")


def test_a_pattern_gives_by_each_group_what_the_name_says() -> None:
    """The captures are resolved where it is bound."""
    bound = tuple(
        Bound("p", group, frozenset({CAPTURED.captured(role, unit)}))
        for group, role, unit in (("g1", "marketer", "emea"), ("g2", "viewer", "apac"))
    )
    rules = Rules((PATTERN,), bound)
    assert rules.group_ids == {"g1", "g2"}
    assert derive(rules, ["g2"]) == {Derived("p", "g2", Effect("viewer", "apac", Reach.SUBTREE))}
    assert derive(Rules((PATTERN,)), ["g1"]) == frozenset()


def test_a_filter_gives_to_who_satisfies_it_and_is_in_the_group() -> None:
    """Alone it needs no group; with one, both count."""
    rules = Rules((BOTH, FILTER))
    assert derive(rules, ["g"]) == frozenset()
    assert derive(rules, ["g"], {"b"}) == {Derived("b", "g", MARKETER)}
    assert derive(rules, [], {"b", "f"}) == {Derived("f", None, MARKETER)}


def test_a_paused_rule_gives_nothing() -> None:
    """Whatever its condition is."""
    paused = [
        Rule("g", "Group", "g", frozenset({MARKETER}), paused=True),
        Rule("p", "Pattern", None, frozenset({MARKETER}), PATTERN.pattern, paused=True),
        Rule("f", "Filter", None, frozenset({MARKETER}), where="active eq true", paused=True),
    ]
    rules = Rules(tuple(paused), (Bound("p", "g", frozenset({MARKETER})),))
    assert derive(rules, ["g"], {"f", "p"}) == frozenset()
    assert not rules.live


def test_moving_a_rule_or_its_reason_does_not_change_what_it_derives() -> None:
    """Its position does not even make it another rule."""
    moved = Rule("b", "Both", "g", frozenset({MARKETER}), where='title eq "x"', position=7)
    told = Rule("b", "Both", "g", frozenset({MARKETER}), where='title eq "x"', reason="now with one")
    assert moved == BOTH
    assert told != BOTH
    assert told.derives == BOTH.derives
    assert Rule("b", "Both", "g", frozenset({MARKETER})).derives != BOTH.derives


def test_terms() -> None:
    """Until a moment, so long after one got it, or what is sooner."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end, later = start + timedelta(days=10), start + timedelta(days=30)
    assert Term().ends(start) is None
    assert Term(end).ends(start) == end
    assert Term(None, 30).ends(start) == later
    assert Term(end, 30).ends(start) == end
    assert Term(later + timedelta(days=1), 30).ends(start) == later


def lines(**rule: Any) -> tuple[RuleLines | None, tuple[str, ...]]:
    body = {"name": "R", "grants": [{"role": "Marketer"}], **rule}
    read = read_mapping({"rules": [body]})
    return (read.rules[0] if read.rules else None), read.problems


def test_a_whole_rule_is_read() -> None:
    """Everything a rule may say."""
    rule, problems = lines(
        owner="olivia@acme.example",
        reason="campaign",
        labels=["campaigns"],
        paused=True,
        pattern={"text": "mc-{business_unit}-{role}", "directory": "Okta"},
        where='department eq "Marketing"',
        grants=[{"role": "{role}", "unit": "{business_unit}", "children": True}],
        works_in=[{"unit": "emea", "home": True}],
        allow_privileged=True,
        until="2027-03-01T00:00:00+01:00",
        days=90,
    )
    assert problems == ()
    assert rule is not None
    assert rule.pattern == parse_pattern("mc-{business_unit}-{role}")
    assert (rule.directory, rule.directory_place) == ("Okta", "rules[0].pattern.directory")
    assert rule.term == Term(datetime(2027, 2, 28, 23, tzinfo=UTC), 90)
    assert (rule.owner, rule.reason, rule.labels) == ("olivia@acme.example", "campaign", {"campaigns"})
    assert (rule.paused, rule.allow_privileged, rule.works_in[0].home) == (True, True, True)
    yaml_moment, _ = lines(where="active eq true", until=datetime(2027, 3, 1, tzinfo=UTC))
    assert yaml_moment is not None
    assert yaml_moment.term.until == datetime(2027, 3, 1, tzinfo=UTC)


GROUP, PLACE = {"name": "MC"}, "rules[0]"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({}, f"{PLACE}: say whom the rule is for"),
        ({"group": GROUP, "pattern": {"text": "x"}}, f"{PLACE}: a rule has a group or a pattern"),
        ({"group": GROUP, "directory": "Okta"}, f"{PLACE}.directory: name the directory within group"),
        ({"pattern": {"text": "{role}"}}, f"{PLACE}.pattern.text: a pattern needs some text"),
        ({"pattern": {"text": "mc-{role}"}}, f"{PLACE}.pattern.text: nothing is given by {{role}}"),
        ({"pattern": {"text": "mc-{x}"}, "grants": [{"role": "{role}"}]}, f"{PLACE}.grants[0].role: no pattern"),
        ({"group": GROUP, "grants": [{"role": "M", "unit": "{business_unit}"}]}, f"{PLACE}.grants[0].unit: no pattern"),
        ({"group": GROUP, "works_in": [{"unit": "{business_unit}"}]}, f"{PLACE}.works_in[0].unit: no pattern"),
        ({"group": GROUP, "until": "2027-03-01"}, f"{PLACE}.until: write a moment with its time zone"),
        ({"group": GROUP, "until": "soon"}, f"{PLACE}.until: write a moment"),
        ({"group": GROUP, "until": "9999-12-31T23:59:59-14:00"}, f"{PLACE}.until: must be in the years"),
        ({"group": GROUP, "until": "0001-01-01T00:00:00+14:00"}, f"{PLACE}.until: must be in the years"),
        ({"group": GROUP, "name": " \t "}, f"{PLACE}.name: must not "),
        ({"group": GROUP, "name": "Sales\u202etlucer"}, f"{PLACE}.name: must not have control"),
        ({"group": GROUP, "name": "Sales\u200b"}, f"{PLACE}.name: must not have control"),
        ({"group": GROUP, "name": "Sales\n"}, f"{PLACE}.name: must not have control"),
        ({"group": GROUP, "days": 0}, f"{PLACE}.days: must be 1"),
        ({"group": GROUP, "days": "5"}, f"{PLACE}.days: "),
        ({"group": GROUP, "paused": "no"}, f"{PLACE}.paused: "),
        ({"group": GROUP, "labels": [""]}, f"{PLACE}.labels[0]: "),
        (
            {"group": GROUP, "works_in": [{"unit": "a", "home": True}, {"unit": "b", "home": True}]},
            f"{PLACE}.works_in: one is at home in one unit only",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(rule: dict[str, Any], problem: str) -> None:
    """In words an administrator can act on."""
    [told] = lines(**rule)[1]
    assert told.startswith(problem)


def test_names_that_look_alike_are_one_name() -> None:
    """Composed or not, and in any case."""
    rule = {"group": GROUP, "grants": [{"role": "M"}]}
    document = {"rules": [rule | {"name": name} for name in ("Région", "Re\u0301gion", "RÉGION", "Region")]}
    problems = read_mapping(document).problems
    assert [told.split(":")[0] for told in problems] == ["rules[1].name", "rules[2].name"]


def test_a_document_has_a_size() -> None:
    """Too many rules are one problem; of very many problems the first are told, and how many more there are."""
    [told] = read_mapping({"rules": [{}] * (MOST_RULES + 1)}).problems
    assert told == "rules: at most 2,000 rules"
    problems = read_mapping({"rules": [{}] * MOST_RULES}).problems
    first = first_of(problems)
    assert first[:MOST_PROBLEMS] == problems[:MOST_PROBLEMS]
    assert first[MOST_PROBLEMS:] == (f"rules: {len(problems) - MOST_PROBLEMS:,} more problems are not told",)
    assert first_of(problems[:MOST_PROBLEMS]) == problems[:MOST_PROBLEMS]


USERS = RESOURCE_TYPES["User"]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    "text", ["groups.value pr", "roles pr", 'entitlements.value eq "x"', 'not (meta.version eq "1")']
)
def test_a_filter_may_not_go_by_what_follows_from_it(text: str) -> None:
    """Nor by what is not kept with a person; an extension's attribute of such a name would do."""
    with pytest.raises(ScimError, match="cannot decide"):
        read_filter(USERS, f'userName eq "a" or {text}')


@pytest.mark.parametrize(
    "text", ['nickname2 eq "x"', "title eq", 'password eq "x"', "manager.displayName pr", "manager.$ref pr"]
)
def test_what_is_no_filter(text: str) -> None:
    """It says so."""
    with pytest.raises(ScimError):
        read_filter(USERS, text)


def test_conditions_are_asked_of_what_is_stored() -> None:
    """Extensions by their URN or short, activity even if nothing is said of it."""
    rules = [
        Rule("d", "Department", None, frozenset(), where=f'{ENTERPRISE}:department eq "marketing"'),
        Rule("a", "Active", None, frozenset(), where="active eq true"),
        Rule("o", "Okta only", None, frozenset(), where="active eq true", directory_id="okta"),
        Rule("g", "Group", "g", frozenset(), where="active eq true"),
        Rule("x", "Broken", None, frozenset(), where='gone eq "x"'),
    ]
    conditions = Conditions(rules, USERS)
    assert conditions.broken == {"x"}
    assert {rule.id for rule in conditions.usable(Rules(tuple(rules))).rules} == {"d", "a", "o", "g"}
    ana = orjson.dumps({"id": "1", "userName": "ana", ENTERPRISE: {"department": "Marketing"}})
    assert conditions.satisfied("entra", "scim", ana) == {"d", "a", "g"}
    assert conditions.satisfied("okta", "manual", ana) == {"d", "a", "o", "g"}
    assert conditions.satisfied("okta", "sso", ana) == {"g"}
    bob = {"userName": "bob", "active": False}
    assert conditions.satisfied("okta", "scim", orjson.dumps(bob)) == frozenset()
    assert conditions.differ(None, {"userName": "bob"})
    assert not conditions.differ(None, bob)
    assert not conditions.differ({"userName": "bob", "active": True}, {"userName": "bob"})
