"""The feed of events: what happened in an account after a place in its trail, for whoever asks from time to time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.event_types import EVENT_TYPES, rendered, unknown
from app.services import guards
from app.services.errors import Forbidden, Refused, Wrong
from app.session import Session
from app.stores import events

MOST = 500
"""So many events are had at once."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Events in their order. ``last`` is where to go on, at once if there are ``more``, else later."""

    results: Sequence[dict[str, Any]]
    last: int
    more: bool


def feed(session: Session, account_id: str, after: int, types: Sequence[str], most: int) -> Feed:
    """What happened after a place in the trail. Raises Refused for an unknown type, Forbidden."""
    check_right(session, account_id)
    check_types(types)
    last = max(events.head(session, account_id), after)
    rows = events.events_after(session, account_id, after, types, most + 1)
    if len(rows) > most:
        return Feed([rendered(row) for row in rows[:most]], rows[most - 1]["sequence"], more=True)
    # Read after the head was, so there may be events behind it.
    return Feed([rendered(row) for row in rows], max([last, *(row["sequence"] for row in rows)]), more=False)


def check_right(session: Session, account_id: str) -> None:
    """Raises Forbidden for a person who is no Account Owner."""
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("events are about everybody in the account; only an Account Owner has to do with them")


def check_types(types: Sequence[str]) -> None:
    """Raises Refused for what is no type of event."""
    for name in unknown(types):
        known = ", ".join(EVENT_TYPES)
        raise Refused(f"{name!r} is no type of event; choose from {known}", Wrong(("types",), f"{name!r} is unknown"))
