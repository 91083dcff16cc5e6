"""What SCIM knows of a person as lines: where it stands, and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim.schemas import USER_URN


def told(attributes: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Attributes by the schema that they belong to: the core's first."""
    core = {name: value for name, value in attributes.items() if not name.lower().startswith("urn:")}
    yield USER_URN, list(_lines(core))
    for name, value in attributes.items():
        if name not in core and isinstance(value, Mapping):
            yield name, list(_lines(value))


def _lines(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value with where it stands; the parts of an element of a list stand beside each other."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for one in value:
            yield path, _together(one)
    elif value is not None:
        yield path, _word(value)


def _together(one: Any) -> str:
    if not isinstance(one, Mapping):
        return _word(one)
    own = one.get("value", one.get("display"))
    more = [_word(part) for name, part in one.items() if part is not own and name != "primary" and part is not None]
    if one.get("primary") is True:
        more.append("primary")
    said = ", ".join(more)
    return f"{_word(own)} ({said})" if own is not None and more else said if own is None else _word(own)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
