"""The two grants: a code, bound to the browser that asked for it by PKCE (RFC 7636), and a refresh token."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from app.oauth.asked import Asked
from app.oauth.id_token import id_token_for
from app.oauth.server import METHODS, Client, Server
from app.services import oauth_grants
from app.services.oauth_grants import Code, Token
from app.services.person_sessions import SignedIn

MOST_NONCE = 500


class _Issuing:
    """Issues tokens, and keeps them at once: only their hashes."""

    request: Asked
    server: Server

    def generate_token(self, user: SignedIn, scope: str, **_: Any) -> dict[str, Any]:
        """An access token, and a refresh token for the whole of what was granted (RFC 6749 §6)."""
        asked, provider = self.request, self.server.provider
        shown = asked.authorization_code or asked.refresh_token
        given = oauth_grants.issue_tokens(
            provider.session(), provider.keys, user, asked.client.id, shown.family_id, scope, shown.get_scope()
        )
        return {
            "token_type": "Bearer",
            "access_token": given.access,
            "expires_in": given.seconds,
            "refresh_token": given.refresh,
            "scope": scope,
        }

    def save_token(self, token: dict[str, Any]) -> None:
        """It was kept when it was made."""


class CodeGrant(_Issuing, AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib has no types
    """The authorization code (RFC 6749 §4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def create_authorization_response(self, redirect_uri: str, grant_user: SignedIn) -> tuple[int, str, Any]:
        """A code for whoever is signed in."""
        asked, provider = self.request, self.server.provider
        with provider.session().writer() as session:
            self._code = oauth_grants.issue_code(
                session,
                provider.keys,
                grant_user,
                asked.client,
                redirect_uri=redirect_uri,
                scope=asked.scope,
                nonce=asked.given.get("nonce"),
                code_challenge=asked.given["code_challenge"],
            )
        answer: tuple[int, str, Any] = super().create_authorization_response(redirect_uri, grant_user)
        return answer

    def generate_authorization_code(self) -> str:
        """The one that was just kept."""
        return self._code

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """It was kept when it was made."""

    def query_authorization_code(self, code: str, client: Client) -> _Taken | None:
        """The code, which is used up by being asked for. Raises Replayed."""
        provider = self.server.provider
        found = oauth_grants.take_code(provider.session(), provider.keys, client.id, code)
        if found is None:
            return None
        self.request.took = found
        return _Taken(found)

    def delete_authorization_code(self, authorization_code: _Taken) -> None:
        """It is kept, used up, so that a second use is known for what it is."""

    def authenticate_user(self, authorization_code: _Taken) -> SignedIn:
        """Whose session it was given for; it lives, or the code would not count."""
        return authorization_code.code.person


class RefreshGrant(_Issuing, RefreshTokenGrant):  # type: ignore[misc]  # Authlib has no types
    """The refresh token (RFC 6749 §6), which is replaced each time (RFC 9700 §4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    request: Asked
    server: Server

    def authenticate_refresh_token(self, refresh_token: str) -> _Shown | None:
        """The token, which is used up by being asked for. Raises Replayed."""
        provider, client = self.server.provider, self.request.client
        found = oauth_grants.take_refresh_token(provider.session(), provider.keys, client.id, refresh_token)
        return None if found is None else _Shown(found)

    def authenticate_user(self, refresh_token: _Shown) -> SignedIn:
        """Whose session it was given for."""
        return refresh_token.token.person

    def revoke_old_credential(self, refresh_token: _Shown) -> None:
        """It is used up already."""


class Challenge(CodeChallenge):  # type: ignore[misc]  # Authlib has no types
    """PKCE for every client, by SHA-256 only: without it nothing begins (RFC 9700 §2.1.1)."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  as its base has it

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raises InvalidRequestError unless there is a challenge, and its method is S256."""
        given = grant.request.given
        if "code_challenge" not in given or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: send code_challenge, and code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def get_authorization_code_challenge(self, authorization_code: _Taken) -> str:
        """What the code is bound to."""
        return authorization_code.code.code_challenge

    def get_authorization_code_challenge_method(self, authorization_code: _Taken) -> str:
        """There is one."""
        return "S256"


class Openid:
    """An ID token beside the others (OpenID Connect Core §3.1.3.3), and what a request must not ask for."""

    def __call__(self, grant: Any) -> None:
        """Take part in a grant."""
        grant.register_hook("after_validate_authorization_request_payload", self.check)
        grant.register_hook("after_create_token_response", self.add_id_token)

    def check(self, grant: CodeGrant, redirect_uri: str) -> None:
        """Raises OAuth2Error for what is not done here (Core §3.1.2.6)."""
        given = grant.request.given
        if "openid" not in (given.get("scope") or "").split():
            raise InvalidScopeError("The scope must have openid.")
        for name in ("request", "request_uri", "registration"):
            if name in given:
                raise InvalidRequestError(f"{name} is not supported.", error=f"{name}_not_supported")
        if given.get("response_mode", "query") != "query":
            raise InvalidRequestError("response_mode must be query.")
        if len(given.get("nonce", "")) > MOST_NONCE:
            raise InvalidRequestError(f"A nonce has at most {MOST_NONCE} characters.")

    def add_id_token(self, grant: CodeGrant | RefreshGrant, response: Any) -> None:
        """Say who it is."""
        _, body, _ = response
        asked = grant.request
        nonce = asked.authorization_code.code.nonce if asked.authorization_code is not None else None
        body["id_token"] = id_token_for(
            grant.server.provider, asked.client, asked.user, body["scope"], body["access_token"], nonce
        )


class _Taken:
    """A code as Authlib asks about it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.family_id = code.family_id

    def get_redirect_uri(self) -> str:
        """Where the code was sent to."""
        return self.code.redirect_uri

    def get_scope(self) -> str:
        """What it was given for."""
        return self.code.scope


class _Shown:
    """A token as Authlib asks about it."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.family_id = token.family_id

    def check_client(self, client: Client) -> bool:
        """Whether it is this client's."""
        return self.token.client_id == client.id

    def get_scope(self) -> str:
        """What it was given for."""
        return self.token.scope
