"""A database session: one connection and one transaction.

Prepared statements are executed by the driver itself, every other one through SQLAlchemy on the same connection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from time import monotonic
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.channels import Channel, Later, Refuse, SqliteChannel
from app.connections import Connections, Kept
from app.prepared import Form, Prepared, Rows, Values
from app.waiting import PostgresChannel

STATEMENT_TIMEOUT = "muster_statement_timeout"
"""Execution option of an engine: seconds."""
_STEPS = 20_000
"""After so many steps of SQLite's machine, about a millisecond, the time is looked at."""


class Repeat(Exception):
    """What was taken for granted does not hold: to be done again from the beginning, and with more care."""


Writer = Callable[["Session", list[Any]], Iterable[tuple[Prepared, Values]]]
"""Says what is to be written at the end of a transaction for what was noted."""


class Session:
    """One connection and at most one transaction, which begins with the first statement of a writer.

    ``info`` belongs to whoever uses the session. What is ``note``d is written at the end of the transaction; a
    savepoint that is undone takes along what was noted within it. ``repeats``: whoever works here begins anew when
    told to by ``Repeat``, with this session and what is in its ``info``. ``presumes``: the transaction takes something
    for granted (``app.presumed``).
    """

    def __init__(self, connections: Connections, *, writes: bool) -> None:
        self.engine = connections.engine
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.info: dict[str, Any] = {}
        self._journal: list[tuple[Writer, Any]] = []
        self.scopes: list[object] = []
        self.writes = writes
        self.repeats = False
        self.presumes = False
        self._connections = connections
        self._kept: Kept | None = None
        self._channel: Channel | None = None
        self._composed: Connection | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Run a statement, or run it for each of a list of values; its rows. Raises ``DBAPIError``.

        What is wrong with a prepared statement that returns nothing may be said only by a later one, or by
        ``commit``: whoever wants to know what it means ``send``s it.
        """
        if not self.scopes and self.writes:
            self.begin()
        return self._run(statement, values)

    def look(self, statement: Any, values: Values | None = None) -> Any:
        """Read something before the transaction begins, and without beginning it."""
        return self._run(statement, values)

    def look_both(self, first: tuple[Prepared, Values], second: tuple[Prepared, Values]) -> tuple[Rows, Rows]:
        """Read two things that do not depend on each other, as ``look`` does, in one round trip."""
        dialect, channel = self.engine.dialect, self._channel or self._open()
        (one, values), (other, others) = first, second
        earlier = channel.ask_later(one.form(dialect), values)
        later = channel.ask(other.form(dialect), others)
        return earlier.rows(), later

    def later(self, statement: Prepared, values: Values) -> Later:
        """Run a statement, together with what follows it: its rows are waited for when somebody wants them."""
        if not self.scopes and self.writes:
            self.begin()
        return (self._channel or self._open()).ask_later(statement.form(self.engine.dialect), values)

    def send(self, changes: Sequence[tuple[Prepared, Values]], refuse: Refuse | None = None) -> None:
        """Insert, update and delete; nothing comes back.

        If one of them fails, be it now or later, what ``refuse`` makes of the ``DBAPIError`` is raised.
        """
        if not self.scopes and self.writes:
            self.begin()
        channel, dialect = self._channel or self._open(), self.engine.dialect
        if len(changes) == 1:
            [(statement, values)] = changes
            channel.put(statement.form(dialect), values, refuse)
        else:
            for statement, same in groupby(changes, itemgetter(0)):
                rows = [values for _, values in same]
                if len(rows) == 1:
                    channel.put(statement.form(dialect), rows[0], refuse)
                else:
                    channel.put_many(statement.form(dialect), rows, refuse)
        if refuse is not None and len(self.scopes) > 1:
            channel.settle()  # whoever opened a savepoint asks what it was that failed

    def load(self, statement: Prepared, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert very many rows, each with values for these columns as the driver takes them, in their order."""
        if not self.scopes and self.writes:
            self.begin()
        channel = self._channel or self._open()
        channel.settle()
        driver = cast(Any, cast(Kept, self._kept).pooled.driver_connection)
        form = statement.form(self.engine.dialect)
        self._announce(form, [[]])  # many, of which none is told
        try:
            if self.is_sqlite:
                driver.executemany(form.sql, rows)
                return
            with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known(form.text, error, None) from error

    @contextmanager
    def writer(self) -> Iterator[Session]:
        """A session to write down what was found out by reading: this one if it writes, else one of its own.

        Its own transaction is committed at the end; whoever acts here acts there.
        """
        if self.writes:
            yield self
            return
        with Session(self._connections, writes=True) as other:
            other.info.update(self.info)
            yield other
            other.commit()

    def settle(self) -> None:
        """See to it that all is done that was sent, so that nothing is left that could fail."""
        if self._channel is not None:
            self._channel.settle()

    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        return bool(self.scopes)

    def begin(self) -> None:
        """Begin the transaction. On SQLite a writer takes the lock at once, and waits for it here."""
        (self._channel or self._open()).begin()
        self.scopes.append(object())

    def commit(self) -> None:
        """End the transaction and keep what was done. Nothing happens if there was nothing to do."""
        if self._journal:
            self._write_journal()
        if self.scopes and self._channel is not None:
            self._channel.commit()
        self._forget()

    def note(self, writer: Writer, what: Any) -> None:
        """Let ``writer`` write this at the end of the transaction, with all else that was noted for it.

        Rows that everybody changes are locked only then, and by all in the same order: that of the writers' names.
        """
        self._journal.append((writer, what))

    def rollback(self) -> None:
        """End the transaction and undo what was done."""
        begun = bool(self.scopes)
        self._forget()
        if begun and self._channel is not None:
            self._channel.rollback()

    def close(self) -> None:
        """Give the connection back; an open transaction is rolled back."""
        kept, channel, needs_reset = self._kept, self._channel, bool(self.scopes) or self._composed is not None
        self._forget()
        self._kept = self._channel = self._composed = None
        if kept is None or channel is None:
            return
        if needs_reset:
            kept.pooled.close()  # the pool rolls back what is still open
        else:
            self._connections.keep(kept)
        channel.leave()

    @contextmanager
    def in_time(self) -> Iterator[None]:
        """On SQLite, what runs longer than the engine's ``statement_timeout`` is interrupted, as PostgreSQL does."""
        seconds = self.engine.get_execution_options().get(STATEMENT_TIMEOUT)
        if not self.is_sqlite or not seconds:
            yield
            return
        if self._kept is None:
            self._open()
        driver, end = cast(Kept, self._kept).driver, monotonic() + seconds
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
        (self._channel or self._open()).savepoint(name)
        self.scopes.append(object())
        try:
            yield
            (self._channel or self._open()).release(name)
        except BaseException:
            if self.scopes and self._channel is not None:
                self.scopes.pop()
                del self._journal[noted:]
                self._channel.undo(name)
            raise
        self.scopes.pop()

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
            self.settle()
            return self._sqlalchemy().execute(statement, values)
        form, channel = statement.form(self.engine.dialect), self._channel or self._open()
        if isinstance(values, list):
            if len(values) != 1:
                channel.put_many(form, values, None)
                return Rows()
            [values] = values
        if form.returns or not self.scopes:
            return channel.ask(form, values)
        channel.put(form, values, None)
        return Rows()

    def _announce(self, form: Form, values: Any) -> None:
        """Whoever listens to the engine's statements hears of those that do not pass through it."""
        for listener in self.engine.dispatch.before_cursor_execute:
            is_many = bool(values) and isinstance(values[0], (list, dict))
            named = values if self.is_sqlite or is_many else dict(zip(form.names, values, strict=True))
            listener(None, None, form.text, named, None, is_many)

    def _open(self) -> Channel:
        try:
            self._kept = self._connections.take()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise self._known("", error, None) from error
        about = self._kept.driver, self._known, self._announce
        self._channel = SqliteChannel(*about, self._connections.turns) if self.is_sqlite else PostgresChannel(*about)
        return self._channel

    def _sqlalchemy(self) -> Connection:
        if self._composed is None:
            if self._kept is None:
                self._open()
            self._composed = Connection(self.engine, self._kept and self._kept.pooled)
        return self._composed

    def _known(self, text: str, error: Exception, refuse: Refuse | None) -> Exception:
        """The driver's error as SQLAlchemy would raise it; a lost connection takes its kin out of the pool."""
        dialect = self.engine.dialect
        lost = dialect.is_disconnect(cast(Any, error), cast(Any, self._kept and self._kept.pooled), None)
        if lost and self._kept is not None:
            self._kept.pooled.invalidate(error)
            self._forget()
            if self._channel is not None:
                self._channel.leave()
            self._kept = self._channel = self._composed = None
            self._connections.clear()
            self.engine.dispose()
        known = DBAPIError.instance(
            text,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        )
        return refuse(known) if refuse else known

    def _forget(self) -> None:
        self.scopes.clear()
        self._journal.clear()
        self.presumes = False
