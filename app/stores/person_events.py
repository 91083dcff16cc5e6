"""What the audit trail has about one person, the latest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from app.audit import EVENTS
from app.models.base import Id
from app.prepared import Prepared
from app.session import Session

_NEWEST = 2**31 - 1


def _about() -> Prepared:
    columns = [column for column in EVENTS.c if column.name not in ("hash", "previous_hash")]
    return Prepared(
        select(*columns)
        .where(
            EVENTS.c.account_id == bindparam("b_account", type_=Id()),
            EVENTS.c.target_kind == "user",
            EVENTS.c.target_id == bindparam("b_user"),
            EVENTS.c.sequence < bindparam("b_before"),
        )
        .order_by(EVENTS.c.sequence.desc())
        .limit(bindparam("b_most"))
    )


_ABOUT = _about()


def events_about(session: Session, account_id: str, user_id: str, before: int | None, most: int) -> Sequence[Any]:
    """So many entries before a place in the trail; None: the latest."""
    asked = {"b_account": account_id, "b_user": user_id, "b_before": min(before or _NEWEST, _NEWEST), "b_most": most}
    return list(session.execute(_ABOUT, asked))
