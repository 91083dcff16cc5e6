"""What an administrator's program asks of ``/api/v1``, each beside what a directory asks that is most like it.

There is no floor for these: a ratio says what administration costs more than SCIM does on the same server.
"""

from __future__ import annotations

from benchmarks import bodies
from benchmarks.client import Unexpected
from benchmarks.scenarios import Asks, Scenario, Target, by_id, first_page, move_plain

ROLE = "Marketer"


def users(client: Asks, target: Target) -> int:
    """The first hundred users, as ``first_page`` has them from SCIM."""
    client.ask("GET", f"{bodies.API}/users?limit=100")
    return 1


def role(client: Asks, target: Target) -> int:
    """A role with what it says and what is questionable about that."""
    client.ask("GET", f"{bodies.API}/roles/{ROLE}")
    return 1


def assignment(client: Asks, target: Target) -> int:
    """A role is given to somebody in a unit and taken back: two changes, as a group's member comes and goes."""
    whom = {"role": ROLE, "users": [target.person("given").id], "unit": "emea"}
    for path in ("assignments", "assignments/remove"):
        answer = client.ask("POST", f"{bodies.API}/{path}", whom)
        if b'"changed":true' not in answer.body.replace(b" ", b""):
            raise Unexpected(f"{path}: nothing changed: {answer.body[:500]!r}")
    return 2


SCENARIOS = (
    Scenario("API: page of 100 users", users, 0.20, against=first_page, growth=0.1),
    Scenario("API: a role with statements", role, 0.40, against=by_id, growth=0.05),
    Scenario("API: a role given and taken", assignment, 0.50, against=move_plain, growth=0.1),
)
