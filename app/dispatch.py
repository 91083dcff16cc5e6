"""Sends events to their endpoints: at least once each, in the order of the audit trail.

Every worker process has one thread that looks, once a second, for endpoints that are behind the trail, and a thread
for each that it sends to. A lease in the database sees to it that only one process sends to an endpoint; whoever dies
with it is followed when it ends. What is to be sent lies in the trail, so nothing is lost with a process.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from app import outbound
from app.db import Database
from app.ending import at_end
from app.models.base import now
from app.observe import LOG
from app.sealing import Keys
from app.sending import Conversation
from app.services import webhook_delivery
from app.services.webhook_delivery import Attempt, Schedule
from app.session import Session
from app.stores import events, webhooks
from app.stores.webhooks import Row

INTERVAL = 1.0
LEASE = timedelta(seconds=2 * outbound.SECONDS)
TURN_SECONDS = 30.0
"""After so long at one endpoint others get their turn."""
SLOTS = 16
"""To so many endpoints a process sends at once; to failing ones only while half of these are free."""
_PORTION = 50
_FAR = 500
"""A cursor that so many entries follow which are nothing for its endpoint is moved behind them."""
_ATTEMPTS = Counter("muster_webhook_attempts", "Attempts to send an event", ["outcome"])

Place = tuple[str, str]
"""An endpoint: account and id."""


class Dispatcher:
    """The threads of one process that send events."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        calls: outbound.Outbound,
        schedule: Schedule,
        interval: float = INTERVAL,
    ) -> None:
        self._database = database
        self._keys = keys
        self._calls = calls
        self._schedule = schedule
        self._interval = interval
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._sending: dict[Place, threading.Thread] = {}
        # Where there was nothing for an endpoint between its cursor and the end of the trail: not looked at again.
        self._nothing: dict[Place, tuple[int, int]] = {}
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()
        at_end(self.stop)

    def stop(self) -> None:
        """Begin nothing more, and wait for what is being sent, at most as long as one attempt may take."""
        self._stop.set()
        with self._lock:
            threads = [self._thread, *self._sending.values()]
        end = time.monotonic() + outbound.SECONDS + 1
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def look(self) -> None:
        """Begin to send whatever is due."""
        with self._database.reading() as session:
            rows = list(webhooks.waiting(session, now()))
            random.shuffle(rows)  # none is always the last one
            rows.sort(key=lambda row: row["attempts"] > 0)
            before, self._nothing = self._nothing, {}
            due = [row for row in rows if self._is_due(session, row, before)]
        for row in due:
            self._begin(row)

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.look()
            except Exception as error:
                # Whatever it was, the next look may succeed; without this thread nothing would ever be sent again.
                LOG.warning("webhooks.look_failed", error=type(error).__name__, exc_info=error)

    def _is_due(self, session: Session, row: Row, before: Mapping[Place, tuple[int, int]]) -> bool:
        place, stretch = _place(row), (row["cursor"], row["head"])
        if before.get(place) != stretch:
            if _events(session, row, 1):
                return True
            if row["head"] - row["cursor"] >= _FAR:
                with self._database.writing() as writer:
                    webhooks.skip(writer, row, row["head"], now())
                return False
        self._nothing[place] = stretch
        return False

    def _begin(self, row: Row) -> None:
        place, most = _place(row), SLOTS // 2 if row["attempts"] else SLOTS
        with self._lock:
            if self._stop.is_set() or place in self._sending or len(self._sending) >= most:
                return
            thread = threading.Thread(target=self._serve, args=(row,), name="webhook", daemon=True)
            self._sending[place] = thread
        thread.start()

    def _serve(self, seen: Row) -> None:
        try:
            moment = now()
            with self._database.writing() as session:
                row = webhooks.claim(session, seen, str(uuid4()), moment, moment + LEASE)
            if row is not None:
                self._take_turn(row)
        except SQLAlchemyError as error:
            LOG.warning("webhooks.not_noted", webhook=seen["id"], error=type(error).__name__)
        finally:
            with self._lock:
                del self._sending[_place(seen)]

    def _take_turn(self, row: Row) -> None:
        """Send what is next, one event after the other, until something is in the way or the turn is over."""
        end, held, portion = time.monotonic() + TURN_SECONDS, row, list[Any]()
        conversation = Conversation(self._calls, self._keys, row)
        try:
            while time.monotonic() < end and not self._stop.is_set():
                if not portion:
                    with self._database.reading() as session:
                        portion = [*reversed(_events(session, held, _PORTION))]
                if not portion:
                    break
                changed = self._note(held, conversation.send(portion.pop()))
                if changed is None or changed["lease_by"] is None:
                    return
                held = changed
        finally:
            conversation.close()
        with self._database.writing() as session:
            webhook_delivery.release(session, held)

    def _note(self, row: Row, attempt: Attempt) -> Row | None:
        """Keep what came of an attempt; the endpoint as it is now, None if another has it."""
        _ATTEMPTS.labels("delivered" if attempt.error is None else "failed").inc()
        with self._database.writing() as session:
            if attempt.error is None:
                return webhook_delivery.delivered(session, row, attempt, LEASE)
            changed = webhook_delivery.failed(session, row, attempt, self._schedule)
        if changed is not None and changed["disabled"] is not None:
            LOG.warning("webhooks.disabled", webhook=row["id"], account=row["account_id"], error=attempt.error)
        return changed


def _events(session: Session, row: Row, most: int) -> Any:
    return events.events_after(session, row["account_id"], row["cursor"], row["types"], most, row["id"])


def _place(row: Row) -> Place:
    return row["account_id"], row["id"]
