"""The latest requests of directories: written, forgotten, listed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select

from app.models import DirectoryRequest
from app.models.base import table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import DIRECTORIES

REQUESTS = table(DirectoryRequest)
KEPT = 100
"""So many of each directory are kept."""

_HERE = REQUESTS.c.account_id == bindparam("b_account"), REQUESTS.c.directory_id == bindparam("b_directory")
_ADD = insert(REQUESTS)
_IS_THERE = Prepared(
    select(DIRECTORIES.c.id).where(
        DIRECTORIES.c.account_id == bindparam("b_account"), DIRECTORIES.c.id == bindparam("b_directory")
    )
)
_OLDEST_KEPT = Prepared(select(REQUESTS.c.id).where(*_HERE).order_by(REQUESTS.c.id.desc()).offset(KEPT - 1).limit(1))
_FORGET = Prepared(delete(REQUESTS).where(*_HERE, REQUESTS.c.id < bindparam("b_oldest")))
_LATEST = Prepared(
    select(
        REQUESTS.c.id,
        REQUESTS.c.at,
        REQUESTS.c.method,
        REQUESTS.c.path,
        REQUESTS.c.status,
        REQUESTS.c.duration_ms,
        REQUESTS.c.request_id,
        REQUESTS.c.detail,
    )
    .where(*_HERE)
    .order_by(REQUESTS.c.id.desc())
    .limit(bindparam("b_most"))
)
_LAST = Prepared(
    select(REQUESTS.c.directory_id, func.max(REQUESTS.c.at).label("at"))
    .where(REQUESTS.c.account_id == bindparam("b_account"))
    .group_by(REQUESTS.c.directory_id)
)


def write(session: Session, account_id: str, directory_id: str, rows: Sequence[dict[str, Any]]) -> None:
    """Add the latest ones, and forget what is older than those that are kept."""
    here = {"b_account": account_id, "b_directory": directory_id}
    if session.execute(_IS_THERE, here).scalar() is None:
        return  # it was removed meanwhile
    session.execute(_ADD, list(rows))
    oldest = session.execute(_OLDEST_KEPT, here).scalar()
    if oldest is not None:
        session.execute(_FORGET, here | {"b_oldest": oldest})


def latest(session: Session, account_id: str, directory_id: str, most: int = KEPT) -> Sequence[Any]:
    """The latest ones, the last one first."""
    rows: Sequence[Any] = session.execute(
        _LATEST, {"b_account": account_id, "b_directory": directory_id, "b_most": most}
    ).all()
    return rows


def last(session: Session, account_id: str) -> dict[str, datetime]:
    """When each directory was last asked something, by its id."""
    return {row.directory_id: row.at for row in session.execute(_LAST, {"b_account": account_id})}
