"""JSON of an OpenID provider, read strictly: what two readers could understand in two ways is refused (T-9).

RFC 8725 §2.4 and RFC 8259 §4: names that come twice, numbers that are none, and text that is no Unicode.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

MOST_DEPTH: Final = 32
LEAST_NUMBER, MOST_NUMBER = -(2**63), 2**64 - 1
"""What fits into 64 bits; of longer numbers others know something else, or nothing (RFC 8259 §6)."""
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


def read_object(content: bytes) -> dict[str, Any]:
    """The one object in a document. Raises ValueError, whatever the bytes are."""
    text = content.decode("utf-8")
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except RecursionError as error:
        raise ValueError("it is too deep") from error
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    if text.count("[") + text.count("{") > MOST_DEPTH:
        _check_depth(found)
    if _HALF.search(text):
        # Half a surrogate pair raises UnicodeEncodeError, a ValueError.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _whole(text: str) -> int:
    # What is too long to be read raises a ValueError, too.
    number = int(text)
    if not LEAST_NUMBER <= number <= MOST_NUMBER:
        raise ValueError("a number is too large")
    return number


def _check_depth(document: dict[str, Any]) -> None:
    """Whether nothing in it is deeper than anything real."""
    waiting: list[tuple[int, Any]] = [(1, document)]
    while waiting:
        depth, value = waiting.pop()
        if depth > MOST_DEPTH:
            raise ValueError("it is too deep")
        inner = value.values() if isinstance(value, dict) else value
        waiting.extend((depth + 1, one) for one in inner if isinstance(one, (dict, list)))
