"""Sessions of people: begun, found by the hash of their secret, and ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, insert, literal, or_, select, update

from app.models import Connection, PersonSession, ProviderSession
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, ROLES, SOURCES, USERS
from app.stores.listings import Listing
from muster.filters import As, Kind

SESSIONS, CONNECTIONS, FORMER = table(PersonSession), table(Connection), table(ProviderSession)
MOST_FORMER = 20
"""So many names of a provider's sessions are kept of one of ours."""
Row = Mapping[str, Any]

_ACCOUNT, _AT = bindparam("b_account", type_=Id()), bindparam("b_at", type_=UTCDateTime())
_USER, _ID = bindparam("b_user", type_=Id()), bindparam("b_id", type_=Id())
_WHOSE = (
    SESSIONS.join(USERS, (USERS.c.account_id == SESSIONS.c.account_id) & (USERS.c.id == SESSIONS.c.user_id))
    .join(ACCOUNTS, ACCOUNTS.c.id == SESSIONS.c.account_id)
    .outerjoin(
        CONNECTIONS,
        (CONNECTIONS.c.account_id == SESSIONS.c.account_id) & (CONNECTIONS.c.id == SESSIONS.c.connection_id),
    )
)
_OWNS = (
    exists()
    .where(
        ASSIGNMENTS.c.account_id == USERS.c.account_id,
        ASSIGNMENTS.c.user_id == USERS.c.id,
        ASSIGNMENTS.c.reach == "account",
        # Joined, SQLite would begin with the sources of everybody.
        exists().where(
            ROLES.c.account_id == ASSIGNMENTS.c.account_id, ROLES.c.id == ASSIGNMENTS.c.role_id, ROLES.c.is_owner
        ),
        exists().where(
            SOURCES.c.account_id == ASSIGNMENTS.c.account_id,
            SOURCES.c.assignment_id == ASSIGNMENTS.c.id,
            or_(SOURCES.c.starts.is_(None), SOURCES.c.starts <= _AT),
            or_(SOURCES.c.expires.is_(None), SOURCES.c.expires > _AT),
        ),
    )
    .correlate(USERS)
)
"""Whether somebody is an Account Owner at the moment."""


def _living(*wanted: Any) -> Select[Any]:
    """A session that nobody has ended, of somebody who may sign in; its time limits are the caller's to check."""
    return (
        select(
            SESSIONS.c.account_id,
            SESSIONS.c.id,
            SESSIONS.c.user_id,
            SESSIONS.c.connection_id,
            SESSIONS.c.provider_session,
            SESSIONS.c.methods,
            SESSIONS.c.context,
            SESSIONS.c.vouched_email,
            SESSIONS.c.authenticated,
            SESSIONS.c.created,
            SESSIONS.c.last_seen,
            SESSIONS.c.ends,
            USERS.c.user_name,
            USERS.c.document,
            ACCOUNTS.c.session_idle_minutes,
            ACCOUNTS.c.session_hours,
            ACCOUNTS.c.owner_session_hours,
            ACCOUNTS.c.step_up_minutes,
            _OWNS.label("owns"),
        )
        .select_from(_WHOSE)
        .where(
            *wanted,
            SESSIONS.c.ended.is_(None),
            SESSIONS.c.ends > _AT,
            USERS.c.active,
            ~ACCOUNTS.c.suspended,
            # Of a connection that is gone there is no row, so nothing here is true of it.
            or_(SESSIONS.c.connection_id.is_(None), CONNECTIONS.c.enabled),
        )
    )


