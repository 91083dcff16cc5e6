"""One transaction a request.

A response below 400 commits, any other rolls back; nothing else in the application commits.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request

from app.db import Database
from app.session import Session

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
    held = g._get_current_object()  # a proxy is paid for at each access
    opened: Session | None = held.get("session")
    if opened is None:
        reads = "only_reads" in held or request.method in READING
        opened = held.session = database().read_session() if reads else database().write_session()
    return opened


def only_reads() -> None:
    """Declare, before the session opens, that this POST changes nothing (a search, a decision)."""
    g.only_reads = True


def _finish(response: Response) -> Response:
    opened: Session | None = g.get("session")
    if opened is not None:
        if response.status_code < 400:
            opened.commit()
        else:
            opened.rollback()
    return response


def _close(_: BaseException | None) -> None:
    opened: Session | None = g.pop("session", None)
    if opened is not None:
        opened.close()
