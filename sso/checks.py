"""The steps of verifying a message, noted as they are taken: what a login trace and a test run show.

The list belongs to the verification itself, so that what is shown is what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sso.errors import LoginRefused
from sso.model import Assertion, Check, Verdict

T = TypeVar("T")


def readable(read: Callable[[], T]) -> T | None:
    """What is read, None if it is refused."""
    try:
        return read()
    except LoginRefused:
        return None


class Checklist:
    """The named steps of one verification, in the order in which they are taken."""

    def __init__(self, steps: Sequence[str]) -> None:
        self._found = {step: Check(step, Verdict.NOT_REACHED) for step in steps}
        self.refused: Assertion | None = None
        """What a message said, as far as it can be read, whose signature was good and whose content was refused.

        It is there to be shown: nothing ever follows from it.
        """

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Take a step: it has passed unless it raises LoginRefused. The value notes what was found."""
        said = [""]
        try:
            yield lambda detail: said.__setitem__(0, detail)
        except LoginRefused as refused:
            self._found[name] = Check(name, Verdict.FAILED, refused.detail)
            raise
        self._found[name] = Check(name, Verdict.PASSED, said[0])

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every step with its verdict; a step that has no bearing on this message was not reached."""
        return tuple(self._found.values())
