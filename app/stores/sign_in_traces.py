"""Traces of sign-ins: added, listed, found, and forgotten when their time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, tuple_, update

from app.models import Connection, SignInTrace
from app.models.base import UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, USERS
from app.stores.filter_sql import is_id
from app.stores.listings import Listing
from muster.filters import As, Kind
from sso.errors import ANYBODYS

TRACES, CONNECTIONS = table(SignInTrace), table(Connection)
MOST_REFUSED = 30
"""So many refused sign-ins of one connection and one kind within ``WITHIN`` are kept one by one; more are counted.

There are two kinds: what anybody can send from outside must not hide what deserves attention.
"""
WITHIN = timedelta(minutes=1)
Row = Mapping[str, Any]
PORTION = 500

_ADD = Prepared(insert(TRACES), [column.name for column in TRACES.c])
_DAYS = Prepared(select(ACCOUNTS.c.trace_days).where(ACCOUNTS.c.id == bindparam("b_account")))
_SINCE = bindparam("b_since", type_=UTCDateTime())


_REASON: Any = func.coalesce(TRACES.c.reason, "")
_IS_ANYBODYS = or_(*(str(one) == _REASON for one in sorted(ANYBODYS)))
_KINDS = {True: _IS_ANYBODYS, False: ~_IS_ANYBODYS}
"""By whether anybody can cause a refusal."""


def _refused(connection_is: Any, kind: Any) -> Prepared:
    here = TRACES.c.account_id == bindparam("b_account"), connection_is, TRACES.c.at > _SINCE
    return Prepared(select(func.count()).select_from(TRACES).where(*here, TRACES.c.outcome == "refused", kind))


# The local door has no connection, and NULL equals nothing.
_REFUSED = {
    (is_local, is_anybodys): _refused(connection_is, kind)
    for is_local, connection_is in (
        (False, TRACES.c.connection_id == bindparam("b_connection")),
        (True, TRACES.c.connection_id.is_(None)),
    )
    for is_anybodys, kind in _KINDS.items()
}
_HERE = (CONNECTIONS.c.account_id == TRACES.c.account_id) & (CONNECTIONS.c.id == TRACES.c.connection_id)
TRACE_LIST = Listing(
    rows=select(
        TRACES.c.id,
        TRACES.c.at,
        TRACES.c.connection_id,
        CONNECTIONS.c.name.label("connection"),
        TRACES.c.reference,
        TRACES.c.outcome,
        TRACES.c.reason,
        TRACES.c.detail,
        TRACES.c.further,
        TRACES.c.user_id,
        TRACES.c.address,
        TRACES.c.skew_seconds,
    ).outerjoin(CONNECTIONS, _HERE),
    account=TRACES.c.account_id,
    by={"at": [TRACES.c.at, TRACES.c.id]},
    columns={
        "id": As(TRACES.c.id, Kind.ID),
        "at": TRACES.c.at,
        "connection_id": As(TRACES.c.connection_id, Kind.ID),
        "connection": As(CONNECTIONS.c.name_key, Kind.FOLDED),
        "reference": As(TRACES.c.reference, Kind.EXACT),
        "outcome": As(TRACES.c.outcome, Kind.EXACT),
        "reason": As(TRACES.c.reason, Kind.EXACT),
        "user_id": As(TRACES.c.user_id, Kind.ID),
        "address": As(TRACES.c.address, Kind.EXACT),
    },
)
"""All traces of an account."""


def days_of(session: Session, account_id: str) -> int:
    """For how many days an account keeps its traces."""
    found: int = session.execute(_DAYS, {"b_account": account_id}).scalar()
    return found


def add(session: Session, row: Row) -> None:
    """Keep a trace."""
    session.execute(_ADD, row)


def is_flooded(
    session: Session, account_id: str, connection_id: str | None, reason: str | None, moment: datetime
) -> bool:
    """Whether so many of this kind were refused lately that the next one is only counted.

    Two at once may be one too many.
    """
    here = {"b_account": account_id, "b_connection": connection_id, "b_since": moment - WITHIN}
    if connection_id is None:
        del here["b_connection"]
    found: int = session.execute(_REFUSED[connection_id is None, reason in ANYBODYS], here).scalar()
    return found >= MOST_REFUSED


def count(session: Session, account_id: str, connection_id: str | None, reason: str | None) -> str:
    """Count one more refused sign-in with the last one of its kind that was kept; returns that one's id."""
    last = (
        select(TRACES.c.id)
        .where(
            TRACES.c.account_id == account_id,
            TRACES.c.connection_id.is_(None) if connection_id is None else TRACES.c.connection_id == connection_id,
            TRACES.c.outcome == "refused",
            _KINDS[reason in ANYBODYS],
        )
        .order_by(TRACES.c.at.desc(), TRACES.c.id.desc())
        .limit(1)
    )
    id: str = session.execute(last).scalar_one()
    one = update(TRACES).where(TRACES.c.account_id == account_id, TRACES.c.id == id)
    session.execute(one.values(further=TRACES.c.further + 1))
    return id


def find(session: Session, account_id: str, reference: str) -> Row | None:
    """A trace by its id, or by the reference that the person was shown."""
    # The reference of a test run has the form of an id, too.
    is_it = TRACES.c.reference == reference
    named = or_(TRACES.c.id == reference, is_it) if is_id(reference) else is_it
    query = (
        select(*TRACES.c, CONNECTIONS.c.name.label("connection"), USERS.c.user_name)
        .outerjoin(CONNECTIONS, _HERE)
        .outerjoin(USERS, (USERS.c.account_id == TRACES.c.account_id) & (USERS.c.id == TRACES.c.user_id))
        .where(TRACES.c.account_id == account_id, named)
        .order_by(TRACES.c.at.desc())
        .limit(1)
    )
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def forget(session: Session, moment: datetime) -> int:
    """Delete some of those whose time is over; how many."""
    over = select(TRACES.c.account_id, TRACES.c.id).where(TRACES.c.expires <= moment).limit(PORTION)
    gone = session.execute(delete(TRACES).where(tuple_(TRACES.c.account_id, TRACES.c.id).in_(over)))
    return int(gone.rowcount)
