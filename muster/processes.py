"""What each process has of its own, where a platform's server forks after the client was made."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class PerProcess(Generic[Thing]):
    """A thing that is made anew in a forked process.

    INVARIANT: no two processes read from one connection; they would take each other's answers for their own.
    """

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        self._made = os.getpid(), make()

    def here(self) -> Thing:
        """The thing of this process."""
        process, thing = self._made
        if process != os.getpid():
            thing = self._make()
            self._made = os.getpid(), thing
        return thing
