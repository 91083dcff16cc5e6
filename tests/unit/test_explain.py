"""Why and why not: trees made of what the engine says, and the nearest steps to a yes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rbac.catalogue import Text
from rbac.conditions import Facts
from rbac.decide import Resource, decide, place_of
from rbac.explain import LANGUAGES, Known, Node, Origin, because, lines
from rbac.filters import DataFilter
from rbac.items import Item, Level, Levels
from rbac.missing import SHOWN, Case, Way, missing, why_not_there, working_in
from rbac.model import (
    Decision,
    Grant,
    GrantKind,
    GroupName,
    Policy,
    Reach,
    Scope,
    Source,
    SourceKind,
    Subject,
    Work,
)
from rbac.privileges import privileges
from rbac.standing import standing_of
from tests.policies import a_policy, ana, given, has, of_unit, says

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MARKETERS = GroupName("g1", "MC Marketing", "Okta")
MAPPED = Source(SourceKind.MAPPING, rule_id="r1", rule="Marketing", revision=7, group=MARKETERS)


def tree(nodes: Sequence[Node]) -> list[Any]:
    """The kinds of a tree."""
    return [[node.kind, *tree(node.children)] if node.children else node.kind for node in nodes]


def told(nodes: Sequence[Node]) -> str:
    """A tree as people read it, in both languages, neither of which may lack a word."""
    texts = {language: list(lines(nodes, language)) for language in LANGUAGES}
    assert all(text.strip("│├└─ ") for every in texts.values() for text in every)
    return "\n".join(texts["en"])


class Told:
    """A question with both of its trees."""

    def __init__(
        self,
        policy: Policy,
        person: Subject,
        permission: str,
        resource: Resource | None = None,
        unit: str | None = None,
        facts: Facts | None = None,
        ways: Mapping[str, Sequence[Way]] | None = None,
        known: Known | None = None,
    ) -> None:
        self.decision = decide(policy, person, permission, resource, unit, NOW, facts or Facts())
        item = resource.item if resource else None
        standing = place_of(policy, person, unit, item, NOW) if item else standing_of(policy, person, unit, NOW)
        found = policy.units.find(unit) if unit else policy.units.root
        where = standing.unit if standing else found.id if found else None
        self.why = because(policy, self.decision, standing, known or Known())
        there = None
        if standing is None and where is not None:
            there = decide(policy, working_in(person, where), permission, resource, unit, NOW, facts or Facts())
        case = Case(policy, person, permission, self.decision, standing, where, NOW, ways or {}, there)
        self.steps, self.not_there = missing(case), why_not_there(case)


def test_an_allow_leads_back_to_its_directory_and_request() -> None:
    """Role, group, rule and revision, group of the rule, directory, request."""
    policy = a_policy({"editor": [says("docs")]})
    group_role = Grant(GrantKind.GROUP, "editor", Scope("u0", Reach.ACCOUNT), (MAPPED,), MARKETERS)
    known = Known(origins={("editor", "Marketing", 7): Origin("req-1", "Okta / token", NOW)})
    asked = Told(policy, ana(group_role), "docs.read", known=known)
    assert tree(asked.why) == [["allow", ["group", ["source", "request"]]]]
    assert asked.steps == ()
    said = told(asked.why)
    for words in ("role editor allows", "MC Marketing ← directory Okta", "“Marketing” (revision 7)", "request req-1"):
        assert words in said
    [value] = [node.value("es") for node in asked.why]
    assert value["role"] == "editor"
    assert value["children"][0]["directory"] == "Okta"
    assert value["children"][0]["children"][0]["revision"] == 7
    assert "regla de asignación" in value["children"][0]["children"][0]["text"]


def test_a_denial_shadows_what_allows() -> None:
    """The denial stands first, the allow is shown as shadowed, and the only step is to remove the denial."""
    policy = a_policy({"editor": [says("docs")], "brake": [says("docs.delete", "deny")]})
    asked = Told(policy, ana(has("editor"), has("brake")), "docs.delete")
    assert tree(asked.why) == [["deny", "source"], ["shadowed", "source"]]
    assert tree(asked.steps) == ["remove_denial"]
    assert "the denial wins over it" in told(asked.why)


def test_a_denial_without_any_allow_needs_two_steps() -> None:
    """To take the denial away would not be enough."""
    policy = a_policy({"editor": [says("docs")], "brake": [says("docs.delete", "deny")]})
    asked = Told(policy, ana(has("brake")), "docs.delete")
    assert tree(asked.steps) == ["remove_denial", "role"]


def test_individual_permissions_are_named_as_such() -> None:
    """Allow and deny."""
    policy = a_policy({"editor": [says("docs")]})
    assert "an individual permission allows" in told(Told(policy, ana(given(says("plain"))), "plain").why)
    denied = Told(policy, ana(has("editor"), given(says("docs.read", "deny"))), "docs.read")
    assert tree(denied.why) == [["deny", "source"], ["shadowed", "source"]]
    assert "an individual permission DENIES" in told(denied.why)


def test_a_condition_that_does_not_hold_is_the_nearest_step() -> None:
    """What was said under it is shown; where it holds, that is said, too."""
    policy = a_policy({"soft": [says("docs.delete", when="action.soft eq true")]})
    person = ana(has("soft"))
    doc = Resource("memo", "m1")
    no = Told(policy, person, "docs.delete", doc)
    assert tree(no.why) == [["condition_false", "source"]]
    assert no.steps[0].value()["condition"] == "action.soft eq true"
    yes = Told(policy, person, "docs.delete", doc, facts=Facts(action={"soft": True}))
    assert tree(yes.why) == [["allow", "condition", "source"]]


def test_steps_are_ordered_by_nearness() -> None:
    """What somebody had, has elsewhere or will have; then what a rule gives; then the rest, privileged roles last."""
    day = timedelta(days=1)
    roles = {name: [says("docs")] for name in ("over", "soon", "there", "mapped", "other", "mighty")}
    policy = a_policy(roles)
    mighty = replace(policy.roles["mighty"], is_privileged=True)
    policy = replace(policy, roles={**policy.roles, "mighty": mighty})
    person = ana(
        has("over", "u0", Reach.ACCOUNT, Source(SourceKind.MANUAL, expires=NOW - day)),
        has("soon", "u0", Reach.ACCOUNT, Source(SourceKind.MANUAL, starts=NOW + day)),
        has("there", "u3", Reach.UNIT),
        works_in=(Work("u0", True),),
    )
    ways = {"mapped": [Way("Marketing", "MC Marketing", "emea", Reach.SUBTREE, orphaned=True)]}
    steps = Told(policy, person, "docs.read", unit="emea", ways=ways).steps
    assert [step.facts["role"] for step in steps] == ["over", "soon", "there", "mapped", "other", "mighty"]
    assert tree(steps) == [
        ["role", "expired"],
        ["role", "not_yet"],
        ["role", "elsewhere"],
        ["role", "rule"],
        "role",
        "role",
    ]
    said = told(steps)
    for words in (
        "until 2026-05-31 12:00 UTC",
        "from 2026-06-02",
        "only in business unit apac",
        "which is gone",
        "(privileged)",
    ):
        assert words in said


def test_an_individual_permission_that_is_not_in_force_is_a_step() -> None:
    """It is nearer than any role."""
    soon = Source(SourceKind.MANUAL, starts=NOW + timedelta(days=1))
    policy = a_policy({"editor": [says("docs")]})
    steps = Told(policy, ana(given(says("docs"), "u0", Reach.ACCOUNT, soon)), "docs.read").steps
    assert tree(steps) == [["individual", "not_yet"], "role"]


def test_not_every_role_of_a_large_account_is_named() -> None:
    """The nearest ones, and how many more there are."""
    policy = a_policy({f"role {number:02}": [says("docs")] for number in range(SHOWN + 5)})
    steps = Told(policy, ana(), "docs.read").steps
    assert [step.kind for step in steps] == ["role"] * SHOWN + ["left_out"]
    assert steps[-1].facts == {"roles": 5}
    assert tree(Told(a_policy({}), ana(), "docs.read").steps) == ["no_role"]


def test_the_role_of_a_unit_and_its_inheritance() -> None:
    """Forced on the units below; where it is not, working there would do."""
    forced = a_policy({"editor": [says("docs")]}, unit_grants={"u1": (of_unit("editor", "u1", Reach.SUBTREE),)})
    yes = Told(forced, ana(), "docs.read", unit="iberia")
    assert "as the role of business unit emea, forced on the units below" in told(yes.why)
    exact = a_policy({"editor": [says("docs")]}, unit_grants={"u1": (of_unit("editor", "u1"),)})
    no = Told(exact, ana(), "docs.read", unit="iberia")
    assert tree(no.steps) == [["role", "unit_role"]]


def test_who_may_not_work_there_is_told_where_they_work() -> None:
    """A unit that does not exist is something else."""
    policy = a_policy({"editor": [says("docs")]})
    person = ana(has("editor"), works_in=(Work("u1", True), Work("u3")))
    steps = Told(policy, person, "docs.read", unit="root").steps
    assert tree(steps) == [["work_in", "places"]]
    assert "in business unit emea and below, in business unit apac" in told(steps)
    nowhere = Told(policy, person, "docs.read", unit="nowhere")
    assert tree(nowhere.steps) == [["known_unit", "places"]]
    assert nowhere.not_there == Text(
        "there is no business unit of that name", "no existe ninguna unidad de negocio con ese nombre"
    )


def test_everything_that_is_missing_where_somebody_does_not_work() -> None:
    """To work there, the denials that hold there, and a role; what is not missing is not named."""
    denies = of_unit("brake", "u1", Reach.SUBTREE)
    roles = {"editor": [says("docs")], "brake": [says("docs.delete", "deny")]}
    policy = a_policy(roles, unit_grants={"u1": (denies,)})
    person = ana(has("editor", "u3", Reach.UNIT), works_in=(Work("u3"),))
    asked = Told(policy, person, "docs.delete", unit="iberia")
    assert tree(asked.steps) == [["work_in", "places"], "remove_denial", ["role", "elsewhere"]]
    assert asked.steps[1].facts == {"role": "brake", "permission": "docs.delete"}
    assert asked.steps[1].said.en.startswith("there, a denial has to go: role brake DENIES docs.delete, as the role of")
    assert asked.not_there is not None
    assert asked.not_there.en.endswith("may not work in business unit iberia")
    assert tree(Told(policy, person, "docs.read", unit="iberia").steps) == [
        ["work_in", "places"],
        ["role", "elsewhere"],
    ]
    everywhere = ana(has("editor"), works_in=(Work("u3"),))
    assert tree(Told(policy, everywhere, "docs.delete", unit="iberia").steps) == [
        ["work_in", "places"],
        "remove_denial",
    ]
    assert tree(Told(policy, everywhere, "docs.read", unit="iberia").steps) == [["work_in", "places"]]
    assert Told(policy, everywhere, "docs.read", unit="apac").not_there is None


def test_the_inactive_and_the_unknown() -> None:
    """Each has its own step; a permission mistyped is guessed at."""
    policy = a_policy({"editor": [says("docs")]})
    assert tree(Told(policy, ana(has("editor"), active=False), "docs.read").steps) == ["activate"]
    [guess] = Told(policy, ana(has("editor")), "docs.raed").steps
    assert guess.facts["close"][0] == "docs.read"
    assert tree(Told(policy, ana(has("editor")), "docs.read", Resource("doc", "gone")).steps) == ["known_item"]


CLOSED = Levels(Level.MODIFY, Level.READ, Level.FORBIDDEN)


def test_the_level_of_an_item_and_what_would_open_it() -> None:
    """Who somebody is to it, how far that goes, and the permissions that go further."""
    policy = a_policy({"editor": [says("docs")], "common": [says("items.common")]})
    item = Item("doc", "d1", unit="u0", owner="ben", levels=CLOSED)
    asked = Told(policy, ana(has("editor")), "docs.edit", Resource("doc", "d1", item))
    assert tree(asked.why) == [["allow", "source"], "item"]
    assert [step.kind for step in asked.steps] == ["raise_level", "permission", "permission"]
    assert [step.facts["permission"] for step in asked.steps[1:]] == ["items.common", "items.all"]
    told(asked.why)
    assert asked.why[1].said == Text(
        "the user is neither its owner nor in its owner group; the item lets them do nothing with it",
        "el usuario no es ni su propietario ni de su grupo propietario; el elemento no le permite nada",
    )
    assert asked.steps[0].said == Text(
        "the item has to let everybody else change it", "el elemento tiene que permitir modificarlo a todos los demás"
    )
    mine = replace(item, owner="ana-id")
    assert Told(policy, ana(has("editor")), "docs.edit", Resource("doc", "d1", mine)).steps == ()
    common = Told(policy, ana(has("editor"), has("common")), "docs.edit", Resource("doc", "d1", item))
    assert [step.facts.get("permission") for step in common.steps] == [None, "items.all"]


def test_items_of_other_units_and_items_without_owner() -> None:
    """To open it in the unit, to share it for more, to give it an owner."""
    policy = a_policy({"editor": [says("docs")]})
    person = ana(has("editor"))
    open_levels = Levels(Level.MODIFY, Level.MODIFY, Level.MODIFY)
    everywhere = a_policy({"editor": [says("docs"), says("items.common")]})
    item = Item("doc", "d1", unit="u1", levels=open_levels)
    assert tree(Told(policy, person, "docs.edit", Resource("doc", "d1", item), "apac").steps) == ["open_item"]
    shared = replace(item, shares={"u3": Level.READ})
    assert tree(Told(policy, person, "docs.edit", Resource("doc", "d1", shared), "apac").steps) == ["raise_share"]
    gone = replace(item, owner="ben", owner_gone=True)
    asked = Told(everywhere, person, "docs.delete", Resource("doc", "d1", gone), "emea")
    assert tree(asked.steps) == ["new_owner"]
    assert "owner is gone" in told(asked.why)


def _filter(text: str) -> DataFilter:
    return DataFilter("row", text)


def test_data_filters_and_the_units_they_come_from() -> None:
    """What the caller must apply, the unit furthest up first; what a grant is narrowed to."""
    filters = {"u0": {"row": _filter("consent eq true")}, "u1": {"row": _filter('region eq "EMEA"')}}
    policy = a_policy({"reader": [says("rows")]}, unit_filters=filters)
    narrowed = has("reader", filters={"row": _filter('region eq "ES"')})
    asked = Told(policy, ana(narrowed), "rows.read", Resource("row", "*"), "emea")
    assert tree(asked.why) == [["allow", "narrowed", "source"], ["data_filter", "unit_filter", "unit_filter"]]
    assert [part.facts["business_unit"] for part in asked.why[1].children] == ["root", "emea"]


def test_every_kind_of_decision_can_be_told() -> None:
    """A decision without anything beside it has an empty tree; a yes lacks nothing."""
    policy = a_policy({})
    for code in (decision.code for decision in (decide(policy, None, "plain"),)):
        case = Case(policy, None, "plain", Decision(False, code), None, None, NOW)
        assert tree(missing(case)) == ["known_subject"]


def test_privileges_in_plain_words() -> None:
    """What is always allowed, what under conditions and what unless; denied and unnamed ones are left out."""
    policy = a_policy(
        {
            "editor": [says("docs"), says("docs.delete", "deny", "not (action.soft eq true)")],
            "reader": [says("rows.read", when='subject.department eq "Sales"')],
            "brake": [says("docs.create", "deny")],
        }
    )
    found = privileges(policy, ana(has("editor"), has("reader"), has("brake")), None, NOW)
    told = {one.key: (one.when, one.unless) for area in found.areas for one in area.privileges}
    assert told == {
        "docs.read": ((), ()),
        "docs.edit": ((), ()),
        "docs.delete": ((), ("not (action.soft eq true)",)),
        "rows.read": (('subject.department eq "Sales"',), ()),
    }
    assert found.value()["counts"] == {"can": 4, "under_conditions": 2, "permissions": 9}
    assert "only when" in found.text("en")
    assert "solo si" in found.text("es")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_privileges_at_all(language: Any) -> None:
    """Nothing, and why: inactive, elsewhere, or nothing given."""
    policy = a_policy({})
    texts = {
        privileges(policy, person, unit, NOW).text(language)
        for person, unit in ((ana(), None), (ana(active=False), None), (ana(), "nowhere"))
    }
    assert len(texts) == 3
