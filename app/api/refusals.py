"""Every refusal of services and cores, in the words of this API."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from app.api.parsing import pointer_to
from app.problems import Place, Problem, of_status, render
from app.services.errors import Conflict, Forbidden, NotFound, Outdated, Refused, ServiceError, Stale, Wrong, wrong_in
from app.services.mapping_rights import ApprovalNeeded
from rbac.errors import AccessError, InvalidDocument
from scim.errors import InvalidFilter, ScimError, TooMany

_KINDS: tuple[tuple[type[ServiceError], str], ...] = (
    # Subclasses before their classes.
    (Stale, "stale"),
    (Outdated, "plan-outdated"),
    (Conflict, "conflict"),
    (NotFound, "not-found"),
    (Forbidden, "forbidden"),
    (Refused, "invalid"),
    (ServiceError, "invalid"),
)
_NAMING: Mapping[str, frozenset[str]] = {
    "user": frozenset({"user", "users", "owner", "to_user"}),
    "group": frozenset({"group", "groups"}),
    "owner group": frozenset({"owner_group", "to_group"}),
    "unit": frozenset({"unit", "units", "parent", "principal_unit", "home_unit"}),
    "role": frozenset({"role", "roles", "other", "copy_of", "default_roles"}),
    "permission": frozenset({"permission"}),
    "type": frozenset({"record_type"}),
    "assignment": frozenset({"assignment"}),
    "profile": frozenset({"profile"}),
    "rule": frozenset({"rule"}),
}
"""What each kind of thing is called by, in addresses and bodies."""


def _service(error: ServiceError) -> Response:
    kind = next(name for known, name in _KINDS if isinstance(error, known))
    return render(Problem(kind, str(error), [*_places(getattr(error, "wrong", ()))]))


def _not_found(error: NotFound) -> Response:
    """404 is about what the address names; what only the body or a parameter names is a mistake in those."""
    names = _NAMING.get(error.kind, frozenset())
    by_address = any(name in names and value == error.named for name, value in (request.view_args or {}).items())
    places = [] if by_address else [*_naming(error.named, names, str(error))]
    return render(Problem("invalid" if places else "not-found", str(error), places))


def _naming(word: str, names: frozenset[str], said: str) -> Iterator[Place]:
    """Where the request names something by this word."""
    for name, value in request.args.items():
        if name in names and value == word:
            yield Place("parameter", name, said)
    for at, value in _texts(request.get_json(silent=True) if request.is_json else None):
        if value == word and next((step for step in reversed(at) if isinstance(step, str)), None) in names:
            yield Place("pointer", pointer_to(at), said)


def _texts(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*at, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*at, number))


def _places(wrong: Iterable[Wrong]) -> Iterator[Place]:
    for one in wrong:
        name = one.at[0] if one.at else None
        if isinstance(name, str) and name in request.args:
            yield Place("parameter", name, one.detail)
        else:
            yield Place("pointer", pointer_to(one.at), one.detail)


def _approval(error: ApprovalNeeded) -> Response:
    needs = [{"kind": need.kind, "detail": need.detail} for need in error.needs]
    return render(Problem("approval-needed", str(error), needs=needs))


def _filter(error: ScimError) -> Response:
    # They begin with the name of the parameter, as everywhere where a filter is refused.
    detail = error.detail.removeprefix("filter: ")
    return render(Problem("invalid", f"filter: {detail}", [Place("parameter", "filter", detail)]))


def _scim(error: ScimError) -> Response:
    return render(of_status(error.status, error.detail))


def _document(error: InvalidDocument) -> Response:
    return render(Problem("invalid", str(error), [*_places(wrong_in(error.problems))]))


def _access(error: AccessError) -> Response:
    return render(of_status(error.status, error.message))


def _http(error: HTTPException) -> Response:
    return render(of_status(error.code or 500, error.description or error.name))


HANDLERS: tuple[tuple[type[Exception], Callable[[Any], Response]], ...] = (
    (Problem, render),
    (NotFound, _not_found),
    (ApprovalNeeded, _approval),
    (ServiceError, _service),
    (InvalidFilter, _filter),
    (TooMany, _filter),
    (ScimError, _scim),
    (InvalidDocument, _document),
    (AccessError, _access),
    (HTTPException, _http),
)
