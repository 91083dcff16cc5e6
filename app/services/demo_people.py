"""Who is in the demo account: its business units, the people and groups that its identity providers push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice, product
from typing import Any

from app import audit
from app.models import DirectoryToken
from app.models.base import now, table
from app.services import directories, provisioning, units, users
from app.services.tokens import list_directory_tokens
from app.session import Session
from app.stores.directory import open_directory_store
from scim import service

_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OKTA, PARTNERS = "Okta", "Entra ID (partners)"
PEOPLE = 300
"""So many Okta pushes."""
DOMAIN, PARTNER_DOMAIN = "northwind.example", "fabrikam.example"

_UNITS = (
    ("emea", "EMEA", None), ("amer", "Americas", None), ("apac", "Asia Pacific", None),
    ("iberia", "Iberia", "emea"), ("dach", "DACH", "emea"), ("nordics", "Nordics", "emea"),
    ("us", "United States", "amer"), ("brazil", "Brazil", "amer"), ("japan", "Japan", "apac"),
)  # fmt: skip
_GIVEN = (
    "Ana", "Ben", "Chloé", "Diego", "Elif", "Femi", "Grace", "Hugo",
    "Inés", "Jonas", "Kenji", "Lucía", "María", "Noor", "Olga",
)  # fmt: skip
_FAMILY = (
    "Álvarez", "Bauer", "Chen", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Jansen",
    "Kowalski", "López", "Martin", "Nguyen", "Okafor", "Pérez", "Rossi", "Schmidt", "Tanaka", "Weber",
)  # fmt: skip
_PARTNERS = (
    "Astrid Lund", "Bruno Costa", "Carmen Vidal", "Dmitri Volkov", "Emma Wilson", "Farid Amini", "Gül Demir",
    "Hana Sato", "Ivo Marin", "Julia Krause", "Karim Saleh", "Lena Vogt", "Marco Bianchi", "Nadia Benali",
    "Oskar Lind", "Priya Nair", "Quentin Roy", "Rosa Ferrer", "Stefan Wolf", "Tom Baker",
)  # fmt: skip
_TEAMS = (
    ("MC Marketing EMEA", "Marketing", 60),
    ("MC Marketing Americas", "Marketing", 50),
    ("MC Marketing APAC", "Marketing", 30),
    ("MC Analysts", "Analytics", 40),
    ("MC Agency", "Agency", 30),
    ("MC Administrators", "Platform", 4),
    ("Finance", "Finance", 50),
)
"""The teams, one after the other; whoever is left over is in none."""
_LEADS = 10
"""Of so many one leads the others."""
_CIRCLES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("mail-iberia-analyst", tuple(range(1, 9))),
    ("mail-dach-analyst", tuple(range(9, 17))),
    ("mail-us-analyst", tuple(range(61, 69))),
    ("mail-nordics-viewer", tuple(range(265, 273))),
    ("mail-japan-viewer", tuple(range(273, 279))),
    ("MC Campaign approvers", (1, 2, 3, 11, 21, 31, 61, 71, 81)),
    ("MC Agency leads", (181, 182, 183)),
    ("MC Agency 2025", (205, 206, 207, 208)),
    ("MC Black Friday", tuple(range(279, 284))),
    ("MC Migration team", (211, 212, 141, 142, 143, 284)),
    ("MC Interns", ()),
    ("Project Aurora", (*range(17, 24), 215, 216, 285)),
    ("Project Borealis", (*range(144, 150), 217, 286)),
)
"""Groups across the teams, by the numbers of people."""
LEAVER = 204
"""Somebody of whom Okta said at the end that they are no longer active."""


_TOKENS = table(DirectoryToken)


def make_units(session: Session, account_id: str) -> None:
    """The tree of business units."""
    for unit, name, parent in _UNITS:
        units.create_unit(session, account_id, unit, name, parent)


def push_okta(session: Session, account_id: str, directory: str, scim_url: str) -> None:
    """The company's own people, and their groups."""
    with _pushing(session, account_id, directory, scim_url) as create:
        people = [create("User", person) for person in _people()]
        start = 0
        for team, _, size in _TEAMS:
            create("Group", _group(team, people[start : start + size]))
            start += size
        create("Group", _group("Everyone", people))
        for name, numbers in _CIRCLES:
            create("Group", _group(name, [people[number - 1] for number in numbers]))


