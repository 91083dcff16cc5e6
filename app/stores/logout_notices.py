"""Clients that have yet to be told that a session is over; triggers of the database write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from app.models import LogoutNotice
from app.models.base import table
from app.prepared import Prepared
from app.session import Session
from app.stores.oauth import CLIENTS

NOTICES = table(LogoutNotice)
_PORTION = 200
_DUE = Prepared(
    select(
        *NOTICES.c,
        CLIENTS.c.name.label("client_name"),
        CLIENTS.c.backchannel_logout_uri.label("address"),
        CLIENTS.c.revoked,
    )
    .join(CLIENTS, CLIENTS.c.id == NOTICES.c.client_id)
    .where(NOTICES.c.next_attempt <= bindparam("b_now"))
    .order_by(NOTICES.c.next_attempt)
    .limit(_PORTION)
)
_ONE = (
    NOTICES.c.account_id == bindparam("b_account"),
    NOTICES.c.session_id == bindparam("b_session"),
    NOTICES.c.client_id == bindparam("b_client"),
    NOTICES.c.next_attempt == bindparam("b_seen"),
)
_CLAIM = Prepared(
    update(NOTICES)
    .where(*_ONE)
    .values(next_attempt=bindparam("b_until"), attempts=NOTICES.c.attempts + 1)
    .returning(NOTICES.c.client_id)
)
_LATER = Prepared(update(NOTICES).where(*_ONE).values(next_attempt=bindparam("b_until")))
_DONE = Prepared(delete(NOTICES).where(*_ONE))


def due(session: Session, moment: datetime) -> Sequence[Any]:
    """Some of those that are due, with the client's address, the longest waiting first."""
    found: Sequence[Any] = session.execute(_DUE, {"b_now": moment})
    return found


def claim(session: Session, row: Any, until: datetime) -> bool:
    """Whether it is ours to tell until that moment; not if another has taken it, or told it."""
    return bool(session.execute(_CLAIM, _named(row, row.next_attempt) | {"b_until": until}))


def later(session: Session, row: Any, held: datetime, until: datetime) -> None:
    """Try again then, what we have held."""
    session.execute(_LATER, _named(row, held) | {"b_until": until})


def done(session: Session, row: Any, held: datetime) -> None:
    """Forget what was told."""
    session.execute(_DONE, _named(row, held))


def _named(row: Any, seen: datetime) -> dict[str, Any]:
    return {"b_account": row.account_id, "b_session": row.session_id, "b_client": row.client_id, "b_seen": seen}
