"""What a publish changes for one person, and what is questionable about what they then have (rbac, pure)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rbac.mapping import Derived, Effect, Rule, Term
from rbac.mapping_difference import compare, merge
from rbac.mapping_turns import Given, Held, Home, Turn, Turning, Turns
from rbac.model import Reach

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MARKETER: Given = ("marketer", "root", Reach.ACCOUNT)
WORK: Given = (None, "emea", Reach.UNIT)


def a_rule(id: str, *effects: Effect, term: Term = Term(), position: int = 0) -> Rule:  # noqa: B008  frozen
    return Rule(id, id, "g", frozenset(effects), term=term, position=position)


def turn(rules: list[Rule], held: list[Held], home: Home = Home(), concerned: set[str] | None = None) -> Turn:  # noqa: B008
    """What changes for somebody in the group of all these rules."""
    known = {rule.id: rule for rule in rules}
    derived = [Derived(rule.id, "g", effect) for rule in rules for effect in rule.effects]
    wanted = {one.rule or "" for one in held} | known.keys() if concerned is None else concerned
    return Turns(known, wanted, NOW).of(held, derived, home)


def given_by(rule: str, given: Given = MARKETER, **more: datetime | bool) -> Held:
    return Held(given, rule, "g", **more)  # type: ignore[arg-type]


def said(found: Turn) -> list[tuple[str, Given, str]]:
    return [(one.turning.value, one.given, one.rule) for one in found.changes]


GIVES = Effect(*MARKETER)


def test_what_a_hand_gave_is_neither_gained_nor_lost() -> None:
    """Sources come and go, nobody notices."""
    by_hand = Held(MARKETER)
    gained, lost = turn([a_rule("r", GIVES)], [by_hand]), turn([], [by_hand, given_by("r")])
    assert (said(gained), gained.moves, said(lost), lost.moves) == ([], True, [], True)


def test_one_of_two_sources_goes_unnoticed() -> None:
    """And the cause of a gain is the first rule by its place."""
    rules = [a_rule("b", GIVES, position=0), a_rule("a", GIVES, position=1)]
    assert said(turn(rules, [])) == [("gained", MARKETER, "b")]
    assert said(turn(rules[:1], [given_by("a"), given_by("b")])) == []


def test_rules_that_are_not_concerned_keep_what_they_gave() -> None:
    """Such as paused ones, whatever is derived now."""
    assert not turn([], [given_by("paused")], concerned=set()).moves


def test_a_term_counts_from_when_somebody_got_it() -> None:
    """Not from the publish; what is over is lost."""
    since = NOW - timedelta(days=10)
    kept = turn([a_rule("r", GIVES, term=Term(days=30))], [given_by("r", created=since)])
    assert [(one.turning, one.ends) for one in kept.changes] == [(Turning.SOONER, since + timedelta(days=30))]
    over = turn([a_rule("r", GIVES, term=Term(days=5))], [given_by("r", created=since)])
    assert said(over) == [("lost", MARKETER, "r")]
    longer = turn([a_rule("r", GIVES)], [given_by("r", created=since, expires=NOW + timedelta(days=1))])
    assert [(one.turning, one.ends) for one in longer.changes] == [(Turning.LATER, None)]


def test_nothing_is_gained_by_a_rule_that_is_over() -> None:
    """A source is made, which counts no more."""
    found = turn([a_rule("r", GIVES, term=Term(until=NOW - timedelta(days=1)))], [])
    assert (said(found), found.moves) == ([], True)


@pytest.mark.parametrize(
    ("home", "expected"),
    [
        (Home(), [("gained", True)]),
        (Home("apac", mapped=False), [("gained", False)]),
        (Home("emea", mapped=True), [("gained", False)]),
    ],
)
def test_a_home_is_set_unless_a_hand_did(home: Home, expected: list[tuple[str, bool]]) -> None:
    """And where it is the same one already, nothing is said of it."""
    found = turn([a_rule("r", Effect(*WORK, home=True))], [], home)
    assert [(one.turning.value, one.home) for one in found.changes] == expected


def test_a_home_goes_with_its_rule() -> None:
    """The unit is lost, too."""
    found = turn([], [given_by("r", WORK, home=True)], Home("emea", mapped=True))
    assert [(one.turning.value, one.given, one.home) for one in found.changes] == [("lost", WORK, True)]


def a_document(**rules: str) -> dict[str, object]:
    return {"rules": [{"name": name, "grants": [{"role": role}]} for name, role in rules.items()]}


def test_documents_are_compared_by_what_they_say() -> None:
    """Usual values and names beside ids say nothing; order is told where the rules are the same."""
    one = {"rules": [{"name": "A", "group": {"id": "1", "name": "old"}, "paused": False}]}
    other = {"rules": [{"name": "a", "group": {"id": "1", "name": "new"}, "owner": None}]}
    assert not compare(one, other)
    found = compare(a_document(A="x", B="y", C="z"), a_document(C="z", A="other", D="d"))
    assert (found.added, found.removed, found.reordered) == (("D",), ("B",), True)
    assert [(rule.name, rule.fields) for rule in found.changed] == [
        ("A", {"grants": ([{"role": "x"}], [{"role": "other"}])})
    ]


def test_changes_of_two_people_are_put_together() -> None:
    """What only one has changed is theirs; what both have is mine, and named."""
    base = a_document(A="1", B="1", C="1", D="1", E="1")
    mine = a_document(A="2", B="1", C="2", E="2")
    theirs = a_document(A="1", B="2", C="3", D="2", F="1")
    merged = merge(base, mine, theirs)
    by_name = {rule["name"]: rule["grants"][0]["role"] for rule in merged.rules}
    assert by_name == {"A": "2", "B": "2", "C": "2", "E": "2", "F": "1"}
    assert merged.conflicts == ("C", "E", "D")
