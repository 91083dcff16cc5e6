"""Refusals of this core, each with its facts; the face renders them once.

A decision is never an error: "no" is a value (``Decision``). These are for requests that
cannot be read, callers who are not known, and documents that are wrong.
"""

from __future__ import annotations

from collections.abc import Iterable


class AccessError(Exception):
    """A request the decision API does not answer. ``str(error)`` becomes ``message``."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadRequest(AccessError):
    """The request is not what the API asks for (AuthZEN Authorization API 1.0, "error responses")."""


class Unauthenticated(AccessError):
    """No valid API key came with the request."""

    status = 401


class Forbidden(AccessError):
    """The key is valid but may not do this."""

    status = 403


class NotFound(AccessError):
    """Nothing lives at this address."""

    status = 404


class MethodNotAllowed(AccessError):
    """The address exists, but not with this method. ``allowed`` lists those it has."""

    status = 405

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class InvalidDocument(ValueError):
    """A document (a platform profile, a mapping) is wrong; ``problems`` names every place."""

    def __init__(self, what: str, problems: Iterable[str]) -> None:
        self.what = what
        self.problems = tuple(problems)
        super().__init__(f"{what}: " + "; ".join(self.problems))
