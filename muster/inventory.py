"""Tell a Muster service which items the platform has, so that decisions about them need only their id.

For item types whose inventory the catalogue calls held. Owners, units and levels of these are what was registered,
whatever a question says. The key needs the scope ``items:write``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson

from muster.errors import Misused
from muster.processes import PerProcess
from muster.transport import Transport

MOST = 10_000
"""Items in one request."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the platform. What is None is not said: it stays, or comes from the owner's defaults.

    ``owner`` is a user by id or userName, ``owner_group`` a group or role, ``unit`` a business unit's key. ``levels``
    say what ``owner``, ``group`` and ``rest`` may do: "forbidden", "read" or "modify".
    """

    type: str
    id: str
    name: str | None = None
    owner: str | None = None
    owner_group: str | None = None
    unit: str | None = None
    levels: Mapping[str, str] | None = None
    attributes: Mapping[str, Any] | None = None


class Inventory:
    """The items of one account. Raises Unavailable and Misused as ``Muster`` does."""

    def __init__(self, url: str, key: str, *, timeout: float = 30.0) -> None:
        self._transport = PerProcess(lambda: Transport(url, key, timeout, connections=2))

    def register(self, items: Iterable[Item]) -> None:
        """Add items, and change those that are there; each request is all or nothing. Safe to repeat."""
        remaining = iter(items)
        while batch := list(islice(remaining, MOST)):
            said = [{name: value for name, value in asdict(item).items() if value is not None} for item in batch]
            self._transport.here().post("/api/v1/items/bulk", orjson.dumps({"items": said}))

    def remove(self, type: str, id: str) -> None:
        """Take an item out; one that is not there is no error."""
        try:
            self._transport.here().delete(f"/api/v1/items/{quote(type, safe='')}/{quote(id)}")
        except Misused as refusal:
            if refusal.status != 404:
                raise
