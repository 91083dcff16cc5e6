"""Lists of the console: what every one of them can do, shown by the people of an account."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from flask import Flask

from app.db import Database
from app.web.console import exporting
from app.web.console.lists import PAGE
from tests.protocol.browser import Browser
from tests.protocol.console_world import ConsoleWorld, cells_of, text_of

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def names(console: Browser, query: str = "") -> list[str]:
    """The first cells of the list of people."""
    return [row[0] for row in cells_of(console.open(f"/console/people{query}"))]


def linked(page: str, rel: str) -> str:
    """Where a link of this relation leads."""
    found = re.search(rf'href="([^"]*)" rel="{rel}"', page)
    assert found is not None, page
    return unescape(found[1])


def test_search_finds_by_any_name_and_keeps_the_words(world: ConsoleWorld) -> None:
    """By the beginning of user names, display names, given and family names, whatever the case."""
    world.push("zz-one@acme.example", displayName="Ana García", name={"familyName": "García", "givenName": "Ana"})
    world.push("other@acme.example", displayName="Ben")
    assert names(world.console, "?q=GARC") == ["Ana García"]
    assert names(world.console, "?q=zz-one") == ["Ana García"]
    page = world.console.open('/console/people?q=%22or"x')
    assert page.status_code == 200
    assert 'value="&#34;or&#34;x"' in page.text
    assert "Nothing matches" in page.text


def test_pages_by_cursor_show_everybody_once(world: ConsoleWorld) -> None:
    """In the order that was asked for; the cursor is good for that order only."""
    for number in range(PAGE + 7):
        world.push(f"p{number:03}@acme.example")
    first = world.console.open("/console/people?q=p&sort=-user_name")
    second = world.console.open(linked(first.text, "next"))
    shown = [row[1] for page in (first, second) for row in cells_of(page)]
    assert shown == [f"p{number:03}@acme.example" for number in reversed(range(PAGE + 7))]
    assert 'rel="next"' not in second.text
    assert 'aria-sort="descending"' in first.text
    moved = linked(first.text, "next").replace("sort=-user_name", "sort=user_name")
    assert cells_of(world.console.open(moved))[0][1] == "p000@acme.example"


def test_choices_filters_and_columns_stand_in_the_address(world: ConsoleWorld) -> None:
    """And what makes no sense there is told, or left out; never a fault."""
    gone = world.push("gone@acme.example", displayName="Gone", externalId="E1")
    world.scim.patch(f"/Users/{gone}", {"Operations": [{"op": "replace", "path": "active", "value": False}]})
    world.push("here@acme.example", displayName="Here")
    assert names(world.console, "?state=inactive") == ["Gone"]
    assert cells_of(world.console.open('/console/people?filter=external_id eq "E1"&column=external_id')) == [
        ["Gone", "E1"]
    ]
    refused = world.console.open("/console/people?filter=nothing eq 1")
    assert "This filter cannot be used" in refused.text
    assert "nothing" in refused.text
    assert len(names(world.console, "?state=odd&sort=odd&column=odd&after=odd&done=odd")) == 3


def test_export_has_every_row_and_runs_no_formula(world: ConsoleWorld) -> None:
    """More than a page of them; a name that a spreadsheet would calculate with stays a text."""
    for number in range(PAGE + 1):
        world.push(f"p{number:03}@acme.example", displayName="=1+1" if number == 0 else HOSTILE)
    answer = world.console.open("/console/people?q=p0&sort=user_name&column=user_name&format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["Name", "User name"]
    assert rows[1] == ["'=1+1", "p000@acme.example"]
    assert len(rows) == PAGE + 2


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("Ana;=1+1", "Ana;'=1+1"),
        ("Ana\n@SUM(A1)", "Ana\n'@SUM(A1)"),
        ("a;b - c = d", "a;b - c = d"),
        ("", ""),
    ],
)
def test_r9_no_cell_begins_a_formula_wherever_a_spreadsheet_parts_it(text: str, cell: str) -> None:
    """Where numbers have a comma, files are parted at semicolons; some count wide signs, or what follows a space."""
    assert exporting.cell(text) == cell


def test_a1_who_takes_a_list_with_them_is_in_the_trail(world: ConsoleWorld) -> None:
    """People, and the matrix, which makes its file by itself; looking at a list is no export."""
    for path in ("/console/people", "/console/matrix"):
        assert world.console.open(path).status_code == 200
        assert world.events("list.exported") == []
    for path in ("/console/people?format=csv", "/console/matrix?format=csv"):
        assert world.console.open(path).status_code == 200
    assert [(one.target_name, one.actor_id) for one in world.events("list.exported")] == [
        ("people", world.owner),
        ("matrix", world.owner),
    ]
    said = text_of(world.console.open("/console/audit", headers={"Accept-Language": "es"}).text)
    assert "Lista exportada Matriz de permisos" in said


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("mapping/revisions", "mapping/drafts"),
        ("mapping/plans", "mapping/drafts"),
        ("mapping/unmapped", "mapping"),
        ("sign-ins", "connections"),
        ("groups", "directories"),
    ],
)
def test_an_empty_list_leads_on(world: ConsoleWorld, path: str, onward: str) -> None:
    """To where what it lists comes from."""
    page = world.console.open(f"/console/{path}").text
    empty = page.partition('<div class="empty">')[2].partition("</div>")[0]
    assert f'href="/console/{onward}"' in empty
    assert world.console.open(f"/console/{onward}").status_code == 200


def test_hostile_names_are_texts(world: ConsoleWorld) -> None:
    """Names come from identity providers, so from anybody."""
    world.push("x@acme.example", displayName=HOSTILE)
    page = world.console.open(f"/console/people?q={HOSTILE}")
    assert cells_of(page)[0][0] == HOSTILE
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


def test_people_of_other_accounts_are_not_there(world: ConsoleWorld) -> None:
    """M-1."""
    other = ConsoleWorld(world.app, world.database)
    other.push("theirs@other.example")
    assert "theirs@other.example" not in world.console.open("/console/people").text


def test_whoever_administers_nothing_is_told_so(world: ConsoleWorld) -> None:
    """A delegate of a business unit comes in, somebody with an ordinary role does not."""
    person = world.push()
    page = world.signed_in(person).open("/console/people")
    assert page.status_code == 403
    assert "administer nothing" in page.text
    delegate = world.push()
    world.gives("Administrator", delegate)
    page = world.signed_in(delegate).open("/console/people")
    assert page.status_code == 200
    assert "/console/settings" not in page.text


def test_everything_is_said_in_spanish_too(world: ConsoleWorld) -> None:
    """Words, titles and counts."""
    page = world.console.open("/console/people", headers={"Accept-Language": "es"}).text
    for said in ("Personas", "Exportar como CSV", "Nombre de usuario", "desactivada"):
        assert said in page


def test_people_are_sorted_by_when_they_came(world: ConsoleWorld) -> None:
    """Either way round, over several pages, and in the file."""
    known = set(names(world.console))
    came = [f"p{number:03}@acme.example" for number in range(PAGE + 3)]
    for name in came:
        world.push(name)
    query = "?q=p&sort=-created&column=created"
    first = world.console.open(f"/console/people{query}")
    second = world.console.open(linked(first.text, "next"))
    shown = [row[0] for page in (first, second) for row in cells_of(page)]
    assert shown == [*reversed(came)]
    assert 'aria-sort="descending"' in first.text
    assert names(world.console, "?sort=created")[: len(known)] == [*known]
    file = world.console.open(f"/console/people{query}&format=csv").data.decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(file))][1:] == shown
