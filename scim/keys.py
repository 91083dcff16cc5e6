"""Comparison keys: how two values of an attribute are compared, whatever they look like (RFC 7643 §2.2, §2.3).

Text without case compares by its folded form, a dateTime as a moment, everything else as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from scim.attributes import Attribute, Type

Key = str | bool | int | float
"""A comparison key: folded text, canonical UTC text for a date, number or boolean."""

LAST = chr(0x10FFFF)
"""The last character there is."""

_DATETIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,30}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def fold(text: str) -> str:
    """Text as compared without case: NFKC case folding."""
    if text.isascii():
        return text.lower()
    return normalize("NFKC", normalize("NFKC", text).casefold())


def text_above(start: str) -> str | None:
    """The least text, by code point, above every text that starts with this one; None if there is none."""
    start = start.rstrip(LAST)
    if not start:
        return None
    last = ord(start[-1])
    return start[:-1] + chr(0xE000 if last == 0xD7FF else last + 1)


def comparison_key(attribute: Attribute, value: Any) -> Key:
    """The key of a valid value of a simple attribute. Raises ValueError for a dateTime that is none."""
    return key_function(attribute)(value)


@lru_cache(maxsize=4096)
def key_function(attribute: Attribute) -> Callable[[Any], Key]:
    """How values of the attribute become keys."""
    match attribute.type:
        case Type.DATETIME:
            return moment_key
        case Type.DECIMAL:
            return float
        case Type.BOOLEAN | Type.INTEGER:
            return _as_it_is
    return _as_it_is if attribute.case_exact else fold


def _as_it_is(value: Key) -> Key:
    return value


def moment_key(text: str) -> str:
    """A dateTime as UTC text of fixed width with six fraction digits, so that text order is time order.

    Any offset and any number of fraction digits is read; without an offset it is UTC. A moment that the
    offset moves out of the years 1 to 9999 stays at their edge. Raises ValueError for anything else.
    """
    match = _DATETIME.fullmatch(text)
    if match is None:
        raise ValueError("not a dateTime")
    year, month, day, hour, minute, second = map(int, match.group(1, 2, 3, 4, 5, 6))
    micro = int((match[7] or "0").ljust(6, "0")[:6])
    local = datetime(year, month, day, hour, minute, second, micro, _zone(match[8]))
    try:
        moment = local.astimezone(UTC)
    except OverflowError:
        moment = (datetime.min if year == 1 else datetime.max).replace(tzinfo=UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def _zone(offset: str | None) -> timezone:
    if offset is None or offset in "Zz":
        return UTC
    size = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return timezone(-size if offset[0] == "-" else size)
