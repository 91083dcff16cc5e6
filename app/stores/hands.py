"""Who had a hand in what, as the audit trail has it: in people, in connections, and by which door somebody came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, bindparam, select

from app.audit import EVENTS
from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.domains import DOMAINS
from app.stores.lists import one_of

DOOR, KEY = "connection", "key"
"""Under these names the trail keeps by which connection somebody was signed in who wrote or approved something, and by
which key they did, if somebody had issued that lately."""


class Act(NamedTuple):
    """What a person, or a program, did to somebody or something."""

    actor_kind: str
    actor_id: str
    action: str
    target_id: str | None
    after: dict[str, Any] | None


def on_person(session: Session, account_id: str, id: str, since: datetime) -> list[Act]:
    """What was done to somebody since then by which one becomes an owner, or is let in as one."""
    return _acts(session, account_id, "user", [id], since, _ON_PERSONS)


def on_connection(session: Session, account_id: str, id: str, since: datetime) -> list[Act]:
    """What was done since then to a connection, and to the domains that lead to it."""
    here = {"b_account": account_id, "b_connection": id}
    bound = set(session.execute(_BOUND, here).scalars())
    domains = _acts(session, account_id, "domain", None, since, _ON_DOMAINS)
    leading = [one for one in domains if one.target_id in bound or (one.after or {}).get("connection_id") == id]
    return [*_acts(session, account_id, "connection", [id], since, _ON_CONNECTIONS), *leading]


def came_by(session: Session, account_id: str, id: str, since: datetime) -> set[str]:
    """The connections by which somebody was let in since then."""
    found = _acts(session, account_id, "user", [id], since, ("sign_in.accepted",))
    return {one.after[DOOR] for one in found if one.after and one.after.get(DOOR)}


def wrote_by(session: Session, account_id: str, things: Iterable[str]) -> Mapping[str, set[str] | None]:
    """Of each person who wrote or approved these drafts, plans and configurations (ids): the connections they came by.

    An empty set where they came by none; None where they did it by a new key, and nobody knows how they came to that.
    Who is not told has done nothing that says so.
    """
    found: dict[str, set[str] | None] = {}
    asked = {"b_account": account_id, "b_kinds": _WRITTEN, "b_ids": list(things)}
    for row in session.execute(_WRITINGS, asked):
        if row.after is None or DOOR not in row.after:
            continue
        known = found.setdefault(row.actor_id, set())
        if row.after.get(KEY) is not None:
            found[row.actor_id] = None
        elif known is not None and row.after[DOOR] is not None:
            known.add(row.after[DOOR])
    return found


def _acts(
    session: Session,
    account_id: str,
    kind: str,
    ids: Collection[str] | None,
    since: datetime,
    actions: Collection[str],
) -> list[Act]:
    asked = {"b_account": account_id, "b_kind": kind, "b_at": since, "b_actions": actions, "b_doers": _DOERS}
    rows = session.execute(_ALL, asked) if ids is None else session.execute(_ACTS, asked | {"b_ids": list(ids)})
    return [Act(*row) for row in rows]


_ON_PERSONS = (
    "access.granted",
    "door.invited",
    "door.recovered",
    "person.linked",
    "person.unlinked",
    "user.adopted",
    "user.created",
    "user.updated",
)
_ON_CONNECTIONS = (
    "connection.created",
    "connection.changed",
    "connection.enabled",
    "connection.refreshed",
    "connection.certificate_added",
    "connection.certificate_confirmed",
)
_ON_DOMAINS = ("domain.bound", "domain.verified")
_DOERS = ("person", "key", "token", "setup_link")
_WRITTEN = ("draft", "plan", "configuration")
_HERE = EVENTS.c.account_id == bindparam("b_account", type_=Id())
_LATELY = select(EVENTS.c.actor_kind, EVENTS.c.actor_id, EVENTS.c.action, EVENTS.c.target_id, EVENTS.c.after).where(
    _HERE,
    EVENTS.c.target_kind == bindparam("b_kind", type_=Text()),
    EVENTS.c.at > bindparam("b_at", type_=UTCDateTime()),
    one_of(EVENTS.c.actor_kind, "b_doers"),
    EVENTS.c.actor_id.is_not(None),
    one_of(EVENTS.c.action, "b_actions"),
)
_ALL, _ACTS = Prepared(_LATELY), Prepared(_LATELY.where(one_of(EVENTS.c.target_id, "b_ids")))
_WRITINGS = Prepared(
    select(EVENTS.c.actor_id, EVENTS.c.after).where(
        _HERE,
        one_of(EVENTS.c.target_kind, "b_kinds"),
        one_of(EVENTS.c.target_id, "b_ids"),
        EVENTS.c.actor_kind == "person",
        EVENTS.c.actor_id.is_not(None),
    )
)
_BOUND = Prepared(
    select(DOMAINS.c.id).where(
        DOMAINS.c.account_id == bindparam("b_account", type_=Id()),
        DOMAINS.c.connection_id == bindparam("b_connection", type_=Id()),
    )
)
