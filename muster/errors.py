"""Why there is no answer. None of these is a decision, and none may be read as a yes."""

from __future__ import annotations


class MusterError(Exception):
    """Whatever the client raises."""


class Unavailable(MusterError):
    """Nobody decided: the service cannot be reached, is too slow, or answers what is no decision. Try again later."""


class Misused(MusterError):
    """The service refused the request itself, in its own words: a wrong key, scope, address or question.

    The same request would be refused again. ``status`` is that of the answer.
    """

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
