"""A client's tokens live as long as the person's session here, and a client can ask for a new proof, or for its end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.oauth.interaction import SINCE
from app.services import account_settings, person_sessions
from app.services.oauth_clients import revoke
from app.web.returning import local_address
from tests.builders import Customer, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL, Scim
from tests.protocol.oauth_client import BYE, COOKIE, ISSUER, KEYS, Browser, Platform, query_of, sent_back, sign_in
from tests.protocol.oauth_world import World, a_world

HERE = "/oauth/authorize"


@pytest.fixture
def world(app: Flask, database: Database, customer: Customer, scim: Scim) -> World:
    """An account of its own."""
    return a_world(app, database, customer, scim)


def dead(world: World, given: dict[str, Any], platform: Platform | None = None) -> bool:
    """Whether nothing that was given counts any more."""
    asking = platform or world.platform
    return (
        asking.introspect(given["access_token"]) == {"active": False}
        and asking.introspect(given["refresh_token"]) == {"active": False}
        and asking.userinfo(given["access_token"]).status_code == 401
        and asking.refresh(given["refresh_token"]).json["error"] == "invalid_grant"
    )


def test_n4_a_deactivated_persons_tokens_die_at_once_in_every_worker(world: World, database_url: str) -> None:
    """By PATCH, PUT, Bulk and DELETE of SCIM; asked of another process of the same installation."""
    elsewhere = create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error"))
    off = {"op": "replace", "path": "active", "value": False}
    ways = {
        "PATCH": lambda id: world.scim.patch(f"/Users/{id}", a_patch(off)),
        "PUT": lambda id: world.scim.put(f"/Users/{id}", a_user(f"put-{id}@acme.example", active=False)),
        "BULK": lambda id: world.scim.post(
            "/Bulk",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [{"method": "PATCH", "path": f"/Users/{id}", "data": a_patch(off)}],
            },
        ),
        "DELETE": lambda id: world.scim.delete(f"/Users/{id}"),
    }
    other = Platform(elsewhere, world.platform.id, world.platform.secret)
    for name, leave in ways.items():
        user_id = world.scim.create("/Users", a_user())["id"]
        begun = sign_in(world.database, world.account_id, user_id)
        browser = Browser(world.app, begun.secret)
        given, code = world.platform.tokens(browser), world.platform.code(browser)
        assert other.introspect(given["access_token"])["active"] is True
        assert leave(user_id).status_code // 100 == 2, name
        assert dead(world, given, other), name
        assert other.exchange(code).json["error"] == "invalid_grant", name
        request = other.request(prompt="none")
        assert sent_back(Browser(elsewhere, begun.secret).get(HERE, **request))["error"] == "login_required", name


def test_n4_a_suspended_accounts_tokens_die_at_once(world: World) -> None:
    """All of them, and they do not come back with the account."""
    given = world.platform.tokens(world.browser)
    for suspended in (True, False):
        with world.database.writing() as session:
            account_settings.set_suspended(session, world.account_id, suspended=suspended)
        assert world.platform.introspect(given["access_token"]) == {"active": False}


def test_n6_whoever_signs_out_here_is_out_of_the_platform(world: World) -> None:
    """One session's tokens die, those of another browser live on."""
    given, other = world.platform.tokens(world.browser), world.again()
    kept = other.platform.tokens(other.browser)
    world.end_session()
    assert dead(world, given)
    assert world.platform.introspect(kept["access_token"])["active"] is True


def test_n3_no_token_outlives_its_session(world: World) -> None:
    """What is told of when it ends is true, and afterwards it has ended."""
    ends = now() + timedelta(seconds=100)
    here = world.again(not_after=ends)
    given = here.platform.tokens(here.browser)
    assert given["expires_in"] <= 100
    for token in (given["access_token"], given["refresh_token"]):
        assert here.platform.introspect(token)["exp"] <= int(ends.timestamp())
    here.set_session(ends=now() - timedelta(seconds=1))
    assert dead(here, given)


def test_a_revoked_clients_tokens_die(world: World) -> None:
    """All at once, and nobody is handed over any more."""
    given = world.platform.tokens(world.browser)
    with world.database.writing() as session:
        revoke(session, world.account_id, world.platform.id)
    assert world.platform.userinfo(given["access_token"]).status_code == 401
    assert world.platform.refresh(given["refresh_token"]).status_code == 401
    assert world.browser.get(HERE, **world.platform.request()).status_code == 400


def test_a_client_gives_tokens_back(world: World) -> None:
    """RFC 7009: the access token alone, the refresh token with all of its family; what is unknown is fine, too."""
    given = world.platform.tokens(world.browser)
    assert world.platform.call("/oauth/revoke", token=given["access_token"]).status_code == 200
    assert world.platform.introspect(given["access_token"]) == {"active": False}
    again = world.platform.refresh(given["refresh_token"]).json
    hint = {"token_type_hint": "access_token"}
    assert world.platform.call("/oauth/revoke", token=again["refresh_token"], **hint).status_code == 200
    assert dead(world, again)
    assert world.platform.call("/oauth/revoke", token="unknown").status_code == 200
    assert world.platform.call("/oauth/revoke", other="x").json["error"] == "invalid_request"


