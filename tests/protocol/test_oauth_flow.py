"""Signing in to a platform: from the browser's first request to tokens, and what is said of the person."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask
from sqlalchemy import insert, update

from app.db import Database
from app.models.base import new_id, now
from app.services import assignments
from app.stores.oauth import CODES, DOMAINS, TOKENS
from tests.builders import Customer, a_giving
from tests.protocol.conftest import Scim
from tests.protocol.oauth_client import ISSUER, Browser, Platform, Wired, sent_back
from tests.protocol.oauth_world import World, a_world


@pytest.fixture
def world(app: Flask, database: Database, customer: Customer, scim: Scim) -> World:
    """An account of its own."""
    return a_world(app, database, customer, scim)


def test_a_person_is_handed_over(world: World) -> None:
    """ID token, userinfo and introspection say the same of her, and the ID token how and when she proved it."""
    before = int(now().timestamp())
    given = world.platform.tokens(world.browser)
    assert given["token_type"] == "Bearer"
    assert 0 < given["expires_in"] <= 600
    assert given["scope"] == "openid profile email"
    claims = world.platform.claims(given["id_token"], world.platform.nonce)
    assert claims["sid"] == world.session_id
    assert claims["amr"] == ["pwd", "otp"]
    assert before - 5 <= claims["auth_time"] <= claims["iat"] < claims["exp"] <= claims["iat"] + 600
    half = hashlib.sha256(given["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    person = {
        "sub": world.user_id,
        "account": world.account_id,
        "account_name": world.customer.account_name,
        "preferred_username": "ana@acme.example",
        "name": "Ana Álvarez",
        "given_name": "Ana",
        "family_name": "Álvarez",
        "email": "ana@acme.example",
        "email_verified": False,
    }
    assert {name: claims[name] for name in person} == person
    assert "roles" not in claims
    told = world.platform.userinfo(given["access_token"])
    assert (told.status_code, told.json) == (200, person)
    assert told.headers["Cache-Control"] == "no-store"
    counts = world.platform.introspect(given["access_token"])
    assert counts["active"] is True
    assert (counts["sub"], counts["client_id"], counts["sid"]) == (world.user_id, world.platform.id, world.session_id)
    [entry] = world.audited("client.authorized")
    assert (entry.actor_id, entry.target_id) == (world.user_id, world.platform.id)


def test_only_what_the_scope_asks_for_is_told(world: World) -> None:
    """And of a scope only what the client is registered for; what nobody knows is left out."""
    given = world.platform.tokens(world.browser, scope="openid unheard-of", nonce=None)
    claims = world.platform.claims(given["id_token"])
    assert given["scope"] == "openid"
    assert not claims.keys() & {"name", "email", "preferred_username", "given_name", "nonce"}
    assert claims["account"] == world.account_id
    narrow = world.with_platform(world.account_id, scopes=["openid", "email"])
    given = narrow.platform.tokens(narrow.browser)
    assert given["scope"] == "openid email"
    assert "name" not in narrow.platform.userinfo(given["access_token"]).json


def test_an_email_is_verified_by_the_accounts_domain(world: World) -> None:
    """Nobody else's word makes it so: neither SCIM's, nor another account's domain."""
    given = world.platform.tokens(world.browser)
    row = {"id": new_id(), "name": f"{new_id()}.example", "challenge": "x", "by_operator": False}
    with world.database.writing() as session:
        session.execute(insert(DOMAINS).values(account_id=world.account_id, **row, verified=None))
    address = f"ana@{row['name']}"
    patch = {"Operations": [{"op": "replace", "path": "emails", "value": [{"value": address, "primary": True}]}]}
    schema = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
    assert world.scim.patch(f"/Users/{world.user_id}", schema | patch).status_code == 200
    told = world.platform.userinfo(given["access_token"]).json
    assert (told["email"], told["email_verified"]) == (address, False)
    with world.database.writing() as session:
        session.execute(update(DOMAINS).where(DOMAINS.c.id == row["id"]).values(verified=now()))
    assert world.platform.userinfo(given["access_token"]).json["email_verified"] is True


