"""Plan and publish role mapping for a large account: ``python -m benchmarks.mapping --engine sqlite``.

People are in few different combinations of groups, as they are in companies: everybody is in a team, teams are in
departments, and everybody has a region and a grade. Rules are for all of these.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from app import migrate
from app.config import Settings
from app.db import Database
from app.models.base import new_id, now
from app.services import accounts, directories, mapping_drafts, mapping_plans, mapping_publish, units
from app.services.mapping_publish import Published
from app.stores.access_tables import GROUPS, MEMBERSHIPS, USERS
from app.stores.listings import Wanted
from app.stores.mapping_plans import rows_of
from app.stores.portions import portions
from benchmarks.engines import ENGINES, opened

_KEY = "benchmark-key-that-is-long-enough-for-hmac"
_REGIONS, _GRADES = 10, 5
_ROLES = ("Marketer", "Analyst", "Viewer")
_CHANGED = 10
"""One rule of so many is changed by the second plan."""


def main() -> None:
    """Print seconds of the clock and of the processor, and the most memory of the process."""
    parser = argparse.ArgumentParser(prog="benchmarks.mapping", description=__doc__)
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=500)
    given = parser.parse_args()
    gc.freeze()  # as a worker does
    for engine in [given.engine] if given.engine else ENGINES:
        with tempfile.TemporaryDirectory(prefix="muster-bench-") as place, opened(engine, Path(place)) as new_database:
            settings = Settings(database_url=new_database("mapping"), secret_key=_KEY)
            database = Database(settings)
            migrate.upgrade(database, settings.keys())
            print(f"{engine}: {given.users:,} people, {given.rules} rules")
            _measure(database, given.users, given.rules)
            database.dispose()


def _measure(database: Database, users: int, rules: int) -> None:
    account_id, groups = _filled(database, users, rules)
    _say("filled")
    first = _plan(database, account_id, "everything is new", _document(groups, 0))
    with database.reading() as session, _timed("  a page of 100 rows, from the middle"):
        rows_of(session, account_id, first.id, Wanted(100, after=(first.summary["rows"] // 2, 0)))
    _publish(database, account_id, first.id)
    second = _plan(database, account_id, f"one rule of {_CHANGED} is another", _document(groups, 1))
    _publish(database, account_id, second.id)


def _plan(database: Database, account_id: str, title: str, document: dict[str, Any]) -> mapping_plans.Plan:
    with database.writing() as session:
        draft = mapping_drafts.create_draft(session, account_id, title, document)
    with database.reading() as session, _timed(f"  plan: {title}"):
        plan = mapping_plans.make_plan(session, account_id, draft.id)
    print(f"    {plan.summary['rows']:,} rows about {plan.summary['people_changing']:,} people")
    return plan


def _publish(database: Database, account_id: str, plan_id: str) -> None:
    with _timed("  publish"), database.writing() as session:
        done = mapping_publish.publish_plan(session, account_id, plan_id)
        if not isinstance(done, Published):
            raise RuntimeError("nobody has moved, and still the plan is out of date")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    began, used = time.perf_counter(), time.process_time()
    yield
    _say(f"{what}: {time.perf_counter() - began:.2f} s, {time.process_time() - used:.2f} s of the processor")


def _say(what: str) -> None:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what} (at most {most} MiB so far)", flush=True)


def _document(groups: list[str], shift: int) -> dict[str, Any]:
    def rule(number: int, group: str) -> dict[str, Any]:
        role = _ROLES[(number + (shift if number % _CHANGED == 0 else 0)) % len(_ROLES)]
        return {
            "name": f"Rule {number}",
            "group": {"id": group},
            "grants": [{"role": role, "unit": f"unit-{number % _REGIONS}", "children": True}],
        }

    return {"rules": [rule(number, group) for number, group in enumerate(groups)]}


def _filled(database: Database, users: int, rules: int) -> tuple[str, list[str]]:
    chance = random.Random(1)  # the same company each time
    people, groups = [new_id() for _ in range(users)], [new_id() for _ in range(rules)]
    teams = groups[_REGIONS + _GRADES :]
    departments = max(1, len(teams) // 10)
    with database.writing() as session:
        account_id = accounts.create_account(session, "Benchmark").id
        directory_id = directories.create_directory(session, account_id, "IdP", "generic").id
        for number in range(_REGIONS):
            units.create_unit(session, account_id, f"unit-{number}", f"Unit {number}")
        here = {"account_id": account_id, "directory_id": directory_id, "origin": "scim", "version": 1, "search": {}}
        common = here | {"created": now(), "modified": now(), "document": "{}"}

        def user(number: int) -> dict[str, Any]:
            name = f"person{number:06d}@acme.example"
            return common | {"id": people[number], "active": True, "user_name": name, "user_name_key": name}

        def group(number: int) -> dict[str, Any]:
            name = f"group {number}"
            return common | {"id": groups[number], "display_name": name, "display_name_key": name, "member_count": 1}

        def memberships() -> Iterator[dict[str, Any]]:
            for id in people:
                team = chance.randrange(departments, len(teams))
                mine = {teams[team], teams[team % departments], groups[chance.randrange(_REGIONS)]}
                mine.add(groups[_REGIONS + chance.randrange(_GRADES)])
                yield from ({"account_id": account_id, "group_id": one, "user_id": id, "since": now()} for one in mine)

        makers: list[tuple[Any, Callable[[], Iterator[dict[str, Any]]]]] = [
            (USERS, lambda: map(user, range(users))),
            (GROUPS, lambda: map(group, range(rules))),
            (MEMBERSHIPS, memberships),
        ]
        for rows, make in makers:
            for some in portions(make(), 5_000):
                session.execute(insert(rows), some)
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
    return account_id, groups


if __name__ == "__main__":
    main()
