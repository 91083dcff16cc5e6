"""What clients ask by themselves: whether a token counts (RFC 7662), and that one shall not count any more (RFC 7009).

Each is asked of the database, so a token of somebody who was deactivated is inactive at once, whatever it says.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from app.oauth.asked import Asked
from app.oauth.server import KEPT_SECRET, METHODS, Client, Server
from app.services import oauth_grants
from app.services.oauth_grants import Token


class Shown:
    """A token as Authlib asks about it. It counts, or it would not have been found."""

    def __init__(self, token: Token) -> None:
        self.token = token

    def is_expired(self) -> bool:
        """It is not."""
        return False

    def is_revoked(self) -> bool:
        """It is not."""
        return False


class _Asking:
    """Finds the token, of whichever kind it is."""

    server: Server

    def own_token(self, request: Asked, client: Client) -> Shown | None:
        """The client's own token; others do not exist for it (M-3). Raises InvalidRequestError if none is shown.

        The hint about its kind is not needed, so none is wrong (RFC 7009 §2.1).
        """
        if "token" not in request.given:
            raise InvalidRequestError("The token is missing.")
        provider = self.server.provider
        found = oauth_grants.find_token(provider.session(), provider.keys, request.given["token"])
        return Shown(found) if found is not None and found.client_id == client.id else None


class Introspection(_Asking, IntrospectionEndpoint):  # type: ignore[misc]  # Authlib has no types
    """Whether a token counts at this very moment, and whose it is."""

    CLIENT_AUTH_METHODS = KEPT_SECRET

    def authenticate_token(self, request: Asked, client: Client) -> Shown | None:
        """The token, if it counts."""
        return self.own_token(request, client)

    def introspect_token(self, token: Shown) -> dict[str, Any]:
        """What RFC 7662 §2.2 names, and the account."""
        found, person = token.token, token.token.person
        return {
            "active": True,
            "iss": self.server.provider.issuer,
            "sub": person.user_id,
            "aud": found.client_id,
            "client_id": found.client_id,
            "scope": found.scope,
            "token_type": "Bearer" if found.kind == "access" else "refresh_token",
            "username": person.user_name,
            "account": person.account_id,
            "sid": person.session_id,
            "iat": int(found.created.timestamp()),
            "exp": int(min(found.expires, person.ends).timestamp()),
        }


class Revocation(_Asking, RevocationEndpoint):  # type: ignore[misc]  # Authlib has no types
    """A client gives a token back; a refresh token with all that came of its code."""

    CLIENT_AUTH_METHODS = METHODS

    def authenticate_token(self, request: Asked, client: Client) -> Shown | None:
        """The token; any other is as good as revoked, and nobody learns that it exists (RFC 7009 §2.2)."""
        return self.own_token(request, client)

    def revoke_token(self, token: Shown, request: Asked) -> None:
        """End it."""
        oauth_grants.revoke(self.server.provider.session(), token.token)
