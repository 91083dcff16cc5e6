"""Derivation of what groups give, and the documents that say so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbac.mapping import Derived, Effect, Rule, Rules, derive, difference
from rbac.mapping_document import read_mapping
from rbac.model import Reach

MARKETER = Effect("marketer", "root", Reach.ACCOUNT)
ANALYST = Effect("analyst", "emea", Reach.SUBTREE)
IN_EMEA = Effect(None, "emea", Reach.SUBTREE)
RULES = Rules(
    (
        Rule("r1", "Marketing", "g1", frozenset({MARKETER, IN_EMEA})),
        Rule("r2", "Analysts", "g2", frozenset({ANALYST})),
        Rule("r3", "More marketing", "g2", frozenset({MARKETER})),
    )
)


def test_being_in_a_group_gives_the_effects_of_its_rules() -> None:
    """Each with the rule and the group it comes from."""
    assert derive(RULES, ["g1"]) == {Derived("r1", "g1", MARKETER), Derived("r1", "g1", IN_EMEA)}
    assert derive(RULES, ["g2", "unknown"]) == {Derived("r2", "g2", ANALYST), Derived("r3", "g2", MARKETER)}
    assert derive(RULES, []) == frozenset()


def test_two_ways_to_one_role_are_two_sources() -> None:
    """So leaving one group leaves the other's."""
    both, one = derive(RULES, ["g1", "g2"]), derive(RULES, ["g2"])
    change = difference(both, one)
    assert change.lost == {Derived("r1", "g1", MARKETER), Derived("r1", "g1", IN_EMEA)}
    assert not change.gained
    assert not difference(one, one)


effects = st.builds(
    Effect, st.sampled_from(["a", "b", None]), st.sampled_from(["u", "v"]), st.sampled_from(list(Reach))
)
rule_sets = st.lists(
    st.builds(Rule, st.uuids().map(str), st.text(), st.sampled_from("gh"), st.frozensets(effects, max_size=3)),
    max_size=6,
).map(lambda rules: Rules(tuple(rules)))
group_sets = st.sets(st.sampled_from("ghi"))


@given(rule_sets, group_sets, group_sets)
def test_derivation_is_additive_and_differences_add_up(rules: Rules, some: set[str], others: set[str]) -> None:
    """Groups give what they give, whatever else somebody is in; before − lost + gained = after."""
    before, after = derive(rules, some), derive(rules, others)
    assert derive(rules, some | others) == before | after
    change = difference(before, after)
    assert (before - change.lost) | change.gained == after
    assert not change.gained & change.lost


def problems(*rules: Any, **more: Any) -> tuple[str, ...]:
    return read_mapping({"rules": list(rules), **more}).problems


GOOD: dict[str, Any] = {"name": "Marketing", "group": {"name": "MC"}, "grants": [{"role": "Marketer"}]}


def test_a_document_is_read() -> None:
    """Grants account-wide and in units, work in units, a reason."""
    written = read_mapping(
        {
            "reason": "launch",
            "rules": [
                GOOD
                | {
                    "group": {"directory": "Okta", "id": "1"},
                    "grants": [{"role": "Marketer"}, {"role": "Analyst", "unit": "emea", "children": True}],
                    "works_in": [{"unit": "emea"}],
                }
            ],
        }
    )
    assert written.problems == ()
    [rule] = written.rules
    assert (rule.place, rule.name, rule.group.id, rule.group.directory) == ("rules[0]", "Marketing", "1", "Okta")
    assert [(grant.role, grant.unit, grant.children) for grant in rule.grants] == [
        ("Marketer", None, False),
        ("Analyst", "emea", True),
    ]
    assert [(work.unit, work.children) for work in rule.works_in] == [("emea", False)]
    assert written.reason == "launch"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"group": {}}, "rules[0].group: name the group by exactly one of"),
        ({"group": {"id": "1", "external_id": "2"}}, "rules[0].group: name the group by exactly one of"),
        ({"grants": []}, "rules[0]: the rule gives nothing"),
        ({"grants": [{"role": "M", "children": True}]}, "rules[0].grants[0]: children needs a unit"),
        ({"grants": [{"role": 5}]}, "rules[0].grants[0].role: "),
        ({"grants": [{"role": "M", "unit": "u", "children": "yes"}]}, "rules[0].grants[0].children: "),
        ({"works_in": [{}]}, "rules[0].works_in[0].unit: "),
        ({"name": ""}, "rules[0].name: "),
        ({"surprise": 1}, "rules[0].surprise: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], problem: str) -> None:
    """In words an administrator can act on."""
    [told] = problems(GOOD | change)
    assert told.startswith(problem)


def test_all_problems_are_told_at_once() -> None:
    """The good rules are read all the same."""
    written = read_mapping({"rules": [5, GOOD, GOOD | {"name": "MARKETING"}, GOOD | {"name": "x", "group": 1}]})
    assert len(written.problems) == 3
    assert [rule.place for rule in written.rules] == ["rules[1]", "rules[2]"]
    assert 'rules[2].name: "MARKETING" is the name of rules[1] already' in written.problems


@pytest.mark.parametrize("document", [{}, {"rules": {}}, {"rules": [], "rule": []}])
def test_a_document_must_have_rules(document: dict[str, Any]) -> None:
    """An empty list is one; nothing is not."""
    assert read_mapping(document).problems
    assert not read_mapping({"rules": []}).problems
