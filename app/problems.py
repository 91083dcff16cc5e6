"""Refusals of the administration API: ``application/problem+json`` (RFC 9457).

Each kind has a name, which is the end of its ``type``, and stands with its meaning on the page that describes the API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import orjson
from flask import Response, current_app

from app.observe import request_id

API_PATH = "/api/v1"
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same in all problems of a kind. ``meaning`` says when it is answered, and what to do."""

    name: str
    status: int
    title: str
    meaning: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "invalid",
            400,
            "The request is not valid",
            "A parameter, a header or a part of the body is not what the operation asks for. `errors` names every "
            "place: `pointer` leads into the body (RFC 6901), `parameter` and `header` give a name.",
        ),
        Kind(
            "unauthenticated",
            401,
            "No valid key",
            "There is no key in the request, or it is unknown, revoked or expired, or its account is suspended.",
        ),
        Kind(
            "insufficient-scope",
            403,
            "The key lacks a scope",
            "`scope` names what the key needs. Scopes are given when a key is issued; issue another one.",
        ),
        Kind(
            "forbidden",
            403,
            "This is not allowed",
            "A guard forbids it to whom the call is made for, or `Muster-Actor` names nobody who may act. Where "
            "several people were named, `errors` says which.",
        ),
        Kind(
            "not-found",
            404,
            "Not found",
            "There is nothing at this address: what it names is not in the key's account. What only a body or a "
            "parameter names is told as `invalid`, with its place.",
        ),
        Kind("method-not-allowed", 405, "The address has no such method", "`Allow` lists the methods it has."),
        Kind(
            "conflict",
            409,
            "This contradicts what is there",
            "A name is taken, something is locked or still in use, or the change would break a promise of the product.",
        ),
        Kind(
            "approval-needed",
            409,
            "A second Account Owner has to approve it",
            "It concerns more people than the account lets one person decide about, or privileged roles. `needs` says "
            "why, `detail` who may approve it.",
        ),
        Kind(
            "plan-outdated",
            409,
            "The plan would mean something else by now",
            "Somebody has moved since it was computed, or another revision was published. Nothing was done. `plan` "
            "is a new one, `new_rows` and `gone_rows` are the first of what it would do otherwise.",
        ),
        Kind(
            "stale",
            412,
            "It has changed meanwhile",
            "`If-Match` names another version than the present one. Read it again, then decide anew.",
        ),
        Kind("too-large", 413, "The body is too large", "Send less at once."),
        Kind("unsupported-media-type", 415, "The body is not JSON", "Send `Content-Type: application/json`."),
        Kind(
            "idempotency-key-reused",
            422,
            "The idempotency key belongs to another call",
            "The same key came with another operation or body before. Every call that is to be done needs its own.",
        ),
        Kind("fault", 500, "An unexpected fault", "It was logged under `request_id`."),
        Kind("busy", 503, "Try again", "The database is busy or cannot be reached; `Retry-After` says when to try."),
    )
}
_OF_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a request something is wrong: ``at`` is a JSON pointer, or the name of a parameter or header."""

    where: Literal["pointer", "parameter", "header"]
    at: str
    detail: str


class Problem(Exception):
    """A refusal of the administration API. ``detail`` says what is wrong and what to do instead."""

    def __init__(
        self,
        kind: str,
        detail: str,
        places: Sequence[Place] = (),
        headers: Mapping[str, str] = MappingProxyType({}),
        **facts: Any,
    ) -> None:
        super().__init__(detail)
        self.kind = KINDS[kind]
        self.detail = detail
        self.places = places
        self.headers = headers
        self.facts = facts


def render(problem: Problem) -> Response:
    """The answer that says it."""
    kind = problem.kind
    body: dict[str, Any] = {
        "type": f"{current_app.config['MUSTER_URL']}{API_PATH}/docs#{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "request_id": request_id(),
        **problem.facts,
    }
    if problem.places:
        body["errors"] = [{place.where: place.at, "detail": place.detail} for place in problem.places]
    return Response(orjson.dumps(body), kind.status, problem.headers, content_type=MEDIA_TYPE)


def of_status(status: int, detail: str, headers: Mapping[str, str] = MappingProxyType({})) -> Problem:
    """The problem for what was refused before an operation was found."""
    kind = _OF_STATUS.get(status) or (KINDS["fault"] if status >= 500 else KINDS["invalid"])
    return Problem(kind.name, detail, headers=headers)
