"""The console with very many people: pages that come at once, parts of them that come later, statements that stay few.

What is much or little is turned down here; that the answers are the same however they come, and that no statement is
made for a person, does not depend on it.
"""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.db import Database
from app.services import assignments, impact, mapping_publish, roles, units, users, waiting_room
from app.services.giving import Giving
from app.services.role_statements import StatementChange
from tests.builders import a_group
from tests.protocol.browser import form_of
from tests.protocol.console_world import ConsoleWorld, text_of
from tests.protocol.test_query_counts import counted

_LATER = re.compile(r'hx-(?:get|post)="([^"]*[?&](?:amp;)?look=1)"')


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account with a role, a unit, a group, and people who have them."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        units.create_unit(session, world.account_id, "spain", "Spain")
        units.create_unit(session, world.account_id, "latam", "LATAM")
        changes = [StatementChange("campaigns.email", "allow")]
        roles.create_role(session, world.account_id, "Crew", statements=changes)
    _hire(world, "first", 3)
    return world


def _hire(world: ConsoleWorld, name: str, number: int) -> None:
    """People with the role in the unit, all of them alike, and a group of their own."""
    names = [f"{name}{one}@acme.example" for one in range(number)]
    with world.database.writing() as session:
        for one in names:
            users.create_user(session, world.account_id, {"user_name": one, "home_unit": "spain"})
        giving = Giving("Crew", tuple(names), unit="spain", children=True)
        assignments.assign(session, world.account_id, giving)


def _far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let anybody be too many to be told of at once."""
    monkeypatch.setattr(impact, "AT_ONCE", 0)
    monkeypatch.setattr("app.services.group_removal.AT_ONCE", 0)
    monkeypatch.setattr(waiting_room, "_AT_ONCE", 0)


def _later(page: TestResponse) -> str:
    """Where the rest of a page is; a link leads there, too, for whoever has no scripts."""
    assert page.status_code == 200, text_of(page.text)
    found = _LATER.search(page.text)
    assert found is not None, text_of(page.text)
    assert page.text.count(found[1]) == 2
    return html.unescape(found[1])


class TestLater:
    """First the page, then what it means; nothing can be confirmed before."""

    def test_the_end_of_a_role(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        path = "/console/roles/Crew/delete"
        at_once = text_of(world.console.open(path).text)
        assert "first0@acme.example" in at_once
        _far(monkeypatch)
        page = world.console.open(path)
        assert "first0@acme.example" not in page.text
        assert 'name="reason"' not in page.text
        assert "Looking at everybody it concerns" in page.text
        assert text_of(world.console.open(_later(page)).text) == at_once
        spanish = world.console.open(path, headers={"Accept-Language": "es"})
        assert "Revisando a todas las personas afectadas" in spanish.text

    def test_an_edited_role(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """What was changed stays in the form, and goes along when the rest is asked for."""
        path = "/console/roles/Crew"
        wish = {"node:campaigns.email": "unset", "node:reports": "allow"}
        at_once = world.console.send(f"{path}/review", **wish)
        assert "3 people gain something, 3 lose something." in text_of(at_once.text)
        _far(monkeypatch)
        page = world.console.send(f"{path}/review", **wish)
        assert "Save" not in text_of(page.text.partition('class="save-bar"')[2])
        [form] = re.findall(r'action="([^"]+/save)"', page.text)
        fields = {name: value for name, value in form_of(page, form).items() if name.startswith("node:")}
        assert fields == wish
        rest = world.console.send(_later(page), **fields)
        assert text_of(rest.text) == text_of(at_once.text)

    def test_an_edit_that_is_refused_is_refused_at_once(
        self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _far(monkeypatch)
        answer = world.console.send("/console/roles/Marketer/review", **{"node:contacts": "deny"})
        assert answer.status_code == 409
        assert "look=1" not in answer.text

    def test_a_moved_unit(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        path = "/console/units/spain/move?parent=latam"
        at_once = text_of(world.console.open(path).text)
        _far(monkeypatch)
        page = world.console.open(path)
        assert "Move" not in [text_of(one) for one in re.findall(r"<button.*?</button>", page.text)]
        assert text_of(world.console.open(_later(page)).text) == at_once

    def test_the_removal_of_a_group(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        ana = world.push("ana@acme.example")
        staff = world.scim.create("/Groups", a_group("Staff", members=[ana]))["id"]
        rules = [{"name": "Staff", "group": {"name": "Staff"}, "grants": [{"role": "Viewer"}]}]
        with world.database.writing() as session:
            mapping_publish.publish(session, world.account_id, {"rules": rules}, author="test")
        path = f"/console/groups/{staff}/removal"
        at_once = text_of(world.console.open(path).text)
        assert "ana@acme.example" in at_once
        _far(monkeypatch)
        page = world.console.open(path)
        assert "ana@acme.example" not in page.text
        assert text_of(world.console.open(_later(page)).text) == at_once

    def test_who_waits(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """With what the list was asked."""
        world.push("ana@acme.example")
        world.push("bob@acme.example")
        path = "/console/mapping/waiting?q=ana"
        at_once = text_of(world.console.open(path).text)
        assert "ana@acme.example" in at_once
        _far(monkeypatch)
        page = world.console.open(path)
        assert "ana@acme.example" not in page.text
        assert text_of(world.console.open(_later(page)).text) == at_once


def test_more_people_make_no_more_statements(world: ConsoleWorld) -> None:
    """Every page that tells of people: with some, and with many more."""
    pages = (
        "/console",
        "/console/people",
        '/console/people?filter=user_name ew "@acme.example"',
        "/console/people?state=inactive",
        "/console/roles",
        "/console/roles/Crew/holders",
        "/console/roles/Crew/uses",
        "/console/roles/Crew/delete",
        "/console/units",
        "/console/units/spain",
        "/console/units/spain/move?parent=latam",
        "/console/mapping/waiting",
        "/console/settings/enforcement",
    )

    def asked(path: str) -> int:
        world.console.open(path)  # what is remembered of an account is remembered now
        with counted(world.app.extensions["database"].engine) as statements:
            assert world.console.open(path).status_code == 200, path
        return len(statements)

    before = {path: asked(path) for path in pages}
    _hire(world, "more", 60)
    after = {path: asked(path) for path in pages}
    assert after == before
    assert max(after.values()) <= 40
    assert min(after.values()) > 0
