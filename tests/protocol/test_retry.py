"""A request that PostgreSQL undoes for the sake of another is done again; its sender does not notice."""

from __future__ import annotations

import threading

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim
from tests.webhooks import wait_until

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
LOCK = "SELECT id FROM groups WHERE id = %s FOR UPDATE"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deadlocked_request_is_done_again(app: Flask, customer: Customer, scim: Scim, database_url: str) -> None:
    """Somebody holds the last group and waits for the first, which the request holds when it comes to the last.

    Whoever has waited for a second looks for circles, and gives way: the request, since somebody else has patience.
    It is held up at the group between them until the other one waits, so it is the one who closes the circle.
    """
    first, between, last = sorted(scim.create("/Groups", a_group())["id"] for _ in range(3))
    user = scim.create("/Users", a_user())["id"]
    add = a_patch({"op": "add", "path": "members", "value": [{"value": user}]})
    operations = [{"method": "PATCH", "path": f"/Groups/{id}", "data": add} for id in (first, between, last)]
    answers: list[TestResponse] = []

    def send() -> None:
        client = Scim(app.test_client(), customer.token)
        answers.append(client.post("/Bulk", {"schemas": [BULK], "Operations": operations}))

    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        psycopg.connect(address, autocommit=True) as watch,
        psycopg.connect(address) as somebody,
        psycopg.connect(address) as keeper,
    ):

        def wait_for(count: int) -> None:
            wait_until(lambda: watch.execute(WAITING).fetchone() == (count,))

        somebody.execute("SET deadlock_timeout = '10min'")
        somebody.execute(LOCK, [last])
        keeper.execute(LOCK, [between])
        sender = threading.Thread(target=send)
        sender.start()
        wait_for(1)
        waiter = threading.Thread(target=somebody.execute, args=(LOCK, [first]))
        waiter.start()
        wait_for(2)
        keeper.rollback()
        waiter.join(60)
        assert not waiter.is_alive(), "the request did not give way"
    sender.join(60)
    assert [answer.status_code for answer in answers] == [200], answers and answers[0].text
    assert [one["status"] for one in answers[0].json["Operations"]] == ["200"] * 3
    for id in (first, between, last):
        assert [member["value"] for member in scim.read(f"/Groups/{id}")["members"]] == [user]
