"""What happened to a person, as the audit trail has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.services.event_feed import check_right
from app.session import Session
from app.stores import person_events as store


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One entry of the trail."""

    sequence: int
    at: datetime
    action: str
    actor_kind: str
    actor_id: str | None
    actor_name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Events:
    """A page of entries, the latest first; ``next`` leads to the earlier ones."""

    results: tuple[EventFacts, ...]
    next: int | None


def events_about(session: Session, account_id: str, user_id: str, before: int | None, most: int = 50) -> Events:
    """What the trail says of a person, also of one who is gone. Raises Forbidden for who is no Account Owner."""
    check_right(session, account_id)
    rows = store.events_about(session, account_id, user_id, before, most + 1)
    found = tuple(
        EventFacts(
            row.sequence,
            row.at,
            row.action,
            row.actor_kind,
            row.actor_id,
            row.actor_name,
            row.before or {},
            row.after or {},
            row.reason,
            row.request_id,
        )
        for row in rows[:most]
    )
    return Events(found, found[-1].sequence if len(rows) > most else None)
