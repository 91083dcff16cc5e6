"""Tells clients that a session is over (OpenID Connect Back-Channel Logout 1.0): at least once each.

Who is to be told lies in the database, written with what ended the session, so nothing is lost with a process. Every
worker process has one thread that looks once a second, and one for each client that it is talking to, so that a slow
one keeps none waiting. A client that does not answer is told again, later and later, for three days.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.exc import SQLAlchemyError

from app import outbound
from app.db import Database
from app.ending import at_end
from app.models.base import new_id, now
from app.observe import LOG
from app.outbound import Outbound
from app.services import oauth_grants
from app.services.signing_keys import KeyRing
from app.services.webhook_delivery import Schedule
from app.stores import logout_notices as store

INTERVAL = 1.0
KIND = "logout+jwt"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
SLOTS = 8
"""To so many clients a process talks at once."""
PATIENCE = timedelta(days=3)
_SECONDS = 120
"""For so long a logout token is good."""
_LEASE = timedelta(seconds=2 * outbound.SECONDS)
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Muster-Logout/1"}


class LogoutCalls:
    """The threads of one process that tell clients."""

    def __init__(
        self,
        database: Database,
        ring: KeyRing,
        calls: Outbound,
        issuer: str,
        schedule: Schedule | None = None,
        interval: float = INTERVAL,
    ) -> None:
        self._database = database
        self._ring = ring
        self._calls = calls
        self._issuer = issuer
        self._schedule = schedule or Schedule(days=PATIENCE.days)
        self._interval = interval
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._telling: dict[str, threading.Thread] = {}
        self._thread = threading.Thread(target=self._run, name="logout-calls", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()
        at_end(self.stop)

    def stop(self) -> None:
        """Begin nothing more, and wait for what is being told, at most as long as one call may take."""
        self._stop.set()
        with self._lock:
            threads = [self._thread, *self._telling.values()]
        end = time.monotonic() + outbound.SECONDS + 1
        for thread in threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))

    def look(self) -> None:
        """Begin to tell whatever is due."""
        with self._database.reading() as session:
            rows = store.due(session, now())
        by_client: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            by_client[row.client_id].append(row)
        for client_id, mine in by_client.items():
            with self._lock:
                if self._stop.is_set() or client_id in self._telling or len(self._telling) >= SLOTS:
                    continue
                thread = threading.Thread(target=self._serve, args=(client_id, mine), name="logout", daemon=True)
                self._telling[client_id] = thread
            thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            try:
                self.look()
            except Exception as error:
                # Whatever it was, the next look may succeed; without this thread nobody would ever be told again.
                LOG.warning("logout_calls.look_failed", error=type(error).__name__, exc_info=error)

    def _serve(self, client_id: str, rows: Sequence[Any]) -> None:
        try:
            for row in rows:
                if self._stop.is_set() or not self._told(row):
                    break
        except SQLAlchemyError as error:
            LOG.warning("logout_calls.not_noted", client=client_id, error=type(error).__name__)
        finally:
            with self._lock:
                del self._telling[client_id]

    def _told(self, row: Any) -> bool:
        """Tell one client of one session. Whether to go on with this client."""
        held = now() + _LEASE
        with self._database.writing() as session:
            if not store.claim(session, row, held):
                return True
        trouble = self._call(row) if row.address is not None and row.revoked is None else None
        with self._database.writing() as session:
            if trouble is None:
                store.done(session, row, held)
            elif now() - row.created >= PATIENCE:
                store.done(session, row, held)
                self._give_up(session, row, trouble)
            else:
                store.later(session, row, held, now() + self._schedule.wait(row.attempts + 1))
        return trouble is None

    def _call(self, row: Any) -> str | None:
        """Why the client has not received it, None if it has (§2.5, §2.8)."""
        with self._database.reading() as session:
            token = self._ring.sign(session, KIND, self._claims(row, now()))
        body = urlencode({"logout_token": token}).encode()
        try:
            with self._calls.open(row.address) as line:
                answer = line.post(body, _HEADERS)
        except (outbound.Refused, outbound.Failed) as refusal:
            return str(refusal)
        return None if 200 <= answer.status < 300 else f"it answered {answer.status}"

    def _claims(self, row: Any, moment: datetime) -> dict[str, Any]:
        at = int(moment.timestamp())
        return {
            "iss": self._issuer,
            "aud": row.client_id,
            "iat": at,
            "exp": at + _SECONDS,
            "jti": new_id(),
            "sub": row.user_id,
            "sid": row.session_id,
            "events": {EVENT: {}},
        }

    def _give_up(self, session: Any, row: Any, trouble: str) -> None:
        LOG.warning("logout_calls.given_up", client=row.client_id, account=row.account_id, error=trouble)
        reason = f"it was not told for {PATIENCE.days} days that a session is over: {trouble}"
        oauth_grants.give_up_telling(session, row, reason)
