"""Groups that come to patterns by their names: a plan shows them, in the console, the API and the command line."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pytest
from flask import Flask

from app.db import Database
from app.services import mapping_publish
from tests.builders import a_group
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.mapping_world import MappingWorld
from tests.test_cli import Muster

NAME = "team-<b>Iberia</b>"


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """An account with a pattern in force, to which a group came since."""
    world = MappingWorld(app, database)
    with database.writing() as session:
        rule = {"name": "Teams", "pattern": {"text": "team-{any}"}, "grants": [{"role": "Viewer"}]}
        mapping_publish.publish(session, world.account_id, {"rules": [rule]}, "the operator")
    world.scim.create("/Groups", a_group(NAME, [world.cai]))
    return world


def test_a_plan_tells_which_groups_came(
    world: MappingWorld, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what they give, to how many; and publishing it says that they were seen."""
    draft = world.begin()
    world.adds(draft, role="Marketer")
    path = world.plans(draft)
    plan = path.rpartition("/")[2]
    page = world.console.open(path).text
    assert escape(NAME) in page
    assert NAME not in page
    assert "1 have something by it" in page
    api = Api(world.app, an_api_key(database, world.account_id), world.account_id)
    [came] = api.read(f"/mapping/plans/{plan}")["summary"]["came"]
    assert (came["rule"], came["group"], came["gives"], came["people"]) == ("Teams", NAME, ["Viewer"], 1)
    monkeypatch.chdir(tmp_path)
    told = Muster(database_url, tmp_path).run("mapping", "show-plan", world.customer.account_name, plan)
    assert f'group that came: "{NAME}"' in told
    assert world.console.send(f"{path}/publish").status_code == 303
    draft = world.begin("Another")
    world.adds(draft, name="Another", role="Analyst")
    assert escape(NAME) not in world.console.open(world.plans(draft)).text
