"""A request that PostgreSQL undoes for the sake of another is done again; its sender does not notice."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from tests.builders import Customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
LOCK = "SELECT id FROM groups WHERE id = %s FOR UPDATE"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deadlocked_request_is_done_again(app: Flask, customer: Customer, scim: Scim, database_url: str) -> None:
    """Somebody holds the second group and wants the first; the request holds the first and wants the second."""
    first, second = sorted(scim.create("/Groups", a_group())["id"] for _ in range(2))
    user = scim.create("/Users", a_user())["id"]
    add = a_patch({"op": "add", "path": "members", "value": [{"value": user}]})
    operations = [{"method": "PATCH", "path": f"/Groups/{id}", "data": add} for id in (first, second)]
    answers: list[TestResponse] = []

    def send() -> None:
        client = Scim(app.test_client(), customer.token)
        answers.append(client.post("/Bulk", {"schemas": [BULK], "Operations": operations}))

    sender = threading.Thread(target=send)
    address = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as somebody, psycopg.connect(address, autocommit=True) as watch:
        somebody.execute(LOCK, [second])
        sender.start()
        until = time.monotonic() + 10
        while watch.execute(WAITING).fetchone() == (0,):
            assert time.monotonic() < until, "the request does not wait"
            time.sleep(0.01)
        # Who waits longest looks for circles first, and gives way: the request.
        somebody.execute(LOCK, [first])
    sender.join(20)
    assert [answer.status_code for answer in answers] == [200], answers and answers[0].text
    assert [one["status"] for one in answers[0].json["Operations"]] == ["200", "200"]
    for id in (first, second):
        assert [member["value"] for member in scim.read(f"/Groups/{id}")["members"]] == [user]
