"""Changes that are sent together: as if one after the other, in fewer round trips."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.models import Account
from app.models.base import new_id, now, table
from app.prepared import Prepared, Values
from app.session import Session

ACCOUNTS = table(Account)
_COLUMNS = [column.name for column in ACCOUNTS.c]
INSERT = Prepared(insert(ACCOUNTS), _COLUMNS)
RENAME = Prepared(update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("b_id")), ["name"])


def a_row(**changes: Any) -> dict[str, Any]:
    id = new_id()
    row = dict.fromkeys(_COLUMNS, 0) | {"id": id, "name": "50 %(id)s 'é'", "name_key": id, "profile": "none"}
    return row | {"catalogue": {"a": [1]}, "suspended": False, "created": now()} | changes


def sent(session: Session, changes: list[tuple[Prepared, Values]]) -> int:
    """Send; in how many statements."""
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(session.engine, "before_cursor_execute", note)
    try:
        session.send(changes)
    finally:
        event.remove(session.engine, "before_cursor_execute", note)
    return len(seen)


def names(session: Session, ids: list[str]) -> list[tuple[str, Any]]:
    query = select(ACCOUNTS.c.name, ACCOUNTS.c.catalogue).where(ACCOUNTS.c.id.in_(ids)).order_by(ACCOUNTS.c.id)
    return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 20])
def test_all_is_done_whatever_the_number(session: Session, count: int) -> None:
    """Inserts of one kind and a change of what was there; conversions are those of single statements."""
    old = a_row()
    session.execute(INSERT, old)
    new = [a_row(suspended=bool(number % 2)) for number in range(count)]
    changes: list[tuple[Prepared, Values]] = [(INSERT, row) for row in new]
    statements = sent(session, [*changes, (RENAME, {"b_id": old["id"], "name": "renamed"})])
    ids = [row["id"] for row in [old, *new]]
    assert names(session, ids) == [("renamed", {"a": [1]}), *((row["name"], {"a": [1]}) for row in new)]
    together = not session.is_sqlite and 0 < count <= 5
    assert statements == (1 if together or not count else 2)


def test_nothing_is_sent_for_nothing(session: Session) -> None:
    """No statement, no error."""
    assert sent(session, []) == 0


def test_one_that_fails_takes_all_along(session: Session) -> None:
    """Within a savepoint the transaction goes on without them."""
    before, one, twice = a_row(), a_row(), a_row()
    session.execute(INSERT, before)
    with pytest.raises(IntegrityError), session.savepoint():
        session.send([(INSERT, one), (INSERT, twice), (INSERT, a_row(name_key=twice["name_key"]))])
    assert names(session, [before["id"], one["id"], twice["id"]]) == [(before["name"], {"a": [1]})]


def test_many_rows_at_once_are_written_as_one_by_one(session: Session) -> None:
    """Whatever is in them, and in one statement."""
    rows = [a_row(name=text, catalogue={"v": value}) for text, value in (("\\ \" ' {}", None), ("é😀\n", [1.5, True]))]
    assert sent(session, [(INSERT, row) for row in rows]) == 1
    session.execute(INSERT, more := [a_row(name=row["name"], catalogue=row["catalogue"]) for row in rows])
    everything = select(*(ACCOUNTS.c[name] for name in _COLUMNS)).where(
        ACCOUNTS.c.id.in_([row["id"] for row in [*rows, *more]])
    )
    found = {row.id: row._asdict() for row in session.execute(everything)}
    assert found == {row["id"]: row for row in [*rows, *more]}


def test_a_time_without_a_zone_is_refused_among_many(session: Session) -> None:
    rows = [a_row(), a_row(created=now().replace(tzinfo=None))]
    with pytest.raises((TypeError, ValueError), match=r"zone|datetime"):
        session.execute(INSERT, rows)
