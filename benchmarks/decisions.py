"""What one decision costs inside a process that has the account in memory: no HTTP, no statement."""

from __future__ import annotations

import time
from statistics import median

from app.config import Settings
from app.db import Database
from app.stores.access import SqlAccessStore
from benchmarks.population import World
from rbac.decide import Resource, decide

ALLOWED, DENIED = "campaigns.email.launch", "settings.billing.edit"
_CALLS = 20_000


def microseconds(settings: Settings, world: World, rounds: int) -> dict[str, float]:
    """Medians for an allowed and a denied question about a person with one mapped role.

    The policy that the snapshot was read at is compared with what was compiled at each call; the revision
    itself comes with the statement that the request makes anyway.
    """
    database = Database(settings)
    with database.reading() as session:
        person = world.people[0].name
        snapshot = SqlAccessStore(session, world.account_id).snapshot([person])
    database.dispose()
    policy, subject, resource = snapshot.policy, snapshot.subjects[person], Resource("campaign", "c-17")
    found = {}
    for verdict, permission in ((True, ALLOWED), (False, DENIED)):
        decision = decide(policy, subject, permission, resource, "emea")
        if decision.allowed is not verdict:
            raise RuntimeError(f"{permission}: {decision.code}, so this would measure something else")
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            for _ in range(_CALLS):
                decide(policy, subject, permission, resource, "emea")
            times.append((time.perf_counter() - began) / _CALLS * 1e6)
        found["allow" if verdict else "deny"] = median(times)
    return found
