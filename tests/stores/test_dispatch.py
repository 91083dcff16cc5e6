"""Events reach their endpoints: signed, in order, at least once, whatever the endpoint does meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from standardwebhooks import WebhookVerificationError

from app.audit import EVENTS
from app.db import Database
from app.dispatch import LEASE, Dispatcher
from app.models.base import now
from app.outbound import SECONDS
from app.sealing import Keys
from app.services import account_settings, accounts, event_feed, webhooks
from app.services.webhook_delivery import MOST_WAIT, Schedule
from app.services.webhooks import Endpoint
from app.stores import events
from app.stores import webhooks as store
from app.stores.webhooks import DELIVERIES, ENDPOINTS, KEPT
from tests.builders import a_customer
from tests.conftest import KEY, settings_for
from tests.webhooks import Receiver, loopback, note, something_happens, wait_until

KEYS = Keys(KEY.encode())
AT_ONCE = Schedule(first=0.05, factor=1.5, longest=0.2)


@dataclass(frozen=True)
class World:
    """An account whose endpoints are gone after the test, so that no later one sends to them."""

    database: Database
    account_id: str

    def endpoint(self, receiver: Receiver, *types: str, name: str = "crm") -> tuple[str, str]:
        """A new endpoint: id and secret."""
        with self.database.writing() as session:
            made, secret = webhooks.create(session, self.account_id, KEYS, loopback(), name, receiver.url, types)
        return made.id, secret

    def see(self, id: str) -> Endpoint:
        """An endpoint as it is now."""
        with self.database.reading() as session:
            return webhooks.get(session, self.account_id, id)

    def deliveries(self, id: str) -> list[webhooks.Delivery]:
        """Its attempts, the first one first."""
        with self.database.reading() as session:
            return webhooks.list_deliveries(session, self.account_id, id)[::-1]

    def happen(self, count: int = 1, action: str = "access.granted") -> list[int]:
        """Something happens, so many times."""
        return something_happens(self.database, self.account_id, count, action)

    def set(self, id: str, **values: Any) -> None:
        """Change an endpoint's row, and take the lease from whoever sends."""
        values = {"lease_by": None, "lease_until": None} | values
        with self.database.writing() as session:
            session.execute(update(ENDPOINTS).where(ENDPOINTS.c.id == id).values(**values))

    def audited(self, action: str) -> list[Any]:
        """The entries of the trail with an action."""
        with self.database.reading() as session:
            query = select(EVENTS).where(EVENTS.c.account_id == self.account_id, EVENTS.c.action == action)
            return [*session.execute(query.order_by(EVENTS.c.sequence))]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """An account of its own."""
    made = World(database, a_customer(database).account_id)
    yield made
    with database.writing() as session:
        session.execute(ENDPOINTS.delete().where(ENDPOINTS.c.account_id == made.account_id))


@contextmanager
def dispatching(database: Database, schedule: Schedule = AT_ONCE) -> Iterator[Dispatcher]:
    """A worker process's dispatcher, looking more often than usual."""
    dispatcher = Dispatcher(database, KEYS, loopback(), schedule, interval=0.02)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.stop()


def test_events_arrive_signed_and_in_order(world: World) -> None:
    """Standard Webhooks' own library verifies each; each is told as the feed tells it; one connection carries all."""
    world.happen(2)  # before there was an endpoint
    with Receiver() as receiver, dispatching(world.database):
        id, secret = world.endpoint(receiver)
        expected = world.happen(30)
        receiver.wait_for(30)
        wait_until(lambda: world.see(id).cursor == expected[-1])
        events = receiver.events(secret)
    assert receiver.sequences() == expected
    assert len({event["id"] for event in events}) == 30
    with world.database.reading() as session:
        feed = event_feed.feed(session, world.account_id, expected[0] - 1, ["access.granted"], 100)
    assert events == list(feed.results)
    assert {one.headers["content-type"] for one in receiver.arrivals} == {"application/json"}
    assert {one.path for one in receiver.arrivals} == {"/hooks?from=muster"}
    assert len({one.connection for one in receiver.arrivals}) < 10
    with pytest.raises(WebhookVerificationError):
        receiver.arrivals[0].event("whsec_" + "A" * 44)


