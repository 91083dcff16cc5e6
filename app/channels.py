"""How a session speaks to its database: to SQLite at once, to PostgreSQL in as few round trips as answers allow.

Nothing waits for a statement that returns nothing. On PostgreSQL it is sent with the next one whose answer is
needed, at the latest with the transaction's end, in the order in which they were given; what is wrong with it is
said then.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Any, NamedTuple, Protocol

from psycopg import Error as PsycopgError
from psycopg.pq.abc import PGresult

from app import set_wise
from app.connections import BUSY_TIMEOUT_MS
from app.pipeline import Pipeline, Refused, Step
from app.prepared import Form, Rows, Values

_JITTER = random.Random()  # noqa: S311  pauses, no secret
_FEW = 6
"""So many rows of a kind are sent one by one; unfolding them in the database would cost more."""
_MOST = 100
"""So many statements wait at most for those that come."""

Asked = tuple[Form, Values | None]
"""A statement whose rows are wanted, and its values."""
Refuse = Callable[[Any], Exception]
"""What a statement's ``DBAPIError`` means to whoever asked for the statement."""
Known = Callable[[str, Exception, Refuse | None], Exception]
"""What is raised for the driver's error of a statement."""
Announce = Callable[[Form, Any], None]
"""Tells whoever listens to an engine's statements of those that do not pass through it."""


class Channel(Protocol):
    """One connection during one session."""

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement; its rows."""
        ...

    def ask_both(self, first: Asked, second: Asked) -> tuple[Rows, Rows]:
        """Run two statements, neither of which needs the other's rows; the rows of both."""
        ...

    def put(self, form: Form, values: Values | None, refuse: Refuse | None) -> None:
        """Run a statement whose rows nobody wants, soon."""
        ...

    def put_many(self, form: Form, rows: Sequence[Values], refuse: Refuse | None) -> None:
        """Run it for each of these, soon."""
        ...

    def settle(self) -> None:
        """See to it that all is done that was put."""
        ...

    def begin(self) -> None:
        """Begin a transaction; on SQLite with the write lock, which is waited for."""
        ...

    def commit(self) -> None:
        """Do all that was put, and end the transaction."""
        ...

    def rollback(self) -> None:
        """End the transaction, and forget what was put."""
        ...

    def savepoint(self, name: str) -> None:
        """What is done before stays, whatever becomes of what follows."""
        ...

    def release(self, name: str) -> None:
        """Do all that was put, and end the savepoint."""
        ...

    def undo(self, name: str) -> None:
        """End the savepoint, and forget what was put since then."""
        ...


