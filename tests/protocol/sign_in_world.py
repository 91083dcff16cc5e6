"""An account with connections, people and browsers, for tests of whole sign-ins."""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from flask import Flask
from lxml import etree
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import audit
from app.db import Database
from app.models import AuditEvent, IdentityLink, PersonSession, SignInTrace, User
from app.models.base import now, table
from app.sealing import Keys
from app.services import connection_certificates, connection_keys, connections, domains, person_sessions
from app.services.person_sessions import SignedIn
from app.services.trusted import Trusted
from app.stores.domains import DOMAINS
from sso.model import ServiceProvider
from tests.builders import Customer, a_customer, a_user
from tests.conftest import KEY
from tests.idp.oidc_provider import Provider, follow
from tests.idp.saml_idp import SamlIdp, Tree, the
from tests.protocol.browser import Browser
from tests.protocol.conftest import PUBLIC_URL, Scim
from tests.webhooks import loopback

KEYS = Keys(KEY.encode())
CALLS = loopback()
LOGOUT = "https://idp.example/slo"
EVENTS, USERS, LINKS, TRACES = table(AuditEvent), table(User), table(IdentityLink), table(SignInTrace)
SESSIONS = table(PersonSession)


@cache
def _pair() -> connection_keys.Pair:
    return connection_keys.make_pair("test")


@dataclass
class World:
    """One account."""

    app: Flask
    database: Database
    address: str = "127.0.0.1"
    profile: str = "email-marketing"
    customer: Customer = field(init=False)

    def __post_init__(self) -> None:
        self.customer = a_customer(self.database, profile=self.profile)
        self.scim = Scim(self.app.test_client(), self.customer.token)

    @property
    def account_id(self) -> str:
        return self.customer.account_id

    def browser(self) -> Browser:
        """A browser that was never here."""
        browser = Browser(self.app, {"User-Agent": "Test/1"})
        browser.client.environ_base["REMOTE_ADDR"] = self.address
        return browser

    def push(self, user_name: str | None = None, **attributes: Any) -> str:
        """A person whom the directory pushes; their id."""
        id: str = self.scim.create("/Users", a_user(user_name, **attributes))["id"]
        return id

    def saml(self, *, enabled: bool = True, idp: SamlIdp | None = None, **given: Any) -> Saml:
        """A connection by SAML."""
        idp = idp or SamlIdp()
        trust = {"entity_id": idp.entity_id, "sso_url": "https://idp.example/sso", **given.pop("saml", {})}
        id = self._create("saml", {"name": f"S {uuid4().hex[:8]}", "saml": trust, **given})
        with self.database.writing() as session:
            connection_certificates.add(session, self.account_id, id, idp.keys.certificate)
        self.change(id, enabled=enabled)
        return Saml(self, id, idp)

    def oidc(self, provider: Provider, *, enabled: bool = True, **given: Any) -> Oidc:
        """A connection by OpenID Connect, to a provider that listens."""
        trust = provider.trust()
        said = {
            name: getattr(trust, name)
            for name in ("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri")
        } | {"userinfo_endpoint": trust.userinfo_endpoint, "end_session_endpoint": trust.end_session_endpoint}
        said |= {"names_itself": trust.names_itself, **given.pop("oidc", {})}
        first = {name: said[name] for name in ("issuer", "client_id")}
        id = self._create("oidc", {"name": f"O {uuid4().hex[:8]}", "oidc": first, **given})
        self.change(id, oidc=said, client_secret=provider.client_secret)
        self.change(id, enabled=enabled)
        return Oidc(self, id, provider)

    def _create(self, protocol: str, given: dict[str, Any]) -> str:
        later = {name: given.pop(name) for name in ("join_email", "vouches_for_email") if name in given}
        with self.database.writing() as session:
            made = connections.create(session, self.account_id, KEYS, CALLS, PUBLIC_URL, _pair(), protocol, given)
        if later:
            self.prove("acme.example", made.id)
            self.change(made.id, **later)
        return made.id

    def change(self, connection_id: str, **given: Any) -> None:
        """Change a connection as its administrator does."""
        with self.database.writing() as session:
            connections.change_connection(session, self.account_id, KEYS, CALLS, PUBLIC_URL, connection_id, given)

    def prove(self, domain: str, connection_id: str | None) -> None:
        """Own a domain, and let it lead to a connection. Whoever had it before gives it up."""
        with self.database.writing() as session:
            rows = DOMAINS
            session.execute(rows.delete().where(rows.c.name == domain))
            claim = domains.claim(session, self.account_id, domain)
            domains.verify_as_operator(session, self.account_id, claim.id, "a test")
            domains.bind(session, self.account_id, claim.id, connection_id)

    def trusted(self, connection_id: str) -> Trusted:
        """A connection as sign-ins go by it."""
        with self.database.reading() as session:
            found = self.app.extensions["connections"].find(session, connection_id)
        assert found is not None
        return found

    def who(self, browser: Browser) -> SignedIn | None:
        """Who is signed in in a browser."""
        secret = browser.cookie("muster")
        if secret is None:
            return None
        with self.database.reading() as session:
            return person_sessions.find(session, KEYS, secret, now())

    def events(self, action: str | None = None) -> list[Any]:
        """What the trail says."""
        query = select(EVENTS).where(EVENTS.c.account_id == self.account_id).order_by(EVENTS.c.sequence)
        with self.database.reading() as session:
            return [row for row in session.execute(query).all() if action in (None, row.action)]

    def rows(self, rows: Any) -> list[Any]:
        """Everything of this account in a table."""
        with self.database.reading() as session:
            return list(session.execute(select(rows).where(rows.c.account_id == self.account_id)).all())

    def user(self, id: str) -> Any:
        """A person's row."""
        return next((row for row in self.rows(USERS) if row.id == id), None)

    def traces(self) -> list[Any]:
        """The traces, in their order."""
        return sorted(self.rows(TRACES), key=lambda row: row.id)

    def verify(self) -> None:
        """The trail is whole."""
        with self.database.reading() as session:
            assert audit.verify(session, self.account_id).problem is None


