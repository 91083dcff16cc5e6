"""/access-requests: what people ask about their access, and what they are answered."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.readers import themselves
from app.api.shapes import Shape, many, moment, one, page_of, text, word
from app.services import access_requests
from app.services.access_requests import ANSWERS, KINDS, MOST_TEXT, RequestFacts
from app.services.errors import NotFound
from app.services.users import get_user

access_requests_face = Face(
    "access requests", "People ask for a role or say what is wrong; an Account Owner answers. An answer gives nothing."
)
_TYPES = {"id": "string", "user_id": "string", "user_name": "string", "kind": "string", "role": "string"}
_USUAL = ("not-found", "conflict")
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "user_id": "0193a5f0-1111-7a7b-8c4e-8d2f6a5b4c3d",
    "user_name": "ana@acme.example",
    "kind": "role",
    "role": "Analyst",
    "text": "I build the weekly report from Monday on.",
    "state": "open",
    "answer": None,
    "answered_by": None,
    "created": "2026-01-31T09:00:00.000Z",
    "answered": None,
}


class AccessRequest(Shape):
    """What somebody asked, and what they were answered."""

    id = text()
    user_id = text()
    user_name = text()
    kind = text(says="`role`: they ask for one. `wrong`: something about their access is.")
    role = text(allow_none=True, says="What they call it; it need not be a role that there is.")
    state = text(says="`open`, `done`, `declined` or `withdrawn`.")
    answer = fields.String(allow_none=True)
    answered_by = text(allow_none=True)
    created = moment()
    answered = moment(allow_none=True)
    text = fields.String()


class AccessRequests(Shape):
    """What somebody asked, the latest first."""

    requests = many(one(AccessRequest))


class NewRequest(Shape):
    """Something to be asked."""

    kind = word(*KINDS, required=True)
    role = text(allow_none=True, says="Which role, in their words; with `kind` `role`.")
    text = fields.String(required=True, metadata={"description": f"Why, in at most {MOST_TEXT} characters."})


class Answer(Shape):
    """What is answered."""

    state = word(*ANSWERS, required=True)
    text = fields.String(load_default="", metadata={"description": "Shown to them; whoever declines says why."})


@access_requests_face.operation(
    "GET",
    "/access-requests",
    scope="requests:read",
    query=filter_of("AccessRequestQuery", _TYPES),
    answer=page_of(AccessRequest),
)
def list_access_requests(call: Call, query: dict[str, Any]) -> Shown:
    """List what waits for an answer.

    The oldest first. In a person's name, for Account Owners.
    """
    shown = [_shown(one) for one in access_requests.open_requests(*call.here)]
    return page_in_memory(Reading(call, query), shown, _TYPES)


@access_requests_face.operation(
    "GET",
    "/access-requests/<request>",
    scope="requests:read",
    answer=AccessRequest,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_access_request(call: Call, request: str) -> Shown:
    """Read a request.

    Also one that was answered. In a person's name, for Account Owners.
    """
    return Shown(_shown(access_requests.get(*call.here, request)))


@access_requests_face.operation(
    "POST",
    "/access-requests/<request>/answer",
    scope="requests:write",
    body=Answer,
    answer=AccessRequest,
    example={"state": "declined", "text": "The report is built by Bo."},
    shows=_EXAMPLE
    | {"state": "declined", "answer": "The report is built by Bo.", "answered_by": "olivia@acme.example"},
    current=get_access_request,
    refusals=_USUAL,
)
def answer_access_request(call: Call, body: dict[str, Any], request: str) -> Shown:
    """Answer a request.

    That gives nothing by itself: the role is given where roles are given. Nobody answers their own.
    """
    access_requests.answer(*call.here, request, body["state"], body["text"])
    return Shown(_shown(access_requests.get(*call.here, request)))


@access_requests_face.operation(
    "GET",
    "/users/<user>/access-requests",
    scope="requests:read",
    answer=AccessRequests,
    shows={"requests": [_EXAMPLE]},
    refusals=("not-found",),
    readers=themselves,
)
def list_requests_of_user(call: Call, user: str) -> Shown:
    """List what a person asked.

    With what they were answered, the latest first.
    """
    found = access_requests.requests_of(*call.here, get_user(*call.here, user).id)
    return Shown({"requests": [*map(_shown, found)]})


@access_requests_face.operation(
    "POST",
    "/users/<user>/access-requests",
    scope="requests:write",
    body=NewRequest,
    answer=AccessRequest,
    status=201,
    example={"kind": "role", "role": "Analyst", "text": _EXAMPLE["text"]},
    shows=_EXAMPLE,
    creates=True,
    refusals=("not-found",),
)
def request_access(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Ask for a role, or say what is wrong.

    In a person's name, only for themselves.
    """
    person = get_user(*call.here, user).id
    id = access_requests.ask(*call.here, person, body["kind"], body.get("role"), body["text"])
    made = _own(call, person, id)
    return Shown(made, f"/access-requests/{id}")


@access_requests_face.operation(
    "POST",
    "/users/<user>/access-requests/<request>/withdraw",
    scope="requests:write",
    answer=AccessRequest,
    shows=_EXAMPLE | {"state": "withdrawn"},
    refusals=_USUAL,
)
def withdraw_request(call: Call, user: str, request: str) -> Shown:
    """Take a request back.

    In a person's name, only their own.
    """
    person = get_user(*call.here, user).id
    access_requests.withdraw(*call.here, person, request)
    return Shown(_own(call, person, request))


def _own(call: Call, person: str, request: str) -> dict[str, Any]:
    """One of those that somebody asked; owners alone may read any. Raises NotFound."""
    asked = access_requests.requests_of(*call.here, person)
    found = next((one for one in asked if one.id == request.lower()), None)
    if found is None:
        raise NotFound(f"there is no request {request[:100]!r} of theirs", "request", request)
    return _shown(found)


def _shown(one: RequestFacts) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _EXAMPLE}
