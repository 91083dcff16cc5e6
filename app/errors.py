"""What goes wrong outside the faces, rendered in the words of the face it happened in. Never a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import psycopg
from flask import Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import DBAPIError
from werkzeug import Request
from werkzeug import Response as WerkzeugResponse
from werkzeug.exceptions import HTTPException

import rbac.routes
from app.config import SCIM_PATH
from app.observe import LOG, id_of, request_id
from app.problems import API_PATH, Place, Problem, of_status
from app.problems import render as render_problem
from scim.errors import Busy, ScimError, TooMany
from scim.face_response import MEDIA_TYPE
from scim.representation import error_body

_COSTLY = "this took too long; ask for less, or by attributes that have an index"
_BUSY = "the database is busy or cannot be reached; try again"
_FAULT = "an unexpected fault; it was logged under the request id"
BUSY = frozenset({"QueryCanceled", "DeadlockDetected", "SerializationFailure", "LockNotAvailable", "AdminShutdown"})


ShowPage = Callable[[int], Response | None]
_KEPT = frozenset({"Allow", "Retry-After"})


def install(app: Flask, page: ShowPage) -> None:
    """Answer everything that no face has answered; ``page`` is what people are shown, None for programs."""
    app.extensions["error_page"] = page
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _http(error: HTTPException) -> Response:
    page = _page(error.code or 500)
    if page is not None:
        page.headers.extend((name, value) for name, value in error.get_headers() if name in _KEPT)
        return page
    if _is_administration():
        return render_problem(_unanswered(error))
    if error.code == 404:
        return _render(404, f"there is nothing at this address; SCIM is at {SCIM_PATH}")
    return _render(error.code or 500, error.description or error.name)


def in_scim(error: Exception, asked: Request) -> ScimError:
    """What went wrong in a SCIM request, in the words of SCIM."""
    match _logged_cause(error, asked):
        case "costly":
            return TooMany(f"filter, sortBy: {_COSTLY}")
        case "busy":
            return Busy(_BUSY)
    return _scim(500, _FAULT)


def in_decisions(error: Exception, asked: Request) -> WerkzeugResponse:
    """What went wrong while somebody asked for a decision, in the words of that face."""
    if _logged_cause(error, asked) == "busy":
        response = rbac.routes.render_error(503, _BUSY, id_of(asked.environ))
        response.headers["Retry-After"] = "1"
        return response
    return rbac.routes.render_error(500, _FAULT, id_of(asked.environ))


def _fault(error: Exception) -> Response:
    cause = _logged_cause(error, request)
    page = _page(503 if cause == "busy" else 500)
    if page is not None:
        return page
    match cause:
        case "costly":
            return render_problem(Problem("invalid", f"filter: {_COSTLY}", [Place("parameter", "filter", _COSTLY)]))
        case "busy":
            response = _render(503, _BUSY)
            response.headers["Retry-After"] = "1"
            return response
    return _render(500, _FAULT)


def _logged_cause(error: Exception, asked: Request) -> Literal["costly", "busy", "fault"]:
    id = id_of(asked.environ)
    if isinstance(error, DBAPIError) and _is_too_costly(error, asked):
        LOG.warning("search.costly", request_id=id)
        return "costly"
    if isinstance(error, DBAPIError) and _is_busy(error):
        LOG.warning("database.busy", error=type(error.orig).__name__, request_id=id)
        return "busy"
    LOG.error("fault", exc_info=error, request_id=id)
    return "fault"


def _is_too_costly(error: DBAPIError, asked: Request) -> bool:
    # A search waits for nobody, so what ran out of time was its own work: to try it again would not help.
    is_face = asked.path.startswith(("/scim/", f"{API_PATH}/"))
    is_search = is_face and (asked.method == "GET" or asked.path.endswith("/.search"))
    return is_search and (type(error.orig).__name__ == "QueryCanceled" or str(error.orig) == "interrupted")


def _is_busy(error: DBAPIError) -> bool:
    # A PostgreSQL error without a code never came from the server: it could not be reached.
    unreachable = isinstance(error.orig, psycopg.OperationalError) and error.orig.sqlstate is None
    known = type(error.orig).__name__ in BUSY or "database is locked" in str(error.orig)
    return known or unreachable or error.connection_invalidated


def _page(status: int) -> Response | None:
    show: ShowPage = current_app.extensions["error_page"]
    return show(status)


def _is_administration() -> bool:
    return request.path == API_PATH or request.path.startswith(f"{API_PATH}/")


def _unanswered(error: HTTPException) -> Problem:
    """What no operation of the administration API was there for."""
    if error.code == 404:
        return of_status(404, f"there is nothing at this address; {API_PATH}/openapi.json lists all operations")
    headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return of_status(error.code or 500, error.description or error.name, headers)


def _render(status: int, detail: str) -> Response:
    if _is_administration():
        return render_problem(of_status(status, detail))
    if request.path.startswith("/scim/"):
        body = error_body(_scim(status, detail), request_id())
        return Response(body, status, content_type=MEDIA_TYPE)
    response = jsonify({"status": status, "detail": detail, "request_id": request_id()})
    response.status_code = status
    return response


def _scim(status: int, detail: str) -> ScimError:
    refusal = ScimError(detail)
    refusal.status = status
    return refusal
