"""/sign-in-traces: what happened at each attempt to sign in."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, asked_of
from app.api.shapes import Shape, anything, many, moment, number, one, page_of, text, word
from app.services import sign_in_traces
from app.stores.sign_in_traces import TRACE_LIST

sign_in_traces_face = Face(
    "sign-in traces", "Why somebody could or could not sign in: each check with its verdict, and what to do about it."
)
_QUERY = asked_of("TraceQuery", ", ".join(f"`{name}`" for name in TRACE_LIST.columns), ("at", "-at"), "-at")


class TraceLine(Shape):
    """A trace as a list has it."""

    id = text()
    at = moment()
    connection_id = text(allow_none=True, says="Null for the local door.")
    connection = text(allow_none=True)
    reference = text(says="What the person was shown.")
    outcome = word("accepted", "refused", "test")
    reason = text(allow_none=True, says="Why it was refused, in one word.")
    detail = text(allow_none=True, says="The same in words.")
    further = number(says="So many refused ones came right after it, too many to be kept one by one.")
    user_id = text(allow_none=True)
    address = text(allow_none=True, says="From where; an address of the network.")
    clock = text(allow_none=True, says="How far the provider's clock is off, where it can be told.")


class TraceCheck(Shape):
    """One check of a message."""

    name = text()
    verdict = word("passed", "failed", "not_reached")
    detail = fields.String(metadata={"description": "What was found."})


class Trace(TraceLine):
    """What happened at one attempt to sign in."""

    user_name = text(allow_none=True)
    skew_seconds = fields.Integer(allow_none=True, metadata={"description": "The provider's clock less ours."})
    checks = many(one(TraceCheck), says="In the order in which they were made.")
    advice = text(allow_none=True, says="What to do about it.")
    claims = anything(
        allow_none=True,
        says="What the provider said about the person; null for a key without `connections:write`, and where nothing "
        "of the message could be believed. Never a message, a code or a token.",
    )
    expires = moment(says="Until when the trace is kept.")


_LINE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "at": "2026-01-31T09:00:00.000Z",
    "connection_id": "0193a5f0-5a2b-7c3d-9e4f-1a2b3c4d5e6f",
    "connection": "Okta",
    "reference": "7f3k-29qd",
    "outcome": "refused",
    "reason": "time",
    "detail": "the assertion is not valid before 2026-01-31T09:04:00Z",
    "further": 0,
    "user_id": None,
    "address": "203.0.113.7",
    "clock": "the provider's clock is 240 s ahead of ours",
}


@sign_in_traces_face.operation(
    "GET", "/sign-in-traces", scope="connections:read", query=_QUERY, answer=page_of(TraceLine)
)
def list_sign_in_traces(call: Call, query: dict[str, Any]) -> Shown:
    """List traces of sign-ins.

    The latest first. They are kept for as many days as the account says.
    """
    reading = Reading(call, query)
    found = sign_in_traces.listed(*call.here, reading.wanted)
    return reading.shown(found.rows, found.next)


@sign_in_traces_face.operation(
    "GET",
    "/sign-in-traces/<trace>",
    scope="connections:read",
    answer=Trace,
    shows=_LINE
    | {
        "user_name": None,
        "skew_seconds": 240,
        "checks": [
            {"name": "signature", "verdict": "passed", "detail": "certificate 3f0c…"},
            {"name": "time", "verdict": "failed", "detail": "not valid before 2026-01-31T09:04:00Z"},
        ],
        "advice": "Compare the clocks first.",
        "claims": None,
        "expires": "2026-02-14T09:00:00.000Z",
    },
    refusals=("not-found",),
)
def get_sign_in_trace(call: Call, trace: str) -> Shown:
    """Read a trace.

    By its id, or by the reference that the person was shown.
    """
    session, account_id = call.here
    claims = "connections:write" in call.caller.scopes
    return Shown(sign_in_traces.read(session, call.tools.keys, account_id, trace, claims=claims))
