"""A fresh proof of who one is, for what is hard to undo (N-7, R-3): the way there and back, with nothing lost."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response, request
from sqlalchemy import update

from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.stores.access_tables import ACCOUNTS
from app.stores.person_sessions import SESSIONS
from app.stores.sign_in import ATTEMPTS
from app.web import held, pages
from app.web.face import Face
from tests.conftest import settings_for
from tests.protocol.api_client import Api, an_api_key, done
from tests.protocol.browser import Browser, form_of
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.door_world import World as Door
from tests.protocol.door_world import door_app, inbox
from tests.protocol.sign_in_world import Saml, World

__all__ = ["door_app", "inbox"]
PAGE = "/me/probe/7"
DONE: list[dict[str, list[str]]] = []


def probe_face() -> Face:
    """A page with a form that is hard to undo."""
    face = Face("probe")

    @face.page("GET", "/me/probe/<number>", needs="session", step_up=True)
    def show(number: str) -> Response:
        shown = f"{number}|{held.value('name', 'nothing')}|{','.join(held.values('role'))}|{held.value('secret', '-')}"
        page = pages.render("prove.html", start="/", has_sent=False)
        page.data = page.data.replace(b"</h1>", f" [{shown}]</h1>".encode())
        return page

    @face.page(
        "POST", "/me/probe/<number>/do", needs="session", step_up=True, form="/me/probe/<number>", forgets=("secret",)
    )
    def do(number: str) -> Response:
        DONE.append({"number": [number], **request.form.to_dict(flat=False)})
        return pages.redirect(pages.at(PAGE))

    return face


@pytest.fixture(scope="module")
def app(database_url: str) -> Iterator[Flask]:
    made = create_app(settings_for(database_url, public_url=PUBLIC_URL, log_level="error"))
    made.register_blueprint(probe_face().blueprint)
    yield made
    made.extensions["database"].dispose()


@pytest.fixture
def world(app: Flask, database: Database) -> World:
    DONE.clear()
    return World(app, database)


def grow_stale(world: World, minutes: float = 11) -> None:
    """Let every proof in the account be so old."""
    with world.database.writing() as session:
        old = now() - timedelta(minutes=minutes)
        session.execute(update(SESSIONS).where(SESSIONS.c.account_id == world.account_id).values(authenticated=old))


def start_of(page: Any) -> dict[str, str]:
    """Where a page leads whoever has to prove it anew."""
    assert page.status_code == 200, page.text
    there = next(one for one in page.text.split('"') if "step_up=1" in one)
    return {name: values[0] for name, values in parse_qs(urlsplit(html.unescape(there)).query).items()}


def prove(saml: Saml, browser: Browser, start: dict[str, str]) -> str:
    """Prove it anew at the provider; where that leads back to."""
    answer = saml.sign_in(browser, start)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_n07_a_page_is_shown_after_a_fresh_proof(world: World) -> None:
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    assert "[7|nothing||-]" in browser.open(PAGE).text
    grow_stale(world)
    page = browser.open(f"{PAGE}?tab=2")
    assert "[7|" not in page.text
    assert prove(saml, browser, start_of(page)) == f"{PAGE}?tab=2"
    assert "[7|nothing||-]" in browser.open(f"{PAGE}?tab=2").text


def test_n07_what_was_sent_is_shown_again_and_not_done_by_itself(world: World) -> None:
    """The form comes back filled in, but for what nobody is shown again; it is done once it is sent once more."""
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    grow_stale(world)
    values = {"name": "<Ana>", "role": ["Editor", "Viewer"], "secret": "hunter2", "form_token": browser.token()}
    page = browser.open(f"{PAGE}/do", "POST", "same-origin", data=values)
    assert "was not done" in page.text
    back = prove(saml, browser, start_of(page))
    assert back.startswith(f"{PAGE}?again=")
    assert DONE == []
    shown = browser.open(back)
    assert "[7|<Ana>|Editor,Viewer|-]" in shown.text
    assert "send it again" in shown.text
    assert DONE == []
    browser.send(f"{PAGE}/do", name="<Ana>")
    assert [one["name"] for one in DONE] == [["<Ana>"]]
    with world.database.reading() as session:
        rows = session.execute(ATTEMPTS.select().where(ATTEMPTS.c.account_id == world.account_id)).all()
    assert "hunter2" not in str(rows)
    assert "<Ana>" not in str(rows)  # what waits is sealed


def test_n07_what_was_sent_is_of_this_session_this_page_and_a_while(world: World) -> None:
    saml, browser, other = world.saml(creates_people=True), world.browser(), world.browser()
    saml.sign_in(browser)
    saml.sign_in(other)
    grow_stale(world)
    first = start_of(browser.send(f"{PAGE}/do", name="first"))
    start = start_of(browser.send(f"{PAGE}/do", name="second"))
    back = prove(saml, browser, start)
    prove(saml, other, {"step_up": "1"})
    assert "[7|second||-]" in browser.open(back).text
    for where in (first["return_to"], back.replace("/7", "/8"), f"{PAGE}?again=x", f"{PAGE}?again="):
        page = browser.open(where)
        assert "|nothing||-]" in page.text, where
        assert "send it again" not in page.text
    assert "[7|nothing||-]" in other.open(back).text
    with world.database.writing() as session:
        old = now() - timedelta(seconds=1)
        session.execute(update(ATTEMPTS).where(ATTEMPTS.c.account_id == world.account_id).values(expires=old))
    assert "[7|nothing||-]" in browser.open(back).text


def test_n07_somebody_else_proves_nothing_and_sees_nothing(world: World) -> None:
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser, name_id="ana")
    grow_stale(world)
    start = start_of(browser.send(f"{PAGE}/do", name="x"))
    assert saml.sign_in(browser, start, name_id="bo").status_code == 403
    assert "[7|" not in browser.open(start["return_to"]).text
    assert DONE == []


def test_n07_forged_forms_are_kept_nowhere(world: World) -> None:
    """Who cannot send a form cannot have one kept either (N-8)."""
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    grow_stale(world)
    assert browser.open(f"{PAGE}/do", "POST", "cross-site", data={"name": "x"}).status_code == 403
    with world.database.reading() as session:
        rows = session.execute(ATTEMPTS.select().where(ATTEMPTS.c.account_id == world.account_id)).all()
    assert [row for row in rows if row.purpose == "form"] == []


def test_n07_the_account_says_how_fresh(world: World, app: Flask, database: Database) -> None:
    saml, browser = world.saml(creates_people=True), world.browser()
    saml.sign_in(browser)
    grow_stale(world, 4)
    assert "[7|" in browser.open(PAGE).text
    api = Api(app, an_api_key(database, world.account_id), world.account_id)
    assert api.read("/account")["step_up_minutes"] == 10
    done(api.patch("/account", {"step_up_minutes": 3}))
    page = browser.open(PAGE)
    assert "[7|" not in page.text
    assert "last 3 minutes" in page.text
    with database.writing() as session:
        session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account_id).values(step_up_minutes=60))
    grow_stale(world, 59)
    assert "[7|" in browser.open(PAGE).text


def test_n07_every_form_that_needs_it_has_a_page_to_come_back_to(app: Flask) -> None:
    """Else what was sent would be lost."""
    shown = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    checked = 0
    for rule in app.url_map.iter_rules():
        requirement = getattr(app.view_functions[rule.endpoint], "requirement", None)
        if requirement is not None and requirement.step_up and "POST" in (rule.methods or ()):
            assert requirement.form in shown, rule
            checked += 1
    assert checked >= 7


class TestOwnSecurity:
    """The page that uses it already, and the local door as the way of proof."""

    def test_n07_a_form_of_the_own_security_page_comes_back(
        self, door_app: Flask, database: Database, inbox: Any
    ) -> None:
        world = Door(door_app, database, inbox)
        browser = world.activated(world.olivia)
        with database.writing() as session:
            old = now() - timedelta(minutes=11)
            session.execute(update(SESSIONS).where(SESSIONS.c.user_id == world.olivia.id).values(authenticated=old))
        sent = {"ticket": "secret-ticket", "credential": "secret-credential", "name": "blue key"}
        page = browser.send("/me/security/passkeys", **sent)
        start = start_of(page)
        proof = browser.open("/signin/local", query_string=start)
        right = {"password": "correct horse battery staple", "code": world.fresh_code(world.olivia)}
        answer = browser.submit(proof, "/signin/local/prove", **right)
        shown = browser.open(answer.headers["Location"].removeprefix(PUBLIC_URL))
        assert "send it again" in shown.text
        form = form_of(shown, "/me/security/passkeys")
        assert form["name"] == "blue key"
        assert "secret-" not in str(form.values())
