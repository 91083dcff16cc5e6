"""How long the console's pages take with very many people: server time, statements and bytes of each.

    python -m benchmarks.console [--people 100000] [--engine sqlite] [--only people]

Every page is asked for in process, signed in as an Account Owner, a few times; the median counts. What an address
names is taken from the database: somebody, and a group, a role and a unit that thousands of people have to do with.
Pages of which a part comes later are there with it, too (``look=1``).
"""

from __future__ import annotations

import argparse
import gzip
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app.compose import create_app
from app.config import Settings
from app.db import Database
from app.models.base import now
from app.services import accounts, person_sessions
from benchmarks import organisation, servers
from benchmarks.engines import ENGINES, opened
from benchmarks.population import Population

ROUNDS = 5
ADDRESS = "https://muster.example.test"
_PLACES = {
    "user": "SELECT id FROM users WHERE account_id = :a ORDER BY user_name_key LIMIT 1 OFFSET 500",
    "person": "SELECT id FROM users WHERE account_id = :a ORDER BY user_name_key LIMIT 1 OFFSET 500",
    "group": "SELECT id FROM groups WHERE account_id = :a ORDER BY member_count DESC LIMIT 1",
    "role": "SELECT id FROM roles WHERE account_id = :a AND name = 'Crew 01'",
    "unit": "SELECT id FROM business_units WHERE account_id = :a AND key = 'region0'",
    "directory": "SELECT id FROM directories WHERE account_id = :a AND preset = 'okta' LIMIT 1",
    "sequence": "SELECT max(sequence) FROM audit_events WHERE account_id = :a",
    "number": "SELECT max(number) FROM mapping_revisions WHERE account_id = :a",
    "rule": "SELECT id FROM mapping_rules WHERE account_id = :a LIMIT 1",
}
"""What stands in addresses, by the names of their parts."""
_MORE = (
    "/console/people?q=user 5",
    "/console/people?q=a&sort=-modified",
    "/console/people?q=nobody",
    "/console/people?state=inactive",
    '/console/people?filter=user_name ew "7@example.com"',
    '/console/people?filter=display_name co "user 77"',
    "/console/groups?q=team",
    "/console/audit?about=access",
    "/console/mapping/waiting?look=1",
    "/console/groups/<group>/removal?look=1",
    "/console/roles/<role>/delete?look=1",
    "/console/units/<unit>/move?parent=region1",
    "/console/units/<unit>/move?parent=region1&look=1",
)


@dataclass(frozen=True)
class Figure:
    """What a page cost. ``processor``: how long this process worked; ``status``, because a refusal would be quick."""

    path: str
    status: int
    milliseconds: float
    processor: float
    statements: int
    bytes: int
    compressed: int


def main() -> None:
    """Print a line for each page, the slowest first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--only", default="")
    parser.add_argument("--folder")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="muster-console-", dir=given.folder) as place,
        opened(given.engine, Path(place)) as new_database,
    ):
        settings = Settings(
            database_url=new_database("console"), public_url=ADDRESS, data_dir=place, secret_key=servers.KEY
        )
        population = Population(settings, f"{ADDRESS}/scim/v2", None)
        account_id = population.people(given.people).account_id
        organisation.live(settings, population, account_id, given.people)
        population.close()
        figures = sorted(_figures(settings, account_id, given.only), key=lambda one: -one.milliseconds)
    print(f"{given.engine}, {given.people:,} people\n\n| page | status | ms | CPU ms | statements | kB | kB gzip |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in figures:
        print(
            f"| `{one.path}` | {one.status} | {one.milliseconds:.0f} | {one.processor:.0f} | {one.statements} "
            f"| {one.bytes / 1000:.0f} | {one.compressed / 1000:.1f} |"
        )


def _figures(settings: Settings, account_id: str, only: str) -> Iterator[Figure]:
    app, database = create_app(settings), Database(settings)
    client = _signed_in(app, database, account_id)
    asked: list[str] = []
    event.listen(app.extensions["database"].engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for path in _addresses(app, database, account_id):
        if only not in path:
            continue
        times, busy = [], []
        for _ in range(ROUNDS):
            asked.clear()
            began, worked = time.perf_counter(), time.process_time()
            answer = client.get(path, base_url=ADDRESS, headers={"Sec-Fetch-Site": "none"})
            times.append(1000 * (time.perf_counter() - began))
            busy.append(1000 * (time.process_time() - worked))
        size, compressed = len(answer.data), len(gzip.compress(answer.data))
        yield Figure(path, answer.status_code, median(times), median(busy), len(asked), size, compressed)


def _signed_in(app: Flask, database: Database, account_id: str) -> FlaskClient:
    with database.writing() as session:
        owner = accounts.create_owner(session, account_id, "owner@example.com", "Olivia Owner")
    with database.writing() as session:
        begun = person_sessions.begin(
            session, app.extensions["web"].keys, account_id, owner.id, authenticated=now(), methods=["pwd"]
        )
    client = app.test_client()
    client.set_cookie("__Host-muster", begun.secret, domain=ADDRESS.partition("//")[2], secure=True)
    return client


def _addresses(app: Flask, database: Database, account_id: str) -> Iterator[str]:
    with database.reading() as session:
        known: dict[str, Any] = {
            name: session.execute(text(query), {"a": account_id}).scalar() for name, query in _PLACES.items()
        }
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    pages = sorted(rule.rule for rule in rules if rule.rule.startswith("/console"))
    for page in (*pages, *_MORE):
        if all(known.get(one) for one in re.findall(r"<(\w+)>", page)):
            yield re.sub(r"<(\w+)>", lambda part: str(known[part[1]]), page)


if __name__ == "__main__":
    main()
