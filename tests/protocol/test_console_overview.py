"""/console: what needs an owner, what changed, how it grew."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app import crypto
from app.db import Database
from app.models.base import now
from app.services import overview, tokens
from app.web.drawing import plots
from tests.conftest import KEY
from tests.protocol.console_world import ConsoleWorld, text_of


@pytest.fixture
def world(app: Flask, database: Database) -> ConsoleWorld:
    """An account of its own."""
    return ConsoleWorld(app, database)


def section(page: str, id: str) -> str:
    """What a reader sees of a section."""
    return text_of(page.partition(f'id="{id}"')[2].partition("</section>")[0])


def test_what_needs_an_owner_is_there_with_its_number(world: ConsoleWorld) -> None:
    """One person is said otherwise than two; what is over is gone."""

    def waits(**options: object) -> str:
        return text_of(world.console.open("/console/waiting-count", **options).text.partition("<main")[2])

    assert "Nobody waits" in waits()
    world.push()
    assert "One person waits without a role" in waits()
    second = world.push()
    assert "2 people wait without a role" in waits()
    world.gives("Marketer", second)
    assert "One person waits" in waits()
    assert "Una persona espera" in waits(headers={"Accept-Language": "es"})
    assert "/console/waiting-count" in world.console.open("/console").text


def test_keys_that_end_soon_are_named(world: ConsoleWorld) -> None:
    """Those that end later are not."""
    with world.database.writing() as session:
        for name, days in (("soon", 5), ("later", 300)):
            made = crypto.make_token(crypto.API_KEY, KEY.encode())
            tokens.issue_api_key(session, world.account_id, name, made, days=days, created_by="test")
    shown = section(world.console.open("/console").text, "needs")
    assert "An API key ends within 30 days" in shown
    assert "soon" in shown
    assert "later" not in shown


def test_what_changed_and_how_it_grew(world: ConsoleWorld) -> None:
    """The numbers stand beside the plots, for whoever reads."""
    for _ in range(3):
        world.push()
    for _ in range(9):
        assert world.console.open("/console/people?format=csv").status_code == 200
    page = world.console.open("/console").text
    assert "Person created" in section(page, "latest")
    assert "exported" not in section(page, "latest")
    row = re.search(r'<th scope="row">(\S+)</th><td class="number" data-label="People">(\d+)</td>', page)
    assert row is not None
    assert row.groups() == (now().date().isoformat(), "4")
    assert page.count('<th scope="row">') == 3 * overview.DAYS
    assert 'data-label="Changes pushed by directories">3</td>' in page


def test_a_delegate_sees_only_where_to_go(world: ConsoleWorld) -> None:
    """Nothing about the whole account."""
    delegate = world.push()
    world.gives("Administrator", delegate)
    page = world.signed_in(delegate).open("/console")
    assert page.status_code == 200
    assert "What needs you" not in page.text
    assert "/console/people" in page.text


def test_plots_stay_on_their_canvas() -> None:
    """One day, none that changes, none at all, very many."""
    for values in ([5], [5, 5], [0, 10**9, 3], [1] * 400):
        drawn = plots.line(values)
        places = [tuple(map(float, point.split(","))) for point in drawn.points.split()]
        assert all(0 <= x <= plots.WIDTH and 0 <= y <= plots.HEIGHT for x, y in places)
        bars, ground = plots.bars(values, values[::-1])
        assert 0 <= ground <= plots.HEIGHT
        assert all(one.y >= 0 and one.y + one.height <= plots.HEIGHT + 1 for one in bars)
        assert len(bars) == 2 * sum(value > 0 for value in values)
    assert plots.bars([0, 0])[0] == []
