"""Pages that stand before a deed: what it means in numbers and names, then a button; and what is issued once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import Response

from app.models.base import now
from app.web import pages
from app.web.console import shell

Trail = Sequence[tuple[str, str]]


def sure(
    area: str,
    title: str,
    trail: Trail,
    *,
    facts: Sequence[str],
    yes: str,
    address: str,
    style: str = "danger",
    blocked: str | None = None,
    error: Exception | None = None,
) -> Response:
    """The page before a deed; ``address`` is where its form leads, and the last of the trail where one goes back.

    ``blocked`` says why it is not possible now; ``error`` is what a service had against it.
    """
    return shell.show(
        "sure.html",
        area,
        status=200 if error is None else shell.status_of(error),
        title=title,
        trail=trail,
        back=trail[-1][0],
        facts=facts,
        yes=yes,
        address=pages.at(address),
        style=style,
        blocked=blocked,
        refusal_text=None if error is None else shell.words_of(error),
    )


def days_left(at: datetime | None) -> int:
    """How many whole days are left until then; never fewer than none."""
    return 0 if at is None else max(0, (at - now()).days)
