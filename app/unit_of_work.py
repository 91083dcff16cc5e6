"""One transaction a request, and the ledger for facts that survive a refusal.

A response below 400 commits, any other rolls back; nothing else in the application commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from app.db import Database

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def install(app: Flask, database: Database) -> None:
    """Give the application its database and its transaction policy."""
    app.extensions["database"] = database
    app.after_request(_finish)
    app.teardown_request(_close)


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["database"]
    return found


def session() -> Session:
    """The request's session, opened when first asked for: a reader's for GET, else a writer's."""
    if "session" not in g:
        g.session = database().read_session() if _is_reader() else database().write_session()
    opened: Session = g.session
    return opened


@contextmanager
def reading() -> Iterator[Session]:
    """A session to look something up before the work: who has not shown a valid token never holds the write lock."""
    if _is_reader():
        yield session()
    else:
        with database().reading() as opened:
            yield opened


def only_reads() -> None:
    """Declare, before the session opens, that this POST changes nothing (a search, a decision)."""
    g.only_reads = True


@contextmanager
def ledger() -> Iterator[Session]:
    """A transaction of its own for a fact that must survive a refusal.

    Use it before the work begins or after it was rolled back, never in between: SQLite has one writer.
    """
    with database().writing() as facts:
        yield facts


def _finish(response: Response) -> Response:
    opened: Session | None = g.get("session")
    if opened is not None and opened.in_transaction() and not _is_reader():
        if response.status_code < 400:
            opened.commit()
        else:
            opened.rollback()
    return response


def _is_reader() -> bool:
    return request.method in READING or getattr(g, "only_reads", False)


def _close(_: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()
