"""Open sessions as their people and administrators see them (N-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models.base import now
from app.services.errors import NotFound
from app.session import Session
from app.stores import person_sessions as store
from app.stores.filter_sql import is_id
from app.stores.listings import Wanted, page


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """An open session as its person and administrators see it."""

    id: str
    user_id: str
    user_name: str
    connection_id: str | None
    connection: str | None
    methods: tuple[str, ...]
    authenticated: datetime | None
    address: str | None
    agent: str | None
    created: datetime
    last_seen: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Sessions:
    """A page of open sessions, and where the next one begins."""

    results: list[SessionFacts]
    next: tuple[Any, ...] | None = None


def of_person(session: Session, account_id: str, user_id: str) -> list[SessionFacts]:
    """The open sessions of a person, the one that was used last first."""
    return [_facts(row) for row in store.of_person(session, account_id, user_id, now())]


def list_sessions(session: Session, account_id: str, wanted: Wanted) -> Sessions:
    """A page of the account's open sessions."""
    found = page(session, store.open_sessions(now()), account_id, wanted)
    return Sessions([_facts(row) for row in found.rows], found.next)


def get_session(session: Session, account_id: str, session_id: str) -> SessionFacts:
    """One open session. Raises NotFound."""
    row = store.open_one(session, account_id, session_id, now()) if is_id(session_id) else None
    if row is None:
        raise NotFound(f"there is no open session {session_id[:100]!r} in this account", "session", session_id)
    return _facts(row)


def _facts(row: Any) -> SessionFacts:
    return SessionFacts(
        id=row.id,
        user_id=row.user_id,
        user_name=row.user_name,
        connection_id=row.connection_id,
        connection=row.connection,
        methods=tuple(row.methods),
        authenticated=row.authenticated,
        address=row.address,
        agent=row.agent,
        created=row.created,
        last_seen=row.last_seen,
        ends=row.ends,
    )
