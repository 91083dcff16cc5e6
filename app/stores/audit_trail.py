"""The audit trail as it is read: a page at a time, and one entry."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.models import AuditEvent
from app.models.base import table
from app.session import Session
from app.stores.listings import Listing
from muster.filters import As, Kind

EVENTS = table(AuditEvent)
AUDIT_LIST = Listing(
    rows=select(EVENTS),
    account=EVENTS.c.account_id,
    by={"sequence": [EVENTS.c.sequence]},
    columns={
        "sequence": EVENTS.c.sequence,
        "at": EVENTS.c.at,
        "action": As(EVENTS.c.action, Kind.EXACT),
        "actor_kind": As(EVENTS.c.actor_kind, Kind.EXACT),
        "actor_id": As(EVENTS.c.actor_id, Kind.EXACT),
        "actor": EVENTS.c.actor_name,
        "target_kind": As(EVENTS.c.target_kind, Kind.EXACT),
        "target_id": As(EVENTS.c.target_id, Kind.EXACT),
        "target": EVENTS.c.target_name,
        "request_id": As(EVENTS.c.request_id, Kind.EXACT),
        "reason": EVENTS.c.reason,
    },
)


def find_entry(session: Session, account_id: str, sequence: int) -> Any:
    """The entry of a number, None if there is none."""
    one = select(EVENTS).where(EVENTS.c.account_id == account_id, EVENTS.c.sequence == sequence)
    return session.execute(one).one_or_none()
