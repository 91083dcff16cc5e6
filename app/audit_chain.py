"""How events of the audit trail are linked: each has the hash of a fixed text, which has the hash of the one before.

The text is the event's columns but for its own hash, as JSON, in the order of their names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple

import orjson

_MOST = 10_000
"""So many different things that were done are kept in mind."""
Row = tuple[Any, ...]


class Parts(NamedTuple):
    """A text without what is known only when the head is locked: what stands before, between and after that."""

    first: str
    between: str
    last: str


def hash_of(row: Mapping[str, Any]) -> str:
    """The hash of an event with all that it is linked by."""
    content = {**row, "at": row["at"].isoformat()}
    content.pop("hash", None)
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parts_of(row: Mapping[str, Any]) -> Parts:
    """The parts of an event that is not linked yet. ``previous_hash`` and ``sequence`` come between them."""
    content = {**row, "at": row["at"].isoformat()}
    first, between, last = (
        orjson.dumps({name: content[name] for name in content if after < name < before}, option=orjson.OPT_SORT_KEYS)
        for after, before in (("", "previous_hash"), ("previous_hash", "sequence"), ("sequence", "~"))
    )
    return Parts(
        f'{first[:-1].decode()},"previous_hash":"', f'",{between[1:-1].decode()},"sequence":', f",{last[1:].decode()}"
    )


class _Said(NamedTuple):
    """What is the same of all events by which the same was done: parts of the text, and columns as they are stored."""

    of: tuple[object, ...]
    first: bytes
    between: bytes
    before: str | None
    after: str | None


class Chain:
    """Links very many events to a trail whose last one has this sequence and this hash.

    Events come out as they are stored, column by column, with values as the driver takes them.
    """

    def __init__(self, sequence: int, hash: str) -> None:
        self.sequence = sequence
        self.hash = hash

    def link(self, row: dict[str, Any]) -> Row:
        """An event of which nothing is known to be like another."""
        previous, self.sequence = self.hash, self.sequence + 1
        self.hash = hash_of(row | {"previous_hash": previous, "sequence": self.sequence})
        target = row["action"], row["target_kind"], row["target_id"], row["target_name"]
        states = _json(row["before"]), _json(row["after"])
        end = row["request_id"], row["reason"], previous, self.hash
        return (row["account_id"], self.sequence, _moment(row), *_actor(row), *target, *states, *end)

    def link_alike(self, common: Mapping[str, Any], events: Iterable[Row]) -> Iterator[Row]:
        """Events of which many say that the same was done, in the same objects: that is written as text once.

        ``common`` are the columns that are the same for all. An event is an action, a target's kind, id and name, what
        was before and after, and a reason.
        """
        begin, request_id = (_moment(common), *_actor(common)), common["request_id"]
        account_id, every = common["account_id"], dict[tuple[object, ...], _Said]()
        for action, kind, target_id, name, before, after, reason in events:
            key = action, id(before), id(after), reason
            said = every.get(key)
            if said is None:
                if len(every) >= _MOST:
                    every.clear()
                said = every[key] = _said(common, action, before, after, reason)
            previous, self.sequence = self.hash, self.sequence + 1
            last = orjson.dumps({"target_id": target_id, "target_kind": kind, "target_name": name})
            text = b"%b%b%b%d,%b" % (said.first, previous.encode(), said.between, self.sequence, last[1:])
            self.hash = hashlib.sha256(text).hexdigest()
            target = action, kind, target_id, name, said.before, said.after
            yield (account_id, self.sequence, *begin, *target, request_id, reason, previous, self.hash)


def _said(common: Mapping[str, Any], action: str, before: Any, after: Any, reason: str | None) -> _Said:
    what = {"action": action, "before": before, "after": after, "reason": reason}
    parts = parts_of({**common, **what, "target_id": None, "target_kind": None, "target_name": None})
    # These objects are kept, so that nothing else has their identity.
    return _Said((before, after), parts.first.encode(), parts.between.encode(), _json(before), _json(after))


def _moment(row: Mapping[str, Any]) -> str:
    text: str = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return text[:26]


def _actor(row: Mapping[str, Any]) -> Row:
    return row["actor_kind"], row["actor_id"], row["actor_name"]


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()
