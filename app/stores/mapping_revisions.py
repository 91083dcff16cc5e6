"""Revisions of role mapping: every publish, with what it said and did."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.session import Session
from app.stores.access_tables import REVISIONS
from app.stores.listings import Listing
from muster.filters import As, Kind

_LONG = ("account_id", "document", "changes", "summary")
REVISION_LIST = Listing(
    rows=select(*(column for column in REVISIONS.c if column.name not in _LONG)),
    account=REVISIONS.c.account_id,
    by={"number": [REVISIONS.c.number]},
    columns={
        "number": REVISIONS.c.number,
        "author": As(REVISIONS.c.author, Kind.TEXT),
        "approver": As(REVISIONS.c.approver, Kind.TEXT),
        "reason": As(REVISIONS.c.reason, Kind.TEXT),
        "restored_from": REVISIONS.c.restored_from,
        "published": REVISIONS.c.published,
    },
)


def find_revision(session: Session, account_id: str, number: int) -> Any:
    """A revision with its document, or None."""
    here = REVISIONS.c.account_id == account_id, REVISIONS.c.number == number
    return session.execute(select(REVISIONS).where(*here)).one_or_none()
