"""Many writers at once: everybody is answered, nothing is counted wrong."""

from __future__ import annotations

import random
import threading
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from app import audit
from app.db import Database
from app.models import Directory, Group, Membership, User
from app.models.base import table
from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim

GROUPS, MEMBERSHIPS = table(Group), table(Membership)
DIRECTORIES, USERS = table(Directory), table(User)
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
THREADS, STEPS = 8, 25
ANSWERS = {200, 201, 204, 400, 404, 409, 412, 503}


def test_a_storm_of_writes_is_answered_and_counted_right(
    app: Flask, database: Database, customer: Customer, scim: Scim
) -> None:
    """Members, users, deletes and bulks on one directory: no waiting for each other, no count beside the rows."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(6)]
    groups = [scim.create("/Groups", a_group())["id"] for _ in range(3)]
    answers: list[int] = []

    def write(seed: int) -> None:
        dice, client = random.Random(seed), Scim(app.test_client(), customer.token)
        for _ in range(STEPS):
            answers.append(_step(dice, client, users, groups))

    threads = [threading.Thread(target=write, args=(seed,), daemon=True) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not [thread for thread in threads if thread.is_alive()], "writers wait for each other"
    assert len(answers) == THREADS * STEPS
    assert set(answers) <= ANSWERS
    if database.is_sqlite:
        assert 503 not in answers
    with database.reading() as session:
        of_group = (MEMBERSHIPS.c.account_id == GROUPS.c.account_id) & (MEMBERSHIPS.c.group_id == GROUPS.c.id)
        rows = select(func.count()).select_from(MEMBERSHIPS).where(of_group).scalar_subquery()
        counted = select(GROUPS.c.member_count, rows).where(GROUPS.c.account_id == customer.account_id)
        assert [tuple(row) for row in session.execute(counted) if row[0] != row[1]] == []
        assert audit.verify(session, customer.account_id).problem is None
        here = (USERS.c.account_id == DIRECTORIES.c.account_id) & (USERS.c.directory_id == DIRECTORIES.c.id)
        users = select(func.count()).select_from(USERS).where(here).scalar_subquery()
        kept = select(DIRECTORIES.c.user_count, users).where(DIRECTORIES.c.account_id == customer.account_id)
        assert [tuple(row) for row in session.execute(kept) if row[0] != row[1]] == []


def _step(dice: random.Random, scim: Scim, users: list[str], groups: list[str]) -> int:
    user, group = dice.choice(users), dice.choice(groups)
    add: dict[str, Any] = {"op": "add", "path": "members", "value": [{"value": user}]}
    match dice.randrange(7):
        case 0 | 1:
            return scim.patch(f"/Groups/{group}", a_patch(add)).status_code
        case 2:
            return scim.patch(
                f"/Groups/{group}", a_patch({"op": "remove", "path": f'members[value eq "{user}"]'})
            ).status_code
        case 3:
            return scim.patch(f"/Users/{user}", a_patch({"op": "replace", "path": "title", "value": "x"})).status_code
        case 4:
            made = scim.post("/Users", a_user())
            users.append(made.json["id"] if made.status_code == 201 else user)
            return made.status_code
        case 5:
            operations = [{"method": "PATCH", "path": f"/Groups/{id}", "data": a_patch(add)} for id in groups]
            return scim.post("/Bulk", {"schemas": [BULK], "Operations": operations}).status_code
    return scim.delete(f"/Users/{user}").status_code
