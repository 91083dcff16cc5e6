"""What has to be done from time to time, whoever asks for nothing: forget what is over, look again at what was proven.

Every worker process has one thread for it. A task does little at once and is harmless if several processes are at it,
so nobody has to be elected.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.db import Database
from app.ending import at_end
from app.observe import LOG

_STEP = 1.0
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done every so many seconds."""

    name: str
    seconds: float
    run: Callable[[Database], object]


class Upkeep:
    """The thread of one process that does tasks, each in its turn."""

    def __init__(self, database: Database, tasks: Sequence[Task]) -> None:
        self._database = database
        self.tasks = tuple(tasks)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin; the first turn of each task comes at a random moment, so that processes do not meet."""
        self._thread.start()
        at_end(self.stop)

    def stop(self) -> None:
        """Begin nothing more, and wait a little for what is being done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def once(self, task: Task) -> None:
        """Do a task. Whatever goes wrong, its next turn may succeed."""
        try:
            task.run(self._database)
        except Exception as error:
            LOG.warning("upkeep.failed", task=task.name, error=type(error).__name__, exc_info=error)

    def _run(self) -> None:
        due = {task.name: time.monotonic() + random.uniform(0, task.seconds) for task in self.tasks}  # noqa: S311  a pause, no secret
        while not self._stop.wait(_STEP):
            for task in self.tasks:
                if time.monotonic() >= due[task.name] and not self._stop.is_set():
                    self.once(task)
                    due[task.name] = time.monotonic() + task.seconds * random.uniform(0.9, 1.1)  # noqa: S311  a pause, no secret
