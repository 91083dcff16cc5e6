"""The floor's database: the least that can answer the same requests, by hand-written SQL on the bare driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from benchmarks.floor_rows import FloorRows, Rows

_TABLES = """
CREATE TABLE users (
    position {serial}, id TEXT NOT NULL UNIQUE, user_name TEXT NOT NULL UNIQUE, mail_reversed TEXT {c},
    active BOOLEAN NOT NULL DEFAULT TRUE, version INTEGER NOT NULL DEFAULT 1,
    created TEXT NOT NULL, modified TEXT NOT NULL, document TEXT NOT NULL, groups TEXT NOT NULL DEFAULT ''
);
CREATE INDEX users_mail ON users (mail_reversed);
CREATE TABLE groups (id TEXT PRIMARY KEY, document TEXT NOT NULL, member_count INTEGER NOT NULL, created TEXT NOT NULL);
CREATE TABLE memberships (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)){rowless};
CREATE INDEX memberships_user ON memberships (user_id, group_id)
"""
CREATED = "2026-01-05T09:30:00.000Z"
# The product's own pragmas (app/db.py): same journal, same durability, same cache, same checkpoints.
_PRAGMAS = (
    "busy_timeout=30000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "cache_size=-32000",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)


class FloorStore:
    """Keeps idle connections on a stack, so that the warmest is used next; each statement commits by itself."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._where = parsed.database or "" if self.is_sqlite else url.replace("postgresql+psycopg:", "postgresql:")
        self._idle: list[Any] = []
        self._bulk = FloorRows(is_sqlite=self.is_sqlite)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Execute one statement, written with ``?``, and fetch what it returns."""
        with self._connection() as connection:
            if self.is_sqlite:
                found: list[Any] = connection.execute(statement, values).fetchall()
                return found
            cursor = connection.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def create(self) -> None:
        """Make the tables."""
        serial = "INTEGER PRIMARY KEY" if self.is_sqlite else "SERIAL PRIMARY KEY"
        rowless, c = (" WITHOUT ROWID", "") if self.is_sqlite else ("", 'COLLATE "C"')
        for statement in _TABLES.format(serial=serial, rowless=rowless, c=c).split(";"):
            self.rows(statement)
        for statement in self._bulk.definitions():
            self.rows(statement)

    def add_users(self, users: Sequence[tuple[Any, ...]]) -> None:
        """Insert (id, user name, reversed address, document, groups, created, modified)."""
        self._many(
            "INSERT INTO users (id, user_name, mail_reversed, document, groups, created, modified)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            users,
        )

    def add_rows(self, rows: Rows) -> None:
        """Insert the rows of a bulk in one transaction, those of a table at once."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            for statement, values in self._bulk.inserts(rows):
                if self.is_sqlite:
                    connection.executemany(statement, values)
                else:
                    psycopg.RawCursor(connection).execute(statement, [values.decode()])
            connection.execute("COMMIT")

    def add_group(self, id: str, document: str, members: Sequence[str]) -> None:
        """Insert a group and its members."""
        self._many("INSERT INTO groups VALUES (?, ?, ?, ?)", [(id, document, len(members), CREATED)])
        self._many("INSERT INTO memberships VALUES (?, ?)", [(id, member) for member in members])

    def settle(self) -> None:
        """Checkpoint, or collect statistics."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)" if self.is_sqlite else "VACUUM ANALYZE")

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._connection() as connection:
            if self.is_sqlite:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(statement, values)
                connection.execute("COMMIT")
            else:
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.executemany(statement.replace("?", "%s"), values)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        yield connection
        self._idle.append(connection)

    def _connect(self) -> Any:
        if not self.is_sqlite:
            return psycopg.connect(self._where, autocommit=True)
        connection = sqlite3.connect(self._where, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection
