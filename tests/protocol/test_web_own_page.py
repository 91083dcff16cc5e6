"""/me and /signout: what somebody sees of themselves, and how sessions end."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from app.db import Database
from app.models.base import now
from app.services import accounts, assignments, open_sessions
from app.services.giving import Giving
from tests.builders import a_group, a_patch
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.declared import pages_of, requirement_of
from tests.protocol.sign_in_world import SESSIONS, World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    """An account of its own."""
    return World(app, database)


def a_browser(world: World, user_id: str, agent: str = FIREFOX, **how: object) -> Browser:
    """A browser in which somebody is signed in."""
    browser = Browser(world.app, {"User-Agent": agent})
    browser.signs_in(world.database, world.account_id, user_id, **how)
    return browser


def gives(world: World, role: str, user_id: str, **why: object) -> None:
    """A role, by hand."""
    with world.database.writing() as session:
        assignments.assign(session, world.account_id, Giving(role, (user_id,)), **why)


def is_in(browser: Browser) -> bool:
    """Whether the browser is still signed in."""
    return browser.open("/me").status_code == 200


class TestWhatOneSees:
    """Who one is here, what one may do, and why."""

    def test_who_is_signed_in_and_how(self, world: World) -> None:
        """Name, organisation, connection; nobody keeps a copy of the page."""
        saml = world.saml()
        browser = a_browser(world, world.push("ana@acme.example", displayName="Ana García"), connection_id=saml.id)
        page = browser.open("/me")
        for said in ("Hello, Ana García", "ana@acme.example", world.customer.account_name):
            assert said in page.text
        assert f"<dd>{saml.world.trusted(saml.id).name}</dd>" in page.text
        assert page.headers["Cache-Control"] == "no-store"

    def test_roles_with_their_reasons(self, world: World) -> None:
        """In plain words; what is over is not shown, what is to come says from when."""
        user_id = world.push()
        gives(world, "Marketer", user_id, reason="Ticket 4711")
        gives(world, "Viewer", user_id, expires=now() + timedelta(days=400))
        with world.database.writing() as session:
            assignments.assign(
                session, world.account_id, Giving("Analyst", (user_id,)), starts=now() + timedelta(days=9)
            )
        page = a_browser(world, user_id).open("/me").text
        assert "Ticket 4711" in page
        for said in ("<strong>Marketer</strong>", "<strong>Viewer</strong>", "everywhere", "What you may do"):
            assert said in page
        assert "until <time" in page
        assert "from <time" in page
        assert "nearly there" not in page

    def test_whoever_has_no_role_waits_and_learns_whom_to_ask(self, world: World) -> None:
        """Their groups, and the owners of their own account only."""
        with world.database.writing() as session:
            accounts.create_owner(session, world.account_id, "boss@acme.example", "Maria Boss")
        other = World(world.app, world.database)
        with other.database.writing() as session:
            accounts.create_owner(session, other.account_id, "stranger@else.example", "Some Stranger")
        user_id = world.push("new@acme.example")
        world.scim.create("/Groups", a_group("Marketing EMEA", [user_id]))
        page = a_browser(world, user_id).open("/me").text
        assert "You are signed in, and nearly there" in page
        for said in ("Maria Boss", "boss@acme.example", "new@acme.example", "Marketing EMEA"):
            assert said in page
        assert "Stranger" not in page
        spanish = Browser(world.app, {"Accept-Language": "es"})
        spanish.signs_in(world.database, world.account_id, user_id)
        assert "Ha iniciado sesión y ya casi está" in spanish.open("/me").text

    def test_without_an_owner_somebody_is_to_be_asked_all_the_same(self, world: World) -> None:
        """Nobody is named who is not there."""
        assert "your organisation’s administrator" in a_browser(world, world.push()).open("/me").text

    def test_whoever_is_not_signed_in_sees_nothing(self, world: World) -> None:
        """And is led back here after the sign-in."""
        browser = world.browser()
        assert led_to(browser.open("/me")) == "/signin?return_to=%2Fme"
        browser.keep("muster", "0" * 43)
        answer = browser.open("/me?done=ended")
        assert led_to(answer) == "/signin?return_to=%2Fme%3Fdone%3Dended"
        assert browser.cookie("muster") is None


class TestSessions:
    """N-5: one's own sessions, each of which one may end."""

    def test_n5_all_are_shown_and_this_one_is_marked(self, world: World) -> None:
        """The browser in words, from where, and since when."""
        user_id = world.push()
        phone = a_browser(world, user_id, PHONE, address="198.51.100.20")
        page = phone.open("/me").text
        assert "Safari on iPhone" in page
        a_browser(world, user_id, FIREFOX, address="203.0.113.7")
        a_browser(world, user_id, "\x07strange")
        page = phone.open("/me").text
        for said in ("Firefox on Windows", "203.0.113.7", "Unknown browser"):
            assert said in page
        assert page.count("This browser") == 1
        assert page.index("This browser") < page.index("Firefox on Windows")
        assert page.count('action="/me/sessions/end"') == 2

    def test_n5_one_of_them_is_ended(self, world: World) -> None:
        """At once, and written down; the others stay."""
        user_id = world.push()
        here, there, third = (a_browser(world, user_id) for _ in range(3))
        [ended, _] = [
            row.id
            for row in world.rows(SESSIONS)
            if row.user_id == user_id and row.id != world.who(here).session_id  # type: ignore[union-attr]
        ]
        answer = here.send("/me/sessions/end", session=ended)
        assert led_to(answer) == "/me?done=ended#sessions"
        assert "That session has ended." in here.open("/me?done=ended").text
        assert is_in(here)
        assert [is_in(there), is_in(third)].count(True) == 1
        [event] = world.events("session.ended")
        assert (event.target_id, event.after["session"], event.after["because"]) == (user_id, ended, "person")
        assert event.actor_id == user_id
        assert led_to(here.send("/me/sessions/end", session=ended)) == "/me?done=gone#sessions"

    def test_n5_all_others_are_ended(self, world: World) -> None:
        """But not this one, and nobody else's."""
        user_id, other_id = world.push(), world.push()
        here, there = a_browser(world, user_id), a_browser(world, user_id)
        other = a_browser(world, other_id)
        assert led_to(here.submit(here.open("/me"), "/me/sessions/end-others")) == "/me?done=ended_others#sessions"
        assert (is_in(here), is_in(there), is_in(other)) == (True, False, True)

    @pytest.mark.parametrize("known", ["same account", "another account", "nonsense", ""])
    def test_m1_sessions_of_others_cannot_be_ended(self, world: World, known: str) -> None:
        """Not even by their ids, which are told from unknown ones by nothing."""
        here = a_browser(world, world.push())
        elsewhere = world if known == "same account" else World(world.app, world.database)
        victim = a_browser(elsewhere, elsewhere.push())
        id = known or victim.cookie("muster")
        if known.endswith("account"):
            id = elsewhere.who(victim).session_id  # type: ignore[union-attr]
        assert led_to(here.send("/me/sessions/end", session=id or "")) == "/me?done=gone#sessions"
        assert is_in(victim)

    def test_ending_this_one_is_signing_out(self, world: World) -> None:
        """Whichever form it comes by."""
        here = a_browser(world, world.push())
        id = world.who(here).session_id  # type: ignore[union-attr]
        assert led_to(here.send("/me/sessions/end", session=id)) == "/signin?over=1"
        assert not is_in(here)


