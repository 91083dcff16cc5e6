"""Order and continue a search by key: what comes after a position, without counting what was before it.

The order is the sort value, then the id. Ascending, no value comes last; descending, first (RFC 7644 §3.4.2.3).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Numeric, and_, literal, or_

from app.models.base import UTCDateTime
from scim.keys import Key
from scim.store import Position

Condition = ColumnElement[bool]


def order_by(
    value: ColumnElement[Any] | None, id: ColumnElement[str], *, descending: bool, backwards: bool
) -> list[ColumnElement[Any]]:
    """The order of a search, or its reverse."""
    last = id.desc() if backwards else id.asc()
    if value is None:
        return [last]
    down = descending != backwards
    ordered = value.desc() if down else value.asc()
    # Said only where it matters: an index has one order of its own.
    if _may_lack(value):
        ordered = ordered.nulls_first() if down else ordered.nulls_last()
    return [ordered, last]


def beyond(
    value: ColumnElement[Any] | None,
    id: ColumnElement[str],
    position: Position,
    *,
    descending: bool,
    backwards: bool,
) -> Condition:
    """The condition of coming after a position, or before it if ``backwards``."""
    further = id < position.id if backwards else id > position.id
    if value is None:
        return further
    down = descending != backwards
    lacking_comes_later = not down
    if position.key is None:
        here = and_(value.is_(None), further)
        return here if lacking_comes_later else or_(here, value.is_not(None))
    key = literal(_bound(value, position.key), value.type)
    reached = and_(value <= key if down else value >= key, or_(value != key, further))
    return or_(reached, value.is_(None)) if lacking_comes_later and _may_lack(value) else reached


def key_of(value: Any) -> Key | None:
    """A sort value as a position keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    found: Key | None = value
    return found


def _bound(value: ColumnElement[Any], key: Key) -> Any:
    if isinstance(value.type, Numeric):
        return Decimal(repr(key)) if value.type.asdecimal else key
    if isinstance(value.type, UTCDateTime):
        return datetime.fromisoformat(str(key))
    return key


def _may_lack(value: ColumnElement[Any]) -> bool:
    return not isinstance(value, Column) or bool(value.nullable)
