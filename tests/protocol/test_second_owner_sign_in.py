"""Whoever says which identity provider is believed may come in as anybody by it, so is no second one to them."""

from __future__ import annotations

import pytest
from flask import Flask

from app import audit
from app.db import Database
from app.services import connection_keys, connections
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.mapping_world import MappingWorld, refusal
from tests.protocol.sign_in_world import CALLS, KEYS


@pytest.fixture
def world(app: Flask, database: Database) -> MappingWorld:
    """An account of its own."""
    return MappingWorld(app, database)


def a_connection(world: MappingWorld, actor: audit.Actor) -> str:
    """A connection that somebody has made."""
    issuer = "https://login.example.test"
    given = {"name": "Login", "oidc": {"issuer": issuer, "client_id": "muster"}}
    with world.database.writing() as session:
        audit.begin(session, actor)
        pair = connection_keys.make_pair("test")
        made = connections.create(session, world.account_id, KEYS, CALLS, PUBLIC_URL, pair, "oidc", given)
    places = {name: f"{issuer}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    world.change(made.id, oidc=places, client_secret="a secret of theirs")
    world.change(made.id, enabled=True)
    return made.id


@pytest.mark.parametrize("by_author", [True, False])
def test_who_changed_a_connection_is_whoever_comes_in_by_it(world: MappingWorld, by_author: bool) -> None:
    """For some days; by another way they come in as themselves, and by a connection of the operator's, too."""
    author = audit.Actor("person", world.owner, "Olivia")
    connection = a_connection(world, author if by_author else audit.SYSTEM)
    oscar = world.an_owner()
    by_it, by_password = world.browser(), world.browser()
    by_it.signs_in(world.database, world.account_id, oscar, connection_id=connection)
    by_password.signs_in(world.database, world.account_id, oscar)
    draft = world.begin()
    world.adds(draft, role="Administrator")
    plan = world.plans(draft)
    if by_author:
        refused = by_it.send(f"{plan}/approve")
        assert refused.status_code == 403
        assert "or the connection by which one came in" in refusal(refused)
    assert (by_password if by_author else by_it).send(f"{plan}/approve").status_code == 303
