"""An OpenID provider of our own: a real HTTP server, correct as it comes, and every answer of it can be bent.

``with Provider() as provider`` listens on loopback. It signs ``person`` in at once, without asking. What is in
``claims``, ``header``, ``token_answer``, ``callback``, ``discovery`` and ``userinfo`` replaces parts of what it would
say (``...`` leaves them out), and what is in ``replies`` replaces whole answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding

from sso.model import OidcTrust
from tests.idp.oidc_server import Arrival, Reply, Server
from tests.idp.oidc_signing import HASHES, SigningKey, at_hash, compact, rsa_key, without_gaps

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True)
class FromNow:
    """A claim that is a time: so many seconds after the token is made."""

    seconds: float

    def moment(self) -> float:
        """It, in seconds since 1970."""
        return int(time.time()) + self.seconds


@dataclass
class Provider:
    """The provider, and how it behaves."""

    client_id: str = "muster"
    client_secret: str | None = "a secret & its client's: ünïcode+"
    client_key: SigningKey | None = None
    person: dict[str, Any] = field(
        default_factory=lambda: {
            "sub": "248289761001",
            "name": "Mallory Müller",
            "given_name": "Mallory",
            "family_name": "Müller",
            "preferred_username": "mallory",
            "email": "mallory@acme.example",
            "email_verified": True,
        }
    )
    keys: list[SigningKey] = field(default_factory=lambda: [rsa_key()])
    algorithm: str = "RS256"
    # What is bent.
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    payload: Callable[[dict[str, Any]], bytes] | None = None
    signs_with: SigningKey | bytes | None = None
    unsigned: bool = False
    token: Callable[[str], Any] | None = None
    token_answer: dict[str, Any] = field(default_factory=dict)
    callback: Callable[[list[tuple[str, str]]], list[tuple[str, str]]] | None = None
    discovery: dict[str, Any] = field(default_factory=dict)
    jwks: dict[str, Any] | None = None
    userinfo: dict[str, Any] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    names_itself: bool = True
    # What came.
    arrivals: list[Arrival] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()
        self._server = Server(self._answer).__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def _answer(self, arrival: Arrival) -> Reply:
        self.arrivals.append(arrival)
        return self.replies.get(arrival.path) or self.reply(arrival)

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self._server.port}"

    def trust(self, **more: Any) -> OidcTrust:
        """How a connection trusts it."""
        known: dict[str, Any] = {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "names_itself": self.names_itself,
        }
        return OidcTrust(**{**known, **more})

    def count(self, path: str) -> int:
        """How often this was asked for."""
        return sum(one.path == path for one in self.arrivals)

    def reply(self, arrival: Arrival) -> Reply:
        """What it answers if it is not told otherwise."""
        answers: dict[str, Callable[[Arrival], Reply]] = {
            "/.well-known/openid-configuration": lambda _: _json(without_gaps({**self._described(), **self.discovery})),
            "/jwks": lambda _: _json(self.key_set() if self.jwks is None else self.jwks),
            "/authorize": self._authorize,
            "/token": self._token,
            "/userinfo": self._userinfo,
            "/logout": self._logout,
        }
        answer = answers.get(arrival.path)
        return Reply(404) if answer is None else answer(arrival)

    def key_set(self) -> dict[str, Any]:
        """Its JWKS."""
        return {"keys": [key.jwk() for key in self.keys]}

    def id_token(self, nonce: str | None, access_token: str = "", auth_time: int | None = None) -> Any:
        """An ID token, bent as it is told."""
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": moment,
            "exp": moment + 300,
            "nonce": nonce,
            "auth_time": moment if auth_time is None else auth_time,
            "at_hash": at_hash(access_token, self.algorithm),
            **self.person,
        }
        return self.signed(claims, {"typ": "JWT"})

    def logout_token(self, **claims: Any) -> Any:
        """A logout token, bent as it is told; ``claims`` replace its own."""
        moment = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": self.client_id,
            "iat": moment,
            "exp": moment + 120,
            "jti": secrets.token_hex(8),
            "events": {LOGOUT_EVENT: {}},
            "sub": self.person["sub"],
        }
        return self.signed({**usual, **claims}, {"typ": "logout+jwt"})

    def signed(self, claims: dict[str, Any], header: dict[str, Any]) -> Any:
        """A token with these claims, bent as it is told."""
        claims = without_gaps({**claims, **self.claims})
        claims = {name: one.moment() if isinstance(one, FromNow) else one for name, one in claims.items()}
        key = self.keys[0] if self.signs_with is None else self.signs_with
        kid = key.kid if isinstance(key, SigningKey) else self.keys[0].kid
        header = without_gaps({"alg": self.algorithm, **({"kid": kid} if kid else {}), **header, **self.header})
        payload: Any = claims if self.payload is None else self.payload(claims)
        token = compact(header, payload, None if self.unsigned else key, self.algorithm)
        return token if self.token is None else self.token(token)

    def _described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.algorithm],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "authorization_response_iss_parameter_supported": self.names_itself,
        }

    def _authorize(self, arrival: Arrival) -> Reply:
        asked = arrival.query
        wanted = {"response_type": "code", "client_id": self.client_id, "code_challenge_method": "S256"}
        if any(asked.get(name) != value for name, value in wanted.items()) or "openid" not in asked["scope"].split():
            return Reply(400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        pairs = [("code", code), ("state", asked["state"])]
        if self.names_itself:
            pairs.append(("iss", self.issuer))
        return _redirect(asked["redirect_uri"], pairs if self.callback is None else self.callback(pairs))

    def _token(self, arrival: Arrival) -> Reply:
        form = arrival.form
        if not self._is_client(arrival):
            return _json({"error": "invalid_client", "error_description": "who are you?"}, 401)
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("grant_type") != "authorization_code":
            return _json({"error": "invalid_grant"}, 400)
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            return _json({"error": "invalid_grant", "error_description": "PKCE"}, 400)
        if form["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant", "error_description": "redirect_uri"}, 400)
        access_token = secrets.token_urlsafe(16)
        self._tokens.add(access_token)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "refresh_token": "not-to-be-kept",
            "id_token": self.id_token(asked.get("nonce"), access_token),
        }
        return _json(without_gaps({**answer, **self.token_answer}))

    def _is_client(self, arrival: Arrival) -> bool:
        if self.client_key is not None:
            return self._is_signed_by_client(arrival.form)
        kind, _, pair = arrival.headers.get("authorization", "").partition(" ")
        if kind != "Basic":
            return False
        client_id, _, secret = base64.b64decode(pair).decode().partition(":")
        return (unquote_plus(client_id), unquote_plus(secret)) == (self.client_id, self.client_secret)

    def _is_signed_by_client(self, form: dict[str, str]) -> bool:
        assert self.client_key is not None
        head, payload, signature = form["client_assertion"].split(".")
        claims, header = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (payload, head))
        self.client_key.private.public_key().verify(
            base64.urlsafe_b64decode(signature + "=="), f"{head}.{payload}".encode(), padding.PKCS1v15(), HASHES["256"]
        )
        return (
            form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            and header["alg"] == "RS256"
            and claims["iss"] == claims["sub"] == self.client_id
            and claims["aud"] == f"{self.issuer}/token"
            and 0 < claims["exp"] - time.time() <= 120
            and bool(claims["jti"])
        )

    def _userinfo(self, arrival: Arrival) -> Reply:
        if arrival.headers.get("authorization", "").removeprefix("Bearer ") not in self._tokens:
            return Reply(401)
        return _json(without_gaps({**self.person, **self.userinfo}))

    def _logout(self, arrival: Arrival) -> Reply:
        return _redirect(arrival.query["post_logout_redirect_uri"], [("state", arrival.query["state"])])


def now() -> datetime:
    """The provider's clock and ours."""
    return datetime.now(UTC)


def follow(url: str, provider: Provider) -> list[tuple[str, str]]:
    """What the browser brings back from an authorization request, as the callback's parameters."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    reply = provider.reply(Arrival("GET", parts.path, query, {}, {}))
    return parse_qsl(urlsplit(reply.headers["Location"]).query, keep_blank_values=True)


def _json(document: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


def _redirect(url: str, pairs: list[tuple[str, str]]) -> Reply:
    return Reply(302, b"", {"Location": f"{url}?{urlencode(pairs)}"})
