"""Whether who is in a group decides who may use items."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ITEM_DEFAULTS, ITEMS, NESTINGS

_ACCOUNT = bindparam("b_account", type_=Id())


def is_owner_group(session: Session, account_id: str, group_id: str) -> bool:
    """Whether a group, or a group that contains it, owns items, or will own the new ones of somebody.

    No index leads from a group to its items: all of the account are looked at.
    """
    asked = {"b_account": account_id, "b_group": group_id}
    return any(row.owns for row in session.execute(_OWNS, asked))


def _owns() -> Any:
    above = select(bindparam("b_group", type_=Id()).label("group_id")).cte("above", recursive=True)
    above = above.union(
        select(NESTINGS.c.group_id).where(NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.child_id == above.c.group_id)
    )
    of_groups = (
        rows.select().where(rows.c.account_id == _ACCOUNT, rows.c.owner_group_id.in_(select(above.c.group_id)))
        for rows in (ITEMS, ITEM_DEFAULTS)
    )
    return union_all(*(select(rows.exists().label("owns")) for rows in of_groups))


_OWNS = Prepared(_owns())
