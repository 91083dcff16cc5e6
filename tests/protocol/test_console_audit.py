"""/console/audit and /api/v1/audit-entries: the trail, one entry, and whether the chain holds."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from app.web.texts import TEXTS
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.browser import Browser
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of
from tests.test_docs import ROOT

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def first_entry(console: Browser, query: str) -> str:
    """The address of the first entry of a list."""
    found = re.search(r'href="(/console/audit/\d+)"', console.open(f"/console/audit{query}").text)
    assert found is not None
    return found[1]


def test_the_latest_comes_first_and_is_narrowed(world: ConsoleWorld) -> None:
    """By what it is about, by whom, by words."""
    world.push("zoe@acme.example")
    rows = cells_of(world.console.open("/console/audit"))
    assert rows[0][:2] == ["Person created", "zoe@acme.example"]
    assert rows[-1][0] == "Account created"
    about = cells_of(world.console.open("/console/audit?about=people&by=token"))
    assert [row[:2] for row in about] == [["Person created", "zoe@acme.example"]]
    assert cells_of(world.console.open("/console/audit?q=ZOE"))[0][1] == "zoe@acme.example"
    assert "Persona creada" in world.console.open("/console/audit", headers={"Accept-Language": "es"}).text


def test_an_entry_shows_before_and_after(world: ConsoleWorld) -> None:
    """Part by part; what identity providers say is a text."""
    id = world.push("zoe@acme.example", displayName="Zoe", emails=[{"value": "z@acme.example", "type": "work"}])
    world.scim.patch(f"/Users/{id}", {"Operations": [{"op": "replace", "path": "displayName", "value": HOSTILE}]})
    page = world.console.open(first_entry(world.console, f'?filter=target_id eq "{id}"'))
    assert ["displayName", "Zoe", HOSTILE] in cells_of(page)
    assert "<script>alert" not in page.text
    assert f"target_id+eq+%22{id}%22" in page.text


def test_the_chain_is_verified_and_tampering_is_seen(world: ConsoleWorld) -> None:
    """As `muster audit verify` does."""
    page = world.console.send("/console/audit/verify")
    assert page.status_code == 200
    assert "The chain holds" in page.text
    events = table(AuditEvent)
    with world.database.writing() as session:
        session.execute(
            update(events).where(events.c.account_id == world.account_id, events.c.sequence == 2).values(actor_name="x")
        )
    page = world.console.send("/console/audit/verify")
    assert "broken after 1 good" in text_of(page.text)
    assert "event 2 was changed" in page.text


def test_it_is_for_owners_and_of_the_own_account(world: ConsoleWorld) -> None:
    """A delegate does not read what is about everybody; another account's entries are not there."""
    delegate = world.push()
    world.gives("Administrator", delegate)
    for path in ("/console/audit", "/console/audit/1"):
        assert world.signed_in(delegate).open(path).status_code == 403
    assert world.console.open("/console/audit/999999").status_code == 404
    other = ConsoleWorld(world.app, world.database)
    other.push("theirs@other.example")
    assert "theirs@other.example" not in world.console.open("/console/audit").text


def test_the_api_reads_the_same(world: ConsoleWorld) -> None:
    """With a scope of its own."""
    world.push("zoe@acme.example")
    api = Api(world.app, an_api_key(world.database, world.account_id, "audit:read"))
    page = api.get("/audit-entries", filter='target eq "zoe@acme.example"').json
    assert [one["action"] for one in page["results"]] == ["user.created"]
    entry = page["results"][0]
    assert api.get(f"/audit-entries/{entry['sequence']}").json == entry
    assert api.post("/audit-entries/verify", None).json["intact"] is True
    assert api.get("/audit-entries/999999").status_code == 404
    other = Api(world.app, an_api_key(world.database, world.account_id, "events:read"))
    assert other.get("/audit-entries").status_code == 403


def test_every_action_has_words(world: ConsoleWorld) -> None:
    """Nobody should have to read `individual_permission.removed`."""
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("| action | when |")[1]
    rows = re.findall(r"^\| (`.*`) \|", table, re.MULTILINE)
    actions = {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row)}
    assert [name for name in sorted(actions) if f"audit.did.{name}" not in TEXTS] == []