def test_only_the_types_that_were_asked_for(world: World) -> None:
    """What an endpoint does not want is not sent, and does not hold up what it wants."""
    with Receiver() as receiver, dispatching(world.database):
        id, secret = world.endpoint(receiver, "access.revoked", "user.created")
        world.happen(3)
        [revoked] = world.happen(1, "access.revoked")
        with world.database.writing() as session:
            accounts.create_owner(session, world.account_id, "olivia@acme.example")
        receiver.wait_for(2)
        time.sleep(0.3)
        first, second = receiver.events(secret)
    assert (first["type"], first["data"]["sequence"]) == ("access.revoked", revoked)
    assert first["data"]["access"] == {"role": "Marketer", "scope": "account", "reach": "account"}
    assert (second["type"], second["data"]["subject"]["name"]) == ("user.created", "olivia@acme.example")
    assert world.see(id).attempts == 0


def test_what_is_not_committed_is_not_sent(world: World) -> None:
    """The outbox is written in the transaction of the change."""
    with Receiver() as receiver, dispatching(world.database):
        world.endpoint(receiver)
        with world.database.write_session() as session:
            note(session, world.account_id, "nobody@acme.example")
            session.rollback()
        [expected] = world.happen()
        receiver.wait_for(1)
        time.sleep(0.2)
    assert receiver.sequences() == [expected]


def test_failures_are_repeated_in_order(world: World) -> None:
    """The same event under the same id, at a new time, until it is received; then the next. Waits become longer."""
    schedule = Schedule(first=0.1, factor=3.0, longest=10.0)
    with Receiver() as receiver, dispatching(world.database, schedule):
        receiver.answers.extend([(500, {}), (404, {}), (302, {"Location": "/elsewhere"})])
        id, secret = world.endpoint(receiver)
        one, two = world.happen(2)
        receiver.wait_for(5)
        wait_until(lambda: world.see(id).cursor == two)
        first, again, _, last, _ = (arrival.at for arrival in receiver.arrivals)
        assert receiver.sequences() == [one, one, one, one, two]
        assert receiver.events(secret)
    assert again - first >= 0.08
    assert last - again >= 0.08 + 0.24 + 0.72 - 0.3
    told = [(one.sequence, one.attempt, one.status, one.error) for one in world.deliveries(id)]
    assert told == [
        (one, 1, 500, "it answered 500"),
        (one, 2, 404, "it answered 404"),
        (one, 3, 302, "it answered 302, a redirect, which is not followed"),
        (one, 4, 204, None),
        (two, 1, 204, None),
    ]
    seen = world.see(id)
    assert (seen.attempts, seen.failing_since, seen.last_error) == (0, None, None)
    assert seen.last_success is not None


@pytest.mark.parametrize(("asked", "least", "most"), [("300", 200, 300), ("999999", 86_000, 86_400), ("soon", -60, 1)])
def test_retry_after_is_honoured(world: World, asked: str, least: int, most: int) -> None:
    """RFC 9110 §10.2.3, up to a day; what cannot be read is as if it were not there."""
    with Receiver() as receiver, dispatching(world.database):
        receiver.answers.extend([(429, {"Retry-After": asked})] * 1000)
        id, _ = world.endpoint(receiver)
        world.happen()
        wait_until(lambda: world.see(id).attempts > 0)
        seen = world.see(id)
        assert seen.next_attempt is not None
        assert timedelta(seconds=least) <= seen.next_attempt - now() <= timedelta(seconds=most)
    assert timedelta(seconds=86_400) == MOST_WAIT


