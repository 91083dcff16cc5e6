"""Set-up links: made, found by their secret, moved on, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from app.models import SetupLink
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, DIRECTORIES
from app.stores.connections import CONNECTIONS
from app.stores.filter_sql import is_id

LINKS = table(SetupLink)
Row = Mapping[str, Any]
_CONNECTION = (CONNECTIONS.c.account_id == LINKS.c.account_id) & (CONNECTIONS.c.id == LINKS.c.connection_id)
_DIRECTORY = (DIRECTORIES.c.account_id == LINKS.c.account_id) & (DIRECTORIES.c.id == LINKS.c.directory_id)
_ALL = (
    select(*LINKS.c, CONNECTIONS.c.name.label("connection"), DIRECTORIES.c.name.label("directory"))
    .outerjoin(CONNECTIONS, _CONNECTION)
    .outerjoin(DIRECTORIES, _DIRECTORY)
)
_BY_SECRET = Prepared(
    select(
        *LINKS.c,
        ACCOUNTS.c.name.label("account"),
        ACCOUNTS.c.suspended,
        DIRECTORIES.c.name.label("directory"),
        DIRECTORIES.c.preset.label("directory_preset"),
        DIRECTORIES.c.user_count,
        DIRECTORIES.c.group_count,
        DIRECTORIES.c.user_count,
        DIRECTORIES.c.group_count,
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == LINKS.c.account_id)
    .outerjoin(DIRECTORIES, _DIRECTORY)
    .where(LINKS.c.secret_hash == bindparam("b_hash"))
)
_USED = Prepared(
    update(LINKS).where(
        LINKS.c.account_id == bindparam("b_account", type_=Id()), LINKS.c.id == bindparam("b_id", type_=Id())
    ),
    ["last_used"],
)


def by_secret(session: Session, secret_hash: str) -> Any:
    """The link with this secret, with its account and directory; None if there is none."""
    return session.execute(_BY_SECRET, {"b_hash": secret_hash}).one_or_none()


def used(session: Session, account_id: str, id: str, moment: datetime) -> None:
    """A link was opened."""
    session.execute(_USED, {"b_account": account_id, "b_id": id, "last_used": moment})


def add(session: Session, row: Row) -> None:
    """Keep a new link."""
    session.execute(insert(LINKS).values(**row))


def every(session: Session, account_id: str) -> Sequence[Row]:
    """The links of an account, the latest first."""
    query = _ALL.where(LINKS.c.account_id == account_id).order_by(LINKS.c.created.desc(), LINKS.c.id.desc())
    found: Sequence[Row] = session.execute(query).mappings().all()
    return found


def find(session: Session, account_id: str, id: str) -> Row | None:
    """A link by its id."""
    if not is_id(id):
        return None
    query = _ALL.where(LINKS.c.account_id == account_id, LINKS.c.id == id)
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def open_count(session: Session, account_id: str, moment: datetime) -> int:
    """How many links of an account are good."""
    is_open = LINKS.c.revoked.is_(None), LINKS.c.finished.is_(None), LINKS.c.expires > moment
    query = select(func.count()).select_from(LINKS).where(LINKS.c.account_id == account_id, *is_open)
    found: int = session.execute(query).scalar_one()
    return found


def lock(session: Session, account_id: str, id: str) -> Row | None:
    """A link that nobody else moves on until this is done."""
    query = select(*LINKS.c).where(LINKS.c.account_id == account_id, LINKS.c.id == id).with_for_update()
    found: Row | None = session.execute(query).mappings().one_or_none()
    return found


def change(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> None:
    """Change what is known of a link."""
    session.execute(update(LINKS).where(LINKS.c.account_id == account_id, LINKS.c.id == id).values(**values))


def forget(session: Session, before: datetime) -> int:
    """Delete links that ended before then; how many."""
    ended = or_(LINKS.c.expires < before, LINKS.c.revoked < before, LINKS.c.finished < before)
    return int(session.execute(delete(LINKS).where(ended)).rowcount)
