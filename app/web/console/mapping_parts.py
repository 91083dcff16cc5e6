"""What all pages on role mapping are made with: their frame, and rules told in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response

from app.web import pages
from app.web.console import lists, shell
from app.web.language import language
from app.web.texts import TEXTS


def show(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page on role mapping."""
    helpers = {"told": told, "field_key": field_key, "rows_of_role": rows_of_role}
    return shell.show(f"mapping/{template}", "mapping", status=status, **helpers, **values)


def told(value: Any) -> str:
    """What a field of a rule says, in one line; a dash for nothing."""
    if value is None or value in ("", [], {}):
        return "—"
    if value is True or value is False:
        return "✓" if value else "—"
    if isinstance(value, Mapping):
        said = {key: one for key, one in value.items() if one not in (None, False, "")}
        if "role" in said or "unit" in said:
            return _line(said)
        return " · ".join(str(one) for key, one in said.items() if key != "id" or len(said) == 1)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(told(one) for one in value)
    return str(value)


def _line(said: Mapping[str, Any]) -> str:
    place = f" @ {said['unit']}{' ↓' if said.get('children') else ''}" if said.get("unit") else ""
    return f"{said.get('role', '')}{place}{' ⌂' if said.get('home') else ''}".strip()


def plain(key: str, **values: object) -> str:
    """A text in the page's language for what is kept, such as a title: nothing in it is escaped."""
    english, spanish = TEXTS[key]
    return (spanish if language() == "es" else english).format(**values)


def field_key(field: str) -> str | None:
    """The text that a field of a rule is called by; None for what no rule has."""
    key = f"mapping.field.{field}"
    return key if key in TEXTS else None


def rows_of_role(path: str, role: str) -> str:
    """Where the rows of a plan are that are about one role."""
    return f"{pages.at(path)}?{urlencode({'filter': f'role eq {lists.literal(role)}'})}#rows"
