"""What an organisation looks like that has lived with the product for a while, over a measured population.

Everybody has a role and a place to work by the group of their region, half of them a home there; some have roles or
permissions of their own, some are switched off, and groups and units have roles. Written through the services, but
for what single people have by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update

from app import audit
from app.config import Settings
from app.db import Database
from app.models.base import new_id, now
from app.services import assignments, mapping_publish, roles, units
from app.services.giving import Giving
from app.services.role_statements import StatementChange
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, INDIVIDUALS, SOURCES, USERS
from app.stores.portions import portions
from benchmarks.population import DIRECTORY, REGIONS, Population, mapping_of

ROLES, UNITS_BELOW = 30, 20
_INACTIVE, _BY_HAND, _INDIVIDUAL = 50, 40, 400
"""One in so many is switched off, has a role by hand, an individual permission."""
_ACTOR = audit.Actor("system", None, "benchmark")
_NODES = ("campaigns.email", "campaigns.sms", "campaigns.automation", "content.templates", "content.media", "contacts")


def live(settings: Settings, population: Population, account_id: str, size: int) -> None:
    """Let a population of ``size`` have roles and units as people have them."""
    database = Database(settings)
    with database.writing() as session:
        audit.begin(session, _ACTOR)
        named = _units(session, account_id)
        own = [_role(session, account_id, number) for number in range(ROLES)]
        ids = list(
            session.execute(select(USERS.c.id).where(USERS.c.account_id == account_id).order_by(USERS.c.id)).scalars()
        )
        _switch_off(session, account_id, ids[::_INACTIVE])
        _by_hand(session, account_id, ids[1::_BY_HAND], own, named)
        _individually(session, account_id, ids[2::_INDIVIDUAL], named)
        _shared(session, account_id, own, named)
    with database.writing() as session:
        audit.begin(session, _ACTOR)
        mapping_publish.publish(session, account_id, _mapping(size), author="benchmark", reason="everybody")
    database.dispose()
    population.settle()


def _units(session: Session, account_id: str) -> list[str]:
    """A unit for each region below the one that there is, and units below those; all but the regions' ids."""
    found = []
    for region in range(REGIONS):
        units.create_unit(session, account_id, _unit(region), f"Region {region}", "emea")
        for number in range(UNITS_BELOW):
            key = f"{_unit(region)}-{number}"
            found.append(units.create_unit(session, account_id, key, f"Office {number} of {region}", _unit(region)).id)
    return found


def _role(session: Session, account_id: str, number: int) -> str:
    says = [StatementChange(_NODES[number % len(_NODES)], "allow"), StatementChange(_NODES[number % 4 + 1], "allow")]
    if number % 7 == 3:
        says.append(StatementChange(_NODES[0], "deny"))
    return roles.create_role(session, account_id, _role_name(number), statements=says[: 1 + number % 3]).role.id


def _switch_off(session: Session, account_id: str, ids: Sequence[str]) -> None:
    for some in portions(ids):
        here = USERS.c.account_id == account_id, USERS.c.id.in_(some)
        session.execute(update(USERS).where(*here).values(active=False))


def _by_hand(session: Session, account_id: str, ids: Sequence[str], own: list[str], named: list[str]) -> None:
    given: list[dict[str, Any]] = [
        {
            "account_id": account_id, "id": new_id(), "role_id": own[number % len(own)], "user_id": id,
            "business_unit_id": named[number % len(named)], "reach": "unit", "created": now(),
        }
        for number, id in enumerate(ids)
    ]  # fmt: skip
    for some in portions(given):
        session.execute(insert(ASSIGNMENTS), some)
        sources = ({"account_id": account_id, "id": new_id(), "assignment_id": one["id"]} for one in some)
        session.execute(
            insert(SOURCES), [one | {"kind": "manual", "granted_by": "benchmark", "created": now()} for one in sources]
        )


def _individually(session: Session, account_id: str, ids: Sequence[str], named: list[str]) -> None:
    rows = [
        {
            "account_id": account_id, "id": new_id(), "user_id": id, "permission": "campaigns.email.launch",
            "effect": "allow" if number % 2 else "deny", "business_unit_id": named[number % len(named)],
            "reach": "unit", "granted_by": "benchmark", "created": now(),
        }
        for number, id in enumerate(ids)
    ]  # fmt: skip
    session.execute(insert(INDIVIDUALS), rows)


def _shared(session: Session, account_id: str, own: list[str], named: list[str]) -> None:
    """Roles of a group and of units."""
    assignments.assign(session, account_id, Giving(own[-1], group="Plain"))
    for number, unit in enumerate(named[::UNITS_BELOW]):
        assignments.assign(session, account_id, Giving(own[number], principal_unit=unit))


def _mapping(size: int) -> dict[str, Any]:
    """The rules of the population, and one for each region."""
    document = mapping_of(size)
    document["rules"] += [
        {
            "name": f"Region {region}",
            "group": {"directory": DIRECTORY, "name": f"Region {region}"},
            "grants": [{"role": _role_name(region % 5), "unit": _unit(region), "children": True}],
            "works_in": [{"unit": _unit(region), "children": True, "home": region % 2 == 0}],
        }
        for region in range(REGIONS)
    ]
    return document


def _unit(region: int) -> str:
    return f"region{region}"


def _role_name(number: int) -> str:
    return f"Crew {number:02d}"
