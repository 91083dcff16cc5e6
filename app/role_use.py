"""Which roles are really used: noted as decisions are given to platforms, to the day, and written in batches.

A role was used when it allowed what a platform asked for. In a process each role of a person is noted once a day,
so a question costs a look into a set. What the process has not yet written when it is killed, at most the notes of
``gathering.INTERVAL`` seconds, is lost until the role is next used.
"""

from __future__ import annotations

from datetime import UTC, datetime
from time import time

from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.gathering import Gathering
from app.observe import LOG
from app.stores import role_uses
from app.stores.portions import portions
from app.stores.role_uses import Use
from rbac.model import Decision, Policy, Subject

KEPT = 200_000
"""So many notes of a day are remembered, and so many wait while the database does not answer; a few megabytes."""
_PORTION = 500
_SECONDS_A_DAY = 86_400

_Note = tuple[str, str, str, str | None, str]


class RoleUses(Gathering):
    """Collects which role of whom allowed something today."""

    def __init__(self, database: Database) -> None:
        super().__init__("role uses")
        self._database = database
        self._day = 0
        self._seen: set[_Note] = set()
        self._waiting: dict[Use, None] = {}

    def note(self, policy: Policy, person: Subject, decision: Decision) -> None:
        """Somebody was allowed something by this decision."""
        day = int(time()) // _SECONDS_A_DAY
        if day != self._day:
            self._day, self._seen = day, set()
        seen = self._seen
        for reason in decision.reasons:
            if reason.role_id is not None:
                note = (policy.account_id, person.id, reason.role_id, reason.unit, reason.reach)
                if note not in seen:
                    self._add(policy, note)

    def flush(self) -> None:
        """Write what was gathered; what the database refuses is tried again the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for some in portions(sorted(waiting), _PORTION):
            try:
                with self._database.writing() as session:
                    role_uses.write(session, some)
            except SQLAlchemyError as error:
                LOG.warning("role_uses.flush_failed", error=type(error).__name__)
                with self._lock:
                    self._waiting.update(dict.fromkeys(some[: KEPT - len(self._waiting)]))

    def _add(self, policy: Policy, note: _Note) -> None:
        account_id, user_id, role_id, key, reach = note
        unit = policy.units.root if key is None else policy.units.find(key)
        if unit is None:
            return
        if len(self._seen) >= KEPT:
            self._seen = set()
        self._seen.add(note)
        today = datetime.fromtimestamp(self._day * _SECONDS_A_DAY, UTC).date()
        with self._lock:
            if len(self._waiting) < KEPT:
                self._waiting[Use(account_id, user_id, role_id, unit.id, str(reach), today)] = None
        self._begin()
