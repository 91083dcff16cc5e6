"""Every refusal of services and cores, in the words of this API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from app.problems import Place, Problem, of_status, render
from app.services.errors import Conflict, Forbidden, NotFound, Refused, ServiceError, Stale
from rbac.errors import AccessError, InvalidDocument
from scim.errors import InvalidFilter, ScimError, TooMany

_KINDS: tuple[tuple[type[ServiceError], str], ...] = (
    # Subclasses before their classes.
    (Stale, "stale"),
    (Conflict, "conflict"),
    (NotFound, "not-found"),
    (Forbidden, "forbidden"),
    (Refused, "invalid"),
    (ServiceError, "invalid"),
)


def _service(error: ServiceError) -> Response:
    kind = next(name for known, name in _KINDS if isinstance(error, known))
    # Documents may be wrong in many places; then the refusal lists them.
    places = [Place("pointer", "", problem) for problem in getattr(error, "problems", ())]
    return render(Problem(kind, str(error), places))


def _filter(error: ScimError) -> Response:
    # They begin with the name of the parameter, as everywhere where a filter is refused.
    detail = error.detail.removeprefix("filter: ")
    return render(Problem("invalid", f"filter: {detail}", [Place("parameter", "filter", detail)]))


def _scim(error: ScimError) -> Response:
    return render(of_status(error.status, error.detail))


def _document(error: InvalidDocument) -> Response:
    places = [Place("pointer", "", problem) for problem in error.problems]
    return render(Problem("invalid", str(error), places))


def _access(error: AccessError) -> Response:
    return render(of_status(error.status, error.message))


def _http(error: HTTPException) -> Response:
    return render(of_status(error.code or 500, error.description or error.name))


HANDLERS: tuple[tuple[type[Exception], Callable[[Any], Response]], ...] = (
    (Problem, render),
    (ServiceError, _service),
    (InvalidFilter, _filter),
    (TooMany, _filter),
    (ScimError, _scim),
    (InvalidDocument, _document),
    (AccessError, _access),
    (HTTPException, _http),
)
