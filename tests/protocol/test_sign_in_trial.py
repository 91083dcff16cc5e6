"""Test runs of a connection (R-8), and that nothing secret is left behind by any sign-in (A-1, A-4)."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from click.testing import CliRunner
from flask import Flask

from app import cli, observe
from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.services import connection_tests, provider_logout, sign_in_cases
from app.stores.sign_in import ATTEMPTS, MESSAGES, TICKETS
from tests.conftest import KEY, settings_for
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.saml_idp import SamlIdp
from tests.idp.saml_keys import rsa_pair
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import (
    EVENTS,
    KEYS,
    LINKS,
    LOGOUT,
    SESSIONS,
    TRACES,
    USERS,
    Saml,
    World,
    asked,
    earlier,
    local,
)
from tests.protocol.test_sign_in_saml import Unchanged, is_refused


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[Flask]:
    """The application, which may call providers on this machine and writes a line for each request."""
    made = create_app(
        settings_for(database_url, public_url=PUBLIC_URL, log_level="info", private_targets="127.0.0.0/8")
    )
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as listening:
        yield listening


def opened(world: World, connection_id: str) -> tuple[str, str]:
    """A test run: its id and the address to open."""
    with world.database.writing() as session:
        started = connection_tests.start(session, KEYS, world.account_id, PUBLIC_URL, connection_id)
    return started.id, local(started.address)


def result(world: World, connection_id: str, test: str) -> connection_tests.Result:
    with world.database.reading() as session:
        return connection_tests.result(session, KEYS, world.account_id, connection_id, test)


def tried(saml: Saml, **said: Any) -> tuple[str, Any]:
    """A whole test run by SAML: its id and the last page."""
    test, path = opened(saml.world, saml.id)
    browser = saml.world.browser()
    begun = asked(browser.open(path).headers["Location"])
    answer = saml.post(browser, saml.message(begun.request_id, **said), begun.relay_state)
    page = saml.follow(browser, answer)
    assert saml.world.who(browser) is None
    return test, page


def test_r08_a_test_signs_nobody_in_and_makes_nobody(world: World) -> None:
    """Also while the connection is off; the result says who it would have been."""
    saml = world.saml(enabled=False, creates_people=True)
    state = Unchanged(world)
    test, page = tried(saml, attributes={"displayName": ["Ana"]})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "worked" in page.text
    assert not any(cookie.startswith("__Host-muster=") for cookie in page.headers.getlist("Set-Cookie"))
    state.check()
    found = result(world, saml.id, test)
    assert found.state == "passed"
    assert found.link is not None
    assert found.link["how"] == "created"
    assert found.preview is not None
    assert found.preview.profile.display_name == "Ana"
    assert not world.events("sign_in.accepted")
    assert not world.events("sign_in.refused")


def test_r08_what_failed_is_told_to_who_began(world: World) -> None:
    saml = world.saml(enabled=False, creates_people=True)
    state = Unchanged(world)

    def bend(root: Any) -> None:
        root.find(".//{*}Audience").text = "https://another.example"

    test, page = tried(saml, bend=bend)
    assert page.status_code == 200
    assert "failed" in page.text
    found = result(world, saml.id, test)
    assert (found.state, found.trace and found.trace.reason) == ("refused", "audience")
    assert not found.is_about_person
    state.check()


def test_r08_the_command_prints_what_was_said(world: World, database_url: str) -> None:
    """Of a test that has passed, and of one whose content was refused."""
    saml = world.saml(enabled=False, creates_people=True)
    environment = {"MUSTER_DATABASE_URL": database_url, "MUSTER_SECRET_KEY": KEY}
    for at, code, clock in ((now(), 0, "agrees with ours"), (earlier(20), 1, "behind ours")):
        test, _ = tried(saml, at=at, attributes={"favouriteColour": ["teal"]})
        words = ["connection", "test", world.customer.account_name, saml.id, test]
        said = CliRunner().invoke(cli.main, words, env=environment)
        assert said.exit_code == code, said.output
        for word in ("favouriteColour", "teal", '"subject": "u-17"', clock):
            assert word in said.output


def test_r08_what_was_said_is_shown_though_it_was_refused(world: World) -> None:
    """The signature was good: whom it speaks of, the attributes, and how far the provider's clock is off."""
    saml = world.saml(enabled=False, creates_people=True)
    said = {"name_id": "u-9", "attributes": {"displayName": ["Ana"]}}
    late, _ = tried(saml, at=earlier(20), **said)
    found = result(world, saml.id, late)
    assert found.trace is not None
    assert found.trace.claims is not None
    assert (found.state, found.trace.reason) == ("refused", "time")
    assert (found.trace.claims["subject"], found.trace.claims["attributes"]) == ("u-9", {"displayName": ["Ana"]})
    assert 1190 <= -(found.trace.skew_seconds or 0) <= 1230
    assert found.trace.clock is not None
    assert "behind ours" in found.trace.clock
    assert found.preview is not None
    assert found.preview.profile.display_name == "Ana"

    def without_subject(root: Any) -> None:
        root.find(".//{*}Audience").text = "https://another.example"
        root.find(".//{*}NameID").set("SPNameQualifier", "https://another.example")

    unnamed, _ = tried(saml, bend=without_subject, **said)
    found = result(world, saml.id, unnamed)
    assert found.preview is not None
    assert (found.preview.decoded["subject"], found.preview.profile.display_name) == ("", "Ana")

    forged, _ = tried(Saml(world, saml.id, SamlIdp(rsa_pair("thief"))), **said)
    found = result(world, saml.id, forged)
    assert found.trace is not None
    assert (found.trace.reason, found.trace.claims, found.trace.clock, found.preview) == ("signature", None, None, None)
    assert not world.rows(LINKS)


