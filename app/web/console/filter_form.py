"""What the forms of data filters have in common: types of records, and a record as somebody fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.services import data_filters, guards, units
from app.services.errors import NotFound
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.role_frame import in_words
from app.web.language import say

PATH = "/console/filters"
RECORD = "record:"
"""What the fields of a record begin with."""
_FLAGS = {"true": True, "false": False}
_DEEPER = "\u2003"


class UnreadableError(Exception):
    """Values of a record that are none of their types; what is wrong, by the fields' names."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("no such record")
        self.problems = problems


def kinds() -> list[tuple[str, str]]:
    """The types of records there are, with their titles, by name."""
    found = person_frame.catalogue().item_kinds.values()
    return sorted((one.name, in_words(one.title)) for one in found if one.records)


def types(record_type: str) -> dict[str, str]:
    """The attributes of a type of records, and of which type each is. Raises NotFound."""
    acting, _ = guards.acting_in(*shell.here())
    return data_filters.types_of(acting.policy, record_type)


def types_or_none(record_type: str) -> dict[str, str] | None:
    """The same; None for no type that there is."""
    try:
        return types(record_type)
    except NotFound:
        return None


def unit_options() -> list[tuple[str, str]]:
    """The business units as a field offers them: keys and names."""
    return [(one.key, f"{_DEEPER * one.depth}{one.name} ({one.key})") for one in units.list_units(*shell.here())]


def record_of(values: Mapping[str, str], types: Mapping[str, str]) -> dict[str, Any]:
    """The record that was filled in, without what was left empty. Raises UnreadableError."""
    record, problems = dict[str, Any](), dict[str, str]()
    for name, type in types.items():
        text = values.get(f"{RECORD}{name}", "")
        if not text:
            continue
        try:
            record[name] = _value(text, type)
        except (InvalidOperation, ValueError):
            problems[f"{RECORD}{name}"] = say(f"filters.wrong.{type}")
    if problems:
        raise UnreadableError(problems)
    return record


def refused(values: Mapping[str, str], error: Exception) -> Form:
    """A form that a service refused; who or what is not there is told beside its field."""
    field = {"user": "user", "unit": "unit", "permission": "permission", "type": "type"}.get(getattr(error, "kind", ""))
    if isinstance(error, NotFound) and field is not None:
        return Form(values, {field: shell.words_of(error)}, None, 422)
    return forms.refused(values, error)


def _value(text: str, type: str) -> Any:
    if type == "number":
        number = Decimal(text)
        if not number.is_finite():
            raise ValueError(text)
        return number
    if type == "boolean":
        if text not in _FLAGS:
            raise ValueError(text)
        return _FLAGS[text]
    if type == "dateTime":
        found = acts.moment(text)
        return None if found is None else found.isoformat()
    return text
