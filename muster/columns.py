"""A typed filter becomes a SQLAlchemy condition over given columns; the other interpreter of the tree.

The same for PostgreSQL and SQLite: order and case of text are those of its code points, whatever collation the
database has. An index on ``lower(column COLLATE "C")`` (PostgreSQL) or ``lower(column)`` (SQLite) answers for text.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    Numeric,
    String,
    Text,
    TypeDecorator,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    not_,
    or_,
    true,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from muster.terms import Joined, Kind, Not, Test, Tree
from scim.keys import Key, text_above

Condition = ColumnElement[bool]
Given = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class As:
    """A column, and how its values compare where its type does not say so."""

    column: Given
    kind: Kind


Own = Callable[[str, Key | None], Condition]
"""Makes the condition of an operator (``eq``, ``co``, … or ``pr``) and a literal: for what is more than a column."""
Columns = Mapping[str, Given | As | Own]

_COMPARISONS: Mapping[str, Callable[[Any, Any], Condition]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def kinds_of(columns: Columns) -> dict[str, Kind | None]:
    """How each attribute compares. Raises TypeError for a column whose type has no kind."""
    return {name: _kind(given) for name, given in columns.items()}


def condition(tree: Tree, columns: Columns) -> Condition:
    """The condition under which a row matches; for a WHERE, where unknown is no."""
    match tree:
        case Joined(all, parts):
            return (and_ if all else or_)(*(condition(part, columns) for part in parts))
        case Not(part):
            return not_(func.coalesce(condition(part, columns), false()))
        case Test(name, None, op, key):
            return cast(Own, columns[name])(op, key)
        case Test(name, kind, op, key):
            given = columns[name]
            column = (given.column if isinstance(given, As) else cast(Given, given)).expression
            return _present(column, kind) if key is None else _compare(column, cast(Kind, kind), op, key)


def _kind(given: Given | As | Own) -> Kind | None:
    if isinstance(given, As):
        return given.kind
    if not isinstance(given, ColumnElement | InstrumentedAttribute):
        return None
    type_: TypeEngine[Any] = given.expression.type
    while isinstance(type_, TypeDecorator):
        type_ = type_.impl_instance
    for kind, types in _TYPES.items():
        if isinstance(type_, types):
            return kind
    raise TypeError(f"a filter cannot compare {given} ({type_!r}); say how, as in As(column, Kind.TEXT)")


_TYPES: Mapping[Kind, tuple[type[TypeEngine[Any]], ...]] = {
    Kind.BOOLEAN: (Boolean,),
    Kind.NUMBER: (Integer, Numeric, Float),
    Kind.MOMENT: (DateTime,),
    Kind.TEXT: (String,),
    Kind.ID: (Uuid,),
}


def _present(column: ColumnElement[Any], kind: Kind | None) -> Condition:
    if kind in (Kind.TEXT, Kind.EXACT, Kind.FOLDED):
        return and_(column.is_not(None), column != "")
    return column.is_not(None)


def _compare(column: ColumnElement[Any], kind: Kind, op: str, key: Key) -> Condition:
    if kind is Kind.BOOLEAN:
        return column.is_(true() if key else false())
    if kind is Kind.ID:
        return _is(column, str(key))
    if kind is Kind.NUMBER:
        return _COMPARISONS[op](column, bindparam(None, key, type_=_Number(isinstance(column.type, Float))))
    text = str(key)
    if kind is Kind.MOMENT:
        if not isinstance(column.type, String):
            return _COMPARISONS[op](column, _moment(column, text))
        kind = Kind.EXACT  # kept as the key itself, whose order is that of time
    if op == "eq" and kind is not Kind.TEXT:
        return column == _text(text)
    return _compare_text(_plain(column) if kind is Kind.TEXT else _bytewise(column), op, text)


def _compare_text(column: ColumnElement[Any], op: str, text: str) -> Condition:
    if op in _COMPARISONS:
        return _COMPARISONS[op](column, _text(text))
    if not text:
        return column.is_not(None)
    if op == "co":
        return _position(column, _text(text)) > 0
    if op == "ew":
        return _ending(column, bindparam(None, len(text), type_=Integer())) == _text(text)
    above = text_above(text)
    begins = column >= _text(text)
    return begins if above is None else and_(begins, column < _text(above))


def _is(column: ColumnElement[Any], text: str) -> Condition:
    if not text:
        return false()
    as_uuid = isinstance(column.type, Uuid) and column.type.as_uuid
    return column == bindparam(None, UUID(text) if as_uuid else text, type_=column.type)


def _moment(column: ColumnElement[Any], key: str) -> ColumnElement[Any]:
    moment = datetime.fromisoformat(key).astimezone(UTC)
    if isinstance(column.type, DateTime) and not column.type.timezone:
        moment = moment.replace(tzinfo=None)
    return bindparam(None, moment, type_=column.type)


def _text(text: str) -> ColumnElement[Any]:
    return bindparam(None, text, type_=Text())


class _Number(TypeDecorator[Any]):
    """A number as each database compares it without loss; ``real``: as a floating-point column does."""

    impl = Numeric
    cache_ok = True

    def __init__(self, real: bool) -> None:
        super().__init__()
        self.real = real

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Float() if self.real or dialect.name == "sqlite" else Numeric())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return value
        return float(value) if self.real else Decimal(repr(value))


class _plain(FunctionElement[str]):  # noqa: N801  reads as a function, like SQLAlchemy's own
    """Text without the case of A to Z, ordered by code point."""

    inherit_cache = True
    type = Text()


@compiles(_plain)
def _lowered(element: _plain, compiler: SQLCompiler, **how: Any) -> str:
    return f"lower({compiler.process(element.clauses, **how)})"


@compiles(_plain, "postgresql")
def _lowered_ascii(element: _plain, compiler: SQLCompiler, **how: Any) -> str:
    # Under the collation "C" only A to Z have another case.
    return f'lower(CAST({compiler.process(element.clauses, **how)} AS TEXT) COLLATE "C")'


class _bytewise(FunctionElement[str]):  # noqa: N801  as above
    """Text as it is, ordered by code point."""

    inherit_cache = True
    type = Text()


@compiles(_bytewise)
def _as_it_is(element: _bytewise, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(_bytewise, "postgresql")
def _by_code_point(element: _bytewise, compiler: SQLCompiler, **how: Any) -> str:
    return f'(CAST({compiler.process(element.clauses, **how)} AS TEXT) COLLATE "C")'


class _position(FunctionElement[int]):  # noqa: N801  as above
    """Where a text stands in another, from 1; 0 if it does not."""

    inherit_cache = True
    type = Integer()


@compiles(_position)
def _instr(element: _position, compiler: SQLCompiler, **how: Any) -> str:
    return f"instr({compiler.process(element.clauses, **how)})"


@compiles(_position, "postgresql")
def _strpos(element: _position, compiler: SQLCompiler, **how: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **how)})"


class _ending(FunctionElement[str]):  # noqa: N801  as above
    """The last characters of a text."""

    inherit_cache = True
    type = Text()


@compiles(_ending)
def _substr(element: _ending, compiler: SQLCompiler, **how: Any) -> str:
    text, length = (compiler.process(part, **how) for part in element.clauses)
    return f"substr({text}, -{length})"


@compiles(_ending, "postgresql")
def _right(element: _ending, compiler: SQLCompiler, **how: Any) -> str:
    return f"right({compiler.process(element.clauses, **how)})"
