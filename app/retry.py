"""Requests that the database has undone because they met others: done again, as if they had come a moment later.

PostgreSQL ends a circle of transactions that wait for each other by undoing one of them. Nothing of it has been
stored or sent, and the body is in memory, so it can be begun anew; whoever sent it need not know.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from flask import Response
from sqlalchemy.exc import DBAPIError

from app import unit_of_work
from app.observe import LOG, request_id

UNDONE = frozenset({"40001", "40P01", "55P03"})
"""serialization_failure, deadlock_detected, lock_not_available (PostgreSQL, appendix A)."""
ATTEMPTS = 8
_LONGEST_PAUSE = 0.4


def attempt(answer: Callable[[], Response]) -> Response:
    """The answer of a request, begun anew while the database undoes it. Raises DBAPIError at last."""
    for number in range(1, ATTEMPTS):
        try:
            return answer()
        except DBAPIError as error:
            if not was_undone(error):
                raise
            LOG.info("database.undone", attempt=number, error=type(error.orig).__name__, request_id=request_id())
        unit_of_work.session().rollback()
        # Those that met once shall not meet again, so each waits for a time of its own.
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.02 * 2**number)))  # noqa: S311  a pause, no secret
    return answer()


def was_undone(error: DBAPIError) -> bool:
    """Whether the database has rolled the transaction back for the sake of another."""
    state: Any = getattr(error.orig, "sqlstate", None)
    return state in UNDONE
