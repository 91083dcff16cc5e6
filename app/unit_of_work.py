"""One transaction a request.

A response below 400 commits, any other rolls back; nothing else in the application commits. What the database
has against it is said at the latest then. Each request carries its own in its WSGI environment, where every face
finds it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, request
from sqlalchemy.exc import DBAPIError

from app.db import Database
from app.session import Session

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

READING = frozenset({"GET", "HEAD", "OPTIONS"})
_PLACE = "muster.unit_of_work"


class UnitOfWork:
    """The transaction of one request; its session is opened when first asked for, and ``repeats`` if this does."""

    __slots__ = ("_database", "_only_reads", "_session", "repeats")

    def __init__(self, database: Database, method: str) -> None:
        self._database = database
        self._only_reads = method in READING
        self._session: Session | None = None
        self.repeats = False

    @property
    def session(self) -> Session:
        """The request's session: a reader's for GET, else a writer's."""
        opened = self._session
        if opened is None:
            opened = self._database.read_session() if self._only_reads else self._database.write_session()
            opened.repeats = self.repeats
            self._session = opened
        return opened

    def only_reads(self) -> None:
        """Declare, before the session opens, that this POST changes nothing (a search, a decision)."""
        self._only_reads = True

    def finish(self, status: int) -> None:
        """End the transaction as the response says; once is enough."""
        if self._session is None:
            return
        if status < 400:
            self._session.commit()
        else:
            self._session.rollback()

    def confirm(self) -> None:
        """See to it that nothing is merely taken for granted any more. Raises Repeat."""
        if self._session is not None and self._session.presumes:
            self._session.settle()

    def close(self) -> None:
        """Give the session back; what was not committed is undone."""
        opened, self._session = self._session, None
        if opened is None:
            return
        if opened.in_transaction():
            # Where this fails the connection is gone, and the transaction with it.
            with suppress(DBAPIError):
                opened.rollback()
        opened.close()


def begin(environ: WSGIEnvironment, database: Database) -> UnitOfWork:
    """Give a request its unit of work."""
    work = environ[_PLACE] = UnitOfWork(database, environ["REQUEST_METHOD"])
    return work


def of(environ: WSGIEnvironment) -> UnitOfWork:
    """The unit of work of a request."""
    work: UnitOfWork = environ[_PLACE]
    return work


def install(app: Flask, database: Database) -> None:
    """Give the application its database and its transaction policy."""
    app.extensions["database"] = database
    app.after_request(_finish)
    app.teardown_request(_close)


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["database"]
    return found


def _finish(response: Response) -> Response:
    of(request.environ).finish(response.status_code)
    return response


def _close(_: BaseException | None) -> None:
    of(request.environ).close()
