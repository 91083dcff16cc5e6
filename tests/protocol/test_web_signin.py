"""/signin: from the domain of an e-mail to the connection of its account (M-5)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from flask import Flask, Response

from app.compose import create_app
from app.config import Settings, SettingsError
from app.db import Database
from app.services import account_settings, domains
from app.web import cookies
from tests.conftest import settings_for
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.sign_in_world import World


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account of its own."""
    return World(app, database)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser that was never here, from an address that nobody else uses."""
    return Browser(app, {"X-Forwarded-For": "192.0.2.1"})


@pytest.fixture(scope="module")
def app(database_url: str) -> Flask:
    """The application, with patience: its pace is nothing that these tests are about."""
    return create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error", trusted_proxies="127.0.0.1"))


@pytest.fixture(autouse=True)
def visits(browser: Browser) -> None:
    """Each test comes from somewhere else."""
    browser.headers["X-Forwarded-For"] = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"


@pytest.fixture
def domain() -> str:
    """A domain that nobody else has."""
    return f"d{uuid4().hex[:12]}.example"


def unlike(text: str) -> str:
    """A page without what belongs to one request: tokens and the address that was typed."""
    return re.sub(r'value="[^"]*"', 'value=""', text)


class TestFinding:
    """Where a domain leads."""

    def test_m5_a_proven_domain_leads_to_its_connection(self, world: World, browser: Browser, domain: str) -> None:
        """Whatever its case, with whatever the address has before it; and back to where somebody wanted to go."""
        connection = world.saml().id
        world.prove(domain, connection)
        page = browser.open("/signin", query_string={"return_to": "/oauth/authorize?a=b%20c"})
        answer = browser.submit(page, "/signin", email=f" Ana+x@{domain.upper()}. ")
        there = urlsplit(led_to(answer))
        query = parse_qs(there.query)
        assert there.path == f"/sso/{connection}/start"
        assert query.pop("return_to") == ["/oauth/authorize?a=b%20c"]
        assert query.keys() == {"hint"}, "the address is sealed, and nothing else is told"
        assert answer.status_code == 200
        assert "ana+x" not in led_to(answer).lower()
        plain = browser.submit(browser.open("/signin"), "/signin", email=f"ana@{domain}")
        assert urlsplit(led_to(plain)).path == f"/sso/{connection}/start"

    def test_m5_whatever_leads_nowhere_is_answered_alike(self, world: World, browser: Browser) -> None:
        """Unknown, claimed only, bound to nothing, switched off, not set up, suspended: one answer."""
        names = {kind: f"{kind}{uuid4().hex[:8]}.example" for kind in ("off", "unbound", "suspended", "claimed")}
        world.prove(names["off"], world.saml(enabled=False).id)
        world.prove(names["unbound"], None)
        other = World(world.app, world.database)
        other.prove(names["suspended"], other.saml().id)
        with world.database.writing() as session:
            account_settings.set_suspended(session, other.account_id, suspended=True)
            domains.claim(session, world.account_id, names["claimed"])
        unknown = browser.send("/signin", email="ana@unknown.example")
        assert unknown.status_code == 422
        assert "We know no sign-in for this address" in unknown.text
        for kind, name in names.items():
            answer = browser.send("/signin", email=f"ana@{name}")
            assert answer.status_code == unknown.status_code, kind
            assert unlike(answer.text) == unlike(unknown.text), kind
            assert {name for name, _ in answer.headers} == {name for name, _ in unknown.headers}, kind

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "ana",
            "ana@",
            "@acme.example",
            "ana@-acme-.example",
            "josé@acme.example",
            "a@b c",
            "x" * 400 + "@a.example",
        ],
    )
    def test_what_is_no_address_is_told_beside_the_field(self, browser: Browser, email: str) -> None:
        """With the focus there, read out at once, and what was typed is kept."""
        answer = browser.send("/signin", email=email)
        assert answer.status_code == 422
        assert "<title>Error: Sign in" in answer.text
        assert 'id="email-problem" role="alert">Enter an e-mail address' in answer.text
        assert 'aria-describedby="email-problem email-hint" aria-invalid="true" autofocus' in answer.text

    def test_l9_a_domain_that_only_looks_alike_is_another(self, world: World, browser: Browser) -> None:
        """Full-width letters and those of other alphabets."""
        name = f"kelvin{uuid4().hex[:6]}.example"
        world.prove(name, world.saml().id)
        for typed in (name.replace("k", "\u212a"), name.replace("k", "ｋ"), name.replace("e", "е", 1)):
            assert browser.send("/signin", email=f"ana@{typed}").status_code == 422, typed
        assert browser.send("/signin", email=f"ana@{name}").status_code == 200

    def test_the_answer_writes_nothing(self, world: World, browser: Browser, domain: str) -> None:
        """An unknown visitor never holds the database's write lock."""
        with world.database.writing() as held:
            held.begin()
            assert browser.send("/signin", email=f"ana@{domain}").status_code == 422

    def test_whoever_is_signed_in_is_led_on(self, world: World, browser: Browser) -> None:
        """To where they wanted to go, else to their own page."""
        browser.signs_in(world.database, world.account_id, world.push())
        assert led_to(browser.open("/signin?return_to=%2Fsetup%2Fx")) == "/setup/x"
        assert led_to(browser.open("/signin")) == "/me"
        assert led_to(browser.open("/")) == "/me"

    def test_the_local_door_is_shown(self, browser: Browser) -> None:
        """With the way back."""
        assert 'href="/signin/local?return_to=%2Fme%3Fa"' in browser.open("/signin?return_to=%2Fme%3Fa").text


