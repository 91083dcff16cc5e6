"""Pages: who may see them, what keeps them safe, and how they speak."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.compose import create_app
from app.db import Database
from app.web import cookies
from app.web.hosts import PEOPLE
from tests.builders import a_group
from tests.conftest import settings_for
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.declared import pages_of, requirement_of
from tests.protocol.sign_in_world import World

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"
STATUSES = {"/signin": 200, "/me/nothing": 404, "/me": 303, "/signout": 405, "/": 303, "/static/none.css": 404}


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account of its own."""
    return World(app, database)


@pytest.fixture
def browser(world: World) -> Browser:
    """A browser that was never here."""
    return world.browser()


def address_of(rule: Rule) -> str:
    return re.sub(r"<[^>]*>", "x", rule.rule)


class TestRequirements:
    """R-1: no page without saying who may see it."""

    def test_r1_every_page_declares_who_may_see_it(self, app: Flask) -> None:
        """Whatever lies below the paths of people's faces is a page that was declared, or another face's own."""
        declared = {id(requirement_of(app, rule)) for rule in pages_of(app)}
        assert len(declared) == len(pages_of(app))
        for rule in app.url_map.iter_rules():
            first = rule.rule.lstrip("/").partition("/")[0]
            if first in PEOPLE and not rule.endpoint.startswith(("sso.", "files.", "oauth")):
                assert rule.endpoint.startswith("web_"), rule

    def test_r1_whoever_is_not_signed_in_is_led_to_the_sign_in(self, app: Flask, browser: Browser) -> None:
        """From every page that is not for everybody, and back to it."""
        for rule in pages_of(app):
            if requirement_of(app, rule).needs == "public":
                continue
            path = address_of(rule)
            if "GET" in rule.methods:
                answer, back = browser.open(path), path
            else:
                answer, back = browser.send(path), "/me"
            assert led_to(answer) == f"/signin?return_to={back.replace('/', '%2F')}", path

    def test_r1_the_console_is_closed_to_whoever_administers_nothing(
        self, app: Flask, world: World, browser: Browser
    ) -> None:
        """Whoever has no right of administration sees none of it, and changes nothing there."""
        browser.signs_in(world.database, world.account_id, world.push())
        for rule in pages_of(app):
            if rule.rule.startswith("/console"):
                assert requirement_of(app, rule).needs in ("administrator", "owner"), rule
                path = address_of(rule)
                answer = browser.open(path) if "GET" in rule.methods else browser.send(path)
                assert answer.status_code == 403, path

    def test_r1_pages_of_owners_are_closed_to_others(self, app: Flask, world: World, browser: Browser) -> None:
        """Whoever is signed in without owning the account sees that, and nothing else."""
        browser.signs_in(world.database, world.account_id, world.push())
        for rule in pages_of(app):
            if requirement_of(app, rule).needs == "owner":
                path = address_of(rule)
                answer = browser.open(path) if "GET" in rule.methods else browser.send(path)
                assert answer.status_code == 403, path
                assert "Only Account Owners" in answer.text


