"""Role mapping in the console: from a draft over its plan to a revision, with a second pair of eyes where needed."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from app.db import Database
from app.models.base import now
from tests.builders import a_patch
from tests.protocol.browser import form_of, led_to
from tests.protocol.console_world import cells_of, text_of
from tests.protocol.mapping_world import MAPPING, MappingWorld, refusal
from tests.protocol.test_console_person import statements

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """An account of its own."""
    return MappingWorld(app, database)


def test_a_rule_becomes_true_only_when_it_is_published(world: MappingWorld) -> None:
    """Draft, effect at once, plan person by person, publish, revision; the person has it then and not before."""
    draft = world.begin()
    assert world.adds(draft, unit="emea", below="1").status_code == 303
    effect = world.console.open(f"{draft}/effect").text
    assert "cai@acme.example" in effect
    assert "Marketer in emea and below" in effect
    plan = world.plans(draft)
    page = world.console.open(plan)
    assert cells_of_rows(page.text) == [["cai@acme.example first role", "+ gains", "Marketer in emea and below"]]
    assert "Ticket 4711" in page.text
    assert world.roles_of(world.cai) == set()
    done = world.console.send(f"{plan}/publish")
    assert led_to(done) == f"{MAPPING}/revisions/2?done=mapping_published"
    assert world.roles_of(world.cai) == {"Marketer"}
    revision = world.console.open(f"{MAPPING}/revisions/2").text
    assert "Ticket 4711" in revision
    assert "Its plan, person by person" in revision
    world.verify()


def cells_of_rows(page: str) -> list[list[str]]:
    """The first cells of the rows of a plan."""
    rows = page.partition('<section id="rows"')[2].partition("<tbody>")[2]
    found = [re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows.split("</tr>")]
    return [[text_of(cell) for cell in row[:3]] for row in found if row]


def test_privileged_roles_need_a_second_owner_who_sees_the_same(world: MappingWorld) -> None:
    """Whoever planned it cannot publish before, nor approve it; somebody else approves, and then it works."""
    draft = world.begin()
    world.adds(draft, role="Administrator")
    plan = world.plans(draft)
    page = world.console.open(plan).text
    assert "A second Account Owner is needed" in page
    assert "Privileged roles" in page
    assert f"{plan}/approve" not in page
    refused = world.console.send(f"{plan}/publish")
    assert refused.status_code == 409
    assert "a second Account Owner is needed, since privileged roles are concerned: Administrator" in refusal(refused)
    assert "Another Account Owner has to approve this plan first" in refused.text
    own = world.console.send(f"{plan}/approve", reason="Fine")
    assert own.status_code == 403
    assert "nobody approves what they wrote or planned themselves" in refusal(own)
    seen = world.second.open(plan)
    assert cells_of_rows(seen.text) == cells_of_rows(page)
    assert f"{plan}/approve" in seen.text
    assert led_to(world.second.send(f"{plan}/approve", reason="Looks right")).endswith("done=mapping_approve")
    assert "Looks right" in world.console.open(plan).text
    assert led_to(world.console.send(f"{plan}/publish")).startswith(f"{MAPPING}/revisions/2")
    assert world.roles_of(world.cai) == {"Administrator"}
    assert world.events("mapping.approved")[0].reason == "Looks right"


def test_whoever_decides_has_proved_lately_who_they_are(world: MappingWorld) -> None:
    """N-7: before a plan is approved or published; nothing happens until then."""
    draft = world.begin()
    world.adds(draft)
    plan = world.plans(draft)
    late = world.browser()
    late.signs_in(world.database, world.account_id, world.owner, now() - timedelta(days=1))
    for act in ("publish", "approve"):
        assert "/signin/local?step_up=1" in unescape(late.open(f"{plan}/{act}").text), act
        assert "/signin/local?step_up=1" in unescape(late.send(f"{plan}/{act}").text), act
    assert late.open(plan).status_code == 200
    assert world.roles_of(world.cai) == set()
    assert "still holds" in world.console.open(f"{plan}/now").text


def test_a_rejected_plan_publishes_nothing_and_keeps_its_draft(world: MappingWorld) -> None:
    """With the words of who rejected it."""
    draft = world.begin()
    world.adds(draft, role="Administrator")
    plan = world.plans(draft)
    world.second.send(f"{plan}/reject", reason="Not for Sales")
    page = world.console.open(plan).text
    assert "Not for Sales" in page
    assert f"{plan}/publish" not in page
    assert world.console.send(f"{plan}/publish").status_code == 409
    assert world.console.open(draft).status_code == 200


def test_a_plan_that_no_longer_holds_publishes_nothing_and_tells_the_difference(world: MappingWorld) -> None:
    """Somebody came into the group meanwhile: the page says so before, and the publish leads to a new plan."""
    draft = world.begin()
    world.adds(draft)
    plan = world.plans(draft)
    assert "still holds" in world.console.open(f"{plan}/now").text
    dora = world.push("dora@acme.example")
    add = {"op": "add", "path": "members", "value": [{"value": dora}]}
    assert world.scim.patch(f"/Groups/{world.sales}", a_patch(add)).status_code == 200
    moved = text_of(world.console.open(f"{plan}/now").text)
    assert "The data have moved since" in moved
    assert "people who gain: 1 → 2" in moved
    led = led_to(world.console.send(f"{plan}/publish"))
    assert "done=mapping_outdated" in led
    page = world.console.open(led)
    assert "Nothing was published" in page.text
    assert "1 change is new" in page.text
    assert "dora@acme.example" in page.text.partition('<section id="rows"')[0]
    assert world.roles_of(world.cai) == set()
    assert world.console.open(plan).text.count("out of date") >= 1
    fresh = led.partition("?")[0]
    assert led_to(world.console.send(f"{fresh}/publish")).startswith(f"{MAPPING}/revisions/2")


def test_planning_anew_shows_what_is_different(world: MappingWorld) -> None:
    """Without publishing anything."""
    draft = world.begin()
    world.adds(draft)
    plan = world.plans(draft)
    remove = {"op": "remove", "path": f'members[value eq "{world.cai}"]'}
    assert world.scim.patch(f"/Groups/{world.sales}", a_patch(remove)).status_code in (200, 204)
    page = world.console.open(led_to(world.console.send(f"{plan}/again")))
    assert "1 change is gone" in page.text
    assert world.console.open(f"{plan}?since={plan.rpartition('/')[2]}").status_code == 200


def test_a_draft_that_was_overtaken_is_put_onto_the_latest_revision(world: MappingWorld) -> None:
    """It says so, refuses to be planned, and names the rules that both have changed."""
    ours, theirs = world.begin("Ours"), world.begin("Theirs")
    world.fills(f"{ours}/rules/1", name="Team", group=world.team, role="Analyst")
    world.fills(f"{theirs}/rules/1", name="Team", group=world.team, role="Marketer")
    world.console.send(f"{world.plans(theirs)}/publish")
    page = world.console.open(ours)
    assert "revision 2 was published since" in page.text
    refused = world.console.send(f"{ours}/plan", reason="mine")
    assert refused.status_code == 409
    assert "rebase it" in refusal(refused)
    assert form_of(refused, f"{ours}/title")["title"] == "Ours"
    rebased = world.console.send(f"{ours}/rebase")
    assert "Both have changed these rules" in rebased.text
    assert "revision 2 was published since" not in world.console.open(ours).text


def test_rows_of_a_plan_are_narrowed_and_exported(world: MappingWorld) -> None:
    """By person, by what happens, by privilege; all of them as a file that runs no formula."""
    draft = world.begin()
    world.fills(f"{draft}/rules/1", name="Team", group=world.team, role="Marketer")
    plan = world.plans(draft)
    assert len(cells_of_rows(world.console.open(plan).text)) == 4
    assert [row[0] for row in cells_of_rows(world.console.open(f"{plan}?q=ana&change=lost").text)] == [
        "ana@acme.example"
    ]
    assert cells_of_rows(world.console.open(f"{plan}?privileged=yes").text) == []
    file = world.console.open(f"{plan}?format=csv&change=gained&column=what")
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows == [["Person", "What"], ["ana@acme.example", "Marketer"], ["ben@acme.example", "Marketer"]]


def test_rules_are_moved_and_removed_as_they_were_seen(world: MappingWorld) -> None:
    """Whoever looks at an older version of the draft is told so, and nothing is done."""
    draft = world.begin()
    world.adds(draft)
    version = form_of(world.console.open(draft), f"{draft}/rules/2/move")["version"]
    assert world.console.send(f"{draft}/rules/2/move", version=version, to="1").status_code == 303
    assert [row[0] for row in cells_of(world.console.open(f"{draft}?column=name"))] == ["Sales added", "Team"]
    stale = world.console.send(f"{draft}/rules/1/remove", version=version)
    assert stale.status_code == 409
    assert "was changed by" in stale.text
    assert world.console.send(f"{draft}/rules/9/remove", version=str(int(version) + 1)).status_code == 404
    assert world.console.send(f"{draft}/rules/1/remove", version=str(int(version) + 1)).status_code == 303
    assert "It says what is in force" in world.console.open(draft).text


def test_a_pause_needs_a_reason_and_works_at_once(world: MappingWorld) -> None:
    """Of one rule or of everything; to let it go on is a plan."""
    rule = re.search(rf"{MAPPING}/pause\?rule=([0-9a-f-]+)", world.console.open(MAPPING).text)
    assert rule is not None
    assert world.console.send(f"{MAPPING}/pause", rule=rule[1]).status_code == 422
    assert world.console.send(f"{MAPPING}/pause", rule=rule[1], reason="Being rebuilt").status_code == 303
    assert [row[3] for row in cells_of(world.console.open(f"{MAPPING}?column=state&column=whom&column=gives"))] == [
        "paused"
    ]
    plan = led_to(world.console.send(f"{MAPPING}/resume", rule=rule[1], reason="Done"))
    assert plan.startswith(f"{MAPPING}/plans/")
    assert world.console.send(f"{MAPPING}/pause", reason="All").status_code == 303
    assert "The whole mapping is paused since" in world.console.open(MAPPING).text
    assert world.console.send(f"{MAPPING}/pause", reason="Again").status_code == 409


def test_hostile_names_are_texts(world: MappingWorld) -> None:
    """In the drawing, in lists, in forms and in what is said of them."""
    draft = world.begin(HOSTILE)
    world.scim.patch(f"/Groups/{world.sales}", a_patch({"op": "replace", "path": "displayName", "value": HOSTILE}))
    world.adds(draft, name=f"Sales {HOSTILE}"[:90], owner=HOSTILE, labels=HOSTILE)
    plan = world.plans(draft, HOSTILE)
    paths = [f"{MAPPING}/drafts", draft, f"{draft}/effect", f"{draft}/rules/2", plan, f"{plan}/publish", f"{plan}/now"]
    world.console.send(f"{plan}/publish")
    paths += [MAPPING, f"{MAPPING}/flow", f"{MAPPING}/revisions", f"{MAPPING}/revisions/2", f"{MAPPING}/health/board"]
    for path in paths[:1] + paths[4:]:
        page = world.console.open(path)
        assert page.status_code == 200, path
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
    assert "&lt;script&gt;alert(1)" in world.console.open(f"{MAPPING}/flow").text


@pytest.mark.parametrize(
    "path", ["", "/flow", "/drafts", "/plans", "/revisions", "/health", "/simulate", "/unmapped", "/waiting"]
)
def test_only_owners_see_it(world: MappingWorld, path: str) -> None:
    """Reading the mapping has no guard of its own for persons, so delegates of units are kept out by the page."""
    world.gives("Administrator", world.ana)
    assert world.signed_in(world.ana).open(f"{MAPPING}{path}").status_code == 403
    assert world.browser().open(f"{MAPPING}{path}").status_code == 303
    page = world.console.open(f"{MAPPING}{path}", headers={"Accept-Language": "es"})
    assert page.status_code == 200
    assert "Asignación de roles" in page.text


def test_what_belongs_to_another_account_is_not_there(world: MappingWorld) -> None:
    """M-1: drafts, plans, rules and revisions of others."""
    other = MappingWorld(world.app, world.database)
    draft = other.begin()
    other.adds(draft)
    plan = other.plans(draft)
    rule = re.search(rf"{MAPPING}/rules/[0-9a-f-]+", other.console.open(MAPPING).text)
    assert rule is not None
    for path in (draft, f"{draft}/effect", f"{draft}/rules/1", plan, f"{plan}/now", f"{plan}/publish", rule[0]):
        assert world.console.open(path).status_code == 404, path
    for path in (f"{draft}/plan", f"{draft}/delete", f"{plan}/approve", f"{plan}/publish", f"{rule[0]}/edit"):
        assert world.console.send(path).status_code == 404, path
    assert world.console.open(f"{MAPPING}/revisions/2").status_code == 404
    assert other.console.open(draft).status_code == 200


@pytest.mark.parametrize(
    ("page", "most"),
    [("", 14), ("/flow", 16), ("/drafts", 8), ("/plans", 8), ("/revisions", 9), ("/unmapped", 8), ("/waiting", 16)],
)
def test_pages_ask_the_database_a_bounded_number_of_times(world: MappingWorld, page: str, most: int) -> None:
    """However many rules there are."""
    draft = world.begin()
    for number in range(6):
        assert world.adds(draft, name=f"Rule {number}").status_code == 303
    world.console.send(f"{world.plans(draft)}/publish")
    world.console.open(f"{MAPPING}{page}")
    with statements(world.database) as heard:
        assert world.console.open(f"{MAPPING}{page}").status_code == 200
    assert len(heard) <= most, "\n".join(heard)
