"""The editor of a mapping rule: whom it would be for is said at once, and nothing that was typed is lost."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.services import mapping_drafts
from app.web.console import mapping_rules
from tests.builders import a_group, a_user
from tests.protocol.browser import led_to
from tests.protocol.console_world import text_of
from tests.protocol.mapping_world import MAPPING, MappingWorld, refusal

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """An account of its own."""
    return MappingWorld(app, database)


def rules_of(world: MappingWorld, draft: str) -> list[dict[str, Any]]:
    """The rules of a draft, as they are kept."""
    with world.database.reading() as session:
        found = mapping_drafts.get_draft(session, world.account_id, draft.rpartition("/")[2])
    rules: list[dict[str, Any]] = found.document["rules"]
    return rules


def whom(world: MappingWorld, **asked: str) -> str:
    """What is said of whom a rule would be for."""
    page = world.console.open(f"{MAPPING}/whom", query_string=asked)
    assert page.status_code == 200
    return text_of(page.text.partition('<div id="whom"')[2])


def test_every_field_is_kept_and_comes_back(world: MappingWorld) -> None:
    """What is saved without a change says the same as before."""
    draft = world.begin()
    said = {
        "name": "Sales of EMEA",
        "where": 'department eq "Sales"',
        "until": "2099-03-01T00:00",
        "days": "30",
        "owner": "ana@acme.example",
        "reason": "Ticket 4711",
        "labels": "sox, q3",
        "lines": [("Marketer", "emea", "1"), ("Viewer", "", "")],
        "work_unit": "emea",
        "work_below": "",
        "work_home": "1",
    }
    assert world.adds(draft, **said).status_code == 303
    first = rules_of(world, draft)[1]
    assert first == {
        "name": "Sales of EMEA",
        "group": {"id": world.sales, "name": "Sales", "directory": first["group"]["directory"]},
        "where": 'department eq "Sales"',
        "grants": [{"role": "Marketer", "unit": "emea", "children": True}, {"role": "Viewer"}],
        "works_in": [{"unit": "emea", "children": False, "home": True}],
        "until": "2099-03-01T00:00:00Z",
        "days": 30,
        "owner": "ana@acme.example",
        "reason": "Ticket 4711",
        "labels": ["sox", "q3"],
    }
    page = world.console.open(f"{draft}/rules/2").text
    for shown in ('value="2099-03-01T00:00:00"', 'value="30"', "sox, q3", "department eq &#34;Sales&#34;"):
        assert shown in page
    assert (
        world.fills(f"{draft}/rules/2", group=world.sales, **(said | {"until": "2099-03-01T00:00:00"})).status_code
        == 303
    )
    assert rules_of(world, draft)[1] == first


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "team"}, "is the name of rules[0] already"),
        ({"name": ""}, "must have 1 to 200 characters"),
        ({"group": ""}, "must have 1 to 200 characters"),
        ({"by": "pattern", "pattern": "{role}"}, "a pattern needs some text of its own"),
        ({"by": "pattern", "pattern": "mc-{role}"}, "nothing is given by {role}"),
        ({"by": "people", "where": "nothing eq 1"}, "nothing"),
        ({"by": "people"}, "say whom the rule is for"),
        ({"role": ""}, "the rule gives nothing"),
        ({"role": "Account Owner"}, "cannot be given by mapping"),
        ({"role": "{role}"}, "no pattern captures {role}"),
        ({"days": "many"}, "Not a valid integer"),
        ({"until": "soon"}, "write a moment with its time zone"),
        ({"until": "2001-01-01T00:00"}, "the rule would have ended already"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(world: MappingWorld, said: dict[str, str], words: str) -> None:
    """The form comes back as it was filled in, and the draft is as it was."""
    draft = world.begin()
    page = world.adds(draft, **({"name": "A name", "reason": "Typed with care"} | said))
    assert page.status_code == 422
    assert words in text_of(page.text)
    assert 'value="Typed with care"' in page.text
    assert len(rules_of(world, draft)) == 1


def test_an_older_page_overwrites_nothing(world: MappingWorld) -> None:
    """Two owners edit the same draft: the second one is told, with what they typed still there."""
    draft = world.begin()
    page = world.console.open(f"{draft}/rules/1")
    assert world.adds(draft).status_code == 303
    stale = world.console.send(
        f"{draft}/rules/1",
        version="1",
        by="group",
        name="Renamed by me",
        group=world.team,
        grant_what="Analyst",
        grant_unit="",
        grant_below="",
    )
    assert page.status_code == 200
    assert stale.status_code == 409
    assert "was changed by" in refusal(stale)
    assert 'value="Renamed by me"' in stale.text


def test_whom_it_would_be_for_is_told_while_it_is_written(world: MappingWorld) -> None:
    """By group, by pattern with what its captures mean, by filter, and by both; with what is wrong."""
    world.push("dora@acme.example", **{ENTERPRISE: {"department": "Legal"}})
    eve = world.push("eve@acme.example", **{ENTERPRISE: {"department": "Legal"}})
    world.scim.create("/Groups", a_group("mc-emea-Viewer", [world.ana, eve]))
    world.scim.create("/Groups", a_group("mc-emea-Vewer", [world.ana]))
    assert "2 people in 1 group: Team" in whom(world, by="group", group=world.team)
    found = whom(world, by="pattern", pattern="mc-{business_unit}-{role}")
    assert "2 people in 1 group: mc-emea-Viewer" in found
    assert "Viewer emea" in found
    assert "It does not fit." in found
    assert "2 people" in whom(world, by="people", where='department eq "Legal"')
    assert "1 person" in whom(world, by="pattern", pattern="mc-{business_unit}-{role}", where='department eq "Legal"')
    assert "a brace without its other half" in whom(world, by="pattern", pattern="mc-{role")
    assert "Which people (optional):" in whom(world, by="people", where="department is Legal")
    assert "this group is gone" in whom(world, by="group", group="0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d")
    assert "Choose a group" in whom(world, by="group")


def test_names_that_are_nearly_the_same_are_pointed_out(world: MappingWorld) -> None:
    """Before somebody binds a rule to the wrong one."""
    world.scim.create("/Groups", a_group("Sales.", [world.ben]))
    world.scim.create("/Groups", a_group("SALES-EMEA"))
    assert "Nearly the same name." in whom(world, by="group", group=world.sales)
    draft = world.begin()
    world.adds(draft)
    assert "is called nearly as" in text_of(world.console.open(draft).text)


def test_groups_are_found_as_one_types_and_the_chosen_one_stays(world: MappingWorld) -> None:
    """Anywhere in their names; those of other accounts never."""
    MappingWorld(world.app, world.database)
    page = world.console.open(f"{MAPPING}/groups?group_words=ALE&group={world.team}").text
    assert page.index(world.team) < page.index(world.sales)
    assert page.count('type="radio"') == 2
    assert "No group is called like this" in world.console.open(f"{MAPPING}/groups?group_words=%22or%201").text


def test_a_group_without_a_rule_is_one_step_from_one(world: MappingWorld) -> None:
    """In a new draft that begins with the rules in force, or in one that there is; with what its members have."""
    for user_id in (world.cai, world.ana):
        world.gives("Analyst", user_id)
    dora = world.scim.create("/Users", a_user("dora@acme.example"))["id"]
    world.gives("Analyst", dora)
    group = world.scim.create("/Groups", a_group("Data", [world.cai, world.ana, dora]))["id"]
    page = world.console.open(f"{MAPPING}/new?group={group}")
    assert "3 of 3 have it" in text_of(page.text)
    assert 'value="Data"' in page.text
    suggested = world.console.open(f"{MAPPING}/new?group={group}&role=Analyst")
    assert 'value="Data: Analyst"' in suggested.text
    assert '<option value="Analyst" selected>' in suggested.text
    made = world.fills(f"{MAPPING}/new?group={group}", name="Data", group=group, role="Analyst")
    draft = led_to(made).partition("?")[0]
    assert [one["name"] for one in rules_of(world, draft)] == ["Team", "Data"]
    again = world.fills(
        f"{MAPPING}/new?group={group}", name="Data", group=group, role="Viewer", draft=draft.rpartition("/")[2]
    )
    assert led_to(again).partition("?")[0] == draft
    assert [one["name"] for one in rules_of(world, draft)] == ["Team", "Data", "Data (2)"]
    wrong = world.fills(f"{MAPPING}/new?group={group}", name="Data", group=group, role="")
    assert wrong.status_code == 422
    assert world.console.open(f"{MAPPING}/drafts").text.count("/console/mapping/drafts/0") == 1


def test_what_members_of_a_large_group_have_is_looked_into_when_asked(
    world: MappingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since that takes its time, and the form must not."""
    monkeypatch.setattr(mapping_rules, "_EXAMINED", 1)
    page = world.console.open(f"{MAPPING}/new?group={world.team}")
    assert "have it" not in page.text
    link = re.search(r'href="([^"]*suggest=1)"', page.text)
    assert link is not None
    assert "2 of 2 have it" in text_of(world.console.open(unescape(link[1])).text)


def test_a_rule_that_lost_its_group_keeps_its_place(world: MappingWorld) -> None:
    """It can be saved as it is, and its group is offered to be chosen anew."""
    assert world.scim.delete(f"/Groups/{world.team}").status_code == 204
    draft = world.begin()
    assert "The group of this rule is gone" in world.console.open(f"{draft}/rules/1").text
    assert world.fills(f"{draft}/rules/1", name="Team", group=world.team, role="Viewer").status_code == 303
    assert rules_of(world, draft)[0]["group"]["id"] == world.team
    assert world.fills(f"{draft}/rules/1", name="Team", group=world.sales, role="Viewer").status_code == 303
    assert rules_of(world, draft)[0]["group"]["name"] == "Sales"