class TestEnding:
    """N-3, N-4 and N-6: when a session is over."""

    def test_n6_signing_out_ends_it_on_the_server(self, world: World) -> None:
        """A saved cookie is worth nothing, the browser's cache is emptied, and a friendly page says so."""
        browser = a_browser(world, world.push())
        secret = browser.cookie("muster") or ""
        page = browser.open("/me")
        answer = browser.submit(page, "/signout")
        assert led_to(answer) == "/signin?over=1"
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert browser.cookie("muster") is None
        assert "You are signed out" in browser.open("/signin?over=1").text
        browser.keep("muster", secret)
        assert not is_in(browser)

    def test_n6_signing_out_without_a_session_is_no_error(self, world: World) -> None:
        """Whoever clicks in an old window is signed out as well."""
        browser = a_browser(world, world.push())
        page = browser.open("/me")
        browser.submit(page, "/signout")
        browser.keep("muster", "x" * 43)
        assert led_to(browser.send("/signout")) == "/signin?over=1"
        assert browser.open("/signout").status_code == 405

    def test_n6_the_identity_provider_learns_of_it(self, world: World) -> None:
        """Here it is over before; the way there is a page of ours, not a redirect of a form."""
        saml = world.saml(saml={"logout_url": "https://idp.example/slo"})
        browser = a_browser(
            world,
            world.push(),
            connection_id=saml.id,
            provider={"name_id": {"value": "ana", "format": None}},
        )
        secret = browser.cookie("muster") or ""
        answer = browser.send("/signout")
        assert answer.status_code == 200
        assert led_to(answer).startswith("https://idp.example/slo?SAMLRequest=")
        assert answer.headers["Clear-Site-Data"]
        assert browser.cookie("muster") is None
        browser.keep("muster", secret)
        assert not is_in(browser)

    @pytest.mark.parametrize("how", ["deactivated", "replaced", "deleted"])
    def test_n4_whoever_is_deactivated_is_out_at_once(self, world: World, how: str) -> None:
        """By PATCH, PUT or DELETE of their directory, in every browser."""
        user_id = world.push()
        browsers = [a_browser(world, user_id) for _ in range(2)]
        assert all(map(is_in, browsers))
        if how == "deactivated":
            change = {"op": "replace", "path": "active", "value": False}
            assert world.scim.patch(f"/Users/{user_id}", a_patch(change)).status_code == 200
        elif how == "replaced":
            body = world.scim.read(f"/Users/{user_id}") | {"active": False}
            assert world.scim.put(f"/Users/{user_id}", body).status_code == 200
        else:
            assert world.scim.request("DELETE", f"/Users/{user_id}").status_code == 204
        assert not any(map(is_in, browsers))

    def test_n4_a_connection_that_is_switched_off(self, world: World) -> None:
        """Whoever came by it is out; whoever came otherwise stays."""
        saml, user_id = world.saml(), world.push()
        by_it, otherwise = a_browser(world, user_id, connection_id=saml.id), a_browser(world, user_id)
        world.change(saml.id, enabled=False)
        assert (is_in(by_it), is_in(otherwise)) == (False, True)

    def test_n3_being_there_keeps_a_session_alive(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every page is a sign of life; who gives none for half an hour is out."""
        browser, moment = a_browser(world, world.push()), now()
        clock = [moment]
        monkeypatch.setattr("app.web.who.now", lambda: clock[0])
        for minutes in (25, 50, 75):
            clock[0] = moment + timedelta(minutes=minutes)
            assert is_in(browser)
        clock[0] += timedelta(minutes=31)
        assert not is_in(browser)

    def test_n3_no_session_outlives_its_day(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """However busy somebody is."""
        browser, moment = a_browser(world, world.push()), now()
        clock = [moment]
        monkeypatch.setattr("app.web.who.now", lambda: clock[0])
        for minutes in range(20, 12 * 60, 20):
            clock[0] = moment + timedelta(minutes=minutes)
            assert is_in(browser)
        clock[0] = moment + timedelta(hours=12, seconds=1)
        assert not is_in(browser)


class TestProvingAnew:
    """N-7: what is hard to undo needs a recent proof."""

    def owner(self, world: World, age: timedelta, connection_id: str | None = None) -> Browser:
        """An Account Owner who signed in so long ago."""
        with world.database.writing() as session:
            made = accounts.create_owner(session, world.account_id, f"boss{uuid4().hex[:6]}", "Boss")
        browser = Browser(world.app)
        browser.signs_in(world.database, world.account_id, made.id, now() - age, connection_id=connection_id)
        return browser

    def paths(self, app: Flask) -> list[tuple[str, str, str]]:
        """Method and path of every page that asks for it, and to which page one comes back."""
        found = [
            (min(rule.methods & {"GET", "POST"}), rule.rule, requirement.form)
            for rule in pages_of(app)
            if (requirement := requirement_of(app, rule)).step_up and "<" not in rule.rule
        ]
        assert found
        return found

    def test_n7_an_old_proof_is_asked_for_again(self, app: Flask, world: World) -> None:
        """By the way they came, and back to the page; what was sent is not done."""
        saml = world.saml()
        local, by_saml = self.owner(world, timedelta(minutes=11)), self.owner(world, timedelta(hours=1), saml.id)
        for method, path, form in self.paths(app):
            back = (path if method == "GET" else f"{form}?again=").translate({47: "%2F", 63: "%3F", 61: "%3D"})
            end = '"' if method == "GET" else ""
            for browser, start in ((local, "/signin/local"), (by_saml, f"/sso/{saml.id}/start")):
                answer = browser.open(path) if method == "GET" else browser.send(path)
                assert "Please confirm that it is you" in answer.text, path
                assert f'href="{start}?step_up=1&amp;return_to={back}{end}' in answer.text

    def test_n7_a_recent_one_is_enough(self, app: Flask, world: World) -> None:
        """For ten minutes."""
        browser = self.owner(world, timedelta(minutes=9))
        for method, path, _ in self.paths(app):
            if method == "GET":
                assert "Please confirm that it is you" not in browser.open(path).text


def test_the_session_of_one_account_is_no_door_to_another(world: World) -> None:
    """M-4: what is shown is the session's own account, whatever is asked for."""
    browser = a_browser(world, world.push("ana@acme.example"))
    other = World(world.app, world.database)
    other.push("ana@acme.example")
    page = browser.open("/me", query_string={"account": other.account_id}, headers={"Muster-Actor": "x"})
    assert world.customer.account_name in page.text
    assert other.customer.account_name not in page.text
    assert form_of(page, "/signout")


def test_last_seen_is_written_once_a_minute(world: World) -> None:
    """A page costs no write most of the time."""
    browser = a_browser(world, world.push())
    id = world.who(browser).session_id  # type: ignore[union-attr]

    def last_seen() -> object:
        with world.database.reading() as session:
            return open_sessions.get_session(session, world.account_id, id).last_seen

    before = last_seen()
    for _ in range(3):
        browser.open("/me")
    assert last_seen() == before
