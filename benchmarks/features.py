"""What each feature that a product must have costs a request: measured with it, and without it.

``python -m benchmarks.features`` calls the application in this process. One feature after the other is taken away, by
putting nothing in the place of its function or by dropping what it keeps in the database, and put back: with, without,
with, without. The difference of the best is what it costs: in time that passes, or with ``--cpu`` in the time that
processors work for it, here and in the database, which other work on the machine disturbs less. What is left when a
feature is gone is no product: these figures say where the time goes, not what could be saved.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask
from sqlalchemy import bindparam, text, update

import app.auth
import app.stores.directory
from app import audit, observe
from app.compose import create_app
from app.db import Database
from app.prepared import Prepared
from app.request_log import RequestLog
from app.services import last_owner, lifecycle
from app.stores import departed, resource_rows, tallies
from app.stores.resource_rows import TABLES, WRITTEN
from app.stores.statements import ACCOUNT, ID
from benchmarks import floor, scenarios
from benchmarks.engines import ENGINES, opened
from benchmarks.installation import prepared
from benchmarks.population import World
from benchmarks.profiling import InProcess, Quiet
from benchmarks.scenarios import Target, Work
from scim import service
from scim.attributes import ResourceType
from scim.face import Exchange
from scim.projection import Projection, projection
from scim.query import Parameters

USERS, ROUNDS = 10_000, 12
_BEFORE, _AT_ONCE = 3, 12
"""So many requests before those that are measured, and so many at once."""
SHOWN: dict[str, Work] = {
    "create": scenarios.create,
    "PATCH": scenarios.deactivate,
    "PUT": scenarios.put,
    "member": scenarios.move_plain,
    "page": scenarios.first_page,
}
Away = Callable[[Database], AbstractContextManager[Any]]
"""Takes a feature away for a while."""


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _none_of(*_: Any, **__: Any) -> list[Any]:
    return []


def _without(*places: tuple[Any, str, Any]) -> Away:
    """Puts other functions in the places of some."""

    @contextmanager
    def away(_: Database) -> Iterator[None]:
        patches = [patch.object(where, name, other) for where, name, other in places]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()

    return away


@contextmanager
def _without_indexes(database: Database) -> Iterator[None]:
    """Users and addresses without the indexes that only searches and lists need."""
    with _dropped(database, "index", "ix_users_%", "ix_user_emails_%"):
        yield


@contextmanager
def _without_journal(database: Database) -> Iterator[None]:
    """Nothing is written down of what is no longer so."""
    if database.is_sqlite:
        with _dropped(database, "trigger", "%"):
            yield
        return
    _run(database, *(f"ALTER TABLE {name} DISABLE TRIGGER USER" for name in ("users", "memberships")))
    try:
        yield
    finally:
        _run(database, *(f"ALTER TABLE {name} ENABLE TRIGGER USER" for name in ("users", "memberships")))


@contextmanager
def _without_durability(database: Database) -> Iterator[None]:
    """An answered write may be lost when the power fails."""
    _set_durable(database, durable=False)
    try:
        yield
    finally:
        _set_durable(database, durable=True)


def _set_durable(database: Database, *, durable: bool) -> None:
    # All requests go through one connection, since they come one after the other; it is the last that was used.
    with database.read_session() as session:
        level = ("FULL" if durable else "OFF") if database.is_sqlite else ("on" if durable else "off")
        session.look(
            text(f"PRAGMA synchronous={level}" if database.is_sqlite else f"SET synchronous_commit TO {level}")
        )


@contextmanager
def _dropped(database: Database, kind: str, *patterns: str) -> Iterator[None]:
    if database.is_sqlite:
        listed = "SELECT name, sql FROM sqlite_master WHERE type = :kind AND sql IS NOT NULL AND name LIKE :like"
    else:
        listed = "SELECT indexname, indexdef FROM pg_indexes WHERE :kind = 'index' AND indexname LIKE :like"
    with database.schema_engine.begin() as connection:
        found = [row for like in patterns for row in connection.execute(text(listed), {"kind": kind, "like": like})]
    _run(database, *(f"DROP {kind} {name}" for name, _ in found))
    try:
        yield
    finally:
        _run(database, *(definition for _, definition in found))


def _run(database: Database, *statements: str) -> None:
    with database.schema_engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@cache
def _unguarded(kind: str, same: frozenset[str]) -> Prepared:
    """An update that neither counts versions nor looks at them."""
    rows, fixed = TABLES[kind], {"account_id", "id", "directory_id", "origin", "created", "version"}
    here = (rows.c.account_id == ACCOUNT, rows.c.id == ID, bindparam("b_version") >= 0)
    return Prepared(update(rows).where(*here), [name for name in WRITTEN[kind] if name not in fixed | same])


class _Known:
    """Asks for a token once, and takes it for valid from then on."""

    def __init__(self) -> None:
        self._find = app.auth.Doors._find_ahead
        self._rows: dict[str, Any] = {}

    def find(self, doors: Any, asked: Any, *rest: Any) -> Any:
        shown = asked.environ["HTTP_AUTHORIZATION"]
        if shown not in self._rows:
            self._rows[shown] = self._find(doors, asked, *rest)[0]
        return self._rows[shown], None


def _remembering(database: Database) -> AbstractContextManager[None]:
    known = _Known()

    def find(doors: Any, *given: Any) -> Any:
        return known.find(doors, *given)

    # A plain function becomes a method of the class it is put into; the bound one would not be told which object asks.
    return _without((app.auth.Doors, "_find_ahead", find))(database)


def _bare(resource_type: ResourceType) -> Projection:
    """What is shown without groups or members."""
    return projection(resource_type, (), (resource_type.relation.name if resource_type.relation else "",))


def _as_sent(_: Any, __: Any, body: dict[str, Any], ___: Any = None) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("id", "meta", "groups", "password", "roles")}


FEATURES: dict[str, Away] = {
    "durable commit": _without_durability,
    "audit trail, which is the outbox": _without((audit, "record", _nothing)),
    "access follows: mapping, decisions, owners": _without(
        (lifecycle, "apply_changes", _nothing), (last_owner, "replace_deleted", _nothing)
    ),
    "journal of what is no longer so": _without_journal,
    "indexes for searches and lists": _without_indexes,
    "rows of addresses": _without((resource_rows, "email_rows", _none_of)),
    "search form": _without((resource_rows, "searchable", lambda *_: {})),
    "version, against lost updates": _without((app.stores.directory, "update_of", _unguarded)),
    "names that have departed": _without((departed, "remember", _none_of)),
    "count of the directory": _without((tallies, "note", _nothing)),
    "groups or members in the answer": _without(
        (Exchange, "_projection", lambda asked, kind: _bare(asked._types[kind])),
        (Parameters, "projection", lambda _, resource_type: _bare(resource_type)),
    ),
    "token check": _remembering,
    "validation": _without((service, "_read", _as_sent)),
    "request log, metrics, latest requests": _without((observe, "remember", _nothing), (RequestLog, "note", _nothing)),
}
"""What is measured, by what it is called in the table."""


class Clock:
    """Seconds that pass, or that processors have worked for this thread and the database."""

    def __init__(self, database: Database, *, cpu: bool) -> None:
        self._cpu = cpu
        self._servers: list[Path] = []
        if cpu and not database.is_sqlite:
            with database.read_session() as session:
                own = _parent(f"{session.look(text('SELECT pg_backend_pid()')).scalar()}")
            for place in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):  # it has just ended
                    if _parent(place.name) == own:
                        self._servers.append(place / "schedstat")

    def now(self) -> float:
        """The present reading."""
        if not self._cpu:
            return time.perf_counter()
        # What the scheduler knows to the nanosecond; the first number is the time on a processor.
        return time.thread_time() + sum(int(place.read_text().split()[0]) for place in self._servers) / 1e9


def _parent(process: str) -> str:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1]


class Subject:
    """An application in this process, and the requests that it is sent."""

    def __init__(self, application: Flask, world: World) -> None:
        self._client = InProcess(application, world.tokens)
        self._target = Target("features", world)

    def time(self, work: Work, clock: Clock) -> float:
        """What a request takes, in µs."""
        for _ in range(_BEFORE):
            work(self._client, self._target)
        began = clock.now()
        units = sum(work(self._client, self._target) for _ in range(_AT_ONCE))
        return (clock.now() - began) / units * 1e6


def measured(subject: Subject, work: Work, clock: Clock, database: Database, away: Away, rounds: int) -> float:
    """How many µs a request takes longer with the feature than without it."""
    present, absent = [], []
    for _ in range(rounds):
        present.append(subject.time(work, clock))
        with away(database):
            absent.append(subject.time(work, clock))
    # What else the machine does only ever adds to it.
    return min(present) - min(absent)


def table(rows: Sequence[tuple[str, dict[str, float]]]) -> str:
    """As Markdown."""
    lines = [f"| µs | {' | '.join(SHOWN)} |", f"| --- |{' ---: |' * len(SHOWN)}"]
    lines += [f"| {name} | {' | '.join(f'{row[one]:,.0f}' for one in SHOWN)} |" for name, row in rows]
    return "\n".join(lines)


def run(engine: str, folder: Path, users: int, rounds: int, *, cpu: bool) -> str:
    """The table of one engine."""
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    with opened(engine, folder) as new_database, prepared(new_database, folder, users) as made:
        os.environ.update(made.floor_variables or {})
        application = create_app(made.settings)
        database: Database = application.extensions["database"]
        subject, bare = Subject(application, made.world), Subject(floor.create_app(), made.world)
        rows: list[tuple[str, dict[str, float]]] = []
        with Quiet():
            for one in (bare, subject):  # what a first request prepares is no part of any
                for work in SHOWN.values():
                    one.time(work, Clock(database, cpu=False))
            clock = Clock(database, cpu=cpu)
            for name, one in (("the floor, everything", bare), ("Muster, everything", subject)):
                rows.append((name, {of: min(one.time(SHOWN[of], clock) for _ in range(rounds)) for of in SHOWN}))
            for name, away in FEATURES.items():
                cost = {of: measured(subject, SHOWN[of], clock, database, away, rounds) for of in SHOWN}
                rows.append((name, cost))
    return table(rows)


def main() -> None:
    """Both engines, or the one that is named."""
    parser = argparse.ArgumentParser(prog="benchmarks.features", description="What each feature costs a request.")
    parser.add_argument("--engine", choices=ENGINES)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--cpu", action="store_true", help="what processors work, not what time passes")
    given = parser.parse_args()
    for engine in [given.engine] if given.engine else ENGINES:
        # Not /tmp: where that is memory, a commit would cost nothing.
        with tempfile.TemporaryDirectory(prefix="muster-features-") as place:
            shown = run(engine, Path(place), given.users, given.rounds, cpu=given.cpu)
        print(f"\n{engine}, load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores\n\n{shown}", flush=True)


if __name__ == "__main__":
    main()
