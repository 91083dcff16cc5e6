"""Which face answers a request: SCIM, or those that Flask leads to.

SCIM is what identity providers ask all day, and one application answers for everything below its prefix. Flask's
search for a route and its contexts would cost each of these requests more than the database does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from app import unit_of_work
from app.db import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Faces:
    """A WSGI application: ``scim`` answers below ``prefix``, ``others`` everywhere else."""

    def __init__(self, database: Database, prefix: str, scim: WSGIApplication, others: WSGIApplication) -> None:
        self._database = database
        self._prefix = prefix
        self._scim = scim
        self._others = others

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request in a transaction of its own, which a streamed answer keeps until its end."""
        work = unit_of_work.begin(environ, self._database)
        if not self._is_scim(environ.get("PATH_INFO", "")):
            return self._others(environ, start_response)
        try:
            body = self._scim(environ, start_response)
        except BaseException:
            work.close()
            raise
        if isinstance(body, list):
            work.close()
            return body
        return ClosingIterator(body, work.close)

    def _is_scim(self, path: str) -> bool:
        # One slash in front or many: Werkzeug takes them for one.
        below = "/" + path.lstrip("/")
        return below.startswith(self._prefix) and below[len(self._prefix) : len(self._prefix) + 1] in ("/", "")
