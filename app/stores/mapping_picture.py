"""How many people have what by which rule and which group, as it is stored; set-wise, whatever the account has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, or_, select

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, SOURCES, WORKS
from rbac.model import Reach

_ACCOUNT, _AT = bindparam("account", type_=Id()), bindparam("at", type_=UTCDateTime())


class Given(NamedTuple):
    """So many people have a role somewhere, or work in a unit (without ``role_id``), by a rule and a group."""

    rule_id: str
    group_id: str | None
    role_id: str | None
    unit_id: str
    reach: Reach
    people: int


def given_by_rules(session: Session, account_id: str, at: datetime) -> Iterator[Given]:
    """All that rules give at a moment."""
    asked = {"account": account_id, "at": at}
    for row in session.execute(_ROLES, asked):
        yield Given(row.rule_id, row.group_id, row.role_id, row.business_unit_id, Reach(row.reach), row.people)
    for row in session.execute(_WORKS, asked):
        reach = Reach.SUBTREE if row.with_children else Reach.UNIT
        yield Given(row.rule_id, row.group_id, None, row.business_unit_id, reach, row.people)


def _in_force(rows: Any) -> Any:
    return or_(rows.c.expires.is_(None), rows.c.expires > _AT)


_PLACE = (
    SOURCES.c.rule_id,
    SOURCES.c.group_id,
    ASSIGNMENTS.c.role_id,
    ASSIGNMENTS.c.business_unit_id,
    ASSIGNMENTS.c.reach,
)
# A person has one assignment of a role in a place, and it has one source for a rule and a group: rows are people.
_ROLES = Prepared(
    select(*_PLACE, func.count().label("people"))
    .select_from(SOURCES)
    .join(ASSIGNMENTS, (ASSIGNMENTS.c.account_id == _ACCOUNT) & (ASSIGNMENTS.c.id == SOURCES.c.assignment_id))
    .where(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.rule_id.is_not(None), _in_force(SOURCES))
    .group_by(*_PLACE)
)
_WORKED = (WORKS.c.rule_id, WORKS.c.group_id, WORKS.c.business_unit_id, WORKS.c.with_children)
_WORKS = Prepared(
    select(*_WORKED, func.count().label("people"))
    .where(WORKS.c.account_id == _ACCOUNT, WORKS.c.rule_id.is_not(None), _in_force(WORKS))
    .group_by(*_WORKED)
)
