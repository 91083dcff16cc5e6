"""Literals of a filter, taken out of its tree: what is left is the same for all filters of one shape.

A statement is composed for a shape once. Each literal is represented by a slot, which knows what decides the
text of a statement; the literal itself, or what is made of it, is bound when the statement runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, cast

from sqlalchemy import BindParameter, Integer, Numeric, bindparam
from sqlalchemy.types import NullType, TypeEngine

from app.models.base import KEY, Id, UTCDateTime
from scim.filter_tree import Compare, Path
from scim.keys import Key, text_above


class Form(Enum):
    """What is known of a literal by its shape."""

    NUMBER = auto()
    TEXT = auto()
    EMPTY = auto()
    """No text: everything contains it."""
    LAST = auto()
    """Text that no longer text comes after: what starts with it has no upper end."""
    ID = auto()
    """Text that may be one of our identifiers."""


Make = Callable[[Any], Any]
Taken = dict[str, tuple[int, Make]]
"""By a parameter's name: the number of the literal, and what is made of it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a literal, counted from 0; whatever of it becomes a parameter is noted in ``taken``.

    ``reversed`` means the literal read from its end.
    """

    number: int
    form: Form
    taken: Taken = field(compare=False, repr=False)
    reversed: bool = False

    def backwards(self) -> Slot:
        """The same literal, read from its end."""
        return replace(self, reversed=not self.reversed)

    def id(self) -> BindParameter[Any]:
        """An identifier."""
        return self._take("id", _same, Id())

    def text(self) -> BindParameter[Any]:
        """Text."""
        return self._take("text", _same, KEY)

    def above(self) -> BindParameter[Any]:
        """The least text that comes after all that start with the literal."""
        return self._take("above", text_above, KEY)

    def length(self) -> BindParameter[Any]:
        """The number of characters."""
        return self._take("length", len, Integer())

    def number_as(self, exact: bool) -> BindParameter[Any]:
        """A number, ``exact`` if decimal."""
        return self._take("decimal", _decimal, Numeric()) if exact else self._take("number", _same, NullType())

    def moment(self) -> BindParameter[Any]:
        """A time."""
        return self._take("moment", datetime.fromisoformat, UTCDateTime())

    def _take(self, what: str, make: Make, type_: TypeEngine[Any]) -> BindParameter[Any]:
        name = f"v{self.number}_{what}"
        if self.reversed:
            name, make = f"{name}_reversed", _of_reversed(make)
        self.taken[name] = self.number, make
        return bindparam(name, type_=type_)


def slot_of(node: Compare) -> Slot | bool:
    """What stands for the literal in a shape; a boolean stands for itself."""
    return cast("Slot | bool", node.key)


def compared(path: Path, op: str, slot: Slot) -> Compare:
    """A comparison with a slot in place of a literal."""
    return Compare(path, op, cast(Key, slot))


def _same(key: Any) -> Any:
    return key


def _decimal(key: Any) -> Decimal:
    return Decimal(repr(key))


def _of_reversed(make: Make) -> Make:
    return lambda text: make(text[::-1])
