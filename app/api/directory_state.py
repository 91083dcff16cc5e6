"""/directories/{directory}/…: how a directory is doing, what its provider asked lately, and letting it wait."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, moment, number, page_of, text, word
from app.services import directory_control, directory_overview

directory_state_face = Face("directory states", "How each directory is doing, and what its provider asked lately.")
_TYPES = {"id": "string", "method": "string", "path": "string", "status": "number"}


class DirectoryState(Shape):
    """How a directory is doing."""

    id = text()
    name = text()
    preset = text(says="Which identity provider pushes here; `local` is the account's own.")
    state = word(
        *("working", "waiting", "closed", "paused", "own", "claims"),
        says="`waiting` for the first request; `closed` without a valid token; nothing is pushed into `own`, `claims`.",
    )
    people = number()
    groups = number()
    paused = moment(allow_none=True, says="Since when its provider is asked to come again later.")
    last_request = moment(allow_none=True, says="Within some seconds.")
    tokens = number(says="How many are valid.")
    ends = moment(allow_none=True, says="When the last valid token ends; null if one never does.")


class DirectoryRequest(Shape):
    """A request of an identity provider."""

    id = text()
    at = moment()
    method = text()
    path = text(says="Without its query: filters name people.")
    status = number()
    duration_ms = number()
    request_id = text()
    detail = fields.String(allow_none=True, metadata={"description": "Why it was refused."})


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Okta",
    "preset": "okta",
    "state": "working",
    "people": 300,
    "groups": 8,
    "paused": None,
    "last_request": "2026-01-31T09:00:00.000Z",
    "tokens": 1,
    "ends": "2027-01-31T09:00:00.000Z",
}
_PAUSED = _EXAMPLE | {"state": "paused", "paused": "2026-01-31T10:00:00.000Z"}


@directory_state_face.operation(
    "GET",
    "/directories/<directory>/status",
    scope="account:read",
    answer=DirectoryState,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_directory_status(call: Call, directory: str) -> Shown:
    """Read how a directory is doing.

    Who is in it, when its provider last asked something, and how long its tokens are good.
    """
    return Shown(directory_overview.state_of(*call.here, directory))


@directory_state_face.operation(
    "GET",
    "/directories/<directory>/requests",
    scope="account:read",
    query=filter_of("DirectoryRequestQuery", _TYPES),
    answer=page_of(DirectoryRequest),
    refusals=("not-found",),
)
def list_directory_requests(call: Call, query: dict[str, Any], directory: str) -> Shown:
    """List the latest requests of its provider.

    The last one first, with why one was refused; a hundred are kept.
    """
    session, account_id = call.here
    one = directory_overview.state_of(session, account_id, directory)
    found = [asdict(each) for each in directory_overview.latest_requests(session, account_id, one.id)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@directory_state_face.operation(
    "POST",
    "/directories/<directory>/pause",
    scope="account:write",
    answer=DirectoryState,
    shows=_PAUSED,
    refusals=("not-found",),
)
def pause_directory(call: Call, directory: str) -> Shown:
    """Let its provider come again later.

    Whatever it sends is answered 503 with `Retry-After`. Nobody loses anything. For a person only if they are an
    Account Owner.
    """
    return Shown(directory_control.pause(*call.here, directory))


@directory_state_face.operation(
    "POST",
    "/directories/<directory>/resume",
    scope="account:write",
    answer=DirectoryState,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def resume_directory(call: Call, directory: str) -> Shown:
    """Take what its provider sends again.

    For a person only if they are an Account Owner.
    """
    return Shown(directory_control.resume(*call.here, directory))


@directory_state_face.operation(
    "DELETE", "/directories/<directory>", scope="account:write", refusals=("not-found", "conflict")
)
def remove_directory(call: Call, directory: str) -> Shown:
    """Remove a directory.

    With its tokens. Nobody and nothing may be in it, and no connection look for people in it (409). For a person only
    if they are an Account Owner.
    """
    directory_control.remove(*call.here, directory)
    return Shown()
