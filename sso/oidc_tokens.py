"""A signed token of an OpenID provider: its form, its signature, and what ID tokens and logout tokens have in common.

RFC 7515, RFC 7519, RFC 8725; O-10 to O-15. The form is read once and here; joserfc says whether a signature is good.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from sso.checks import Checklist
from sso.errors import LoginRefused, Reason, said
from sso.model import OidcTrust
from sso.oidc_json import read_object
from sso.oidc_keys import ALGORITHMS, Keys, UnknownKey

MOST_TOKEN, MOST_HEADER, MOST_TEXT = 64 * 1024, 16 * 1024, 255
MOST_AGE: Final = timedelta(minutes=10)
"""No token may have been issued longer ago (O-15)."""
MOST_SKEW: Final = timedelta(seconds=60)
"""No clock of a provider may be further off (O-15)."""
_LAST_MOMENT: Final = 2**34
"""Seconds since 1970; far beyond any token, and well within what a datetime can be."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that a key of the provider has signed. ``digest`` is the same for all ways to write the signature."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    verified_by: str
    digest: str


@dataclass(frozen=True, slots=True)
class Times:
    """When a token was issued, and until when it has to be remembered as used."""

    issued: datetime
    expires: datetime


def open_token(text: str, keys: Keys, trust: OidcTrust, checks: Checklist) -> Token:
    """What a token says, once it is sure that the provider has signed it. Raises LoginRefused.

    UnknownKey means that fresher keys may verify it. Where the header says a key is found (jku, x5u, jwk, x5c) is
    never looked at (O-11).
    """
    with checks.step("form"):
        if len(text) > MOST_TOKEN or not text.isascii() or text.count(".") != 2:
            raise LoginRefused(Reason.ENCODING, "the token is no signed JWT")
        signed, _, signature = text.encode().rpartition(b".")
        header = _part(signed.partition(b".")[0], "header")
    with checks.step("algorithm") as note:
        algorithm, kid = _algorithm(header, trust), header.get("kid")
        note(algorithm)
    with checks.step("signature") as note:
        if "kid" in header and not isinstance(kid, str):
            raise LoginRefused(Reason.SIGNATURE, "kid is no text")
        key = keys.choose(algorithm, kid)
        try:
            is_good = JWSRegistry.algorithms[algorithm].verify(signed, urlsafe_b64decode(signature), key.key)
        except (JoseError, ValueError) as error:
            raise LoginRefused(Reason.SIGNATURE, "the signature is none") from error
        if not is_good:
            raise UnknownKey(Reason.SIGNATURE, f"the provider's key {said(key.name)} does not verify the signature")
        note(f"verified by the key {said(key.name)}")
    with checks.step("content"):
        claims = _part(signed.partition(b".")[2], "content")
    return Token(header, claims, key.name, hashlib.sha256(signed).hexdigest())


def check_usual(claims: Mapping[str, Any], trust: OidcTrust, now: datetime, checks: Checklist) -> Times:
    """Issuer, audience and times of a token (OpenID Connect Core §3.1.3.7, Back-Channel Logout §2.6)."""
    with checks.step("issuer") as note:
        if claims.get("iss") != trust.issuer:
            raise LoginRefused(Reason.ISSUER, f"iss is {said(claims.get('iss'))}, not {trust.issuer}")
        note(trust.issuer)
    with checks.step("audience") as note:
        _check_audience(claims, trust)
        note(trust.client_id)
    with checks.step("time") as note:
        times = _check_times(claims, skew_of(trust), now)
        note(f"issued {times.issued.isoformat()}, by our clock it is {now.isoformat()}")
    return times


def moment(claims: Mapping[str, Any], name: str) -> datetime | None:
    """A time in a token; None if it is absent. Raises LoginRefused for what is no time."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LAST_MOMENT:
        raise LoginRefused(Reason.TIME, f"{name} is no time in seconds since 1970")
    return datetime.fromtimestamp(value, UTC)


def skew_of(trust: OidcTrust) -> timedelta:
    """How far off the provider's clock may be."""
    return min(trust.skew, MOST_SKEW)


def same(given: str, expected: str) -> bool:
    """Whether a secret is the one that was given out, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "backslashreplace"), expected.encode())


def _part(text: bytes, name: str) -> dict[str, Any]:
    try:
        if name == "header" and len(text) > MOST_HEADER:
            raise ValueError("it is too long")
        return read_object(urlsafe_b64decode(text))
    except ValueError as error:
        why = str(error)[:100]
        raise LoginRefused(Reason.ENCODING, f"the token's {name} is no Base64 of a JSON object: {why}") from error


def _algorithm(header: Mapping[str, Any], trust: OidcTrust) -> str:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in trust.algorithms or algorithm not in ALGORITHMS:
        raise LoginRefused(Reason.ALGORITHM, f"alg {said(algorithm)} is not allowed on this connection")
    if "crit" in header or "b64" in header or "zip" in header:
        raise LoginRefused(Reason.ALGORITHM, "the token insists on extensions that are not known")
    return algorithm


def _check_audience(claims: Mapping[str, Any], trust: OidcTrust) -> None:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
        raise LoginRefused(Reason.AUDIENCE, "aud is missing, or no text and no list of texts")
    if trust.client_id not in audiences:
        raise LoginRefused(Reason.AUDIENCE, f"aud is {said(', '.join(audiences))}, not {trust.client_id}")
    if ("azp" in claims or len(audiences) > 1) and claims.get("azp") != trust.client_id:
        raise LoginRefused(Reason.AUDIENCE, f"azp is {said(claims.get('azp'))}, not {trust.client_id}")


def _check_times(claims: Mapping[str, Any], skew: timedelta, now: datetime) -> Times:
    issued, expires, begins = moment(claims, "iat"), moment(claims, "exp"), moment(claims, "nbf")
    if issued is None or expires is None:
        raise LoginRefused(Reason.TIME, "iat or exp is missing")
    wrong = None
    if now >= expires + skew:
        wrong = f"exp was {expires.isoformat()}"
    elif issued > now + skew:
        wrong = f"iat is {issued.isoformat()}"
    elif begins is not None and begins > now + skew:
        wrong = f"nbf is {begins.isoformat()}"
    elif now - issued > MOST_AGE + skew:
        wrong = f"iat is {issued.isoformat()}, more than ten minutes ago"
    if wrong is not None:
        raise LoginRefused(Reason.TIME, f"{wrong}; by our clock it is {now.isoformat()}")
    # Whoever comes later is refused for the token's age, whatever exp says.
    return Times(issued, min(expires, issued + MOST_AGE) + skew)
