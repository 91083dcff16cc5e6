"""Changes that are sent together: as if one after the other, in fewer round trips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Text, bindparam, func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db import Database
from app.models import Account
from app.models.base import new_id, now, table
from app.pipeline import Pipeline, Step
from app.prepared import Prepared, Values
from app.session import Session

ACCOUNTS = table(Account)
_COLUMNS = [column.name for column in ACCOUNTS.c]
INSERT = Prepared(insert(ACCOUNTS), _COLUMNS)
RENAME = Prepared(update(ACCOUNTS).where(ACCOUNTS.c.id == bindparam("b_id")), ["name"])
NAME = Prepared(select(ACCOUNTS.c.name).where(ACCOUNTS.c.id == bindparam("b_id")))


def a_row(**changes: Any) -> dict[str, Any]:
    id = new_id()
    row = dict.fromkeys(_COLUMNS, 0) | {"id": id, "name": "50 %(id)s 'é'", "name_key": id, "profile": "none"}
    row |= {"catalogue": {"a": [1]}, "suspended": False, "created": now(), "subject_form": "id", "mapping_paused": None}
    row |= {"sso_required": None, "sign_in_methods": [], "sign_in_contexts": []}
    return row | changes


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements go with each round trip to PostgreSQL."""
    made: list[int] = []
    exchange = Pipeline.exchange

    def noting(self: Pipeline, steps: Sequence[Step]) -> Any:
        made.append(len(steps))
        return exchange(self, steps)

    monkeypatch.setattr(Pipeline, "exchange", noting)
    return made


def names(session: Session, ids: list[str]) -> list[tuple[str, Any]]:
    query = select(ACCOUNTS.c.name, ACCOUNTS.c.catalogue).where(ACCOUNTS.c.id.in_(ids)).order_by(ACCOUNTS.c.id)
    return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 20])
def test_all_is_done_whatever_the_number(session: Session, trips: list[int], count: int) -> None:
    """Inserts of one kind and a change of what was there; conversions are those of single statements."""
    old = a_row()
    session.execute(INSERT, old)
    session.settle()
    trips.clear()
    new = [a_row(suspended=bool(number % 2)) for number in range(count)]
    changes: list[tuple[Prepared, Values]] = [(INSERT, row) for row in new]
    session.send([*changes, (RENAME, {"b_id": old["id"], "name": "renamed"})])
    assert not trips
    ids = [row["id"] for row in [old, *new]]
    assert names(session, ids) == [("renamed", {"a": [1]}), *((row["name"], {"a": [1]}) for row in new)]
    # Few rows are statements of their own, many are one.
    assert trips == ([] if session.is_sqlite else [(1 if count > 6 else count) + 1])


def test_what_was_sent_is_there_for_whoever_reads(session: Session, trips: list[int]) -> None:
    """A transaction's begin, a change and what reads it are one round trip."""
    row = a_row()
    session.execute(INSERT, row)
    assert session.execute(NAME, {"b_id": row["id"]}).scalar() == row["name"]
    assert trips == ([] if session.is_sqlite else [3])


def test_what_is_asked_for_later_comes_with_the_next(session: Session, trips: list[int]) -> None:
    """In the order in which it was said."""
    row = a_row()
    before = session.later(NAME, {"b_id": row["id"]})
    session.execute(INSERT, row)
    after = session.later(NAME, {"b_id": row["id"]})
    session.execute(RENAME, {"b_id": row["id"], "name": "renamed"})
    assert session.execute(NAME, {"b_id": row["id"]}).scalar() == "renamed"
    assert (before.rows().scalar(), after.rows().scalar()) == (None, row["name"])
    assert trips == ([] if session.is_sqlite else [6])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_asked_for_is_gone_with_its_transaction(session: Session, trips: list[int]) -> None:
    """It was never sent."""
    asked = session.later(NAME, {"b_id": new_id()})
    session.rollback()
    with pytest.raises(LookupError, match="forgotten"):
        asked.rows()
    assert not trips


def test_a_transaction_without_an_answer_is_one_round_trip(database: Database, trips: list[int]) -> None:
    """Begin, changes and commit."""
    row = a_row()
    with database.writing() as session:
        session.execute(INSERT, row)
        session.send([(RENAME, {"b_id": row["id"], "name": "renamed"})])
    assert trips == ([] if database.is_sqlite else [4])
    with database.reading() as session:
        assert session.execute(NAME, {"b_id": row["id"]}).scalar() == "renamed"


def test_nothing_is_sent_for_nothing(database: Database, trips: list[int]) -> None:
    """Neither a begin nor an end of a transaction in which nothing was done."""
    with database.write_session() as session:
        session.send([])
        session.commit()
        session.begin()
        session.rollback()
    assert not trips


def test_what_fails_undoes_all_that_was_sent_with_it(database: Database) -> None:
    """What comes before it and what comes after it, and the commit; later ones have nothing to do with it."""
    before, twice, after = a_row(), a_row(), a_row()
    with pytest.raises(IntegrityError), database.writing() as session:  # noqa: PT012  when it is said is what matters
        for row in (before, twice, twice, after):
            session.execute(INSERT, row)
    with database.writing() as session:
        assert names(session, [before["id"], twice["id"], after["id"]]) == []
        session.execute(INSERT, after)
    with database.reading() as session:
        assert len(names(session, [before["id"], twice["id"], after["id"]])) == 1


