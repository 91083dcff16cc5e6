"""Whoever has said who they are at /signin need not say it again at the provider; nobody else learns of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import structlog
from flask import Flask

from app import observe
from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.services import login_hints
from tests.conftest import settings_for
from tests.idp.oidc_provider import Provider
from tests.protocol.browser import Browser, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.oauth_client import a_platform
from tests.protocol.sign_in_world import KEYS, World, asked

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[Flask]:
    made = create_app(
        settings_for(
            database_url,
            public_url=PUBLIC_URL,
            log_level="info",
            private_targets="127.0.0.0/8",
            signin_requests_per_minute=600,
        )
    )
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


def start_of(world: World, browser: Browser, connection: str, email: str) -> str:
    """The address of ours to which whoever enters an e-mail is led."""
    world.prove(email.partition("@")[2], connection)
    return led_to(browser.send("/signin", email=email))


def asked_for(browser: Browser, start: str) -> dict[str, list[str]]:
    """What the provider is sent."""
    answer = browser.open(start)
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def an_address() -> str:
    return f"ana@d{uuid4().hex[:12]}.example"


def test_o01_the_address_is_handed_on_to_the_openid_provider(world: World) -> None:
    email, browser = an_address(), world.browser()
    with Provider() as provider:
        oidc = world.oidc(provider)
        start = start_of(world, browser, oidc.id, email)
        assert email not in start
        assert "ana" not in parse_qs(urlsplit(start).query)["hint"][0]
        assert asked_for(browser, start)["login_hint"] == [email]
        assert "login_hint" not in asked_for(browser, f"/sso/{oidc.id}/start")


def test_o01_a_hint_is_of_one_connection_and_a_while(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else makes one either: what is not ours is as if it were not there."""
    email, browser = an_address(), world.browser()
    with Provider() as provider:
        one, two = world.oidc(provider), world.oidc(provider)
        start = start_of(world, browser, one.id, email)
        assert "login_hint" not in asked_for(browser, start.replace(one.id, two.id))
        for wrong in ("", "x", email, "a.b.c", "\x00"):
            query = {"hint": wrong}
            answer = browser.open(f"/sso/{one.id}/start", query_string=query)
            assert "login_hint" not in answer.headers["Location"], wrong
        late = now() + timedelta(minutes=11)
        monkeypatch.setattr("app.services.login_hints.now", lambda: late)
        assert "login_hint" not in asked_for(browser, start)


def test_s40_a_saml_request_names_it_only_where_the_connection_says_so(world: World) -> None:
    email, browser = an_address(), world.browser()
    off, on = world.saml(), world.saml(saml={"sends_login_hint": True})
    assert (
        asked(browser.open(start_of(world, browser, off.id, email)).headers["Location"]).request.find(f"{SAML}Subject")
        is None
    )
    answer = browser.open(start_of(world, browser, on.id, email))
    request = asked(answer.headers["Location"]).request
    [named] = request.findall(f"{SAML}Subject/{SAML}NameID")
    assert (named.text, named.get("Format")) == (email, "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
    children = [one.tag.partition("}")[2] for one in request]
    assert children.index("Subject") == children.index("NameIDPolicy") - 1  # the order of the schema
    assert asked(browser.open(f"/sso/{on.id}/start").headers["Location"]).request.find(f"{SAML}Subject") is None


def test_a04_the_address_is_in_no_log_and_no_row(
    world: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another application of this process may have said last what is logged, and where.
    observe.configure_logs("info")
    monkeypatch.setattr(observe, "LOG", structlog.get_logger())
    email, browser = an_address(), world.browser()
    with Provider() as provider:
        oidc = world.oidc(provider, creates_people=True)
        start = start_of(world, browser, oidc.id, email)
        oidc.provider.person |= {"sub": f"s-{uuid4().hex}"}
        url = browser.open(start).headers["Location"]
        oidc.call_back(browser, oidc.answer(url))
    said = "".join(capfd.readouterr())
    assert said
    assert email not in said
    assert email not in json.dumps([list(map(str, row)) for row in world.events()])


def test_o01_the_hint_of_a_platform_goes_on(world: World) -> None:
    """Who was asked by the platform is not asked again by us, nor by their provider."""
    email, browser = an_address(), world.browser()
    with Provider() as provider:
        oidc = world.oidc(provider)
        world.prove(email.partition("@")[2], oidc.id)
        platform = a_platform(world.app, world.database, world.account_id)
        answer = browser.open("/oauth/authorize", query_string=platform.request(login_hint=email))
        assert asked_for(browser, led_to(answer))["login_hint"] == [email]


@pytest.mark.parametrize("address", ["", "a" * 321, "ana@acme.example\r\nx", "\x00"])
def test_what_is_no_address_is_no_hint(address: str) -> None:
    assert login_hints.sealed(KEYS, "c", address) is None
