"""A database session: one connection, one transaction, and statements that are composed only once.

What a request costs is mostly what is done around each statement. So a statement of a hot path is *prepared*:
SQLAlchemy writes its text and says how values are converted, once for each kind of database, and from then
on the driver executes it directly. Every other statement goes through SQLAlchemy on the same connection.
"""

from __future__ import annotations

import re
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from time import monotonic
from typing import Any, cast

from psycopg.errors import OperationalError, error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql.crud import REQUIRED

from app import set_wise
from app.connections import Connections, Kept
from app.models.base import Id

Values = Mapping[str, Any]
_Convert = Callable[[Any], Any]
STATEMENT_TIMEOUT = "muster_statement_timeout"
"""Execution option of an engine: seconds."""
_STEPS = 20_000
"""After so many steps of SQLite's machine, about a millisecond, the time is looked at."""
_TOGETHER = 6
"""At most as many statements make up one; more would make ever more texts."""
Writer = Callable[["Session", list[Any]], None]
"""Writes at the end of a transaction what was noted for it."""


class Rows(list[Any]):
    """All rows of a prepared statement, with the words that SQLAlchemy's results have."""

    def all(self) -> Rows:
        """These rows."""
        return self

    def scalars(self) -> Rows:
        """The first column."""
        return Rows(row[0] for row in self)

    def scalar(self) -> Any:
        """The first column of the first row, None without rows."""
        return self[0][0] if self else None

    def one_or_none(self) -> Any:
        """The only row, or None."""
        if len(self) > 1:
            raise MultipleResultsFound("one row was expected")
        return self[0] if self else None

    def one(self) -> Any:
        """The only row. Raises NoResultFound."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("a row was expected")
        return row


class Prepared:
    """A fixed statement, for the driver itself.

    ``columns`` names what an INSERT or UPDATE sets, if the statement does not say so. Defaults that Python
    would have to make are refused, as are lists that would change the text (see ``app.stores.lists``). The
    columns of a row have names unless ``named`` is False, which is quicker for many rows. ``anew`` is for a
    statement whose best plan depends on its values: PostgreSQL keeps no plan of it.
    """

    def __init__(
        self, statement: Any, columns: Iterable[str] | None = None, *, named: bool = True, anew: bool = False
    ) -> None:
        self.statement = statement
        self._named = named
        self._anew = anew
        self._columns = None if columns is None else list(columns)
        self._forms: dict[str, _Form] = {}

    def form(self, dialect: Dialect) -> _Form:
        """How this statement looks on a kind of database."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _Form(self.statement, self._columns, self._named, dialect)
            form.anew = self._anew and dialect.name != "sqlite"
        return form


class _Form:
    """A statement's text for one kind of database, and the conversions of its values."""

    __slots__ = (
        "_converts",
        "_fixed",
        "_names",
        "_places",
        "_positional",
        "_results",
        "_row",
        "_take",
        "anew",
        "returns",
        "set_wise",
        "text",
    )

    def __init__(self, statement: Any, columns: list[str] | None, named: bool, dialect: Dialect) -> None:
        self.anew = False
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        prefetched = [*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ())]
        if prefetched or compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError(f"this statement cannot be prepared, its text or values are not fixed: {compiled}")
        self.text: str = compiled.string
        self.set_wise = set_wise.text_of(statement, columns, dialect)
        self._positional = bool(compiled.positional)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        self._names: Sequence[str] = compiled.positiontup if self._positional else [*types]
        self._fixed = {
            name: value for name, value in compiled.params.items() if value is not None and value is not REQUIRED
        }
        self._converts = [
            (name, convert) for name in types if (convert := _to_driver(types[name], dialect)) is not None
        ]
        converts = dict(self._converts)
        self._places = [(place, converts[name]) for place, name in enumerate(self._names) if name in converts]
        all_given = self._positional and not self._fixed and len(self._names) > 1
        self._take = itemgetter(*self._names) if all_given else None
        returned = [*statement.exported_columns]
        self.returns = bool(returned)
        self._results = [
            (place, convert)
            for place, column in enumerate(returned)
            if (convert := _to_python(column.type, dialect)) is not None
        ]
        self._row = (_row_of([column.key for column in returned]) if named else tuple) if returned else None

    def bind(self, values: Values | None) -> Any:
        """What the driver is given for these values."""
        if values and self._take is not None:
            taken = [*self._take(values)]
            for place, convert in self._places:
                taken[place] = convert(taken[place])
            return taken
        given = {**self._fixed, **values} if values else {**self._fixed}
        for name, convert in self._converts:
            given[name] = convert(given[name])
        return [*map(given.__getitem__, self._names)] if self._positional else given

    def bind_as(self, number: int, values: Values) -> dict[str, Any]:
        """The same as ``bind`` for the statement of this number among those sent together."""
        given = self.bind(values)
        return {f"s{number}_{name}": given[name] for name in self._names}

    def rows(self, found: Iterable[Any]) -> Rows:
        """The driver's rows with Python's values."""
        if self._row is None:
            return Rows()
        if not self._results:
            return Rows(map(self._row, found))
        return Rows(map(self._row, map(self._converted, found)))

    def _converted(self, row: Any) -> list[Any]:
        values = list(row)
        for place, convert in self._results:
            values[place] = convert(values[place])
        return values


def _to_python(type_: Any, dialect: Dialect) -> _Convert | None:
    if isinstance(type_, Id):
        return None  # connections read a UUID as text (``app.db``)
    return cast("_Convert | None", type_.dialect_impl(dialect).result_processor(dialect, None))


def _row_of(names: list[str]) -> _Convert:
    row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
    return cast("_Convert", row._make)


def _to_driver(type_: Any, dialect: Dialect) -> _Convert | None:
    if isinstance(type_, Id):
        return None  # the text of the statement says that it is a UUID
    return cast("_Convert | None", type_.dialect_impl(dialect).bind_processor(dialect))


@lru_cache(maxsize=256)
def _together(forms: tuple[_Form, ...]) -> str:
    """One text for several statements, none of which sees what the others do (PostgreSQL's WITH)."""
    *first, last = (re.sub(r"%\((\w+)\)s", rf"%(s{number}_\1)s", form.text) for number, form in enumerate(forms))
    return f"WITH {', '.join(f's{number} AS ({text})' for number, text in enumerate(first))} {last}"


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
        if self.is_sqlite or not 1 < len(changes) <= _TOGETHER:
            for statement, same in groupby(changes, itemgetter(0)):
                self._run(statement, [values for _, values in same])
            return
        forms = tuple(statement.form(self.engine.dialect) for statement, _ in changes)
        bound: dict[str, Any] = {}
        for number, (form, (_, values)) in enumerate(zip(forms, changes, strict=True)):
            bound |= form.bind_as(number, values)
        self._drive(_together(forms), bound)

    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        return bool(self.scopes)

    def begin(self) -> None:
        """Begin the transaction. On SQLite a writer takes the lock at once, and waits for it here."""
        self._command("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
        self.scopes.append(object())

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
        if begun:
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
        for writer in sorted(noted, key=lambda one: (one.__module__, one.__qualname__)):
            writer(self, noted[writer])

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

    def _many(self, form: _Form, rows: list[Values]) -> Rows:
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
