"""/console/directories: connecting a provider, watching it, its tokens, letting it wait and removing it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.db import Database
from app.models import Directory
from app.models.base import table
from app.request_log import RequestLog
from app.stores import directory_requests
from tests.protocol.conftest import Scim
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
DIRECTORIES = table(Directory)
TOKEN = re.compile(r'value="(mscim_[0-9a-f_]+)"')


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own, into which one directory pushes."""
    return ConsoleWorld(app, database)


def made(world: ConsoleWorld, preset: str = "entra", name: str = "") -> str:
    """A directory that was made on the page; the path of its own."""
    answer = world.console.send("/console/directories/new", preset=preset, name=name)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("?")[0]


def issued(world: ConsoleWorld, path: str, **more: str) -> tuple[TestResponse, str]:
    """A token that was issued on the page: the page that shows it, and its text."""
    page = world.console.send(f"{path}/tokens/new", **({"name": "prod", "days": "90"} | more))
    found = TOKEN.search(page.text)
    assert found is not None, page.text
    return page, found[1]


def flushed(world: ConsoleWorld) -> None:
    """What was asked so far is in the request log."""
    log: RequestLog = world.app.extensions["request_log"]
    log.flush()


def pushed_into(world: ConsoleWorld) -> str:
    """The path of the directory that pushes."""
    return f"/console/directories/{world.customer.directory_id}"


def test_connecting_one_leads_from_the_choice_to_the_first_request(world: ConsoleWorld) -> None:
    """The provider's steps and our address; the token is shown once; the page waits, and sees the first request."""
    path = made(world)
    page = world.console.open(path).text
    assert "no valid token" in page
    assert "/scim/v2" in page
    assert "Entra" in page
    assert 'hx-trigger="load' not in page
    shown, token = issued(world, path)
    assert "shown this once" in shown.text
    waiting = world.console.open(path)
    assert token not in waiting.text
    assert f'hx-get="{path}?looked=1"' in waiting.text
    assert 'hx-trigger="load delay:60s"' in world.console.open(f"{path}?looked=99").text
    other = Scim(world.app.test_client(), token)
    assert other.get("/Users").status_code == 200
    assert other.get("/Users/nobody").status_code == 404
    flushed(world)
    page = world.console.open(path).text
    assert 'hx-trigger="load' not in page
    assert "The last request came on" in page
    rows = [text_of(row) for row in page.split('id="requests"')[1].split("<tr>")[2:4]]
    assert "GET /scim/v2/Users/nobody 404 there is no User" in rows[0]
    assert "GET /scim/v2/Users 200 done in" in rows[1]


def test_the_list_says_how_each_is_doing(world: ConsoleWorld) -> None:
    """State, people, groups; exported, searched and narrowed as every list."""
    world.push()
    flushed(world)
    hostile = made(world, "okta", HOSTILE)
    page = world.console.open("/console/directories?column=state&column=people&sort=name")
    rows = {row[0]: row[1:] for row in cells_of(page)}
    assert rows[HOSTILE] == ["no valid token", "0"]
    assert ["working", "1"] in rows.values()
    assert "<script>alert" not in page.text
    narrowed = world.console.open("/console/directories?state=closed")
    assert [row[0] for row in cells_of(narrowed)] == [HOSTILE]
    assert HOSTILE in world.console.open("/console/directories?format=csv").text.replace('""', '"')
    for path in (hostile, f"{hostile}/pause", f"{hostile}/remove", f"{hostile}/tokens/new"):
        assert "<script>alert" not in world.console.open(path).text


