"""When a token was last used: gathered in memory, written in batches off the request's path.

At most ``INTERVAL`` seconds of such facts are lost if the process is killed.
"""

from __future__ import annotations

import atexit
import threading
from datetime import datetime

from sqlalchemy import bindparam, or_, update
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.models import ApiKey, DirectoryToken, InstallationKey
from app.models.base import now, table
from app.observe import LOG

INTERVAL = 5.0
TOKENS = {
    "directory_token": table(DirectoryToken),
    "api_key": table(ApiKey),
    "installation_key": table(InstallationKey),
}


class Usage:
    """Collects last-used times and flushes them from a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[tuple[str, str, str], datetime] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def note(self, kind: str, account_id: str, token_id: str) -> None:
        """A token was just used; the account of an installation's key is empty."""
        self._seen[kind, account_id, token_id] = now()
        if self._thread is None:
            self._start()

    def flush(self) -> None:
        """Write what was gathered."""
        with self._lock:
            seen, self._seen = self._seen, {}
        if not seen:
            return
        try:
            with self._database.writing() as session:
                for kind, rows in TOKENS.items():
                    values = [
                        {"b_id": id, "b_at": at} | ({"b_account": account} if account else {})
                        for (name, account, id), at in seen.items()
                        if name == kind
                    ]
                    if values:
                        here = [rows.c.account_id == bindparam("b_account")] if "account_id" in rows.c else []
                        statement = update(rows).where(
                            *here,
                            rows.c.id == bindparam("b_id"),
                            or_(rows.c.last_used.is_(None), rows.c.last_used < bindparam("b_at")),
                        )
                        session.execute(statement.values(last_used=bindparam("b_at")), values)
        except SQLAlchemyError as error:
            LOG.warning("usage.flush_failed", error=type(error).__name__)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="usage", daemon=True)
                self._thread.start()
                atexit.register(self._end)

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.flush()

    def _end(self) -> None:
        self._stop.set()
        self.flush()
