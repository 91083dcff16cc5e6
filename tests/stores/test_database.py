"""What the database promises: no lost update, no "locked", tenant by tenant."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.models import Account, Directory, Group, Membership, User
from app.models.base import new_id, now, table
from app.session import Session
from tests.conftest import settings_for

ACCOUNTS, DIRECTORIES, USERS, GROUPS, MEMBERSHIPS = map(table, (Account, Directory, User, Group, Membership))

WRITER = """
import sys
from sqlalchemy import select, update
from app.config import Settings
from app.db import Database
from app.models import Account
from app.models.base import table
rows = table(Account)
url, account, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
database = Database(Settings(database_url=url, secret_key="x" * 32))
for _ in range(times):
    with database.writing() as session:
        query = select(rows.c.access_revision).where(rows.c.id == account).with_for_update()
        seen = session.execute(query).scalar_one()
        session.execute(update(rows).where(rows.c.id == account).values(access_revision=seen + 1))
"""


def account_row(**changes: Any) -> dict[str, Any]:
    id = new_id()
    return {"id": id, "name": id, "name_key": id, "profile": "none", "catalogue": {}, "access_revision": 0} | changes


def user_row(account: str, directory: str, name: str) -> dict[str, Any]:
    return {
        "account_id": account,
        "id": new_id(),
        "directory_id": directory,
        "origin": "scim",
        "active": True,
        "user_name": name,
        "user_name_key": name,
        "document": "{}",
        "search": {},
    }


def a_tenant(session: Session) -> tuple[str, str]:
    """An account with a directory; returns both ids."""
    account, directory = account_row(), new_id()
    session.execute(insert(ACCOUNTS).values(account))
    session.execute(
        insert(DIRECTORIES).values(
            account_id=account["id"], id=directory, name="d", name_key="d", preset="generic", unique_group_names=True
        )
    )
    return account["id"], directory


def a_group_row(account: str, directory: str) -> dict[str, Any]:
    key = new_id()
    return {
        "account_id": account,
        "id": new_id(),
        "directory_id": directory,
        "origin": "scim",
        "display_name": key,
        "display_name_key": key,
        "unique_name_key": key,
        "document": "{}",
        "search": {},
    }


def test_threads_and_processes_lose_no_update(database: Database, database_url: str) -> None:
    """Read, then write, from eight threads and two other processes at once: every step counts, none is refused."""
    account = account_row()
    with database.writing() as session:
        session.execute(insert(ACCOUNTS).values(account))

    failures: list[BaseException] = []

    def step() -> None:
        try:
            for _ in range(20):
                with database.writing() as session:
                    query = select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account["id"]).with_for_update()
                    seen = session.execute(query).scalar_one()
                    session.execute(
                        update(ACCOUNTS).where(ACCOUNTS.c.id == account["id"]).values(access_revision=seen + 1)
                    )
        except BaseException as error:
            failures.append(error)

    command = [sys.executable, "-c", WRITER, database_url, account["id"], "40"]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    threads = [threading.Thread(target=step) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = [process.communicate(timeout=60)[1] for process in processes]
    assert not failures
    assert [process.returncode for process in processes] == [0, 0], outcomes
    with database.reading() as session:
        query = select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account["id"])
        assert session.execute(query).scalar_one() == 8 * 20 + 2 * 40


def test_sqlite_keeps_its_settings(tmp_path: Any) -> None:
    """Every connection has WAL, foreign keys, a busy timeout and durable commits."""
    database = Database(settings_for(f"sqlite:///{tmp_path}/new/muster.db"))
    with database.reading() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    database.dispose()
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_user_name_is_unique_in_its_directory(session: Session) -> None:
    """The database, not the code, refuses the second one; another directory may have it."""
    account, directory = a_tenant(session)
    other_account, other_directory = a_tenant(session)
    session.execute(insert(USERS).values(user_row(account, directory, "ana")))
    session.execute(insert(USERS).values(user_row(other_account, other_directory, "ana")))
    with pytest.raises(IntegrityError):
        session.execute(insert(USERS).values(user_row(account, directory, "ana")))


def test_a_member_of_another_account_is_refused(session: Session) -> None:
    """Foreign keys carry the account: a group cannot have another account's user."""
    account, directory = a_tenant(session)
    other_account, other_directory = a_tenant(session)
    group, stranger = a_group_row(account, directory), user_row(other_account, other_directory, "eve")
    session.execute(insert(GROUPS).values(group))
    session.execute(insert(USERS).values(stranger))
    with pytest.raises(IntegrityError):
        session.execute(insert(MEMBERSHIPS).values(account_id=account, group_id=group["id"], user_id=stranger["id"]))


def test_a_directory_of_another_account_is_refused(session: Session) -> None:
    """A user cannot be put into another account's directory."""
    account, _ = a_tenant(session)
    _, other_directory = a_tenant(session)
    with pytest.raises(IntegrityError):
        session.execute(insert(USERS).values(user_row(account, other_directory, "eve")))


def test_times_come_back_aware_and_in_order(session: Session) -> None:
    """A stored time is UTC and equal to what was put in, on both databases."""
    moment = now()
    account = account_row(created=moment)
    session.execute(insert(ACCOUNTS).values(account))
    assert session.execute(select(ACCOUNTS.c.created).where(ACCOUNTS.c.id == account["id"])).scalar_one() == moment
    with pytest.raises(Exception, match="zone"):
        session.execute(insert(ACCOUNTS).values(account_row(created=moment.replace(tzinfo=None))))