def test_a_public_client_cannot_introspect(world: World) -> None:
    """Whoever keeps no secret could be anybody (RFC 7662 §2.1)."""
    here = world.with_platform(world.account_id, auth_method="none")
    given = here.platform.tokens(here.browser)
    assert here.platform.introspect_answer(given["access_token"]).status_code == 401


def sent_to_prove(answer: TestResponse) -> str:
    """The address to which somebody returns who has to prove anew who they are."""
    assert answer.status_code == 303, answer.text
    there = urlsplit(answer.headers["Location"])
    assert there.path == "/signin/local"
    asked = parse_qs(there.query)
    assert asked["step_up"] == ["1"]
    [back] = asked["return_to"]
    assert local_address(back) == back
    return back


@pytest.mark.parametrize(
    "wish", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "60"}, {"max_age": "0"}]
)
def test_n7_a_client_may_ask_for_a_new_proof(world: World, wish: dict[str, str]) -> None:
    """Then the sign-in from before is not enough; the new one is, and its time is in the ID token."""
    world.set_session(authenticated=now() - timedelta(minutes=5))
    back = sent_to_prove(world.browser.get(HERE, **world.platform.request(**wish)))
    again = world.browser.get(back)
    assert sent_back(again)["error"] == "login_required", "who was not asked anew is not sent round in circles"
    with world.database.writing() as session:
        found = person_sessions.find(session, KEYS, world.browser.secret or "", now())
        assert found is not None
        secret = person_sessions.prove_anew(session, KEYS, found, methods=["pwd"], authenticated=now())
    page = Browser(world.app, secret).get(back)
    [there] = re.findall(r'content="0; url=([^"]+)"', page.text)
    given = world.platform.exchange(query_of(there.replace("&amp;", "&"))["code"]).json
    claims = world.platform.claims(given["id_token"])
    assert now().timestamp() - claims["auth_time"] < 60
    assert claims["amr"] == ["pwd"]


def test_n7_what_a_client_asks_cannot_be_softened_on_the_way(world: World) -> None:
    """The sealed moment is good for the very request, and nobody else makes one."""
    world.set_session(authenticated=now() - timedelta(minutes=5))
    back = sent_to_prove(world.browser.get(HERE, **world.platform.request(prompt="login")))
    world.set_session(authenticated=now())
    for other in ({"scope": "openid"}, {"state": "other"}, {SINCE: "made-up"}):
        asked = query_of(back) | other
        sent_to_prove(world.browser.get(HERE, **asked))


def test_a_fresh_enough_sign_in_is_enough(world: World) -> None:
    """max_age is about when somebody proved who they are."""
    assert "code" in sent_back(world.browser.get(HERE, **world.platform.request(max_age="60", prompt="consent")))


def test_nobody_is_asked_with_prompt_none(world: World) -> None:
    """Signed in and fresh enough, or an error (OpenID Connect Core §3.1.2.6)."""
    silent = world.platform.request(prompt="none")
    assert "code" in sent_back(world.browser.get(HERE, **silent))
    assert sent_back(Browser(world.app).get(HERE, **silent))["error"] == "login_required"
    world.set_session(authenticated=now() - timedelta(minutes=5))
    stale = world.platform.request(prompt="none", max_age="60")
    assert sent_back(world.browser.get(HERE, **stale))["error"] == "login_required"


def test_an_id_token_hints_at_who_is_meant(world: World) -> None:
    """Whoever else is signed in is not handed over for her (OpenID Connect Core §3.1.2.1)."""
    hint = world.platform.tokens(world.browser)["id_token"]
    asked = world.platform.request(prompt="none", id_token_hint=hint)
    assert "code" in sent_back(world.browser.get(HERE, **asked))
    other = world.scim.create("/Users", a_user())["id"]
    browser = Browser(world.app, sign_in(world.database, world.account_id, other).secret)
    assert sent_back(browser.get(HERE, **asked))["error"] == "login_required"
    foreign = world.with_platform(world.account_id).platform
    assert sent_back(world.browser.get(HERE, **foreign.request(id_token_hint=hint)))["error"] == "invalid_request"


def test_whoever_signs_in_comes_back(world: World) -> None:
    """Through an address of ours that keeps the whole request."""
    request = world.platform.request(state="ä & = / ?", prompt="login")
    answer = Browser(world.app).get(HERE, **request)
    there = urlsplit(answer.headers["Location"])
    assert (answer.status_code, there.path) == (303, "/signin")
    [back] = parse_qs(there.query)["return_to"]
    assert local_address(back) == back
    assert request.items() <= query_of(back).items()
    page = world.browser.get(back)
    [there_again] = re.findall(r'content="0; url=([^"]+)"', page.text)
    found = query_of(there_again.replace("&amp;", "&"))
    assert found["state"] == "ä & = / ?"
    assert world.platform.exchange(found["code"]).status_code == 200


