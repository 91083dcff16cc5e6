"""What no page expects in its address or in a form: nobody's input is a fault of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from flask import Flask

from app.db import Database
from tests.protocol.browser import Browser
from tests.protocol.console_world import ConsoleWorld
from tests.protocol.declared import pages_of

NUL = "a\0b"
BEYOND = ("9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00")
"""Moments that are none in UTC, which has the years 1 to 9999."""
KEYS = (
    *("5", "null", "NaN", '"ab"', "[1,2]", '{"a": 1, "b": 2}', '["email"]', '["email", ["x"]]'),
    *(r'["email", "\ud800"]', r'["email", "\u0000"]', "[" * 3000, "9" * 5000),
)
"""What stands where a form names an item, and is no such name: halves of characters, and nesting without end, too."""


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account with an owner."""
    return ConsoleWorld(app, database)


def send(browser: Browser, path: str, proof: str, **values: str | Sequence[str]) -> int:
    return browser.open(path, "POST", "same-origin", data={"form_token": proof} | values).status_code


def test_nothing_is_called_by_a_name_with_nul(app: Flask, world: ConsoleWorld) -> None:
    """PostgreSQL takes no such text: there is nothing at the address, and the form says nothing that can be."""
    token, tried = world.console.token(), 0
    for rule in pages_of(app):
        named = re.sub(r"<\w+>", "a%00b", rule.rule)
        if "POST" in rule.methods:
            answers = [
                send(world.console, rule.rule, token, name=NUL),
                send(world.console, rule.rule, token, **{NUL: ""}),
            ]
            assert answers == [400, 400], rule
        if named != rule.rule:
            answer = (
                send(world.console, named, token) if "POST" in rule.methods else world.console.open(named).status_code
            )
            assert answer == 404, rule
        elif "GET" in rule.methods:
            assert world.console.open(rule.rule, query_string={"q": NUL}).status_code == 400, rule
        tried += 1
    assert tried > 200


def test_a_moment_that_is_none_in_utc_is_no_fault(world: ConsoleWorld) -> None:
    """A zone may lead out of the calendar; the field says that it is no moment."""
    person, token = world.push(), world.console.token()
    path = f"/console/people/{person}"
    for moment in BEYOND:
        for page in ("access", "can"):
            assert world.console.open(f"{path}/{page}", query_string={"at": moment}).status_code == 422
        for form in ("roles/give", "permissions"):
            assert send(world.console, f"{path}/{form}", token, role="Viewer", expires=moment) == 422


def test_what_names_no_item_finds_none(world: ConsoleWorld) -> None:
    """Whatever stands in the hidden field; and no number is too long for the one of its revision."""
    token = world.console.token()
    for key in KEYS:
        for step in ("look", "apply"):
            answer = send(world.console, "/console/items/change", token, chosen=key, step=step, token=key, unit="root")
            assert answer < 500, key[:20]
        assert world.console.open("/console/items/change", query_string={"chosen": key}).status_code < 500, key[:20]
    gone = {"type": "email", "id": "x", "revision": "9" * 5000, "sure": "yes"}
    assert send(world.console, "/console/items/delete", token, **gone) < 500