def test_nobody_listens(world: World) -> None:
    """A port on which nobody is: it is tried again, and what happened is there when somebody comes."""
    with Receiver() as receiver:
        port = receiver.port
    with dispatching(world.database):
        id, _ = world.endpoint(receiver)
        expected = world.happen(3)
        wait_until(lambda: world.see(id).attempts > 1)
        assert world.see(id).last_error == "it cannot be connected to"
        with Receiver(port=port) as receiver:
            receiver.wait_for(3)
    assert receiver.sequences() == expected


def test_gone_means_no_more(world: World) -> None:
    """410 disables at once, with an entry in the trail; enabled again, it gets what happened meanwhile."""
    with Receiver() as receiver, dispatching(world.database):
        receiver.answers.append((410, {}))
        id, _ = world.endpoint(receiver)
        expected = world.happen(3)
        wait_until(lambda: not world.see(id).enabled)
        time.sleep(0.2)
        assert len(receiver.arrivals) == 1
        [entry] = world.audited("webhook.disabled")
        assert (entry.target_id, entry.reason) == (id, "it answered 410: it wants no more")
        with world.database.writing() as session:
            webhooks.change(session, world.account_id, loopback(), id, {"enabled": True})
        receiver.wait_for(4)
    assert receiver.sequences() == [expected[0], *expected]


def test_disabled_after_days_of_failures(world: World) -> None:
    """Not after many attempts, but after a time without one success; the trail says why."""
    with Receiver() as receiver, dispatching(world.database, Schedule(first=0.02, factor=1, days=5)):
        receiver.answers.extend([(503, {})] * 1000)
        id, _ = world.endpoint(receiver)
        world.happen()
        wait_until(lambda: world.see(id).attempts > 5)
        assert world.see(id).enabled
        world.set(id, failing_since=now() - timedelta(days=5, seconds=1))
        wait_until(lambda: not world.see(id).enabled)
    [entry] = world.audited("webhook.disabled")
    assert entry.reason is not None
    assert entry.reason.startswith("it has received nothing since")
    assert entry.reason.endswith("it answered 503")


def test_replay(world: World) -> None:
    """The cursor is set back: the same events under the same ids. Set forward: what is between is left out."""
    with Receiver() as receiver, dispatching(world.database):
        id, secret = world.endpoint(receiver)
        expected = world.happen(5)
        receiver.wait_for(5)
        wait_until(lambda: world.see(id).cursor == expected[-1])
        with world.database.writing() as session:
            webhooks.replay(session, world.account_id, id, after=expected[1])
        receiver.wait_for(8)
        assert receiver.sequences() == expected + expected[2:]
        events = receiver.events(secret)
        assert events[2:5] == events[5:]
        wait_until(lambda: world.see(id).cursor >= expected[-1])
        with world.database.writing() as session:
            webhooks.replay(session, world.account_id, id, since=now() - timedelta(hours=1))
        receiver.wait_for(13)
        wait_until(lambda: world.see(id).cursor >= expected[-1])
        with world.database.writing() as session:
            webhooks.change(session, world.account_id, loopback(), id, {"enabled": False})
        later = world.happen(3)
        with world.database.writing() as session:
            webhooks.replay(session, world.account_id, id, after=later[1])
            webhooks.change(session, world.account_id, loopback(), id, {"enabled": True})
        receiver.wait_for(14)
        time.sleep(0.2)
    assert receiver.sequences()[8:] == [*_since(world, expected), later[2]]


def _since(world: World, expected: list[int]) -> list[int]:
    """All events of the account from its beginning to the last of these."""
    with world.database.reading() as session:
        found = event_feed.feed(session, world.account_id, 0, [], 100).results
    return [one["data"]["sequence"] for one in found if one["data"]["sequence"] <= expected[-1]]


