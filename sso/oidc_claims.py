"""What the claims of an OpenID provider say of somebody: the subject, and the rest as attributes (O-16, O-18, L-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sso.checks import Checklist
from sso.errors import LoginRefused, Reason
from sso.model import Assertion
from sso.oidc_tokens import MOST_TEXT

MOST_VALUE, MOST_VALUES, MOST_ATTRIBUTES, MOST_PATH = 4096, 1000, 500, 3
MOST_METHODS: Final = 20
_OF_THE_TOKEN: Final = frozenset(
    (
        *("iss", "aud", "azp", "exp", "iat", "nbf", "jti", "typ", "events", "sid"),
        *("nonce", "auth_time", "acr", "amr", "at_hash", "c_hash", "s_hash"),
    )
)
"""Claims about a token and a sign-in; userinfo has nothing to say about those."""
_PLAIN: Final = {str, bool, int, float}
_VERIFIED: Final = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""A claim, and the one which says that this very value was verified."""


def subject_of(claims: Mapping[str, Any], names: Sequence[str]) -> str:
    """The stable subject: the claims of these names, joined; ``sub`` must be usable anyhow. Raises LoginRefused."""
    values = {}
    for name in dict.fromkeys(("sub", *names)):
        value = claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= MOST_TEXT:
            raise LoginRefused(Reason.SUBJECT, f"{name} is no text of 1 to {MOST_TEXT} characters")
        if not value.isascii() or not value.isprintable() or not value.strip():
            raise LoginRefused(Reason.SUBJECT, f"{name} has characters other than printable ASCII")
        if len(names) > 1 and "|" in value:
            # Two subjects must never read alike once they are joined.
            raise LoginRefused(Reason.SUBJECT, f"{name} has a |, which joins the parts of the subject")
        values[name] = value
    joined = "|".join(values[name] for name in names)
    if len(joined) > MOST_TEXT:
        raise LoginRefused(Reason.SUBJECT, f"the subject is longer than {MOST_TEXT} characters")
    return joined


def session_of(claims: Mapping[str, Any]) -> str | None:
    """The id of the provider's session, which its logout tokens name. Raises LoginRefused."""
    found = claims.get("sid")
    if "sid" in claims and not (isinstance(found, str) and 0 < len(found) <= MOST_TEXT and found.isprintable()):
        raise LoginRefused(Reason.SUBJECT, f"sid is no text of 1 to {MOST_TEXT} printable characters")
    return found


def methods_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """How somebody was authenticated, as far as the provider says so in a usable way."""
    found = claims.get("amr")
    if not isinstance(found, list) or not all(isinstance(one, str) and len(one) <= MOST_TEXT for one in found):
        return ()
    return tuple(one for one in found if one and one.isprintable())[:MOST_METHODS]


def context_of(claims: Mapping[str, Any]) -> str | None:
    """What the provider calls the way in which somebody was authenticated. Raises LoginRefused."""
    found = claims.get("acr")
    if not isinstance(found, str):
        return None
    if len(found) > MOST_TEXT or not found.isprintable():
        raise LoginRefused(Reason.CONTEXT, f"acr has more than {MOST_TEXT} characters, or some that do not print")
    return found


def with_userinfo(assertion: Assertion, userinfo: Mapping[str, Any], checks: Checklist | None = None) -> Assertion:
    """The assertion with claims of the userinfo endpoint that it lacks; never instead of its own (O-18)."""
    with (checks or Checklist(("userinfo",))).step("userinfo"):
        if userinfo.get("sub") != assertion.claims["sub"]:
            raise LoginRefused(Reason.SUBJECT, "userinfo speaks of another subject than the ID token")
        own = assertion.claims
        added = {name: value for name, value in userinfo.items() if name not in own and name not in _OF_THE_TOKEN}
        for name, verified in _VERIFIED.items():
            # That userinfo's value was verified says nothing about another one.
            if name in own and userinfo.get(name) != own[name]:
                added.pop(verified, None)
            # Nor does what the ID token says about a value that it does not have.
            if name not in own and verified in own:
                added.pop(name, None)
        claims = {**own, **added}
        return replace(assertion, claims=claims, attributes=attributes_of(claims))


def attributes_of(claims: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Claims as attributes: texts, numbers, truth values, and lists of those.

    What is inside an object has the names of both, ``address.locality``; a claim that has this name itself comes
    first. Whatever is longer than anything real is left out as if it were absent.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, value in sorted(_flat(claims, 1), key=lambda entry: "." in entry[0]):
        texts = _texts(value)
        if texts is not None and len(found) < MOST_ATTRIBUTES:
            found.setdefault(name, texts)
    return found


def _flat(claims: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for name, value in claims.items():
        if not isinstance(value, dict):
            yield name, value
        elif depth < MOST_PATH:
            yield from ((f"{name}.{inner}", one) for inner, one in _flat(value, depth + 1))


def _texts(value: Any) -> tuple[str, ...] | None:
    """A claim's values as texts, None if it is nothing that has texts, or too much of it."""
    if isinstance(value, str):
        return (value,) if len(value) <= MOST_VALUE else None
    values = value if isinstance(value, list) else [value]
    kinds = set(map(type, values))
    if len(values) > MOST_VALUES or not kinds <= _PLAIN:
        return None
    texts = tuple(values) if kinds == {str} else tuple(map(_plain, values))
    return texts if max(map(len, texts), default=0) <= MOST_VALUE else None


def _plain(value: str | bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
