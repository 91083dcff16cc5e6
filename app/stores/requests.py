"""How a mapping rule came to give somebody something: memberships, publishes and requests, as the trail knows them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, select

from app.audit import EVENTS
from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import GROUPS, MEMBERSHIPS
from app.stores.lists import one_of
from app.stores.nesting import groups_below

_MOST = 500
_CLOCKS = timedelta(seconds=30)
"""So much later than the database the process may note the same thing, or earlier."""


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


@dataclass(frozen=True, slots=True)
class CameIn:
    """Somebody is in the group ``bound``: they are a member of this group, which is that one or within it."""

    bound: str
    group_id: str
    group: str
    since: datetime


def memberships(session: Session, account_id: str, user_id: str, group_ids: Collection[str]) -> list[CameIn]:
    """How a person is in these groups, the oldest way first."""
    rows = session.execute(_MEMBERSHIPS, {"account": account_id, "user": user_id, "groups": list(group_ids)})
    return [CameIn(*row) for row in rows]


def push_of(session: Session, account_id: str, group_id: str, user_id: str, since: datetime) -> GrantingRequest | None:
    """The request in which somebody came into a group at that time, if it named them or too many to name."""
    span = {"from": since - _CLOCKS, "to": since + _CLOCKS}
    for row in session.execute(_PUSHES, {"account": account_id, "group": group_id, **span}):
        members = json.loads(row.after).get("members") or ()
        if isinstance(members, dict) or user_id in members:
            return _request(row, {})
    return None


def published_in(session: Session, account_id: str, revision: int) -> str | None:
    """The request in which a revision of the mapping was published."""
    asked = {"account": account_id, "name": f"revision {revision}"}
    found: str | None = session.execute(_PUBLISHED, asked).scalar()
    return found


def _request(row: Any, given: dict[str, Any]) -> GrantingRequest:
    return GrantingRequest(
        given.get("role"), given.get("rule"), given.get("revision"), row.request_id, row.actor_name, row.at
    )


_BELOW = groups_below(one_of(GROUPS.c.id, "groups"), bindparam("account", type_=Id()))
_MEMBERSHIPS = Prepared(
    select(_BELOW.c.bound, MEMBERSHIPS.c.group_id, GROUPS.c.display_name, MEMBERSHIPS.c.since)
    .join_from(_BELOW, MEMBERSHIPS, MEMBERSHIPS.c.group_id == _BELOW.c.group_id)
    .join(GROUPS, (GROUPS.c.account_id == MEMBERSHIPS.c.account_id) & (GROUPS.c.id == MEMBERSHIPS.c.group_id))
    .where(
        MEMBERSHIPS.c.account_id == bindparam("account", type_=Id()),
        MEMBERSHIPS.c.user_id == bindparam("user", type_=Id()),
    )
    .order_by(MEMBERSHIPS.c.since, MEMBERSHIPS.c.group_id)
)
_REQUEST = select(EVENTS.c.request_id, EVENTS.c.actor_name, EVENTS.c.at, cast(EVENTS.c.after, Text).label("after"))
_PUSHES = Prepared(
    _REQUEST.where(
        EVENTS.c.account_id == bindparam("account", type_=Id()),
        EVENTS.c.target_kind == "group",
        EVENTS.c.target_id == bindparam("group", type_=Text()),
        EVENTS.c.at.between(bindparam("from", type_=UTCDateTime()), bindparam("to", type_=UTCDateTime())),
        EVENTS.c.request_id.is_not(None),
        EVENTS.c.after.is_not(None),
    ).order_by(EVENTS.c.sequence.desc())
)
_PUBLISHED = Prepared(
    select(EVENTS.c.request_id).where(
        EVENTS.c.account_id == bindparam("account", type_=Id()),
        EVENTS.c.target_kind == "mapping",
        EVENTS.c.target_id.is_(None),
        EVENTS.c.action == "mapping.published",
        EVENTS.c.target_name == bindparam("name", type_=Text()),
    )
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
