"""Who is calling: a directory token opens one directory, an API key opens one account's decisions."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import Request, request
from sqlalchemy import bindparam, select

import rbac.errors
import scim.errors
from app import audit, crypto, observe, unit_of_work
from app.db import Database
from app.models import Account, ApiKey, Directory, DirectoryToken
from app.models.base import now, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.directory import SqlDirectoryStore
from app.stores.directory_reader import OpenDirectory
from app.stores.filter_sql import is_id
from app.stores.schema_types import types_of
from app.usage import Usage

ACCOUNTS, DIRECTORIES = table(Account), table(Directory)
TOKENS, KEYS = table(DirectoryToken), table(ApiKey)

_NO_TOKEN = "0" * 64
_ACTOR_KINDS = {"directory_token": "token", "api_key": "key"}

_DIRECTORY_OF_TOKEN = Prepared(
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
        DIRECTORIES.c.user_count,
        DIRECTORIES.c.group_count,
        DIRECTORIES.c.removals,
        ACCOUNTS.c.suspended,
        ACCOUNTS.c.schema_revision,
    )
    .join(
        DIRECTORIES,
        (DIRECTORIES.c.account_id == TOKENS.c.account_id) & (DIRECTORIES.c.id == TOKENS.c.directory_id),
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == TOKENS.c.account_id)
    .where(TOKENS.c.prefix == bindparam("prefix"))
)
_ACCOUNT_OF_KEY = Prepared(
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
_ACCOUNT = Prepared(select(ACCOUNTS.c.id).where(ACCOUNTS.c.id == bindparam("id")))


class Doors:
    """Opens what a request's token or key is for.

    ``key`` is the installation's secret, ``scim_url`` the public address of the SCIM service.
    """

    def __init__(self, database: Database, key: bytes, usage: Usage, scim_url: str) -> None:
        self._database = database
        self._key = key
        self._usage = usage
        self._scim_url = scim_url

    def open_directory(self) -> SqlDirectoryStore:
        """The one directory that the request's token opens. Raises Unauthenticated."""
        asked = _asked()
        if asked.path.rstrip("/").endswith("/.search"):
            unit_of_work.only_reads()
        session = unit_of_work.session()
        row = self._find(asked, session, crypto.DIRECTORY_TOKEN, _DIRECTORY_OF_TOKEN)
        if row is None:
            raise scim.errors.Unauthenticated(
                "no valid directory token: send `Authorization: Bearer <token>` with a token of this directory"
            )
        actor = audit.Actor("token", row.id, f"{row.directory_name} / {row.name}")
        self._admit(asked, session, row, "directory_token", actor)
        observe.note(asked.environ, account=row.account_id, directory=row.directory_id)
        if row.schema_revision and session.writes:
            asked.get_data()  # the body comes before the lock: who sends it slowly must not keep others waiting
        types = types_of(session, row.account_id, row.schema_revision)
        counts = {"User": row.user_count, "Group": row.group_count}
        directory = OpenDirectory(
            row.account_id, row.directory_id, row.preset, row.unique_group_names, types, counts, row.removals
        )
        return SqlDirectoryStore(session, directory, self._scim_url)

    def open_access(self) -> SqlAccessStore:
        """The decisions of the account that the request's API key belongs to.

        Raises Unauthenticated, or Forbidden for a key without the scope ``decisions:evaluate``.
        """
        asked = _asked()
        unit_of_work.only_reads()
        session = unit_of_work.session()
        row = self._find(asked, session, crypto.API_KEY, _ACCOUNT_OF_KEY)
        if row is None:
            raise rbac.errors.Unauthenticated("no valid API key: send `Authorization: Bearer <key>`")
        scopes = frozenset(row.scopes.split())
        if "decisions:evaluate" not in scopes:
            raise rbac.errors.Forbidden("this API key lacks the scope decisions:evaluate")
        self._admit(asked, session, row, "api_key", audit.Actor("key", row.id, row.name))
        observe.note(asked.environ, account=row.account_id)
        return SqlAccessStore(session, row.account_id, scopes)

    def account_exists(self, account_id: str) -> bool:
        """Whether there is an account of this id; asked for its public metadata, so nobody has to say who they are."""
        if not is_id(account_id):
            return False
        return unit_of_work.session().look(_ACCOUNT, {"id": account_id}).scalar() is not None

    def _find(self, asked: Request, session: Session, kind: str, statement: Prepared) -> Any:
        """The token's row if the token is valid now; the same answer for unknown, revoked and expired (T-3)."""
        scheme, _, text = asked.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        text = text.strip()
        prefix = crypto.token_prefix(text, kind) if scheme.lower() == "bearer" else None
        if prefix is None:
            return None
        # Looked up before the transaction begins: who has not shown a valid token never holds the write lock.
        row = session.look(statement, {"prefix": prefix}).one_or_none()
        hashed = crypto.hash_token(text, self._key)
        if not hmac.compare_digest(hashed, row.secret_hash if row else _NO_TOKEN):
            return None
        if row is None or _counts(row, now()):
            return row
        self._remember_refusal(asked, row, kind)
        return None

    def _remember_refusal(self, asked: Request, row: Any, kind: str) -> None:
        """A genuine token that no longer counts: its account should know who still uses it."""
        what = "directory_token" if kind == crypto.DIRECTORY_TOKEN else "api_key"
        why = "revoked" if row.revoked is not None else "the account is suspended" if row.suspended else "expired"
        with self._database.writing() as facts:
            audit.begin(facts, audit.Actor(_ACTOR_KINDS[what], row.id, row.name), asked.environ[observe.REQUEST_ID])
            audit.record(facts, row.account_id, f"{what}.refused", what, row.id, row.name, reason=why)

    def _admit(self, asked: Request, session: Session, row: Any, kind: str, actor: audit.Actor) -> None:
        audit.begin(session, actor, asked.environ[observe.REQUEST_ID])
        self._usage.note(kind, row.account_id, row.id)


def _asked() -> Request:
    """The request itself: a proxy is paid for at each access."""
    # Flask declares the proxy as what it stands for, which has no such method.
    found: Request = request._get_current_object()  # type: ignore[attr-defined]
    return found


def _counts(row: Any, moment: datetime) -> bool:
    return row.revoked is None and not row.suspended and (row.expires is None or row.expires > moment)
