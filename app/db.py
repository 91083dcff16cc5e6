"""How a database is opened: for reading, for writing, and for changes of its schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from psycopg import Connection as PsycopgConnection
from psycopg.types.string import TextLoader
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from app.config import Settings
from app.connections import BUSY_TIMEOUT_MS, PIPELINE, RECYCLED_AFTER, Connections
from app.pipeline import Pipeline
from app.session import STATEMENT_TIMEOUT, Session
from app.turns import Turns

LONGEST_LOG = 32_000
"""After so many pages a commit brings them back into SQLite's file, if nobody else did (``app.checkpoints``)."""
_BY_ENGINE = "muster_begin"


class Database:
    """A database and the two ways to work with it: ``reading`` and ``writing``.

    Single reads need no transaction, so readers run without one. A writer begins its transaction with its
    first statement; on SQLite it takes the write lock at once (BEGIN IMMEDIATE), so what it reads cannot be
    overtaken before it writes, and readers never wait (WAL).
    """

    def __init__(self, settings: Settings) -> None:
        url = make_url(settings.database_url)
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, settings) if self.is_sqlite else _postgresql_engine(url, settings)
        file = url.database if self.is_sqlite and url.database != ":memory:" else None
        self._connections = Connections(self.engine, settings.pool_size, Turns(file))

    @property
    def schema_engine(self) -> Engine:
        """The engine for migrations and bulk loads, whose connections have SQLAlchemy's own transactions."""
        if self.is_sqlite:
            return self.engine.execution_options(**{_BY_ENGINE: True})
        return self.engine.execution_options(isolation_level="READ COMMITTED")

    def read_session(self) -> Session:
        """A session for reading; the caller closes it."""
        return Session(self._connections, writes=False)

    def write_session(self) -> Session:
        """A session that may write; the caller commits and closes it."""
        return Session(self._connections, writes=True)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read outside a request."""
        with self.read_session() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Write outside a request: commits at the end, rolls back on an exception."""
        with self.write_session() as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        """Close all pooled connections."""
        self._connections.clear()
        self.engine.dispose()


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _sqlite_engine(url: Any, settings: Settings) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=20,
        pool_use_lifo=True,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={"cached_statements": 512},
        execution_options={STATEMENT_TIMEOUT: settings.statement_timeout},
    )
    pragmas = (
        f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={settings.sqlite_synchronous}",
        "PRAGMA foreign_keys=ON",
        "PRAGMA cache_size=-14000",
        "PRAGMA temp_store=MEMORY",
        f"PRAGMA wal_autocheckpoint={LONGEST_LOG}",
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # sessions send BEGIN themselves
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_BY_ENGINE):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: Any, settings: Settings) -> Engine:
    options = f"-c statement_timeout={settings.statement_timeout * 1000} -c timezone=UTC"
    engine = create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=20,
        pool_use_lifo=True,
        pool_pre_ping=False,
        pool_recycle=int(RECYCLED_AFTER),
        isolation_level="AUTOCOMMIT",  # sessions send BEGIN themselves
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={"options": options},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: PsycopgConnection[Any], record: Any) -> None:
        connection.adapters.register_loader("uuid", TextLoader)
        # psycopg would deallocate what the pipeline has prepared together with its own.
        connection.prepare_threshold = None
        record.info[PIPELINE] = Pipeline(connection)

    return engine
