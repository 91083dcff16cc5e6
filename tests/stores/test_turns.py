"""Those who write to SQLite take turns: nobody waits much longer than the others, whoever else is killed or hangs."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db import Database
from app.turns import Queue, Turns
from tests.conftest import settings_for
from tests.webhooks import wait_until

_OTHER = """
import sys
from sqlalchemy import text
from app.config import Settings
from app.db import Database
database = Database(Settings(database_url=sys.argv[1], secret_key="x" * 32))
def write(session):
    session.execute(text("INSERT INTO notes DEFAULT VALUES"))
"""
ONCE_WHEN_TOLD = f"""{_OTHER}
print("ready", flush=True)
sys.stdin.readline()
with database.writing() as session:
    session.execute(text("INSERT INTO notes (who) VALUES (:who)"), {{"who": sys.argv[2]}})
"""
ONCE_AND_STAYS = f"""{_OTHER}
session = database.write_session()
session.begin()
write(session)
print("ready", flush=True)
sys.stdin.read()
"""

FORKS = """
import os, sys, threading
from app.turns import Turns
turns = Turns(sys.argv[1])
turns.take(1)
turns.give_back()
has_it, may_go = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    turns.take(1)
    os.write(has_it[1], b".")
    os.read(may_go[0], 1)
    os._exit(0)
os.read(has_it[0], 1)
taken = threading.Event()
threading.Thread(target=lambda: turns.take(1) and taken.set()).start()
print("has-it" if taken.wait(0.3) else "waits")
os.write(may_go[1], b".")
os.waitpid(child, 0)
print("has-it" if taken.wait(10) else "waits")
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(settings_for(f"sqlite:///{tmp_path}/turns.db"))
    with opened.writing() as session:
        session.execute(text("CREATE TABLE notes (number INTEGER PRIMARY KEY, who TEXT)"))
    yield opened
    opened.dispose()


def another_process(program: str, database: Database, who: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, str(database.engine.url), who]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def notes(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM notes")).scalar())


def waiting(database: Database) -> int:
    """How many processes wait for their turn, as the kernel says."""
    inode = os.stat(f"{database.engine.url.database}-turns").st_ino
    locks = Path("/proc/locks").read_text().splitlines()
    return sum("-> FLOCK" in lock and f":{inode} " in lock for lock in locks)


def test_processes_write_in_the_order_in_which_they_came(database: Database) -> None:
    others = {who: another_process(ONCE_WHEN_TOLD, database, who) for who in ("third", "first", "fourth", "second")}
    coming = ["first", "second", "third", "fourth"]
    try:
        with database.writing() as session:
            session.begin()
            for before, who in enumerate(coming):
                stdin = others[who].stdin
                assert stdin is not None
                stdin.write(b"now\n")
                stdin.flush()
                wait_until(lambda queue=before + 1: waiting(database) == queue)
        for other in others.values():
            assert other.wait(60) == 0
    finally:
        for other in others.values():
            other.kill()
            other.communicate()
    with database.reading() as session:
        assert list(session.execute(text("SELECT who FROM notes ORDER BY number")).scalars()) == coming


def test_threads_have_their_turns_in_the_order_in_which_they_came() -> None:
    queue, had_it = Queue(), list[int]()

    def come(number: int) -> None:
        assert queue.acquire(60)
        had_it.append(number)
        queue.release()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    assert queue.acquire(1)
    for before, thread in enumerate(threads):
        thread.start()
        wait_until(lambda length=before + 1: len(queue) == length)
    queue.release()
    for thread in threads:
        thread.join()
    assert had_it == [*range(8)]
    assert queue.acquire(0)


def test_who_gave_up_is_not_handed_the_turn() -> None:
    queue = Queue()
    assert queue.acquire(1)
    assert not queue.acquire(0.01)
    queue.release()
    assert queue.acquire(0)


def test_the_turn_of_who_is_killed_goes_to_the_next(database: Database) -> None:
    other = another_process(ONCE_AND_STAYS, database)
    written = threading.Event()

    def write() -> None:
        with database.writing() as session:
            session.execute(text("INSERT INTO notes DEFAULT VALUES"))
        written.set()

    waiting = threading.Thread(target=write)
    waiting.start()
    assert not written.wait(0.3)
    os.kill(other.pid, signal.SIGKILL)
    other.communicate()
    assert written.wait(10)
    waiting.join()
    assert notes(database) == 1


def test_a_turn_is_given_back_however_a_transaction_ends(database: Database) -> None:
    with database.write_session() as left_open:
        left_open.execute(text("INSERT INTO notes DEFAULT VALUES"))
    with pytest.raises(OperationalError, match="nowhere"), database.writing() as session:
        session.execute(text("INSERT INTO nowhere DEFAULT VALUES"))
    with database.writing() as session:
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
        session.rollback()
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
    with database.writing() as session:
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
    assert notes(database) == 2


def test_who_cannot_begin_gives_the_turn_back(database: Database) -> None:
    """A writer that takes no turns, a shell for instance, is waited for as SQLite does it, and no longer."""
    shell = sqlite3.connect(database.engine.url.database or "", isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    with database.write_session() as session:
        session.look(text("PRAGMA busy_timeout=20"))
        with pytest.raises(OperationalError, match="locked"):
            session.begin()
        shell.execute("COMMIT")
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
        session.commit()
    shell.close()
    assert notes(database) == 1


def test_a_turn_is_not_waited_for_forever() -> None:
    turns = Turns(None)
    assert turns.take(1)
    assert not turns.take(0.05)
    turns.give_back()
    assert turns.take(0.05)
    turns.give_back()


def test_a_child_has_turns_of_its_own(tmp_path: Path) -> None:
    """Who was forked has inherited the open file, and would hold its lock together with the parent."""
    (tmp_path / "db").touch()
    done = subprocess.run([sys.executable, "-c", FORKS, str(tmp_path / "db")], timeout=60, stdout=subprocess.PIPE)
    assert done.stdout.split() == [b"waits", b"has-it"]


def test_whoever_may_write_the_database_may_take_turns(tmp_path: Path) -> None:
    """The file is made with the rights of the database, by whomever and under whatever umask."""
    path = tmp_path / "shared.db"
    path.touch()
    path.chmod(0o664)
    before = os.umask(0o077)
    try:
        turns = Turns(str(path))
        assert turns.take(1)
        turns.give_back()
    finally:
        os.umask(before)
    assert (tmp_path / "shared.db-turns").stat().st_mode & 0o777 == 0o664


def test_a_file_that_cannot_be_opened_is_said_as_the_databases_own_errors_are(database: Database) -> None:
    path = Path(f"{database.engine.url.database}-turns")
    path.unlink()
    path.mkdir()
    other = Database(settings_for(str(database.engine.url)))
    with other.write_session() as session:
        with pytest.raises(OperationalError, match="turns"):
            session.begin()
        path.rmdir()
        session.execute(text("INSERT INTO notes DEFAULT VALUES"))
        session.commit()
    other.dispose()
    assert notes(database) == 1
