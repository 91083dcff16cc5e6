"""What attackers do to authorization servers, by RFC 9700 and RFC 6819: none of it works here."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask

from app.db import Database
from app.models.base import now
from app.oauth import routes
from app.oauth.asked import MOST_BODY
from app.services import oauth_grants
from app.services.oauth_grants import CODE_SECONDS
from app.web.pace import Pace
from tests.builders import Customer, a_customer
from tests.protocol.conftest import ONE_ENGINE, Scim
from tests.protocol.oauth_client import BACK, ISSUER, Browser, a_platform, sent_back
from tests.protocol.oauth_world import World, a_world


@pytest.fixture
def world(app: Flask, database: Database, customer: Customer, scim: Scim) -> World:
    """An account of its own."""
    return a_world(app, database, customer, scim)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails here on purpose does not slow the next test."""
    monkeypatch.setattr(routes, "_FAILURES", Pace(burst=1_000, per_minute=1_000))


def ask(world: World, **changes: str | None) -> Any:
    return world.browser.get("/oauth/authorize", **world.platform.request(**changes))


@ONE_ENGINE
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/callback",
        "http://platform.example/callback",
        "https://platform.example/callback/",
        "https://platform.example/callback?next=https://evil.example",
        "https://platform.example/callback#x",
        "https://platform.example/CALLBACK",
        "https://platform.example/callback/../evil",
        "https://platform.example/callback%2f..",
        "https://platform.example:443/callback",
        "https://platform.example@evil.example/callback",
        "https://platform.example.evil.example/callback",
        "https://platform.example\\@evil.example/callback",
        "//platform.example/callback",
        "javascript:alert(1)",
        "https://platform.example/callback\x00",
        "https://platform.example/callback\r\nSet-Cookie: a=b",
        'https://platform.example/callback"',
        "https://platform.example/cällback",
        "",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(world: World, address: str) -> None:
    """RFC 9700 §4.1: it is compared as it is; who cannot be sent back sees a page, whatever else is wrong."""
    for changes in ({}, {"scope": "x"}, {"response_type": "token"}, {"prompt": "none"}):
        answer = ask(world, redirect_uri=address, **changes)
        assert answer.status_code == 400, answer.text
        assert "Location" not in answer.headers
        assert not re.search(r"""(href|action|src|content)=["'][^"']*evil""", answer.text)
        assert answer.mimetype == "text/html"
    without = world.platform.request()
    del without["redirect_uri"]
    assert world.browser.get("/oauth/authorize", **without).status_code == 400


def test_an_unknown_client_sees_a_page(world: World) -> None:
    """Unknown, malformed and revoked are one."""
    for client_id in ("unknown", "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d", "x" * 5000, "\x00", '"', "", "é"):
        answer = ask(world, client_id=client_id)
        assert (answer.status_code, "Location" in answer.headers) == (400, False)


@ONE_ENGINE
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 43 + "="}, "invalid_request"),
        ({"code_challenge": "x" * 200}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "9" * 50}, "invalid_request"),
        ({"nonce": "n" * 501}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
    ],
)
def test_what_is_wrong_is_told_to_the_client(world: World, changes: dict[str, str | None], error: str) -> None:
    """RFC 6749 §4.1.2.1, with the state and by whom (RFC 9207 §2); no code is given."""
    found = sent_back(ask(world, **changes))
    assert found["error"] == error
    assert found["state"] == world.platform.state
    assert found["iss"] == ISSUER
    assert "code" not in found


def test_the_state_comes_back_as_it_was(world: World) -> None:
    """Whatever stands in it."""
    for state in ("a b", "ä€", "'\"<script>", "%00", "&code=evil&iss=evil", "x" * 2000, "https://evil.example"):
        assert sent_back(ask(world, state=state))["state"] == state
    assert "state" not in sent_back(ask(world, state=None))


def test_a_parameter_twice_is_refused(world: World) -> None:
    """RFC 6749 §3.1: nobody can tell which one is meant."""
    query = "&".join(f"{name}={quote(value)}" for name, value in world.platform.request().items())
    for name in world.platform.request():
        answer = world.browser.get(f"/oauth/authorize?{query}&{name}=other")
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
    answer = world.app.test_client().post(
        "/oauth/token",
        base_url=ISSUER,
        data="grant_type=authorization_code&code=a&code=b",
        content_type="application/x-www-form-urlencoded",
    )
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_a_stolen_code_is_worthless_without_the_verifier(world: World) -> None:
    """RFC 9700 §4.5: injected into another sign-in it is refused, and used up by the attempt."""
    code = world.platform.code(world.browser)
    answer = world.platform.exchange(code, code_verifier="w" * 64)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    answer = world.platform.exchange(code)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")


