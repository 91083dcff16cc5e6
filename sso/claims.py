"""Claim mapping: what of a verified assertion goes where in the profile of a person.

Pure, and used by sign-in, preview and test run alike. A mapping is data: the name of a field, and the claims or
attributes to take it from, the first one that is there. A value that cannot be shown or stored safely is refused, and
why is said for each field; nothing here is ever a role (S-27, L-9, R-9).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sso.model import EMAIL, Assertion

ClaimMapping = Mapping[str, str | Sequence[str]]
"""A claim mapping as it is configured: field → claim, or several of which the first one counts."""

MOST_TEXT, MOST_ALTERNATIVES, MOST_NAME = 256, 20, 512
NAME_ID: Final = "NameID"
"""Instead of an attribute: the NameID of a SAML assertion."""
_DECEIVING: Final = frozenset("\u061c\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080))
}
_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MORE: Final[Mapping[str, str]] = {
    "formattedName": "name.formatted",
    "middleName": "name.middleName",
    "nickName": "nickName",
    "title": "title",
    "userType": "userType",
    "preferredLanguage": "preferredLanguage",
    "locale": "locale",
    "timezone": "timezone",
    "employeeNumber": f"{_ENTERPRISE}:employeeNumber",
    "costCenter": f"{_ENTERPRISE}:costCenter",
    "organization": f"{_ENTERPRISE}:organization",
    "division": f"{_ENTERPRISE}:division",
    "department": f"{_ENTERPRISE}:department",
}
"""Fields that are plain texts of a SCIM user, and their paths there."""
FIELDS: Final = ("userName", "displayName", "givenName", "familyName", "emails", *MORE)
"""All fields that a mapping may have."""

_SOAP: Final = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_MICROSOFT: Final = "http://schemas.microsoft.com/identity/claims"
_OID: Final = "urn:oid:"
_MACE: Final = "urn:mace:dir:attribute-def:"
DEFAULTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    # OpenID Connect Core §5.1; upn is that of Entra and ADFS.
    "oidc": {
        "userName": ("preferred_username", "upn", "email"),
        "displayName": ("name",),
        "givenName": ("given_name",),
        "familyName": ("family_name",),
        "emails": ("email",),
        "middleName": ("middle_name",),
        "nickName": ("nickname",),
        "locale": ("locale",),
        "timezone": ("zoneinfo",),
    },
    # The names of Okta's and basic profiles, the URIs of Entra and ADFS, the OIDs of X.500 (RFC 4519, RFC 2798).
    "saml": {
        "userName": (
            *("userName", "username", "login", f"{_SOAP}/name", f"{_SOAP}/upn"),
            *(f"{_OID}0.9.2342.19200300.100.1.1", NAME_ID),
        ),
        "displayName": (
            *("displayName", f"{_MICROSOFT}/displayname", f"{_OID}2.16.840.1.113730.3.1.241"),
            *(f"{_MACE}displayName", "name"),
        ),
        "givenName": (
            *("firstName", "givenName", "first_name", f"{_SOAP}/givenname", f"{_OID}2.5.4.42", f"{_MACE}givenName"),
        ),
        "familyName": (
            *("lastName", "surname", "sn", "last_name", f"{_SOAP}/surname", f"{_OID}2.5.4.4", f"{_MACE}sn"),
        ),
        "emails": (
            *("email", "mail", f"{_SOAP}/emailaddress", f"{_OID}0.9.2342.19200300.100.1.3"),
            *(f"{_MACE}mail", f"{_MACE}email", NAME_ID),
        ),
        "title": ("title", "jobTitle", f"{_OID}2.5.4.12"),
        "department": ("department", f"{_OID}2.5.4.11"),
        "employeeNumber": ("employeeNumber", f"{_OID}2.16.840.1.113730.3.1.3"),
        "preferredLanguage": ("preferredLanguage", f"{_OID}2.16.840.1.113730.3.1.39"),
    },
}
"""Where the fields are found at usual providers, per protocol."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a sign-in says of a person. ``more`` are further SCIM attributes, by their paths."""

    user_name: str | None = None
    display_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    emails: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explained:
    """Where a field came from. ``claim`` is the one that was taken; ``problem`` says why there is no value."""

    field: str
    tried: tuple[str, ...]
    claim: str | None = None
    values: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """The profile that a mapping makes of an assertion, and how each field of the mapping fared."""

    profile: Profile
    fields: tuple[Explained, ...]


