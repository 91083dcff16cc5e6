"""What switching a connection on or off, or deleting it, means for people: in numbers and names, before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import distinct, func, select

from app.models.base import now
from app.services.connection_rights import check_right, found
from app.session import Session
from app.stores import connections as store
from app.stores import identity_links as links
from app.stores.access_tables import ACCOUNTS
from app.stores.person_sessions import CONNECTIONS, SESSIONS


@dataclass(frozen=True, slots=True)
class Effects:
    """What hangs on a connection.

    ``sessions`` of so many ``people`` are open by it; so many ``subjects`` it knows as somebody; these ``domains`` lead
    to it. ``is_last``: no other one is on; ``is_required``: people may sign in by a connection only.
    """

    sessions: int
    people: int
    subjects: int
    domains: tuple[str, ...]
    is_last: bool
    is_required: bool

    @property
    def locks_out(self) -> bool:
        """Whether nobody could sign in any more without it, but for who holds break-glass."""
        return self.is_last and self.is_required


def effects(session: Session, account_id: str, reference: str) -> Effects:
    """What hangs on a connection. Raises NotFound, Forbidden."""
    check_right(session, account_id)
    row = found(session, account_id, reference)
    is_open = (
        SESSIONS.c.account_id == account_id,
        SESSIONS.c.connection_id == row["id"],
        SESSIONS.c.ended.is_(None),
        SESSIONS.c.ends > now(),
    )
    sessions, people = session.execute(
        select(func.count(), func.count(distinct(SESSIONS.c.user_id))).where(*is_open)
    ).one()
    others = select(func.count()).where(
        CONNECTIONS.c.account_id == account_id, CONNECTIONS.c.enabled, CONNECTIONS.c.id != row["id"]
    )
    required = session.execute(select(ACCOUNTS.c.sso_required).where(ACCOUNTS.c.id == account_id)).scalar()
    return Effects(
        sessions=sessions,
        people=people,
        subjects=links.count(session, account_id, row["id"]),
        domains=tuple(store.domains(session, account_id, row["id"])),
        is_last=session.execute(others).scalar() == 0,
        is_required=required is not None,
    )
