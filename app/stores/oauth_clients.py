"""Clients of the OpenID provider: those of an account, and those of the installation, which are no account's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from app.prepared import Prepared
from app.session import Session
from app.stores.filter_sql import is_id
from app.stores.oauth import CLIENTS

Row = Mapping[str, Any]
_CLIENT = Prepared(select(*CLIENTS.c).where(CLIENTS.c.id == bindparam("b_id"), CLIENTS.c.revoked.is_(None)))
_RENEW = Prepared(
    update(CLIENTS)
    .where(CLIENTS.c.id == bindparam("b_id"), CLIENTS.c.secret_hash == bindparam("b_former"))
    .values(secret_hash=bindparam("b_hash"), secret_changed=bindparam("b_now"))
)


def counting(session: Session, id: str) -> Any:
    """The row of a client that counts, by its id; begins no transaction."""
    return session.look(_CLIENT, {"b_id": id}).one_or_none() if is_id(id) else None


def renew(session: Session, values: Mapping[str, Any]) -> None:
    """Keep a secret's hash under the present key in place of that under a former one."""
    session.execute(_RENEW, dict(values))


def every(session: Session, account_id: str | None) -> Sequence[Row]:
    """The clients of an account, or of the installation, the newest first."""
    query = select(*CLIENTS.c).where(_of(account_id)).order_by(CLIENTS.c.id.desc())
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def find(session: Session, account_id: str | None, id: str) -> Row | None:
    """One of them."""
    if not is_id(id):
        return None
    query = select(*CLIENTS.c).where(_of(account_id), CLIENTS.c.id == id)
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def named(session: Session, account_id: str | None, name: str) -> Sequence[Row]:
    """Those of that name that count."""
    query = select(*CLIENTS.c).where(_of(account_id), CLIENTS.c.name == name, CLIENTS.c.revoked.is_(None))
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def add(session: Session, row: Row) -> None:
    """Keep a new client."""
    session.execute(insert(CLIENTS).values(**row))


def change(session: Session, id: str, values: Mapping[str, Any]) -> None:
    """Change a client that was found."""
    session.execute(update(CLIENTS).where(CLIENTS.c.id == id).values(**values))


def _of(account_id: str | None) -> ColumnElement[bool]:
    return CLIENTS.c.account_id.is_(None) if account_id is None else CLIENTS.c.account_id == account_id
