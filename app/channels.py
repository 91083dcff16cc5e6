"""How a session speaks to its database: to SQLite at once, to PostgreSQL in as few round trips as answers allow.

Nothing waits for a statement that returns nothing. On PostgreSQL it is sent with the next one whose answer is
needed, at the latest with the transaction's end, in the order in which they were given; what is wrong with it is
said then (``app.waiting``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.connections import BUSY_TIMEOUT_MS
from app.prepared import Form, Rows, Values
from app.turns import Turns

_BEGIN = "BEGIN IMMEDIATE"

Refuse = Callable[[Any], Exception]
"""What a statement's ``DBAPIError`` means to whoever asked for the statement."""
Known = Callable[[str, Exception, Refuse | None], Exception]
"""What is raised for the driver's error of a statement."""
Announce = Callable[[Form, Any], None]
"""Tells whoever listens to an engine's statements of those that do not pass through it."""


class Later:
    """The rows of a statement that was asked, and may still wait to be sent."""

    def __init__(self, settle: Callable[[], None]) -> None:
        self._settle = settle
        self._rows: Rows | None = None

    def come(self, rows: Rows) -> None:
        """Here they are."""
        self._rows = rows

    def rows(self) -> Rows:
        """The rows. Raises LookupError if the transaction was undone before the statement was sent."""
        if self._rows is None:
            self._settle()
        if self._rows is None:
            raise LookupError("the statement was forgotten with its transaction")
        return self._rows


class Channel(Protocol):
    """One connection during one session."""

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement; its rows."""
        ...

    def ask_later(self, form: Form, values: Values | None) -> Later:
        """Run a statement soon, at the latest when its rows are wanted."""
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

    def leave(self) -> None:
        """The connection was given back, whatever was begun."""
        ...


class SqliteChannel:
    """Every statement is run at once: the database is in this process."""

    def __init__(self, driver: sqlite3.Connection, known: Known, announce: Announce, turns: Turns) -> None:
        self._driver = driver
        self._known = known
        self._announce = announce
        self._turns = turns
        self._is_writing = False

    def ask(self, form: Form, values: Values | None) -> Rows:
        """Run a statement; its rows."""
        bound = form.bind(values)
        self._announce(form, bound)
        try:
            return form.rows(self._driver.execute(form.sql, bound).fetchall())
        except sqlite3.Error as error:
            raise self._known(form.text, error, None) from error

    def ask_later(self, form: Form, values: Values | None) -> Later:
        """Run a statement."""
        later = Later(self.settle)
        later.come(self.ask(form, values))
        return later

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
        """Begin when it is this writer's turn."""
        try:
            is_mine = self._turns.take(BUSY_TIMEOUT_MS / 1000)
        except OSError as error:
            raise self._known(_BEGIN, sqlite3.OperationalError(str(error)), None) from error
        if not is_mine:
            raise self._known(_BEGIN, sqlite3.OperationalError("database is locked"), None)
        try:
            self._driver.execute(_BEGIN)
        except BaseException as error:
            self._turns.give_back()
            if isinstance(error, sqlite3.Error):
                raise self._known(_BEGIN, error, None) from error
            raise
        self._is_writing = True

    def commit(self) -> None:
        """End the transaction."""
        self._command("COMMIT")
        self.leave()

    def rollback(self) -> None:
        """End the transaction, unless SQLite has done so by itself, as it does when the disk is full."""
        if self._driver.in_transaction:
            self._command("ROLLBACK")
        self.leave()

    def leave(self) -> None:
        """Let the next one write."""
        if self._is_writing:
            self._is_writing = False
            self._turns.give_back()

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