def test_requests_are_kept_by_number_and_without_what_they_asked_for(world: ConsoleWorld) -> None:
    """The latest hundred; a filter may name people, so it is not there."""
    for _ in range(directory_requests.KEPT + 5):
        world.scim.get("/Users", filter='userName eq "secret@acme.example"')
    flushed(world)
    world.scim.get("/ServiceProviderConfig")
    flushed(world)
    with world.database.reading() as session:
        rows = directory_requests.latest(session, world.account_id, world.customer.directory_id)
    assert len(rows) == directory_requests.KEPT
    assert rows[0].path == "/scim/v2/ServiceProviderConfig"
    assert {row.path for row in rows[1:]} == {"/scim/v2/Users"}
    assert "secret@acme" not in world.console.open(pushed_into(world)).text


def test_an_ended_token_is_refused_and_the_page_shows_who_still_uses_it(world: ConsoleWorld) -> None:
    """Ending says first what it means; the last one more than others."""
    path = made(world)
    _, first = issued(world, path)
    ending = re.search(rf'href="({path}/tokens/[^"]*/end)"', world.console.open(path).text)
    assert ending is not None
    assert "It is the last valid one" in world.console.open(ending[1]).text
    issued(world, path, name="next", days="0")
    assert "The other valid tokens of this directory (1) go on" in world.console.open(ending[1]).text
    answer = world.console.send(ending[1])
    assert answer.headers["Location"].endswith("?done=trust.ended")
    assert Scim(world.app.test_client(), first).get("/Users").status_code == 401
    flushed(world)
    page = world.console.open(path).text
    assert "no end" in page
    assert '<span class="tag deny">401</span>' in page
    assert world.console.open(f"{path}/tokens/nothing/end").status_code == 404


