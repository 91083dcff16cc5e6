"""/begin and /console/start: from an empty installation to the first person."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.compose import create_app
from app.db import Database
from app.models import Account
from app.models.base import now, table
from app.services import first_run
from app.stores import local_sign_in
from tests.conftest import fresh_sqlite, new_postgresql_database, settings_for
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.protocol.console_world import ConsoleWorld, text_of
from tests.protocol.sign_in_world import KEYS

FILLED = {"account": "Acme", "profile": "email-marketing", "name": "Ana", "user_name": "ana@acme.example"}


@pytest.fixture
def empty(database_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Flask, Database]]:
    """An installation of its own without any account."""
    own = (
        fresh_sqlite(sqlite_template, tmp_path)
        if database_url.startswith("sqlite")
        else new_postgresql_database(f"muster_{uuid4().hex}")
    )
    settings = settings_for(own, public_url=PUBLIC_URL, log_level="error")
    database = Database(settings)
    app = create_app(settings)
    yield app, database
    database.dispose()
    app.extensions["database"].dispose()


def path_of(link: str) -> str:
    """What of a link follows our own address."""
    return link.removeprefix(PUBLIC_URL)


def accounts_in(database: Database) -> int:
    """How many there are."""
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(table(Account))).scalar_one())


def test_the_first_account_is_made_once(empty: tuple[Flask, Database]) -> None:
    """Its owner goes on to the local door, where a second factor is asked for; the link is used up."""
    app, database = empty
    browser = Browser(app)
    link = path_of(first_run.link(KEYS, PUBLIC_URL))
    page = browser.open(link)
    assert "Welcome to Muster" in page.text
    done = browser.submit(page, "/begin", **FILLED)
    door = browser.open(led_to(done))
    assert "ana@acme.example" in door.text
    secret = "a long and unusual pass phrase"
    after = browser.submit(door, "/signin/local/open", password=secret, again=secret)
    assert after.status_code in (200, 303)
    assert browser.open("/me").status_code == 303, "nobody is signed in without the second factor"
    assert browser.open(link).status_code == 403
    again = browser.submit(page, "/begin", **FILLED | {"account": "Other"})
    assert again.status_code == 403
    assert accounts_in(database) == 1


def test_what_cannot_be_an_owner_leaves_no_account(empty: tuple[Flask, Database]) -> None:
    """An account without an owner could be managed by nobody, and the link would be used up."""
    app, database = empty
    browser = Browser(app)
    page = browser.open(path_of(first_run.link(KEYS, PUBLIC_URL)))
    for name in ("\0ana", "an\0a"):
        refused = browser.submit(page, "/begin", **FILLED | {"user_name": name})
        assert refused.status_code == 400
        assert accounts_in(database) == 0
    assert browser.submit(page, "/begin", **FILLED).status_code == 303
    assert accounts_in(database) == 1


def test_what_is_wrong_is_said_and_nothing_lost(empty: tuple[Flask, Database]) -> None:
    """Empty and endless names; then it can still be done."""
    app, database = empty
    browser = Browser(app)
    page = browser.open(path_of(first_run.link(KEYS, PUBLIC_URL)))
    refused = browser.submit(page, "/begin", **FILLED | {"account": "x" * 201})
    assert refused.status_code == 422
    assert 'value="ana@acme.example"' in refused.text
    assert accounts_in(database) == 0
    unknown = browser.submit(page, "/begin", **FILLED | {"profile": "no such"})
    assert unknown.status_code == 422
    assert browser.submit(refused, "/begin", **FILLED).status_code == 303
    assert accounts_in(database) == 1


def test_only_the_operators_link_opens_it(empty: tuple[Flask, Database]) -> None:
    """Neither none, nor one that is made up, nor one of yesterday."""
    app, database = empty
    browser = Browser(app)
    old = path_of(first_run.link(KEYS, PUBLIC_URL, now() - first_run.LASTS - timedelta(minutes=1)))
    for path in ("/begin", "/begin?link=x", f"/begin?link={'A' * 60}", old):
        assert browser.open(path).status_code == 403, path
    assert browser.send("/begin", link="", **FILLED).status_code == 403
    assert accounts_in(database) == 0


def test_of_two_at_once_one_begins(empty: tuple[Flask, Database]) -> None:
    """The other one is told that somebody has."""
    app, database = empty
    link = path_of(first_run.link(KEYS, PUBLIC_URL))
    browsers = [Browser(app), Browser(app)]
    forms = [form_of(browser.open(link), "/begin") for browser in browsers]
    statuses: list[int] = []
    ready = threading.Barrier(2)

    def go(number: int) -> None:
        ready.wait()
        data = forms[number] | FILLED | {"account": f"Acme {number}"}
        statuses.append(browsers[number].open("/begin", "POST", "same-origin", data=data).status_code)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303, 403]
    assert accounts_in(database) == 1


def test_steps_follow_what_happens(app: Flask, database: Database) -> None:
    """The one that waits for the identity provider asks again by itself."""
    world = ConsoleWorld(app, database)
    page = world.console.open("/console/start").text
    assert 'hx-trigger="every 3s"' not in page, "the second factor is what is next, and nobody waits for it"
    world.push()
    page = text_of(world.console.open("/console/start").text)
    assert "3 of 7 steps done" in page
    overview = text_of(world.console.open("/console").text)
    assert "3 of 7 first steps are done" in overview
    spanish = world.console.open("/console/start", headers={"Accept-Language": "es"}).text
    assert "Primeros pasos" in spanish


def test_whoever_begins_is_led_to_the_first_steps(empty: tuple[Flask, Database]) -> None:
    """Through the local door, whose form leads nowhere else whatever an address says."""
    app, _ = empty
    browser = Browser(app)
    page = browser.open(path_of(first_run.link(KEYS, PUBLIC_URL)))
    door = browser.open(led_to(browser.submit(page, "/begin", **FILLED)))
    assert form_of(door, "/signin/local/open")["return_to"] == "/console/start"
    elsewhere = browser.open(door.request.full_path + "&return_to=https://evil.example/")
    assert elsewhere.status_code == 200
    other = browser.open(door.request.full_path.replace("%2Fconsole%2Fstart", "https%3A%2F%2Fevil.example"))
    assert other.status_code == 200
    assert "return_to" not in form_of(other, "/signin/local/open")
    secret = "a long and unusual pass phrase"
    mine = browser.submit(door, "/signin/local/open", password=secret, again="another one altogether")
    assert form_of(mine, "/signin/local/open")["return_to"] == "/console/start"
    enrolment = browser.open(led_to(browser.submit(mine, "/signin/local/open", password=secret, again=secret)))
    filled = form_of(enrolment, "/signin/local/enrol")
    shown = re.search(r"<code>([A-Z2-7 ]+)</code>", enrolment.text)
    assert shown is not None
    code = pyotp.TOTP(shown[1].replace(" ", "")).now()
    codes = browser.open("/signin/local/enrol", "POST", "same-origin", data=filled | {"code": code})
    assert 'href="/console/start"' in codes.text
    steps = text_of(browser.open("/console/start").text)
    assert "1 of 7 steps done" in steps


def test_every_page_leads_back_until_all_is_done(app: Flask, database: Database) -> None:
    """From the moment that somebody has looked at the first steps; not whoever may not see them."""
    world = ConsoleWorld(app, database)
    way = 'class="first-steps"'
    assert way not in world.console.open("/console/directories").text
    assert way not in world.console.open("/console/start").text
    for path in ("/console/directories", "/console/mapping/unmapped", "/console/connections/new"):
        assert way in world.console.open(path).text, path
    world.console.open("/console")
    assert way not in world.console.open("/console/directories").text, "the overview says it from now on"
    world.console.open("/console/start")
    assert way in world.console.open("/console/directories").text
    delegate = world.signed_in(world.push())
    delegate.keep("muster-steps", "1")
    assert way not in delegate.open("/console/people").text
    world.console.send("/signout")
    assert world.console.cookie("muster-steps") is None


def test_a_page_that_waits_is_left_alone_while_nothing_happens(app: Flask, database: Database) -> None:
    """Whoever is at one of its links stays there; once something has happened, it is shown."""
    world = ConsoleWorld(app, database)
    with database.writing() as session:
        local_sign_in.credential(session, world.account_id, world.owner, {"totp_confirmed": now()})
    page = world.console.open("/console/start").text
    assert "Waiting for the first request" in text_of(page)
    asks = re.search(r'hx-get="([^"]*)"', page)
    assert asks is not None
    assert world.console.open(asks[1]).status_code == 204
    world.push()
    assert "4 of 7 steps done" in text_of(world.console.open(asks[1]).text)


def test_the_last_steps_lead_to_the_connection_that_is_there(app: Flask, database: Database) -> None:
    """Not to another new one; and say where people sign in once it is on."""
    world = ConsoleWorld(app, database)
    assert 'href="/console/connections/new"' in world.console.open("/console/start").text
    connection = world.saml(enabled=False).id
    page = world.console.open("/console/start").text
    assert f'href="/console/connections/{connection}"' in page
    assert 'id="sign-in-address"' not in page
    world.change(connection, enabled=True)
    page = world.console.open("/console/start").text
    assert f'value="{PUBLIC_URL}/sso/{connection}/start"' in page
    assert f'href="/console/connections/{connection}/tests"' in page