@pytest.mark.parametrize("is_read", [False, True])
def test_whoever_sent_says_what_its_failure_means(database: Database, is_read: bool) -> None:
    """Whichever statement it was sent with, and whenever the database says so."""
    row = a_row()
    with database.writing() as session:
        session.execute(INSERT, row)
    with pytest.raises(LookupError, match="meant by it"), database.writing() as session:  # noqa: PT012  when it is said is what matters
        session.send([(INSERT, a_row(name_key=row["name_key"]))], lambda _: LookupError("meant by it"))
        session.send([(RENAME, {"b_id": row["id"], "name": "renamed"})], lambda _: LookupError("not meant"))
        if is_read:
            session.execute(NAME, {"b_id": row["id"]})


def test_within_a_savepoint_it_is_said_at_once(session: Session) -> None:
    """Whoever began it wants to know what it was that failed."""
    row, later = a_row(), []
    with pytest.raises(LookupError), session.savepoint():  # noqa: PT012  the same
        session.send([(INSERT, row), (INSERT, row)], lambda _: LookupError())
        later.append(row)
    assert not later


def test_a_failure_belongs_to_the_savepoint_that_it_was_sent_in(database: Database) -> None:
    """What was sent before stays, even if nothing was read since; a savepoint within one goes alone."""
    first, second, third = a_row(), a_row(), a_row()
    with database.writing() as session:
        session.execute(INSERT, first)
        with pytest.raises(IntegrityError), session.savepoint():  # noqa: PT012  the same
            session.execute(INSERT, second)
            session.execute(INSERT, second)
        with session.savepoint():
            session.execute(INSERT, third)
            with pytest.raises(KeyError), session.savepoint():  # noqa: PT012  the same
                session.execute(INSERT, second)
                raise KeyError
    with database.reading() as session:
        there = [session.execute(NAME, {"b_id": row["id"]}).scalar() for row in (first, second, third)]
    assert there == [first["name"], None, third["name"]]


def test_a_failure_before_a_savepoint_is_not_taken_for_one_within(database: Database) -> None:
    """It is raised before the savepoint begins."""
    row, entered = a_row(), []
    with pytest.raises(IntegrityError), database.writing() as session:  # noqa: PT012  when it is said is what matters
        session.execute(INSERT, row)
        session.execute(INSERT, row)
        with session.savepoint():
            entered.append(row)
    assert not entered


def test_one_that_fails_takes_all_along(session: Session) -> None:
    """Within a savepoint the transaction goes on without them."""
    before, one, twice = a_row(), a_row(), a_row()
    session.execute(INSERT, before)
    with pytest.raises(IntegrityError), session.savepoint():
        session.send([(INSERT, one), (INSERT, twice), (INSERT, a_row(name_key=twice["name_key"]))])
    assert names(session, [before["id"], one["id"], twice["id"]]) == [(before["name"], {"a": [1]})]


def test_many_rows_at_once_are_written_as_one_by_one(session: Session) -> None:
    """Whatever is in them."""
    texts = (("\\ \" ' {}", None), ("é😀\n", [1.5, True]))
    rows = [a_row(name=name, catalogue={"v": value}) for name, value in texts * 4]
    session.execute(INSERT, rows)
    more = [a_row(name=row["name"], catalogue=row["catalogue"]) for row in rows]
    for row in more:
        session.execute(INSERT, row)
    everything = select(*(ACCOUNTS.c[name] for name in _COLUMNS)).where(
        ACCOUNTS.c.id.in_([row["id"] for row in [*rows, *more]])
    )
    found = {row.id: row._asdict() for row in session.execute(everything)}
    assert found == {row["id"]: row for row in [*rows, *more]}


def test_a_time_without_a_zone_is_refused_among_many(session: Session) -> None:
    rows = [a_row(), *(a_row(created=now().replace(tzinfo=None)) for _ in range(8))]
    with pytest.raises((TypeError, ValueError), match=r"zone|datetime"):
        session.execute(INSERT, rows)


def test_more_statements_than_a_connection_keeps(database: Database) -> None:
    """Those not used for longest are prepared anew when they are asked for again."""
    with database.reading() as session:
        asked = [Prepared(select(literal(number).label(f"c{number}"))) for number in range(600)]
        for _ in range(2):
            assert [session.execute(one).scalar() for one in asked] == [*range(600)]
        if not database.is_sqlite:
            assert session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() < 300


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_text_with_a_nul_is_refused_and_not_cut_off(session: Session) -> None:
    """To libpq it would end there."""
    row = a_row(name="all\0but this")
    with pytest.raises(DBAPIError, match="NUL"), session.savepoint():
        session.execute(INSERT, row)
    assert names(session, [row["id"]]) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_breaks_in_between_is_replaced(database: Database) -> None:
    """What was sent with it is lost, and said to be."""
    row, end = a_row(), Prepared(select(func.pg_terminate_backend(func.pg_backend_pid())))
    with pytest.raises(DBAPIError) as told, database.writing() as session:  # noqa: PT012  the same
        session.execute(INSERT, row)
        session.execute(end)
    assert told.value.connection_invalidated
    with database.writing() as session:
        assert names(session, [row["id"]]) == []
        session.execute(INSERT, row)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_more_than_goes_out_at_once(database: Database) -> None:
    """Sending and receiving keep pace, whatever the size of both."""
    large = "x" * 30_000_000
    with database.reading() as session:
        answer = session.execute(Prepared(select(bindparam("b_text", type_=Text()))), {"b_text": large}).scalar()
    assert answer == large
