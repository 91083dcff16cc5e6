"""Drafts of role mapping as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.session import Session
from app.stores.access_tables import DRAFTS
from app.stores.listings import Listing
from muster.filters import As, Kind

DRAFT_LIST = Listing(
    rows=select(*(column for column in DRAFTS.c if column.name not in ("account_id", "document"))),
    account=DRAFTS.c.account_id,
    by={"modified": [DRAFTS.c.modified, DRAFTS.c.id], "created": [DRAFTS.c.created, DRAFTS.c.id]},
    columns={
        "id": As(DRAFTS.c.id, Kind.ID),
        "title": As(DRAFTS.c.title, Kind.TEXT),
        "author": As(DRAFTS.c.author, Kind.TEXT),
        "base_revision": DRAFTS.c.base_revision,
        "created": DRAFTS.c.created,
        "modified": DRAFTS.c.modified,
    },
)


def insert_draft(session: Session, account_id: str, values: Mapping[str, Any]) -> None:
    """Keep a new draft."""
    session.execute(insert(DRAFTS).values(account_id=account_id, **values))


def find_draft(session: Session, account_id: str, id: str, *, lock: bool = False) -> Any:
    """A draft, or None; ``lock``: nobody else changes it until the end of the transaction."""
    query = select(DRAFTS).where(DRAFTS.c.account_id == account_id, DRAFTS.c.id == id)
    return session.execute(query.with_for_update() if lock else query).one_or_none()


def drafts_called(session: Session, account_id: str, title: str) -> list[str]:
    """The ids of the drafts of this title."""
    here = DRAFTS.c.account_id == account_id, DRAFTS.c.title == title
    return list(session.execute(select(DRAFTS.c.id).where(*here).order_by(DRAFTS.c.created)).scalars())


def update_draft(session: Session, account_id: str, id: str, version: int, values: Mapping[str, Any]) -> bool:
    """Change a draft that is of this version; it then has the next one. False if it is not of this version."""
    here = DRAFTS.c.account_id == account_id, DRAFTS.c.id == id, DRAFTS.c.version == version
    changed = update(DRAFTS).where(*here).values(version=version + 1, **values).returning(DRAFTS.c.id)
    return bool(session.execute(changed).all())


def delete_draft(session: Session, account_id: str, id: str) -> None:
    """Forget a draft and what was planned of it."""
    session.execute(delete(DRAFTS).where(DRAFTS.c.account_id == account_id, DRAFTS.c.id == id))
