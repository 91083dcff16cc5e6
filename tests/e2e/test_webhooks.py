"""The real server sends, is killed, stopped and started again: everything arrives, and nothing is made up."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dispatch import LEASE
from tests.e2e.conftest import Server, environment_for, free_port, muster, own_database, start, stop
from tests.e2e.test_operations import end_orphans
from tests.webhooks import Receiver

pytestmark = pytest.mark.e2e


@pytest.fixture
def sender(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, which may call this machine."""
    port = free_port()
    environment = environment_for(own_database(database_url, tmp_path), tmp_path, port)
    environment["MUSTER_PRIVATE_TARGETS"] = "127.0.0.0/8"
    demo = json.loads(muster(environment, "demo", "--json"))
    process = start(environment, port, tmp_path)
    yield Server(f"http://127.0.0.1:{port}", demo, environment, process)
    if process.poll() is None:
        stop(process)


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


def test_nothing_is_lost_by_a_kill(sender: Server, tmp_path: Path) -> None:
    """kill -9 while two workers send: after the next start all has arrived, in order, genuine, at most one twice."""
    account = sender.demo["account"]
    with Receiver(seconds=0.05) as receiver:
        command = ("webhook", "create", account, "crm", receiver.url, "--type", "user.created", "--json")
        secret = json.loads(sender.muster(*command))["secret"]
        people_come(sender, 0, 60)
        receiver.wait_for(10)
        sender.process.send_signal(signal.SIGKILL)
        sender.process.wait(timeout=40)
        end_orphans(sender)
        assert len(receiver.arrivals) < 60
        port = int(sender.url.rsplit(":", 1)[1])
        process = start(sender.environment, port, tmp_path)
        try:
            people_come(sender, 60, 5)
            expected = expected_of(sender)
            assert len(expected) == 65
            wait_for_all(receiver, expected, LEASE.total_seconds() + 60)
            assert len(receiver.arrivals) <= len(expected) + 1
            assert {event["type"] for event in receiver.events(secret)} == {"user.created"}
        finally:
            assert stop(process) == 0


def test_a_stop_lets_go(sender: Server, tmp_path: Path) -> None:
    """SIGTERM in the middle: what is being sent is finished and noted, so the next server goes on at once."""
    account = sender.demo["account"]
    with Receiver(seconds=0.05) as receiver:
        sender.muster("webhook", "create", account, "crm", receiver.url, "--type", "user.created")
        people_come(sender, 0, 40)
        receiver.wait_for(5)
        assert stop(sender.process) == 0
        assert len(receiver.arrivals) < 40
        port = int(sender.url.rsplit(":", 1)[1])
        process = start(sender.environment, port, tmp_path)
        try:
            expected = expected_of(sender)
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
