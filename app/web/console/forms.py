"""Forms: what was sent, and what is wrong with it, beside the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request

from app.services.errors import Refused
from app.web.console.shell import status_of, words_of


@dataclass(frozen=True, slots=True)
class Form:
    """What a form shows. ``problems`` are by the fields' names; ``refusal`` is about the whole.

    ``status`` is what the page with it answers.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    refusal: str | None = None
    status: int = 200

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.values.get(name, "")

    def problem(self, name: str) -> str:
        """What is wrong with a field; empty if nothing is."""
        return self.problems.get(name, "")


def sent() -> dict[str, str]:
    """What was filled in, without the space around it."""
    return {name: value.strip() for name, value in request.form.items()}


def ticked(name: str) -> list[str]:
    """The values of all boxes of a name that were ticked, in the order of the page."""
    return list(dict.fromkeys(value for value in request.form.getlist(name) if value))


def wrong(values: Mapping[str, str], **problems: str) -> Form:
    """A form in which something is missing or makes no sense, as the page itself can tell."""
    return Form(values, problems, None, 422)


def refused(values: Mapping[str, str], error: Exception, fields: Mapping[str, str] | None = None) -> Form:
    """A form whose content a service refused.

    ``fields`` are names of fields by what the service calls the place; those of the same name need no entry.
    """
    known, places = dict(fields or {}), {}
    for one in error.wrong if isinstance(error, Refused) else ():
        first = str(one.at[0]) if one.at else ""
        name = known.get(first, first)
        if name in values or name in known.values():
            places[name] = one.detail
    return Form(values, places, None if places else words_of(error), status_of(error))
