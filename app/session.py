"""A database session: one connection and one transaction.

Prepared statements are executed by the driver itself, every other one through SQLAlchemy on the same connection.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from time import monotonic, sleep
from typing import Any, cast

from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app import set_wise
from app.connections import BUSY_TIMEOUT_MS, Connections, Kept
from app.prepared import TOGETHER, Form, Prepared, Rows, Values, together

_JITTER = random.Random()  # noqa: S311  pauses, no secret
STATEMENT_TIMEOUT = "muster_statement_timeout"
"""Execution option of an engine: seconds."""
_STEPS = 20_000
"""After so many steps of SQLite's machine, about a millisecond, the time is looked at."""
Writer = Callable[["Session", list[Any]], Iterable[tuple[Prepared, Values]]]
"""Says what is to be written at the end of a transaction for what was noted."""


def _refused(done: PGresult) -> Exception:
    """What psycopg would raise; without a code it was not the server that refused, but the way to it that broke."""
    if done.error_field(DiagnosticField.SQLSTATE) is None:
        return OperationalError((done.error_message or b"the connection was lost").decode(errors="replace"))
    return error_from_result(done)


class Session:
    """One connection and at most one transaction, which begins with the first statement of a writer.

    ``info`` belongs to whoever uses the session. What is ``note``d is written at the end of the transaction; a
    savepoint that is undone takes along what was noted within it.
    """

    def __init__(self, connections: Connections, *, writes: bool) -> None:
        self.engine = connections.engine
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.info: dict[str, Any] = {}
        self._journal: list[tuple[Writer, Any]] = []
        self.scopes: list[object] = []
        self.writes = writes
        self._connections = connections
        self._kept: Kept | None = None
        self._driver: Any = None
        self._composed: Connection | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Run a statement, or run it for each of a list of values; its rows. Raises ``DBAPIError``."""
        if not self.scopes and self.writes:
            self.begin()
        return self._run(statement, values)

    def look(self, statement: Any, values: Values | None = None) -> Any:
        """Read something before the transaction begins, and without beginning it."""
        return self._run(statement, values)

    def send(self, changes: Sequence[tuple[Prepared, Values]]) -> None:
        """Insert, update and delete where no statement needs to see what another one does; nothing comes back.

        A few go in one round trip. Raises ``DBAPIError``.
        """
        if not self.scopes and self.writes:
            self.begin()
        if self.is_sqlite or not 1 < len(changes) <= TOGETHER:
            for statement, same in groupby(changes, itemgetter(0)):
                self._run(statement, [values for _, values in same])
            return
        forms = tuple(statement.form(self.engine.dialect) for statement, _ in changes)
        bound: dict[str, Any] = {}
        for number, (form, (_, values)) in enumerate(zip(forms, changes, strict=True)):
            bound |= form.bind_as(number, values)
        self._drive(together(forms), bound)

    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        return bool(self.scopes)

    def begin(self) -> None:
        """Begin the transaction. On SQLite a writer takes the lock at once, and waits for it here."""
        if self.is_sqlite:
            self._take_turn(self._driver or self._open())
        else:
            self._command("BEGIN")
        self.scopes.append(object())

    def _take_turn(self, driver: Any) -> None:
        """Begin on SQLite as soon as the writer before has ended.

        SQLite itself would ask again after ever longer pauses, up to a tenth of a second, and who waits longest
        would come last.
        """
        driver.execute("PRAGMA busy_timeout=0")
        end, pause = monotonic() + BUSY_TIMEOUT_MS / 1000, 0.0002
        try:
            while True:
                try:
                    driver.execute("BEGIN IMMEDIATE")
                    return
                except self.engine.dialect.loaded_dbapi.OperationalError as error:
                    if "locked" not in str(error) or monotonic() > end:
                        raise self._known("BEGIN IMMEDIATE", error) from error
                sleep(pause * _JITTER.uniform(0.5, 1.5))
                pause = min(pause * 2, 0.002)
        finally:
            driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def commit(self) -> None:
        """End the transaction and keep what was done. Nothing happens if there was nothing to do."""
        if self._journal:
            self._write_journal()
        if not self.scopes:
            return
        ended = self._command("COMMIT")
        self._forget()
        # PostgreSQL says so when an error within the transaction has undone it.
        if ended != "COMMIT":
            raise RuntimeError("the transaction had failed and was rolled back instead of committed")

    def note(self, writer: Writer, what: Any) -> None:
        """Let ``writer`` write this at the end of the transaction, with all else that was noted for it.

        Rows that everybody changes are locked only then, and by all in the same order: that of the writers' names.
        """
        self._journal.append((writer, what))

    def rollback(self) -> None:
        """End the transaction and undo what was done."""
        begun = bool(self.scopes)
        self._forget()
        # SQLite undoes a transaction by itself when the disk is full, and then there is nothing to end.
        if begun and not (self.is_sqlite and self._driver is not None and not self._driver.in_transaction):
            self._command("ROLLBACK")

    def close(self) -> None:
        """Give the connection back; an open transaction is rolled back."""
        kept, needs_reset = self._kept, bool(self.scopes) or self._composed is not None
        self._forget()
        self._kept = self._driver = self._composed = None
        if kept is None:
            return
        if needs_reset:
            kept.pooled.close()  # the pool rolls back what is still open
        else:
            self._connections.keep(kept)

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """On SQLite, what runs longer than the engine's ``statement_timeout`` is interrupted, as PostgreSQL does."""
        seconds = self.engine.get_execution_options().get(STATEMENT_TIMEOUT)
        if not self.is_sqlite or not seconds:
            yield
            return
        driver, end = self._driver or self._open(), monotonic() + seconds
        driver.set_progress_handler(lambda: monotonic() > end, _STEPS)
        try:
            yield
        finally:
            driver.set_progress_handler(None, 0)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done within is undone if it ends with an exception, which goes on; what was before stays."""
        if not self.scopes:
            self.begin()
        name, noted = f"s{len(self.scopes)}", len(self._journal)
        self._command(f"SAVEPOINT {name}")
        self.scopes.append(object())
        try:
            yield
        except BaseException:
            if self.scopes:
                self.scopes.pop()
                del self._journal[noted:]
                self._command(f"ROLLBACK TO SAVEPOINT {name}")
                self._command(f"RELEASE SAVEPOINT {name}")
            raise
        self.scopes.pop()
        self._command(f"RELEASE SAVEPOINT {name}")

    def _write_journal(self) -> None:
        noted: defaultdict[Writer, list[Any]] = defaultdict(list)
        for writer, what in self._journal:
            noted[writer].append(what)
        changes: list[tuple[Prepared, Values]] = []
        for writer in sorted(noted, key=lambda one: (one.__module__, one.__qualname__)):
            changes += writer(self, noted[writer])
        self.send(changes)

    def _run(self, statement: Any, values: Any) -> Any:
        if not isinstance(statement, Prepared):
            return self._sqlalchemy().execute(statement, values)
        form = statement.form(self.engine.dialect)
        if isinstance(values, list):
            if len(values) != 1:
                return self._many(form, values)
            [values] = values  # psycopg takes much longer for a list of one
        return form.rows(self._drive(form.text, form.bind(values), returns=form.returns, anew=form.anew))

    def _drive(self, text: str, values: Any, *, returns: bool = False, anew: bool = False) -> Iterable[Any]:
        driver = self._driver or self._open()
        self._announce(text, values)
        try:
            cursor = driver.execute(text, values, prepare=False) if anew else driver.execute(text, values)
            return cursor.fetchall() if returns else ()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known(text, error) from error

    def _many(self, form: Form, rows: list[Values]) -> Rows:
        if form.set_wise is not None:
            self._drive(form.set_wise, set_wise.parameter(rows))
            return Rows()
        values = [*map(form.bind, rows)]
        driver = self._driver or self._open()
        self._announce(form.text, values)
        try:
            (driver.cursor() if self.is_sqlite else driver).executemany(form.text, values)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known(form.text, error) from error
        return Rows()

    def _announce(self, text: str, values: Any) -> None:
        """Whoever listens to the engine's statements hears of those that do not pass through it."""
        for listener in self.engine.dispatch.before_cursor_execute:
            listener(None, None, text, values, None, isinstance(values, list))

    def _command(self, text: str) -> str:
        """Run a command of transactions; what PostgreSQL says it has done."""
        driver = self._driver or self._open()
        try:
            if self.is_sqlite:
                driver.execute(text)
                return text
            # What psycopg does around a statement that has no values takes longer than the statement.
            done = driver.connection.pgconn.exec_(text.encode())
            if done.status != ExecStatus.COMMAND_OK:
                raise _refused(done)
            return (done.command_status or b"").decode()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known(text, error) from error

    def _open(self) -> Any:
        try:
            self._kept = self._connections.take()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known("", error) from error
        self._driver = self._kept.driver if self.is_sqlite else self._kept.driver.cursor()
        return self._driver

    def _sqlalchemy(self) -> Connection:
        if self._composed is None:
            if self._kept is None:
                self._open()
            self._composed = Connection(self.engine, self._kept and self._kept.pooled)
        return self._composed

    def _known(self, text: str, error: Exception) -> Exception:
        """The driver's error as SQLAlchemy would raise it; a lost connection takes its kin out of the pool."""
        dialect = self.engine.dialect
        lost = dialect.is_disconnect(cast(Any, error), cast(Any, self._kept and self._kept.pooled), None)
        if lost and self._kept is not None:
            self._kept.pooled.invalidate(error)
            self._forget()
            self._kept = self._driver = self._composed = None
            self._connections.clear()
            self.engine.dispose(close=False)
        return cast(
            Exception,
            DBAPIError.instance(
                text,
                None,
                error,
                dialect.loaded_dbapi.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=dialect,
            ),
        )

    def _forget(self) -> None:
        self.scopes.clear()
        self._journal.clear()
