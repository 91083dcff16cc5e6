"""The list of all users or groups of a directory, by id: a page of it costs the same wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.stores.anchors import FIRST, Anchors
from app.stores.statements import LIST, LIST_BACK
from scim.store import Query

LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_FAR = 500
"""From this many skipped rows on, their ids are counted off an index before whole rows are read."""
_ANCHORS = Anchors()
Execute = Callable[[Any, dict[str, Any]], Any]
"""Runs a prepared statement with its values."""


def page_of_all(
    execute: Execute, kind: str, here: dict[str, Any], query: Query, total: int, removals: int
) -> Sequence[Any]:
    """The rows of a page of the whole list; ``here`` are the account and the directory.

    ``total`` and ``removals`` are those of the directory when the request began. Rows of users have the ids of
    their groups if the query asks for what is related.
    """
    if query.count < 1:
        return ()
    related = query.related and kind == "User"
    if query.beyond is not None:
        statement = LIST_BACK[kind, related] if query.backwards else LIST[kind, related, False]
        values = {"b_after": query.beyond.id, "b_count": query.count, "b_skip": 0}
        return list(execute(statement, here | values))
    if query.backwards:
        return list(execute(LIST_BACK[kind, related], here | {"b_after": LAST, "b_count": query.count}))
    of, generation = (here["b_directory"], kind), (total, removals)
    place, id = _ANCHORS.before(of, generation, query.start - 1) if query.start > 1 else (0, FIRST)
    skip = query.start - 1 - place
    values = {"b_after": id, "b_count": query.count, "b_skip": skip}
    rows = list(execute(LIST[kind, related, skip > _FAR], here | values))
    if rows:
        _ANCHORS.remember(of, generation, query.start - 1 + len(rows), rows[-1].id)
        if skip > _FAR:
            # Whoever asks for this page again need not count either.
            before = execute(LIST_BACK[kind, False], here | {"b_after": rows[0].id, "b_count": 1})
            _ANCHORS.remember(of, generation, query.start - 1, before[0].id)
    return rows
