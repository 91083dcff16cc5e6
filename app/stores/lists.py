"""Lists in fixed statements: ids or names that go in as one value, rows that come out as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from app.models.base import Id


class _Texts(TypeDecorator[Sequence[str]]):
    """Texts as one value: an array on PostgreSQL, a JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        texts = list(value or ())
        return orjson.dumps(texts).decode() if dialect.name == "sqlite" else texts


class one_of(ColumnElement[bool]):  # noqa: N801  reads as a function, like SQLAlchemy's own
    """Whether a column of ids or texts is in the list that the parameter ``name`` gives."""

    inherit_cache = False
    type: Any = NullType()  # SQLite would compare a Boolean with 1

    def __init__(self, column: ColumnElement[Any], name: str) -> None:
        self.column = column
        self.list = bindparam(name, type_=_Texts())


@compiles(one_of)
def _as_array(element: one_of, compiler: SQLCompiler, **how: Any) -> str:
    kind = "UUID" if isinstance(element.column.type, Id) else "TEXT"
    listed = f"CAST({compiler.process(element.list, **how)} AS {kind}[])"
    return f"{compiler.process(element.column, **how)} = ANY ({listed})"


@compiles(one_of, "sqlite")
def _as_json(element: one_of, compiler: SQLCompiler, **how: Any) -> str:
    column, listed = compiler.process(element.column, **how), compiler.process(element.list, **how)
    return f"{column} IN (SELECT value FROM json_each({listed}))"  # noqa: S608  parts of a statement, no input


class rows_as_json(ColumnElement[str]):  # noqa: N801  reads as a function, too
    """All rows of a query as the text of a JSON array of arrays; null or ``[]`` without rows."""

    inherit_cache = False
    type = Text()

    def __init__(self, *columns: ColumnElement[Any]) -> None:
        self.columns = columns


@compiles(rows_as_json)
def _aggregated(element: rows_as_json, compiler: SQLCompiler, **how: Any) -> str:
    columns = ", ".join(compiler.process(column, **how) for column in element.columns)
    return f"CAST(json_agg(json_build_array({columns})) AS TEXT)"


@compiles(rows_as_json, "sqlite")
def _grouped(element: rows_as_json, compiler: SQLCompiler, **how: Any) -> str:
    columns = ", ".join(compiler.process(column, **how) for column in element.columns)
    return f"json_group_array(json_array({columns}))"


class joined(ColumnElement[str]):  # noqa: N801  reads as a function, too
    """All ids of a group of rows as one text with commas between them.

    In no order; ``in_order``: equal ones give equal texts on PostgreSQL, and on SQLite if they are read in one order.
    """

    inherit_cache = False
    type = Text()

    def __init__(self, column: ColumnElement[Any], *, in_order: bool = False) -> None:
        self.column = column
        self.in_order = in_order


@compiles(joined)
def _text_of_ids(element: joined, compiler: SQLCompiler, **how: Any) -> str:
    text = f"CAST({compiler.process(element.column, **how)} AS TEXT)"
    return f"string_agg({text}, ','{f' ORDER BY {text}' if element.in_order else ''})"


@compiles(joined, "sqlite")
def _texts_of_ids(element: joined, compiler: SQLCompiler, **how: Any) -> str:
    return f"group_concat({compiler.process(element.column, **how)})"