def test_r08_what_a_token_says_is_shown_though_it_was_refused(world: World, provider: Provider) -> None:
    oidc = world.oidc(provider, enabled=False, creates_people=True)
    provider.claims["iat"] = int(time.time()) + 3600
    test, path = opened(world, oidc.id)
    browser = world.browser()
    oidc.call_back(browser, oidc.answer(browser.open(path).headers["Location"]))
    found = result(world, oidc.id, test)
    assert found.trace is not None
    assert (found.state, found.trace.reason) == ("refused", "time")
    assert found.trace.claims is not None
    assert found.trace.claims["subject"] == provider.person["sub"]
    assert 3590 <= (found.trace.skew_seconds or 0) <= 3610
    assert found.preview is not None


def test_r08_whom_nobody_knows(world: World) -> None:
    """Linking is decided as for a sign-in."""
    saml = world.saml(enabled=False, directory=world.customer.directory_id, join_external_id="eid")
    test, page = tried(saml, attributes={"eid": ["e-1"]})
    assert "answer is right" in page.text, "who administers the provider has nothing to repair"
    assert "failed" not in page.text
    assert "/setup/" not in page.text, "it was begun elsewhere"
    found = result(world, saml.id, test)
    assert (found.state, found.is_about_person) == ("refused", True)
    ana = world.push(externalId="e-1")
    test, page = tried(saml, attributes={"eid": ["e-1"]})
    found = result(world, saml.id, test)
    assert found.state == "passed"
    assert found.link is not None
    assert (found.link["how"], found.link["user_id"]) == ("external_id", ana)
    assert world.rows(LINKS) == []


def test_r08_the_address_is_good_once_and_for_its_connection(world: World) -> None:
    saml, other = world.saml(enabled=False), world.saml(enabled=False)
    _, path = opened(world, saml.id)
    browser = world.browser()
    assert browser.open(path.replace(saml.id, other.id)).status_code == 404
    assert browser.open(path).status_code == 303
    assert browser.open(path).status_code == 404
    assert browser.open(f"/sso/{saml.id}/start?test=unknown").status_code == 404


def test_r08_in_no_other_browser(world: World) -> None:
    saml = world.saml(enabled=False, creates_people=True)
    _, path = opened(world, saml.id)
    begun = asked(world.browser().open(path).headers["Location"])
    other = world.browser()
    answer = saml.post(other, saml.message(begun.request_id), begun.relay_state)
    is_refused(world, saml.follow(other, answer), "browser", 404)


def test_r08_by_openid_connect(world: World, provider: Provider) -> None:
    oidc = world.oidc(provider, enabled=False, creates_people=True)
    state = Unchanged(world)
    for works in (True, False):
        test, path = opened(world, oidc.id)
        browser = world.browser()
        url = browser.open(path).headers["Location"]
        if not works:
            provider.replies["/token"] = Reply(500)
        page = oidc.call_back(browser, oidc.answer(url))
        assert page.status_code == 200, page.text
        assert ("worked" in page.text) is works
        assert result(world, oidc.id, test).state == ("passed" if works else "refused")
        assert world.who(browser) is None
    state.check()


