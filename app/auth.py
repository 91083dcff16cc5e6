"""Who is calling: a directory token opens one directory, an API key opens one account's decisions."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import current_app, g, request
from sqlalchemy import Select, bindparam, select

import rbac.errors
import scim.errors
from app import audit, crypto, observe, unit_of_work
from app.models import Account, ApiKey, Directory, DirectoryToken
from app.models.base import now, table
from app.stores.access import SqlAccessStore
from app.stores.directory import OpenDirectory, SqlDirectoryStore
from app.stores.filter_sql import is_id
from app.usage import Usage

ACCOUNTS, DIRECTORIES = table(Account), table(Directory)
TOKENS, KEYS = table(DirectoryToken), table(ApiKey)

_NO_TOKEN = "0" * 64
_ACTOR_KINDS = {"directory_token": "token", "api_key": "key"}

_DIRECTORY_OF_TOKEN = (
    select(
        TOKENS.c.account_id,
        TOKENS.c.id,
        TOKENS.c.name,
        TOKENS.c.secret_hash,
        TOKENS.c.expires,
        TOKENS.c.revoked,
        TOKENS.c.directory_id,
        DIRECTORIES.c.name.label("directory_name"),
        DIRECTORIES.c.preset,
        DIRECTORIES.c.unique_group_names,
        ACCOUNTS.c.suspended,
    )
    .join(
        DIRECTORIES,
        (DIRECTORIES.c.account_id == TOKENS.c.account_id) & (DIRECTORIES.c.id == TOKENS.c.directory_id),
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == TOKENS.c.account_id)
    .where(TOKENS.c.prefix == bindparam("prefix"))
)
_ACCOUNT_OF_KEY = (
    select(
        KEYS.c.account_id,
        KEYS.c.id,
        KEYS.c.name,
        KEYS.c.secret_hash,
        KEYS.c.expires,
        KEYS.c.revoked,
        KEYS.c.scopes,
        ACCOUNTS.c.suspended,
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == KEYS.c.account_id)
    .where(KEYS.c.prefix == bindparam("prefix"))
)
_ACCOUNT = select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == bindparam("id"))


def open_directory() -> SqlDirectoryStore:
    """The one directory that the request's token opens. Raises Unauthenticated."""
    if request.path.rstrip("/").endswith("/.search"):
        unit_of_work.only_reads()
    row = _find(crypto.DIRECTORY_TOKEN, _DIRECTORY_OF_TOKEN)
    if row is None:
        raise scim.errors.Unauthenticated(
            "no valid directory token: send `Authorization: Bearer <token>` with a token of this directory"
        )
    _admit(row, "directory_token", audit.Actor("token", row.id, f"{row.directory_name} / {row.name}"))
    observe.note(account=row.account_id, directory=row.directory_id)
    directory = OpenDirectory(row.account_id, row.directory_id, row.preset, row.unique_group_names)
    return SqlDirectoryStore(unit_of_work.session(), directory, current_app.config["MUSTER_SCIM_URL"])


def open_access() -> SqlAccessStore:
    """The decisions of the account that the request's API key belongs to.

    Raises Unauthenticated, or Forbidden for a key without the scope ``decisions:evaluate``.
    """
    unit_of_work.only_reads()
    row = _find(crypto.API_KEY, _ACCOUNT_OF_KEY)
    if row is None:
        raise rbac.errors.Unauthenticated("no valid API key: send `Authorization: Bearer <key>`")
    scopes = frozenset(row.scopes.split())
    if "decisions:evaluate" not in scopes:
        raise rbac.errors.Forbidden("this API key lacks the scope decisions:evaluate")
    _admit(row, "api_key", audit.Actor("key", row.id, row.name))
    observe.note(account=row.account_id)
    return SqlAccessStore(unit_of_work.session(), row.account_id, scopes)


def account_exists(account_id: str) -> bool:
    """Whether there is an account of this id; asked for its public metadata, so nobody has to say who they are."""
    if not is_id(account_id):
        return False
    with unit_of_work.reading() as session:
        return session.execute(_ACCOUNT, {"id": account_id}).scalar() is not None


def _find(kind: str, statement: Select[Any]) -> Any:
    """The token's row if the token is valid now; the same answer for unknown, revoked and expired (T-3)."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    prefix = crypto.token_prefix(text, kind) if scheme.lower() == "bearer" else None
    if prefix is None:
        return None
    with unit_of_work.reading() as session:
        row = session.execute(statement, {"prefix": prefix}).one_or_none()
    hashed = crypto.hash_token(text, current_app.config["MUSTER_KEY"])
    if not hmac.compare_digest(hashed, row.secret_hash if row else _NO_TOKEN):
        return None
    if row is None or _counts(row, now()):
        return row
    _remember_refusal(row, kind)
    return None


def _counts(row: Any, moment: datetime) -> bool:
    return row.revoked is None and not row.suspended and (row.expires is None or row.expires > moment)


def _remember_refusal(row: Any, kind: str) -> None:
    """A genuine token that no longer counts: its account should know who still uses it."""
    what = "directory_token" if kind == crypto.DIRECTORY_TOKEN else "api_key"
    why = "revoked" if row.revoked is not None else "the account is suspended" if row.suspended else "expired"
    with unit_of_work.ledger() as facts:
        audit.begin(facts, audit.Actor(_ACTOR_KINDS[what], row.id, row.name), observe.request_id())
        audit.record(facts, row.account_id, f"{what}.refused", what, row.id, row.name, reason=why)


def _admit(row: Any, kind: str, actor: audit.Actor) -> None:
    audit.begin(unit_of_work.session(), actor, observe.request_id())
    g.account_id = row.account_id
    usage: Usage = current_app.extensions["usage"]
    usage.note(kind, row.account_id, row.id)