_BY_SECRET = Prepared(_living(SESSIONS.c.secret_hash == bindparam("b_hash")))
_BY_ID = Prepared(_living(SESSIONS.c.account_id == _ACCOUNT, SESSIONS.c.id == _ID))
_INSERT = Prepared(insert(SESSIONS), [column.name for column in SESSIONS.c])
_PERSON = Prepared(
    select(
        USERS.c.active,
        USERS.c.user_name,
        ACCOUNTS.c.suspended,
        ACCOUNTS.c.session_hours,
        ACCOUNTS.c.owner_session_hours,
        _OWNS.label("owns"),
    )
    .select_from(USERS.join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id))
    .where(USERS.c.account_id == _ACCOUNT, USERS.c.id == _USER)
    # Whoever deactivates this person at the moment is waited for, and waits: their trigger has to see the session.
    .with_for_update(key_share=True, of=USERS)
)
_CONNECTION = Prepared(
    select(CONNECTIONS.c.enabled, CONNECTIONS.c.session_hours, CONNECTIONS.c.generation)
    .where(CONNECTIONS.c.account_id == _ACCOUNT, CONNECTIONS.c.id == _ID)
    .with_for_update(read=True)
)
_SEEN = Prepared(
    update(SESSIONS)
    .where(SESSIONS.c.account_id == _ACCOUNT, SESSIONS.c.id == _ID, SESSIONS.c.last_seen < _AT)
    .values(last_seen=_AT)
)
_PROVIDER = Prepared(select(SESSIONS.c.provider).where(SESSIONS.c.account_id == _ACCOUNT, SESSIONS.c.id == _ID))
_ROWS = select(
    SESSIONS.c.id,
    SESSIONS.c.user_id,
    USERS.c.user_name,
    SESSIONS.c.connection_id,
    CONNECTIONS.c.name.label("connection"),
    SESSIONS.c.methods,
    SESSIONS.c.authenticated,
    SESSIONS.c.address,
    SESSIONS.c.agent,
    SESSIONS.c.created,
    SESSIONS.c.last_seen,
    SESSIONS.c.ends,
).select_from(_WHOSE)


def by_secret(session: Session, secret_hash: str, moment: datetime) -> Any:
    """The row of a session that nobody has ended, or None. Read before a transaction begins."""
    return session.look(_BY_SECRET, {"b_hash": secret_hash, "b_at": moment}).one_or_none()


def by_id(session: Session, account_id: str, id: str, moment: datetime) -> Any:
    """The same by its id."""
    return session.look(_BY_ID, {"b_account": account_id, "b_id": id, "b_at": moment}).one_or_none()


def lock_person(session: Session, account_id: str, user_id: str, moment: datetime) -> Any:
    """Who shall get a session, or None; nobody changes them until the transaction ends."""
    return session.execute(_PERSON, {"b_account": account_id, "b_user": user_id, "b_at": moment}).one_or_none()


def lock_connection(session: Session, account_id: str, id: str) -> Any:
    """Through which connection, or None; nobody changes it until the transaction ends."""
    return session.execute(_CONNECTION, {"b_account": account_id, "b_id": id}).one_or_none()


def add(session: Session, row: Row) -> None:
    """Begin a session."""
    session.execute(_INSERT, row)


def seen(session: Session, account_id: str, id: str, moment: datetime) -> None:
    """Somebody used it at this moment."""
    session.execute(_SEEN, {"b_account": account_id, "b_id": id, "b_at": moment})


def change(session: Session, account_id: str, id: str, values: Row) -> bool:
    """Change a session; False if it has ended."""
    here = (SESSIONS.c.account_id == account_id, SESSIONS.c.id == id, SESSIONS.c.ended.is_(None))
    return bool(session.execute(update(SESSIONS).where(*here).values(**values)).rowcount)


def keep_former(session: Session, account_id: str, id: str) -> None:
    """Keep what the provider calls a session now, since it is about to call it otherwise; but the latest ones only."""
    here = (FORMER.c.account_id == account_id, FORMER.c.session_id == id)
    number = (session.execute(select(func.max(FORMER.c.number)).where(*here)).scalar() or 0) + 1
    now_called = select(
        SESSIONS.c.account_id, SESSIONS.c.id, literal(number), SESSIONS.c.subject_hash, SESSIONS.c.provider_session
    ).where(SESSIONS.c.account_id == account_id, SESSIONS.c.id == id)
    session.execute(insert(FORMER).from_select([column.name for column in FORMER.c], now_called))
    session.execute(delete(FORMER).where(*here, FORMER.c.number <= number - MOST_FORMER))


