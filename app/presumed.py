"""What is nearly always so is taken for granted, and the database is told to refuse the rest if it is not.

So nobody waits for an answer that is known beforehand. Where it is another one, the whole transaction fails, and
the request is done again from the beginning, this time with the question asked first (``app.retry``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.exc import DBAPIError

from app.prepared import Prepared, Values
from app.session import Repeat, Session

# PostgreSQL has no other way for a plain statement to fail because of what it finds.
_DIVISION_BY_ZERO = "22012"


def failing_unless(condition: ColumnElement[bool]) -> Prepared:
    """A statement that fails on PostgreSQL unless this holds."""
    return Prepared(select(literal(1).op("/")(case((condition, 1), else_=0))))


def may_presume(session: Session) -> bool:
    """Whether a transaction that fails is done again here."""
    return session.repeats and not session.is_sqlite and len(session.scopes) <= 1


def presume(session: Session, statement: Prepared, values: Values, doubt: Callable[[], Any]) -> None:
    """Send a statement of ``failing_unless``; if it fails, now or later, ``doubt`` is called, so that it is asked."""

    def refuse(error: DBAPIError) -> Exception:
        if getattr(error.orig, "sqlstate", None) != _DIVISION_BY_ZERO:
            return error
        doubt()
        return Repeat()

    session.presumes = True
    session.send([(statement, values)], refuse)