@ONE_ENGINE
@pytest.mark.parametrize("verifier", [None, "", "short", "x" * 129, "ä" * 64, "plain"])
def test_pkce_cannot_be_left_out(world: World, verifier: str | None) -> None:
    """RFC 9700 §4.8.2: also not by a client that has a secret, and not by showing the challenge itself."""
    code = world.platform.code(world.browser)
    shown = create_s256_code_challenge(world.platform.verifier) if verifier == "plain" else verifier
    answer = world.platform.exchange(code, code_verifier=shown)
    assert answer.status_code == 400
    assert answer.json["error"] in ("invalid_request", "invalid_grant")


def test_a_code_used_twice_ends_what_came_of_it(world: World) -> None:
    """RFC 6749 §4.1.2: access and refresh tokens, also those that were refreshed meanwhile; the trail says so."""
    code = world.platform.code(world.browser)
    given = world.platform.exchange(code).json
    later = world.platform.refresh(given["refresh_token"]).json
    other = world.platform.tokens(world.browser)
    answer = world.platform.exchange(code)
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_grant"})
    for token in (given["access_token"], later["access_token"], later["refresh_token"]):
        assert world.platform.introspect(token) == {"active": False}
    assert world.platform.refresh(later["refresh_token"]).json["error"] == "invalid_grant"
    assert world.platform.introspect(other["access_token"])["active"] is True, "of another sign-in"
    [entry] = world.audited("client.replay_refused")
    assert (entry.target_id, entry.after["user_id"]) == (world.platform.id, world.user_id)


def test_a_refresh_token_used_twice_ends_its_family(world: World) -> None:
    """RFC 9700 §4.14.2: thief or owner, nobody can tell, so both are out."""
    given = world.platform.tokens(world.browser)
    mine = world.platform.refresh(given["refresh_token"]).json
    thief = world.platform.refresh(given["refresh_token"])
    assert (thief.status_code, thief.json) == (400, {"error": "invalid_grant"})
    assert world.platform.refresh(mine["refresh_token"]).json["error"] == "invalid_grant"
    assert world.platform.introspect(mine["access_token"]) == {"active": False}
    assert len(world.audited("client.replay_refused")) == 1


def test_of_many_at_once_one_gets_tokens(world: World) -> None:
    """A race for one code: at most one wins, and since it was shown twice, that one loses it again."""
    code, answers = world.platform.code(world.browser), []
    gate = threading.Barrier(4)

    def race() -> None:
        gate.wait()
        answers.append(world.platform.exchange(code))

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [answer.json for answer in answers if answer.status_code == 200]
    assert len(won) <= 1
    assert {answer.status_code for answer in answers} <= {200, 400}
    for given in won:
        assert world.platform.introspect(given["access_token"]) == {"active": False}


