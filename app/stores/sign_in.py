"""Sign-ins that have begun, tickets, and what must not be used twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from app.models import LoginAttempt, SignInTicket, UsedMessage
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS

ATTEMPTS, TICKETS, MESSAGES = table(LoginAttempt), table(SignInTicket), table(UsedMessage)
Row = Mapping[str, Any]

_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())
_AT = bindparam("b_at", type_=UTCDateTime())


def _by_key(rows: Table) -> Prepared:
    return Prepared(select(*rows.c).where(rows.c.key_hash == bindparam("b_hash")))


def _use(rows: Table) -> Prepared:
    once = (rows.c.used.is_(None), rows.c.expires > _AT)
    query = update(rows).where(rows.c.account_id == _ACCOUNT, rows.c.id == _ID, *once).values(used=_AT)
    return Prepared(query.returning(rows.c.id))


_INSERT = {rows.name: Prepared(insert(rows), [column.name for column in rows.c]) for rows in (ATTEMPTS, TICKETS)}
_BY_KEY = {rows.name: _by_key(rows) for rows in (ATTEMPTS, TICKETS)}
_USE = {rows.name: _use(rows) for rows in (ATTEMPTS, TICKETS)}
_REMEMBER = Prepared(insert(MESSAGES), [column.name for column in MESSAGES.c])
_DEMANDS = Prepared(select(ACCOUNTS.c.sign_in_methods, ACCOUNTS.c.sign_in_contexts).where(ACCOUNTS.c.id == _ACCOUNT))
_TRACE_DAYS = Prepared(select(ACCOUNTS.c.trace_days).where(ACCOUNTS.c.id == _ACCOUNT))


def add(session: Session, rows: Table, row: Row) -> None:
    """Add an attempt or a ticket."""
    session.execute(_INSERT[rows.name], row)


def by_key(session: Session, rows: Table, key_hash: str) -> Any:
    """The attempt or ticket with this key, used or not, or None. Begins no transaction."""
    return session.look(_BY_KEY[rows.name], {"b_hash": key_hash}).one_or_none()


def use(session: Session, rows: Table, account_id: str, id: str, moment: datetime) -> bool:
    """Use an attempt or a ticket; False if somebody has, or if it is too old: of two at once one is the first."""
    values = {"b_account": account_id, "b_id": id, "b_at": moment}
    return session.execute(_USE[rows.name], values).one_or_none() is not None


def drop(session: Session, account_id: str, session_id: str, purpose: str) -> None:
    """Forget what a session had begun for a purpose."""
    here = (ATTEMPTS.c.account_id == account_id, ATTEMPTS.c.session_id == session_id, ATTEMPTS.c.purpose == purpose)
    session.execute(delete(ATTEMPTS).where(*here))


def demands(session: Session, account_id: str) -> Any:
    """Which methods and contexts the account asks for, of which a sign-in must name one."""
    return session.execute(_DEMANDS, {"b_account": account_id}).one_or_none()


def remember(session: Session, row: Row) -> bool:
    """Remember that a message was used; False if it was before."""
    try:
        with session.savepoint():
            session.execute(_REMEMBER, row)
            session.settle()
    except IntegrityError:
        return False
    return True


def trace_days(session: Session, account_id: str) -> int:
    """How long the account keeps traces of sign-ins."""
    days: int = session.execute(_TRACE_DAYS, {"b_account": account_id}).scalar()
    return days


def forget(session: Session, rows: Table, before: datetime, most: int) -> int:
    """Delete what had expired before a moment, so much at once; how much it was."""
    key = tuple_(*rows.primary_key.columns)
    over = select(*rows.primary_key.columns).where(rows.c.expires < before).limit(most)
    done = session.execute(delete(rows).where(key.in_(over)))
    return int(done.rowcount)
