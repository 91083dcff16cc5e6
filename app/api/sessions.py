"""/sessions: where people are signed in."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.readers import themselves
from app.api.shapes import Shape, many, moment, number, one, page_of, text
from app.models.base import now
from app.services import open_sessions, session_control
from app.stores import person_sessions as store

sessions_face = Face(
    "sessions", "Where people are signed in, each browser by itself; ended at once when somebody says."
)
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "user_id": "0193a5f0-1111-7a7b-8c4e-8d2f6a5b4c3d",
    "user_name": "ana@acme.example",
    "connection_id": "0193a5f0-2222-7a7b-8c4e-8d2f6a5b4c3d",
    "connection": "Okta",
    "methods": ["pwd", "otp"],
    "authenticated": "2026-01-31T09:00:00.000Z",
    "address": "203.0.113.7",
    "agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "created": "2026-01-31T09:00:00.000Z",
    "last_seen": "2026-01-31T09:20:00.000Z",
    "ends": "2026-01-31T21:00:00.000Z",
}


class SignInSession(Shape):
    """One browser in which somebody is signed in."""

    id = text()
    user_id = text()
    user_name = text()
    connection_id = text(allow_none=True, says="By which connection; null: by the local door.")
    connection = text(allow_none=True)
    methods = many(fields.String(), says="How they proved who they are, as the provider says (`amr` of RFC 8176).")
    authenticated = moment(allow_none=True, says="When they did so last; null: the provider does not say.")
    address = text(allow_none=True, says="From which network address it was begun.")
    agent = text(allow_none=True, says="What the browser said of itself.")
    created = moment(says="Since when they are signed in.")
    last_seen = moment(says="When it was last used, to the minute; who is idle for too long has to sign in again.")
    ends = moment(says="The latest moment at which it counts.")


class SignInSessions(Shape):
    """The open sessions of a person."""

    sessions = many(one(SignInSession))


class EndedSessions(Shape):
    """What was ended."""

    ended = number(says="How many sessions it were.")


@sessions_face.operation(
    "GET",
    "/sessions",
    scope="sessions:read",
    query=query_of(store.open_sessions(now()), "SessionQuery"),
    answer=page_of(SignInSession),
)
def list_sessions(call: Call, query: dict[str, Any]) -> Shown:
    """List sessions.

    Of all people of the account; those that are over are not among them.
    """
    reading = Reading(call, query)
    found = open_sessions.list_sessions(*call.here, reading.wanted)
    return reading.shown(found.results, found.next)


@sessions_face.operation(
    "GET",
    "/users/<user>/sessions",
    scope="sessions:read",
    answer=SignInSessions,
    shows={"sessions": [_EXAMPLE]},
    refusals=("not-found",),
    readers=themselves,
)
def user_sessions(call: Call, user: str) -> Shown:
    """Read where a user is signed in.

    The session that was used last is the first one.
    """
    return Shown({"sessions": session_control.sessions_of(*call.here, user)})


@sessions_face.operation("DELETE", "/users/<user>/sessions/<session>", scope="sessions:write", refusals=("not-found",))
def end_session(call: Call, user: str, session: str) -> Shown:
    """End one session of a user.

    The next request of that browser has to sign in again, and tokens that hang on the session count no more.
    """
    session_control.end_session(*call.here, user, session)
    return Shown()


@sessions_face.operation(
    "DELETE", "/users/<user>/sessions", scope="sessions:write", answer=EndedSessions, refusals=("not-found",)
)
def end_sessions(call: Call, user: str) -> Shown:
    """End all sessions of a user.

    They may sign in again; to keep them out, deactivate the user.
    """
    return Shown({"ended": session_control.end_sessions(*call.here, user)})
