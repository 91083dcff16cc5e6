"""What the guards of all frameworks share: who asks, about what, and the words of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from muster.client import Muster
from muster.decisions import Decision
from muster.errors import Unavailable
from muster.questions import Resource, Subject

SubjectOf = Callable[..., Subject | None]
ResourceOf = Resource | Callable[..., Resource]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a view does not run: a status of HTTP, a code for programs, and words for people."""

    status: int
    code: str
    message: str

    def problem(self) -> dict[str, Any]:
        """Problem details (RFC 9457)."""
        title = HTTPStatus(self.status).phrase
        return {"type": "about:blank", "title": title, "status": self.status, "detail": self.message, "code": self.code}


NOBODY = Refusal(401, "not_signed_in", "nobody is signed in")


def denied(decision: Decision) -> Refusal:
    """The decision is no."""
    return Refusal(403, decision.code, decision.message)


def undecided(error: Unavailable) -> Refusal:
    """Nobody can decide now."""
    return Refusal(503, "unavailable", str(error))


def subject_of(client: Muster, subject: SubjectOf | None) -> SubjectOf:
    """Who tells who is signed in: the guard's own, else the client's. Raises TypeError if nobody does."""
    chosen = subject or client.subject
    if chosen is None:
        raise TypeError("say who is signed in: Muster(…, subject=…) for all guards, or requires(…, subject=…)")
    return chosen


def resource_for(resource: ResourceOf | None, *arguments: Any, **named: Any) -> Resource | None:
    """The resource of a request, if it is about one; a callable is given what the view is given."""
    return resource(*arguments, **named) if callable(resource) else resource