def profile_of(assertion: Assertion, mapping: ClaimMapping) -> Mapped:
    """The profile that a mapping makes of an assertion; fields that it does not name take their defaults.

    A field for which a mapping names no claim at all stays empty.
    """
    merged = {**DEFAULTS[assertion.protocol], **mapping}
    found = {name: _explained(name, _names(merged[name]), assertion) for name in FIELDS if name in merged}
    single = {name: one.values[0] for name, one in found.items() if one.values}
    profile = Profile(
        user_name=single.get("userName"),
        display_name=single.get("displayName"),
        given_name=single.get("givenName"),
        family_name=single.get("familyName"),
        emails=found["emails"].values,
        more={path: single[name] for name, path in MORE.items() if name in single},
    )
    return Mapped(profile, tuple(found.values()))


def check_mapping(mapping: Mapping[str, object]) -> list[str]:
    """What is wrong with a mapping that somebody wants to configure, in words; empty if nothing is."""
    problems = [f"{name}: is no field; there are {', '.join(FIELDS)}" for name in mapping if name not in FIELDS]
    for name, given in mapping.items():
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, (list, tuple)) or len(names) > MOST_ALTERNATIVES:
            problems.append(f"{name}: must name a claim, or a list of at most {MOST_ALTERNATIVES}")
        elif not all(isinstance(one, str) and _is_name(one) for one in names):
            problems.append(f"{name}: a claim's name has 1 to {MOST_NAME} printable characters")
    return problems


def problem_of(value: str) -> str | None:
    """Why a value of a provider can be no value of a person, None if it can."""
    if not value:
        return "is empty"
    if len(value) > MOST_TEXT:
        return f"is longer than {MOST_TEXT} characters"
    for sign in value:
        # Controls, private and half characters, and marks that hide or turn the direction of what follows.
        if unicodedata.category(sign) in ("Cc", "Cs", "Co", "Zl", "Zp") or sign in _DECEIVING:
            return f"has the character U+{ord(sign):04X}, which is not shown as it is"
    return None


def _explained(name: str, tried: tuple[str, ...], assertion: Assertion) -> Explained:
    """The field's value, from the first claim that is there and says something."""
    for claim in tried:
        values = tuple(dict.fromkeys(value for text in _given(name, claim, assertion) if (value := _tidy(text))))
        if not values:
            continue
        problem = _problem(name, values)
        return Explained(name, tried, claim, () if problem else values, problem)
    return Explained(name, tried, problem="none of its claims is there" if tried else "no claim is mapped to it")


def _given(name: str, claim: str, assertion: Assertion) -> tuple[str, ...]:
    if claim != NAME_ID or assertion.name_id is None:
        return assertion.attributes.get(claim, ())
    if name == "emails" and assertion.name_id.format != EMAIL:
        return ()
    return (assertion.name_id.value,)


def _problem(name: str, values: tuple[str, ...]) -> str | None:
    if len(values) > 1:
        return f"has {len(values)} values; which of them counts would be a guess"  # S-28
    problem = problem_of(values[0])
    if problem is None and name == "emails" and not _is_address(values[0]):
        return "is no e-mail address"
    return problem


def _tidy(text: str) -> str:
    """A value as it is compared and stored: composed (L-9), without space around it."""
    return unicodedata.normalize("NFC", text).strip()


def _is_address(value: str) -> bool:
    local, at, domain = value.rpartition("@")
    return bool(local and at and domain) and not any(sign.isspace() for sign in value) and "@" not in local


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MOST_NAME and text.isprintable() and text == text.strip()


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