def form_token(page: str) -> str:
    """What a form of ours has to carry."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def field(page: str, name: str) -> str:
    """A hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, page
    return found[1].replace("&amp;", "&")


def press(world: World, path: str, **form: str) -> TestResponse:
    """Send a form of ours."""
    client = world.app.test_client()
    client.set_cookie(COOKIE, world.browser.secret or "", domain="muster.example.test", secure=True)
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": ISSUER}
    return client.post(path, data=form, headers=headers, base_url=ISSUER)


def test_n6_a_client_ends_the_session_with_its_id_token(world: World) -> None:
    """RP-Initiated Logout §2: at once, with the state, to a registered address; the cookie is taken back."""
    given = world.platform.tokens(world.browser)
    asked = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": BYE, "state": "s 1"}
    answer = world.browser.get("/oauth/logout", **asked)
    assert sent_back(answer, BYE) == {"state": "s 1"}
    assert f"{COOKIE}=;" in answer.headers["Set-Cookie"]
    assert dead(world, given)
    assert sent_back(world.browser.get(HERE, **world.platform.request(prompt="none")))["error"] == "login_required"
    assert sent_back(world.browser.get("/oauth/logout", **asked), BYE) == {"state": "s 1"}, "again"
    assert len(world.audited("session.ended")) == 1


def test_n6_a_client_may_post_its_wish(world: World) -> None:
    """The cookie comes with the page that follows."""
    given = world.platform.tokens(world.browser)
    asked = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": BYE}
    there = Browser(world.app).post("/oauth/logout", **asked)
    assert there.status_code == 303
    assert sent_back(world.browser.get(there.headers["Location"]), BYE) == {}
    assert dead(world, given)


def test_n8_nobody_elses_page_signs_anybody_out(world: World) -> None:
    """Without a hint, or with that of another session, the person is asked; a form from elsewhere is refused."""
    other = world.again()
    hint = other.platform.tokens(other.browser)["id_token"]
    given = world.platform.tokens(world.browser)
    for asked in ({}, {"client_id": world.platform.id}, {"id_token_hint": hint}):
        page = world.browser.get("/oauth/logout", **asked)
        assert page.status_code == 200
        assert "Ana Álvarez" in page.text
    world.browser.post("/oauth/logout/confirm", wish="x")
    assert world.platform.introspect(given["access_token"])["active"] is True
    done = press(world, "/oauth/logout/confirm", form_token=form_token(page.text), wish=field(page.text, "wish"))
    assert done.status_code == 303
    assert dead(world, given)


def test_who_confirms_is_led_back(world: World) -> None:
    """To a registered address of the client that was named."""
    asked = {"client_id": world.platform.id, "post_logout_redirect_uri": BYE, "state": "x"}
    page = world.browser.get("/oauth/logout", **asked)
    form = {"form_token": form_token(page.text), "wish": field(page.text, "wish")}
    done = press(world, "/oauth/logout/confirm", **form)
    assert f"url={BYE}?state=x" in done.text
    page = world.again().browser.get("/oauth/logout")
    assert press(world, "/oauth/logout/confirm", form_token=form_token(page.text), wish="x").status_code in (303, 403)


@pytest.mark.parametrize("address", ["https://evil.example", f"{BYE}/", f"{BYE}?x=1", "javascript:alert(1)", ""])
def test_s44_after_signing_out_nobody_is_led_elsewhere(world: World, address: str) -> None:
    """RP-Initiated Logout §3: only to what is registered, as it is."""
    given = world.platform.tokens(world.browser)
    answer = world.browser.get("/oauth/logout", id_token_hint=given["id_token"], post_logout_redirect_uri=address)
    assert answer.headers["Location"] == "/signin?over=1"
    assert dead(world, given)


def test_a_hint_that_is_not_ours_is_refused(world: World) -> None:
    """§4: changed, made up, or of another client than named; nothing ends."""
    given = world.platform.tokens(world.browser)
    other = world.with_platform(world.account_id).platform
    token = given["id_token"]
    for asked in (
        {"id_token_hint": token[:-4] + "AAAA"},
        {"id_token_hint": "x.y.z"},
        {"id_token_hint": given["access_token"]},
        {"id_token_hint": token, "client_id": other.id},
    ):
        assert world.browser.get("/oauth/logout", **asked).status_code == 400
    assert world.platform.introspect(given["access_token"])["active"] is True


def test_another_person_can_take_the_place(world: World, database: Database) -> None:
    """Whoever is signed in as somebody else signs out and comes back to the request."""
    here = world.with_platform(None)
    page = here.browser.get(HERE, **here.platform.request(account="somebody else's"))
    back = field(page.text, "return_to")
    done = press(here, "/oauth/switch", form_token=form_token(page.text), return_to=back)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/signin?return_to=%2Foauth%2Fauthorize")
    assert sent_back(here.browser.get(HERE, **here.platform.request(prompt="none")))["error"] == "login_required"
