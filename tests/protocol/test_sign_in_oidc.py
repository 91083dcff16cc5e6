"""Sign-ins by OpenID Connect over HTTP, with a provider that listens: state, browsers, failures, what it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from app.compose import create_app
from app.db import Database
from app.fetching import DOCUMENT
from app.models.base import now
from app.stores.sign_in import ATTEMPTS
from tests.conftest import settings_for
from tests.idp.oidc_provider import Provider, Reply
from tests.idp.oidc_signing import rsa_key
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.browser import Browser
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.oauth_client import Browser as PlatformBrowser
from tests.protocol.oauth_client import a_platform
from tests.protocol.sign_in_world import LINKS, Oidc, World
from tests.protocol.test_sign_in_saml import Unchanged, is_refused, race


@pytest.fixture(scope="module")
def app(reaching_app: Flask) -> Flask:
    """It may call providers on this machine."""
    return reaching_app


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    return World(app, database)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as listening:
        yield listening


@pytest.fixture
def oidc(world: World, provider: Provider) -> Oidc:
    """A connection that creates people."""
    return world.oidc(provider, creates_people=True)


def test_a_sign_in_from_its_beginning_to_the_own_page(world: World, oidc: Oidc) -> None:
    browser = world.browser()
    answer = oidc.sign_in(browser, {"return_to": "/me?x=1"})
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/me?x=1"), answer.text
    person = world.who(browser)
    assert person is not None
    user = world.user(person.user_id)
    assert (user.origin, user.user_name) == ("sso", "mallory")
    assert "Mallory Müller" in user.document
    [accepted] = world.events("sign_in.accepted")
    assert accepted.after["connection"] == oidc.id
    [trace] = world.traces()
    assert trace.outcome == "accepted"
    assert browser.open("/me").status_code == 200
    world.verify()


def test_o03_o04_state_is_ours_used_once_and_of_this_connection(world: World, oidc: Oidc, provider: Provider) -> None:
    """Missing, empty, unknown, repeated or foreign; also where the provider says that something failed."""
    other, browser, state = world.oidc(provider, creates_people=True), world.browser(), Unchanged(world)
    pairs = oidc.answer(oidc.begin(browser))
    without = [(name, value) for name, value in pairs if name != "state"]
    for wrong in ([], [("state", "")], [("state", "x" * 43)], [("state", "a"), ("state", "b")], [("state", "\0é")]):
        is_refused(world, oidc.call_back(browser, [*without, *wrong]), "request")
        is_refused(world, oidc.call_back(browser, [("error", "access_denied"), *wrong]), "request")
    is_refused(world, other.call_back(browser, pairs), "request")
    state.check()
    assert provider.count("/token") == 0
    # None of this has used it up.
    assert oidc.call_back(browser, pairs).status_code == 303


def test_o03_after_ten_minutes(world: World, oidc: Oidc, provider: Provider) -> None:
    browser = world.browser()
    pairs = oidc.answer(oidc.begin(browser))
    with world.database.writing() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(ATTEMPTS).where(ATTEMPTS.c.connection_id == oidc.id).values(expires=past))
    is_refused(world, oidc.call_back(browser, pairs), "request")
    assert provider.count("/token") == 0


def test_o03_nothing_secret_is_in_cookies_or_readable(world: World, oidc: Oidc) -> None:
    """Nonce and code verifier stay here, sealed; the browser carries a random secret."""
    browser = world.browser()
    url = oidc.begin(browser)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43
    [row] = world.rows(ATTEMPTS)
    for value in (asked["state"], asked["nonce"], browser.cookie("muster-flow")):
        assert value is not None
        assert value not in str(row)
    assert asked["nonce"] != browser.cookie("muster-flow") != asked["state"]


def test_s42_another_browser(world: World, oidc: Oidc, provider: Provider) -> None:
    """An answer that was made for one browser is nothing in another (login CSRF); no code is exchanged."""
    mine, other, state = world.browser(), world.browser(), Unchanged(world)
    oidc.begin(other)
    for victim in (other, world.browser()):
        pairs = oidc.answer(oidc.begin(mine))
        is_refused(world, oidc.call_back(victim, pairs), "browser")
        is_refused(world, oidc.call_back(mine, pairs), "replay")
    assert provider.count("/token") == 0
    state.check()


def test_o05_mix_up(world: World, oidc: Oidc, provider: Provider) -> None:
    """``iss`` of the answer is compared, and missed where it was promised."""
    browser, state = world.browser(), Unchanged(world)
    for bent in (
        lambda pairs: [(name, value if name != "iss" else "https://evil.example") for name, value in pairs],
        lambda pairs: [(name, value) for name, value in pairs if name != "iss"],
    ):
        provider.callback = bent
        is_refused(world, oidc.call_back(browser, oidc.answer(oidc.begin(browser))), "issuer")
    assert provider.count("/token") == 0
    state.check()


def test_o06_the_host_header_changes_nothing(world: World, oidc: Oidc) -> None:
    """Addresses are made of what was configured; another host is not answered at all."""
    answer = world.browser().open(f"/sso/{oidc.id}/start", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    url = oidc.begin(world.browser())
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [f"{PUBLIC_URL}/sso/{oidc.id}/callback"]


def test_o07_a_replayed_answer(world: World, oidc: Oidc, provider: Provider) -> None:
    """Refused without another token request, in the same browser and in others, and at the same moment."""
    browser = world.browser()
    pairs = oidc.answer(oidc.begin(browser))
    assert oidc.call_back(browser, pairs).status_code == 303
    assert provider.count("/token") == 1
    again = oidc.call_back(browser, pairs)
    is_refused(world, again, "replay")
    assert f"/sso/{oidc.id}/start?" in again.text
    elsewhere = oidc.call_back(world.browser(), pairs)
    is_refused(world, elsewhere, "replay")
    assert f"/sso/{oidc.id}/start?" not in elsewhere.text
    assert provider.count("/token") == 1
    for _ in range(3):
        pairs, flow = oidc.answer(oidc.begin(browser)), browser.cookie("muster-flow")
        browsers = [world.browser() for _ in range(3)]
        for one in browsers:
            one.keep("muster-flow", flow or "")
        before = provider.count("/token")
        found = race(*[lambda one=one, pairs=pairs: oidc.call_back(one, pairs) for one in browsers])  # type: ignore[misc]
        assert found == [303, 403, 403]
        assert provider.count("/token") == before + 1


def test_o33_a_provider_that_fails_is_no_fault_of_ours(world: World, oidc: Oidc, provider: Provider) -> None:
    """A page with a reference, in time; and again and again, until it is left alone for a while."""
    browser, state = world.browser(), Unchanged(world)
    for reply in (Reply(500), Reply(200, b"no json"), Reply(302, headers={"Location": "http://127.0.0.1:1/"})):
        provider.replies["/token"] = reply
        is_refused(world, oidc.sign_in(browser), "provider", 502)
    provider.replies = {"/token": Reply(400, b'{"error": "invalid_grant"}', {"Content-Type": "application/json"})}
    is_refused(world, oidc.sign_in(browser), "status")
    state.check()


def test_o33_a_slow_provider_keeps_nobody_waiting_for_long(
    world: World, oidc: Oidc, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page says so when the time is over, which is one, not ten seconds here; each byte takes half of one."""
    assert DOCUMENT.connect + DOCUMENT.seconds == 10
    monkeypatch.setattr(world.app.extensions["providers"], "_limits", replace(DOCUMENT, seconds=1.0))
    browser = world.browser()
    provider.replies["/token"] = Reply(200, b"x" * 200, pause=0.5)
    began = time.monotonic()
    is_refused(world, oidc.sign_in(browser), "provider", 502)
    assert time.monotonic() - began < 30


