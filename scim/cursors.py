"""Cursors: where a walk through a search has come to, sealed so that only we can write one (RFC 9865 §2).

A cursor holds the place itself, so the server keeps nothing. It is good for one directory, filter and order,
for a limited time; any other use fails as if it were forged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from scim.errors import ExpiredCursor, InvalidCursor
from scim.store import Position

_SEALED = re.compile(r"[A-Za-z0-9_-]{24,20000}", re.ASCII)
_SEAL = 16
_PURPOSE = b"scim cursor"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins: beyond ``position``, among the resources of ``kind``.

    ``backwards`` asks for the page before it. ``count`` and ``total`` are those of the whole walk: the page size
    cannot change on the way, and the total is what the first page counted.
    """

    kind: str
    position: Position
    backwards: bool
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads cursors. ``key`` is secret, ``seconds`` how long a cursor is good."""

    key: bytes
    seconds: int = 3_600
    clock: Callable[[], float] = time.time

    def write(self, search: bytes, place: Place) -> str:
        """The cursor of a place in a search; ``search`` says which one, in any unambiguous way."""
        position = place.position
        expires = int(self.clock()) + self.seconds
        facts = [expires, place.kind, position.key, position.id, place.backwards, place.count, place.total]
        content = orjson.dumps(facts)
        return base64.urlsafe_b64encode(self._seal(search, content) + content).rstrip(b"=").decode()

    def read(self, search: bytes, cursor: str) -> Place:
        """The place that a cursor names. Raises InvalidCursor, ExpiredCursor."""
        if not _SEALED.fullmatch(cursor) or len(cursor) % 4 == 1:
            raise _unknown()
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        seal, content = raw[:_SEAL], raw[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(search, content)):
            raise _unknown()
        expires, kind, key, id, backwards, count, total = orjson.loads(content)
        if expires < self.clock():
            raise ExpiredCursor(f"cursor: it was good for {self.seconds} seconds; begin again with an empty one")
        return Place(kind, Position(key, id), backwards, count, total)

    def _seal(self, search: bytes, content: bytes) -> bytes:
        bound = hashlib.sha256(search).digest()
        return hmac.new(self.key, _PURPOSE + bound + content, hashlib.sha256).digest()[:_SEAL]


def _unknown() -> InvalidCursor:
    return InvalidCursor(
        "cursor: send an empty one for the first page, then nextCursor as it came, with the same filter and order"
    )
