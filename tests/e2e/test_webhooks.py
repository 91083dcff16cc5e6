"""The real server sends, is killed, stopped and started again: everything arrives, and nothing is made up."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import update

from app.db import Database
from app.dispatch import LEASE
from app.models.base import now
from app.stores.webhooks import ENDPOINTS
from tests.conftest import settings_for
from tests.e2e.conftest import Server, start, stop
from tests.e2e.test_operations import end_orphans
from tests.webhooks import Receiver

pytestmark = pytest.mark.e2e


def people_come(server: Server, first: int, count: int) -> list[str]:
    """The identity provider pushes people; their names."""
    names = [f"person{number}@northwind.example" for number in range(first, first + count)]
    for name in names:
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name}
        assert server.scim("POST", "/Users", body).status_code == 201
    return names


def expected_of(server: Server) -> list[str]:
    """The ids of what the feed says is to be sent, in its order."""
    account = server.demo["account"]
    feed = json.loads(server.muster("events", account, "--type", "user.created", "--limit", "500", "--json"))
    return [one["id"] for one in feed["results"] if one["data"]["subject"]["name"].startswith("person")]


def told(receiver: Receiver) -> list[str]:
    """The ids that arrived, each when it came first: a receiver drops what it knows."""
    return list(dict.fromkeys(one.headers["webhook-id"] for one in list(receiver.arrivals)))


def let_the_lease_pass(server: Server) -> None:
    """As if so long after the kill that nobody waits any more for whoever was sending."""
    database = Database(settings_for(server.environment["MUSTER_DATABASE_URL"]))
    with database.writing() as session:
        session.execute(update(ENDPOINTS).values(lease_until=now()).where(ENDPOINTS.c.lease_until.is_not(None)))
    database.dispose()


def test_nothing_is_lost_by_a_kill(own_server: Server, tmp_path: Path) -> None:
    """kill -9 while two workers send: after the next start all has arrived, in order, genuine, at most one twice."""
    account = own_server.demo["account"]
    with Receiver(holds=5) as receiver:
        command = ("webhook", "create", account, "crm", receiver.url, "--type", "user.created", "--json")
        secret = json.loads(own_server.muster(*command))["secret"]
        people_come(own_server, 0, 20)
        receiver.wait_for(5)
        own_server.process.send_signal(signal.SIGKILL)
        own_server.process.wait(timeout=40)
        end_orphans(own_server)
        assert len(receiver.arrivals) == 5
        receiver.let_go()
        let_the_lease_pass(own_server)
        port = int(own_server.url.rsplit(":", 1)[1])
        process = start(own_server.environment, port, tmp_path)
        try:
            people_come(own_server, 20, 5)
            expected = expected_of(own_server)
            assert len(expected) == 25
            wait_for_all(receiver, expected, 60)
            assert len(receiver.arrivals) <= len(expected) + 1
            assert {event["type"] for event in receiver.events(secret)} == {"user.created"}
        finally:
            assert stop(process) == 0


def test_a_stop_lets_go(own_server: Server, tmp_path: Path) -> None:
    """SIGTERM in the middle: what is being sent is finished and noted, so the next server goes on at once."""
    account = own_server.demo["account"]
    with Receiver(holds=5) as receiver:
        own_server.muster("webhook", "create", account, "crm", receiver.url, "--type", "user.created")
        people_come(own_server, 0, 25)
        receiver.wait_for(5)
        receiver.seconds = 0.5  # so that it is in the middle for as long as the server takes to hear of it
        receiver.let_go()
        assert stop(own_server.process) == 0
        assert len(receiver.arrivals) < 25
        receiver.seconds = 0.0
        port = int(own_server.url.rsplit(":", 1)[1])
        process = start(own_server.environment, port, tmp_path)
        try:
            expected = expected_of(own_server)
            wait_for_all(receiver, expected, LEASE.total_seconds() - 5)
            assert [one.headers["webhook-id"] for one in receiver.arrivals] == expected
        finally:
            assert stop(process) == 0
    log = (tmp_path / "server.log").read_text()
    assert "whsec" not in log
    assert "from=muster" not in log


def wait_for_all(receiver: Receiver, expected: list[str], seconds: float) -> None:
    """Until all of it has arrived, in its order."""
    end = time.monotonic() + seconds
    while told(receiver) != expected:
        assert time.monotonic() < end, (len(told(receiver)), len(expected))
        time.sleep(0.1)