def called(subject_hash: str | None, provider_sessions: Sequence[str]) -> Any:
    """Sessions that a provider calls so, or has called so before they were proven anew."""

    def here(rows: Any) -> list[Any]:
        named = [] if subject_hash is None else [rows.c.subject_hash == subject_hash]
        return [*named, rows.c.provider_session.in_(provider_sessions)] if provider_sessions else named

    of_session = (FORMER.c.account_id == SESSIONS.c.account_id, FORMER.c.session_id == SESSIONS.c.id)
    return or_(and_(*here(SESSIONS)), exists().where(*of_session, *here(FORMER)))


def provider_of(session: Session, account_id: str, id: str) -> str | None:
    """What is sealed there about the identity provider's side of a session."""
    found: str | None = session.look(_PROVIDER, {"b_account": account_id, "b_id": id}).scalar()
    return found


def end(session: Session, account_id: str, wanted: Sequence[Any], moment: datetime, because: str) -> Sequence[Any]:
    """End those sessions that are open; ids of sessions and people."""
    query = (
        update(SESSIONS)
        .where(SESSIONS.c.account_id == account_id, SESSIONS.c.ended.is_(None), SESSIONS.c.ends > moment, *wanted)
        .values(ended=moment, ended_because=because)
        .returning(SESSIONS.c.id, SESSIONS.c.user_id)
    )
    found: Sequence[Any] = session.execute(query).all()
    return found


def names_of(session: Session, account_id: str, ids: Sequence[str]) -> dict[str, str]:
    """The userNames of people."""
    query = select(USERS.c.id, USERS.c.user_name).where(USERS.c.account_id == account_id, USERS.c.id.in_(ids))
    return dict(map(tuple, session.execute(query)))


def forget(session: Session, before: datetime, most: int) -> int:
    """Delete sessions that were over before a moment, so many at once; how many it were."""
    over = select(SESSIONS.c.account_id, SESSIONS.c.id).where(SESSIONS.c.ends < before).limit(most)
    rows = session.execute(over).all()
    for account_id, id in rows:
        session.execute(delete(SESSIONS).where(SESSIONS.c.account_id == account_id, SESSIONS.c.id == id))
    return len(rows)


def of_person(session: Session, account_id: str, user_id: str, moment: datetime) -> Sequence[Any]:
    """The open sessions of a person, the one that was used last first."""
    query = _open(moment).where(SESSIONS.c.account_id == account_id, SESSIONS.c.user_id == user_id)
    found: Sequence[Any] = session.execute(query.order_by(SESSIONS.c.last_seen.desc())).all()
    return found


def open_one(session: Session, account_id: str, id: str, moment: datetime) -> Any:
    """One open session, or None."""
    query = _open(moment).where(SESSIONS.c.account_id == account_id, SESSIONS.c.id == id)
    return session.execute(query).one_or_none()


def open_sessions(moment: datetime) -> Listing:
    """The sessions that count at a moment, as they are listed."""
    return Listing(
        rows=_open(moment),
        account=SESSIONS.c.account_id,
        by={
            "created": [SESSIONS.c.created, SESSIONS.c.id],
            "last_seen": [SESSIONS.c.last_seen, SESSIONS.c.id],
        },
        columns={
            "id": As(SESSIONS.c.id, Kind.ID),
            "user.id": As(SESSIONS.c.user_id, Kind.ID),
            "user.userName": As(USERS.c.user_name_key, Kind.FOLDED),
            "connection.id": As(SESSIONS.c.connection_id, Kind.ID),
            "address": As(SESSIONS.c.address, Kind.EXACT),
            "created": SESSIONS.c.created,
            "last_seen": SESSIONS.c.last_seen,
            "ends": SESSIONS.c.ends,
        },
    )


def _open(moment: datetime) -> Select[Any]:
    """Those that are idle for too long are among them: they are told from others by when they were last used."""
    return _ROWS.where(
        SESSIONS.c.ended.is_(None),
        SESSIONS.c.ends > moment,
        USERS.c.active,
        ~ACCOUNTS.c.suspended,
        or_(SESSIONS.c.connection_id.is_(None), CONNECTIONS.c.enabled),
    )