def test_several_processes_send_each_event_once(world: World, database_url: str) -> None:
    """The lease: three dispatchers, one of them busy, and nothing comes twice or out of order."""
    others = [Database(settings_for(database_url)) for _ in range(2)]
    with Receiver(seconds=0.005) as receiver:
        id, _ = world.endpoint(receiver)
        with dispatching(others[0]), dispatching(others[1]), dispatching(world.database):
            expected = world.happen(60)
            receiver.wait_for(60)
            wait_until(lambda: world.see(id).cursor == expected[-1])
            time.sleep(0.2)
    for other in others:
        other.dispose()
    assert receiver.sequences() == expected


def test_whoever_dies_with_the_lease_is_followed(world: World) -> None:
    """Nothing is sent while another holds it, and all of it when it ends; the lease outlives any single attempt."""
    with Receiver() as receiver, dispatching(world.database):
        id, _ = world.endpoint(receiver)
        killed = "somebody who was killed"
        world.set(id, lease_by=killed, lease_until=now() + timedelta(hours=1))
        expected = world.happen(2)
        time.sleep(0.3)
        assert receiver.arrivals == []
        world.set(id, lease_by=killed, lease_until=now())
        receiver.wait_for(2)
    assert receiver.sequences() == expected
    assert timedelta(seconds=SECONDS) < LEASE


def test_whoever_stops_lets_go(world: World) -> None:
    """After a graceful stop the next process goes on at once, and nothing comes twice."""
    with Receiver(holds=3) as receiver:
        id, _ = world.endpoint(receiver)
        expected = world.happen(20)
        with dispatching(world.database) as dispatcher:
            receiver.wait_for(3)
            stopping = threading.Thread(target=dispatcher.stop)
            stopping.start()
            wait_until(dispatcher._stop.is_set)
            receiver.let_go()
            stopping.join()
        assert receiver.sequences() == expected[:3]
        with dispatching(world.database):
            receiver.wait_for(20, seconds=LEASE.total_seconds() - 5)
            wait_until(lambda: world.see(id).cursor == expected[-1])
    assert receiver.sequences() == expected


def test_one_endpoint_does_not_wait_for_another(world: World) -> None:
    """A slow one and a dead one beside a good one."""
    with Receiver(holds=1) as slow, Receiver() as good, Receiver() as dead:
        id, _ = world.endpoint(slow, name="slow")
        world.endpoint(good, name="good")
        world.endpoint(dead, name="dead")
        dead.__exit__()
        with dispatching(world.database):
            expected = world.happen(10)
            good.wait_for(10)
            assert world.deliveries(id) == [], "the slow one was given up before the good one had everything"
            slow.let_go()
    assert good.sequences() == expected


def test_secrets_are_replaced_without_a_gap(world: World) -> None:
    """For a while everything has two signatures, and either secret verifies it; after that only the new one does."""
    with Receiver() as receiver, dispatching(world.database):
        id, old = world.endpoint(receiver)
        with world.database.writing() as session:
            _, new = webhooks.rotate_secret(session, world.account_id, KEYS, id, hours=1)
        [expected] = world.happen()
        wait_until(lambda: world.see(id).cursor == expected)
        [arrival] = receiver.arrivals
        assert arrival.headers["webhook-signature"].count("v1,") == 2
        assert arrival.event(old) == arrival.event(new)
        world.set(id, previous_until=now() - timedelta(seconds=1))
        world.happen()
        receiver.wait_for(2)
        assert receiver.arrivals[1].event(new)
        with pytest.raises(WebhookVerificationError):
            receiver.arrivals[1].event(old)


def test_secrets_are_sealed(world: World) -> None:
    """The database alone yields none; a text that was moved to another row does not open."""
    with Receiver() as receiver:
        id, secret = world.endpoint(receiver)
        other, _ = world.endpoint(receiver, name="other")
        with world.database.reading() as session:
            stored = dict(session.execute(select(ENDPOINTS.c.id, ENDPOINTS.c.secret)).all())
        assert secret not in stored[id]
        world.set(other, secret=stored[id])
        with dispatching(world.database):
            world.happen()
            receiver.wait_for(1)
            wait_until(lambda: world.see(other).attempts > 0)
        assert "rotate the secret" in (world.see(other).last_error or "")
        assert len(receiver.arrivals) == 1