def test_a04_no_secret_of_a_sign_in_is_left_anywhere(
    world: World, provider: Provider, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign in, fail, sign out: no log line, event, trace or row has what could be used again."""
    # Loggers are configured once in a process, by whichever test came first.
    logger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=structlog.get_config()["processors"],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    for module in (observe, sign_in_cases, provider_logout):
        monkeypatch.setattr(module, "LOG", logger)
    saml = world.saml(creates_people=True, saml={"logout_url": LOGOUT})
    oidc = world.oidc(provider, creates_people=True)
    secrets: set[str] = set()

    def keep(*values: str | None) -> None:
        secrets.update(value for value in values if value)

    browser = world.browser()
    for message in ("right", "wrong"):
        begun = saml.begin(browser, return_to="/me")
        text = saml.message(begun.request_id if message == "right" else "_other", attributes={"email": ["a@b.example"]})
        answer = saml.post(browser, text, begun.relay_state)
        keep(begun.relay_state, text, text[:60], browser.cookie("muster-flow"))
        if answer.status_code == 303:
            keep(answer.headers["Location"].partition("ticket=")[2])
            saml.follow(browser, answer)
        keep(browser.cookie("muster"))
    browser.send("/signout")
    for claims in ({}, {"aud": "another"}):
        provider.claims = claims
        url = oidc.begin(browser)
        pairs = dict(oidc.answer(url))
        keep(pairs["state"], pairs["code"], *re.findall(r"nonce=([^&]+)", url), browser.cookie("muster-flow"))
        oidc.call_back(browser, [*pairs.items()])
        keep(browser.cookie("muster"))
    provider.claims = {}
    hint = browser.send("/signout").text.partition("id_token_hint=")[2].partition("&")[0]
    keep(hint, provider.client_secret)
    token = provider.logout_token()
    world.app.test_client().post(
        f"/sso/{oidc.id}/backchannel-logout", base_url=PUBLIC_URL, data={"logout_token": token}
    )
    keep(token)
    for arrival in provider.arrivals:
        keep(arrival.form.get("code_verifier"), arrival.headers.get("authorization"))
    assert len(secrets) > 15
    assert all(len(secret) > 15 for secret in secrets)
    written = capfd.readouterr()
    tables = (EVENTS, TRACES, USERS, LINKS, SESSIONS, ATTEMPTS, TICKETS, MESSAGES)
    rows = "\n".join(str([*row]) for table in tables for row in world.rows(table))
    assert '/acs"' in written.err
    assert "sign_in.refused" in written.err
    for secret in secrets:
        assert secret not in written.err
        assert secret not in written.out
        assert secret not in rows
    for path in re.findall(r'"path":"([^"]*)"', written.err):
        assert "?" not in path


def test_a01_one_event_for_each_sign_in(world: World) -> None:
    """Accepted and refused, with reason, connection, hashed subject and address, in a trail that holds."""
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    begun = saml.begin(browser)
    saml.post(browser, saml.message("_x"), begun.relay_state)
    [accepted], [refused] = world.events("sign_in.accepted"), world.events("sign_in.refused")
    assert accepted.after["address"] == refused.after["address"] == "127.0.0.1"
    assert refused.after["reason"] == "request"
    assert refused.after["connection"] == saml.id
    assert len(accepted.after["subject"]) == 64
    world.verify()


def test_m04_nothing_of_one_account_is_good_in_another(world: World, app: Flask, database: Database) -> None:
    """Requests, tickets and used messages are of their connection; the same ids elsewhere are others."""
    stranger = World(app, database)
    mine, theirs = world.saml(creates_people=True), stranger.saml(creates_people=True)
    browser = world.browser()
    begun = mine.begin(browser)
    is_refused(stranger, theirs.post(browser, theirs.message(begun.request_id), begun.relay_state), "request")
    path = local(mine.post(browser, mine.message(begun.request_id), begun.relay_state).headers["Location"])
    is_refused(stranger, browser.open(path.replace(mine.id, theirs.id)), "request")
    assert browser.open(path).status_code == 303
    for saml in (mine, theirs):
        one = saml.world.browser()
        first = saml.begin(one)
        assert saml.post(one, saml.message(first.request_id, id="_the-same"), first.relay_state).status_code == 303
