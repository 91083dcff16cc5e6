"""What becomes of attempts to send: the cursor moves, or the endpoint waits, or it is disabled.

Each of these is one short transaction; nothing is called within it. Whoever has lost the lease changes nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app import audit
from app.models.base import now
from app.session import Session
from app.stores import webhooks as store

MOST_WAIT = timedelta(days=1)
"""However long an endpoint wants us to wait."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a failed attempt is repeated: after ``first`` seconds, then ``factor`` times as many, up to ``longest``.

    Each wait is up to a fifth shorter or longer. After ``days`` without one success the endpoint is disabled.
    """

    first: float = 5.0
    factor: float = 3.0
    longest: float = 4 * 3600.0
    days: float = 5.0

    def wait(self, attempts: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        seconds = min(self.first * self.factor ** min(attempts - 1, 20), self.longest)
        return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  a pause, no secret


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: of which event, and what came of it. ``wait`` is what the answer asked for."""

    sequence: int
    type: str
    at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None
    wait: timedelta | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint wants nothing any more (410)."""
        return self.status == 410


def delivered(session: Session, row: store.Row, attempt: Attempt, lease: timedelta) -> store.Row | None:
    """The event was received: go on with the next. None if the lease is lost."""
    moment = now()
    values = {"attempts": 0, "failing_since": None, "next_attempt": None, "last_error": None, "last_success": moment}
    return _hold(session, row, attempt, values | {"cursor": attempt.sequence, "lease_until": moment + lease})


def failed(session: Session, row: store.Row, attempt: Attempt, schedule: Schedule) -> store.Row | None:
    """The event was not received: wait, or give up. None if the lease was lost."""
    moment, attempts = now(), row["attempts"] + 1
    since = row["failing_since"] or moment
    wait = min(attempt.wait, MOST_WAIT) if attempt.wait is not None else schedule.wait(attempts)
    values: dict[str, Any] = {
        "attempts": attempts,
        "failing_since": since,
        "next_attempt": moment + wait,
        "last_error": attempt.error,
        **_FREE,
    }
    reason = None
    if attempt.is_gone:
        reason = "it answered 410: it wants no more"
    elif moment - since >= timedelta(days=schedule.days):
        reason = f"it has received nothing since {since:%Y-%m-%d %H:%M} UTC: {attempt.error}"
    if reason is not None:
        values |= {"disabled": moment, "disabled_reason": reason, "next_attempt": None}
    changed = _hold(session, row, attempt, values)
    if changed is not None and reason is not None:
        audit.record(
            session, row["account_id"], "webhook.disabled", "webhook", row["id"], row["name"], None, None, reason
        )
    return changed


def release(session: Session, row: store.Row) -> None:
    """Let another have the endpoint."""
    store.hold(session, row, _FREE)


_FREE: dict[str, Any] = {"lease_by": None, "lease_until": None}


def _hold(session: Session, row: store.Row, attempt: Attempt, values: dict[str, Any]) -> store.Row | None:
    number = row["tries"] + 1
    changed = store.hold(session, row, values | {"tries": number})
    if changed is None:
        return None
    note = {
        "account_id": row["account_id"],
        "endpoint_id": row["id"],
        "number": number,
        "sequence": attempt.sequence,
        "type": attempt.type,
        "attempt": row["attempts"] + 1,
        "at": attempt.at,
        "status": attempt.status,
        "error": attempt.error,
        "duration_ms": attempt.duration_ms,
    }
    store.note(session, note)
    return changed
