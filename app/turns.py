"""SQLite has one writer at a time: whoever wants to be it takes turns, first come, first served.

SQLite itself only says that somebody else is writing, so everybody would ask again and again, and whoever asks at the
wrong moments waits many times as long as the others. Here the threads of a process queue up, and the first of them
waits for a lock on a file beside the database, which the system hands on to the next process at once; if a process is
killed, too. Writers that know nothing of it, a shell for instance, are met by ``BEGIN IMMEDIATE`` itself.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections import deque


class Queue:
    """A lock that is handed over to whoever has waited longest; an ordinary one goes to whoever asks at its release."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def acquire(self, seconds: float) -> bool:
        """Wait for it; False if it was not handed over in time."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        try:
            if mine.acquire(timeout=seconds):
                return True
        except BaseException:
            if not self._withdrawn(mine):
                self.release()
            raise
        return not self._withdrawn(mine)

    def _withdrawn(self, mine: threading.Lock) -> bool:
        """Wait no longer; False if it was handed over just now."""
        with self._mutex:
            if mine not in self._waiting:
                return False
            self._waiting.remove(mine)
            return True

    def release(self) -> None:
        """Hand it over to the next, if anybody waits."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Turns:
    """The turns of the database in a file, or of one in memory (None), which no other process has."""

    def __init__(self, database: str | None) -> None:
        self._database = database
        self._threads = Queue()
        self._file: int | None = None
        self._process = 0

    def take(self, seconds: float) -> bool:
        """Wait until it is this thread's turn; False if no other thread of this process gave it back in time.

        For another process one waits as long as it lives. Raises OSError if there can be no file beside the database.
        """
        if not self._threads.acquire(seconds):
            return False
        try:
            if self._database is not None:
                fcntl.flock(self._opened(self._database), fcntl.LOCK_EX)
        except BaseException:
            self._threads.release()
            raise
        return True

    def give_back(self) -> None:
        """Let the next one write."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()

    def _opened(self, database: str) -> int:
        # A file that was opened before a fork is one and the same for parent and child, and so is its lock.
        if self._file is None or self._process != os.getpid():
            self._file, self._process = _open_beside(database), os.getpid()
        return self._file


def _open_beside(database: str) -> int:
    """The file of the turns; whoever may write the database may open it, whoever has made it."""
    path = f"{database}-turns"
    try:
        made = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return os.open(path, os.O_RDWR | os.O_CLOEXEC)
    like = os.stat(database)
    if os.geteuid() == 0:
        os.fchown(made, like.st_uid, like.st_gid)
    os.fchmod(made, like.st_mode & 0o666)
    return made