def test_a7_a_code_is_good_for_a_minute(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a second longer is too long."""
    for seconds, status in ((CODE_SECONDS - 5, 200), (CODE_SECONDS + 1, 400)):
        code, later = world.platform.code(world.browser), timedelta(seconds=seconds)
        with monkeypatch.context() as moved:
            moved.setattr(oauth_grants, "now", lambda later=later: now() + later)
            assert world.platform.exchange(code).status_code == status


def test_a_code_is_for_its_client_and_its_address(world: World) -> None:
    """Another client gets nothing for it, and does not spoil it; with another address it is spoilt."""
    other = world.with_platform(world.account_id, redirect_uris=[BACK, f"{BACK}/two"]).platform
    code = world.platform.code(world.browser)
    assert other.exchange(code, code_verifier=world.platform.verifier).json["error"] == "invalid_grant"
    assert world.platform.exchange(code).status_code == 200
    code = other.code(world.browser)
    assert other.exchange(code, redirect_uri=f"{BACK}/two").json["error"] == "invalid_grant"
    assert other.exchange(code).json["error"] == "invalid_grant"
    code = other.code(world.browser)
    assert other.exchange(code, redirect_uri=None).json["error"] == "invalid_grant"


def test_a_refresh_token_is_for_its_client(world: World) -> None:
    """Another one can neither use it nor, by trying, take it from its owner."""
    other = world.with_platform(world.account_id).platform
    given = world.platform.tokens(world.browser)
    for _ in range(2):
        assert other.refresh(given["refresh_token"]).json["error"] == "invalid_grant"
    assert world.platform.refresh(given["refresh_token"]).status_code == 200


def test_tokens_are_not_mistaken_for_each_other(world: World) -> None:
    """A code, a refresh token and an ID token open nothing as access tokens, and the other way round."""
    code = world.platform.code(world.browser)
    given = world.platform.tokens(world.browser)
    for wrong in (code, given["refresh_token"], given["id_token"], "", "x", "é"):
        answer = world.platform.userinfo(wrong)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for wrong in (given["access_token"], code, given["id_token"]):
        assert world.platform.refresh(wrong).json["error"] == "invalid_grant"
    for wrong in (given["access_token"], given["refresh_token"]):
        assert world.platform.exchange(wrong).json["error"] == "invalid_grant"


def test_a_token_in_the_address_or_the_body_is_not_looked_at(world: World) -> None:
    """T-3, RFC 9700 §4.3.2: addresses are written to logs."""
    given = world.platform.tokens(world.browser)
    client = world.app.test_client()
    token = given["access_token"]
    assert client.get(f"/oauth/userinfo?access_token={token}", base_url=ISSUER).status_code == 401
    assert client.post("/oauth/userinfo", data={"access_token": token}, base_url=ISSUER).status_code == 401
    answer = client.post(
        f"/oauth/token?client_id={world.platform.id}",
        data={"grant_type": "refresh_token", "refresh_token": given["refresh_token"]},
        base_url=ISSUER,
    )
    assert answer.json["error"] == "invalid_request"


@ONE_ENGINE
@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic =",
        "Basic ////",
        "Basic " + "A" * 5000,
        "Basic gICA",
        "Bearer x",
        "Basic Og==",
        "Basic OmE=",
        "x",
    ],
)
def test_credentials_that_are_none(world: World, header: str) -> None:
    """401, never a fault."""
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        form = {"grant_type": "authorization_code", "code": "x", "token": "x"}
        answer = world.app.test_client().post(path, data=form, headers={"Authorization": header}, base_url=ISSUER)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), answer.text


def test_two_ways_to_say_who_it_is_are_refused(world: World) -> None:
    """RFC 6749 §2.3."""
    answer = world.platform.refresh("x", client_id=world.platform.id, client_secret=world.platform.secret)
    assert answer.json["error"] == "invalid_request"


@ONE_ENGINE
@pytest.mark.parametrize("grant_type", ["password", "client_credentials", "implicit", "", "urn:x", None])
def test_other_grants_are_not_there(world: World, grant_type: str | None) -> None:
    """RFC 9700 §2.4: no password is ever taken here."""
    answer = world.platform.call("/oauth/token", grant_type=grant_type, username="a", password="b")
    assert (answer.status_code, answer.json["error"]) == (400, "unsupported_grant_type")


def test_bodies_of_another_kind(world: World) -> None:
    """Only forms are read, and only small ones."""
    client = world.app.test_client()
    for content, kind in ((b"{}", "application/json"), (b"x", "text/plain"), (b"x", "multipart/form-data")):
        answer = client.post("/oauth/token", data=content, content_type=kind, base_url=ISSUER)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")
    assert client.post("/oauth/token", data={"code": "x" * MOST_BODY}, base_url=ISSUER).status_code == 413
    assert client.get("/oauth/token", base_url=ISSUER).status_code == 405


def test_n10_by_another_name_nothing_begins(world: World) -> None:
    """Under somebody else's host nobody is handed over."""
    client = world.app.test_client()
    client.set_cookie("__Host-muster", world.browser.secret or "", domain="evil.example", secure=True)
    answer = client.get("/oauth/authorize", query_string=world.platform.request(), base_url="https://evil.example")
    assert answer.status_code == 421


def test_m1_people_of_another_account_are_not_handed_over(
    world: World, app: Flask, database: Database, stranger: Scim
) -> None:
    """A client of one account never learns of anybody of another, whatever it asks."""
    foreign = a_customer(database)
    platform = a_platform(app, database, foreign.account_id)
    page = world.browser.get("/oauth/authorize", **platform.request())
    assert page.status_code == 200
    assert "Ana Álvarez" in page.text, "it is her own browser that says so"
    assert "/oauth/switch" in page.text
    silent = sent_back(world.browser.get("/oauth/authorize", **platform.request(prompt="none")))
    assert silent["error"] == "login_required"
    everybody = world.with_platform(None)
    named = everybody.browser.get("/oauth/authorize", **everybody.platform.request(account=foreign.account_id))
    assert "code" not in named.headers.get("Location", "")
    unknown = everybody.browser.get("/oauth/authorize", **everybody.platform.request(account="Nobody Ltd"))
    assert (named.status_code, unknown.status_code) == (200, 200), "nobody learns which accounts there are"


def test_m1_the_account_may_be_named(world: World) -> None:
    """By its id or its name; then only its people are handed over."""
    here = world.with_platform(None)
    for account in (world.account_id, world.customer.account_name, world.customer.account_name.upper()):
        assert "code" in sent_back(here.browser.get("/oauth/authorize", **here.platform.request(account=account)))


def test_a_made_up_session_is_nobody(world: World) -> None:
    """A cookie of another's making."""
    for secret in ("x" * 43, "", "../../etc", "a" * 500):
        answer = Browser(world.app, secret).get("/oauth/authorize", **world.platform.request(prompt="none"))
        assert sent_back(answer)["error"] == "login_required"


def test_a_client_that_keeps_failing_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """429, with when to try again; others go on."""
    monkeypatch.setattr(routes, "_FAILURES", Pace(burst=3, per_minute=1))
    wrong = world.with_platform(world.account_id).platform
    wrong.secret = "wrong"
    answers = [wrong.introspect_answer("x") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert world.platform.tokens(world.browser)["access_token"]
