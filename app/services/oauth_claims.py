"""What a client is told of a person: by scope, and never more than is known (OpenID Connect Core §5)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from app.services import grants
from app.services.linking import SCIM
from app.services.person_sessions import SignedIn
from app.session import Session
from app.stores import oauth as store
from app.stores.departed import plain

ALWAYS = ("sub", "account", "account_name")
OF_SCOPE = {
    "profile": ("preferred_username", "name", "given_name", "family_name"),
    "email": ("email", "email_verified"),
}
"""What each scope tells, beside what is always told."""
ROLES = "roles"
_ACTIVE = "active"


def of_person(session: Session, person: SignedIn, scopes: Collection[str], *, with_roles: bool) -> dict[str, Any]:
    """Who somebody is. What is not known is left out, as is what no scope asks for."""
    row = store.facts(session, person.account_id, person.user_id)
    document = orjson.loads(row.document)
    claims: dict[str, Any] = {"sub": person.user_id, "account": person.account_id, "account_name": row.account_name}
    if "profile" in scopes:
        name = document.get("name") or {}
        claims["preferred_username"] = row.user_name
        claims["name"] = document.get("displayName") or name.get("formatted")
        claims["given_name"], claims["family_name"] = name.get("givenName"), name.get("familyName")
    if "email" in scopes:
        address = _address(document.get("emails") or [])
        if address is not None:
            claims["email"] = address
            claims["email_verified"] = _is_verified(session, person, row.origin, address)
    if with_roles:
        claims[ROLES] = _roles(session, person)
    return {name: value for name, value in claims.items() if value is not None}


def of_proof(person: SignedIn) -> dict[str, Any]:
    """How and when they proved it, and in which session."""
    claims: dict[str, Any] = {
        "sid": person.session_id,
        "auth_time": None if person.authenticated is None else int(person.authenticated.timestamp()),
        "amr": [*person.methods],
        "acr": person.context,
    }
    return {name: value for name, value in claims.items() if value}


def _roles(session: Session, person: SignedIn) -> list[dict[str, Any]]:
    """Their own roles, those of their groups and those of the units where they work, as far as they count now."""
    held = grants.of_user(session, person.account_id, person.user_id).grants
    found = {(one.role, one.unit or "", one.reach) for one in held if one.state == _ACTIVE}
    return [{"role": role, "business_unit": unit or None, "reach": reach} for role, unit, reach in sorted(found)]


def _is_verified(session: Session, person: SignedIn, origin: str, address: str) -> bool:
    """Whether an address is theirs: of a domain of the account, and said so by who may (OpenID Connect Core §5.1).

    That the domain is the account's own does not make whoever claims an address there its owner.
    """
    vouched = person.vouched_email is not None and plain(person.vouched_email) == plain(address)
    return (origin == SCIM or vouched) and store.is_verified(session, person.account_id, _domain(address))


def _address(emails: list[dict[str, Any]]) -> str | None:
    """The primary address, else the one for work, else the first."""
    known = [one for one in emails if one.get("value")]
    known.sort(key=lambda one: (one.get("primary") is not True, one.get("type") != "work"))
    return known[0]["value"] if known else None


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
