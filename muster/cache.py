"""Answers kept in the process for a stated time, for platforms that choose so.

INVARIANT: no answer is given that is older than ``seconds``. An answer's age counts from before it was asked for,
because it may have been true only then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from muster.decisions import Decision


class Asking(NamedTuple):
    """When a question was put, and how often the cache had been emptied by then."""

    at: float
    emptied: int


class _Kept(NamedTuple):
    decision: Decision
    since: float


class Cache:
    """At most ``size`` decisions, by the whole question; for all threads of a process."""

    def __init__(self, seconds: float, size: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._size = size
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[bytes, _Kept] = {}
        self._emptied = 0
        self._revision = 0

    def find(self, question: bytes) -> Decision | None:
        """The answer, if it is young enough."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is None:
                return None
            if self._clock() - kept.since >= self._seconds:
                del self._kept[question]
                return None
            return kept.decision

    def asking(self) -> Asking:
        """Call it before a question is sent."""
        return Asking(self._clock(), self._emptied)

    def keep(self, question: bytes, decision: Decision, asking: Asking) -> None:
        """Keep an answer; one asked for before the cache was emptied is not kept."""
        with self._lock:
            if asking.emptied != self._emptied:
                return
            if decision.revision is not None and decision.revision > self._revision:
                # Roles or grants have changed, so older answers may be wrong.
                self._kept.clear()
                self._revision = decision.revision
            elif decision.revision is not None and decision.revision < self._revision:
                return
            self._kept.pop(question, None)
            if len(self._kept) >= self._size:
                self._kept.pop(next(iter(self._kept)))
            self._kept[question] = _Kept(decision, asking.at)

    def empty(self) -> None:
        """Keep nothing of what was asked so far."""
        with self._lock:
            self._emptied += 1
            self._kept.clear()
