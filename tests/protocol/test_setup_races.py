"""A set-up link in several hands at once: each step is decided on what is so when it is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask

from app.db import Database
from app.services import directories, setup_links
from app.services.errors import Stale
from app.services.setup_links import Opened
from app.services.tokens import list_directory_tokens
from app.web.setup_acts import MOST_TOKENS
from tests.protocol.browser import Browser
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.links_app import links_app
from tests.protocol.sign_in_world import KEYS, World


@pytest.fixture(scope="module")
def app(database_url: str) -> Flask:
    """Where links are opened."""
    return links_app(database_url)


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account."""
    return World(app, database)


@pytest.fixture
def path(world: World) -> str:
    """The address of a link for provisioning."""
    with world.database.writing() as session:
        _, url = setup_links.create(session, world.account_id, KEYS, PUBLIC_URL, "scim")
    return url.removeprefix(PUBLIC_URL)


def opened(world: World, path: str) -> Opened:
    """The link as somebody sees it who opens it now."""
    with world.database.reading() as session:
        found = setup_links.opened(session, KEYS, path.rpartition("/")[2])
    assert found is not None
    return found


def test_a_step_that_was_decided_before_another_one_is_refused(world: World, path: str) -> None:
    """Whatever it was decided on: how far the link is, or which directory it is about."""
    before = opened(world, path)
    with world.database.writing() as session:
        setup_links.step(session, before, "provider", {"preset": "okta"})
    for late in (before, replace(opened(world, path), directory_id=world.account_id)):
        with world.database.writing() as session, pytest.raises(Stale):
            setup_links.step(session, late, "token", {"count": 1})
    with world.database.writing() as session:
        setup_links.step(session, opened(world, path), "token", {"count": 1})
    assert set(opened(world, path).progress) == {"provider", "token"}


def test_t2_no_link_issues_more_tokens_than_it_may_however_fast_one_is(world: World, path: str) -> None:
    """Nor makes more than one directory: whoever was too late is told, and nothing of theirs is kept."""

    def does(act: str, **values: str) -> tuple[int, bool]:
        browser = Browser(world.app)
        answer = browser.send(f"{path}/{act}", **values)
        return answer.status_code, "mscim_" in answer.text

    with ThreadPoolExecutor(4) as pool:
        chosen = [one.result() for one in [pool.submit(does, "provider", provider="okta") for _ in range(4)]]
        assert {status for status, _ in chosen} <= {303, 422}
        shown = [one.result() for one in [pool.submit(does, "token") for _ in range(4 * MOST_TOKENS)]]
    assert {status for status, _ in shown} <= {200, 422}
    link = opened(world, path)
    assert link.directory_id is not None
    with world.database.reading() as session:
        issued = list_directory_tokens(session, world.account_id, link.directory_id)
        made = [one.id for one in directories.list_directories(session, world.account_id) if one.preset == "okta"]
    assert len(issued) == link.progress["token"]["count"] == sum(is_there for _, is_there in shown) <= MOST_TOKENS
    assert made == [link.directory_id]
