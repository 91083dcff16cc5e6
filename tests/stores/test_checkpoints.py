"""SQLite's log is brought back into the file beside those who write, and does not grow for as long as they do."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import checkpoints
from app.checkpoints import Checkpoints
from app.db import Database
from tests.conftest import settings_for

_PAGE = 4096
_WRITTEN = "w" * 20 * _PAGE


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(settings_for(f"sqlite:///{tmp_path}/log.db"))
    with opened.writing() as session:
        session.execute(text("CREATE TABLE notes (number INTEGER PRIMARY KEY, words TEXT)"))
    yield opened
    opened.dispose()


def write(database: Database, number: int) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO notes VALUES (:number, :words)"), {"number": number, "words": _WRITTEN})


def pages_in_log(database: Database) -> int:
    """The size of the log's file: as long as the log ever was."""
    return os.stat(f"{database.engine.url.database}-wal").st_size // _PAGE


def pages_in_file(database: Database) -> int:
    return os.stat(database.engine.url.database or "").st_size // _PAGE


def test_what_was_committed_is_brought_back_into_the_file(database: Database) -> None:
    for number in range(20):
        write(database, number)
    assert pages_in_file(database) < 20
    Checkpoints(database).once()
    assert pages_in_file(database) > 20 * 20


def test_the_log_begins_anew_although_somebody_always_writes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "LONG", 200)
    tended, stop, written = Checkpoints(database), threading.Event(), list[int]()

    def always() -> None:
        while not stop.is_set():
            write(database, len(written))
            written.append(1)

    writer = threading.Thread(target=always)
    writer.start()
    try:
        while len(written) < 1_500:
            tended.once()
    finally:
        stop.set()
        writer.join()
    assert pages_in_log(database) < len(written) * 20 / 2
    with database.reading() as session:
        assert session.execute(text("SELECT count(*), max(number) FROM notes")).one() == (
            len(written),
            len(written) - 1,
        )


def test_a_thread_does_it_until_it_is_told_to_stop(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.01)
    done = threading.Event()
    tended = Checkpoints(database)
    monkeypatch.setattr(tended, "once", done.set)
    tended.start()
    assert done.wait(10)
    tended.stop()
    done.clear()
    assert not done.wait(0.1)


def test_it_goes_on_after_something_went_wrong(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.01)
    tried, again = list[int](), threading.Event()
    tended = Checkpoints(database)

    def once() -> None:
        tried.append(1)
        if len(tried) > 1:
            again.set()
        database.engine.raw_connection().cursor().execute("PRAGMA no such")

    monkeypatch.setattr(tended, "once", once)
    tended.start()
    assert again.wait(10)
    tended.stop()
