"""Log lines that are written off the request's path.

A line is put into a queue and written by a thread of its own, many at once where there are many. At most
``INTERVAL`` seconds of lines are lost if the process is killed; when it ends by itself, none.
"""

from __future__ import annotations

import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import Any

import orjson

from app.ending import at_end

INTERVAL = 0.05


class Lines:
    """JSON lines on standard error, in the order in which they were given."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[dict[str, Any]] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def write(self, line: dict[str, Any]) -> None:
        """Write one line soon."""
        self._queue.put(line)
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Write all lines now."""
        with self._lock:
            lines: list[bytes] = []
            try:
                while True:
                    lines.append(orjson.dumps(self._queue.get_nowait(), option=orjson.OPT_APPEND_NEWLINE))
            except Empty:
                if lines:
                    sys.stderr.buffer.write(b"".join(lines))
                    sys.stderr.buffer.flush()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="log-lines", daemon=True)
                self._thread.start()
                at_end(self.flush)

    def _run(self) -> None:
        while True:
            time.sleep(INTERVAL)
            self.flush()
