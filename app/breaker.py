"""Keeps what does not answer from taking everybody's time: few calls at once, and none for a while after failures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

MOST_AT_ONCE: Final = 4
WAIT_SECONDS: Final = 2.0
"""So long a call waits for its turn; a healthy provider gives it one long before."""
MOST_WAITING: Final = 2
FAILURES: Final = 5
PAUSE_SECONDS: Final = 30.0


class Busy(Exception):
    """It is not called now, and why."""


@dataclass(frozen=True, slots=True)
class Habits:
    """So many calls at once and waiting, for how long, and after how many failures in a row it is left alone."""

    at_once: int = MOST_AT_ONCE
    waiting: int = MOST_WAITING
    wait: float = WAIT_SECONDS
    failures: int = FAILURES
    pause: float = PAUSE_SECONDS


class Breaker:
    """Of one place that is called, for the threads of one process."""

    def __init__(self, habits: Habits = Habits(), clock: Callable[[], float] = time.monotonic) -> None:
        self._habits = habits
        self._clock = clock
        self._turn = threading.Condition()
        self._calling = 0
        self._waiting = 0
        self._failed = 0
        self._closed_until = 0.0

    @contextmanager
    def call(self, *failures: type[Exception]) -> Iterator[None]:
        """One call; it has failed if one of ``failures`` leaves it. Raises Busy without calling."""
        self._take()
        has_failed = False
        try:
            yield
        except failures:
            has_failed = True
            raise
        finally:
            self._end(has_failed)

    def _take(self) -> None:
        habits = self._habits
        with self._turn:
            self._refuse_if_closed()
            if self._calling >= habits.at_once:
                if self._waiting >= habits.waiting:
                    raise Busy("too many wait for its answers already")
                self._waiting += 1
                try:
                    if not self._turn.wait_for(lambda: self._calling < habits.at_once, habits.wait):
                        raise Busy(f"it has not answered others within {habits.wait:g} seconds")
                finally:
                    self._waiting -= 1
                self._refuse_if_closed()
            self._calling += 1
            if self._failed >= habits.failures:
                # One call finds out whether it is back; the others are refused until that is known.
                self._closed_until = self._clock() + habits.pause

    def _refuse_if_closed(self) -> None:
        left = self._closed_until - self._clock()
        if left > 0:
            raise Busy(f"it failed {self._failed} times in a row; it is called again in {left:.0f} seconds")

    def _end(self, has_failed: bool) -> None:
        with self._turn:
            self._calling -= 1
            if has_failed:
                self._failed += 1
                if self._failed >= self._habits.failures:
                    self._closed_until = self._clock() + self._habits.pause
            else:
                self._failed, self._closed_until = 0, 0.0
            self._turn.notify()
