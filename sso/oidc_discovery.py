"""What an OpenID provider says about itself, and whether a connection may be configured so.

OpenID Connect Discovery §3 and §4; O-30, O-31. What is advertised is a proposal for whoever configures the connection:
it widens nothing (O-10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from sso.errors import BadTrust, LoginRefused, Reason, said
from sso.model import OidcTrust
from sso.oidc_keys import ALGORITHMS
from sso.oidc_tokens import MOST_SKEW

MOST_URL, MOST_LISTED = 2000, 100
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL: Final = ("userinfo_endpoint", "end_session_endpoint")
_OURS: Final = frozenset(
    (
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age", "acr_values"),
        *("code_challenge", "code_challenge_method", "login_hint", "id_token_hint", "post_logout_redirect_uri"),
    )
)
"""Parameters that we add to an address ourselves."""
CHANGEABLE: Final = frozenset(
    (
        *("email", "email_verified", "preferred_username", "username", "upn", "unique_name"),
        *("name", "nickname", "given_name", "family_name", "phone_number"),
    )
)
"""Claims that pass from one person to another; none is ever a subject (L-2)."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is believed of a discovery document. ``advice`` is what an administrator may want to know, in words.

    ``algorithms`` are those advertised that a connection may allow; ``names_itself``: RFC 9207 §3.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    names_itself: bool
    algorithms: tuple[str, ...]
    advice: tuple[str, ...]


def discovery_url(issuer: str) -> str:
    """Where an issuer describes itself (Discovery §4.1)."""
    return issuer.removesuffix("/") + "/.well-known/openid-configuration"


def read_discovery(document: Mapping[str, Any], issuer: str, *, plain: bool = False) -> Discovery:
    """A discovery document of this very issuer. Raises LoginRefused. ``plain`` takes http on loopback, for tests."""
    if document.get("issuer") != issuer:
        raise LoginRefused(Reason.ISSUER, f"the document is that of {said(document.get('issuer'))}, not of {issuer}")
    found: dict[str, str | None] = {}
    for name in (*_ENDPOINTS, *_OPTIONAL):
        value = document.get(name)
        if value is None and name in _OPTIONAL:
            found[name] = None
            continue
        problem = url_problem(value, plain=plain)
        if problem is not None:
            raise LoginRefused(Reason.PROVIDER, f"{name} {problem}")
        found[name] = value
    advertised = _listed(document, "id_token_signing_alg_values_supported")
    algorithms = tuple(one for one in dict.fromkeys(advertised) if one in ALGORITHMS)
    advice = []
    if not algorithms:
        advice.append("it advertises no algorithm for ID tokens that is accepted here")
    if "S256" not in _listed(document, "code_challenge_methods_supported"):
        advice.append("it does not say that it knows PKCE with S256; it is used all the same")
    methods = _listed(document, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if not {"client_secret_basic", "private_key_jwt"} & set(methods):
        advice.append("it takes neither client_secret_basic nor private_key_jwt at its token endpoint")
    return Discovery(
        issuer=issuer,
        authorization_endpoint=str(found["authorization_endpoint"]),
        token_endpoint=str(found["token_endpoint"]),
        jwks_uri=str(found["jwks_uri"]),
        userinfo_endpoint=found["userinfo_endpoint"],
        end_session_endpoint=found["end_session_endpoint"],
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        algorithms=algorithms,
        advice=tuple(advice),
    )


def check_trust(trust: OidcTrust, *, plain: bool = False) -> None:
    """Whether a connection may be configured so. Raises BadTrust, with words for who does."""
    for name in ("issuer", *_ENDPOINTS, *_OPTIONAL):
        value = getattr(trust, name)
        if value is None and name in _OPTIONAL:
            continue
        problem = url_problem(value, plain=plain)
        if problem is None and name == "issuer" and "?" in value:
            problem = "has a query, which no issuer has"
        if problem is not None:
            raise BadTrust(f"{name} {problem}")
    if not trust.client_id.strip() or len(trust.client_id) > MOST_URL or not trust.client_id.isprintable():
        raise BadTrust("client_id is missing, or has characters that cannot be read")
    unknown = [one for one in trust.algorithms if one not in ALGORITHMS]
    if unknown or not trust.algorithms:
        raise BadTrust(f"algorithms must be some of {', '.join(ALGORITHMS)}; {', '.join(unknown) or 'none'} is not")
    if not all(one and one.isascii() and one.isprintable() and not set(one) & set(' "\\') for one in trust.scopes):
        raise BadTrust("a scope is a word of plain ASCII")
    if not trust.subject_claims or len(set(trust.subject_claims)) != len(trust.subject_claims):
        raise BadTrust("subject_claims must name claims, each once; sub as a rule")
    changeable = sorted(CHANGEABLE.intersection(trust.subject_claims))
    if changeable:
        raise BadTrust(f"{', '.join(changeable)} can change hands and is never a subject; use sub")
    if trust.uses_userinfo and trust.userinfo_endpoint is None:
        raise BadTrust("userinfo_endpoint is missing, although claims of userinfo are wanted")
    if not 0 <= trust.skew.total_seconds() <= MOST_SKEW.total_seconds():
        raise BadTrust(f"skew is at most {MOST_SKEW.seconds} seconds")
    if trust.max_age is not None and trust.max_age.total_seconds() < 0:
        raise BadTrust("max_age is a time from 0 seconds on")


def url_problem(value: object, *, plain: bool = False) -> str | None:
    """What is wrong with the address of an endpoint, None if nothing is (O-31)."""
    if not isinstance(value, str) or not value:
        return "is missing"
    if len(value) > MOST_URL or not value.isascii() or not value.isprintable() or set(value) & set(' "<>\\^`{|}'):
        return f"is no URL in plain ASCII of at most {MOST_URL} characters: {said(value)}"
    try:
        parts = urlsplit(value)
        host = parts.hostname
        taken = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)} & _OURS
        _ = parts.port  # raises, if it is none
    except ValueError:
        return f"is no URL: {said(value)}"
    if not host or parts.username is not None or parts.password is not None or "#" in value:
        return f"must name a host, and have neither user, password nor fragment: {said(value)}"
    if parts.scheme != "https" and not (plain and parts.scheme == "http" and _is_loopback(host)):
        return f"must begin with https://: {said(value)}"
    if taken:
        return f"has parameters of its own that are ours to set: {', '.join(sorted(taken))}"
    return None


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(document: Mapping[str, Any], name: str) -> list[str]:
    found = document.get(name)
    return [one for one in found[:MOST_LISTED] if isinstance(one, str)] if isinstance(found, list) else []
