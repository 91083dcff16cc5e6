"""Who waits is who has nothing: the statement that finds them agrees with the engine that decides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from app.db import Database
from app.models.base import now
from app.services import waiting_room
from app.stores import waiting
from app.stores.access import SqlAccessStore
from app.stores.access_tables import USERS, WORKS
from app.stores.listings import Wanted
from rbac.model import Effect, Policy, Subject
from rbac.reaches import reached
from rbac.scopes import may_work_in
from tests.stores.random_access import a_random_account


@pytest.mark.parametrize("seed", range(12))
def test_random_accounts_have_the_same_people_waiting(database: Database, tmp_path: Path, seed: int) -> None:
    """Own roles, individual permissions, groups in groups, units with children, what is over."""
    account_id = a_random_account(database, seed, tmp_path)
    with database.writing() as session:
        # Fewer have something: somebody is switched off, places of work have ended.
        session.execute(
            USERS.update().where(USERS.c.account_id == account_id, USERS.c.user_name == "fay").values(active=False)
        )
        some = select(USERS.c.id).where(USERS.c.account_id == account_id, USERS.c.user_name.in_(["ben", "eve", "gil"]))
        over = now() - timedelta(days=1)
        session.execute(
            WORKS.update().where(WORKS.c.account_id == account_id, WORKS.c.user_id.in_(some)).values(expires=over)
        )
    with database.reading() as session:
        ids = list(session.execute(select(USERS.c.id).where(USERS.c.account_id == account_id)).scalars())
        snapshot = SqlAccessStore(session, account_id).snapshot(ids)
        expected = sorted(id for id in ids if _has_nothing(snapshot.policy, snapshot.subjects[id]))
        found = waiting_room.list_waiting(session, account_id, Wanted(50))
        assert [one.id for one in found.rows] == expected
        assert waiting_room.count_waiting(session, account_id) == len(expected)


def _has_nothing(policy: Policy, person: Subject | None) -> bool:
    if person is None or not person.active:
        return False
    moment = now()
    if any(
        grant.sources_at(moment) and (grant.statement is None or grant.statement.effect is Effect.ALLOW)
        for grant in person.grants
    ):
        return False
    return not any(
        grant.sources_at(moment) and may_work_in(policy.units, person, unit, moment)
        for grants in policy.unit_grants.values()
        for grant in grants
        for unit in reached(policy.units, grant.scope.unit, grant.scope.reach)
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["_GROUPS_SEEN", "_LOST", "_SIZES", "_HELD"])
def test_sqlite_begins_with_what_is_asked(database: Database, name: str) -> None:
    """SQLite plans without statistics, so each statement must lead it from the few it is asked about."""
    form = getattr(waiting, name).form(database.engine.dialect)
    values = form.bind({"account": "x", "users": [], "groups": [], "at": now()})
    driver = database.engine.raw_connection()
    try:
        lines = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {form.text}", values)]  # type: ignore[attr-defined]
    finally:
        driver.close()
    entered = [line for line in lines if line.startswith("SEARCH")]
    assert entered
    assert not [line for line in entered if line.count("=?") < 2], entered
    tables = ("users", "role_assignments", "assignment_sources", "memberships", "groups", "audit_events")
    assert not [line for line in lines if line.startswith(tuple(f"SCAN {name}" for name in tables))]
