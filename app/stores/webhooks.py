"""Endpoints and deliveries: as they are administered, and as whoever sends takes turns at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.audit import HEADS
from app.models import WebhookDelivery, WebhookEndpoint
from app.models.base import table
from app.session import Session
from app.stores.access_tables import ACCOUNTS
from app.stores.filter_sql import is_id

ENDPOINTS, DELIVERIES = table(WebhookEndpoint), table(WebhookDelivery)
KEPT = 100
"""So many attempts of each endpoint are kept."""
Row = Mapping[str, Any]


def every(session: Session, account_id: str) -> Sequence[Row]:
    """The endpoints of an account, by name."""
    query = select(*ENDPOINTS.c).where(ENDPOINTS.c.account_id == account_id).order_by(ENDPOINTS.c.name_key)
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def find(session: Session, account_id: str, reference: str, key: str) -> Row | None:
    """An endpoint by its id or its folded name."""
    named = ENDPOINTS.c.id == reference if is_id(reference) else ENDPOINTS.c.name_key == key
    query = select(*ENDPOINTS.c).where(ENDPOINTS.c.account_id == account_id, named)
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def add(session: Session, row: Row) -> bool:
    """Whether there is an endpoint now; not if the name is taken."""
    try:
        with session.savepoint():
            session.execute(insert(ENDPOINTS).values(**row))
    except IntegrityError:
        return False
    return True


def change(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> bool:
    """Whether an endpoint is changed now; not if the name is taken. Whoever is sending to it stops."""
    free = {"lease_by": None, "lease_until": None}
    try:
        with session.savepoint():
            session.execute(update(ENDPOINTS).where(*_is(account_id, id)).values(**values, **free))
    except IntegrityError:
        return False
    return True


def remove(session: Session, account_id: str, id: str) -> None:
    """Delete an endpoint, with what was tried there."""
    session.execute(delete(ENDPOINTS).where(*_is(account_id, id)))


def deliveries(session: Session, account_id: str, id: str) -> Sequence[Row]:
    """The latest attempts, the last one first."""
    here = (DELIVERIES.c.account_id == account_id, DELIVERIES.c.endpoint_id == id)
    found: Sequence[Row] = (
        session.execute(select(*DELIVERIES.c).where(*here).order_by(DELIVERIES.c.number.desc())).mappings().all()
    )
    return found


def waiting(session: Session, moment: datetime) -> Sequence[Row]:
    """The endpoints for which there may be something to send, and ``head``, where their account's trail ends."""
    query = (
        select(*ENDPOINTS.c, HEADS.c.sequence.label("head"))
        .join(HEADS, HEADS.c.account_id == ENDPOINTS.c.account_id)
        .join(ACCOUNTS, ACCOUNTS.c.id == ENDPOINTS.c.account_id)
        .where(
            ENDPOINTS.c.disabled.is_(None),
            ACCOUNTS.c.suspended.is_(False),
            ENDPOINTS.c.cursor < HEADS.c.sequence,
            or_(ENDPOINTS.c.next_attempt.is_(None), ENDPOINTS.c.next_attempt <= moment),
            _is_free(moment),
        )
    )
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def claim(session: Session, row: Row, by: str, moment: datetime, until: datetime) -> Row | None:
    """Take the lease of an endpoint that is as it was seen; None if it is not, or another has taken it."""
    as_seen = and_(ENDPOINTS.c.cursor == row["cursor"], ENDPOINTS.c.disabled.is_(None), _is_free(moment))
    statement = update(ENDPOINTS).where(*_is(row["account_id"], row["id"]), as_seen)
    return _one(session, statement.values(lease_by=by, lease_until=until))


def hold(session: Session, row: Row, values: Mapping[str, Any]) -> Row | None:
    """Change an endpoint of which one has the lease; None if one has lost it."""
    held = ENDPOINTS.c.lease_by == row["lease_by"]
    return _one(session, update(ENDPOINTS).where(*_is(row["account_id"], row["id"]), held).values(**values))


def skip(session: Session, row: Row, sequence: int, moment: datetime) -> None:
    """Move the cursor of an endpoint that nobody sends to: there is nothing for it up to there."""
    as_seen = and_(ENDPOINTS.c.cursor == row["cursor"], _is_free(moment))
    session.execute(update(ENDPOINTS).where(*_is(row["account_id"], row["id"]), as_seen).values(cursor=sequence))


def note(session: Session, row: Row) -> None:
    """Keep one attempt, and forget the one that is too many."""
    session.execute(insert(DELIVERIES).values(**row))
    here = (DELIVERIES.c.account_id == row["account_id"], DELIVERIES.c.endpoint_id == row["endpoint_id"])
    session.execute(delete(DELIVERIES).where(*here, DELIVERIES.c.number == row["number"] - KEPT))


def _one(session: Session, statement: Any) -> Row | None:
    found: Row | None = session.execute(statement.returning(*ENDPOINTS.c)).mappings().one_or_none()
    return found


def _is(account_id: str, id: str) -> tuple[Any, Any]:
    return ENDPOINTS.c.account_id == account_id, ENDPOINTS.c.id == id


def _is_free(moment: datetime) -> Any:
    return or_(ENDPOINTS.c.lease_until.is_(None), ENDPOINTS.c.lease_until <= moment)
