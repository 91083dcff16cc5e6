"""The same subject at another issuer is somebody else (L-1)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.compose import create_app
from app.db import Database
from app.services.errors import Conflict
from tests.conftest import settings_for
from tests.idp.oidc_provider import Provider
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import LINKS, World


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[Flask]:
    """The application, which may call this machine."""
    here = {"public_url": PUBLIC_URL, "log_level": "error", "private_targets": "127.0.0.0/8"}
    made = create_app(settings_for(database_url, **here))
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def test_l01_another_issuer_knows_nobody(world: World, app: Flask, database: Database) -> None:
    """Also of people who are gone; so it is by OpenID Connect, and by the command."""
    with Provider() as first, Provider() as second:
        oidc = world.oidc(first, creates_people=True)
        oidc.sign_in(world.browser(), sub="1", preferred_username="ana")
        [link] = world.rows(LINKS)
        api = Api(app, an_api_key(database, world.account_id), world.account_id)
        assert api.delete(f"/users/{link.user_id}").status_code == 204
        world.change(oidc.id, enabled=False)
        for given in ({"issuer": second.issuer}, {"subject_claims": ["tid", "oid"]}):
            with pytest.raises(Conflict, match="forget_links"):
                world.change(oidc.id, oidc=given)
        assert world.rows(LINKS) == [link]
        world.change(oidc.id, oidc={"issuer": second.issuer}, forget_links=True)
    assert world.rows(LINKS) == []
