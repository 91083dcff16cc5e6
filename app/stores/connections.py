"""Connections, the certificates of their providers and our keys: as a sign-in reads them, and as they are administered.

Whoever changes what a sign-in goes by lets ``version`` grow (``change``, ``touch``) in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.models import Connection, ConnectionCertificate, ConnectionKey, Domain
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, DIRECTORIES
from app.stores.filter_sql import is_id

CONNECTIONS, CERTIFICATES, KEYS = table(Connection), table(ConnectionCertificate), table(ConnectionKey)
DOMAINS = table(Domain)
Row = Mapping[str, Any]

_ID, _ACCOUNT = bindparam("b_id", type_=Id()), bindparam("b_account", type_=Id())
_AT, _BEFORE = bindparam("b_at", type_=UTCDateTime()), bindparam("b_before", type_=UTCDateTime())
_STAMP = Prepared(
    select(
        CONNECTIONS.c.account_id,
        CONNECTIONS.c.id,
        CONNECTIONS.c.version,
        CONNECTIONS.c.generation,
        CONNECTIONS.c.enabled,
        ACCOUNTS.c.suspended,
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == CONNECTIONS.c.account_id)
    .where(CONNECTIONS.c.id == _ID)
)
_CONNECTION = Prepared(select(*CONNECTIONS.c).where(CONNECTIONS.c.account_id == _ACCOUNT, CONNECTIONS.c.id == _ID))
_CERTIFICATES = Prepared(
    select(*CERTIFICATES.c)
    .where(CERTIFICATES.c.account_id == _ACCOUNT, CERTIFICATES.c.connection_id == _ID)
    .order_by(CERTIFICATES.c.added, CERTIFICATES.c.id)
)
_KEYS = Prepared(
    select(*KEYS.c).where(KEYS.c.account_id == _ACCOUNT, KEYS.c.connection_id == _ID).order_by(KEYS.c.created)
)
_LIMITING = Prepared(
    select(
        CONNECTIONS.c.name, CONNECTIONS.c.directory_id, CONNECTIONS.c.claims_directory_id, CONNECTIONS.c.mapped_roles
    ).where(CONNECTIONS.c.account_id == _ACCOUNT, CONNECTIONS.c.mapped_roles.is_not(None))
)
_SIGNED_IN = Prepared(
    update(CONNECTIONS)
    .where(
        CONNECTIONS.c.account_id == _ACCOUNT,
        CONNECTIONS.c.id == _ID,
        or_(CONNECTIONS.c.last_sign_in.is_(None), CONNECTIONS.c.last_sign_in < _BEFORE),
    )
    .values(last_sign_in=_AT)
)
_USED = Prepared(
    update(CERTIFICATES)
    .where(
        CERTIFICATES.c.account_id == _ACCOUNT,
        CERTIFICATES.c.connection_id == _ID,
        CERTIFICATES.c.fingerprint == bindparam("b_fingerprint"),
        or_(CERTIFICATES.c.last_used.is_(None), CERTIFICATES.c.last_used < _BEFORE),
    )
    .values(last_used=_AT)
)


def stamp(session: Session, id: str) -> Any:
    """Of which account a connection is, at which version, and whether both are on; None for an unknown one."""
    return session.execute(_STAMP, {"b_id": id}).one_or_none() if is_id(id) else None


def whole(session: Session, account_id: str, id: str) -> tuple[Any, Sequence[Any], Sequence[Any]]:
    """The certificates and keys of a connection and, read after them, its own row, or None."""
    here = {"b_account": account_id, "b_id": id}
    certificates, keys = session.execute(_CERTIFICATES, here), session.execute(_KEYS, here)
    return session.execute(_CONNECTION, here).one_or_none(), certificates, keys


def signed_in(session: Session, account_id: str, id: str, fingerprint: str, at: datetime, before: datetime) -> None:
    """Somebody signed in, vouched for under a certificate; moments later than ``before`` stay as they are."""
    values = {"b_account": account_id, "b_id": id, "b_at": at, "b_before": before}
    session.send([(_SIGNED_IN, values), (_USED, values | {"b_fingerprint": fingerprint})])


def every(session: Session, account_id: str) -> Sequence[Row]:
    """The connections of an account, by name."""
    query = select(*CONNECTIONS.c).where(CONNECTIONS.c.account_id == account_id).order_by(CONNECTIONS.c.name_key)
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def limiting(session: Session, account_id: str) -> Sequence[Any]:
    """The connections that say which roles mapping may give by them (R-4)."""
    found: Sequence[Any] = session.execute(_LIMITING, {"b_account": account_id})
    return found


def count(session: Session, account_id: str) -> int:
    """How many connections an account has."""
    query = select(func.count()).select_from(CONNECTIONS).where(CONNECTIONS.c.account_id == account_id)
    return session.execute(query).scalar() or 0


def domains(session: Session, account_id: str, id: str) -> list[str]:
    """The domains that lead to a connection."""
    here = (DOMAINS.c.account_id == account_id, DOMAINS.c.connection_id == id)
    return [*session.execute(select(DOMAINS.c.name).where(*here).order_by(DOMAINS.c.name)).scalars()]


def has_domain(session: Session, account_id: str, id: str) -> bool:
    """Whether a verified domain belongs to a connection."""
    here = (DOMAINS.c.account_id == account_id, DOMAINS.c.connection_id == id, DOMAINS.c.verified.is_not(None))
    return session.execute(select(DOMAINS.c.id).where(*here).limit(1)).first() is not None


def directories(session: Session, account_id: str) -> dict[str | None, str]:
    """The names of an account's directories, by id."""
    query = select(DIRECTORIES.c.id, DIRECTORIES.c.name).where(DIRECTORIES.c.account_id == account_id)
    return {row.id: row.name for row in session.execute(query)}


