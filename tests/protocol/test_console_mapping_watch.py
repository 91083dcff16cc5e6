"""Around the mapping in the console: the drawing, revisions, health, simulations, groups without rules, who waits."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.db import Database
from tests.builders import a_group, a_user
from tests.protocol.browser import form_of, led_to
from tests.protocol.console_world import cells_of, text_of
from tests.protocol.mapping_world import MAPPING, MappingWorld, refusal


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """An account of its own."""
    return MappingWorld(app, database)


def published(world: MappingWorld, **said: str) -> None:
    """Let a second rule be in force, for Sales."""
    draft = world.begin()
    assert world.adds(draft, **said).status_code == 303
    assert world.console.send(f"{world.plans(draft)}/publish").status_code == 303


def things(page: str) -> dict[str, str]:
    """What stands in a drawing, with how many people: titles by what they stand for."""
    return dict(re.findall(r'data-key="([^"]*)"\s*>\s*<title>([^<]*)</title>', page))


def test_the_drawing_leads_from_groups_to_units_and_says_the_same_as_its_table(world: MappingWorld) -> None:
    """As many people as have it by each rule; a table says it again."""
    published(world, unit="emea")
    page = world.console.open(f"{MAPPING}/flow").text
    two = ["Team, 2 people", "Team, 2 people", "The whole account, 2 people", "Viewer, 2 people"]
    one = ["Marketer, 1 person", "Sales, 1 person", "Sales, 1 person", "emea, 1 person"]
    assert sorted(things(page).values()) == sorted([*two, *one])
    rows = cells_of(world.console.open(f"{MAPPING}/flow"))
    assert ["Team", "Team", "Viewer", "The whole account", "2"] in rows
    assert ["Sales", "Sales", "Marketer", "emea", "1"] in rows
    assert "Team → Viewer: 2 people" in page


def test_the_drawing_is_kept_to_one_thing(world: MappingWorld) -> None:
    """A group, a rule, a role or a unit; what is not there leads to nothing, and to no fault."""
    published(world, unit="emea")
    every = things(world.console.open(f"{MAPPING}/flow").text)
    for key, said in every.items():
        shown = things(world.console.open(f"{MAPPING}/flow?focus={key}").text)
        assert shown[key].partition(",")[0] == said.partition(",")[0]
        assert len(shown) == 4, key
    for odd in ("role:nothing", "nothing:at-all", "role:", "rule:%22%3E", "&open=9", "&open=x"):
        assert world.console.open(f"{MAPPING}/flow?focus={odd}").status_code == 200
    assert "Nothing goes through this" in world.console.open(f"{MAPPING}/flow?focus=role:nothing").text


def test_very_many_groups_are_folded_and_can_be_opened(world: MappingWorld) -> None:
    """What stands for the rest leads to all of them."""
    draft = world.begin()
    for number in range(30):
        world.scim.create("/Groups", a_group(f"Squad {number}"))
    assert world.adds(draft, by="pattern", pattern="Squad {number}", name="Squads").status_code == 303
    world.console.send(f"{world.plans(draft)}/publish")
    page = world.console.open(f"{MAPPING}/flow").text
    assert "8 more groups…, 0 people" in page
    assert f'href="{MAPPING}?open=0#flow"' in page
    assert len([key for key in things(world.console.open(f"{MAPPING}/flow?open=0").text) if key[:5] == "group"]) == 31


def test_the_rules_in_force_are_searched_and_narrowed(world: MappingWorld) -> None:
    """By what they say, by role, by label, by state."""
    published(world, labels="sox", owner="ana@acme.example")
    for query, names in (
        ("?q=sal", ["Sales"]),
        ("?role=Viewer", ["Team"]),
        ("?label=sox", ["Sales"]),
        ("?state=paused", []),
        ("?sort=-name", ["Team", "Sales"]),
        ('?filter=owner eq "ana@acme.example"', ["Sales"]),
    ):
        assert [row[0] for row in cells_of(world.console.open(f"{MAPPING}{query}"))] == names, query


def test_a_rule_in_force_is_changed_or_ended_in_a_draft(world: MappingWorld) -> None:
    """Nobody gains or loses anything by that."""
    path = re.search(rf"{MAPPING}/rules/[0-9a-f-]+", world.console.open(MAPPING).text)
    assert path is not None
    assert "says so since revision 1" in world.console.open(path[0]).text
    assert re.fullmatch(rf"{MAPPING}/drafts/[0-9a-f-]+/rules/1", led_to(world.console.send(f"{path[0]}/edit")))
    draft = led_to(world.console.send(f"{path[0]}/end")).partition("?")[0]
    assert "removed Team" in text_of(world.console.open(draft).text)
    assert "2 people" not in world.console.open(draft).text
    assert world.roles_of(world.ana) == {"Viewer"}


def test_revisions_are_compared_and_restored_through_a_draft(world: MappingWorld) -> None:
    """What one says otherwise than another, field by field; a restored one is planned like any other."""
    draft = world.begin()
    world.fills(f"{draft}/rules/1", name="Team", group=world.team, role="Analyst")
    world.console.send(f"{world.plans(draft, 'Analysts now')}/publish")
    rows = cells_of(world.console.open(f"{MAPPING}/revisions"))
    assert [row[0] for row in rows] == ["2 in force", "1"]
    assert rows[0][4] == "Analysts now"
    compared = text_of(world.console.open(f"{MAPPING}/compare?before=1&after=2").text)
    assert "changed Team Roles Viewer → Analyst" in compared
    assert "added Team" in text_of(world.console.open(f"{MAPPING}/compare?before=0&after=1").text)
    assert "The rules say the same." in world.console.open(f"{MAPPING}/compare?before=1&after=1").text
    for odd in ("before=1&after=7", "before=x&after=1", "before=-1&after=1"):
        assert world.console.open(f"{MAPPING}/compare?{odd}").status_code == 404
    restored = led_to(world.console.send(f"{MAPPING}/revisions/1/restore")).partition("?")[0]
    assert "Restore revision 1" in world.console.open(restored).text
    world.console.send(f"{world.plans(restored)}/publish")
    assert world.roles_of(world.ana) == {"Viewer"}
    assert "restores revision 1" in world.console.open(f"{MAPPING}/revisions/3").text


def test_health_leads_from_each_finding_to_what_helps(world: MappingWorld) -> None:
    """An orphan is offered the group that came in its place, as a draft."""
    assert world.scim.delete(f"/Groups/{world.team}").status_code == 204
    fresh = world.scim.create("/Groups", a_group("Team", [world.ana]))["id"]
    page = world.console.open(f"{MAPPING}/health/board")
    assert "group is gone" in page.text
    assert "Draft with “Team”: 1 person would gain" in text_of(page.text)
    offered = form_of(page, f"{MAPPING}/health/rebind")
    assert offered["group"] == fresh
    draft = led_to(world.console.send(f"{MAPPING}/health/rebind", rule=offered["rule"], group=fresh))
    world.console.send(f"{world.plans(draft.partition('?')[0])}/publish")
    assert world.roles_of(world.ana) == {"Viewer"}
    board = world.console.open(f"{MAPPING}/health/board").text
    assert "group is gone" not in board
    assert "groups without rules" in board
    assert f"{MAPPING}/unmapped" in board


def test_what_a_pattern_holds_is_seen_before_it_is_given(world: MappingWorld) -> None:
    """A group that comes by its name to a privileged role waits for a plan."""
    draft = world.begin()
    said = {"by": "pattern", "pattern": "mc-{role}", "allow_privileged": "1", "role": "{role}", "name": "By name"}
    assert world.adds(draft, **said).status_code == 303
    plan = world.plans(draft)
    world.second.send(f"{plan}/approve")
    assert world.console.send(f"{plan}/publish").status_code == 303
    assert "Nothing is held" in world.console.open(f"{MAPPING}/release").text
    world.scim.create("/Groups", a_group("mc-Administrator", [world.cai]))
    assert world.roles_of(world.cai) == set()
    assert "A group came to a pattern by its name and is held" in world.console.open(MAPPING).text
    assert "See what is held" in world.console.open(f"{MAPPING}/health/board").text
    page = text_of(world.console.open(f"{MAPPING}/release").text)
    assert "By name — mc-Administrator a privileged role" in page
    plan = led_to(world.console.send(f"{MAPPING}/release", reason="It is meant")).partition("?")[0]
    assert "cai@acme.example" in world.console.open(plan).text
    world.second.send(f"{plan}/approve")
    assert world.console.send(f"{plan}/publish").status_code == 303
    assert world.roles_of(world.cai) == {"Administrator"}


def test_people_are_simulated(world: MappingWorld) -> None:
    """Somebody made up, by groups and attributes; somebody who exists, in other groups; by a draft, too."""
    assert cells_of(world.console.open(f"{MAPPING}/simulate", query_string={"groups": "Team"})) == [
        ["Viewer in the whole account", "Team", "Team", ""]
    ]
    draft = world.begin()
    world.adds(draft, by="people", where='title eq "Analyst" and department eq "Data"', name="By title", role="Analyst")
    asked = {"attributes": "title: Analyst\ndepartment: Data", "draft": draft.rpartition("/")[2]}
    assert cells_of(world.console.open(f"{MAPPING}/simulate", query_string=asked)) == [
        ["Analyst in the whole account", "By title", "", ""]
    ]
    asked = {"user": "ana@acme.example", "remove": "Team"}
    assert "- Viewer" in text_of(world.console.open(f"{MAPPING}/simulate", query_string=asked).text)
    wrong = world.console.open(f"{MAPPING}/simulate", query_string={"attributes": "nothing here"})
    assert wrong.status_code == 422
    assert "a colon and a value" in wrong.text
    missing = world.console.open(f"{MAPPING}/simulate", query_string={"groups": "No such"})
    assert missing.status_code == 404
    assert "no group is named 'No such'" in refusal(missing)
    assert ">No such</textarea>" in missing.text


def test_the_end_of_a_group_is_simulated(world: MappingWorld) -> None:
    """Who would lose what, and which rules are left without it."""
    page = world.console.open(f"{MAPPING}/simulate/removal?group=Team").text
    assert "<h3>Rules left without their group</h3><ul><li>Team</li></ul>" in page
    assert "<strong>2</strong> × Viewer" in page
    assert 'ana@acme.example</a><span class="minus">− Viewer</span>' in page
    assert world.console.open(f"{MAPPING}/simulate/removal?group=Nobody").status_code == 404
    assert world.roles_of(world.ana) == {"Viewer"}


def test_groups_without_rules_are_listed_by_size(world: MappingWorld) -> None:
    """The largest first, each one step from a rule."""
    world.scim.create("/Groups", a_group("Large", [world.ana, world.ben, world.cai]))
    world.scim.create("/Groups", a_group("Empty"))
    rows = cells_of(world.console.open(f"{MAPPING}/unmapped"))
    assert [row[:2] for row in rows] == [["Large", "3"], ["Sales", "1"], ["Empty", "0"]]
    assert [row[0] for row in cells_of(world.console.open(f"{MAPPING}/unmapped?size=none"))] == ["Empty"]
    page = world.console.open(f"{MAPPING}/unmapped?q=lar")
    assert "<strong>1</strong> group" in page.text
    assert f"{MAPPING}/new?group=" in page.text


def test_who_waits_is_one_step_from_a_rule(world: MappingWorld) -> None:
    """With the groups they are in and what most of the others there have."""
    dora, eve = (world.scim.create("/Users", a_user(f"{name}@acme.example"))["id"] for name in ("dora", "eve"))
    for user_id in (dora, eve):
        world.gives("Analyst", user_id)
    world.scim.create("/Groups", a_group("Data", [world.cai, dora, eve]))
    page = world.console.open(f"{MAPPING}/waiting")
    rows = cells_of(page)
    assert [row[0] for row in rows] == ["cai@acme.example"]
    assert "2 of 2 have it" in rows[0][4]
    said = form_of(page, f"{MAPPING}/waiting/suggestion")
    draft = led_to(world.console.send(f"{MAPPING}/waiting/suggestion", **said)).partition("?")[0]
    world.console.send(f"{world.plans(draft)}/publish")
    assert world.roles_of(world.cai) == {"Analyst"}
    assert "Nobody waits" in world.console.open(f"{MAPPING}/waiting").text
    refused = world.console.send(f"{MAPPING}/waiting/suggestion", group=world.sales, role="Administrator")
    assert refused.status_code == 422
    assert "nobody in Sales has Administrator" in refused.text
