"""Directory tokens that were valid before: a request that only adds something need not wait to learn whose it is.

Nothing rests on what is remembered. The database confirms it in the same transaction, before anything is added: the
token and all that is remembered of it. Where it does not, nothing is stored, and the request is begun anew with the
token looked up first. So whoever revokes a token need not tell any process.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import bindparam, exists, func, or_, select

from app.models import Account, Connection, Directory, DirectoryToken
from app.models.base import UTCDateTime, now, table
from app.prepared import Prepared
from app.presumed import failing_unless, may_presume, presume
from app.session import Session

_TOKENS, _DIRECTORIES, _ACCOUNTS = table(DirectoryToken), table(Directory), table(Account)
_CONNECTIONS = table(Connection)
_ADOPTS = (
    exists()
    .where(
        _CONNECTIONS.c.account_id == _TOKENS.c.account_id,
        _CONNECTIONS.c.directory_id == _TOKENS.c.directory_id,
        _CONNECTIONS.c.adopts,
        _CONNECTIONS.c.enabled,
    )
    .correlate(_TOKENS)
)
DIRECTORY_OF_TOKEN = Prepared(
    select(
        _TOKENS.c.account_id,
        _TOKENS.c.id,
        _TOKENS.c.name,
        _TOKENS.c.secret_hash,
        _TOKENS.c.expires,
        _TOKENS.c.revoked,
        _TOKENS.c.directory_id,
        _DIRECTORIES.c.name.label("directory_name"),
        _DIRECTORIES.c.preset,
        _DIRECTORIES.c.unique_group_names,
        _DIRECTORIES.c.user_count,
        _DIRECTORIES.c.group_count,
        _DIRECTORIES.c.removals,
        _DIRECTORIES.c.paused,
        _DIRECTORIES.c.repairs,
        _DIRECTORIES.c.requests_per_minute,
        _ACCOUNTS.c.suspended,
        _ACCOUNTS.c.schema_revision,
        _ACCOUNTS.c.filters_people,
        _ADOPTS.label("adopts"),
    )
    .join(
        _DIRECTORIES,
        (_DIRECTORIES.c.account_id == _TOKENS.c.account_id) & (_DIRECTORIES.c.id == _TOKENS.c.directory_id),
    )
    .join(_ACCOUNTS, _ACCOUNTS.c.id == _TOKENS.c.account_id)
    .where(_TOKENS.c.prefix == bindparam("prefix"))
)
_AT = bindparam("b_at", type_=UTCDateTime())
# All of it that a request goes by that adds something, so everything but how much the directory has.
_IS_AS_BEFORE = failing_unless(
    exists().where(
        _TOKENS.c.prefix == bindparam("b_prefix"),
        _TOKENS.c.secret_hash == bindparam("b_hash"),
        _TOKENS.c.name == bindparam("b_name"),
        _TOKENS.c.revoked.is_(None),
        or_(_TOKENS.c.expires.is_(None), _TOKENS.c.expires > _AT),
        _DIRECTORIES.c.account_id == _TOKENS.c.account_id,
        _DIRECTORIES.c.id == _TOKENS.c.directory_id,
        _DIRECTORIES.c.name == bindparam("b_directory_name"),
        _DIRECTORIES.c.preset == bindparam("b_preset"),
        _DIRECTORIES.c.unique_group_names == bindparam("b_unique"),
        _DIRECTORIES.c.paused.is_(None),
        _DIRECTORIES.c.repairs == bindparam("b_repairs"),
        func.coalesce(_DIRECTORIES.c.requests_per_minute, -1) == bindparam("b_most"),
        _ACCOUNTS.c.id == _TOKENS.c.account_id,
        ~_ACCOUNTS.c.suspended,
        _ACCOUNTS.c.schema_revision == 0,
        _ACCOUNTS.c.filters_people == bindparam("b_filters_people"),
        bindparam("b_adopts") == _ADOPTS,
    )
)
_MOST = 1_000
_ASKS = "muster.known_tokens.asks"


class KnownTokens:
    """What one process remembers."""

    def __init__(self) -> None:
        self._rows: dict[str, Any] = {}

    def remember(self, hashed: str, row: Any) -> None:
        """A token was valid."""
        if len(self._rows) >= _MOST:
            self._rows.clear()
        self._rows[hashed] = row

    def has_extensions(self, hashed: str) -> bool:
        """Whether its account had declared extensions; then the declaration is locked before all else."""
        row = self._rows.get(hashed)
        return row is not None and row.schema_revision != 0

    def presumed(self, session: Session, prefix: str, hashed: str) -> Any:
        """What is remembered of a token, which the database then confirms; None if it is to be looked up."""
        row = self._rows.get(hashed)
        if row is None or row.schema_revision or _ASKS in session.info or not may_presume(session):
            return None
        values = {
            "b_prefix": prefix,
            "b_hash": hashed,
            "b_at": now(),
            "b_name": row.name,
            "b_directory_name": row.directory_name,
            "b_preset": row.preset,
            "b_unique": row.unique_group_names,
            "b_filters_people": row.filters_people,
            "b_adopts": row.adopts,
            "b_repairs": row.repairs,
            "b_most": -1 if row.requests_per_minute is None else row.requests_per_minute,
        }
        presume(session, _IS_AS_BEFORE, values, partial(self._doubt, session, hashed))
        return row

    def _doubt(self, session: Session, hashed: str) -> None:
        session.info[_ASKS] = True
        self._rows.pop(hashed, None)