def test_o34_a_changed_connection_counts_at_once_in_every_worker(world: World, oidc: Oidc, database_url: str) -> None:
    """Another process knows the connection; what the first one changes counts there for the next request."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", private_targets="127.0.0.0/8")
    second = create_app(settings)
    other, browser = World(second, world.database), world.browser()
    there = Oidc(world, oidc.id, oidc.provider)
    there_browser = other.browser()
    assert there_browser.open(f"/sso/{oidc.id}/start").status_code == 303
    assert oidc.begin(browser)
    world.change(oidc.id, enabled=False)
    assert there_browser.open(f"/sso/{there.id}/start").status_code == 404
    world.change(oidc.id, enabled=True, client_secret="another secret")
    is_refused(world, oidc.sign_in(browser), "status")
    second.extensions["database"].dispose()


@pytest.mark.parametrize("verified", [False, None, "true", 1])
@pytest.mark.parametrize("way", ["join_external_id", "join_user_name"])
def test_l04_an_unverified_address_is_nobodys_name(world: World, provider: Provider, way: str, verified: Any) -> None:
    """Also where the directory names people by their addresses, and whoever likes can enter one at the provider."""
    oidc = world.oidc(provider, directory=world.customer.directory_id, **{way: "email"})
    name = f"{uuid4().hex}@acme.example"
    ana, browser = world.push(name, externalId=name), world.browser()
    provider.claims |= {"sub": uuid4().hex, "email": name, "email_verified": verified}
    is_refused(world, oidc.sign_in(browser), "not_provisioned")
    provider.claims["email_verified"] = True
    oidc.sign_in(browser)
    person = world.who(browser)
    assert person is not None
    assert person.user_id == ana


@pytest.mark.parametrize("verified", [True, False, "true", 1, None, ...])
def test_l04_an_address_counts_only_if_it_was_verified(world: World, provider: Provider, verified: Any) -> None:
    """By the boolean true, and nothing like it."""
    email = [{"value": "mallory@acme.example"}]
    pushed = world.push(emails=email)
    oidc = world.oidc(provider, directory=world.customer.directory_id, join_email="email", vouches_for_email=True)
    browser, state = world.browser(), Unchanged(world)
    provider.claims["email_verified"] = verified
    answer = oidc.sign_in(browser)
    if verified is True:
        person = world.who(browser)
        assert person is not None
        assert person.user_id == pushed
        return
    is_refused(world, answer, "not_provisioned")
    state.check()


def test_l01_entras_subject_is_of_two_claims(world: World, provider: Provider) -> None:
    """``sub`` may be another one for each application; tenant and object stay."""
    oidc = world.oidc(provider, creates_people=True, oidc={"subject_claims": ["tid", "oid"]})
    browser = world.browser()
    oidc.sign_in(browser, sub="first", tid="t-1", oid="o-1", preferred_username="one")
    first = world.who(browser)
    oidc.sign_in(browser, sub="second", tid="t-1", oid="o-1")
    second = world.who(browser)
    assert first is not None
    assert second is not None
    assert first.user_id == second.user_id
    oidc.sign_in(browser, sub="first", tid="t-2", oid="o-1", preferred_username="two")
    third = world.who(browser)
    assert third is not None
    assert third.user_id != first.user_id
    assert len(world.rows(LINKS)) == 2


def test_n07_proving_it_anew(world: World, oidc: Oidc, provider: Provider) -> None:
    """prompt=login and max_age=0 are asked for, and auth_time is held against them."""
    browser = world.browser()
    oidc.sign_in(browser)
    before = world.who(browser)
    assert before is not None
    url = oidc.begin(browser, step_up="1")
    asked = parse_qs(urlsplit(url).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    for old in (int(time.time()) - 900, ...):
        provider.claims["auth_time"] = old
        is_refused(world, oidc.sign_in(browser, {"step_up": "1"}), "time")
    del provider.claims["auth_time"]
    assert oidc.sign_in(browser, {"step_up": "1"}).status_code == 303
    after = world.who(browser)
    assert after is not None
    assert after.session_id == before.session_id
    is_refused(world, oidc.sign_in(browser, {"step_up": "1"}, sub="somebody else"), "another_person")


def test_n07_who_does_not_say_when_is_never_fresh(world: World, oidc: Oidc, provider: Provider) -> None:
    provider.claims["auth_time"] = ...
    browser = world.browser()
    oidc.sign_in(browser)
    person = world.who(browser)
    assert person is not None
    assert person.authenticated is None
    assert not person.is_fresh(now(), timedelta(days=365))
    assert person.created.strftime("%Y") in browser.open("/me").text
    assert "1970" not in browser.open("/me").text
    api = Api(world.app, an_api_key(world.database, world.account_id), world.account_id)
    [listed] = api.every("/sessions")
    assert listed["authenticated"] is None
    assert listed["created"] > "2000"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"x": 10**30}, "encoding"),
        ({"x": {"y": [-(10**30)]}}, "encoding"),
        ({"groups": [2**64]}, "encoding"),
        ({"acr": "\0"}, "context"),
        ({"acr": "x" * 20_000}, "context"),
        ({"sid": "\0"}, "subject"),
        ({"sub": "a\0b"}, "subject"),
        ({"amr": ["\0"]}, None),
        ({"amr": ["\0"], "acr": ["\0"], "name": "a\0b", "x\0y": "a\0b", "big": 2**64 - 1}, None),
        ({"given_name": "\0", "locale": "\0", "groups": ["\0", "fine"]}, None),
    ],
)
def test_o33_whatever_a_provider_claims_is_stored_or_refused(
    world: World, provider: Provider, claims: dict[str, Any], reason: str | None
) -> None:
    """Neither a fault nor nothing: a refusal leaves its trace and its entry in the trail."""
    oidc = world.oidc(provider, creates_people=True, groups_from="claims", groups_claim="groups")
    provider.person |= claims
    browser = world.browser()
    answer = oidc.sign_in(browser)
    if reason is not None:
        is_refused(world, answer, reason, 400 if reason == "encoding" else 403)
        return
    assert answer.status_code == 303, answer.text
    person = world.who(browser)
    assert person is not None
    assert (person.methods, person.context) == ((), None) or "amr" not in claims
    [trace] = world.traces()
    assert trace.outcome == "accepted"
    assert browser.open("/me").status_code == 200
    world.verify()


def test_o33_a_key_whose_name_no_database_holds(world: World, provider: Provider) -> None:
    """It is named by its thumbprint."""
    provider.keys = [rsa_key("a\0b")]
    assert world.oidc(provider, creates_people=True).sign_in(world.browser()).status_code == 303
    [accepted] = world.events("sign_in.accepted")
    assert accepted.after["verified_by"].isprintable()


def email_told(world: World, browser: Browser) -> tuple[Any, Any]:
    """The address that a platform is told of whoever is signed in, and whether it is said to be verified."""
    platform = a_platform(world.app, world.database, world.account_id)
    given = platform.tokens(PlatformBrowser(world.app, browser.cookie("muster")))
    claims = platform.claims(given["id_token"])
    told = platform.userinfo(given["access_token"]).json
    assert told["email_verified"] == claims["email_verified"]
    return claims["email"], claims["email_verified"]


@pytest.mark.parametrize("verified", [True, False, "true", 1, ...])
def test_l04_a_platform_is_not_told_that_an_address_is_verified_that_nobody_vouched_for(
    world: World, provider: Provider, verified: Any
) -> None:
    """That the domain is the account's own does not make whoever claims an address there its owner (nOAuth)."""
    oidc, browser = world.oidc(provider, creates_people=True), world.browser()
    domain = f"{uuid4().hex[:12]}.example"
    provider.claims["email_verified"] = verified
    said = {"preferred_username": "lowly", "email": f"ceo@{domain}"}
    assert oidc.sign_in(browser, **said).status_code == 303
    assert email_told(world, browser) == (f"ceo@{domain}", False)
    world.prove(domain, None)
    assert oidc.sign_in(browser, **said).status_code == 303
    assert email_told(world, browser) == (f"ceo@{domain}", False), "the domain does not lead to this connection"
    world.prove(domain, oidc.id)
    assert oidc.sign_in(browser, **said).status_code == 303
    assert email_told(world, browser) == (f"ceo@{domain}", verified is True)


