"""The demo account: a company whose identity provider has pushed a few hundred people.

Everything goes through the same services as real traffic, so the demo shows nothing that a customer
could not have. Running it again changes nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from itertools import count, cycle, islice, product
from typing import Any

from sqlalchemy import select

from app import audit, crypto
from app.models import ApiKey, DirectoryToken
from app.models.base import now, table
from app.outbound import Outbound
from app.sealing import Keys
from app.services import (
    accounts,
    directories,
    mapping_publish,
    oauth_clients,
    passwords,
    provisioning,
    sso_enforcement,
    tokens,
    units,
)
from app.services.errors import NotFound
from app.session import Session
from app.stores import local_sign_in, owners
from app.stores.directory import open_directory_store
from scim import service

NAME = "Northwind Demo"
OWNER = "owner@northwind.example"
DIRECTORY = "Okta"
PEOPLE = 300
CLIENT = {"name": "demo", "auth_method": "none", "redirect_uris": ["http://localhost:3000/callback"]}
_ACTOR = audit.Actor("system", None, "demo")
_WRITTEN_BY = "muster demo"

_UNITS = (("emea", "EMEA", None), ("amer", "Americas", None), ("apac", "Asia Pacific", None))
_COUNTRIES = (("iberia", "Iberia", "emea"), ("dach", "DACH", "emea"), ("us", "United States", "amer"))
_GIVEN = (
    "Ana",
    "Ben",
    "Chloé",
    "Diego",
    "Elif",
    "Femi",
    "Grace",
    "Hugo",
    "Inés",
    "Jonas",
    "Kenji",
    "Lucía",
    "María",
    "Noor",
    "Olga",
)
_FAMILY = (
    "Álvarez", "Bauer", "Chen", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen",
    "Kowalski", "López", "Martin", "Nguyen", "Okafor", "Pérez", "Rossi", "Schmidt", "Tanaka", "Weber",
)  # fmt: skip
_TEAMS = (
    ("MC Marketing EMEA", "Marketing", 60),
    ("MC Marketing Americas", "Marketing", 50),
    ("MC Marketing APAC", "Marketing", 30),
    ("MC Analysts", "Analytics", 40),
    ("MC Agency", "Agency", 30),
    ("MC Administrators", "Platform", 4),
    ("Finance", "Finance", 50),
    ("Everyone", None, PEOPLE),
)


def _regional(unit: str, group: str) -> dict[str, Any]:
    return {
        "name": group.removeprefix("MC "),
        "group": {"directory": DIRECTORY, "name": group},
        "grants": [{"role": "Marketer", "unit": unit, "children": True}],
        "works_in": [{"unit": unit, "children": True}],
    }


def _everywhere(group: str, role: str) -> dict[str, Any]:
    return {
        "name": group.removeprefix("MC "),
        "group": {"directory": DIRECTORY, "name": group},
        "grants": [{"role": role}],
    }


MAPPING: dict[str, Any] = {
    "rules": [
        _regional("emea", "MC Marketing EMEA"),
        _regional("amer", "MC Marketing Americas"),
        _regional("apac", "MC Marketing APAC"),
        _everywhere("MC Analysts", "Analyst"),
        _everywhere("MC Agency", "Viewer"),
        _everywhere("MC Administrators", "Administrator"),
    ],
}


@dataclass(frozen=True, slots=True)
class Demo:
    """What a visitor needs. Token, key and password are those of this installation's demo, at every call.

    ``password`` is None if the owner has chosen another one.
    """

    account: str
    account_id: str
    scim_token: str
    api_key: str
    client_id: str
    owner: str
    password: str | None
    created: bool


def make(session: Session, key: bytes, scim_url: str) -> Demo:
    """Create the demo account unless it is there; make sure its token, key and client are valid."""
    audit.begin(session, _ACTOR)
    try:
        account_id, created = accounts.find_account(session, NAME).id, False
    except NotFound:
        account_id, created = accounts.create_account(session, NAME, "email-marketing").id, True
        _fill(session, account_id, scim_url)
    directory = directories.find_directory(session, account_id, DIRECTORY)
    token = _token(session, key, account_id, directory.id)
    password, client = _password(session, key, account_id, created=created), _client(session, account_id)
    return Demo(NAME, account_id, token, _api_key(session, key, account_id), client, OWNER, password, created)


def _fill(session: Session, account_id: str, scim_url: str) -> None:
    for unit, name, parent in (*_UNITS, *_COUNTRIES):
        units.create_unit(session, account_id, unit, name, parent)
    accounts.create_owner(session, account_id, OWNER, "Olivia Owner")
    directory = directories.create_directory(session, account_id, DIRECTORY, "okta")
    store = open_directory_store(session, account_id, directory.id, scim_url)
    people = [_create(store, "User", person) for person in _people()]
    start = 0
    for team, _, size in _TEAMS:
        members = list(islice(cycle(people), start, start + size)) if size < PEOPLE else people
        start += size if size < PEOPLE else 0
        _create(store, "Group", _group(team, members))
    mapping_publish.publish(session, account_id, MAPPING, author=_WRITTEN_BY, reason="demo")


def _create(store: Any, kind: str, body: dict[str, Any]) -> str:
    change = service.create(store, kind, body)
    provisioning.on_changes(store, [change])
    return change.id


def _people() -> list[dict[str, Any]]:
    departments = [department for _, department, size in _TEAMS if department for _ in range(size)]
    names = islice(product(_FAMILY, _GIVEN), PEOPLE)
    return [
        _person(number, given, family, departments[number] if number < len(departments) else None)
        for number, (family, given) in enumerate(names)
    ]


def _person(number: int, given: str, family: str, department: str | None) -> dict[str, Any]:
    address = f"user{number + 1:03d}@northwind.example"
    person: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": address,
        "externalId": f"00u{number + 1:05d}",
        "displayName": f"{given} {family}",
        "name": {"givenName": given, "familyName": family},
        "emails": [{"value": address, "type": "work", "primary": True}],
        "active": True,
    }
    if department:
        person["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = {
            "department": department,
            "employeeNumber": str(1000 + number),
        }
    return person


def _group(name: str, members: list[str]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": [{"value": member} for member in members],
    }


def _token(session: Session, key: bytes, account_id: str, directory_id: str) -> str:
    made, is_new = _current(session, key, crypto.DIRECTORY_TOKEN, DirectoryToken, account_id)
    if is_new:
        tokens.issue_directory_token(session, account_id, directory_id, "demo", made, created_by=_WRITTEN_BY)
    return made.text


def _api_key(session: Session, key: bytes, account_id: str) -> str:
    made, is_new = _current(session, key, crypto.API_KEY, ApiKey, account_id)
    if is_new:
        tokens.issue_api_key(session, account_id, "demo", made, created_by=_WRITTEN_BY)
    return made.text


def _password(session: Session, key: bytes, account_id: str, *, created: bool) -> str | None:
    """The owner's password; in the demo it is enough, so that a visitor is in at once."""
    digest = hmac.digest(key, f"muster demo password: {account_id}".encode(), "sha256").hex()
    password = "-".join(digest[place : place + 6] for place in range(0, 24, 6))
    owner = next((one for one in owners.owners_of(session, account_id, now()) if one.user_name == OWNER), None)
    person = None if owner is None else local_sign_in.person(session, account_id, owner.id)
    if person is None:
        return None
    if person.password_hash is None:
        chosen = {"password_hash": passwords.hashed(password), "password_set": now()}
        local_sign_in.credential(session, account_id, person.id, chosen)
        if created:
            sso_enforcement.change_settings(session, account_id, {"requires_mfa": False})
        return password
    return password if passwords.is_right(person.password_hash, password) else None


def _client(session: Session, account_id: str) -> str:
    """An application on a developer's own machine, which needs no secret."""
    for one in oauth_clients.list_clients(session, account_id):
        if one.name == CLIENT["name"] and one.revoked is None:
            return one.id
    # It is told of nothing, so nothing will be called, and it has no secret that a key would hash.
    return oauth_clients.create(session, account_id, Keys(b""), Outbound(), CLIENT)[0].id


def _current(
    session: Session, key: bytes, kind: str, model: type[DirectoryToken] | type[ApiKey], account_id: str
) -> tuple[crypto.NewToken, bool]:
    """The demo's token, and whether it has yet to be issued; one that was ended is followed by the next."""
    rows = table(model)
    for number in count():
        made = crypto.derive_token(kind, key, f"{account_id} {number}")
        query = select(rows.c.revoked, rows.c.expires).where(rows.c.prefix == made.prefix)
        row = session.execute(query).one_or_none()
        if row is None:
            return made, True
        if row.revoked is None and (row.expires is None or row.expires > now()):
            return made, False
    raise AssertionError("counting has no end")
