"""Refusals of the use cases; each door (CLI, API, console) renders them in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_PLACED = re.compile(r"([\w$-]+(?:\[\d+\]|\.[\w$-]+)*): (.+)", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|[\w$-]+")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong in what was given. ``at`` is where: names and numbers, from the outside in."""

    at: tuple[str | int, ...]
    detail: str


class ServiceError(Exception):
    """A use case refused; the message says what to do instead.

    ``code`` names what was wrong in one word, where a door has words of its own for it.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class NotFound(ServiceError):
    """What was named does not exist in this account.

    ``kind`` says what it was to be (user, group, role, unit, …) and ``named`` how it was named, where somebody named
    one thing by one word.
    """

    def __init__(self, message: str, kind: str = "", named: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.named = named


class Refused(ServiceError):
    """The request makes no sense, or a guard forbids it. ``wrong`` names the places, where it is about some."""

    def __init__(self, message: str, *wrong: Wrong, code: str = "") -> None:
        super().__init__(message, code=code)
        self.wrong = wrong


class Conflict(ServiceError):
    """It exists already, or has changed meanwhile."""


class Forbidden(Refused):
    """Whoever acts may not do this; somebody else may."""


class LastOwner(Conflict):
    """Nobody would be left who could manage the account."""


class Stale(Conflict):
    """It was changed since it was read; read it again."""


class Outdated(Conflict):
    """It would mean something else by now than what was seen; look at it again."""


def wrong_in(problems: Iterable[str]) -> Iterator[Wrong]:
    """Problems that begin with their place, such as ``tabs[0].key: …``, and those that are about the whole."""
    for problem in problems:
        placed = _PLACED.fullmatch(problem)
        if placed is None:
            yield Wrong((), problem)
        else:
            steps = _STEP.finditer(placed[1])
            yield Wrong(tuple(int(step[1]) if step[1] else step[0] for step in steps), placed[2])
