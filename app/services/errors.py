"""Refusals of the use cases; each door (CLI, API, console) renders them in its own way."""

from __future__ import annotations


class ServiceError(Exception):
    """A use case refused; the message says what to do instead."""


class NotFound(ServiceError):
    """What was named does not exist in this account."""


class Refused(ServiceError):
    """The request makes no sense, or a guard forbids it."""


class Conflict(ServiceError):
    """It exists already, or has changed meanwhile."""


class Forbidden(Refused):
    """Whoever acts may not do this; somebody else may."""


class LastOwner(Conflict):
    """Nobody would be left who could manage the account."""


class Stale(Conflict):
    """It was changed since it was read; read it again."""
