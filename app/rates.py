"""How many requests a minute a directory may make of one worker process.

Nothing is asked of the database, and nothing shared with other workers: each has its own count, so that all of them
together answer at most as many times the number as there are workers. What is left over is not saved up for longer
than some seconds, which is what a burst may take at once.
"""

from __future__ import annotations

from math import ceil
from time import monotonic

BURST_SECONDS = 10.0
"""So many seconds' worth of requests may come at once."""
_MOST = 10_000


class Rates:
    """The counts of one process; ``usual`` is the limit of whoever has none of their own, 0 for no limit."""

    def __init__(self, usual: int) -> None:
        self._usual = usual
        self._free_at: dict[str, float] = {}

    def wait(self, whose: str, own: int | None) -> int:
        """Count a request; in how many seconds it may come again if it is one too many, else 0."""
        most = self._usual if own is None else own
        if most <= 0:
            return 0
        each, moment = 60.0 / most, monotonic()
        # The generic cell rate algorithm: each request moves the moment on at which all are paid for.
        paid_at = max(self._free_at.get(whose, moment), moment) + each
        ahead = paid_at - moment - max(BURST_SECONDS, each)
        if ahead > 0:
            return ceil(ahead)
        if len(self._free_at) >= _MOST:
            self._free_at = {one: at for one, at in self._free_at.items() if at > moment}
        self._free_at[whose] = paid_at
        return 0
