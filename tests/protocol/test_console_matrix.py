"""/console/matrix: every role against every permission."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask

from app.db import Database
from app.services import profiles, roles
from app.services.role_statements import StatementChange
from tests.protocol.console_world import ConsoleWorld, text_of
from tests.protocol.test_query_counts import counted

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own, with a role that allows and denies."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        says = [
            StatementChange("campaigns.email", "allow"),
            StatementChange("campaigns.email.launch", "deny"),
        ]
        roles.create_role(session, world.account_id, HOSTILE, statements=says)
        roles.create_role(session, world.account_id, "Empty")
    return world


def rows_of(world: ConsoleWorld, query: str = "") -> list[list[str]]:
    """The table as a file has it, its head first."""
    answer = world.console.open(f"/console/matrix?{query}&format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_each_cell_says_what_a_role_comes_to_and_leads_there(world: ConsoleWorld) -> None:
    """In a word beside the sign; the name of a role is a text."""
    page = world.console.open("/console/matrix").text
    assert "<script>alert" not in page
    assert 'class="deny"><a href="/console/roles/' in page
    found = re.search(r'<td class="deny"><a href="([^"]+)">(.*?)</a>', page)
    assert found is not None
    assert found[1].endswith("?q=campaigns.email.launch#node-campaigns.email.launch")
    assert text_of(found[2]) == "✕denied"
    assert world.console.open(found[1].partition("#")[0]).status_code == 200


def test_it_is_narrowed_by_sections_privilege_difference_kind_and_words(world: ConsoleWorld) -> None:
    """And exported as it is shown."""
    whole = rows_of(world)
    assert whole[0][4:] == ["Account Owner", "Administrator", "Analyst", "Marketer", "Viewer", HOSTILE, "Empty"]
    assert len(whole) > 50
    launch = next(row for row in whole if row[1] == "campaigns.email.launch")
    assert launch[-2:] == ["deny", ""]
    assert {row[1].rpartition(".")[0] for row in rows_of(world, "section=campaigns.email")[1:]} == {"campaigns.email"}
    assert {row[3] for row in rows_of(world, "privileged=yes")[1:]} == {"x"}
    own = rows_of(world, "kind=own&differing=yes")
    assert own[0][4:] == [HOSTILE, "Empty"]
    assert {row[1].rpartition(".")[0] for row in own[1:]} == {"campaigns.email"}
    assert all("launch" in f"{row[1]} {row[2]}".lower() for row in rows_of(world, "q=LAUNCH")[1:])
    assert len(rows_of(world, "q=nothing")) == 1
    assert "No permission is left" in world.console.open("/console/matrix?q=nothing").text


def test_a_condition_is_told_apart(world: ConsoleWorld) -> None:
    """Neither allowed nor denied, in a word of its own."""
    with world.database.writing() as session:
        profiles.load(session, world.account_id, "authzen-certification", drop=True)
    page = world.console.open("/console/matrix")
    assert re.search(r'<td class="depends"><a [^>]*><b aria-hidden="true">◐</b><i>under a condition</i>', page.text)
    assert "con una condición" in world.console.open("/console/matrix", headers={"Accept-Language": "es"}).text


def test_it_asks_the_database_a_bounded_number_of_times(world: ConsoleWorld) -> None:
    """However many roles there are."""
    with world.database.writing() as session:
        for number in range(30):
            roles.create_role(
                session, world.account_id, f"Role {number}", statements=[StatementChange("reports", "allow")]
            )
    world.console.open("/console/matrix")
    with counted(world.database.engine) as asked:
        assert world.console.open("/console/matrix").status_code == 200
    assert len(asked) <= 8, "\n".join(asked)
