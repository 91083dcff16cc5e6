"""The audit trail as an outbox: its entries that are events, in their order, from a place on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select

from app.audit import EVENTS, HEADS
from app.event_types import TEST_TYPE, actions_of
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS

_HEAD = Prepared(select(HEADS.c.sequence).where(HEADS.c.account_id == bindparam("b_account")))
_COLUMNS = [column for column in EVENTS.c if column.name not in ("hash", "previous_hash")]
_ACTIVE = EVENTS.c.after["active"].as_boolean()
_BECOMES: Mapping[str, ColumnElement[bool]] = {
    "active": _ACTIVE.is_(True),
    "inactive": _ACTIVE.is_(False),
    "other": or_(_ACTIVE.is_(None), EVENTS.c.after.is_(None)),
}


def head(session: Session, account_id: str) -> int:
    """The sequence of the last entry of an account's trail."""
    return session.execute(_HEAD, {"b_account": account_id}).scalar() or 0


def events_after(
    session: Session,
    account_id: str,
    sequence: int,
    types: Collection[str],
    most: int,
    endpoint_id: str | None = None,
) -> Sequence[Mapping[str, Any]]:
    """The next events of these types (none named: of all); for an endpoint also its tests.

    An endpoint of a suspended account has none. That is asked together with the events: whoever suspends an account
    was before whatever happens in it afterwards, so nothing of that is ever seen without it.
    """
    wanted = _of_types(types)
    if endpoint_id is not None:
        is_test = and_(EVENTS.c.action == TEST_TYPE.actions[0], EVENTS.c.target_id == endpoint_id)
        is_open = exists().where(ACCOUNTS.c.id == account_id, ACCOUNTS.c.suspended.is_(False))
        wanted = and_(or_(wanted, is_test), is_open)
    query = select(*_COLUMNS).where(EVENTS.c.account_id == account_id, EVENTS.c.sequence > sequence, wanted)
    found: Sequence[Mapping[str, Any]] = session.execute(query.order_by(EVENTS.c.sequence).limit(most)).mappings().all()
    return found


def sequence_before(session: Session, account_id: str, moment: datetime) -> int:
    """The last entry before a moment; 0 if there is none."""
    query = select(EVENTS.c.sequence).where(EVENTS.c.account_id == account_id, EVENTS.c.at < moment)
    return session.execute(query.order_by(EVENTS.c.sequence.desc()).limit(1)).scalar() or 0


def _of_types(types: Collection[str]) -> ColumnElement[bool]:
    actions, becomes = actions_of(types)
    parts: list[ColumnElement[bool]] = [EVENTS.c.action.in_(actions)] if actions else []
    if becomes:
        moves = or_(*(_BECOMES[one] for one in becomes))
        changed = EVENTS.c.action == "user.updated"
        parts.append(changed if len(becomes) == len(_BECOMES) else and_(changed, moves))
    return or_(*parts)
