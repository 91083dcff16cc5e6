"""An account with owners of its own, a mail server, and browsers at the local door."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.audit import EVENTS
from app.compose import create_app
from app.db import Database
from app.models.base import now
from app.services import accounts
from app.services.door_steps import Doorway
from app.stores.access_tables import ACCOUNTS
from app.stores.local_sign_in import ADDRESSES, CREDENTIALS
from tests.authenticator import Authenticator
from tests.builders import Customer, a_customer
from tests.conftest import settings_for
from tests.protocol.api_client import Api, an_api_key
from tests.protocol.browser import Browser, form_of, led_to
from tests.protocol.conftest import PUBLIC_URL
from tests.smtp_server import PASSWORD as MAIL_PASSWORD
from tests.smtp_server import USER as MAIL_USER
from tests.smtp_server import Inbox, Received, a_mail_server

PASSWORD = "correct horse battery staple"
OTHER = "four unrelated quiet words"
_SECRET = re.compile(r"<code>([A-Z2-7]{32})</code>")
_CODE = re.compile(r"<code>([0-9a-z]{5}-[0-9a-z]{5})</code>")
_OPTIONS = re.compile(r'data-passkey="(\w+)" data-options="([^"]*)"')
_LINK = re.compile(rf"{re.escape(PUBLIC_URL)}(/signin/local/open\?link=\S+)")


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """The mail server's."""
    with a_mail_server() as received:
        yield received


@pytest.fixture(scope="module")
def door_app(database_url: str, inbox: Inbox) -> Flask:
    """The application, with mail, and in no hurry to be slow."""
    url = f"smtp://{MAIL_USER}:{MAIL_PASSWORD.replace(' ', '%20')}@127.0.0.1:{inbox.port}"
    settings = settings_for(
        database_url, public_url=PUBLIC_URL, log_level="error", smtp_url=url, mail_from="Muster <muster@acme.example>"
    )
    app = create_app(settings)
    app.extensions["doorway"] = replace(app.extensions["doorway"], floor=0.0)
    return app


@pytest.fixture
def world(door_app: Flask, database: Database, inbox: Inbox) -> World:
    """An account that nobody else uses, with one owner, Olivia."""
    return World(door_app, database, inbox)


@dataclass
class Owner:
    """An owner and what they have to sign in with."""

    id: str
    user_name: str
    secret: str = ""
    codes: tuple[str, ...] = ()


