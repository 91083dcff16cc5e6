"""Many rows in one statement: what a list of rows is to a database that can unfold it.

PostgreSQL is given the rows as one JSON value. A statement for each row, even in one round trip, costs several
times as much on both sides. SQLite is in this process and takes row after row as quickly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Insert
from sqlalchemy.engine import Dialect


def text_of(statement: Any, columns: Sequence[str] | None, dialect: Dialect) -> str | None:
    """The INSERT of any number of rows, whose only value is made by ``parameter``; None where there is none.

    Only for a plain INSERT that names its columns and returns nothing.
    """
    if dialect.name != "postgresql" or columns is None or not isinstance(statement, Insert):
        return None
    if statement.select is not None or statement._returning or statement._post_values_clause is not None:
        return None
    quote, types = dialect.identifier_preparer.quote, statement.table.c
    names = ", ".join(map(quote, columns))
    typed = ", ".join(f"{quote(name)} {types[name].type.compile(dialect)}" for name in columns)
    table = dialect.identifier_preparer.format_table(statement.table)
    unfolded = f"json_to_recordset($1::json) AS rows ({typed})"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {unfolded}"  # noqa: S608  our own tables' names, no input


def parameter(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows, by the names of their columns, as one value."""
    return orjson.dumps(rows, _aware, orjson.OPT_PASSTHROUGH_DATETIME)


def _aware(value: Any) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"this cannot be stored: {value!r}; a time needs a zone")
    return value.isoformat()
