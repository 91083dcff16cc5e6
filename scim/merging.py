"""One order over the resources of several kinds (RFC 7644 §3.4.2.1, §3.4.2.3).

It is the order of a store within one kind: by the value, then by the id, without a value last; descending is the same
read from the end. A kind that lacks the attribute has nothing with a value.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as with_
from itertools import islice
from typing import Any

from scim.filter_tree import Path
from scim.schemas import COMMON
from scim.store import DirectoryStore, Page, Position, Query, Stored

Found = tuple[Stored, Position]
"""A resource, and where it stands in the order over all kinds."""

_ID = Path(next(attribute for attribute in COMMON if attribute.key == "id"))


class Merged:
    """The same search on several kinds, read as one list."""

    def __init__(self, store: DirectoryStore, queries: Mapping[str, Query]) -> None:
        self._store = store
        self._queries = {kind: query if query.sort else with_(query, sort=_ID) for kind, query in queries.items()}
        self._lacking = {kind for kind, query in queries.items() if query.sort is None}
        self._descending = any(query.descending for query in queries.values())

    def page(self, start: int, count: int) -> tuple[int, list[Stored]]:
        """How many resources there are, and ``count`` of them from the place ``start`` on."""
        starts, ahead = self._approach(start - 1 if count else 0, count)
        # Whatever is still further ahead is ahead of a page beyond the end.
        wanted = ahead + count if ahead <= count else 0
        pages = {kind: self._search(kind, start=begin, count=wanted) for kind, begin in starts.items()}
        found = islice(self._merge(pages, self._descending), ahead, ahead + count)
        return sum(page.total for page in pages.values()), [stored for stored, _ in found]

    def beyond(self, position: Position | None, count: int, *, backwards: bool) -> tuple[int, Sequence[Found]]:
        """``count`` resources beyond a position, or before it; from the start with None, which counts them all, too."""
        down = self._descending != backwards
        pages: dict[str, Page] = {}
        for kind in self._queries:
            begin = position
            if position is not None and position.key is not None and kind in self._lacking:
                if down:
                    continue
                begin = None
            pages[kind] = self._search(
                kind, start=1, count=count, beyond=begin, backwards=backwards, counted=position is None
            )
        return sum(page.total for page in pages.values()), [*islice(self._merge(pages, down), count)]

    def _approach(self, ahead: int, near: int) -> tuple[dict[str, int], int]:
        """Where to begin in each kind, so that few resources, at most ``near``, are left ahead of a page; and how many.

        Each turn looks so far on in every kind that together it is not beyond the page: in the kind that comes first
        there, all on the way are ahead of the page. So each turn takes its share of the way, and reads one of a kind.
        """
        starts = dict.fromkeys(self._queries, 1)
        while ahead > near:
            step = max(ahead // len(starts), 1)
            pages = {kind: self._one(kind, begin + step - 1) for kind, begin in starts.items()}
            first = next(self._merge(pages, self._descending), None)
            if first is None:
                break
            starts[first[0].kind] += step
            ahead -= step
        return starts, ahead

    def _one(self, kind: str, start: int) -> Page:
        return self._search(kind, start=start, count=1, related=False, counted=False)

    def _search(self, kind: str, **place: Any) -> Page:
        return self._store.search(kind, with_(self._queries[kind], **place))

    def _merge(self, pages: Mapping[str, Page], down: bool) -> Iterator[Found]:
        return heapq.merge(*(self._found(kind, page) for kind, page in pages.items()), key=_rank, reverse=down)

    def _found(self, kind: str, page: Page) -> Iterator[Found]:
        for stored, position in zip(page.resources, page.positions, strict=True):
            yield stored, Position(None, stored.id) if kind in self._lacking else position


def _rank(found: Found) -> tuple[bool, Any, str]:
    _, (key, id) = found
    return (key is None, "" if key is None else key, id)
