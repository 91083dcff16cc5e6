"""What a key may do that looks after connections, and may not change access (R-2, R-3)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.db import Database
from app.stores.connections import CERTIFICATES, CONNECTIONS, KEYS
from app.stores.domains import DOMAINS
from app.stores.setup_links import LINKS as SETUP_LINKS
from tests.idp.saml_documents import metadata
from tests.idp.saml_keys import rsa_pair
from tests.protocol.api_client import Api, an_api_key, done, problem
from tests.protocol.sign_in_world import LINKS, World

SETTINGS: list[dict[str, Any]] = [
    {"enabled": False},
    {"enabled": True},
    {"saml": {"sso_url": "https://evil.example/sso"}},
    {"saml": {"signed": "response"}},
    {"directory": "IdP"},
    {"join_external_id": "employeeId"},
    {"join_user_name": "login"},
    {"join_email": "email", "vouches_for_email": True},
    {"creates_people": True},
    {"adopts": True},
    {"groups_from": "claims", "groups_claim": "groups"},
    {"unsolicited": True},
    {"claims": {"userName": "login"}},
    {"client_secret": "x"},
    {"forget_links": True},
]


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def key(world: World, database: Database) -> Api:
    """A key that may look after connections, and no more."""
    made = an_api_key(database, world.account_id, "connections:read", "connections:write")
    return Api(world.app, made, world.account_id)


def kept(world: World) -> list[Any]:
    """All that decides who signs in."""
    return [world.rows(one) for one in (CONNECTIONS, CERTIFICATES, KEYS, DOMAINS, LINKS, SETUP_LINKS)]


@pytest.mark.parametrize("given", SETTINGS, ids=str)
def test_r03_settings_of_a_connection_need_access_write(world: World, key: Api, given: dict[str, Any]) -> None:
    """Whoever decides who signs in, and as whom, becomes whomever they like."""
    saml = world.saml()
    before = kept(world)
    assert problem(key.patch(f"/connections/{saml.id}", given)) == (403, "insufficient-scope")
    if given.keys() <= {"enabled", "forget_links"}:
        return  # a new connection knows neither
    made = {"name": "evil", "protocol": "saml", **given}
    assert problem(key.post("/connections", made)) == (403, "insufficient-scope")
    assert kept(world) == before


def test_r03_every_other_door_needs_access_write(world: World, key: Api) -> None:
    """Trust, certificates, keys, domains, links to people and set-up links; nothing is changed by the refusals."""
    saml = world.saml(creates_people=True)
    saml.sign_in(world.browser(), name_id="s-1", attributes={"userName": ["ana"]})
    world.prove(f"d{saml.id[-10:]}.example", None)
    here = f"/connections/{saml.id}"
    thief = rsa_pair("thief")
    [certificate] = [row.id for row in world.rows(CERTIFICATES)]
    [domain], [link] = [row.id for row in world.rows(DOMAINS)], [row.id for row in world.rows(LINKS)]
    before = kept(world)
    for path, body in (
        (f"{here}/metadata", {"xml": metadata([thief], entity_id=saml.idp.entity_id)}),
        (f"{here}/refresh", None),
        (f"{here}/certificates", {"certificate": thief.certificate}),
        (f"{here}/certificates/{certificate}/confirm", None),
        (f"{here}/keys/prepare", None),
        (f"{here}/keys/switch", None),
        (f"{here}/keys/retire", None),
        (f"/domains/{domain}/bind", {"connection": saml.id}),
        ("/setup-links", {"purpose": "saml"}),
        ("/setup-links", {"purpose": "oidc", "enables": True}),
        ("/setup-links", {"purpose": "certificate", "connection": saml.id}),
        ("/setup-links", {"purpose": "domain", "connection": saml.id}),
        ("/setup-links", {"purpose": "scim"}),
    ):
        assert problem(key.post(path, body)) == (403, "insufficient-scope"), path
    for path in (f"{here}/certificates/{certificate}", f"/identity-links/{link}"):
        assert problem(key.delete(path)) == (403, "insufficient-scope"), path
    assert kept(world) == before


def test_r03_what_gives_nobody_anything_does_not(world: World, key: Api) -> None:
    """A name, how long sessions last, an empty connection, a test."""
    saml = world.saml()
    changed = done(key.patch(f"/connections/{saml.id}", {"name": "other", "session_hours": 2}))
    assert (changed["name"], changed["session_hours"]) == ("other", 2)
    made = key.create("/connections", {"name": "empty", "protocol": "oidc", "preset": "okta"})
    assert made["enabled"] is False
    assert key.post(f"/connections/{saml.id}/tests").status_code == 201
