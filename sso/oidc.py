"""OpenID Connect as a relying party: ask a provider to sign somebody in, and verify what comes back.

The code flow with PKCE and nothing else (O-1 to O-5, O-10 to O-19; OpenID Connect Core §3.1). Nothing here opens a
connection, knows accounts or remembers anything: who does hands over what was answered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from sso.checks import Checklist, readable
from sso.errors import LoginRefused, Reason, said
from sso.model import Assertion, OidcAttempt, OidcTrust
from sso.oidc_claims import attributes_of, context_of, methods_of, session_of, subject_of
from sso.oidc_keys import Keys
from sso.oidc_tokens import Token, check_usual, moment, open_token, same, skew_of

MOST_CODE = 4096
STEPS: Final = (
    "answer",
    "code",
    "keys",
    "form",
    "algorithm",
    "signature",
    "content",
    "type",
    "issuer",
    "audience",
    "time",
    "nonce",
    "authenticated",
    "access_token",
    "context",
    "subject",
    "userinfo",
)
"""What is checked of a sign-in, in this order: the browser's answer, the code's exchange, the ID token, the rest."""
_HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "256": hashlib.sha256,
    "384": hashlib.sha384,
    "512": hashlib.sha512,
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that was begun: what to remember, and the address to which the browser is sent."""

    attempt: OidcAttempt
    url: str


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What is wanted of a token response; a refresh token is dropped at once (O-20)."""

    id_token: str = field(repr=False)
    access_token: str | None = field(default=None, repr=False)


def checklist() -> Checklist:
    """The steps of a sign-in, none of them taken yet."""
    return Checklist(STEPS)


def begin(trust: OidcTrust, redirect_uri: str, now: datetime, *, force: bool = False, hint: str | None = None) -> Begun:
    """Ask the provider to sign somebody in. ``force``: even if they are signed in there (N-7)."""
    attempt = OidcAttempt(
        state=secrets.token_urlsafe(32),
        nonce=secrets.token_urlsafe(32),
        code_verifier=secrets.token_urlsafe(48),
        redirect_uri=redirect_uri,
        begun=now,
        forced=force,
    )
    parameters = {
        "response_type": "code",
        "client_id": trust.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(dict.fromkeys(("openid", *trust.scopes))),
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": create_s256_code_challenge(attempt.code_verifier),
        "code_challenge_method": "S256",
    }
    if force:
        parameters |= {"prompt": "login", "max_age": "0"}
    elif trust.max_age is not None:
        parameters["max_age"] = str(int(trust.max_age.total_seconds()))
    if trust.contexts:
        parameters["acr_values"] = " ".join(trust.contexts)
    if hint:
        parameters["login_hint"] = hint
    return Begun(attempt, add_params_to_uri(trust.authorization_endpoint, list(parameters.items())))


def state_of(parameters: Sequence[tuple[str, str]]) -> str:
    """The state in an authorization response, by which the attempt is found. Raises LoginRefused."""
    found = [value for name, value in parameters if name == "state"]
    if len(found) != 1 or not found[0]:
        raise LoginRefused(Reason.REQUEST, "the answer has no state, or several")
    return found[0]


def code_of(
    parameters: Sequence[tuple[str, str]], trust: OidcTrust, attempt: OidcAttempt, checks: Checklist | None = None
) -> str:
    """The code in an authorization response, which is the answer to this attempt. Raises LoginRefused.

    ``parameters`` are those of the query as they came; each may come once. An error of the provider is refused, too,
    once it is sure that it is one (O-4, O-5).
    """
    with (checks or checklist()).step("answer"):
        if not same(state_of(parameters), attempt.state):
            raise LoginRefused(Reason.REQUEST, "state is not that of the sign-in")
        given = dict(parameters)
        if len(given) != len(parameters):
            raise LoginRefused(Reason.FORM, "a parameter of the answer comes twice")
        if ("iss" in given or trust.names_itself) and given.get("iss") != trust.issuer:
            raise LoginRefused(Reason.ISSUER, f"iss of the answer is {said(given.get('iss'))}, not {trust.issuer}")
        if "error" in given:
            raise LoginRefused(Reason.STATUS, provider_says(given))
        if "id_token" in given or "access_token" in given or "response" in given:
            raise LoginRefused(Reason.FORM, "the answer carries tokens; only the code flow is used")
        code = given.get("code", "")
        if not code or len(code) > MOST_CODE:
            raise LoginRefused(Reason.FORM, "the answer has no code, or too long a one")
        return code


def provider_says(answer: Mapping[str, object]) -> str:
    """An error of a provider (RFC 6749 §4.1.2.1, §5.2), for a trace: one line, escaped."""
    text = f"the provider answered {said(answer.get('error'))}"
    description = answer.get("error_description")
    return f"{text}: {str(description)[:400]!r}" if description else text


def read_answer(document: Mapping[str, Any]) -> TokenAnswer:
    """A token response (OpenID Connect Core §3.1.3.3). Raises LoginRefused without an ID token (O-17)."""
    id_token, access_token = document.get("id_token"), document.get("access_token")
    if not isinstance(id_token, str) or not id_token:
        raise LoginRefused(Reason.STRUCTURE, "the token response has no id_token")
    if access_token is not None and not (
        isinstance(access_token, str) and access_token.isascii() and access_token.isprintable()
    ):
        raise LoginRefused(Reason.STRUCTURE, "the access token is no text of printable ASCII characters")
    return TokenAnswer(id_token, access_token)


def verify(
    answer: TokenAnswer,
    keys: Keys,
    trust: OidcTrust,
    attempt: OidcAttempt,
    now: datetime,
    checks: Checklist | None = None,
) -> Assertion:
    """What the token response of a provider vouches for. Raises LoginRefused; UnknownKey asks for fresher keys.

    Whether its ``id`` was seen before is for who keeps that.
    """
    checks = checks or checklist()
    token = open_token(answer.id_token, keys, trust, checks)
    try:
        return _read(token, answer.access_token, trust, attempt, now, checks)
    except LoginRefused:
        checks.refused = _glimpse(token, trust, now)
        raise


def _read(
    token: Token, access_token: str | None, trust: OidcTrust, attempt: OidcAttempt, now: datetime, checks: Checklist
) -> Assertion:
    """What a verified ID token vouches for. Raises LoginRefused."""
    claims = token.claims
    with checks.step("type"):
        _check_type(token)
    times = check_usual(claims, trust, now, checks)
    with checks.step("nonce"):
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not same(nonce, attempt.nonce):
            raise LoginRefused(Reason.REQUEST, "nonce is not that of the sign-in")
    with checks.step("authenticated") as note:
        authenticated = _authenticated(claims, trust, attempt, now)
        note(f"at {authenticated.isoformat()}" if authenticated else "the provider does not say when")
    if "at_hash" in claims:
        with checks.step("access_token"):
            _check_at_hash(claims["at_hash"], access_token, str(token.header["alg"]))
    with checks.step("context") as note:
        context = context_of(claims)
        if trust.contexts and context not in trust.contexts:
            raise LoginRefused(
                Reason.CONTEXT, f"acr is {said(claims.get('acr'))}; asked for {', '.join(trust.contexts)}"
            )
        methods = methods_of(claims)
        if trust.methods and not set(trust.methods) & set(methods):
            raise LoginRefused(Reason.CONTEXT, f"amr is {said(list(methods))}; asked for {', '.join(trust.methods)}")
        note(f"acr is {said(context)}")
    with checks.step("subject"):
        subject, session = subject_of(claims, trust.subject_claims), session_of(claims)
    return Assertion(
        protocol="oidc",
        issuer=trust.issuer,
        subject=subject,
        subject_format=None,
        attributes=attributes_of(claims),
        id=token.digest,
        expires=times.expires,
        answers=attempt.state,
        authenticated=authenticated,
        issued=times.issued,
        context=context,
        session_index=session,
        verified_by=token.verified_by,
        claims=claims,
        methods=methods,
    )


def _glimpse(token: Token, trust: OidcTrust, now: datetime) -> Assertion:
    """What a verified token says whose content is refused, as far as it can be read: to be shown, no more."""
    claims = token.claims
    return Assertion(
        protocol="oidc",
        issuer=str(claims.get("iss", "")),
        subject=readable(lambda: subject_of(claims, trust.subject_claims)) or "",
        subject_format=None,
        attributes=attributes_of(claims),
        id="",
        expires=now,
        answers=None,
        authenticated=readable(lambda: moment(claims, "auth_time")),
        issued=readable(lambda: moment(claims, "iat")),
        context=readable(lambda: context_of(claims)),
        verified_by=token.verified_by,
        claims=claims,
        methods=methods_of(claims),
    )


def _check_type(token: Token) -> None:
    """An ID token is no logout token and no access token (O-19, RFC 8725 §3.11)."""
    kind = token.header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") != "jwt":
        raise LoginRefused(Reason.STRUCTURE, f"typ is {said(kind)}, which is no ID token")
    if "events" in token.claims:
        raise LoginRefused(Reason.STRUCTURE, "the token is a logout token, not an ID token")


def _authenticated(claims: Mapping[str, Any], trust: OidcTrust, attempt: OidcAttempt, now: datetime) -> datetime | None:
    """When somebody was authenticated; early enough for what was asked for (O-15)."""
    found = moment(claims, "auth_time")
    if found is not None and found > now + skew_of(trust):
        raise LoginRefused(Reason.TIME, f"auth_time is {found.isoformat()}, by our clock it is {now.isoformat()}")
    most = timedelta() if attempt.forced else trust.max_age
    if most is not None:
        if found is None:
            raise LoginRefused(Reason.TIME, "auth_time is missing, although max_age was asked for")
        if found < attempt.begun - most - skew_of(trust):
            raise LoginRefused(Reason.TIME, f"auth_time is {found.isoformat()}, longer ago than max_age allows")
    return found


def _check_at_hash(expected: object, access_token: str | None, algorithm: str) -> None:
    if not isinstance(expected, str) or access_token is None:
        raise LoginRefused(Reason.SIGNATURE, "at_hash is no text, or there is no access token to hold it against")
    digest = _HASHES[algorithm[2:]](access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")
    if not hmac.compare_digest(half, expected.encode()):
        raise LoginRefused(Reason.SIGNATURE, "at_hash is not that of the access token")
