"""Tests of connections: their addresses, and the traces of what came of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.models import LoginAttempt, SignInTrace
from app.models.base import table
from app.session import Session
from app.stores.access_tables import GROUPS, MEMBERSHIPS
from app.stores.connections import Row
from app.stores.filter_sql import is_id

ATTEMPTS, TRACES = table(LoginAttempt), table(SignInTrace)


def add(session: Session, row: Row) -> None:
    """Let an address be good."""
    session.execute(insert(ATTEMPTS).values(**row))


def open_once(
    session: Session, connection_id: str, hashes: Collection[str], purpose: str, moment: datetime
) -> str | None:
    """The attempt that an address is for, which nobody can open after this; None if it is not good."""
    if not is_id(connection_id):
        return None
    good = (
        ATTEMPTS.c.key_hash.in_(hashes),
        ATTEMPTS.c.connection_id == connection_id,
        ATTEMPTS.c.purpose == purpose,
        ATTEMPTS.c.used.is_(None),
        ATTEMPTS.c.expires > moment,
    )
    found: Any = session.execute(update(ATTEMPTS).where(*good).values(used=moment).returning(ATTEMPTS.c.id)).scalar()
    return None if found is None else str(found)


def attempt(session: Session, account_id: str, connection_id: str, id: str, purpose: str) -> Row | None:
    """An attempt of a connection."""
    if not is_id(id):
        return None
    here = (
        ATTEMPTS.c.account_id == account_id,
        ATTEMPTS.c.connection_id == connection_id,
        ATTEMPTS.c.id == id,
        ATTEMPTS.c.purpose == purpose,
    )
    found: Row | None = session.execute(select(*ATTEMPTS.c).where(*here)).mappings().one_or_none()
    return found


def trace_of(session: Session, account_id: str, connection_id: str, reference: str) -> str | None:
    """The trace of a test."""
    here = (
        TRACES.c.account_id == account_id,
        TRACES.c.connection_id == connection_id,
        TRACES.c.outcome == "test",
        TRACES.c.reference == reference,
    )
    query = select(TRACES.c.id).where(*here).order_by(TRACES.c.at.desc()).limit(1)
    found: str | None = session.execute(query).scalar()
    return found


def last_seen(session: Session, account_id: str, connection_id: str) -> str | None:
    """The latest trace of a connection that says what the provider said of somebody who could sign in."""
    here = (
        TRACES.c.account_id == account_id,
        TRACES.c.connection_id == connection_id,
        TRACES.c.seen.is_not(None),
        TRACES.c.reason.is_(None),
    )
    query = select(TRACES.c.id).where(*here).order_by(TRACES.c.at.desc(), TRACES.c.id.desc()).limit(1)
    found: str | None = session.execute(query).scalar()
    return found


def groups(session: Session, account_id: str, directory_id: str, keys: Collection[str]) -> list[str]:
    """The groups of a directory with these folded names."""
    here = (GROUPS.c.account_id == account_id, GROUPS.c.directory_id == directory_id)
    query = select(GROUPS.c.id).where(*here, GROUPS.c.display_name_key.in_(list(keys)))
    return [*session.execute(query).scalars()]


def groups_of(session: Session, account_id: str, directory_id: str, user_id: str) -> list[str]:
    """The groups of a directory in which somebody is directly."""
    member = (MEMBERSHIPS.c.account_id == GROUPS.c.account_id) & (MEMBERSHIPS.c.group_id == GROUPS.c.id)
    here = (GROUPS.c.account_id == account_id, GROUPS.c.directory_id == directory_id)
    query = select(GROUPS.c.id).join(MEMBERSHIPS, member).where(*here, MEMBERSHIPS.c.user_id == user_id)
    return [*session.execute(query).scalars()]
