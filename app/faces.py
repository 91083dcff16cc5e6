"""Which face answers a request: SCIM or decisions, or those that Flask leads to.

SCIM is what identity providers ask all day, decisions what platforms do, and one application each answers for
everything below its prefix. Flask's search for a route and its contexts would cost each of these requests more than
the database does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from app import unit_of_work
from app.db import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Faces:
    """A WSGI application: ``straight`` names who answers below a prefix, ``others`` answers everywhere else."""

    def __init__(self, database: Database, straight: Mapping[str, WSGIApplication], others: WSGIApplication) -> None:
        self._database = database
        self._straight = tuple(straight.items())
        self._others = others

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request in a transaction of its own, which a streamed answer keeps until its end."""
        work = unit_of_work.begin(environ, self._database)
        face = self._face(environ.get("PATH_INFO", ""))
        if face is None:
            return self._others(environ, start_response)
        try:
            body = face(environ, start_response)
        except BaseException:
            work.close()
            raise
        if isinstance(body, list):
            work.close()
            return body
        return ClosingIterator(body, work.close)

    def _face(self, path: str) -> WSGIApplication | None:
        # One slash in front or many: Werkzeug takes them for one.
        below = "/" + path.lstrip("/")
        for prefix, face in self._straight:
            if below.startswith(prefix) and below[len(prefix) : len(prefix) + 1] in ("/", ""):
                return face
        return None
