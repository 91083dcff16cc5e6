"""SQLite: brings what was committed from the log back into the database file, off the requests' path.

SQLite itself would let the commit that makes the log too long do this, and that request would wait for all pages of
many others. So every worker process has a thread that does it once a second, while others write. It never comes to the
end as long as they do, and the log would grow: what is left of a long one, which is little, is done while they wait.
If no thread gets round to it, a commit does it after all (``app.db.LONGEST_LOG``).
"""

from __future__ import annotations

import threading

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from app.db import Database
from app.ending import at_end
from app.observe import LOG

INTERVAL = 1.0
LONG = 4_000
"""A log of more pages than this is brought to an end, so that it is begun anew."""


class Checkpoints:
    """The thread of one process that does it; nothing on PostgreSQL, which has processes of its own for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)

    def start(self) -> None:
        """Begin."""
        if self._database.is_sqlite:
            self._thread.start()
            at_end(self.stop)

    def stop(self) -> None:
        """Do no more, and wait for what is being done."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def once(self) -> None:
        """Bring back what is in the log."""
        connection = self._database.engine.raw_connection()
        try:
            if _bring_back(connection) > LONG:
                with self._database.write_session() as nobody_else:
                    nobody_else.begin()
                    _bring_back(connection)
        finally:
            connection.close()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            try:
                self.once()
            except (SQLAlchemyError, self._database.engine.dialect.loaded_dbapi.Error) as error:
                LOG.warning("checkpoint.failed", error=type(error).__name__)  # a full disk, say; the next may succeed


def _bring_back(connection: PoolProxiedConnection) -> int:
    """How many pages the log had. It is in nobody's way (PASSIVE), and so does not reach what is written meanwhile."""
    _, pages, _ = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages)
