"""Small facts of requests, gathered in memory and written in batches off the request's path.

At most ``INTERVAL`` seconds of them are lost if the process is killed.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from app.ending import at_end

INTERVAL = 5.0


class Gathering(ABC):
    """Flushes what was gathered from a thread of its own, which begins with the first fact."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    @abstractmethod
    def flush(self) -> None:
        """Write what was gathered."""

    def _begin(self) -> None:
        """Let there be a thread that flushes, from now on."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                at_end(self._end)

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.flush()

    def _end(self) -> None:
        self._stop.set()
        self.flush()
