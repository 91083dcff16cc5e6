"""Signing out with an OpenID provider: by its logout tokens, by its frames, and by ours at its end.

OpenID Connect Back-Channel Logout §2, Front-Channel Logout §3, RP-Initiated Logout §2 and §3 (O-19, O-36, O-37).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.common.urls import add_params_to_uri

from sso.checks import Checklist
from sso.errors import LoginRefused, Reason, said
from sso.model import OidcTrust
from sso.oidc_claims import session_of, subject_of
from sso.oidc_keys import Keys
from sso.oidc_tokens import MOST_TEXT, Token, check_usual, open_token, same

MOST_HINT: Final = 4096
BACK_CHANNEL_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
STEPS: Final = (
    "keys",
    "form",
    "algorithm",
    "signature",
    "content",
    "type",
    "issuer",
    "audience",
    "time",
    "id",
    "subject",
)
"""What is checked of a logout token, in this order."""


@dataclass(frozen=True, slots=True)
class LogoutToken:
    """Whose sessions end at the provider: those of a subject, or the one of an id, or both at once.

    ``id`` must not be used twice before ``expires``.
    """

    issuer: str
    subject: str | None
    session_id: str | None
    id: str
    expires: datetime


def checklist() -> Checklist:
    """The steps of reading a logout token, none of them taken yet."""
    return Checklist(STEPS)


def verify_logout(
    text: str, keys: Keys, trust: OidcTrust, now: datetime, checks: Checklist | None = None
) -> LogoutToken:
    """Whose sessions a back-channel logout token ends. Raises LoginRefused; UnknownKey asks for fresher keys."""
    checks = checks or checklist()
    token = open_token(text, keys, trust, checks)
    claims = token.claims
    with checks.step("type"):
        _check_type(token, trust)
    times = check_usual(claims, trust, now, checks)
    with checks.step("id"):
        id = claims.get("jti")
        if not isinstance(id, str) or not 0 < len(id) <= MOST_TEXT:
            raise LoginRefused(Reason.STRUCTURE, f"jti is no text of 1 to {MOST_TEXT} characters")
    with checks.step("subject"):
        session, subject = session_of(claims), _subject(claims, trust)
        if subject is None and session is None:
            raise LoginRefused(Reason.SUBJECT, "neither sub nor sid says whose session ends")
    return LogoutToken(trust.issuer, subject, session, id, times.expires)


def read_front_channel(parameters: Sequence[tuple[str, str]], trust: OidcTrust) -> str:
    """The id of the session that ends, named by a frame of the provider (Front-Channel Logout §3). Raises LoginRefused.

    Without both issuer and session it could be anybody's page that signs people out.
    """
    given = dict(parameters)
    if len(given) != len(parameters):
        raise LoginRefused(Reason.FORM, "a parameter comes twice")
    if given.get("iss") != trust.issuer:
        raise LoginRefused(Reason.ISSUER, f"iss is {said(given.get('iss'))}, not {trust.issuer}")
    session = session_of({"sid": given.get("sid")})
    assert session is not None  # noqa: S101  or it would have been refused
    return session


def begin_logout(trust: OidcTrust, id_token: str | None, return_uri: str, state: str) -> str | None:
    """Where the browser goes to sign out at the provider, too; None if it offers no such address.

    ``return_uri`` is registered there as ``post_logout_redirect_uri``. The local session has ended before. A hint that
    would make the address longer than servers read is left out: then the provider asks who signs out.
    """
    if trust.end_session_endpoint is None:
        return None
    parameters = {"client_id": trust.client_id, "post_logout_redirect_uri": return_uri, "state": state}
    if id_token is not None and len(id_token) <= MOST_HINT:
        parameters["id_token_hint"] = id_token
    url: str = add_params_to_uri(trust.end_session_endpoint, list(parameters.items()))
    return url


def check_return(parameters: Sequence[tuple[str, str]], state: str) -> None:
    """Whether a browser comes back from the logout that we began. Raises LoginRefused."""
    found = [value for name, value in parameters if name == "state"]
    if len(found) != 1 or not same(found[0], state):
        raise LoginRefused(Reason.REQUEST, "state is not that of the logout")


def _check_type(token: Token, trust: OidcTrust) -> None:
    """A logout token is no ID token (Back-Channel Logout §2.4, §2.6)."""
    kind = token.header.get("typ")
    is_typed = isinstance(kind, str) and kind.lower().removeprefix("application/") == "logout+jwt"
    if not is_typed and (trust.typed_logout or kind not in (None, "JWT")):
        raise LoginRefused(Reason.STRUCTURE, f"typ is {said(kind)}, not logout+jwt")
    events = token.claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(BACK_CHANNEL_EVENT), dict):
        raise LoginRefused(Reason.STRUCTURE, "events does not say that this is a back-channel logout")
    if "nonce" in token.claims:
        raise LoginRefused(Reason.STRUCTURE, "a logout token must not have a nonce")


def _subject(claims: Mapping[str, Any], trust: OidcTrust) -> str | None:
    """The subject as the assertions of this connection name it; None where the token does not name it so."""
    if "sub" not in claims:
        return None
    subject_of(claims, ("sub",))
    return subject_of(claims, trust.subject_claims) if all(name in claims for name in trust.subject_claims) else None