class TestPace:
    """So often may one visitor ask."""

    def test_t8_one_visitor_is_slowed_down_and_others_are_not(self, browser: Browser) -> None:
        """A network of IPv6 is one visitor; the page says when to come back."""
        answers = [browser.send("/signin", email="a@unknown.example") for _ in range(40)]
        assert [answer.status_code for answer in answers[:20]] == [422] * 20
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert "Please wait a moment" in answers[-1].text
        browser.headers["X-Forwarded-For"] = browser.headers["X-Forwarded-For"][:-1] + "ffff"
        assert browser.send("/signin", email="a@unknown.example").status_code == 429
        browser.headers["X-Forwarded-For"] = "198.51.100.1"
        assert browser.send("/signin", email="a@unknown.example").status_code == 422

    def test_only_a_known_proxy_says_who_calls(self, database_url: str) -> None:
        """Whoever connects without one may write what they like; so may whoever stands before it."""
        alone = Browser(create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error")))
        answers = []
        for number in range(40):
            alone.headers["X-Forwarded-For"] = f"203.0.113.{number}"
            answers.append(alone.send("/signin", email="a@unknown.example").status_code)
        assert answers[-1] == 429

    def test_forged_forwarding_counts_for_nothing(self, browser: Browser) -> None:
        """What stands left of the address that our proxy saw was written by the visitor."""
        answers = []
        seen = browser.headers["X-Forwarded-For"]
        for number in range(40):
            browser.headers["X-Forwarded-For"] = f"203.0.113.{number}, nonsense, {seen}"
            answers.append(browser.send("/signin", email="a@unknown.example").status_code)
        assert answers[-1] == 429

    def test_the_setting_is_checked(self) -> None:
        """At the start, by name."""
        with pytest.raises(SettingsError, match="MUSTER_TRUSTED_PROXIES"):
            Settings.from_environment({"MUSTER_TRUSTED_PROXIES": "everybody"})


class TestRemembering:
    """The connection that a browser used last is offered first."""

    def test_it_is_offered_by_name_and_can_be_forgotten(self, world: World, browser: Browser) -> None:
        """The cookie names a connection and nobody."""
        saml = world.saml()
        self._remember(world, browser, saml.id)
        page = browser.open("/signin?return_to=%2Fme%3Fa")
        assert "Welcome back" in page.text
        assert f'href="/sso/{saml.id}/start?return_to=%2Fme%3Fa"' in page.text
        back = browser.submit(page, "/signin/forget")
        assert led_to(back) == "/signin?return_to=%2Fme%3Fa"
        assert "Welcome back" not in browser.open("/signin").text

    def test_only_what_we_said_counts(self, world: World, browser: Browser) -> None:
        """A connection's id alone opens nothing, nor does one with the mark of another, nor nonsense."""
        one, other = world.saml(), world.saml()
        self._remember(world, browser, one.id)
        value = browser.cookie("muster-connection") or ""
        for forged in (one.id, f"{other.id}.{value.partition('.')[2]}", f"{one.id}.{'0' * 64}", "x", "é", f"{value}0"):
            browser.keep("muster-connection", forged)
            assert "Welcome back" not in browser.open("/signin").text, forged
        browser.keep("muster-connection", value)
        assert "Welcome back" in browser.open("/signin").text

    def test_a_connection_that_is_off_is_not_offered(self, world: World, browser: Browser) -> None:
        """Nor is its name."""
        saml = world.saml()
        self._remember(world, browser, saml.id)
        world.change(saml.id, enabled=False)
        page = browser.open("/signin")
        assert "Welcome back" not in page.text
        assert form_of(page, "/signin")

    def _remember(self, world: World, browser: Browser, connection_id: str) -> None:
        with world.app.app_context():
            response = Response()
            cookies.remember_connection(response, connection_id)
        name, _, rest = response.headers["Set-Cookie"].partition("=")
        assert "Max-Age=31536000" in rest
        browser.keep(name.removeprefix("__Host-"), rest.partition(";")[0])
