"""Answers to creating calls, kept for a day: the same call under the same key is answered so again.

The row is written in the transaction of the work. Whoever calls at the same time waits for its end, and then
finds either the answer or nothing: the work is done once, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import IdempotentAnswer
from app.models.base import now, table
from app.prepared import Prepared
from app.session import Session

ANSWERS = table(IdempotentAnswer)
KEPT = timedelta(hours=24)
_SWEPT_AT_ONCE = 50
_PENDING = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given; ``request_hash`` says to which request."""

    request_hash: str
    status: int
    headers: dict[str, str]
    body: str


def claim(session: Session, caller_id: str, key: str, request_hash: str) -> Kept | None:
    """The answer that was given under this key, or None: then the key is the caller's until the transaction ends."""
    moment = now()
    named = {"b_caller": caller_id, "b_key": key}
    session.execute(_EXPIRE, named | {"b_before": moment - KEPT})
    row = {
        "caller_id": caller_id,
        "idempotency_key": key,
        "request_hash": request_hash,
        "status": _PENDING,
        "headers": {},
        "body": "",
        "created": moment,
    }
    if session.execute(_CLAIM[session.is_sqlite], row):
        return None
    found = session.execute(_FIND, named).one()
    return Kept(found.request_hash, found.status, found.headers, found.body)


def keep(session: Session, caller_id: str, key: str, answer: Kept) -> None:
    """Keep the answer to the call that claimed this key, and forget some that are too old."""
    said: dict[str, Any] = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    session.execute(_KEEP, {"b_caller": caller_id, "b_key": key} | said)
    session.execute(_SWEEP, {"b_before": now() - KEPT, "b_most": _SWEPT_AT_ONCE})


_HERE = (ANSWERS.c.caller_id == bindparam("b_caller"), ANSWERS.c.idempotency_key == bindparam("b_key"))
_NAMES = [column.name for column in ANSWERS.c]
_EXPIRE = Prepared(delete(ANSWERS).where(*_HERE, ANSWERS.c.created < bindparam("b_before")))
_CLAIM = {
    dialect is sqlite: Prepared(
        dialect.insert(ANSWERS).on_conflict_do_nothing().returning(ANSWERS.c.idempotency_key), _NAMES
    )
    for dialect in (sqlite, postgresql)
}
_FIND = Prepared(select(ANSWERS.c.request_hash, ANSWERS.c.status, ANSWERS.c.headers, ANSWERS.c.body).where(*_HERE))
_KEEP = Prepared(update(ANSWERS).where(*_HERE), ["status", "headers", "body"])
_OLD = (
    select(ANSWERS.c.caller_id, ANSWERS.c.idempotency_key)
    .where(ANSWERS.c.created < bindparam("b_before"))
    .order_by(ANSWERS.c.created)
    .limit(bindparam("b_most"))
    # Two that sweep at once shall not wait for each other.
    .with_for_update(skip_locked=True)
)
_SWEEP = Prepared(delete(ANSWERS).where(tuple_(ANSWERS.c.caller_id, ANSWERS.c.idempotency_key).in_(_OLD)))