def find(session: Session, account_id: str, reference: str, key: str) -> Row | None:
    """A connection by its id or its folded name."""
    named = CONNECTIONS.c.id == reference if is_id(reference) else CONNECTIONS.c.name_key == key
    query = select(*CONNECTIONS.c).where(CONNECTIONS.c.account_id == account_id, named)
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def add(session: Session, row: Row) -> bool:
    """Whether there is a connection now; not if the name is taken."""
    return _tried(session, insert(CONNECTIONS).values(**row))


def change(session: Session, account_id: str, id: str, values: Mapping[str, Any], moment: datetime) -> bool:
    """Whether a connection is changed now, which is another version of it; not if the name is taken."""
    grown = {"version": CONNECTIONS.c.version + 1, "modified": moment}
    return _tried(session, update(CONNECTIONS).where(*_is(account_id, id)).values(**values, **grown))


def lock(session: Session, account_id: str, id: str) -> None:
    """Let nobody else change a connection until this transaction ends."""
    session.execute(select(CONNECTIONS.c.id).where(*_is(account_id, id)).with_for_update())


def note(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> None:
    """Write down what no sign-in goes by; the version stays."""
    session.execute(update(CONNECTIONS).where(*_is(account_id, id)).values(**values))


def grow_older(session: Session, account_id: str, id: str) -> None:
    """Let no sign-in that has begun by a connection lead to anybody any more; to new ones it is the same version."""
    session.execute(update(CONNECTIONS).where(*_is(account_id, id)).values(generation=CONNECTIONS.c.generation + 1))


def due(session: Session, before: datetime, most: int) -> Sequence[Row]:
    """Connections that are on, and whose provider says of itself what was not read since."""
    has_source = or_(CONNECTIONS.c.protocol == "oidc", CONNECTIONS.c.trust["metadata_url"].as_string().is_not(None))
    query = (
        select(*CONNECTIONS.c)
        .join(ACCOUNTS, ACCOUNTS.c.id == CONNECTIONS.c.account_id)
        .where(
            CONNECTIONS.c.enabled,
            ~ACCOUNTS.c.suspended,
            has_source,
            or_(CONNECTIONS.c.refreshed.is_(None), CONNECTIONS.c.refreshed < before),
        )
        .order_by(CONNECTIONS.c.refreshed, CONNECTIONS.c.id)
        .limit(most)
    )
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def take(session: Session, row: Row, moment: datetime) -> bool:
    """Whether it falls to the caller to read what a provider says of itself; others may look, too."""
    as_seen = CONNECTIONS.c.refreshed.is_not_distinct_from(row["refreshed"])
    statement = update(CONNECTIONS).where(*_is(row["account_id"], row["id"]), as_seen).values(refreshed=moment)
    return session.execute(statement.returning(CONNECTIONS.c.id)).one_or_none() is not None


def remove(session: Session, account_id: str, id: str) -> None:
    """Delete a connection, with its certificates, keys and links."""
    session.execute(delete(CONNECTIONS).where(*_is(account_id, id)))


def _tried(session: Session, statement: Any) -> bool:
    try:
        with session.savepoint():
            session.execute(statement)
    except IntegrityError:
        return False
    return True


def _is(account_id: str, id: str) -> tuple[Any, Any]:
    return CONNECTIONS.c.account_id == account_id, CONNECTIONS.c.id == id