def push_partners(session: Session, account_id: str, directory: str, scim_url: str) -> None:
    """The people of the agency, and their groups."""
    with _pushing(session, account_id, directory, scim_url) as create:
        partners = [create("User", person) for person in _partners()]
        create("Group", _group("Fabrikam Creative", partners[:14]))
        create("Group", _group("Fabrikam Reporting", partners[12:]))


def leave(session: Session, account_id: str, directory: str, scim_url: str) -> None:
    """Okta says that somebody is no longer active."""
    said = {"schemas": [_PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    person = users.get_user(session, account_id, address(LEAVER)).id
    with _in_its_name(session, account_id, directory):
        store = open_directory_store(session, account_id, directory, scim_url)
        provisioning.on_changes(store, [service.patch(store, "User", person, said)])


def address(number: int) -> str:
    """The user name of Okta's person of a number, from 1."""
    return f"user{number:03d}@{DOMAIN}"


@contextmanager
def _pushing(
    session: Session, account_id: str, directory: str, scim_url: str
) -> Iterator[Callable[[str, dict[str, Any]], str]]:
    """What pushes something into a directory and says its id."""
    store = open_directory_store(session, account_id, directory, scim_url)

    def create(kind: str, body: dict[str, Any]) -> str:
        change = service.create(store, kind, body)
        provisioning.on_changes(store, [change])
        return change.id

    with _in_its_name(session, account_id, directory):
        yield create


@contextmanager
def _in_its_name(session: Session, account_id: str, directory: str) -> Iterator[None]:
    """Act as an identity provider does: by the token of its directory."""
    before, token = audit.acting(session), list_directory_tokens(session, account_id, directory)[0]
    here = _TOKENS.c.account_id == account_id, _TOKENS.c.id == token.id
    session.execute(_TOKENS.update().where(*here).values(last_used=now()))
    name = directories.find_directory(session, account_id, directory).name
    audit.begin(session, audit.Actor("token", token.id, f"{name} / {token.name}"))
    yield
    audit.begin(session, before)


def _people() -> list[dict[str, Any]]:
    teams = [(department, place) for _, department, size in _TEAMS for place in range(size)]
    names = islice(product(_FAMILY, _GIVEN), PEOPLE)
    return [
        _person(
            address(number),
            f"00u{number:05d}",
            f"{given} {family}",
            *(teams[number - 1] if number <= len(teams) else ()),
        )
        for number, (family, given) in enumerate(names, 1)
    ]


def _partners() -> list[dict[str, Any]]:
    return [
        _person(f"{name.split()[0].lower().replace('ü', 'u')}@{PARTNER_DOMAIN}", f"p-{number:04d}", name)
        for number, name in enumerate(_PARTNERS, 1)
    ]


def _person(user_name: str, external_id: str, name: str, department: str = "", place: int = 1) -> dict[str, Any]:
    given, _, family = name.partition(" ")
    person: dict[str, Any] = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "externalId": external_id,
        "displayName": name,
        "name": {"givenName": given, "familyName": family},
        "emails": [{"value": user_name, "type": "work", "primary": True}],
        "active": True,
    }
    if department:
        person["title"] = f"Head of {department}" if place % _LEADS == 0 else f"{department} specialist"
        person["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = {
            "department": department,
            "employeeNumber": str(1000 + int(external_id[-5:]) - 1),
        }
    return person


def _group(name: str, members: list[str]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": [{"value": member} for member in members],
    }
