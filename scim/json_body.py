"""JSON bodies: strict where leniency would be ambiguous or costly (RFC 7644 §3.1, RFC 8259 §4).

Refused are duplicate keys, NaN, invalid UTF-8, NUL, anything deeper than a SCIM resource can be, and
what is not an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import orjson

from scim.errors import InvalidSyntax, TooLarge

MAX_DEPTH = 32
MAX_CONTAINERS = 500_000
"""How many objects and lists a body may hold: each takes many times the memory of its two brackets."""

_NESTED = frozenset((dict, list))
_SPACE_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')


def read_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in a request body. Raises InvalidSyntax, TooLarge."""
    if not raw.strip():
        raise InvalidSyntax("the body is empty; send a JSON object")
    if len(raw) > MAX_CONTAINERS and raw.count(b"{") + raw.count(b"[") > MAX_CONTAINERS:
        raise TooLarge(f"the body has more than {MAX_CONTAINERS} objects and lists; send less at once")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        # A parser gives up at a depth of its own, so far down nobody can say which of the two it is.
        raise InvalidSyntax(f"the body is not valid JSON in UTF-8, or nested deeper than {MAX_DEPTH} levels") from error
    if not isinstance(body, dict):
        raise InvalidSyntax("the body must be a JSON object")
    keys = _count_keys(body, 1)
    # Every key is followed by a colon, so equal numbers prove that no key was given twice.
    if raw.count(b'":') != keys or _SPACE_BEFORE_COLON.search(raw):
        _refuse_duplicates(raw)
    if b"\\u0000" in raw and _has_nul(body):
        raise InvalidSyntax("the body contains a NUL character")
    return body


def named_fields(given: Mapping[str, Any], at: str = "") -> dict[str, Any]:
    """The fields of a message by their names in lower case, since names have no case (RFC 7643 §2.1).

    Raises InvalidSyntax for two names that differ in case only: readers could take different ones.
    """
    fields = {name.lower(): value for name, value in given.items()}
    if len(fields) < len(given):
        raise InvalidSyntax(f"{at}a field is given twice under names that differ in case only")
    return fields


def _count_keys(value: Any, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise InvalidSyntax(f"the body is nested deeper than {MAX_DEPTH} levels")
    count, parts = (len(value), value.values()) if type(value) is dict else (0, value)
    for part in parts:
        if type(part) in _NESTED:
            count += _count_keys(part, depth + 1)
    return count


def _refuse_duplicates(raw: bytes) -> None:
    def once(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            raise InvalidSyntax("the body gives a key twice in one object")

    json.loads(raw, object_pairs_hook=once)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _has_nul(part) for name, part in value.items())
    return isinstance(value, list) and any(_has_nul(part) for part in value)
