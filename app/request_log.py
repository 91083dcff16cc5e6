"""The latest requests of each directory, for whoever sets one up or looks for what went wrong.

They are gathered in memory and written off the request's path. Of a path the query is left out: filters name people.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from app import observe
from app.db import Database
from app.gathering import Gathering
from app.models.base import new_id, now
from app.observe import LOG
from app.stores import directory_requests as store
from scim.routes import REFUSED

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST_WORDS = 500
_Note = tuple[datetime, str, str, int, int, str, str | None]


class RequestLog(Gathering):
    """Collects the requests of directories."""

    def __init__(self, database: Database) -> None:
        super().__init__("request log")
        self._database = database
        self._waiting: dict[tuple[str, str], deque[_Note]] = {}

    def note(self, environ: WSGIEnvironment, status: int, seconds: float) -> None:
        """A request was answered; only those of a directory are kept."""
        facts = observe.noted(environ)
        directory = facts.get("directory")
        if directory is None:
            return
        place = facts["account"], directory
        waiting = self._waiting.get(place)
        if waiting is None:
            waiting = self._waiting.setdefault(place, deque(maxlen=store.KEPT))
        path, detail = environ.get("PATH_INFO", ""), environ.get(REFUSED)
        words = None if detail is None else str(detail)[:MOST_WORDS].replace("\0", "")
        method = environ.get("REQUEST_METHOD", "")[:10]
        waiting.append((now(), method, path[:300], status, round(seconds * 1000), observe.id_of(environ), words))
        self._begin()

    def flush(self) -> None:
        """Write what was gathered."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for (account_id, directory_id), notes in waiting.items():
            rows = [_row(account_id, directory_id, note) for note in tuple(notes)]
            try:
                with self._database.writing() as session:
                    store.write(session, account_id, directory_id, rows)
            except SQLAlchemyError as error:
                LOG.warning("request_log.flush_failed", error=type(error).__name__)


def _row(account_id: str, directory_id: str, note: _Note) -> dict[str, Any]:
    at, method, path, status, duration_ms, request_id, detail = note
    return {
        "account_id": account_id,
        "id": new_id(),
        "directory_id": directory_id,
        "at": at,
        "method": method,
        "path": path,
        "status": status,
        "duration_ms": duration_ms,
        "request_id": request_id,
        "detail": detail,
    }