class TestForgery:
    """N-8: nothing changes but by our own forms."""

    def test_n8_no_page_can_be_sent_to_without_its_token(self, app: Flask, browser: Browser) -> None:
        """Each address of a page, whatever the method, with and without a session: none was forgotten."""
        browser.open("/signin")
        unsafe = [rule for rule in pages_of(app) if "POST" in rule.methods]
        assert len(unsafe) > 5
        for rule in unsafe:
            for values in ({}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é"}):
                answer = browser.open(address_of(rule), "POST", "same-origin", data=values)
                assert answer.status_code == 403, rule
                assert "out of date" in answer.text

    @pytest.mark.parametrize(
        ("site", "origin", "accepted"),
        [
            ("same-origin", "null", True),
            ("same-origin", PUBLIC_URL, True),
            ("same-origin", None, True),
            (None, PUBLIC_URL, True),
            ("same-site", PUBLIC_URL, False),
            ("cross-site", "null", False),
            ("cross-site", "https://evil.example", False),
            ("same-origin", "https://evil.example", False),
            (None, "https://evil.example", False),
            (None, "null", False),
            (None, None, False),
            (None, f"{PUBLIC_URL}.evil.example", False),
        ],
    )
    def test_n8_the_browser_has_to_vouch_for_the_form(
        self, browser: Browser, site: str | None, origin: str | None, accepted: bool
    ) -> None:
        """The right token is not enough; with a page that sends no referrer the origin is ``null``."""
        headers = {"Origin": origin} if origin else {}
        answer = browser.open(
            "/language", "POST", site, data={"form_token": browser.token(), "language": "es"}, headers=headers
        )
        assert (answer.status_code == 303) is accepted

    def test_n8_a_token_is_good_for_one_browser(self, world: World, browser: Browser) -> None:
        """Not for another one, and not for the next session."""
        first = browser.token()
        assert browser.open("/language", "POST", "same-origin", data={"form_token": first}).status_code == 303
        other = world.browser()
        other.open("/signin")
        assert other.open("/language", "POST", "same-origin", data={"form_token": first}).status_code == 403
        user_id = world.push()
        browser.signs_in(world.database, world.account_id, user_id)
        signed_in = form_of(browser.open("/me"), "/signout")["form_token"]
        browser.signs_in(world.database, world.account_id, user_id)
        assert browser.open("/signout", "POST", "same-origin", data={"form_token": signed_in}).status_code == 403

    def test_n8_cookies_open_no_api_and_keys_no_page(self, world: World, browser: Browser) -> None:
        """Sessions are for pages, tokens for programs."""
        browser.signs_in(world.database, world.account_id, world.push())
        assert browser.open("/me").status_code == 200
        for path in ("/scim/v2/Users", "/api/v1/users", "/api/v1/account"):
            assert browser.open(path).status_code == 401
        for key in (world.customer.api_key, world.customer.token):
            assert world.browser().open("/me", headers={"Authorization": f"Bearer {key}"}).status_code == 303

    def test_n8_a_form_survives_a_new_secret_key(self, database_url: str, app: Flask, browser: Browser) -> None:
        """What was shown before the installation's key was changed can still be sent."""
        settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error")
        token, secret = browser.token(), browser.cookie("muster-form")
        newer = create_app(
            settings_for(
                database_url, public_url=PUBLIC_URL, log_level="error", secret_key_previous=settings.secret_key
            )
        )
        assert secret is not None
        later = Browser(newer)
        later.keep("muster-form", secret)
        assert later.open("/language", "POST", "same-origin", data={"form_token": token}).status_code == 303


class TestHeaders:
    """N-9 and N-10: what every answer carries, and by which name we are reached."""

    @pytest.mark.parametrize("path", STATUSES)
    def test_n9_every_answer_is_safe(self, browser: Browser, path: str) -> None:
        """Pages, redirects and errors alike."""
        answer = browser.open(path)
        assert answer.status_code == STATUSES[path]
        policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in str(policy)
        assert "script-src" not in policy
        if answer.mimetype == "text/html" and path != "/static/none.css" and answer.status_code not in (302, 303):
            assert policy["form-action"] == "'self'"
            assert policy["object-src"] == "'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        "host", ["evil.example", "muster.example.test.evil.example", "muster.example.test:8443", ""]
    )
    def test_n10_pages_are_shown_only_under_our_own_name(self, app: Flask, host: str) -> None:
        """Health and programs do not care; the page of the error names our address."""
        client = app.test_client()
        for path in ("/signin", "/me", "/sso/x/start", "/oauth/authorize", "/signin/local", "/setup/x"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 421, path
            assert PUBLIC_URL in answer.text
        for path in ("/healthz", "/metrics"):
            assert client.get(path, headers={"Host": host}).status_code == 200
        assert client.get("/api/v1/account", headers={"Host": host}).status_code == 401

    @pytest.mark.parametrize("host", ["muster.example.test", "MUSTER.example.test", "muster.example.test:443"])
    def test_n10_our_own_name_in_every_form(self, app: Flask, host: str) -> None:
        """Whatever its case, with the port that goes without saying."""
        assert app.test_client().get("/signin", headers={"Host": host}).status_code == 200

    def test_n2_cookies_are_for_us_alone(self, browser: Browser) -> None:
        """The prefix that browsers enforce, never for scripts, never for a domain."""
        answer = browser.submit(browser.open("/signin"), "/language", language="es")
        made = [
            *answer.headers.getlist("Set-Cookie"),
            *Browser(browser.app).open("/signin").headers.getlist("Set-Cookie"),
        ]
        assert {one.partition("=")[0] for one in made} == {"__Host-muster-language", "__Host-muster-form"}
        for one in made:
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(one.split("; ")), one
            assert "Domain" not in one
            assert len(one) < 400

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("http://127.0.0.1:8000", "muster-form"),
            ("http://localhost", "muster-form"),
            ("http://[::1]:9000", "muster-form"),
            ("http://muster.internal", "__Host-muster-form"),
            ("http://127.0.0.1.evil.example", "__Host-muster-form"),
        ],
    )
    def test_n2_only_a_developers_own_machine_goes_without_https(self, database_url: str, url: str, name: str) -> None:
        """Elsewhere a browser that is reached by plain http keeps no cookie of ours."""
        app = create_app(settings_for(database_url, public_url=url, log_level="error"))
        [made] = app.test_client().get("/signin", base_url=url).headers.getlist("Set-Cookie")
        assert made.partition("=")[0] == name
        assert ("Secure" in made.split("; ")) is name.startswith("__Host-")

    def test_files_are_kept_for_good_and_change_their_names(self, browser: Browser) -> None:
        """Everything that a page loads is there, from us, and nothing else is."""
        page = browser.open("/signin").text
        loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert len(set(loaded)) == 2
        for path in loaded:
            answer = browser.open(path, site="same-origin")
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert browser.open(path.replace(".", ".0", 1)).status_code == 404
        assert not re.search(r'(?:src|href|action)="(?!/)', page.replace('href="#content"', ""))

    def test_o6_below_a_path_every_address_has_it(self, database_url: str) -> None:
        """Where a proxy serves us below one: what pages lead to and load begins with it."""
        url = f"{PUBLIC_URL}/access"
        app = create_app(settings_for(database_url, public_url=url, log_level="error"))
        page = Browser(app).open("/signin?return_to=%2Faccess%2Fme")
        led = re.findall(r'(?:href|src|action)="(/[^"]*)"', page.text)
        assert len(led) >= 5
        assert all(path.startswith("/access/") for path in led), led
        assert led_to(Browser(app).open("/me")) == "/access/signin?return_to=%2Faccess%2Fme"


