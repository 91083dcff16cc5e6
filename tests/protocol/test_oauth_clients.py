"""/oauth-clients: applications are registered with full addresses; secrets are shown once, replaced with overlap."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.stores.oauth import CLIENTS
from tests.builders import Customer
from tests.conftest import KEY, settings_for
from tests.protocol.api_client import Api, done, places, problem
from tests.protocol.conftest import ONE_ENGINE, PUBLIC_URL, Scim
from tests.protocol.oauth_client import BACK, Platform
from tests.protocol.oauth_world import World, a_world

NEW = {"name": "Postbird", "redirect_uris": [BACK]}


@pytest.fixture
def world(app: Flask, database: Database, customer: Customer, scim: Scim) -> World:
    """Somebody who is signed in, in the account of ``api``."""
    return a_world(app, database, customer, scim)


def made(api: Api, path: str = "/oauth-clients", **given: Any) -> dict[str, Any]:
    """A client with its secret."""
    answer = api.post(path, NEW | given)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def test_r10_a_secret_is_shown_once(api: Api, world: World) -> None:
    """In the answer that makes it; in no other, not in the trail, and not among kept rows."""
    client = made(api)
    secret = client.pop("secret")
    assert secret.startswith("mclient_")
    assert api.read(f"/oauth-clients/{client['id']}") == client == api.read("/oauth-clients/Postbird")
    assert api.every("/oauth-clients", filter='name eq "Postbird"') == [client]
    rotated = done(api.post(f"/oauth-clients/{client['id']}/rotate-secret", {"hours": 1}))["secret"]
    with world.database.reading() as session:
        kept = str(session.execute(select(*CLIENTS.c).where(CLIENTS.c.id == client["id"])).one())
    trail = str([world.audited(f"client.{what}") for what in ("created", "secret_rotated")])
    for text in (secret, rotated):
        assert text not in kept + trail
    assert "secret" not in made(api, auth_method="none")


def test_a_secret_is_replaced_without_a_gap(api: Api, world: World) -> None:
    """The one before counts for a while, or no longer if somebody is in a hurry."""
    client = made(api)
    former = Platform(world.app, client["id"], client["secret"])
    present = Platform(world.app, client["id"], done(api.post("/oauth-clients/Postbird/rotate-secret", {}))["secret"])
    for platform in (former, present):
        assert platform.tokens(world.browser)["access_token"]
    with world.database.writing() as session:
        over = update(CLIENTS).where(CLIENTS.c.id == client["id"])
        session.execute(over.values(previous_until=now() - timedelta(seconds=1)))
    assert former.introspect_answer("x").status_code == 401
    assert present.introspect_answer("x").status_code == 200
    last = Platform(
        world.app, client["id"], done(api.post("/oauth-clients/Postbird/rotate-secret", {"hours": 0}))["secret"]
    )
    assert present.introspect_answer("x").status_code == 401
    assert last.introspect_answer("x").status_code == 200


def test_a_secret_outlives_another_secret_key(api: Api, world: World, database_url: str) -> None:
    """As long as the former key is configured, and after its first use without that."""
    client = made(api)
    new = "a new key that is long enough for the product"
    changes = {"public_url": PUBLIC_URL, "log_level": "error"}

    def platform_of(**keys: str) -> Platform:
        settings = settings_for(database_url, **changes)
        with_keys = type(settings)(**{name: getattr(settings, name) for name in settings.__dataclass_fields__} | keys)
        return Platform(create_app(with_keys), client["id"], client["secret"])

    try:
        assert platform_of(secret_key=new).introspect_answer("x").status_code == 401
        assert platform_of(secret_key=new, secret_key_previous=KEY).introspect_answer("x").status_code == 200
        assert platform_of(secret_key=new).introspect_answer("x").status_code == 200
    finally:
        with world.database.writing() as session:
            session.execute(update(CLIENTS).where(CLIENTS.c.id == client["id"]).values(revoked=now()))


@ONE_ENGINE
@pytest.mark.parametrize(
    "address",
    [
        "http://platform.example/back",
        "https://platform.example/back#x",
        "https://*.platform.example/back",
        "https://platform.example/*",
        "https://user@platform.example/",
        "https://user:secret@platform.example/",
        "https://",
        "https:///back",
        "https://platform.example:99999/",
        "https://platform.exämple/",
        "https://platform.example\\evil",
        "https://platform.example/a b",
        "https://[::1",
        "javascript:alert(1)",
        "custom.scheme:/back",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "//platform.example/",
        "x" * 2001,
    ],
)
def test_addresses_that_are_refused(api: Api, address: str) -> None:
    """RFC 9700 §2.1: whoever could be sent elsewhere would be."""
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        answer = api.post("/oauth-clients", NEW | {name: [address]})
        assert problem(answer) == (400, "invalid")
        assert any(place.startswith(f"/{name}") for place in places(answer))


@ONE_ENGINE
def test_addresses_that_are_taken(api: Api) -> None:
    """https anywhere; http on one's own machine, for development."""
    good = [
        "https://platform.example",
        "https://platform.example:8443/a/b?c=d%20e",
        "http://localhost:3000/back",
        "http://127.0.0.1/back",
        "http://[::1]:8080/back",
    ]
    client = made(api, redirect_uris=good, post_logout_redirect_uris=good)
    assert client["redirect_uris"] == client["post_logout_redirect_uris"] == good
    assert problem(api.post("/oauth-clients", NEW | {"redirect_uris": []})) == (400, "invalid")
    assert problem(api.post("/oauth-clients", NEW | {"redirect_uris": good * 5})) == (400, "invalid")


