"""While a refusal at the local door takes its time, it holds nothing that others need: no database connection."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.compose import create_app
from app.db import Database
from app.gate import REST
from tests.conftest import settings_for
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.door_world import PASSWORD, World, inbox
from tests.smtp_server import PASSWORD as MAIL_PASSWORD
from tests.smtp_server import USER as MAIL_USER
from tests.smtp_server import Inbox

__all__ = ["inbox"]


@pytest.fixture(scope="module")
def app(database_url: str, inbox: Inbox) -> Iterator[Flask]:
    """The application with a single database connection, and refusals that take time."""
    url = f"smtp://{MAIL_USER}:{MAIL_PASSWORD.replace(' ', '%20')}@127.0.0.1:{inbox.port}"
    settings = settings_for(
        database_url, public_url=PUBLIC_URL, log_level="error", pool_size=1, smtp_url=url, mail_from="m@acme.example"
    )
    made = create_app(settings)
    made.extensions["doorway"] = replace(made.extensions["doorway"], floor=30.0)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def world(app: Flask, database: Database, inbox: Inbox) -> World:
    return World(app, database, inbox)


class Resting:
    """Where a refusal would wait, somebody else's request is answered instead."""

    def __init__(self, world: World, browser: Browser) -> None:
        self._world = world
        self.rests, self.answered = 0, 0
        browser.client.environ_base[REST] = self._rest  # type: ignore[assignment]

    def _rest(self, _: float) -> None:
        self.rests += 1

        def ask() -> None:
            read = self._world.api.get("/account").status_code == 200
            wrote = self._world.api.patch("/account", {"trace_days": 10 + self.rests}).status_code == 200
            self.answered += read and wrote

        other = threading.Thread(target=ask)
        other.start()
        other.join(60)


def test_r06_a_refusal_holds_no_database_connection(world: World) -> None:
    """Wherever it is refused: password, code, passkey, and whoever has to prove it anew, by either."""
    browser = world.activated(world.olivia)
    resting = Resting(world, browser)

    def refused(path: str, **values: Any) -> None:
        before = resting.rests, resting.answered
        answer = browser.send(path, **values)
        assert answer.status_code in (403, 422), (path, answer.status_code, answer.text)
        assert (resting.rests, resting.answered) == (before[0] + 1, before[1] + 1), path

    refused("/signin/local/prove", password="wrong", code="123456")
    refused("/signin/local/prove", password=PASSWORD, code="1")
    refused("/signin/local/prove/passkey", ticket="x", credential="x")
    browser.send("/signout")
    refused("/signin/local", name=world.olivia.user_name, password="wrong")
    refused("/signin/local", name="nobody", password="wrong")
    refused("/signin/local/passkey", ticket="x", credential="x")
    there = led_to(world.knock(browser, world.olivia))
    refused("/signin/local/code", attempt=there.partition("attempt=")[2], code="1")