@dataclass
class Begun:
    """A SAML sign-in that waits for its answer."""

    relay_state: str
    request_id: str
    request: Tree


@dataclass
class Saml:
    """A connection by SAML, and its identity provider."""

    world: World
    id: str
    idp: SamlIdp

    @property
    def sp(self) -> ServiceProvider:
        found = self.world.trusted(self.id).provider
        assert found is not None
        return found

    def begin(self, browser: Browser, **query: str) -> Begun:
        """Ask for a sign-in, as far as the identity provider's door."""
        answer = browser.open(f"/sso/{self.id}/start", query_string=query)
        assert answer.status_code == 303, answer.text
        return asked(answer.headers["Location"])

    def message(
        self,
        request_id: str | None,
        *,
        name_id: str = "u-17",
        attributes: Mapping[str, Sequence[str]] | None = None,
        at: datetime | None = None,
        id: str | None = None,
        bend: Any = None,
        **more: Any,
    ) -> str:
        """A response, in its form field; each with an id of its own."""

        def change(root: Tree) -> None:
            the(root, "saml:Assertion").set("ID", id or f"_{uuid4().hex}")
            if bend is not None:
                bend(root)

        given = {"name_id": name_id, "attributes": attributes or {}, **more}
        return self.idp.answer(self.sp, request_id, at or now(), bend=change, **given)

    def post(self, browser: Browser, message: str, relay_state: str | None) -> TestResponse:
        """Let the browser carry a response across sites: no Lax cookie goes along."""
        form = {"SAMLResponse": message} | ({} if relay_state is None else {"RelayState": relay_state})
        return self.world.browser().open(f"/sso/{self.id}/acs", "POST", "cross-site", data=form)

    def follow(self, browser: Browser, answer: TestResponse) -> TestResponse:
        """Go where the answer to a response leads, with all cookies."""
        assert answer.status_code == 303, answer.text
        return browser.open(local(answer.headers["Location"]))

    def sign_in(self, browser: Browser, query: Mapping[str, str] | None = None, **said: Any) -> TestResponse:
        """All of it; the last answer."""
        begun = self.begin(browser, **(query or {}))
        answer = self.post(browser, self.message(begun.request_id, **said), begun.relay_state)
        return self.follow(browser, answer) if answer.status_code == 303 else answer


@dataclass
class Oidc:
    """A connection by OpenID Connect, and its provider."""

    world: World
    id: str
    provider: Provider

    def begin(self, browser: Browser, **query: str) -> str:
        """Ask for a sign-in; the address of the provider to which the browser is sent."""
        answer = browser.open(f"/sso/{self.id}/start", query_string=query)
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def answer(self, url: str) -> list[tuple[str, str]]:
        """What the provider sends back by the browser."""
        return follow(url, self.provider)

    def call_back(self, browser: Browser, pairs: Sequence[tuple[str, str]]) -> TestResponse:
        """Come back from the provider."""
        return browser.open(f"/sso/{self.id}/callback", site="cross-site", query_string=list(pairs))  # type: ignore[arg-type]

    def sign_in(self, browser: Browser, query: Mapping[str, str] | None = None, **person: Any) -> TestResponse:
        """All of it."""
        self.provider.person |= person
        return self.call_back(browser, self.answer(self.begin(browser, **(query or {}))))


def asked(url: str) -> Begun:
    """The request in the address to which a browser is sent."""
    query = parse_qs(urlsplit(url).query)
    request = etree.fromstring(zlib.decompress(b64decode(query["SAMLRequest"][0]), -15))
    return Begun(query["RelayState"][0], str(request.get("ID")), request)


def local(url: str) -> str:
    """An address of ours without its origin."""
    return url.removeprefix(PUBLIC_URL)


def earlier(minutes: float) -> datetime:
    """Some minutes ago."""
    return now() - timedelta(minutes=minutes)