class World:
    """What the tests of the door have in common."""

    def __init__(self, app: Flask, database: Database, inbox: Inbox) -> None:
        self.app, self.database, self.inbox = app, database, inbox
        self.customer: Customer = a_customer(database)
        self.account_id = self.customer.account_id
        self.api = Api(app, an_api_key(database, self.account_id), self.account_id)
        self.olivia = self.an_owner("olivia")

    @property
    def way(self) -> Doorway:
        found: Doorway = self.app.extensions["doorway"]
        return found

    def an_owner(self, name: str) -> Owner:
        user_name = f"{name}-{uuid4().hex[:10]}@acme.example"
        with self.database.writing() as session:
            made = accounts.create_owner(session, self.account_id, user_name, name.title())
        return Owner(made.id, user_name)

    def browser(self, address: str | None = None) -> Browser:
        """A browser at an address of its own, so that tests do not share its failures."""
        made = Browser(self.app)
        here = address or f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"
        made.client.environ_base["REMOTE_ADDR"] = here
        return made

    def mail(self, owner: Owner, subject: str = "") -> Received:
        """The last mail to an owner, as soon as it is there: another thread may be sending it at this moment."""
        for _ in range(1200):
            self.app.extensions["mailer"].look()
            found = [one for one in self.inbox.to(owner.user_name) if subject in str(one.message["Subject"])]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError(f"no mail came to {owner.user_name}")

    def link(self, owner: Owner, subject: str = "") -> str:
        found = _LINK.search(self.mail(owner, subject).text)
        assert found is not None
        return found[1]

    def invite(self, owner: Owner) -> str:
        """The link of an invitation, as it arrives by mail."""
        answer = self.api.post("/account/sign-in/invitations", {"user": owner.user_name})
        assert answer.status_code == 202, answer.text
        return self.link(owner)

    def choose(self, browser: Browser, link: str, password: str = PASSWORD, again: str | None = None) -> TestResponse:
        page = browser.open(link)
        return browser.submit(page, "/signin/local/open", password=password, again=again or password)

    def activated(self, owner: Owner, browser: Browser | None = None) -> Browser:
        """Let an owner choose a password and an app; they are signed in then."""
        browser = browser or self.browser()
        page = browser.open(led_to(self.choose(browser, self.invite(owner))))
        owner.secret = secret_of(page)
        done = browser.submit(page, "/signin/local/enrol", code=code(owner))
        assert done.status_code == 200, done.text
        owner.codes = tuple(_CODE.findall(done.text))
        return browser

    def knock(self, browser: Browser, owner: Owner | str, password: str = PASSWORD, **more: str) -> TestResponse:
        """Show user name and password."""
        page = browser.open("/signin/local")
        name = owner if isinstance(owner, str) else owner.user_name
        return browser.submit(page, "/signin/local", name=name, password=password, **more)

    def signs_in(self, browser: Browser, owner: Owner, text: str | None = None, **more: str) -> TestResponse:
        """Show password and code."""
        page = browser.open(led_to(self.knock(browser, owner, **more)))
        return browser.submit(page, "/signin/local/code", code=text or self.fresh_code(owner))

    def signs_in_with(self, password: str, text: str) -> TestResponse:
        """The same with another password, in a browser of its own."""
        browser = self.browser()
        page = browser.open(led_to(self.knock(browser, self.olivia, password)))
        return browser.submit(page, "/signin/local/code", code=text)

    def fresh_code(self, owner: Owner) -> str:
        """A code that was not used yet."""
        self.change(owner, totp_step=0)
        return code(owner)

    def show(self, browser: Browser, key: Authenticator, path: str = "/signin/local", **changes: Any) -> TestResponse:
        """Sign in with a passkey."""
        page = browser.open(path)
        action = "/signin/local/prove/passkey" if "step_up" in path else "/signin/local/passkey"
        return browser.submit(page, action, credential=key.get(options_of(page, "get"), **changes))

    def change(self, owner: Owner, **values: Any) -> None:
        """Change what the database has of somebody's credentials."""
        with self.database.writing() as session:
            session.execute(update(CREDENTIALS).where(CREDENTIALS.c.user_id == owner.id).values(**values))

    def set_account(self, **values: Any) -> None:
        with self.database.writing() as session:
            session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == self.account_id).values(**values))

    def row(self, owner: Owner) -> Any:
        with self.database.reading() as session:
            return session.execute(select(CREDENTIALS).where(CREDENTIALS.c.user_id == owner.id)).one()

    def pass_time(self, owner: Owner) -> None:
        """Let the lock of a person be over."""
        self.change(owner, locked_until=now() - timedelta(seconds=1))

    def free_addresses(self) -> None:
        """Let the locks of all addresses be over."""
        with self.database.writing() as session:
            session.execute(update(ADDRESSES).values(locked_until=now() - timedelta(seconds=1)))

    def events(self, action: str) -> list[Any]:
        """What the trail has of an action."""
        query = select(EVENTS).where(EVENTS.c.account_id == self.account_id, EVENTS.c.action == action)
        with self.database.reading() as session:
            return list(session.execute(query.order_by(EVENTS.c.sequence)).all())


def code(owner: Owner, steps: int = 0, at: datetime | None = None) -> str:
    """What the owner's app shows, so many steps from now or another moment."""
    return pyotp.TOTP(owner.secret).at(int((at or now()).timestamp()) + 30 * steps)


def secret_of(page: TestResponse) -> str:
    """The secret that a page offers for an app."""
    found = _SECRET.search(page.text)
    assert found is not None, page.text
    return found[1]


def codes_of(page: TestResponse) -> list[str]:
    """The recovery codes that a page shows."""
    return _CODE.findall(page.text)


def options_of(page: TestResponse, verb: str) -> str:
    """What a page asks the browser's authenticator for."""
    found = [options for asked, options in _OPTIONS.findall(page.text) if asked == verb]
    assert found, page.text
    return html.unescape(found[0])


def is_in(browser: Browser) -> bool:
    """Whether somebody is signed in there."""
    return browser.open("/me").status_code == 200


def shown(page: TestResponse, action: str) -> dict[str, str]:
    """What a form would send."""
    return form_of(page, action)
