"""Requests that the database has undone because they met others: done again, as if they had come a moment later.

PostgreSQL ends a circle of transactions that wait for each other by undoing one of them. Nothing of it has been
stored or sent, and the body is in memory, so it can be begun anew; whoever sent it need not know. The same holds for
a request that took something for granted, which is so nearly always, and asked the database to refuse it otherwise.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError

from app import unit_of_work
from app.observe import LOG, id_of
from app.session import Repeat
from app.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UNDONE = frozenset({"40001", "40P01", "55P03"})
"""serialization_failure, deadlock_detected, lock_not_available (PostgreSQL, appendix A)."""
ATTEMPTS = 8
_LONGEST_PAUSE = 0.4


class _Answer(Protocol):
    """What is known of an answer here, whichever face gives it."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""
        ...


_Given = TypeVar("_Given", bound=_Answer)


def attempt(environ: WSGIEnvironment, answer: Callable[[], _Given]) -> _Given:
    """The answer of a request and the end of its transaction, begun anew while the database undoes it.

    Raises DBAPIError at last.
    """
    work, number = unit_of_work.of(environ), 1
    work.repeats = True
    while True:
        try:
            given = _confirmed(work, answer)
            work.finish(given.status_code)
            return given
        except Repeat:
            work.session.rollback()
            continue
        except DBAPIError as error:
            if number == ATTEMPTS or not was_undone(error):
                raise
            kind, id = type(error.orig).__name__, id_of(environ)
            LOG.info("database.undone", attempt=number, error=kind, request_id=id)
        work.session.rollback()
        # Those that met once shall not meet again, so each waits for a time of its own.
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.02 * 2**number)))  # noqa: S311  a pause, no secret
        number += 1


def _confirmed(work: UnitOfWork, answer: Callable[[], _Given]) -> _Given:
    """The answer; a refusal only for whom the database has confirmed."""
    try:
        return answer()
    except (Repeat, DBAPIError):
        raise
    except Exception:
        work.confirm()
        raise


def was_undone(error: DBAPIError) -> bool:
    """Whether the database has rolled the transaction back for the sake of another."""
    state: Any = getattr(error.orig, "sqlstate", None)
    return state in UNDONE
