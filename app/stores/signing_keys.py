"""Keys with which ID tokens are signed: the next one, the current one, and former ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.models import SigningKey
from app.models.base import table
from app.prepared import Prepared
from app.session import Session

SIGNING_KEYS = table(SigningKey)
_EVERY = Prepared(
    select(
        SIGNING_KEYS.c.id,
        SIGNING_KEYS.c.state,
        SIGNING_KEYS.c.algorithm,
        SIGNING_KEYS.c.public,
        SIGNING_KEYS.c.created,
        SIGNING_KEYS.c.changed,
    ).order_by(SIGNING_KEYS.c.id)
)
_PRIVATE = Prepared(select(SIGNING_KEYS.c.private).where(SIGNING_KEYS.c.id == bindparam("b_id")))


def every(session: Session) -> Sequence[Any]:
    """All keys, the oldest first; begins no transaction."""
    found: Sequence[Any] = session.look(_EVERY, {})
    return found


def private(session: Session, id: str) -> str:
    """The sealed private part of a key."""
    found: str = session.look(_PRIVATE, {"b_id": id}).one().private
    return found


def add(session: Session, row: Mapping[str, Any]) -> bool:
    """Whether there is a new key now; not if another is in that state already."""
    try:
        with session.savepoint():
            session.execute(insert(SIGNING_KEYS).values(**row))
    except IntegrityError:
        return False
    return True


def move(session: Session, id: str, before: str, after: str, moment: datetime) -> bool:
    """Whether a key was in one state and is in the other now."""
    one = SIGNING_KEYS.c.id == id, SIGNING_KEYS.c.state == before
    moved = update(SIGNING_KEYS).where(*one).values(state=after, changed=moment).returning(SIGNING_KEYS.c.id)
    return session.execute(moved).one_or_none() is not None


def forget(session: Session, before: datetime) -> None:
    """Delete former keys that have not signed since."""
    session.execute(delete(SIGNING_KEYS).where(SIGNING_KEYS.c.state == "former", SIGNING_KEYS.c.changed < before))
