"""What is done when a process ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.util import Finalize


def at_end(finish: Callable[[], object]) -> None:
    """Call this when the process ends, unless it is killed.

    ``atexit`` would not do: the server forks its workers, and what such a child has registered there is never called.
    """
    Finalize(None, finish, exitpriority=10)
