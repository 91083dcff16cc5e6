"""Mails that wait to be sent, and whoever sends them taking turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.models import Mail
from app.models.base import table
from app.session import Session

MAILS = table(Mail)
Row = Mapping[str, Any]


def add(session: Session, row: Row) -> None:
    """Another mail."""
    session.execute(insert(MAILS).values(**row))


def due(session: Session, moment: datetime, most: int) -> Sequence[Row]:
    """Mails that are to be sent by now, the oldest first."""
    query = select(*MAILS.c).where(MAILS.c.next_attempt <= moment).order_by(MAILS.c.next_attempt, MAILS.c.id)
    found: Sequence[Row] = session.execute(query.limit(most)).mappings().all()
    return found


def claim(session: Session, row: Row, until: datetime) -> bool:
    """Whether this mail is ours to send until then, or somebody else has taken it."""
    as_seen = (MAILS.c.account_id == row["account_id"], MAILS.c.id == row["id"])
    seen = MAILS.c.next_attempt == row["next_attempt"]
    claimed = update(MAILS).where(*as_seen, seen).values(next_attempt=until, tries=row["tries"] + 1)
    return bool(session.execute(claimed).rowcount)


def change(session: Session, row: Row, values: Row) -> None:
    """What came of a try."""
    one = (MAILS.c.account_id == row["account_id"], MAILS.c.id == row["id"])
    session.execute(update(MAILS).where(*one).values(**values))


def forget(session: Session, before: datetime) -> None:
    """Delete what there is nothing more to do about since before a moment."""
    session.execute(delete(MAILS).where(MAILS.c.next_attempt.is_(None), MAILS.c.created < before))
