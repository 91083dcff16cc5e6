"""The access revision of an account: raised by whatever may change a decision, and by nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update

from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS

_BUMPED, _LOCKED = "muster.access.bumped", "muster.access.locked"


def bump(session: Session, account_id: str) -> None:
    """Say that decisions in this account may change with this transaction; once is enough for all of it.

    The row stays locked until the end, so whoever writes access takes turns within an account.
    """
    bumped: dict[str, Any] = session.info.setdefault(_BUMPED, {})
    if bumped.get(account_id) in session.scopes:
        return
    session.execute(_BUMP, {"account": account_id})
    bumped[account_id] = session.scopes[-1]


def lock_account(session: Session, account_id: str) -> None:
    """Keep others from changing access until the end of the transaction, without changing anything."""
    session.send([(_LOCK, {"account": account_id})])
    session.info.setdefault(_LOCKED, {})[account_id] = session.scopes[-1]


def is_locked(session: Session, account_id: str) -> bool:
    """Whether ``lock_account`` was called in this very transaction or savepoint."""
    return session.info.get(_LOCKED, {}).get(account_id) in session.scopes


def has_unsaved_access(session: Session, account_id: str) -> bool:
    """Whether this session has changed access and not yet committed it."""
    return session.info.get(_BUMPED, {}).get(account_id) in session.scopes


# As strong as the update, so that what refers to the account need not wait.
_LOCK = Prepared(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == bindparam("account")).with_for_update(key_share=True))
BUMP = (
    update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("account")).values(access_revision=ACCOUNTS.c.access_revision + 1)
)
_BUMP = Prepared(BUMP)
