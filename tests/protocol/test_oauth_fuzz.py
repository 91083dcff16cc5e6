"""Whatever is sent to the OpenID provider, it is never a fault, and never leads anybody elsewhere."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.db import Database
from app.oauth import routes
from app.web.pace import Pace
from tests.builders import a_customer
from tests.protocol.conftest import Scim
from tests.protocol.oauth_client import BACK, BYE, ISSUER
from tests.protocol.oauth_world import World, a_world

NAMES = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "account",
    "id_token_hint",
    "response_mode",
    "muster_since",
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "client_secret",
    "token",
    "token_type_hint",
    "post_logout_redirect_uri",
    "request",
    "ui_locales",
)
WORDS = ("none", "login", "code", "openid", "S256", "authorization_code", "refresh_token", "0", "A" * 43, BACK, BYE, "")
PATHS = (
    "/oauth/authorize",
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/oauth/logout",
    "/oauth/logout/confirm",
    "/oauth/switch",
    "/oauth/jwks",
    "/.well-known/openid-configuration",
)
value = st.sampled_from(WORDS) | st.text(max_size=30) | st.text('a"\\\x00\x7f\n%&=é\ud7ff', max_size=10)
changes = st.dictionaries(st.sampled_from(NAMES), value, max_size=6)
USUAL = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.fixture(scope="module")
def world(app: Flask, database: Database) -> World:
    """An account for all of it."""
    customer = a_customer(database)
    return a_world(app, database, customer, Scim(app.test_client(), customer.token))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failing is what this is about."""
    monkeypatch.setattr(routes, "_FAILURES", Pace(burst=100_000, per_minute=100_000))


def check(answer: TestResponse) -> None:
    """No fault, and nobody is sent away but to where the client is, or to a page of ours."""
    assert answer.status_code < 500, answer.text
    there = answer.headers.get("Location", "")
    assert not there or there.startswith((f"{BACK}?", BYE, "/")), there
    assert not there.startswith("//")
    assert "\n" not in there


@USUAL
@given(path=st.sampled_from(PATHS), method=st.sampled_from(["GET", "POST"]), given=changes)
def test_from_a_good_request_on(world: World, path: str, method: str, given: dict[str, str]) -> None:
    """Some parameters are others; signed in."""
    asked = world.platform.request() | given
    send = world.browser.get if method == "GET" else world.browser.post
    check(send(path, **asked))


@USUAL
@given(path=st.sampled_from(PATHS[1:4]), given=changes, grant=st.sampled_from(["authorization_code", "refresh_token"]))
def test_what_clients_send(world: World, path: str, given: dict[str, str], grant: str) -> None:
    """With good credentials."""
    asked = {"grant_type": grant, "code": "moc_x", "refresh_token": "mor_x", "token": "moa_x"} | given
    check(world.platform.call(path, **asked))


@USUAL
@given(
    path=st.sampled_from(PATHS),
    body=st.binary(max_size=200),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "é"]),
    header=st.text("Basic earBasic =:\x80é", max_size=30) | st.binary(max_size=10).map(repr),
)
def test_bytes(world: World, path: str, body: bytes, kind: str, header: str) -> None:
    """Anything at all."""
    headers = {"Authorization": header, "Content-Type": kind}
    client = world.app.test_client()
    check(client.post(path, data=body, headers=headers, base_url=ISSUER))
    query = urlencode({"x": body.decode("latin-1")}) + "&%ff=%fe&client_id=%c3%28"
    check(client.get(f"{path}?{query}", headers=headers, base_url=ISSUER))
