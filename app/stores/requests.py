"""Which request of a directory had a mapping rule give somebody something; the audit trail knows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, cast, select

from app.audit import EVENTS
from app.models.base import Id
from app.prepared import Prepared
from app.session import Session

_MOST = 500


@dataclass(frozen=True, slots=True)
class GrantingRequest:
    """What a rule gave in a request: the names of role and rule, and its revision; the request, whose it was, when."""

    role: str | None
    rule: str | None
    revision: int | None
    request_id: str
    actor: str
    at: datetime


def granting_requests(session: Session, account_id: str, user_id: str) -> list[GrantingRequest]:
    """The requests that gave a person something, the latest last."""
    rows = session.execute(_GRANTING, {"account": account_id, "user": user_id})
    return [_request(row, json.loads(row.after)) for row in reversed(rows)]


def _request(row: Any, given: dict[str, Any]) -> GrantingRequest:
    return GrantingRequest(
        given.get("role"), given.get("rule"), given.get("revision"), row.request_id, row.actor_name, row.at
    )


_GRANTING = Prepared(
    select(EVENTS.c.request_id, EVENTS.c.actor_name, EVENTS.c.at, cast(EVENTS.c.after, Text).label("after"))
    .where(
        EVENTS.c.account_id == bindparam("account", type_=Id()),
        EVENTS.c.target_kind == "user",
        EVENTS.c.target_id == bindparam("user"),
        EVENTS.c.action == "access.granted",
        EVENTS.c.request_id.is_not(None),
        EVENTS.c.after.is_not(None),
    )
    .order_by(EVENTS.c.sequence.desc())
    .limit(_MOST)
)
