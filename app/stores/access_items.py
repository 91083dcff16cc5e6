"""The parts of a decision's statement that are about items: the items themselves, and whose groups own them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, String, Text, bindparam, cast, or_, select

from app.models.base import Id
from app.stores.access_statements import part
from app.stores.access_tables import ITEMS, SHARES, USERS
from app.stores.lists import one_of, rows_as_json

ITEM, MEMBERSHIP = 10, 11
"""What a row is about: its ``part``."""

COLUMNS: dict[str, Any] = {
    "active": Boolean(),
    "unit_id": Id(),
    "role_id": Id(),
    "group_id": Id(),
    "item_type": Text(),
    "item_id": Text(),
    "owner_level": String(10),
    "group_level": String(10),
    "rest_level": String(10),
    "attributes": Text(),
    "shares": Text(),
}


def items(columns: Mapping[str, Any], account: Any, many: int) -> Select[Any]:
    """Items (``many``: 1, or 2 for several) with where they are shared.

    ``active`` is whether their owner is; null: there is no such user.
    """
    shares = (
        select(rows_as_json(SHARES.c.business_unit_id, SHARES.c.level))
        .where(SHARES.c.account_id == account, SHARES.c.type == ITEMS.c.type, SHARES.c.item_id == ITEMS.c.id)
        .scalar_subquery()
    )
    owner = USERS.alias("owner")
    return (
        part(
            columns,
            ITEM,
            item_type=ITEMS.c.type,
            item_id=ITEMS.c.id,
            user_id=ITEMS.c.owner_id,
            active=owner.c.active,
            unit_id=ITEMS.c.business_unit_id,
            group_id=ITEMS.c.owner_group_id,
            role_id=ITEMS.c.owner_role_id,
            owner_level=ITEMS.c.owner_level,
            group_level=ITEMS.c.group_level,
            rest_level=ITEMS.c.rest_level,
            attributes=cast(ITEMS.c.attributes, Text),
            shares=shares,
        )
        .select_from(ITEMS.outerjoin(owner, (owner.c.account_id == account) & (owner.c.id == ITEMS.c.owner_id)))
        .where(*_asked(account, many))
    )


def memberships(columns: Mapping[str, Any], account: Any, closure: Any, many: int, groups: bool) -> Select[Any]:
    """Who of the people is in which of the groups that matter here."""
    which: list[ColumnElement[bool]] = []
    if many:
        owning = select(ITEMS.c.owner_group_id).where(*_asked(account, many))
        which.append(closure.c.group_id.in_(owning))
    if groups:
        which.append(one_of(closure.c.group_id, "groups"))
    return part(columns, MEMBERSHIP, user_id=closure.c.user_id, group_id=closure.c.group_id).where(or_(*which))


def _asked(account: Any, many: int) -> tuple[ColumnElement[bool], ...]:
    if many == 1:
        which = ITEMS.c.type == bindparam("item_type"), ITEMS.c.id == bindparam("item_id")
        return ITEMS.c.account_id == account, *which
    # More than was asked for, where two types have the same id.
    return ITEMS.c.account_id == account, one_of(ITEMS.c.type, "item_types"), one_of(ITEMS.c.id, "item_ids")