def test_l04_what_was_vouched_for_ends_with_the_proof_and_is_of_one_address(world: World, provider: Provider) -> None:
    """Another address, and a new proof that does not say so, are not covered by what was said before."""
    oidc, browser = world.oidc(provider, creates_people=True), world.browser()
    domain = f"{uuid4().hex[:12]}.example"
    world.prove(domain, oidc.id)
    provider.claims["email_verified"] = True
    oidc.sign_in(browser, email=f"ana@{domain}")
    assert email_told(world, browser) == (f"ana@{domain}", True)
    person = world.who(browser)
    assert person is not None
    api = Api(world.app, an_api_key(world.database, world.account_id), world.account_id)
    emails = [{"value": f"ceo@{domain}", "primary": True}]
    changed = api.patch(f"/users/{person.user_id}", {"attributes": {"emails": emails}})
    if changed.status_code < 300:
        assert email_told(world, browser) == (f"ceo@{domain}", False)
    provider.claims["email_verified"] = False
    assert oidc.sign_in(browser, {"step_up": "1"}).status_code == 303
    assert email_told(world, browser) == (f"ana@{domain}", False)


def test_o35_our_public_keys(world: World, oidc: Oidc) -> None:
    answer = world.browser().open(f"/sso/{oidc.id}/jwks")
    assert answer.status_code == 200
    [key] = answer.get_json(force=True)["keys"]
    assert "d" not in key
    assert {"kty", "n", "e", "kid"} <= key.keys()
    assert world.browser().open(f"/sso/{oidc.id}/metadata").status_code == 404