class SqliteChannel:
    """Every statement is run at once: the database is in this process."""

    def __init__(self, driver: sqlite3.Connection, known: Known, announce: Announce) -> None:
        self._driver = driver
        self._known = known
        self._announce = announce

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement; its rows."""
        bound = form.bind(values)
        self._announce(form, bound)
        try:
            return form.rows(self._driver.execute(form.sql, bound).fetchall())
        except sqlite3.Error as error:
            raise self._known(form.text, error, None) from error

    def ask_both(self, first: Asked, second: Asked) -> tuple[Rows, Rows]:
        """Run two statements; the rows of both."""
        return self.ask(*first), self.ask(*second)

    def put(self, form: Form, values: Values | None, refuse: Refuse | None) -> None:
        """Run a statement."""
        bound = form.bind(values)
        self._announce(form, bound)
        try:
            self._driver.execute(form.sql, bound)
        except sqlite3.Error as error:
            raise self._known(form.text, error, refuse) from error

    def put_many(self, form: Form, rows: Sequence[Values], refuse: Refuse | None) -> None:
        """Run it for each of these."""
        bound = [*map(form.bind, rows)]
        self._announce(form, bound)
        try:
            self._driver.executemany(form.sql, bound)
        except sqlite3.Error as error:
            raise self._known(form.text, error, refuse) from error

    def settle(self) -> None:
        """Nothing waits."""

    def begin(self) -> None:
        """Begin as soon as the writer before has ended.

        SQLite itself would ask again after ever longer pauses, up to a tenth of a second, and who waits longest
        would come last.
        """
        self._driver.execute("PRAGMA busy_timeout=0")
        end, pause = monotonic() + BUSY_TIMEOUT_MS / 1000, 0.0002
        try:
            while True:
                try:
                    self._driver.execute("BEGIN IMMEDIATE")
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or monotonic() > end:
                        raise self._known("BEGIN IMMEDIATE", error, None) from error
                sleep(pause * _JITTER.uniform(0.5, 1.5))
                pause = min(pause * 2, 0.002)
        finally:
            self._driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def commit(self) -> None:
        """End the transaction."""
        self._command("COMMIT")

    def rollback(self) -> None:
        """End the transaction, unless SQLite has done so by itself, as it does when the disk is full."""
        if self._driver.in_transaction:
            self._command("ROLLBACK")

    def savepoint(self, name: str) -> None:
        """Begin a savepoint."""
        self._command(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """End a savepoint."""
        self._command(f"RELEASE SAVEPOINT {name}")

    def undo(self, name: str) -> None:
        """Undo and end a savepoint."""
        self._command(f"ROLLBACK TO SAVEPOINT {name}")
        self._command(f"RELEASE SAVEPOINT {name}")

    def _command(self, text: str) -> None:
        try:
            self._driver.execute(text)
        except sqlite3.Error as error:
            raise self._known(text, error, None) from error


class _Waiting(NamedTuple):
    """What is sent with the next exchange."""

    step: Step
    text: str
    refuse: Refuse | None


_BEGIN = "BEGIN"


class PostgresChannel:
    """Statements wait until the answer of one is needed, and then go together."""

    def __init__(self, pipeline: Pipeline, known: Known, announce: Announce) -> None:
        self._pipeline = pipeline
        self._known = known
        self._announce = announce
        self._waiting: list[_Waiting] = []

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement, after all that waits; its rows."""
        self._add(form, values, None)
        answer = self._exchange()[-1]
        return form.rows(self._pipeline.load(answer)) if form.returns else Rows()

    def ask_both(self, first: Asked, second: Asked) -> tuple[Rows, Rows]:
        """Run two statements in one round trip; the rows of both."""
        self._add(*first, None)
        self._add(*second, None)
        one, other = self._exchange()[-2:]
        return first[0].rows(self._pipeline.load(one)), second[0].rows(self._pipeline.load(other))

    def put(self, form: Form, values: Values | None, refuse: Refuse | None) -> None:
        """Run a statement with the next."""
        self._add(form, values, refuse)
        if len(self._waiting) >= _MOST:
            self._exchange()

    def put_many(self, form: Form, rows: Sequence[Values], refuse: Refuse | None) -> None:
        """Run it for each of these, many at once if the database can unfold them."""
        if form.set_wise is None or len(rows) <= _FEW:
            for values in rows:
                self.put(form, values, refuse)
            return
        self._announce(form, rows)
        unfolded = Step(form.set_wise.encode(), [set_wise.parameter(rows)])
        self._waiting.append(_Waiting(unfolded, form.set_wise, refuse))

    def settle(self) -> None:
        """Send what waits."""
        if self._waiting:
            self._exchange()

    def begin(self) -> None:
        """Begin with the next statement."""
        self._command(_BEGIN)

    def commit(self) -> None:
        """Send what waits, and end the transaction. Nothing is sent if nothing was done."""
        if self._is_begun() or len(self._waiting) > 1:
            self._command("COMMIT")
            # PostgreSQL says so when an error within the transaction has undone it.
            if self._exchange()[-1].command_status != b"COMMIT":
                raise RuntimeError("the transaction had failed and was rolled back instead of committed")
        self._waiting.clear()

    def rollback(self) -> None:
        """End the transaction if it was begun."""
        was_begun = self._is_begun()
        self._waiting.clear()
        if was_begun:
            self._command("ROLLBACK")
            self._exchange()

    def savepoint(self, name: str) -> None:
        """Begin a savepoint with the next statement, but not before all else is done that waits."""
        if len(self._waiting) > (0 if self._is_begun() else 1):
            self._exchange()
        self._command(f"SAVEPOINT {name}")

    def release(self, name: str) -> None:
        """Send what waits, and end a savepoint."""
        self._command(f"RELEASE SAVEPOINT {name}")
        self._exchange()

    def undo(self, name: str) -> None:
        """Undo and end a savepoint."""
        begins = next((at for at, one in enumerate(self._waiting) if one.text == f"SAVEPOINT {name}"), None)
        if begins is not None:  # it was never sent
            del self._waiting[begins:]
            return
        self._waiting.clear()
        self._command(f"ROLLBACK TO SAVEPOINT {name}")
        self._command(f"RELEASE SAVEPOINT {name}")
        self._exchange()

    def _is_begun(self) -> bool:
        return not (self._waiting and self._waiting[0].text == _BEGIN)

    def _add(self, form: Form, values: Values | None, refuse: Refuse | None) -> None:
        bound = form.bind(values)
        self._announce(form, bound)
        try:
            step = Step(form.wire, self._pipeline.dump(bound), form.anew)
        except PsycopgError as error:
            raise self._known(form.text, error, refuse) from error
        self._waiting.append(_Waiting(step, form.text, refuse))

    def _command(self, text: str) -> None:
        self._waiting.append(_Waiting(Step(text.encode(), anew=True), text, None))

    def _exchange(self) -> list[PGresult]:
        """Send what waits; all answers."""
        waiting, self._waiting = self._waiting, []
        try:
            return self._pipeline.exchange([one.step for one in waiting])
        except Refused as refused:
            one = waiting[refused.number]
            raise self._known(one.text, refused.error, one.refuse) from refused.error
