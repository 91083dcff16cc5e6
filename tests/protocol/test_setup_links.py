"""/setup/…: a customer's administrator sets one thing up by a link, with real providers, DNS and sign-ins."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app import observe
from app.db import Database
from app.models.base import new_id, now
from app.services import accounts
from app.stores.access_tables import ACCOUNTS
from app.stores.connections import CONNECTIONS
from app.stores.setup_links import LINKS
from app.web.pace import Pace
from app.web.setup_acts import ACTS, MOST_TOKENS
from app.web.setup_views import STEPS
from app.web.texts import TEXTS
from app.web.texts.setup_problems import REASONS
from sso.errors import Reason
from tests.idp.dns_server import DnsServer, dns_server
from tests.idp.oidc_provider import Provider, follow
from tests.idp.saml_documents import metadata
from tests.idp.saml_idp import SamlIdp
from tests.idp.saml_keys import rsa_pair
from tests.protocol.api_client import Api, an_api_key, done, problem
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.conftest import PUBLIC_URL, Scim
from tests.protocol.links_app import links_app
from tests.protocol.sign_in_world import EVENTS, USERS, Saml, World, asked
from tests.protocol.sign_in_world import LINKS as IDENTITIES

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    """A DNS server."""
    with dns_server() as server:
        yield server


@pytest.fixture(scope="module")
def app(database_url: str, dns: DnsServer) -> Flask:
    """The application: it asks that server, and may call this machine."""
    return links_app(database_url, dns_server=dns.address, private_targets="127.0.0.0/8")


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account."""
    return World(app, database)


@pytest.fixture
def api(app: Flask, world: World, database: Database) -> Api:
    """Whoever makes links there."""
    return Api(app, an_api_key(database, world.account_id), world.account_id)


@dataclass
class Setting:
    """A link in the hands of whom it was made for."""

    api: Api
    browser: Browser
    path: str
    id: str

    def page(self) -> TestResponse:
        answer = self.browser.open(self.path)
        assert answer.status_code == 200, answer.text
        return answer

    def do(self, act: str, **values: Any) -> TestResponse:
        """Send the form of a step."""
        return self.browser.submit(self.page(), f"{self.path}/{act}", **values)

    def done(self, act: str, **values: Any) -> TestResponse:
        """The page after a step that succeeds."""
        answer = self.do(act, **values)
        assert answer.status_code == 303, said(answer)
        assert answer.headers["Location"] == f"{self.path}#now"
        return self.page()

    def refused(self, act: str, **values: Any) -> str:
        """What a step is refused with."""
        answer = self.do(act, **values)
        assert answer.status_code == 422, answer.text
        return said(answer)

    @property
    def state(self) -> dict[str, Any]:
        """The link, as who made it sees it."""
        return self.api.read(f"/setup-links/{self.id}")


