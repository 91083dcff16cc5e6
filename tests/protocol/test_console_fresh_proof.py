"""What the console lets somebody do who proved long ago who they are (N-7): nothing that gives access to anybody."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app.db import Database
from app.models.base import now
from app.stores.person_sessions import SESSIONS
from tests.protocol.declared import requirement_of
from tests.protocol.mapping_world import MAPPING, MappingWorld

LOOKS = ("audit/verify", "connections/*/tests", "filters/*", "filters/try", "roles/*/edit", "roles/*/review")
"""They show what would be, or what is."""
DRAFTS = (
    *("drafts", "drafts/*/delete", "drafts/*/plan", "drafts/*/rebase", "drafts/*/title", "new", "waiting/suggestion"),
    *("drafts/*/rules/*", "drafts/*/rules/*/move", "drafts/*/rules/*/remove", "drafts/*/rules/new", "health/rebind"),
    *("plans/*/again", "plans/*/reject", "release", "resume", "revisions/*/restore", "rules/*/edit", "rules/*/end"),
)
"""Nobody gains or loses anything by them before a plan is published."""
ELSE = (
    *("directories/new", "directories/*/accepts", "directories/*/resume", "setup-links/*/end"),
    *("items/change", "items/delete", "items/share", "items/unshare", "leavers/*", "settings/domains"),
    *("settings/domains/*/check", "people/*/edit", "requests/*", "views", "views/*/forget"),
)
"""Profiles, items, answers; a directory without a token, a domain that leads nowhere yet; and what ends something."""


def test_n7_whatever_gives_access_asks_for_a_fresh_proof(app: Flask) -> None:
    """Every form of the console does that is not named here."""
    known = {*(f"/console/{one}" for one in (*LOOKS, *ELSE)), *(f"{MAPPING}/{one}" for one in DRAFTS)}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/console") and "POST" in rule.methods:
            path = re.sub(r"<\w+>", "*", rule.rule)
            assert requirement_of(app, rule).step_up is (path not in known), path


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """A mapping with a rule."""
    return MappingWorld(app, database)


def test_n7_a_pause_keeps_access_from_being_taken_so_it_asks_for_a_fresh_proof(world: MappingWorld) -> None:
    """What was filled in is there again afterwards; and nothing is paused before."""
    with world.database.writing() as session:
        old = now() - timedelta(minutes=11)
        session.execute(update(SESSIONS).where(SESSIONS.c.account_id == world.account_id).values(authenticated=old))
    asked = world.console.send(f"{MAPPING}/pause", reason="Being rebuilt")
    assert "/signin/local" in asked.text
    assert "is paused since" not in world.console.open(MAPPING).text
    back = re.search(r"return_to=[^\"&]*pause%3Fagain%3D([\w-]+)", asked.text)
    assert back is not None, asked.text
    with world.database.writing() as session:
        session.execute(update(SESSIONS).where(SESSIONS.c.account_id == world.account_id).values(authenticated=now()))
    assert 'value="Being rebuilt"' in world.console.open(f"{MAPPING}/pause?again={back[1]}").text
