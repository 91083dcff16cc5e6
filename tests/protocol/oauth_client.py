"""A platform and a browser, as others write them: Authlib's client asks, joserfc verifies, cookies are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from werkzeug.test import TestResponse

from app.db import Database
from app.models.base import now
from app.sealing import Keys
from app.services import oauth_clients, person_sessions
from app.services.person_sessions import Begun
from tests.conftest import KEY
from tests.webhooks import loopback

KEYS = Keys(KEY.encode())
ISSUER = "https://muster.example.test"
BACK = "https://platform.example/callback"
BYE = "https://platform.example/bye"
COOKIE = "__Host-muster"


@dataclass(frozen=True)
class Browser:
    """Somebody's browser; ``secret`` is that of their session, if they are signed in."""

    app: Flask
    secret: str | None = None

    def get(self, path: str, **query: str) -> TestResponse:
        return self._open("GET", path, query_string=query or None)

    def post(self, path: str, **form: str) -> TestResponse:
        return self._open("POST", path, data=form)

    def _open(self, method: str, path: str, **options: Any) -> TestResponse:
        client = self.app.test_client()
        if self.secret is not None:
            client.set_cookie(COOKIE, self.secret, domain="muster.example.test", secure=True)
        return client.open(path, method=method, base_url=ISSUER, **options)


@dataclass
class Platform:
    """A client: what it was given when it was registered, and what it remembers of a sign-in."""

    app: Flask
    id: str
    secret: str | None
    back: str = BACK
    verifier: str = field(default_factory=lambda: generate_token(48))
    state: str = field(default_factory=lambda: generate_token(20))
    nonce: str = field(default_factory=lambda: generate_token(20))

    def request(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; None leaves one out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.back,
            "scope": "openid profile email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": create_s256_code_challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def code(self, browser: Browser, **changes: str | None) -> str:
        """A code; the browser must be sent back with one."""
        found = sent_back(browser.get("/oauth/authorize", **self.request(**changes)))
        assert found["state"] == self.state
        assert found["iss"] == ISSUER
        return found["code"]

    def exchange(self, code: str, **changes: str | None) -> TestResponse:
        """Show a code."""
        usual = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.back}
        return self.call("/oauth/token", **(usual | {"code_verifier": self.verifier} | changes))

    def refresh(self, token: str, **changes: str | None) -> TestResponse:
        """Show a refresh token."""
        return self.call("/oauth/token", **({"grant_type": "refresh_token", "refresh_token": token} | changes))

    def call(self, path: str, **form: str | None) -> TestResponse:
        """Ask an endpoint as this client."""
        data = {name: value for name, value in form.items() if value is not None}
        options: dict[str, Any] = {}
        if self.secret is None:
            data = {"client_id": self.id} | data
        else:
            options["auth"] = (self.id, self.secret)
        return self.app.test_client().post(path, data=data, base_url=ISSUER, **options)

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        """Sign somebody in."""
        answer = self.exchange(self.code(browser, **changes))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        given: dict[str, Any] = answer.json
        return given

    def introspect(self, token: str) -> dict[str, Any]:
        """Whether a token counts."""
        answer = self.introspect_answer(token)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    def introspect_answer(self, token: str) -> TestResponse:
        """The same as it comes."""
        return self.call("/oauth/introspect", token=token)

    def userinfo(self, token: str) -> TestResponse:
        """Who it is."""
        headers = {"Authorization": f"Bearer {token}"}
        return self.app.test_client().get("/oauth/userinfo", base_url=ISSUER, headers=headers)

    def claims(self, id_token: str, nonce: str | None = None) -> dict[str, Any]:
        """What an ID token says, if it is good (OpenID Connect Core §3.1.3.7)."""
        return verified(self.app, id_token, self.id, nonce=nonce)


class Wired(BaseAdapter):
    """Sends what ``requests`` sends to an application in this process."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._app = app

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        address = urlsplit(request.url or "")
        answer = self._app.test_client().open(
            f"{address.path}?{address.query}",
            method=request.method,
            base_url=ISSUER,
            data=request.body,
            headers=[(name, value) for name, value in request.headers.items() if name != "Content-Length"],
        )
        response = Response()
        response.status_code, response.request = answer.status_code, request
        response.headers.update(answer.headers)
        response._content = answer.data
        return response

    def close(self) -> None:
        """There is nothing to close."""


def verified(app: Flask, token: str, audience: str, kind: str = "JWT", **claims: str | None) -> dict[str, Any]:
    """The claims of a token, by the keys that are published and by joserfc's rules."""
    keys = KeySet.import_key_set(app.test_client().get("/oauth/jwks", base_url=ISSUER).json)
    found = jwt.decode(token, keys, algorithms=["RS256", "ES256"])
    assert found.header["typ"] == kind
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        **{name: {"essential": True, "value": value} for name, value in claims.items() if value is not None},
    )
    registry.validate(found.claims)
    return dict(found.claims)


def a_client(database: Database, account_id: str | None, **given: Any) -> tuple[oauth_clients.Client, str | None]:
    """A client, and its secret."""
    usual = {"name": "Platform", "redirect_uris": [BACK], "post_logout_redirect_uris": [BYE]}
    with database.writing() as session:
        return oauth_clients.create(session, account_id, KEYS, loopback(), usual | given)


def a_platform(app: Flask, database: Database, account_id: str | None, **given: Any) -> Platform:
    """A client at work."""
    client, secret = a_client(database, account_id, **given)
    return Platform(app, client.id, secret, client.redirect_uris[0])


def sign_in(database: Database, account_id: str, user_id: str, *, at: datetime | None = None, **how: Any) -> Begun:
    """A session of somebody."""
    with database.writing() as session:
        return person_sessions.begin(
            session, KEYS, account_id, user_id, **{"methods": ["pwd", "otp"], "authenticated": at or now(), **how}
        )


def sent_back(answer: TestResponse, back: str = BACK) -> dict[str, str]:
    """With what somebody was sent back to the client."""
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].split("?")[0] == back, answer.headers["Location"]
    return query_of(answer.headers["Location"])


def query_of(address: str) -> dict[str, str]:
    """The parameters of an address, each of which is there once."""
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)
