"""The access revision of an account: raised by whatever may change a decision, and by nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, update

from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS

_BUMPED = "muster.access.bumped"


def bump(session: Session, account_id: str) -> None:
    """Say that decisions in this account may change with this transaction; once is enough for all of it.

    The row stays locked until the end, so whoever writes access takes turns within an account.
    """
    bumped: dict[str, Any] = session.info.setdefault(_BUMPED, {})
    if bumped.get(account_id) in session.scopes:
        return
    session.execute(_BUMP, {"account": account_id})
    bumped[account_id] = session.scopes[-1]


def has_unsaved_access(session: Session, account_id: str) -> bool:
    """Whether this session has changed access and not yet committed it."""
    return session.info.get(_BUMPED, {}).get(account_id) in session.scopes


_BUMP = Prepared(
    update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("account")).values(access_revision=ACCOUNTS.c.access_revision + 1)
)
