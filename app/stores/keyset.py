"""Order and continue a search by key: what comes after a position, without counting what was before it.

The order is the sort value, then the id. Ascending, no value comes last; descending, first (RFC 7644 §3.4.2.3).
Descending is ascending read from the end, those of one value included: so one index serves both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from sqlalchemy import BindParameter, Column, ColumnElement, Numeric, and_, bindparam, tuple_, type_coerce
from sqlalchemy.types import NullType

from app.models import User
from app.models.base import Id, UTCDateTime, table
from scim.keys import Key
from scim.store import Position

Condition = ColumnElement[bool]
_PLACE: BindParameter[str] = bindparam("b_place", type_=Id())
_UNIQUE = table(User).c.user_name_key
"""No two users of a directory share it, so their ids have nothing to decide."""


class From(Enum):
    """Where a search begins in its order."""

    START = auto()
    VALUE = auto()
    """After a position with a value."""
    NOTHING = auto()
    """After a position without one."""

    @classmethod
    def of(cls, position: Position | None, sorted: bool) -> From:
        """Where a search begins that continues after a position."""
        if position is None:
            return cls.START
        return cls.NOTHING if sorted and position.key is None else cls.VALUE


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an order that an index can yield: what belongs to it (None: all), and how it is ordered."""

    condition: Condition | None
    order: list[ColumnElement[Any]]


def stretches(
    value: ColumnElement[Any] | None, id: ColumnElement[str], begin: From, *, descending: bool, backwards: bool
) -> list[Stretch]:
    """The parts of an order, or of its reverse if ``backwards``, one after the other.

    The position is said by the parameters ``b_key`` and ``b_place``.
    """
    down = backwards if value is None else descending != backwards
    last = id.desc() if down else id.asc()
    further = id < _PLACE if down else id > _PLACE
    if value is None or value is id:
        return [Stretch(None if begin is From.START else further, [last])]
    by_value: list[ColumnElement[Any]] = [value.desc() if down else value.asc(), *([] if value is _UNIQUE else [last])]
    if begin is From.START:
        return [Stretch(None, _with_lacking(value, by_value, down))]
    if begin is From.NOTHING:
        lacking = Stretch(and_(value.is_(None), further), [last])
        return [lacking, Stretch(value.is_not(None), by_value)] if down else [lacking]
    key = bindparam("b_key", type_=value.type)
    # One comparison of both: however many have the same value, an index leads to the place among them.
    here, place = tuple_(value, id), tuple_(key, _PLACE)
    reached = Stretch(here < place if down else here > place, by_value)
    # Not one condition joined by OR: that would be looked for from the beginning of the order.
    return [reached] if down or not _may_lack(value) else [reached, Stretch(value.is_(None), [last])]


def _with_lacking(value: ColumnElement[Any], order: list[ColumnElement[Any]], down: bool) -> list[ColumnElement[Any]]:
    # Said only where it matters: an index has one order of its own.
    if not _may_lack(value):
        return order
    first, *rest = order
    return [first.nulls_first() if down else first.nulls_last(), *rest]


def sort_key(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """The sort value among the columns of a row; drivers know by themselves what a number is."""
    shown: ColumnElement[Any] = type_coerce(value, NullType()) if isinstance(value.type, Numeric) else value
    return shown.label("sort_key")


def key_of(value: Any) -> Key | None:
    """A sort value as a position keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    found: Key | None = value
    return found


def bound(value: ColumnElement[Any] | None) -> Callable[[Key], Any]:
    """What ``b_key`` is made of the key of a position."""
    if value is not None and isinstance(value.type, Numeric) and value.type.asdecimal:
        return lambda key: Decimal(repr(key))
    if value is not None and isinstance(value.type, UTCDateTime):
        return lambda key: datetime.fromisoformat(str(key))
    return lambda key: key


def _may_lack(value: ColumnElement[Any]) -> bool:
    return not isinstance(value, Column) or bool(value.nullable)
