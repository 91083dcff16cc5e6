"""On which day each role of each person last allowed something: written once a day, read by person and by role."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Date, String, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ROLE_USES, ROLES, UNITS, USERS
from app.stores.listings import Listing
from muster.filters import As, Kind


class Use(NamedTuple):
    """A role of a person, where they have it, and a day on which it allowed something."""

    account_id: str
    user_id: str
    role_id: str
    unit_id: str
    reach: str
    day: date


def write(session: Session, uses: Sequence[Use]) -> None:
    """Keep these days as the last ones. What is about somebody or something that is gone is forgotten."""
    # In one order, so that two workers do not wait for each other.
    session.send([(_WRITE[session.is_sqlite], use._asdict()) for use in sorted(uses)])


def observed_since(session: Session, account_id: str) -> date | None:
    """The first day on which anything was allowed by a role; None where no platform has ever been told yes."""
    found: date | None = session.execute(_SINCE, {"account_id": account_id}).scalar()
    return found


def _write(dialect: Any) -> Prepared:
    account, day = bindparam("account_id", type_=Id()), bindparam("day", type_=Date())
    there_are = (
        select(
            USERS.c.account_id,
            USERS.c.id,
            ROLES.c.id,
            UNITS.c.id,
            bindparam("reach", type_=String(10)).label("reach"),
            day.label("first_used"),
            day.label("last_used"),
        )
        .join_from(USERS, ROLES, (ROLES.c.account_id == account) & (ROLES.c.id == bindparam("role_id", type_=Id())))
        .join(UNITS, (UNITS.c.account_id == account) & (UNITS.c.id == bindparam("unit_id", type_=Id())))
        .where(USERS.c.account_id == account, USERS.c.id == bindparam("user_id", type_=Id()))
    )
    new = dialect.insert(ROLE_USES).from_select([column.name for column in ROLE_USES.c], there_are)
    later = ROLE_USES.c.last_used < new.excluded.last_used
    return Prepared(
        new.on_conflict_do_update(
            index_elements=[*ROLE_USES.primary_key], set_={"last_used": new.excluded.last_used}, where=later
        )
    )


_WRITE = {dialect is sqlite: _write(dialect) for dialect in (sqlite, postgresql)}
_SINCE = Prepared(
    select(func.min(ROLE_USES.c.first_used)).where(ROLE_USES.c.account_id == bindparam("account_id", type_=Id()))
)
_HERE = ROLE_USES.c.account_id
ROLE_USE_LIST = Listing(
    rows=select(
        ROLE_USES.c.user_id,
        USERS.c.user_name,
        ROLE_USES.c.role_id,
        ROLES.c.name.label("role"),
        ROLE_USES.c.business_unit_id,
        UNITS.c.key.label("unit"),
        ROLE_USES.c.reach,
        ROLE_USES.c.first_used,
        ROLE_USES.c.last_used,
    )
    .join(USERS, (USERS.c.account_id == _HERE) & (USERS.c.id == ROLE_USES.c.user_id))
    .join(ROLES, (ROLES.c.account_id == _HERE) & (ROLES.c.id == ROLE_USES.c.role_id))
    .join(UNITS, (UNITS.c.account_id == _HERE) & (UNITS.c.id == ROLE_USES.c.business_unit_id)),
    account=_HERE,
    by={"user": [ROLE_USES.c.user_id, ROLE_USES.c.role_id, ROLE_USES.c.business_unit_id, ROLE_USES.c.reach]},
    columns={
        "user_id": As(ROLE_USES.c.user_id, Kind.ID),
        "user": As(USERS.c.user_name_key, Kind.FOLDED),
        "role_id": As(ROLE_USES.c.role_id, Kind.ID),
        "role": As(ROLES.c.name_key, Kind.FOLDED),
        "unit": As(UNITS.c.key, Kind.EXACT),
        "reach": As(ROLE_USES.c.reach, Kind.EXACT),
    },
)
"""All uses in an account."""
