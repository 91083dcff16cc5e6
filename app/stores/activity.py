"""How much happened on which day, counted from the end of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from app.models import AuditEvent, AuditHead
from app.models.base import Id, table
from app.session import Session
from app.stores.access_tables import DIRECTORIES, DRAFTS

MOST = 20_000
"""So many entries are counted at most, the latest ones; for the days before these the counts would not be whole."""
_EVENTS, _HEADS = table(AuditEvent), table(AuditHead)
_ACCOUNT = bindparam("account", type_=Id())
_DAY = func.date(_EVENTS.c.at)
_HEAD = select(_HEADS.c.sequence).where(_HEADS.c.account_id == _ACCOUNT)
_LATEST = _EVENTS.c.account_id == _ACCOUNT, _EVENTS.c.sequence > bindparam("beyond")
_COUNTS = (
    select(_DAY.label("day"), _EVENTS.c.action, _EVENTS.c.actor_kind, func.count().label("number"))
    .where(*_LATEST, _EVENTS.c.at >= bindparam("since"))
    .group_by(_DAY, _EVENTS.c.action, _EVENTS.c.actor_kind)
)
_FIRST = select(_EVENTS.c.at).where(*_LATEST).order_by(_EVENTS.c.sequence).limit(1)
_TOTALS = select(
    select(func.coalesce(func.sum(DIRECTORIES.c.user_count), 0))
    .where(DIRECTORIES.c.account_id == _ACCOUNT)
    .scalar_subquery()
    .label("people"),
    select(func.coalesce(func.sum(DIRECTORIES.c.group_count), 0))
    .where(DIRECTORIES.c.account_id == _ACCOUNT)
    .scalar_subquery()
    .label("groups"),
    select(func.count())
    .where(DIRECTORIES.c.account_id == _ACCOUNT, DIRECTORIES.c.preset.not_in(["local", "claims"]))
    .scalar_subquery()
    .label("directories"),
    select(func.count()).where(DRAFTS.c.account_id == _ACCOUNT).scalar_subquery().label("drafts"),
)


def counts_since(session: Session, account_id: str, since: datetime) -> tuple[datetime | None, Sequence[Any]]:
    """How often what was done by which kind of actor, by day, and from when on that is whole; None: all of it is."""
    here = {"account": account_id}
    head = session.execute(_HEAD, here).scalar() or 0
    latest = here | {"beyond": max(head - MOST, 0)}
    first = session.execute(_FIRST, latest).scalar() if latest["beyond"] else None
    return first, session.execute(_COUNTS, latest | {"since": since}).all()


def totals(session: Session, account_id: str) -> Any:
    """How many people, groups and drafts of the role mapping there are."""
    return session.execute(_TOTALS, {"account": account_id}).one()