def test_a_suspended_account_tells_nothing(world: World) -> None:
    """Until it is resumed; then everything that happened is told."""
    with Receiver() as receiver, dispatching(world.database):
        world.endpoint(receiver)
        with world.database.writing() as session:
            account_settings.set_suspended(session, world.account_id, suspended=True)
        expected = world.happen(2)
        time.sleep(0.3)
        assert receiver.arrivals == []
        with world.database.writing() as session:
            account_settings.set_suspended(session, world.account_id, suspended=False)
        receiver.wait_for(2)
    assert receiver.sequences() == expected


def test_who_looked_just_before_a_suspension_sends_nothing_of_after_it(world: World) -> None:
    """The endpoint was due when it was looked at; what happens once the account is suspended is not for it."""
    with Receiver() as receiver:
        id, _ = world.endpoint(receiver)
        world.happen()
        with world.database.reading() as session:
            [seen] = [row for row in store.waiting(session, now()) if row["id"] == id]
        with world.database.writing() as session:
            account_settings.set_suspended(session, world.account_id, suspended=True)
        world.happen(2)
        asked = (world.account_id, seen["cursor"], (), 9)
        with world.database.reading() as session:
            assert not events.events_after(session, *asked, seen["id"])
            assert len(events.events_after(session, *asked)) >= 3, "the feed goes on"
        with world.database.writing() as session:
            account_settings.set_suspended(session, world.account_id, suspended=False)
        with world.database.reading() as session:
            assert len(events.events_after(session, *asked, seen["id"])) >= 3


def test_a_test_goes_to_one_endpoint_only(world: World) -> None:
    """Also to one that wants no such type; and not into the feed."""
    with Receiver() as receiver, Receiver() as other, dispatching(world.database):
        id, secret = world.endpoint(receiver, "mapping.published")
        world.endpoint(other, name="other")
        with world.database.writing() as session:
            webhooks.send_test(session, world.account_id, "crm")
        receiver.wait_for(1)
        time.sleep(0.2)
        [event] = receiver.events(secret)
    assert event["type"] == "webhook.test"
    assert event["data"]["subject"]["id"] == id
    assert other.arrivals == []
    with world.database.reading() as session:
        assert "webhook.test" not in {
            one["type"] for one in event_feed.feed(session, world.account_id, 0, [], 100).results
        }


def test_what_is_of_no_interest_is_passed_over(world: World) -> None:
    """Nothing is written for each of them; far behind, the cursor is moved, so that it is not all read again."""
    with Receiver() as receiver:
        id, _ = world.endpoint(receiver, "mapping.published")
        begun = world.see(id).cursor
        with dispatching(world.database):
            world.happen(2)
            time.sleep(0.2)
            assert world.see(id).cursor == begun
            with world.database.writing() as session:
                for number in range(600):
                    note(session, world.account_id, f"p{number}")
            wait_until(lambda: world.see(id).cursor > begun + 600)
    assert receiver.arrivals == []


def test_the_latest_attempts_are_kept(world: World) -> None:
    """A hundred of them."""
    with Receiver() as receiver, dispatching(world.database):
        id, _ = world.endpoint(receiver)
        world.happen(KEPT + 5)
        receiver.wait_for(KEPT + 5)
        wait_until(lambda: len(world.deliveries(id)) == KEPT and world.deliveries(id)[-1].number == KEPT + 5)
        assert world.deliveries(id)[0].number == 6
        with world.database.writing() as session:
            webhooks.delete(session, world.account_id, id)
        with world.database.reading() as session:
            assert session.execute(select(DELIVERIES).where(DELIVERIES.c.endpoint_id == id)).all() == []
