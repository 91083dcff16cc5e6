"""Days and moments in the words of the reader's language; UTC, since a server does not know where its readers are."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from app.models.base import timestamp
from app.web.language import language

_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"],
}


def day_of(at: datetime) -> Markup:
    """31 Jan 2026, marked up as the moment that it is."""
    return _marked(at, _day(at))


def moment_of(at: datetime) -> Markup:
    """31 Jan 2026, 09:00 UTC."""
    return _marked(at, f"{_day(at)}, {at:%H:%M} UTC")


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[language()][at.month - 1]} {at.year}"


def _marked(at: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(timestamp(at), text)
