"""The authorization server of Authlib, on our clients and tokens.

What is known of a request is handed to it, and what it answers becomes a response; it never sees Flask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin
from flask import Response, current_app

from app.oauth.asked import Asked
from app.sealing import Keys
from app.services import oauth_clients
from app.services.signing_keys import KeyRing
from app.session import Session
from app.stores import oauth_clients as store

METHODS = ["client_secret_basic", "client_secret_post", "none"]
KEPT_SECRET = METHODS[:2]


@dataclass(frozen=True, slots=True)
class Provider:
    """What all endpoints share. ``session`` is that of the request."""

    issuer: str
    keys: Keys
    ring: KeyRing
    session: Callable[[], Session]


def provider() -> Provider:
    """That of this application."""
    found: Provider = current_app.extensions["oauth"]
    return found


class Client(ClientMixin):  # type: ignore[misc]  # Authlib has no types
    """A client as Authlib asks about it."""

    def __init__(self, provider: Provider, row: Any) -> None:
        self._provider = provider
        self.id: str = row.id
        self.account_id: str | None = row.account_id
        self.name: str = row.name
        self.with_roles: bool = row.with_roles
        self.row = row

    @property
    def client_metadata(self) -> dict[str, Any]:
        """What logout asks about."""
        return {"post_logout_redirect_uris": self.row.post_logout_redirect_uris}

    def get_client_id(self) -> str:
        """Its id."""
        return self.id

    def get_default_redirect_uri(self) -> None:
        """None: every request says where to (RFC 9700 §4.1.3)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What of a scope it may have; what nobody knows is left out (OpenID Connect Core §3.1.2.1)."""
        wanted = (scope or "").split()
        return " ".join(one for one in self.row.scopes if one in wanted) if "openid" in wanted else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is registered, character for character."""
        return redirect_uri in self.row.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        provider = self._provider
        return self.row.secret_hash is not None and oauth_clients.knows(
            provider.session(), provider.keys, self.row, client_secret
        )

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether it says so who it is; it has one way (RFC 7591 §2)."""
        return bool(method == self.row.auth_method)

    def check_response_type(self, response_type: str) -> bool:
        """Only codes are given."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes and refresh tokens are taken."""
        return grant_type in ("authorization_code", "refresh_token")


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server, framework-free."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self.provider = provider

    def query_client(self, client_id: str) -> Client | None:
        """The client of that id, if it counts."""
        row = store.counting(self.provider.session(), client_id)
        return None if row is None else Client(self.provider, row)

    def create_oauth2_request(self, request: Asked) -> Asked:
        """It is one already."""
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        """What was answered. Whoever is sent back to a client is told by whom (RFC 9207)."""
        known = dict(headers)
        if "Location" in known:
            known["Location"] = add_params_to_uri(known["Location"], {"iss": self.provider.issuer})
            status = 303
        content = orjson.dumps(body) if isinstance(body, dict) else body
        response = Response(content, status, known)
        response.headers["Cache-Control"] = "no-store"
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""
