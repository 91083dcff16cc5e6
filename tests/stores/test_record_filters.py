"""A filter compiled for a platform's own table finds what it matches in memory, on each database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    insert,
    select,
    true,
)

from app.db import Database
from muster.filters import As, Kind, compile_filter, matches
from scim.keys import LAST, fold
from tests.effort import examples

TEXTS = ["a", "A", "b", "É", "é", "ß", "ss", "50%", "a_b", 'say "hi"', "back\\slash", "😀", "zz", "Z", "aB", "", LAST]
TEXTS += [f"a{LAST}", "\ud7ff", "\ue000", "ñ", "Ñ", "İ", "ı"]
NUMBERS = [0, 1, -1, 2, 10, 2**40]
REALS = [0.0, 0.5, 1.0, -1.5, 1e6, 0.1]
MOMENTS = [datetime(2024, 5, 1, 10, tzinfo=UTC) + timedelta(seconds=n, microseconds=n) for n in (0, 1, 60, -7200)]
IDS = [UUID(int=number) for number in (1, 2, 2**127)]
TYPES = {
    "name": "string",
    "folded": "folded string",
    "exact": "exact string",
    "active": "boolean",
    "visits": "number",
    "score": "number",
    "seen": "dateTime",
    "seenThere": "dateTime",
    "key": "identifier",
}


def _maybe(values: list[Any], number: int) -> Any:
    return None if number % (len(values) + 1) == len(values) else values[number % (len(values) + 1)]


ROWS = [
    {
        "id": number,
        "name": _maybe(TEXTS, number),
        "folded": None if (text := _maybe(TEXTS, number * 5 + 1)) is None else fold(text),
        "exact": _maybe(TEXTS, number * 7 + 2),
        "active": _maybe([True, False], number),
        "visits": _maybe(NUMBERS, number),
        "score": _maybe(REALS, number * 3),
        "seen": _maybe(MOMENTS, number),
        "seenThere": None if (moment := _maybe(MOMENTS, number * 2)) is None else moment.replace(tzinfo=None),
        "key": _maybe(IDS, number),
    }
    for number in range(120)
]

EQUALITY = ["eq", "ne", "EQ"]
ORDER = [*EQUALITY, "gt", "ge", "lt", "le"]


def _terms(names: list[str], ops: list[str], literals: list[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(names), st.sampled_from(ops), st.sampled_from(literals)).map(" ".join)


terms = st.one_of(
    _terms(["name", "NAME", "folded", "exact"], [*ORDER, "co", "sw", "ew"], [json.dumps(text) for text in TEXTS]),
    _terms(["active"], EQUALITY, ["true", "false", "null"]),
    _terms(["visits", "score"], ORDER, [repr(number) for number in (*NUMBERS, *REALS, 3, 0.25, 2**62)]),
    _terms(
        ["seen", "seenThere"],
        ORDER,
        [json.dumps(moment.isoformat()) for moment in MOMENTS]
        + ['"2024-05-01T12:00:00+02:00"', '"0001-01-01T00:00:00Z"'],
    ),
    _terms(["key"], EQUALITY, [f'"{str(one).upper()}"' for one in IDS] + ['"x"', '""']),
    st.sampled_from([f"{name} pr" for name in TYPES] + ["name eq null", "score ne null"]),
)
filters = st.recursive(
    terms,
    lambda part: (
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda parts: f"({parts[0]}) {parts[1]} {parts[2]}")
        | part.map(lambda text: f"not ({text})")
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def records(database: Database) -> Iterator[Table]:
    """A platform's table, with types as platforms choose them."""
    made = Table(
        f"records_{uuid4().hex}",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("name", String(200)),
        Column("folded", Text),
        Column("exact", Text),
        Column("active", Boolean),
        Column("visits", BigInteger),
        Column("score", Float(53)),
        Column("seen", DateTime(timezone=True)),
        Column("seenThere", DateTime()),
        Column("key", Uuid()),
    )
    with database.schema_engine.begin() as connection:
        made.create(connection)
        connection.execute(insert(made), ROWS)
    yield made
    with database.schema_engine.begin() as connection:
        made.drop(connection)


def _columns(table: Table) -> dict[str, Any]:
    columns = {name: table.c[name] for name in TYPES}
    return columns | {"folded": As(table.c.folded, Kind.FOLDED), "exact": As(table.c.exact, Kind.EXACT)}


@settings(
    max_examples=examples(150),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(filters)
def test_memory_and_database_agree(database: Database, records: Table, text: str) -> None:
    """For every tree over every type: absent values, order, case, escapes and limits of Unicode included."""
    query = select(records.c.id).where(compile_filter(text, _columns(records)))
    with database.reading() as session:
        found = set(session.execute(query).scalars())
    said = {row["id"] for row in ROWS if matches(text, {name: _json(value) for name, value in row.items()}, TYPES)}
    assert found == said


def _json(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def test_a_name_may_stand_for_more_than_a_column(database: Database, records: Table) -> None:
    """Whoever gives it makes the condition; not and null are understood all the same."""
    asked: list[tuple[str, Any]] = []

    def own(op: str, literal: Any) -> Any:
        asked.append((op, literal))
        return records.c.name.is_not(None) if op == "pr" else records.c.name == literal

    with database.reading() as session:
        for text, expected in (
            ('team eq "zz"', {row["id"] for row in ROWS if row["name"] == "zz"}),
            ('team ne "zz"', {row["id"] for row in ROWS if row["name"] != "zz"}),
            ("team eq null", {row["id"] for row in ROWS if row["name"] is None}),
        ):
            query = select(records.c.id).where(compile_filter(text, {"team": own}), true())
            assert set(session.execute(query).scalars()) == expected
    assert asked == [("eq", "zz"), ("eq", "zz"), ("pr", None)]
