"""Long lists in portions, so that no statement grows with a group or a directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

PORTION = 1_000
Item = TypeVar("Item")


def portions(items: Iterable[Item], size: int = PORTION) -> Iterator[list[Item]]:
    """The items in lists of at most ``size``."""
    iterator = iter(items)
    while portion := list(islice(iterator, size)):
        yield portion