def test_roles_are_told_to_whom_it_is_allowed(world: World) -> None:
    """As they count at present, with the place where they do."""
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, a_giving("Viewer", user=world.user_id))
        later = a_giving("Analyst", user=world.user_id)
        assignments.assign(session, world.account_id, later, starts=now() + timedelta(days=1))
    here = world.with_platform(world.account_id, with_roles=True)
    given = here.platform.tokens(here.browser)
    expected = [{"role": "Viewer", "business_unit": None, "reach": "account"}]
    assert here.platform.claims(given["id_token"])["roles"] == expected
    assert here.platform.userinfo(given["access_token"]).json["roles"] == expected
    assert "roles" not in world.platform.claims(world.platform.tokens(world.browser)["id_token"])


def test_a_refresh_token_is_replaced(world: World) -> None:
    """The new one counts, says the same of the sign-in, and has no nonce (OpenID Connect Core §12.2)."""
    given = world.platform.tokens(world.browser)
    first = world.platform.claims(given["id_token"])
    answer = world.platform.refresh(given["refresh_token"])
    assert answer.status_code == 200, answer.text
    again = answer.json
    assert again["refresh_token"] != given["refresh_token"]
    claims = world.platform.claims(again["id_token"])
    assert "nonce" not in claims
    assert {name: claims[name] for name in ("sub", "sid", "auth_time", "aud")} == {
        name: first[name] for name in ("sub", "sid", "auth_time", "aud")
    }
    assert world.platform.introspect(again["access_token"])["active"] is True
    assert world.platform.refresh(again["refresh_token"]).status_code == 200


def test_a_refresh_may_ask_for_less_but_never_for_more(world: World) -> None:
    """And the whole is still there afterwards (RFC 6749 §6)."""
    given = world.platform.tokens(world.browser, scope="openid email")
    assert world.platform.refresh(given["refresh_token"], scope="openid profile").json == {
        "error": "invalid_scope",
        "error_description": "The requested scope is invalid, unknown, or malformed.",
    }
    less = world.platform.refresh(given["refresh_token"], scope="openid").json
    assert "email" not in world.platform.userinfo(less["access_token"]).json
    whole = world.platform.refresh(less["refresh_token"]).json
    assert whole["scope"] == "openid email"


def test_a_refresh_is_a_sign_of_life(world: World) -> None:
    """Who works in the platform is not idle; who only has tokens there is."""
    given = world.platform.tokens(world.browser)
    world.set_session(last_seen=now() - timedelta(minutes=29))
    again = world.platform.refresh(given["refresh_token"])
    assert again.status_code == 200
    world.set_session(last_seen=now() - timedelta(minutes=29))
    assert world.platform.introspect(again.json["access_token"])["active"] is True
    world.set_session(last_seen=now() - timedelta(minutes=31))
    assert world.platform.introspect(again.json["access_token"]) == {"active": False}
    assert world.platform.refresh(again.json["refresh_token"]).json["error"] == "invalid_grant"


def test_r10_only_hashes_are_kept(world: World) -> None:
    """No code, token or secret is in the database or in the trail."""
    code = world.platform.code(world.browser)
    given = world.platform.exchange(code).json
    with world.database.reading() as session:
        kept = f"{session.execute(CODES.select()).all()}{session.execute(TOKENS.select()).all()}"
    trail = str(world.audited("client.authorized") + world.audited("client.created"))
    for secret in (code, given["access_token"], given["refresh_token"], world.platform.secret):
        assert secret is not None
        assert secret not in kept + trail


