"""Accounts as they are administered: listed, read, and their settings changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, DIRECTORIES
from app.stores.listings import Listing
from muster.filters import As, Kind

_ROWS = select(
    ACCOUNTS.c.id,
    ACCOUNTS.c.name,
    ACCOUNTS.c.name_key,
    ACCOUNTS.c.profile,
    ACCOUNTS.c.subject_form,
    ACCOUNTS.c.finds_external_id,
    ACCOUNTS.c.suspended,
    ACCOUNTS.c.created,
    ACCOUNTS.c.blast_radius,
    ACCOUNTS.c.approves_privileged,
    ACCOUNTS.c.maps_owner,
    ACCOUNTS.c.mapping_paused,
    ACCOUNTS.c.session_idle_minutes,
    ACCOUNTS.c.session_hours,
    ACCOUNTS.c.owner_session_hours,
    ACCOUNTS.c.step_up_minutes,
    ACCOUNTS.c.sign_in_methods,
    ACCOUNTS.c.sign_in_contexts,
    ACCOUNTS.c.requires_mfa,
    ACCOUNTS.c.trace_days,
)
_FIND = Prepared(_ROWS.where(ACCOUNTS.c.id == bindparam("b_account")))
ACCOUNT_LIST = Listing(
    rows=_ROWS,
    account=None,
    by={
        "name": [ACCOUNTS.c.name_key, ACCOUNTS.c.id],
        "created": [ACCOUNTS.c.created, ACCOUNTS.c.id],
    },
    columns={
        "id": As(ACCOUNTS.c.id, Kind.ID),
        "name": As(ACCOUNTS.c.name_key, Kind.FOLDED),
        "profile": As(ACCOUNTS.c.profile, Kind.EXACT),
        "suspended": ACCOUNTS.c.suspended,
        "created": ACCOUNTS.c.created,
    },
)
DIRECTORY_LIST = Listing(
    rows=select(
        DIRECTORIES.c.id,
        DIRECTORIES.c.name,
        DIRECTORIES.c.name_key,
        DIRECTORIES.c.preset,
        DIRECTORIES.c.unique_group_names,
        DIRECTORIES.c.user_count,
        DIRECTORIES.c.group_count,
        DIRECTORIES.c.created,
    ),
    account=DIRECTORIES.c.account_id,
    by={
        "name": [DIRECTORIES.c.name_key, DIRECTORIES.c.id],
        "created": [DIRECTORIES.c.created, DIRECTORIES.c.id],
    },
    columns={
        "id": As(DIRECTORIES.c.id, Kind.ID),
        "name": As(DIRECTORIES.c.name_key, Kind.FOLDED),
        "preset": As(DIRECTORIES.c.preset, Kind.EXACT),
        "created": DIRECTORIES.c.created,
    },
)


def find_account_row(session: Session, account_id: str) -> Any:
    """The row of an account, or None."""
    return session.execute(_FIND, {"b_account": account_id}).one_or_none()


def write_settings(session: Session, account_id: str, values: Mapping[str, Any]) -> bool:
    """Change settings of an account. False for a name that another account has."""
    try:
        with session.savepoint():
            session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(values))
    except IntegrityError:
        return False
    return True