@pytest.mark.parametrize(
    ("sent", "said"),
    [({"name": "", "days": "90"}, "Give it a name"), ({"name": "x", "days": "many"}, "within the limits")],
)
def test_what_is_wrong_with_a_token_stands_beside_it(world: ConsoleWorld, sent: dict[str, str], said: str) -> None:
    """And nothing is issued."""
    answer = world.console.send(f"{pushed_into(world)}/tokens/new", **sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert not TOKEN.search(answer.text)


def test_a_paused_directory_lets_its_provider_come_again_later(world: ConsoleWorld) -> None:
    """503 with Retry-After, for reading and writing, also where the token was just known; nobody loses anything."""
    id = world.push()
    path = pushed_into(world)
    asked = world.console.open(f"{path}/pause").text
    assert "people (1) and groups (0) stay as they are" in asked
    assert world.console.send(f"{path}/pause").status_code == 303
    for answer in (
        world.scim.get("/Users"),
        world.scim.request("POST", "/Users", {"userName": "new@acme.example"}),
        world.scim.request("DELETE", f"/Users/{id}"),
    ):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "3600"
        assert "paused" in answer.json["detail"]
    assert "Paused since" in world.console.open(path).text
    assert [row.actor_id for row in world.events("directory.paused")] == [world.owner]
    assert world.console.send(f"{path}/resume").status_code == 303
    assert world.scim.get("/Users").json["totalResults"] == 1
    assert world.scim.create("/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "n"})
    world.verify()


def test_only_an_empty_directory_is_removed(world: ConsoleWorld) -> None:
    """Whoever is in one, or what joins people of it, stands in the way, by number and name."""
    person = world.push()
    saml = world.saml(directory=world.customer.directory_id, join_external_id="id")
    path = pushed_into(world)
    asked = world.console.open(f"{path}/remove").text
    assert "It still has people (1) and groups (0)" in asked
    assert "look for people in it" in asked
    assert f'action="{path}/remove"' not in asked
    assert world.console.send(f"{path}/remove").status_code == 409
    world.scim.request("DELETE", f"/Users/{person}")
    assert world.console.send(f"{path}/remove").status_code == 409
    world.change(saml.id, directory=None, join_external_id=None, enabled=False)
    assert f'action="{path}/remove"' in world.console.open(f"{path}/remove").text
    assert (
        world.console.send(f"{path}/remove")
        .headers["Location"]
        .endswith("/console/directories?done=directories.removed")
    )
    assert world.console.open(path).status_code == 404
    assert world.scim.get("/Users").status_code == 401
    flushed(world)
    assert [row.target_id for row in world.events("directory.removed")] == [world.customer.directory_id]


def test_the_own_directory_has_no_tokens_and_stays(world: ConsoleWorld) -> None:
    """Its page says what it is for; nothing can be done to it."""
    with world.database.reading() as session:
        query = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == world.account_id)
        local = session.execute(query.where(DIRECTORIES.c.preset == "local")).scalar()
    page = world.console.open(f"/console/directories/{local}").text
    assert "no identity provider can take them away" in page
    assert "Issue a token" not in page
    for deed in ("pause", "remove"):
        assert world.console.send(f"/console/directories/{local}/{deed}").status_code == 422
    refused = world.console.send(f"/console/directories/{local}/tokens/new", name="x", days="90")
    assert refused.status_code == 422
    assert not TOKEN.search(refused.text)


def test_what_it_accepts_is_chosen(world: ConsoleWorld) -> None:
    """Which repairs, groups of one name, and how often its provider may ask."""
    path = made(world, "okta")
    chosen: dict[str, Any] = {"repairs": ["own-ids", "string-booleans"], "shared_names": "yes"}
    answer = world.console.send(f"{path}/accepts", requests_per_minute="600", **chosen)
    assert answer.status_code == 303, answer.text
    row = next(row for row in world.rows(DIRECTORIES) if path.endswith(row.id))
    assert "string-booleans" not in row.repairs
    assert "own-ids" not in row.repairs
    assert "-single-values" in row.repairs
    assert (row.unique_group_names, row.requests_per_minute) == (False, 600)
    page = world.console.open(path).text
    assert 'value="string-booleans" checked' in page
    assert 'value="600"' in page
    wrong = world.console.send(f"{path}/accepts", requests_per_minute="-1", **chosen)
    assert wrong.status_code == 422
    assert "From 0 to 1000000." in wrong.text


def test_only_owners_and_only_of_this_account(world: ConsoleWorld) -> None:
    """A delegate is told so; another account's directory is not there (M-1)."""
    delegate = world.push()
    world.gives("Administrator", delegate)
    for path in ("/console/directories", pushed_into(world), "/console/directories/new"):
        assert world.signed_in(delegate).open(path).status_code == 403
    other = ConsoleWorld(world.app, world.database)
    for path in ("", "/pause", "/remove", "/tokens/new"):
        assert other.console.open(f"{pushed_into(world)}{path}").status_code == 404
    for path in ("/pause", "/remove", "/resume", "/accepts"):
        assert other.console.send(f"{pushed_into(world)}{path}").status_code == 404
    assert world.scim.get("/Users").status_code == 200


def test_it_is_said_in_spanish(world: ConsoleWorld) -> None:
    """The list, a page, and what stands before a deed."""
    spanish = {"Accept-Language": "es"}
    for path, said in (
        ("/console/directories", "Conectar un directorio"),
        (pushed_into(world), "Las últimas peticiones"),
        (f"{pushed_into(world)}/pause", "siguen como están"),
    ):
        assert said in world.console.open(path, headers=spanish).text


def test_pages_cost_no_statement_per_row(world: ConsoleWorld) -> None:
    """However many directories, tokens and requests there are."""
    issued(world, pushed_into(world))

    def cost() -> tuple[int, int]:
        found = []
        for path in ("/console/directories", pushed_into(world)):
            world.console.open(path)
            with counted(world.database.engine) as seen:
                assert world.console.open(path).status_code == 200
            found.append(len(seen))
        return found[0], found[1]

    before = cost()
    for number in range(5):
        issued(world, made(world, "okta", f"d{number}"))
        issued(world, pushed_into(world), name=f"t{number}")
        world.scim.get("/Users")
    flushed(world)
    assert cost() == before
    assert max(before) < 40