@ONE_ENGINE
@pytest.mark.parametrize(
    "address", ["http://platform.example/out", "https://127.0.0.1/out", "https://10.0.0.1/", "https://[fd00::1]/", "x"]
)
def test_t20_where_it_is_told_must_be_public(api: Api, address: str) -> None:
    """What we call by ourselves is judged like every address that customers name."""
    answer = api.post("/oauth-clients", NEW | {"backchannel_logout_uri": address})
    assert problem(answer) == (400, "invalid")
    assert places(answer) == {"/backchannel_logout_uri"}


def test_a_client_is_changed(api: Api, world: World) -> None:
    """At once: an address that is gone is nobody's any more; the trail has before and after."""
    client = made(api)
    platform = Platform(world.app, client["id"], client["secret"])
    assert platform.code(world.browser)
    changed = done(api.patch("/oauth-clients/Postbird", {"redirect_uris": [f"{BACK}/new"], "name": "Post"}))
    assert (changed["name"], changed["redirect_uris"]) == ("Post", [f"{BACK}/new"])
    assert world.browser.get("/oauth/authorize", **platform.request()).status_code == 400
    [entry] = world.audited("client.changed")
    assert entry.before == {"name": "Postbird", "redirect_uris": [BACK]}
    for body in ({"scopes": ["profile"]}, {"scopes": ["openid", "admin"]}, {"auth_method": "none"}, {"secret": "x"}):
        assert problem(api.patch("/oauth-clients/Post", body)) == (400, "invalid")
    assert problem(api.post("/oauth-clients", NEW | {"auth_method": "private_key_jwt"})) == (400, "invalid")
    assert problem(api.post("/oauth-clients", NEW | {"name": " "})) == (400, "invalid")


def test_a_revoked_client_stays_revoked(api: Api, world: World) -> None:
    """It is still listed, and can neither be changed nor get another secret."""
    client = made(api)
    path = f"/oauth-clients/{client['id']}"
    assert done(api.post(f"{path}/revoke"))["revoked"] is not None
    assert done(api.post(f"{path}/revoke"))["revoked"] is not None
    assert len(world.audited("client.revoked")) == 1
    assert problem(api.patch(path, {"name": "x"})) == (400, "invalid")
    assert problem(api.post(f"{path}/rotate-secret", {})) == (400, "invalid")
    assert client["id"] in [one["id"] for one in api.every("/oauth-clients")]
    public = made(api, name="Public", auth_method="none")
    assert problem(api.post(f"/oauth-clients/{public['id']}/rotate-secret", {})) == (400, "invalid")


def test_m1_clients_of_others_do_not_exist(api: Api, other_api: Api, operator_api: Api) -> None:
    """Neither an account's for another, nor the installation's for an account, nor the other way round."""
    mine = made(api)["id"]
    general = made(operator_api, "/installation/oauth-clients")["id"]
    for caller, path, id in (
        (other_api, "/oauth-clients", mine),
        (api, "/oauth-clients", general),
        (operator_api, "/installation/oauth-clients", mine),
    ):
        missing = caller.get(f"{path}/0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d")
        for answer in (
            caller.get(f"{path}/{id}"),
            caller.patch(f"{path}/{id}", {"name": "mine now"}),
            caller.post(f"{path}/{id}/rotate-secret", {}),
            caller.post(f"{path}/{id}/revoke"),
        ):
            assert problem(answer) == problem(missing) == (404, "not-found")
        assert id not in [one["id"] for one in caller.every(path)]
    assert problem(api.get("/installation/oauth-clients"))[0] == 401
    assert problem(operator_api.get("/oauth-clients"))[0] == 401


def test_the_installations_clients(operator_api: Api, world: World) -> None:
    """From their making to their end, with a key of the installation."""
    client = made(operator_api, "/installation/oauth-clients", with_roles=True)
    path = f"/installation/oauth-clients/{client['id']}"
    platform = Platform(world.app, client["id"], client["secret"])
    assert platform.tokens(world.browser)["access_token"]
    assert done(operator_api.patch(path, {"with_roles": False}))["with_roles"] is False
    assert done(operator_api.post(f"{path}/rotate-secret", {"hours": 0}))["secret"] != client["secret"]
    assert done(operator_api.post(f"{path}/revoke"))["revoked"] is not None
    assert operator_api.read(path)["revoked"] is not None
    assert world.browser.get("/oauth/authorize", **platform.request()).status_code == 400


def test_r3_only_an_owner_has_to_do_with_clients(api: Api, world: World) -> None:
    """Whoever registers an application learns of everybody who signs in there."""
    client = made(api)["id"]
    ana = api.acting_as(world.user_id)
    for answer in (
        ana.post("/oauth-clients", NEW),
        ana.get("/oauth-clients"),
        ana.patch(f"/oauth-clients/{client}", {"name": "x"}),
        ana.post(f"/oauth-clients/{client}/rotate-secret", {}),
        ana.post(f"/oauth-clients/{client}/revoke"),
    ):
        assert problem(answer) == (403, "forbidden")
    api.post("/assignments", {"role": "Account Owner", "users": [world.user_id]})
    assert ana.get("/oauth-clients").status_code == 200
    assert made(ana, name="Ana's")["created_by"] == "ana@acme.example"
