"""/console/items and /console/leavers: whose an item is, who may do what, many changed at once, and handed over."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.services import items, profiles, roles, units
from app.services.role_statements import StatementChange
from tests.protocol.browser import form_of, led_to
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
SPANISH = {"Accept-Language": "es"}
CHANGE = "/console/items/change"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account whose emails are kept here; its owner manages all items."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        profiles.load(session, world.account_id, "exacttarget", drop=True)
        units.create_unit(session, world.account_id, "emea", "EMEA")
    return world


def an_item(world: ConsoleWorld, id: str = "i1", **given: Any) -> str:
    """An item that the platform registers; its page."""
    with world.database.writing() as session:
        items.register(session, world.account_id, {"type": "email", "id": id, **given})
    return page_of(id)


def page_of(id: str) -> str:
    return f"/console/items/one?{urlencode({'type': 'email', 'id': id})}"


def facts(world: ConsoleWorld, id: str) -> items.ItemFacts:
    with world.database.reading() as session:
        return items.get(session, world.account_id, "email", id)


def send(world: ConsoleWorld, path: str, **values: Any) -> TestResponse:
    """A form with fields that may come several times."""
    data = {"form_token": world.console.token(), **values}
    return world.console.open(path, "POST", "same-origin", data=data)


def token_in(page: TestResponse) -> str:
    found = re.search(r'name="token" value="(\w+)"', page.text)
    assert found is not None, text_of(page.text)
    return found[1]


def chosen(*ids: str) -> list[str]:
    return [json.dumps(["email", id]) for id in ids]


class TestList:
    """All items."""

    def test_it_tells_owner_unit_levels_and_shares(self, world: ConsoleWorld) -> None:
        world.push("ana@acme.example")
        an_item(world, "i1", name=HOSTILE, owner="ana@acme.example", levels={"rest": "read"})
        an_item(world, "i2", unit="emea")
        rows = {row[0]: row[1:] for row in cells_of(world.console.open("/console/items"))}
        assert rows[HOSTILE][:2] == ["email", "ana@acme.example"]
        assert rows[HOSTILE][4].endswith("the rest: read")
        assert rows["i2"][1:4] == ["nobody", "", "emea"]
        assert "<script>alert" not in world.console.open("/console/items").text
        assert "los demás" in world.console.open("/console/items", headers=SPANISH).text

    def test_it_is_narrowed_and_exported(self, world: ConsoleWorld) -> None:
        gone = world.push("gone@acme.example")
        an_item(world, "i1", owner="gone@acme.example", name="Alpha", unit="emea")
        an_item(world, "i2", name="Beta", levels={"rest": "modify"})
        world.scim.delete(f"/Users/{gone}")

        def shown(query: str) -> list[str]:
            return [row[0] for row in cells_of(world.console.open(f"/console/items?{query}"))]

        assert shown("type=email") == ["Alpha", "Beta"]
        assert shown("unit=emea") == shown("owner=gone") == shown("q=Al") == shown("q=gone@acme.example") == ["Alpha"]
        assert shown("rest=modify") == shown("owner=nobody") == shown("q=i2") == ["Beta"]
        assert "This filter cannot be used" in world.console.open("/console/items?filter=nothing eq 1").text
        file = world.console.open("/console/items?unit=emea&format=csv").data.decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(file)))[1][:3] == ["Alpha", "email", "gone@acme.example"]

    def test_a_platform_that_keeps_its_items_itself_is_told_so(self, world: ConsoleWorld) -> None:
        other = ConsoleWorld(world.app, world.database)
        assert "keeps its items itself" in other.console.open("/console/items").text

    def test_items_of_other_accounts_are_not_there(self, world: ConsoleWorld) -> None:
        """M-1."""
        an_item(world, "i1")
        other = ConsoleWorld(world.app, world.database)
        with world.database.writing() as session:
            profiles.load(session, other.account_id, "exacttarget", drop=True)
        assert cells_of(other.console.open("/console/items")) == []
        assert other.console.open(page_of("i1")).status_code == 404
        assert send(other, CHANGE, chosen=chosen("i1"), step="look", unit="root").status_code == 404


class TestItem:
    """One of them."""

    def test_it_tells_levels_and_who_may_do_what(self, world: ConsoleWorld) -> None:
        ana = world.push("ana@acme.example")
        world.push("ben@acme.example")
        world.gives("Content Creator", ana)
        path = an_item(world, "a/b?c", owner="ana@acme.example")
        page = text_of(world.console.open(f"{path}&permission=content.email.view").text)
        assert re.search(r"the owner ?modify ?the owner group ?read ?the rest ?nothing", page)
        people = page.partition("Who may do what")[2]
        assert "ana@acme.example" in people
        assert "ben@acme.example" not in people

    def test_it_is_shared_and_closed_again(self, world: ConsoleWorld) -> None:
        path = an_item(world)
        page = world.console.open(path)
        answer = world.console.submit(page, "/console/items/share", unit="emea", level="modify")
        page = world.console.open(led_to(answer))
        assert "The item was shared." in page.text
        assert [(one.unit, one.level) for one in facts(world, "i1").shares] == [("emea", "modify")]
        world.console.submit(page, "/console/items/unshare")
        assert facts(world, "i1").shares == ()
        refused = world.console.submit(page, "/console/items/share", unit="root", level="read")
        assert refused.status_code == 422

    def test_it_is_deleted_once_that_is_confirmed(self, world: ConsoleWorld) -> None:
        page = world.console.open(an_item(world))
        unsure = send(world, "/console/items/delete", type="email", id="i1", reason="Old")
        assert unsure.status_code == 422
        assert "Tick that you want this." in unsure.text
        assert form_of(unsure, "/console/items/delete")["reason"] == "Old"
        done = world.console.submit(page, "/console/items/delete", sure="yes", reason="Old")
        assert led_to(done) == "/console/items?done=item_deleted"
        assert world.console.open(page_of("i1")).status_code == 404

    def test_whoever_does_not_manage_items_changes_none(self, world: ConsoleWorld) -> None:
        """Guards apply by themselves; a delegate of users is none of items."""
        an_item(world)
        delegate = world.push()
        with world.database.writing() as session:
            manages = [StatementChange("admin.user.manage", "allow")]
            roles.create_role(session, world.account_id, "Delegate", statements=manages)
        world.gives("Delegate", delegate, unit="emea")
        browser = world.signed_in(delegate)
        page = browser.open(page_of("i1"))
        assert page.status_code == 200, text_of(page.text)
        assert browser.submit(page, "/console/items/share", unit="emea").status_code == 403
        assert browser.submit(page, "/console/items/delete", sure="yes").status_code == 403
        assert facts(world, "i1").shares == ()


class TestChangingMany:
    """Looked at first; all of them or none."""

    def test_chosen_items_are_changed_as_they_were_seen(self, world: ConsoleWorld) -> None:
        for id in ("i1", "i2", "i3"):
            an_item(world, id)
        form = send(world, CHANGE, chosen=chosen("i1", "i2"))
        assert "2 items were chosen." in form.text
        page = send(world, CHANGE, chosen=chosen("i1", "i2"), step="look", level_rest="read", unit="emea")
        told = text_of(page.text)
        assert "2 of 2 items would be different." in told
        assert re.search(r"unit root loses", told)
        assert facts(world, "i1").unit == "root"
        done = send(
            world,
            CHANGE,
            chosen=chosen("i1", "i2"),
            step="apply",
            level_rest="read",
            unit="emea",
            token=token_in(page),
            reason="Moved",
        )
        assert led_to(done) == "/console/items?done=items_changed"
        assert [facts(world, id).unit for id in ("i1", "i2", "i3")] == ["emea", "emea", "root"]
        assert world.events("items.changed")[-1].reason == "Moved"

    def test_all_that_match_are_changed_unless_they_are_others_by_now(self, world: ConsoleWorld) -> None:
        an_item(world, "i1", unit="emea")
        said = {"filter": 'businessUnit eq "emea"', "no_owner": "yes", "level_group": "modify"}
        assert "1 items match:" in text_of(world.console.open(f"{CHANGE}?{urlencode(said)}").text)
        page = send(world, CHANGE, step="look", **said)
        an_item(world, "i2", unit="emea")
        stale = send(world, CHANGE, step="apply", token=token_in(page), **said)
        assert stale.status_code == 409
        assert "have changed since the preview" in stale.text
        assert facts(world, "i1").levels.group == "read"
        again = send(world, CHANGE, step="look", **said)
        assert "2 of 2 items" in text_of(again.text)
        send(world, CHANGE, step="apply", token=token_in(again), **said)
        assert {facts(world, id).levels.group for id in ("i1", "i2")} == {"modify"}

    def test_what_makes_no_sense_is_told_and_nothing_is_lost(self, world: ConsoleWorld) -> None:
        an_item(world)
        unknown = send(world, CHANGE, chosen=chosen("i1"), step="look", owner="nobody@x", level_rest="read")
        assert unknown.status_code == 404
        assert 'value="nobody@x"' in unknown.text
        assert send(world, CHANGE, chosen=chosen("i1"), step="look").status_code == 422
        assert send(world, CHANGE, chosen=["no JSON"], step="look", unit="root").status_code == 404
        assert "Tick some items first." in send(world, CHANGE).text


class TestLeavers:
    """What people own who are gone."""

    def test_items_of_a_leaver_are_handed_over_as_they_were_seen(self, world: ConsoleWorld) -> None:
        gone = world.push("gone@acme.example")
        world.push("heir@acme.example")
        for id in ("i1", "i2"):
            an_item(world, id, owner="gone@acme.example")
        world.scim.delete(f"/Users/{gone}")
        rows = cells_of(world.console.open("/console/leavers"))
        assert rows == [["gone@acme.example", "deleted", "2", "email: 2"]]
        path = f"/console/leavers/{gone}"
        assert "Items of gone@acme.example" in world.console.open(path).text
        page = send(world, path, kind="user", to="heir@acme.example", step="look")
        assert "2 items go from gone@acme.example to heir@acme.example." in text_of(page.text)
        done = send(world, path, kind="user", to="heir@acme.example", step="apply", token=token_in(page))
        assert led_to(done) == "/console/leavers?done=items_transferred"
        owner = facts(world, "i1").owner
        assert owner is not None
        assert owner.user_name == "heir@acme.example"
        assert "Nobody who is gone owns anything." in world.console.open("/console/leavers").text
        assert world.console.open(path).status_code == 404

    def test_an_unknown_heir_is_told(self, world: ConsoleWorld) -> None:
        gone = world.push("gone@acme.example")
        an_item(world, "i1", owner="gone@acme.example")
        world.scim.delete(f"/Users/{gone}")
        page = send(world, f"/console/leavers/{gone}", kind="group", to="Nothing", step="look")
        assert page.status_code == 404
        assert form_of(page, f"/console/leavers/{gone}")["to"] == "Nothing"


@pytest.mark.parametrize(
    ("path", "most"), [("/console/items", 12), (page_of("i1"), 20), (CHANGE + "?filter=type pr", 8)]
)
def test_pages_ask_the_database_a_bounded_number_of_times(world: ConsoleWorld, path: str, most: int) -> None:
    """However many items there are."""
    for number in range(12):
        an_item(world, f"i{number}")
    world.console.open(path)
    with counted(world.database.engine) as asked:
        assert world.console.open(path).status_code == 200
    assert len(asked) <= most, "\n".join(asked)
