"""Domains that accounts claim: of one account, and those that lead to a connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, false, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from app.models import Domain
from app.models.base import KEY, Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS
from app.stores.connections import CONNECTIONS
from app.stores.filter_sql import is_id

DOMAINS = table(Domain)
Row = Mapping[str, Any]
_CONNECTION = (CONNECTIONS.c.account_id == DOMAINS.c.account_id) & (CONNECTIONS.c.id == DOMAINS.c.connection_id)
_NAME = bindparam("b_name", type_=KEY)
_LEADS = Prepared(
    select(DOMAINS.c.account_id, DOMAINS.c.connection_id)
    .join(CONNECTIONS, _CONNECTION)
    .join(ACCOUNTS, ACCOUNTS.c.id == DOMAINS.c.account_id)
    .where(
        DOMAINS.c.name == _NAME,
        DOMAINS.c.verified.is_not(None),
        CONNECTIONS.c.enabled.is_(True),
        ACCOUNTS.c.suspended.is_(False),
    )
)
_BOUND = Prepared(
    select(DOMAINS.c.id).where(
        DOMAINS.c.account_id == bindparam("b_account", type_=Id()),
        DOMAINS.c.connection_id == bindparam("b_connection", type_=Id()),
        DOMAINS.c.name == _NAME,
        DOMAINS.c.verified.is_not(None),
    )
)
_ALL = select(*DOMAINS.c, CONNECTIONS.c.name.label("connection")).outerjoin(CONNECTIONS, _CONNECTION)


def leads_to(session: Session, name: str) -> list[tuple[str, str]]:
    """Account and connection that a domain leads to."""
    return [(row.account_id, row.connection_id) for row in session.execute(_LEADS, {"b_name": name})]


def is_bound(session: Session, account_id: str, connection_id: str, name: str) -> bool:
    """Whether a domain is this account's, and leads to this connection of it."""
    values = {"b_account": account_id, "b_connection": connection_id, "b_name": name}
    return session.execute(_BOUND, values).one_or_none() is not None


def every(session: Session, account_id: str) -> Sequence[Row]:
    """The domains of an account, by name."""
    query = _ALL.where(DOMAINS.c.account_id == account_id).order_by(DOMAINS.c.name)
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def count(session: Session, account_id: str) -> int:
    """How many domains an account has claimed."""
    query = select(func.count()).select_from(DOMAINS).where(DOMAINS.c.account_id == account_id)
    found: int = session.execute(query).scalar_one()
    return found


def find(session: Session, account_id: str, reference: str) -> Row | None:
    """A domain by its id, or by its name as it is compared."""
    named = DOMAINS.c.id == reference if is_id(reference) else DOMAINS.c.name == reference
    found: Row | None = session.execute(_ALL.where(DOMAINS.c.account_id == account_id, named)).mappings().one_or_none()
    return found


def add(session: Session, row: Row) -> bool:
    """Whether there is a domain now; not if the account has it already."""
    return _tried(session, insert(DOMAINS).values(**row))


def change(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> bool:
    """Whether a domain is changed now; not if it would be verified for a second account."""
    return _tried(session, update(DOMAINS).where(*_is(account_id, id)).values(**values))


def remove(session: Session, account_id: str, id: str) -> None:
    """Delete a domain."""
    session.execute(delete(DOMAINS).where(*_is(account_id, id)))


def due(session: Session, before: datetime, most: int) -> Sequence[Row]:
    """Some of those that DNS has to be asked about again."""
    query = (
        select(*DOMAINS.c)
        .where(
            DOMAINS.c.verified.is_not(None),
            DOMAINS.c.by_operator == false(),
            or_(DOMAINS.c.checked.is_(None), DOMAINS.c.checked < before),
        )
        .order_by(DOMAINS.c.checked)
        .limit(most)
    )
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def take(session: Session, row: Row, moment: datetime) -> bool:
    """Whether it is on us to ask about a domain; not if another process has begun to."""
    seen = DOMAINS.c.checked.is_(None) if row["checked"] is None else DOMAINS.c.checked == row["checked"]
    taken = session.execute(
        update(DOMAINS).where(*_is(row["account_id"], row["id"]), seen).values(checked=moment).returning(true())
    )
    return taken.first() is not None


def _tried(session: Session, statement: Any) -> bool:
    try:
        with session.savepoint():
            session.execute(statement)
    except IntegrityError:
        return False
    return True


def _is(account_id: str, id: str) -> tuple[Any, Any]:
    return DOMAINS.c.account_id == account_id, DOMAINS.c.id == id
