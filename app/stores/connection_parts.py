"""Certificates of providers, and our key pairs, as they are administered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.session import Session
from app.stores.access_tables import ACCOUNTS
from app.stores.connections import CERTIFICATES, CONNECTIONS, KEYS, Row


def certificates(session: Session, account_id: str, connection_ids: Sequence[str]) -> Sequence[Row]:
    """The certificates of some connections, the oldest first."""
    here = (CERTIFICATES.c.account_id == account_id, CERTIFICATES.c.connection_id.in_(connection_ids))
    query = select(*CERTIFICATES.c).where(*here).order_by(CERTIFICATES.c.added, CERTIFICATES.c.id)
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def add_certificate(session: Session, row: Row) -> bool:
    """Whether there is a certificate now; not if the connection had it before."""
    try:
        with session.savepoint():
            session.execute(insert(CERTIFICATES).values(**row))
    except IntegrityError:
        return False
    return True


def change_certificate(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> None:
    """Change what is known of a certificate."""
    here = (CERTIFICATES.c.account_id == account_id, CERTIFICATES.c.id == id)
    session.execute(update(CERTIFICATES).where(*here).values(**values))


def remove_certificate(session: Session, account_id: str, id: str) -> None:
    """Trust a certificate no more."""
    session.execute(delete(CERTIFICATES).where(CERTIFICATES.c.account_id == account_id, CERTIFICATES.c.id == id))


def keys(session: Session, account_id: str, connection_ids: Sequence[str]) -> Sequence[Row]:
    """Our key pairs towards some connections."""
    here = (KEYS.c.account_id == account_id, KEYS.c.connection_id.in_(connection_ids))
    found: Sequence[Row] = session.execute(select(*KEYS.c).where(*here).order_by(KEYS.c.created)).mappings().all()
    return found


def key(session: Session, account_id: str, connection_id: str, state: str) -> Row | None:
    """Our pair in that state, of which there is at most one."""
    here = (KEYS.c.account_id == account_id, KEYS.c.connection_id == connection_id, KEYS.c.state == state)
    found: Row | None = session.execute(select(*KEYS.c).where(*here)).mappings().one_or_none()
    return found


def add_key(session: Session, row: Row) -> None:
    """Store a pair."""
    session.execute(insert(KEYS).values(**row))


def change_key(session: Session, account_id: str, id: str, state: str) -> None:
    """Give a pair another state."""
    session.execute(update(KEYS).where(KEYS.c.account_id == account_id, KEYS.c.id == id).values(state=state))


def remove_key(session: Session, account_id: str, id: str) -> None:
    """Forget a pair."""
    session.execute(delete(KEYS).where(KEYS.c.account_id == account_id, KEYS.c.id == id))


def ending(session: Session, before: datetime, days: int) -> list[tuple[str, Row]]:
    """What ends before a moment and was not told of at so few days: a provider's ``certificate`` or our ``key``."""
    found = []
    for kind, rows in (("certificate", CERTIFICATES), ("key", KEYS)):
        query = (
            select(*rows.c, CONNECTIONS.c.name)
            .join(
                CONNECTIONS,
                (CONNECTIONS.c.account_id == rows.c.account_id) & (CONNECTIONS.c.id == rows.c.connection_id),
            )
            .join(ACCOUNTS, ACCOUNTS.c.id == rows.c.account_id)
            .where(
                rows.c.not_after < before,
                or_(rows.c.warned_days.is_(None), rows.c.warned_days > days),
                CONNECTIONS.c.enabled,
                ~ACCOUNTS.c.suspended,
            )
            .order_by(rows.c.account_id, rows.c.id)
        )
        query = (
            query.where(CERTIFICATES.c.confirmed) if kind == "certificate" else query.where(KEYS.c.state != "former")
        )
        found += [(kind, row) for row in session.execute(query).mappings().all()]
    return found


def warned(session: Session, kind: str, row: Row, days: int) -> bool:
    """Whether it falls to the caller to tell that something ends within so many days; others may look, too."""
    rows = CERTIFICATES if kind == "certificate" else KEYS
    here = (rows.c.account_id == row["account_id"], rows.c.id == row["id"])
    as_seen = rows.c.warned_days.is_not_distinct_from(row["warned_days"])
    statement = update(rows).where(*here, as_seen).values(warned_days=days).returning(rows.c.id)
    return session.execute(statement).one_or_none() is not None
