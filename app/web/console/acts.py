"""Acts whose consequences are shown first: what somebody wants, what it would mean, and then that and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from flask import Response, request

from app.services import foreseen
from app.services.foreseen import Foreseen
from app.web import csrf, held
from app.web.console import forms, shell
from app.web.console.forms import Form

Done = TypeVar("Done")
SEEN = "seen"
"""The field that says which form's consequences somebody has seen; the button that confirms sends it."""
_MEANS = "(means)"
"""Beside the fields of a form that is shown: its consequences. No form sends it."""
_APART = (SEEN, _MEANS, csrf.FIELD)


def empty(*names: str, **values: str) -> Form:
    """A form as it begins: with what its address says, or what was sent before somebody proved who they are."""
    begun = {name: request.args.get(name, "").strip() for name in names}
    return Form({name: held.value(name, value) for name, value in (begun | values).items()})


def decide(
    values: Mapping[str, str],
    people: Collection[str],
    act: Callable[[], Done],
    show: Callable[[Form, Foreseen[Done] | None], Response],
    done: Callable[[Done], Response],
    fields: Mapping[str, str] | None = None,
) -> Response:
    """Do it if just this was shown before, and means the same now; else show what it would mean for people (ids).

    ``show`` makes the form's page, with the consequences if it was not refused. ``fields`` are as in
    ``forms.refused``.
    """
    try:
        session, account_id = shell.here()
        found = foreseen.foresee(session, account_id, people, act)
        shown = {**values, _MEANS: _meaning(found)}
        if values.get(SEEN) == seen(shown):
            return done(act())
        return show(Form(shown), found)
    except shell.REFUSALS as error:
        return show(forms.refused(values, error, fields), None)


def seen(values: Mapping[str, str]) -> str:
    """A form and its consequences as they were when they were shown, in few letters."""
    return _filled_in(values) + values.get(_MEANS, "")


def is_as_seen(values: Mapping[str, str]) -> bool:
    """Whether nothing else is filled in than when consequences were shown, whatever it would mean by now."""
    return values.get(SEEN, "").startswith(_filled_in(values))


def _filled_in(values: Mapping[str, str]) -> str:
    return _digest(sorted((name, value) for name, value in values.items() if name not in _APART))


def _meaning(found: Foreseen[Done]) -> str:
    """What it makes of what people may do. What was ``done`` has other ids each time."""
    return _digest([found.concerned, found.gaining, found.losing, found.people, found.apart])


def _digest(content: Any) -> str:
    return hashlib.sha256(orjson.dumps(content)).hexdigest()[:16]


def moment(text: str) -> datetime | None:
    """A moment as a field for date and time sends it, in UTC; None for an empty one. Raises ValueError."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:  # no day of any calendar there
        raise ValueError(f"{text} is not a moment in UTC") from error


def field_of(at: datetime | None) -> str:
    """A moment as such a field has it."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"
