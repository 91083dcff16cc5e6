"""/console/people/<id>/timeline: what happened to somebody, the latest first."""

from __future__ import annotations

from flask import Response, request

from app.services import person_events
from app.web.console import person_frame, sentences, shell
from app.web.console.person_frame import find

person_timeline_face = shell.console_face("console_person_timeline")
_DIGITS = 15


@person_timeline_face.page("GET", "/console/people/<person>/timeline", needs="owner")
def show_timeline(person: str) -> Response:
    """A page of it."""
    found, asked = find(person), request.args.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= _DIGITS else None
    events = person_events.events_about(*shell.here(), found.id, before)
    return person_frame.show(
        found,
        "timeline",
        events=[*map(sentences.told, events.results)],
        next=events.next,
        is_first=before is None,
    )
