"""Engine and sessions: one way to open each database, without Flask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.config import Settings

BUSY_TIMEOUT_MS = 30_000


class Database:
    """A database and the two ways to work with it: ``reading`` and ``writing``.

    On SQLite a writer takes the write lock at once (BEGIN IMMEDIATE), so what it reads cannot be
    overtaken before it writes; readers never wait (WAL). On PostgreSQL single reads need no
    transaction, so readers run in autocommit.
    """

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        self.is_sqlite = url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(url, settings)
            self._readers = self.engine.execution_options(muster_write=False)
        else:
            self.engine = _postgresql_engine(url, settings)
            self._readers = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def read_session(self) -> Session:
        """A session for reading; the caller closes it."""
        return Session(self._readers, autoflush=False, expire_on_commit=False)

    def write_session(self) -> Session:
        """A session that may write; the caller commits and closes it."""
        return Session(self.engine, autoflush=False, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read outside a request."""
        with self.read_session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write outside a request: commits at the end, rolls back on an exception."""
        with self.write_session() as session, session.begin():
            yield session

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def _sqlite_engine(url: Any, settings: Settings) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=settings.pool_size, max_overflow=20)
    pragmas = (
        f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={settings.sqlite_synchronous}",
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-32000",
        "PRAGMA temp_store=MEMORY",
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we send BEGIN ourselves
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("muster_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _postgresql_engine(url: Any, settings: Settings) -> Engine:
    options = f"-c statement_timeout={settings.statement_timeout * 1000} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=20,
        pool_pre_ping=False,
        pool_recycle=1800,
        connect_args={"options": options},
    )
