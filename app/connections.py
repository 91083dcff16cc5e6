"""Connections kept at hand: what SQLAlchemy's pool does at each check-out and check-in costs more than a statement.

A connection on which only prepared statements ran, and whose transaction has ended, has nothing to be reset. It is
kept for the next session, the warmest first; all others go through the pool.
"""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from app.turns import Turns

BUSY_TIMEOUT_MS = 30_000
"""How long one waits for another writer on SQLite."""
PIPELINE = "muster_pipeline"
"""Where a pooled connection to PostgreSQL has its ``app.pipeline``."""
RECYCLED_AFTER = 1_800.0
"""Seconds after which a connection is replaced, so that none outlives what stands between us and the database."""


class Kept(NamedTuple):
    """A pooled connection, what speaks through it, and when it was taken from the pool.

    ``driver`` is SQLite's own connection, or the pipeline to PostgreSQL.
    """

    pooled: PoolProxiedConnection
    driver: Any
    since: float


class Connections:
    """The connections of one engine; at most ``most`` are kept at hand, and on SQLite those who write take turns."""

    def __init__(self, engine: Engine, most: int, turns: Turns) -> None:
        self.engine = engine
        self.turns = turns
        self._most = most
        self._kept: deque[Kept] = deque()

    def take(self) -> Kept:
        """A connection in no transaction. Raises the driver's error if there is none to be had."""
        while True:
            try:
                kept = self._kept.pop()
            except IndexError:
                pooled = self.engine.raw_connection()
                return Kept(pooled, pooled.info.get(PIPELINE, pooled.driver_connection), monotonic())
            if monotonic() - kept.since < RECYCLED_AFTER:
                return kept
            kept.pooled.close()

    def keep(self, connection: Kept) -> None:
        """Keep a connection that needs no reset."""
        if len(self._kept) < self._most:
            self._kept.append(connection)
        else:
            connection.pooled.close()

    def clear(self) -> None:
        """Give everything back to the pool."""
        while self._kept:
            self._kept.pop().pooled.close()
