"""Individual permissions as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from app.models.base import Id, new_id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import INDIVIDUALS


@dataclass(frozen=True, slots=True)
class Individual:
    """An allow or deny of one person at a node, in a unit (the root for the whole account)."""

    id: str
    permission: str
    effect: str
    unit_id: str
    reach: str
    granted_by: str
    reason: str
    starts: datetime | None
    expires: datetime | None


def individuals_of(session: Session, account_id: str, user_id: str) -> list[Individual]:
    """Everything put straight on a person, whether or not it counts at present."""
    return [Individual(*row) for row in session.execute(_OF_USER, {"b_account": account_id, "b_user": user_id})]


def write(session: Session, account_id: str, user_id: str, id: str | None, **values: Any) -> Individual:
    """Write a new one, or the one with this id anew. The caller has called ``bump``."""
    made = Individual(id=id or new_id(), **values)
    row = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "unit_id"}
    row |= {"account_id": account_id, "user_id": user_id, "business_unit_id": made.unit_id}
    if id is None:
        session.execute(insert(INDIVIDUALS).values(created=now(), **row))
    else:
        session.execute(
            update(INDIVIDUALS).where(INDIVIDUALS.c.account_id == account_id, INDIVIDUALS.c.id == id).values(row)
        )
    return made


def delete(session: Session, account_id: str, id: str) -> None:
    """Remove one. The caller has called ``bump``."""
    session.execute(INDIVIDUALS.delete().where(INDIVIDUALS.c.account_id == account_id, INDIVIDUALS.c.id == id))


_OF_USER = Prepared(
    select(
        INDIVIDUALS.c.id,
        INDIVIDUALS.c.permission,
        INDIVIDUALS.c.effect,
        INDIVIDUALS.c.business_unit_id,
        INDIVIDUALS.c.reach,
        INDIVIDUALS.c.granted_by,
        INDIVIDUALS.c.reason,
        INDIVIDUALS.c.starts,
        INDIVIDUALS.c.expires,
    )
    .where(
        INDIVIDUALS.c.account_id == bindparam("b_account", type_=Id()),
        INDIVIDUALS.c.user_id == bindparam("b_user", type_=Id()),
    )
    .order_by(INDIVIDUALS.c.permission, INDIVIDUALS.c.id)
)
