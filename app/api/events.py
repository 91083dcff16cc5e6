"""/events: the feed of events, for whoever asks from time to time instead of being told."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, Range

from app.api.face import Call, Face, Shown
from app.api.parsing import invalid_parameter
from app.api.shapes import Shape, anything, flag, many, number, one, text
from app.event_types import EVENT_TYPES, unknown
from app.services.event_feed import MOST, feed

events_face = Face("events", "What happened in the account, in its order.")
_TYPES = ", ".join(f"`{name}`" for name in EVENT_TYPES)


class EventQuery(Shape):
    """Which part of the feed."""

    after = fields.Integer(
        load_default=0,
        validate=Range(0, 2**31 - 1),
        metadata={"description": "The `last` of the answer before; without it from the beginning."},
    )
    types = fields.String(
        validate=Length(1, 1000),
        metadata={"description": f"Only these types, with commas between them: {_TYPES}."},
    )
    limit = fields.Integer(
        load_default=100, validate=Range(1, MOST), metadata={"description": "The largest number of events."}
    )


class Event(Shape):
    """An event, as webhooks are sent it."""

    id = text(says="The same whenever and wherever it is told.")
    type = text()
    timestamp = text(format="date-time")
    data = anything(says="Whom it is about, who did it, and what is told of it; see the guide to events.")


class Feed(Shape):
    """Events in their order."""

    results = many(one(Event))
    last = number(says="Send it as `after` to go on.")
    more = flag(says="Whether there is more at once.")


_EXAMPLE = {
    "results": [
        {
            "id": "evt_0193a5f03c1e7a7b8c4e8d2f6a5b4c3d_4711",
            "type": "access.granted",
            "timestamp": "2026-01-31T09:00:00.000Z",
            "data": {
                "account_id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
                "sequence": 4711,
                "subject": {"kind": "user", "id": "0193a5f0-5a2b-7c3d-9e4f-1a2b3c4d5e6f", "name": "ana@acme.example"},
                "actor": {"kind": "token", "id": "0193a5f0-4d1c-7b2a-8f3e-6c5b4a3d2e1f", "name": "Okta / 2026"},
                "reason": None,
                "request_id": "5f0c2d1e",
                "access": {"role": "Marketer", "scope": "emea", "reach": "unit", "rule": "Marketing EMEA"},
            },
        }
    ],
    "last": 4711,
    "more": False,
}


@events_face.operation("GET", "/events", scope="events:read", query=EventQuery, answer=Feed, shows=_EXAMPLE)
def list_events(call: Call, query: dict[str, Any]) -> Shown:
    """Read the feed of events.

    The oldest first. Keep `last` and come back with it: nothing is left out, and nothing comes twice.
    """
    types = [name.strip() for name in query.get("types", "").split(",") if name.strip()]
    for name in unknown(types):
        raise invalid_parameter("types", f"{name!r} is no type of event")
    return Shown(feed(*call.here, query["after"], types, query["limit"]))
