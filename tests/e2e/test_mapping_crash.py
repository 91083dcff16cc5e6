"""A publish that is killed while it writes: nothing of it is there, and the same plan is published afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import OperationalError

from app.audit import verify
from app.db import Database
from app.models.base import new_id, now
from app.services import accounts, directories, mapping_drafts, mapping_plans
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS, PLANS, SOURCES, USERS
from tests.conftest import fresh_sqlite, new_postgresql_database, settings_for
from tests.e2e.conftest import MUSTER, environment_for, free_port, muster

pytestmark = pytest.mark.e2e
PEOPLE = 6_000
"""Three portions of what a publish writes in one go."""
HELD = """
import time

from sqlalchemy import func, select

from app.cli import main
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS


def commit(session: Session) -> None:
    print(session.execute(select(func.count()).select_from(ASSIGNMENTS)).scalar_one(), flush=True)
    time.sleep(600)


Session.commit = commit
main()
"""
"""The command, but for the end of its transaction, which never comes; it tells what it has written by then."""


@dataclass
class Installation:
    """A database with a plan by which everybody gains a role."""

    database: Database
    environment: dict[str, str]
    account_id: str
    plan_id: str

    def is_writing(self) -> bool:
        """Whether somebody is in the middle of a publish."""
        if not self.database.is_sqlite:
            with self.database.engine.connect() as connection:
                asked = (
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND pid <> pg_backend_pid() AND query LIKE '%publishing_%' AND state <> 'idle'"
                )
                return connection.execute(text(asked)).scalar_one() > 0
        with self.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError:
                return True
            connection.exec_driver_sql("ROLLBACK")
            return False

    def written(self) -> tuple[int, int, str]:
        """How many people have the role, by how many sources, and what became of the plan."""
        with self.database.reading() as session:
            given = select(func.count()).where(ASSIGNMENTS.c.account_id == self.account_id)
            sources = select(func.count()).where(SOURCES.c.account_id == self.account_id)
            plan = select(PLANS.c.state).where(PLANS.c.account_id == self.account_id, PLANS.c.id == self.plan_id)
            assert verify(session, self.account_id).problem is None
            return (
                session.execute(given).scalar_one(),
                session.execute(sources).scalar_one(),
                session.execute(plan).scalar_one(),
            )


@pytest.fixture
def installation(database_url: str, sqlite_template: Path, tmp_path: Path) -> Iterator[Installation]:
    """A database of its own, in which nobody has anything yet."""
    is_sqlite = database_url.startswith("sqlite")
    url = fresh_sqlite(sqlite_template, tmp_path) if is_sqlite else new_postgresql_database(f"muster_{uuid4().hex}")
    database = Database(settings_for(url))
    with database.writing() as session:
        account_id = accounts.create_account(session, "Crash").id
        here = {"account_id": account_id, "version": 1, "search": {}, "document": "{}", "origin": "scim"}
        here |= {"directory_id": directories.create_directory(session, account_id, "IdP", "generic").id}
        here |= {"created": now(), "modified": now()}
        people, group = [new_id() for _ in range(PEOPLE)], new_id()
        names = {"display_name": "All", "display_name_key": "all", "member_count": PEOPLE}
        session.execute(insert(GROUPS), [here | names | {"id": group}])
        session.execute(
            insert(USERS),
            [here | {"id": one, "active": True, "user_name": one, "user_name_key": one} for one in people],
        )
        members = ({"account_id": account_id, "group_id": group, "user_id": one, "since": now()} for one in people)
        session.execute(insert(MEMBERSHIPS), [*members])
        rule = {"name": "All", "group": {"id": group}, "grants": [{"role": "Viewer"}]}
        draft = mapping_drafts.create_draft(session, account_id, "All", {"rules": [rule]})
    with database.reading() as session:
        plan = mapping_plans.make_plan(session, account_id, draft.id)
    yield Installation(database, environment_for(url, tmp_path, free_port()), account_id, plan.id)
    database.dispose()


def test_a_kill_in_the_middle_of_a_publish_leaves_nothing_of_it(installation: Installation) -> None:
    """kill -9 at several moments while it writes: all is there or nothing; no trail breaks, the plan still holds."""
    nothing = (0, 0, installation.written()[2])
    everything = (PEOPLE, PEOPLE, "published")
    found = []
    for wait in (None, 0.0, 0.03, 0.06, 0.1, 0.2):
        command = [MUSTER] if wait is not None else [sys.executable, "-c", HELD]
        command += ["mapping", "publish-plan", installation.account_id, installation.plan_id]
        process = subprocess.Popen(
            command, env=installation.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        try:
            if wait is None:
                assert process.stdout.readline() == b"%d\n" % PEOPLE
            else:
                while process.poll() is None and not installation.is_writing():
                    time.sleep(0.002)
                time.sleep(wait)
        finally:
            process.kill()
            process.communicate()
        found.append(installation.written())
        if found[-1] == everything:  # it was quicker than that
            break
    assert found[0] == nothing
    assert set(found) <= {nothing, everything}
    if found[-1] == nothing:
        muster(installation.environment, "mapping", "publish-plan", installation.account_id, installation.plan_id)
    assert installation.written() == everything
