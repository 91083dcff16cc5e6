"""Say where in a document something is wrong: ``tabs[0].sections[2].key: …``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def problems_of(messages: Any, place: str = "") -> list[str]:
    """marshmallow's nested messages as one line for each problem, with its place."""
    return list(_walk(messages, place))


def _walk(messages: Any, place: str) -> Iterator[str]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _walk(inner, _below(place, key))
    elif isinstance(messages, list | tuple):
        for message in messages:
            yield from _walk(message, place)
    else:
        yield f"{place}: {messages}" if place else str(messages)


def _below(place: str, key: Any) -> str:
    if key == "_schema":
        return place
    if isinstance(key, int):
        return f"{place}[{key}]"
    return f"{place}.{key}" if place else str(key)