class TestErrors:
    """What goes wrong is a page, too."""

    @pytest.mark.parametrize(
        ("method", "path", "status", "said"),
        [
            ("GET", "/me/nothing", 404, "There is nothing here"),
            ("GET", "/sso", 404, "There is nothing here"),
            ("GET", "/setup", 404, "There is nothing here"),
            ("DELETE", "/me", 405, "That cannot be done here"),
            ("GET", "/signout", 405, "That cannot be done here"),
            ("OPTIONS", "/signin", 405, "That cannot be done here"),
        ],
    )
    def test_a_page_for_people(self, browser: Browser, method: str, path: str, status: int, said: str) -> None:
        """With the reference that the log has, and the way on."""
        answer = browser.open(path, method)
        assert (answer.status_code, answer.mimetype) == (status, "text/html")
        assert said in answer.text
        assert answer.headers["X-Request-ID"] in answer.text
        assert ("Allow" in answer.headers) is (status == 405)

    def test_the_way_on_is_that_of_whoever_asks(self, world: World, browser: Browser) -> None:
        """Whoever is signed in is not sent to sign in, neither where nothing is nor where they may not go."""
        browser.signs_in(world.database, world.account_id, world.push())
        for path, status in (("/console/nothing", 404), ("/console/settings", 403)):
            mine, others = browser.open(path), world.browser().open(path)
            assert mine.status_code == status
            assert '<a class="button" href="/me">To your own page</a>' in mine.text, path
            if status == 404:
                assert '<a class="button" href="/signin">To the sign-in page</a>' in others.text

    def test_programs_are_told_as_before(self, browser: Browser) -> None:
        """An address that is nobody's face."""
        assert browser.open("/nothing").mimetype == "application/json"
        assert browser.open("/api/v1/nothing").mimetype == "application/problem+json"

    def test_what_is_too_large_is_refused(self, browser: Browser) -> None:
        """413, and nothing of it is looked at; also in many parts, and in very many of them."""
        token = browser.token()
        values = {"form_token": token, "email": "a" * 70_000}
        for type_ in ("application/x-www-form-urlencoded", "multipart/form-data"):
            answer = browser.open("/signin", "POST", "same-origin", data=values, content_type=type_)
            assert answer.status_code == 413
            assert "too large" in answer.text

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"%ff%fe=%00", b"form_token", b"email=%f0%28%8c%28&form_token=\x00"])
    def test_no_body_is_a_fault_of_ours(self, browser: Browser, body: bytes) -> None:
        """Whatever is sent, it is never a 5xx."""
        for type_ in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "multipart/form-data",
        ):
            answer = browser.open("/signin", "POST", "same-origin", data=body, content_type=type_)
            assert 400 <= answer.status_code < 500

    def test_a_fault_shows_nothing_of_itself(self, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        """500 with the reference, without the database and without what happened."""

        def fails() -> None:
            raise RuntimeError("secret detail")

        monkeypatch.setattr(cookies, "connection_used", fails)
        answer = browser.open("/signin")
        assert answer.status_code == 500
        assert answer.headers["X-Request-ID"] in answer.text
        assert "secret detail" not in answer.text
        assert "Something went wrong on our side" in answer.text


class TestLanguage:
    """English and Spanish."""

    @pytest.mark.parametrize(
        ("asked", "language"),
        [("es", "es"), ("es-MX,en;q=0.5", "es"), ("en-GB,es;q=0.9", "en"), ("de,fr", "en"), ("", "en"), ("*", "en")],
    )
    def test_as_the_browser_prefers(self, browser: Browser, asked: str, language: str) -> None:
        """English if it prefers neither."""
        answer = browser.open("/signin", headers={"Accept-Language": asked})
        assert f'<html lang="{language}">' in answer.text
        assert answer.headers["Content-Language"] == language
        assert ("Correo de trabajo" in answer.text) is (language == "es")

    def test_as_was_chosen(self, browser: Browser) -> None:
        """The choice wins, and leads back to where it was made; nonsense is no choice."""
        page = browser.open("/signin?return_to=%2Fme%3Fa%3D1")
        answer = browser.submit(page, "/language", language="es")
        assert led_to(answer) == "/signin?return_to=%2Fme%3Fa%3D1"
        assert "Correo de trabajo" in browser.open("/signin", headers={"Accept-Language": "en"}).text
        browser.send("/language", language="xx")
        assert "Correo de trabajo" in browser.open("/signin").text
        browser.keep("muster-language", "../../etc")
        assert browser.open("/signin").headers["Content-Language"] == "en"

    def test_s44_nobody_is_led_elsewhere_by_a_choice(self, browser: Browser) -> None:
        """Nor by anything else that says where to return to."""
        for where in ("https://evil.example", "//evil.example", "/\\evil.example", "/%2fevil.example"):
            assert led_to(browser.send("/language", language="es", return_to=where)) == "/me"
            page = browser.open("/signin", query_string={"return_to": where})
            assert "return_to" not in form_of(page, "/signin")
            assert 'href="/signin/local"' in page.text


class TestEscaping:
    """R-9: what others have written stays text."""

    def test_r9_names_on_pages(self, world: World, browser: Browser) -> None:
        """A person's, a group's, the browser's, and what somebody types."""
        user_id = world.push(f"x{HOSTILE}@acme.example", displayName=HOSTILE)
        world.scim.create("/Groups", a_group(HOSTILE, [user_id]))
        browser.headers["User-Agent"] = HOSTILE
        browser.signs_in(world.database, world.account_id, user_id, agent=HOSTILE, address="203.0.113.7")
        assert_text(browser.open("/me"))
        assert_text(world.browser().send("/signin", email=f"{HOSTILE}@nobody.example"))

    def test_r9_a_hostile_request_id_is_not_shown(self, browser: Browser) -> None:
        """The reference is ours."""
        assert HOSTILE[:8] not in browser.open("/me/nothing", headers={"X-Request-ID": HOSTILE}).text


def assert_text(answer: TestResponse) -> None:
    """What is hostile is there, and is nothing but text."""
    page: Any = answer.text
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "<img src=x" not in page
    assert "{{7*7}}" in page
    for tag in re.findall(r"<[a-z][^>]*>", page):
        assert not re.search(r"\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', tag)), tag
