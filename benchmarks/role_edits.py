"""Decisions of an account with very many roles, while one of the roles is edited every second, and while none is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread

from sqlalchemy import insert

from app.db import Database
from app.models import Role, RolePermission
from app.models.base import new_id, table
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from benchmarks import bodies, report
from benchmarks.installation import Prepared, Running, muster
from benchmarks.measure import Plan, Side, compare
from benchmarks.report import Line
from benchmarks.scenarios import Asks, Target, first_evaluation
from benchmarks.servers import Tier

ROLES, STATEMENTS, EVERY = 1_000, 20, 1.0
AT_LEAST, SLOWEST_MS = 0.90, 20.0
_SECONDS = 3.0
"""Of each round: some edits must fall into it."""
_NAME, _TURNED = "Role 00000", "campaigns.email.view"


def run(made: Prepared, plan: Plan, tier: Tier) -> Iterator[Line]:
    """How many decisions a second are left of those without an edit, and how long the slowest take."""
    _add_roles(made)
    with muster(made, tier) as running, _editor(running) as editor:
        clients = [running.client() for _ in range(2)]
        quiet, edited = (
            Side(running.target, [client], work)
            for client, work in zip(clients, (first_evaluation, editor.while_edited), strict=True)
        )
        compare([quiet, edited], replace(plan, seconds=max(plan.seconds, _SECONDS)))
        for client in clients:
            client.close()
    title = f"evaluation, one of {ROLES:,} roles edited each second"
    yield report.at_least(title, edited.rate, quiet.rate, AT_LEAST, "req", " *")
    slowest, others = edited.slowest() * 1000, quiet.slowest() * 1000
    yield report.at_most("  its 99th percentile", slowest, SLOWEST_MS, "ms", others)
    yield report.at_most("  its longest", edited.slowest(1.0) * 1000, 10 * SLOWEST_MS, "ms", quiet.slowest(1.0) * 1000)


def _add_roles(made: Prepared) -> None:
    """So many roles, of which nobody has any, each with as many statements as an administrator writes."""
    database = Database(made.settings)
    account_id = made.world.account_id
    try:
        with database.writing() as session:
            keys = sorted(SqlAccessStore(session, account_id).snapshot([]).policy.catalogue.permissions)
            bump(session, account_id)
        here = {"account_id": account_id}
        ids = [new_id() for _ in range(ROLES)]
        names = [f"Role {number:05d}" for number in range(ROLES)]
        roles = [here | {"id": id, "name": name, "name_key": name.lower()} for id, name in zip(ids, names, strict=True)]
        says = [
            here | {"role_id": id, "permission": key, "effect": "allow"}
            for number, id in enumerate(ids)
            for key in {keys[(number + step) % len(keys)] for step in range(STATEMENTS)}
        ]
        with database.schema_engine.begin() as connection:
            connection.execute(insert(table(Role)), roles)
            connection.execute(insert(table(RolePermission)), says)
        with database.writing() as session:
            bump(session, account_id)
    finally:
        database.dispose()


class _Editor:
    """Edits a role as long as somebody says that decisions are being asked for."""

    def __init__(self, running: Running) -> None:
        self._client = running.client()
        self._asked_at = 0.0
        self._done = Event()
        self.failed: Exception | None = None
        self._thread = Thread(target=self._edit, daemon=True)
        self._thread.start()

    def while_edited(self, client: Asks, target: Target) -> int:
        """A decision, which keeps the edits going."""
        if self.failed is not None:
            raise self.failed
        self._asked_at = time.monotonic()
        return first_evaluation(client, target)

    def stop(self) -> None:
        """No more edits."""
        self._done.set()
        self._thread.join()
        self._client.close()

    def _edit(self) -> None:
        effect = "deny"
        while not self._done.wait(EVERY):
            if time.monotonic() - self._asked_at > EVERY:
                continue
            change = {"statements": [{"permission": _TURNED, "effect": effect}], "replaces": True}
            try:
                self._client.ask("PATCH", f"{bodies.API}/roles/{_NAME.replace(' ', '%20')}", change)
            except Exception as error:
                self.failed = error
                return
            effect = "allow" if effect == "deny" else "deny"


@contextmanager
def _editor(running: Running) -> Iterator[_Editor]:
    editor = _Editor(running)
    try:
        yield editor
    finally:
        editor.stop()