def test_each_way_to_say_who_it_is(world: World) -> None:
    """Header, body or nothing, as registered; in any other way a client is not known."""
    for method in ("client_secret_basic", "client_secret_post", "none"):
        here = world.with_platform(world.account_id, auth_method=method)
        platform = here.platform
        code = platform.code(here.browser)
        secret = platform.secret or "x"
        form = {"grant_type": "authorization_code", "redirect_uri": platform.back, "code_verifier": platform.verifier}
        ways = {
            "client_secret_basic": {"data": form | {"code": code}, "auth": (platform.id, secret)},
            "client_secret_post": {"data": form | {"code": code, "client_id": platform.id, "client_secret": secret}},
            "none": {"data": form | {"code": code, "client_id": platform.id}},
        }
        for other, way in ways.items():
            if other != method:
                answer = here.app.test_client().post("/oauth/token", base_url=ISSUER, **way)  # type: ignore[arg-type]
                assert (answer.status_code // 100, answer.json["error"]) == (4, "invalid_client"), (method, other)
        answer = here.app.test_client().post("/oauth/token", base_url=ISSUER, **ways[method])  # type: ignore[arg-type]
        assert answer.status_code == 200, (method, answer.text)


def test_what_discovery_says_is_so(world: World) -> None:
    """Both documents are the same, and every address in it is one of ours."""
    client = world.app.test_client()
    said = client.get("/.well-known/openid-configuration", base_url=ISSUER)
    assert said.status_code == 200
    assert "max-age" in said.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in said.headers
    document = said.json
    assert client.get("/.well-known/oauth-authorization-server", base_url=ISSUER).json == document
    assert document["issuer"] == ISSUER
    assert document["response_types_supported"] == ["code"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    rules = {(rule.rule, method) for rule in world.app.url_map.iter_rules() for method in rule.methods or ()}
    for name, value in document.items():
        if name.endswith(("_endpoint", "_uri")):
            path = value.removeprefix(ISSUER)
            assert (path, "POST") in rules or (path, "GET") in rules, name
    keys = client.get("/oauth/jwks", base_url=ISSUER).json["keys"]
    assert len(keys) >= 2
    for key in keys:
        assert key["use"] == "sig"
        assert not key.keys() & {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert document["id_token_signing_alg_values_supported"] == sorted({key["alg"] for key in keys})


def test_a_platform_with_authlibs_own_client(world: World) -> None:
    """As a developer of a platform would write it: Authlib's OAuth 2.0 session, over this application."""
    platform = world.platform
    session = OAuth2Session(
        platform.id, platform.secret, scope="openid email", redirect_uri=platform.back, code_challenge_method="S256"
    )
    session.mount(ISSUER, Wired(world.app))
    document = session.get(f"{ISSUER}/.well-known/openid-configuration", withhold_token=True).json()
    verifier = "v" * 64
    url, state = session.create_authorization_url(document["authorization_endpoint"], code_verifier=verifier)
    back = world.browser.get(url.removeprefix(ISSUER))
    assert sent_back(back)["state"] == state
    token = session.fetch_token(
        document["token_endpoint"], authorization_response=back.headers["Location"], state=state, code_verifier=verifier
    )
    assert platform.claims(token["id_token"])["sub"] == world.user_id
    assert session.get(document["userinfo_endpoint"]).json()["email"] == "ana@acme.example"
    fresh = session.refresh_token(document["token_endpoint"], token["refresh_token"])
    assert session.introspect_token(document["introspection_endpoint"], fresh["access_token"]).json()["active"]
    assert session.revoke_token(document["revocation_endpoint"], fresh["refresh_token"]).status_code == 200
    assert not session.introspect_token(document["introspection_endpoint"], fresh["access_token"]).json()["active"]


def test_a_client_of_the_installation_signs_in_everybody(world: World) -> None:
    """One registration of a platform serves all its customers; the token says of which one somebody is."""
    here = world.with_platform(None)
    claims = here.platform.claims(here.platform.tokens(here.browser)["id_token"])
    assert claims["account"] == world.account_id


def test_a_browser_may_also_post_its_request(world: World) -> None:
    """OpenID Connect Core §3.1.2.1."""
    assert "code" in sent_back(world.browser.post("/oauth/authorize", **world.platform.request()))


def test_no_code_for_nobody(world: World) -> None:
    """Whoever is not signed in is asked to, and comes back to the very request."""
    answer = Browser(world.app).get("/oauth/authorize", **world.platform.request())
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/signin?return_to=%2Foauth%2Fauthorize%3F")


def test_m3_a_token_of_another_client_does_not_exist(world: World) -> None:
    """It is inactive for whoever it was not given to, who cannot revoke it either (RFC 7662 §4, RFC 7009 §2.1)."""
    other: Platform = world.with_platform(world.account_id).platform
    given = world.platform.tokens(world.browser)
    assert other.introspect(given["access_token"]) == {"active": False}
    assert other.call("/oauth/revoke", token=given["access_token"]).status_code == 200
    assert world.platform.introspect(given["access_token"])["active"] is True