def said(answer: TestResponse) -> str:
    """What is wrong, as a page says it."""
    found = re.search(r'<p class="problem"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    assert found is not None, answer.text
    return html.unescape(found[1])


def steps(answer: TestResponse) -> dict[int, str]:
    """The state of each step on a page."""
    return dict(enumerate(re.findall(r'<li class="step (\w+)"', answer.text), 1))


def copied(answer: TestResponse, id: str) -> str:
    """A value that a page offers to be copied."""
    found = re.search(rf'<input type="text" id="{id}" value="([^"]*)" readonly', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def a_link(api: Api, purpose: str, **given: Any) -> Setting:
    """A new link."""
    answer = api.post("/setup-links", {"purpose": purpose, **given})
    assert answer.status_code == 201, answer.text
    path = answer.json["url"].removeprefix(PUBLIC_URL)
    return Setting(api, Browser(api.app), path, answer.json["id"])


def ended(answer: TestResponse) -> bool:
    """Whether a page says that a link is good for nothing."""
    return answer.status_code == 404 and "not good any more" in answer.text


def test_saml_from_choosing_to_a_real_sign_in(world: World, api: Api, database: Database) -> None:
    """Provider, addresses, metadata, a test that signs nobody in, and the end, which switches it on as was allowed."""
    link = a_link(api, "saml", note="IT of Acme", enables=True)
    page = link.page()
    assert world.customer.account_name in page.text
    assert steps(page) == {1: "now", 2: "later", 3: "later", 4: "later", 5: "later"}
    page = link.done("provider", provider="okta")
    assert steps(page)[2] == "now"
    [connection] = api.every("/connections")
    assert (connection["name"], connection["preset"], connection["enabled"]) == ("Okta", "okta", False)
    assert link.state["connection_id"] == connection["id"]
    acs = f"{PUBLIC_URL}/sso/{connection['id']}/acs"
    assert copied(page, "all-acs") == acs
    assert copied(page, "all-entity") == f"{PUBLIC_URL}/sso/{connection['id']}/metadata"
    assert steps(link.done("told"))[3] == "now"
    idp = SamlIdp(entity_id="https://idp.example/metadata")
    assert "in one of the three ways" in link.refused("metadata")
    assert "no metadata of one SAML identity provider" in link.refused("metadata", text="<html/>")
    assert steps(link.page())[3] == "now"
    page = link.done("metadata", text=metadata([idp.keys]))
    assert "https://idp.example/metadata" in page.text
    assert steps(page)[4] == "now"
    tried = link.do("test")
    address = led_to(tried).removeprefix(PUBLIC_URL)
    assert 'http-equiv="refresh"' in link.page().text
    saml, browser = Saml(world, connection["id"], idp), link.browser
    begun = asked(browser.open(address).headers["Location"])
    attributes = {"email": ["ana@acme.example"], "userName": ["ana"], "displayName": [HOSTILE], "id": ["00u1"]}
    answer = saml.post(browser, saml.message(begun.request_id, attributes=attributes), begun.relay_state)
    if answer.status_code == 303:
        answer = saml.follow(browser, answer)
    assert world.who(browser) is None
    assert "your provider’s answer is right" in answer.text.replace("Your", "your"), "only nobody here is this person"
    assert "failed" not in answer.text
    assert f'href="{link.path}#now"' in answer.text, "it leads back to where it was begun"
    page = link.page()
    assert "Nobody would be let in yet" in page.text
    assert "It works" in page.text, page.text
    assert HOSTILE not in page.text
    assert html.escape(HOSTILE) in page.text
    assert 'http-equiv="refresh"' not in page.text
    assert (steps(page)[4], steps(page)[5]) == ("done", "now")
    over = link.do("finish")
    assert over.status_code == 200
    assert "switched on" in over.text
    on = api.read(f"/connections/{connection['id']}")
    assert on["enabled"]
    assert any("nobody new is recognised" in one for one in on["warnings"])
    assert ended(link.browser.open(link.path))
    assert link.state["state"] == "finished"
    assert link.state["done"] == [*STEPS["saml"]]
    trail = world.events("connection.created") + world.events("connection.enabled")
    assert {(one.actor_kind, one.actor_id) for one in trail} == {("setup_link", link.id)}
    with database.reading() as session:
        people = session.execute(select(USERS.c.origin).where(USERS.c.account_id == world.account_id)).all()
    assert people == []
    [event] = api.read("/events", types="setup_link.finished")["results"]
    assert event["data"]["actor"]["kind"] == "setup_link"
    world.verify()


def test_a_failed_test_says_what_to_do(world: World, api: Api) -> None:
    """The checks, the reason in words and the advice; and it is not switched on, whatever was allowed."""
    link = a_link(api, "saml", enables=True)
    link.done("provider", provider="generic")
    link.done("told")
    idp = SamlIdp()
    link.done("metadata", text=metadata([rsa_pair("another")]))
    [connection] = api.every("/connections")
    saml, browser = Saml(world, connection["id"], idp), Browser(world.app)
    begun = asked(browser.open(led_to(link.do("test")).removeprefix(PUBLIC_URL)).headers["Location"])
    saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    page = link.page()
    assert "It does not work yet" in page.text
    assert "its certificate was renewed" in page.text
    assert '<li class="failed">' in page.text
    assert steps(page)[4] == "now"
    assert "contact" in link.do("finish").text
    assert not api.read(f"/connections/{connection['id']}")["enabled"]


def test_a_passed_test_of_other_settings_counts_no_more(world: World, api: Api, database: Database) -> None:
    """Whatever is changed after it wants another test."""
    link = a_link(api, "saml", enables=True)
    link.done("provider", provider="generic")
    link.done("told")
    idp = SamlIdp()
    link.done("metadata", text=metadata([idp.keys]))
    [connection] = api.every("/connections")
    saml, browser = Saml(world, connection["id"], idp), Browser(world.app)
    begun = asked(browser.open(led_to(link.do("test")).removeprefix(PUBLIC_URL)).headers["Location"])
    answer = saml.post(browser, saml.message(begun.request_id), begun.relay_state)
    if answer.status_code == 303:
        saml.follow(browser, answer)
    assert "It works" in link.page().text
    link.done("metadata", text=metadata([idp.keys, rsa_pair("second")]))
    page = link.page()
    assert "settings were changed after it" in page.text
    assert steps(page)[4] == "now"
    link.do("finish")
    assert not api.read(f"/connections/{connection['id']}")["enabled"]


def test_oidc_by_what_the_provider_publishes(world: World, api: Api, database: Database) -> None:
    """Issuer, client id and secret; the secret is sealed and shown nowhere."""
    link = a_link(api, "oidc")
    page = link.done("provider", provider="generic")
    [connection] = api.every("/connections")
    assert copied(page, "all-callback") == f"{PUBLIC_URL}/sso/{connection['id']}/callback"
    link.done("told")
    assert "both needed" in link.refused("client", issuer="", client_id="x")
    assert "at this address" in link.refused("client", issuer="http://127.0.0.1:1", client_id="muster")
    with Provider() as provider:
        secret = "SECRET-of-the-client"
        provider.client_secret = secret
        page = link.done("client", issuer=provider.issuer, client_id="muster", client_secret=secret)
        assert steps(page)[4] == "now"
        assert secret not in page.text
        assert "We have one already" in page.text
        found = api.read(f"/connections/{connection['id']}")
        assert (found["missing"], found["oidc"]["issuer"]) == ([], provider.issuer)
        browser = Browser(world.app)
        there = browser.open(led_to(link.do("test")).removeprefix(PUBLIC_URL)).headers["Location"]
        browser.open(f"/sso/{connection['id']}/callback", site="cross-site", query_string=follow(there, provider))
        page = link.page()
        assert "It works" in page.text, page.text
        assert "mallory" in page.text
    assert world.who(browser) is None
    # Nobody said that the link may switch it on.
    link.do("finish")
    assert not api.read(f"/connections/{connection['id']}")["enabled"]
    with database.reading() as session:
        rows = str(session.execute(select(*CONNECTIONS.c).where(CONNECTIONS.c.id == connection["id"])).all())
        trail = str(session.execute(select(EVENTS).where(EVENTS.c.account_id == world.account_id)).all())
    assert secret not in rows + trail


def test_scim_until_the_first_request_is_seen(world: World, api: Api, app: Flask) -> None:
    """The directory, a token shown once, waiting, and what arrived."""
    link = a_link(api, "scim")
    link.done("provider", provider="entra")
    page = link.page()
    assert "Tenant URL" in page.text
    assert copied(page, "scim-url") == f"{PUBLIC_URL}/scim/v2"
    assert steps(page) == {1: "done", 2: "now", 3: "later", 4: "later"}
    shown = link.do("token")
    assert shown.status_code == 200
    token = copied(shown, "scim-token")
    assert 'http-equiv="refresh"' not in shown.text
    page = link.page()
    assert token not in page.text
    assert "Waiting for the first request" in page.text
    assert f'content="4; url={link.path}#now"' in page.text
    answer = app.test_client().get("/scim/v2/Users", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    app.extensions["usage"].flush()
    page = link.page()
    assert re.search(r"Last request seen \d seconds ago", page.text)
    assert steps(page)[3] == "done"
    for _ in range(MOST_TOKENS - 1):
        assert link.do("token").status_code == 200
    assert "as many tokens as it may" in link.refused("token")
    assert "thank you" in link.do("finish").text
    [directory] = [one for one in api.read("/directories")["results"] if one["preset"] == "entra"]
    assert directory["name"] == "Microsoft Entra ID"
    issued = world.events("directory_token.issued")
    assert {one.actor_kind for one in issued if one.after["directory_id"] == directory["id"]} == {"setup_link"}


def test_s48_a_certificate_is_added_beside_the_old_one(world: World, api: Api) -> None:
    """As text or as a file of bytes; nothing is taken away, and another connection cannot be reached."""
    saml = world.saml()
    link = a_link(api, "certificate", connection=saml.id)
    assert steps(link.page()) == {1: "now", 2: "later"}
    assert "Choose a file" in link.refused("certificate")
    assert link.refused("certificate", text="nonsense")
    assert "already" in link.refused("certificate", text=saml.idp.keys.certificate)
    weak = rsa_pair("weak", 1024)
    assert "2048" in link.refused("certificate", text=weak.certificate)
    new = rsa_pair("new")
    link.done("certificate", text=new.certificate)
    other = rsa_pair("newer")
    page = link.page()
    form = form_of(page, f"{link.path}/certificate") | {
        "file": (io.BytesIO(base64.b64decode(other.body)), "new.der"),
        "text": "",
    }
    answer = link.browser.open(f"{link.path}/certificate", "POST", "same-origin", data=form)
    assert answer.status_code == 303, answer.text
    found = api.read(f"/connections/{saml.id}")
    assert len(found["certificates"]) == 3
    assert "thank you" in link.do("finish").text
    added = world.events("connection.certificate_added")
    assert [one.actor_kind for one in added].count("setup_link") == 2


def test_s48_a_certificate_by_a_link_waits_while_people_sign_in(world: World, api: Api) -> None:
    """By text or by metadata: it counts once an administrator has confirmed it."""
    saml = world.saml(creates_people=True)
    saml.sign_in(world.browser(), name_id="ceo")
    for purpose, act, thief in (("certificate", "certificate", "t-1"), ("saml", "metadata", "t-2")):
        keys = rsa_pair(thief)
        link = a_link(api, purpose, connection=saml.id)
        given = keys.certificate
        if act == "metadata":
            given = metadata(
                [saml.idp.keys, keys], entity_id=saml.idp.entity_id, sso_url="https://idp.example/sso", logout_url=None
            )
        page = link.done(act, text=given)
        [new] = [one for one in api.read(f"/connections/{saml.id}")["certificates"] if one["state"] == "unconfirmed"]
        assert purpose == "saml" or "not confirmed" in page.text
        link.do("finish")
        browser = world.browser()
        Saml(world, saml.id, SamlIdp(keys)).sign_in(browser, name_id="ceo")
        assert world.who(browser) is None
        assert api.post(f"/connections/{saml.id}/certificates/{new['id']}/confirm").status_code == 200
        Saml(world, saml.id, SamlIdp(keys)).sign_in(browser, name_id="ceo")
        assert world.who(browser) is not None


def test_s48_a_link_that_may_switch_on_confirms_after_a_test(world: World, api: Api) -> None:
    """And only then; without a test that has succeeded since, what it brought goes on waiting."""
    saml = world.saml()
    new = rsa_pair("t-3")
    given = metadata(
        [saml.idp.keys, new], entity_id=saml.idp.entity_id, sso_url="https://idp.example/sso", logout_url=None
    )

    def states() -> list[str]:
        return sorted(one["state"] for one in api.read(f"/connections/{saml.id}")["certificates"])

    untested = a_link(api, "saml", connection=saml.id, enables=True)
    untested.done("metadata", text=given)
    untested.do("finish")
    assert states() == ["unconfirmed", "valid"]
    waiting = next(one for one in api.read(f"/connections/{saml.id}")["certificates"] if one["state"] == "unconfirmed")
    assert api.delete(f"/connections/{saml.id}/certificates/{waiting['id']}").status_code == 200
    link = a_link(api, "saml", connection=saml.id, enables=True)
    link.done("metadata", text=given)
    link.done("metadata", text=given)  # once more: it is still this link's
    browser = Browser(world.app)
    begun = asked(browser.open(led_to(link.do("test")).removeprefix(PUBLIC_URL)).headers["Location"])
    saml.follow(browser, saml.post(browser, saml.message(begun.request_id, name_id="x"), begun.relay_state))
    assert "It works" in link.page().text
    assert states() == ["unconfirmed", "valid"]
    link.do("finish")
    assert states() == ["valid", "valid"]


def test_r3_a_link_changes_nothing_by_which_people_sign_in(world: World, api: Api) -> None:
    """Neither metadata nor the client of a connection that is on, unless it may switch it on."""
    saml = world.saml()
    link = a_link(api, "saml", connection=saml.id)
    before = api.read(f"/connections/{saml.id}")
    given = metadata([saml.idp.keys], entity_id=saml.idp.entity_id, sso_url="https://evil.example/sso")
    assert "sign in by" in link.refused("metadata", text=given)
    assert api.read(f"/connections/{saml.id}") == before
    a_link(api, "saml", connection=saml.id, enables=True).done("metadata", text=given)
    assert api.read(f"/connections/{saml.id}")["saml"]["sso_url"] == "https://evil.example/sso"
    with Provider() as provider, Provider() as thief:
        oidc = world.oidc(provider)
        link = a_link(api, "oidc", connection=oidc.id)
        before = api.read(f"/connections/{oidc.id}")
        for issuer, client, secret in (
            (provider.issuer, "other", ""),
            (provider.issuer, provider.client_id, "another secret"),
        ):
            said = link.refused("client", issuer=issuer, client_id=client, client_secret=secret)
            assert "sign in by" in said
        link.refused("client", issuer=thief.issuer, client_id=thief.client_id, client_secret=thief.client_secret)
        assert api.read(f"/connections/{oidc.id}") == before


def test_t4_a_link_ends_with_the_right_of_who_made_it(world: World, api: Api, database: Database) -> None:
    """Gone, switched off, no Account Owner any more: the link looks like one that never was."""
    with database.writing() as session:
        owners = [
            accounts.create_owner(session, world.account_id, f"{uuid4().hex}@acme.example", "An owner")
            for _ in range(4)
        ]
    gone, off, demoted, _ = owners
    links = [a_link(api.acting_as(one.user_name), "saml") for one in owners]
    assert [Browser(world.app).open(link.path).status_code for link in links] == [200] * 4
    assert api.delete(f"/users/{gone.id}").status_code == 204
    done(api.post(f"/users/{off.id}/deactivate"))
    done(api.post("/assignments/remove", {"role": "Account Owner", "users": [demoted.id]}))
    assert [ended(Browser(world.app).open(link.path)) for link in links] == [True, True, True, False]


def test_m5_a_domain_is_proven_and_bound(world: World, api: Api, dns: DnsServer) -> None:
    """Named, its record shown, checked by DNS, led to the connection that the link was made for."""
    saml = world.saml()
    link = a_link(api, "domain", connection=saml.id)
    assert "no name of a domain" in link.refused("name", name="co.uk")
    name = f"s{saml.id[-10:]}.example"
    page = link.done("name", name=name.upper())
    record, value = copied(page, "record-name"), copied(page, "record-value")
    assert "not there yet" in link.refused("check")
    dns.records[record] = [value]
    page = link.done("check")
    assert f"{name} is yours" in page.text
    found = api.read(f"/domains/{name}")
    assert (found["state"], found["connection_id"]) == ("verified", saml.id)
    assert "thank you" in link.do("finish").text
    [event] = world.events("domain.verified")
    assert (event.actor_kind, event.actor_id) == ("setup_link", link.id)


def test_it_goes_on_in_another_browser(world: World, api: Api) -> None:
    """What was done is kept; the link is all that it takes."""
    link = a_link(api, "saml")
    link.done("provider", provider="entra")
    again = Setting(api, Browser(world.app), link.path, link.id)
    assert steps(again.page())[2] == "now"
    again.done("told")
    assert link.state["done"] == ["provider", "told"]
    assert len(api.every("/connections")) == 1
    # A form that was open meanwhile makes no second one.
    page = form_of(again.page(), f"{link.path}/told") if steps(again.page())[2] == "now" else {}
    assert page == {}
    token = form_of(again.page(), "/language")["form_token"]
    form = {"form_token": token, "provider": "okta"}
    assert again.browser.open(f"{link.path}/provider", "POST", "same-origin", data=form).status_code == 303
    assert len(api.every("/connections")) == 1


def test_two_connections_never_have_one_name(world: World, api: Api) -> None:
    """The second Okta gets a number."""
    for _ in range(2):
        a_link(api, "saml").done("provider", provider="okta")
    assert sorted(one["name"] for one in api.every("/connections")) == ["Okta", "Okta 2"]


def test_whatever_is_over_looks_the_same(world: World, api: Api, database: Database) -> None:
    """Revoked, expired, finished, suspended, unknown, mistyped: one page, one status."""
    revoked, expired, suspended = a_link(api, "saml"), a_link(api, "saml"), a_link(api, "domain")
    api.delete(f"/setup-links/{revoked.id}")
    with database.writing() as session:
        past = now() - timedelta(seconds=1)
        session.execute(update(LINKS).where(LINKS.c.id == expired.id).values(expires=past))
    pages = []
    for path in (revoked.path, expired.path, "/setup/" + "x" * 43, "/setup/x", "/setup/" + "é" * 43):
        answer = Browser(world.app).open(path)
        assert ended(answer), answer.text
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(set(pages)) == 1
    assert (revoked.state["state"], expired.state["state"]) == ("revoked", "expired")
    with database.writing() as session:
        session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account_id).values(suspended=True))
    assert ended(Browser(world.app).open(suspended.path))


def test_a_link_that_ends_under_ones_hands(world: World, api: Api) -> None:
    """A form that was open is refused, and nothing is changed."""
    link = a_link(api, "saml")
    page = link.page()
    api.delete(f"/setup-links/{link.id}")
    answer = link.browser.submit(page, f"{link.path}/provider", provider="okta")
    assert ended(answer)
    assert api.every("/connections") == []


def test_r2_a_link_does_its_own_purpose_only(world: World, api: Api) -> None:
    """What belongs to another purpose is not there, though the form would be right."""
    saml = world.saml()
    for purpose, given in (
        ("saml", {"connection": saml.id}),
        ("oidc", {}),
        ("scim", {}),
        ("certificate", {"connection": saml.id}),
        ("domain", {}),
    ):
        link = a_link(api, purpose, **given)
        token = form_of(link.page(), "/language")["form_token"]
        own = {act for its, act in ACTS if its == purpose}
        for act in {act for _, act in ACTS} - own | {"revoke", ""}:
            form = {"form_token": token, "text": saml.idp.keys.certificate, "name": "x.example", "provider": "okta"}
            answer = link.browser.open(f"{link.path}/{act}", "POST", "same-origin", data=form)
            assert answer.status_code in (404, 405), (purpose, act, answer.text)
        assert link.state["done"] == []


def test_m1_a_link_is_of_one_account(world: World, api: Api, other_api: Api) -> None:
    """It cannot be made for another's connection or directory, nor seen or revoked by another account."""
    saml = world.saml()
    for body in (
        {"purpose": "certificate", "connection": saml.id},
        {"purpose": "saml", "connection": saml.id},
        {"purpose": "scim", "directory": world.customer.directory_id},
    ):
        answer = other_api.post("/setup-links", body)
        assert answer.status_code in (400, 404), answer.text
    link = a_link(api, "saml", connection=saml.id)
    assert problem(other_api.get(f"/setup-links/{link.id}")) == (404, "not-found")
    assert problem(other_api.delete(f"/setup-links/{link.id}")) == (404, "not-found")
    assert other_api.every("/setup-links") == []
    assert link.state["state"] == "open"


def test_what_a_link_needs_is_said(world: World, api: Api, app: Flask, database: Database) -> None:
    """A certificate needs a connection of SAML; only owners make links; scopes are asked for."""
    for body in (
        {"purpose": "certificate"},
        {"purpose": "oidc", "connection": world.saml().id},
        {"purpose": "scim", "connection": world.saml().id},
        {"purpose": "saml", "directory": "IdP"},
        {"purpose": "scim", "directory": "local"},
        {"purpose": "domain", "enables": True},
        {"purpose": "saml", "hours": 0},
        {"purpose": "saml", "hours": 24 * 31},
        {"purpose": "other"},
    ):
        assert api.post("/setup-links", body).status_code in (400, 422), body
    speaking = Api(app, api.key, api.account_id, {"Muster-Actor": world.push()})
    assert problem(speaking.post("/setup-links", {"purpose": "saml"})) == (403, "forbidden")
    reading = Api(app, an_api_key(database, api.account_id, "connections:read"), api.account_id)
    assert problem(reading.post("/setup-links", {"purpose": "saml"})) == (403, "insufficient-scope")


def test_n8_forms_of_other_sites_do_nothing(world: World, api: Api) -> None:
    """Neither across sites, nor without the token of this browser, nor with another browser's."""
    link = a_link(api, "saml")
    page = link.page()
    form = form_of(page, f"{link.path}/provider") | {"provider": "okta"}
    act = f"{link.path}/provider"
    assert link.browser.open(act, "POST", "cross-site", data=form).status_code == 403
    assert link.browser.open(act, "POST", None, data=form).status_code == 403
    assert link.browser.open(act, "POST", "same-origin", data=form | {"form_token": "0" * 64}).status_code == 403
    assert Browser(world.app).open(act, "POST", "same-origin", data=form).status_code == 403
    assert api.every("/connections") == []


def test_a4_the_secret_is_in_no_log_trail_or_column(
    world: World, api: Api, database: Database, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Of a link only a hash is kept, and its path is not logged."""
    observe.configure_logs("info")
    monkeypatch.setattr(observe, "LOG", structlog.get_logger())
    try:
        link = a_link(api, "saml")
        link.done("provider", provider="okta")
    finally:
        observe.configure_logs("error")
    observe._LINES.flush()
    secret = link.path.rpartition("/")[2]
    with database.reading() as session:
        kept = str(session.execute(select(*LINKS.c).where(LINKS.c.id == link.id)).all())
        trail = str(session.execute(select(EVENTS).where(EVENTS.c.account_id == world.account_id)).all())
    logged = "".join(capfd.readouterr())
    assert '"/setup/…"' in logged
    assert secret not in kept + trail + logged
    assert secret not in str(api.every("/setup-links"))


def test_n9_pages_keep_themselves_safe(world: World, api: Api) -> None:
    """No script, no referrer, no framing, nothing kept by caches or found by search engines."""
    link = a_link(api, "saml", note=HOSTILE)
    answer = link.page()
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text
    assert 'content="noindex, nofollow"' in answer.text


def test_s49_an_upload_has_a_limit(world: World, api: Api) -> None:
    """Larger ones are refused before they are read."""
    link = a_link(api, "saml")
    link.done("provider", provider="generic")
    token = form_of(link.page(), "/language")["form_token"]
    head = f'--x\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n--x\r\n'
    file = 'Content-Disposition: form-data; name="file"; filename="m.xml"\r\n\r\n' + "x" * 1_400_000 + "\r\n--x--\r\n"
    options = {"data": (head + file).encode(), "content_type": "multipart/form-data; boundary=x"}
    answer = link.browser.open(f"{link.path}/metadata", "POST", "same-origin", **options)
    assert answer.status_code == 413


def test_pages_speak_spanish(world: World, api: Api) -> None:
    """Every purpose, with the provider's own steps."""
    saml = world.saml()
    for purpose, given in (
        ("saml", {"connection": saml.id}),
        ("scim", {"directory": world.customer.directory_id}),
        ("certificate", {"connection": saml.id}),
        ("domain", {}),
        ("oidc", {}),
    ):
        link = a_link(api, purpose, **given)
        page = link.browser.open(link.path, headers={"Accept-Language": "es"})
        assert '<html lang="es">' in page.text
        assert "Este enlace es válido hasta el" in page.text


def test_too_many_visits_are_slowed(world: World, api: Api) -> None:
    """Whoever tries addresses is told to wait, right ones, too."""
    link = a_link(api, "saml")
    tools = world.app.extensions["setup"]
    world.app.extensions["setup"] = replace(tools, pace=Pace(3, 1))
    browser = Browser(world.app)
    answers = [
        browser.open("/setup/" + "x" * 43, environ_overrides={"REMOTE_ADDR": "198.51.100.9"}).status_code
        for _ in range(3)
    ]
    assert answers == [404, 404, 404]
    slowed = browser.open(link.path, environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    elsewhere = link.page()
    world.app.extensions["setup"] = tools
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert elsewhere.status_code == 200


class TestAnotherProvider:
    """A wrong choice can be changed until something was verified."""

    def test_a_wrong_choice_is_changed(self, world: World, api: Api) -> None:
        """What was made for it goes; what comes next begins anew, also after metadata and a test that failed."""
        link = a_link(api, "saml", enables=True)
        link.done("provider", provider="okta")
        link.done("told")
        [first] = api.read("/connections")["results"]
        link.done("metadata", text=metadata([SamlIdp().keys]))
        page = link.done("reconsider")
        assert steps(page)[1] == "now"
        assert api.read("/connections")["results"] == []
        assert link.state["done"] == []
        link.done("provider", provider="entra")
        [second] = api.read("/connections")["results"]
        assert (second["preset"], second["id"] == first["id"]) == ("entra", False)
        assert link.state["enables"] is True
        assert [one.action for one in world.events("connection.deleted")] == ["connection.deleted"]

    def test_not_once_people_sign_in_by_it(self, world: World, api: Api) -> None:
        """Nor one that the link was made for, and has not made itself."""
        saml = world.saml(creates_people=True)
        link = a_link(api, "saml", connection=saml.id)
        assert "/reconsider" not in link.page().text
        assert link.browser.send(f"{link.path}/reconsider").status_code == 422
        link = a_link(api, "oidc")
        link.done("provider", provider="okta")
        connection = link.state["connection_id"]
        with world.database.writing() as session:
            row = dict.fromkeys(("external_id", "last_used"))
            row |= {"account_id": world.account_id, "id": new_id(), "connection_id": connection, "subject": "s-1"}
            row |= {"subject_hash": "0" * 64, "user_id": world.push(), "how": "created", "created": now()}
            session.execute(IDENTITIES.insert().values(**row))
        assert "/reconsider" not in link.page().text
        answer = link.browser.send(f"{link.path}/reconsider")
        assert (answer.status_code, "cannot be changed here any more" in said(answer)) == (422, True)

    def test_a_directory_until_the_provider_has_called(self, world: World, api: Api) -> None:
        link = a_link(api, "scim")
        before = api.read("/directories")["results"]
        link.done("provider", provider="okta")
        link.do("token")
        assert steps(link.done("reconsider"))[1] == "now"
        assert api.read("/directories")["results"] == before
        link.done("provider", provider="entra")
        token = copied(link.do("token"), "scim-token")
        assert Scim(world.app.test_client(), token).get("/Users").status_code == 200
        world.app.extensions["usage"].flush()
        assert link.browser.send(f"{link.path}/reconsider").status_code == 422


def test_problems_are_said_in_the_language_of_the_page(api: Api) -> None:
    """By the code of the refusal; no words of a service, whatever went wrong."""
    link = a_link(api, "domain")
    link.browser.headers["Accept-Language"] = "es"
    assert link.refused("name", name="co.uk").startswith("Este no es el nombre de un dominio propio")
    link.done("name", name="beispiel.example")
    assert link.refused("check").startswith(("El registro aún no está", "El DNS no ha respondido"))
    link = a_link(api, "saml")
    link.browser.headers["Accept-Language"] = "es"
    assert link.refused("provider", provider="nobody") == TEXTS["setup_problem.other"][1]
    link.done("provider", provider="okta")
    link.done("told")
    assert link.refused("metadata").startswith("Indique los metadatos")


def test_every_reason_of_a_refusal_has_words_for_set_up_pages() -> None:
    assert {*REASONS} == {str(one) for one in Reason}
    assert {f"setup_problem.reason.{one}" for one in REASONS.values()} <= TEXTS.keys()
