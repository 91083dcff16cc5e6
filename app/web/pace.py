"""How often one visitor may try something: a bucket of tokens that fills up again.

In the memory of each worker, so that a flood costs no database: a visitor may try as often as was said in each
worker. Of more visitors than ``MOST`` the one that was not seen for longest is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from time import monotonic

MOST = 10_000


class Pace:
    """At most ``burst`` at once, and ``per_minute`` in the long run."""

    def __init__(self, burst: int, per_minute: float) -> None:
        self._burst = burst
        self._per_second = per_minute / 60
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def of(cls, per_minute: int) -> Pace:
        """As many at once as in a minute."""
        return cls(per_minute, per_minute)

    def wait(self, visitor: str) -> int:
        """Take a token: 0, or after how many seconds there will be one."""
        with self._lock:
            moment = monotonic()
            left, at = self._seen.pop(visitor, (float(self._burst), moment))
            left = min(self._burst, left + (moment - at) * self._per_second)
            allowed = left >= 1
            self._seen[visitor] = (left - 1 if allowed else left, moment)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
        return 0 if allowed else int((1 - left) / self._per_second) + 1
