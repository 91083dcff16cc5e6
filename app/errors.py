"""What goes wrong outside the faces, rendered in the words of the face it happened in. Never a stack trace."""

from __future__ import annotations

import psycopg
from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

import rbac.routes
import scim.routes
from app.config import SCIM_PATH
from app.observe import LOG, request_id
from scim.errors import ScimError, TooMany

BUSY = frozenset({"QueryCanceled", "DeadlockDetected", "SerializationFailure", "LockNotAvailable", "AdminShutdown"})


def install(app: Flask) -> None:
    """Answer everything that no face has answered."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _http(error: HTTPException) -> Response:
    if error.code == 404:
        return _render(404, f"there is nothing at this address; SCIM is at {SCIM_PATH}")
    return _render(error.code or 500, error.description or error.name)


def _fault(error: Exception) -> Response:
    if isinstance(error, DBAPIError) and _is_too_costly(error):
        LOG.warning("search.costly", request_id=request_id())
        refusal = TooMany("filter, sortBy: this took too long; ask for less, or by attributes that have an index")
        return scim.routes.render_error(refusal, request_id())
    if isinstance(error, DBAPIError) and _is_busy(error):
        LOG.warning("database.busy", error=type(error.orig).__name__, request_id=request_id())
        response = _render(503, "the database is busy or cannot be reached; try again")
        response.headers["Retry-After"] = "1"
        return response
    LOG.error("fault", exc_info=error, request_id=request_id())
    return _render(500, "an unexpected fault; it was logged under the request id")


def _is_too_costly(error: DBAPIError) -> bool:
    # A search waits for nobody, so what ran out of time was its own work: to try it again would not help.
    is_search = request.path.startswith("/scim/") and (request.method == "GET" or request.path.endswith("/.search"))
    return is_search and (type(error.orig).__name__ == "QueryCanceled" or str(error.orig) == "interrupted")


def _is_busy(error: DBAPIError) -> bool:
    # A PostgreSQL error without a code never came from the server: it could not be reached.
    unreachable = isinstance(error.orig, psycopg.OperationalError) and error.orig.sqlstate is None
    known = type(error.orig).__name__ in BUSY or "database is locked" in str(error.orig)
    return known or unreachable or error.connection_invalidated


def _render(status: int, detail: str) -> Response:
    if request.path.startswith("/scim/"):
        refusal = ScimError(detail)
        refusal.status = status
        return scim.routes.render_error(refusal, request_id())
    if request.path.startswith(("/access/", "/.well-known/")):
        return rbac.routes.render_error(status, detail, request_id())
    response = jsonify({"status": status, "detail": detail, "request_id": request_id()})
    response.status_code = status
    return response
