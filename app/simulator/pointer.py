"""JSON pointers (RFC 6901) into answers, with ``*`` for every element of a list."""

from __future__ import annotations

from enum import Enum
from typing import Any


class Absent(Enum):
    """The type of ABSENT, so that it can be told from null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


def select(document: Any, pointer: str) -> Any:
    """What the pointer names, or ABSENT; with ``*`` a list of all that is there, which may be empty."""
    return _walk(document, pointer.split("/")[1:])


def _walk(value: Any, parts: list[str]) -> Any:
    if not parts:
        return value
    part, rest = parts[0], parts[1:]
    if part == "*":
        return _every(value, rest)
    if isinstance(value, dict) and part in value:
        return _walk(value[part], rest)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return _walk(value[int(part)], rest)
    return [] if "*" in rest else ABSENT


def _every(value: Any, rest: list[str]) -> list[Any]:
    found = [_walk(item, rest) for item in value] if isinstance(value, list) else []
    if "*" in rest:
        return [item for many in found for item in many]
    return [item for item in found if item is not ABSENT]
