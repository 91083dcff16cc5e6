"""Searches on one kind of resource or all: pages by index, and walks by cursor (RFC 7644 §3.4.2, RFC 9865)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_

import orjson

from scim.cursors import Cursors, Place
from scim.dialect_checks import check_filter
from scim.errors import InvalidCount
from scim.filter_tree import spelled
from scim.merging import Found, Merged
from scim.query import Parameters
from scim.store import DirectoryStore, Page, Query, Stored


@dataclass(frozen=True, slots=True)
class WholePage:
    """One page of a search over all kinds, and how many resources the whole search has."""

    total: int
    resources: Sequence[Stored]


@dataclass(frozen=True, slots=True)
class Walk:
    """One page of a walk by cursor, how many resources the search had when it began, and the cursors from here."""

    total: int
    resources: Sequence[Stored]
    next: str | None
    previous: str | None


def search(store: DirectoryStore, kind: str, parameters: Parameters) -> Page:
    """A page of the resources of one kind. Raises InvalidFilter, InvalidPath."""
    return store.search(kind, _queries(store, [kind], parameters)[kind])


def search_all(store: DirectoryStore, parameters: Parameters) -> WholePage:
    """A page of the resources of all kinds, in one order if sorted, else one kind after the other (RFC 7644 §3.4.2.1).

    What only some kinds have is without a value in the others. Raises InvalidFilter, InvalidPath.
    """
    queries = _queries(store, [*store.resource_types], parameters)
    if parameters.sort_by:
        return WholePage(*Merged(store, queries).page(parameters.start, parameters.count))
    total, found = 0, list[Stored]()
    for kind, query in queries.items():
        start = max(parameters.start - total, 1)
        page = store.search(kind, with_(query, start=start, count=parameters.count - len(found)))
        total += page.total
        found.extend(page.resources)
    return WholePage(total, found)


def walk(store: DirectoryStore, kinds: Sequence[str], parameters: Parameters, cursors: Cursors) -> Walk:
    """A page by cursor of the resources of these kinds, in one order if sorted, else kind after kind (RFC 9865).

    Raises InvalidCursor, ExpiredCursor, InvalidCount, InvalidFilter, InvalidPath.
    """
    queries = _queries(store, kinds, parameters)
    search = _search_named(store, queries, parameters)
    place = cursors.read(search, parameters.cursor) if parameters.cursor else None
    if place is not None and parameters.has_count and parameters.count != place.count:
        raise InvalidCount(f"count: must stay {place.count}, as on the first page")
    count = parameters.count if place is None else place.count
    backwards = place is not None and place.backwards
    # One more than the page has tells whether there is another page.
    if parameters.sort_by and len(queries) > 1:
        position = None if place is None else place.position
        total, beyond = Merged(store, queries).beyond(position, count + 1, backwards=backwards)
    else:
        total, beyond = _kind_after_kind(store, queries, place, count + 1)
    if place is not None:
        total = place.total
    is_more, found = len(beyond) > count, [*beyond[:count]]
    if backwards:
        found.reverse()

    def cursor(at: int, towards_start: bool) -> str | None:
        if not found or not (is_more if towards_start == backwards else place is not None):
            return None
        stored, position = found[at]
        return cursors.write(search, Place(stored.kind, position, towards_start, count, total))

    return Walk(total, [stored for stored, _ in found], cursor(-1, False), cursor(0, True))


def _kind_after_kind(
    store: DirectoryStore, queries: Mapping[str, Query], place: Place | None, count: int
) -> tuple[int, Sequence[Found]]:
    """How many resources a search has, counted at its beginning only, and ``count`` of them beyond a place."""
    total, found = 0, list[Found]()
    if place is None:
        for kind, query in queries.items():
            page = store.search(kind, with_(query, start=1, count=count - len(found)))
            total += page.total
            found.extend(zip(page.resources, page.positions, strict=True))
        return total, found
    ahead = [*queries][::-1] if place.backwards else [*queries]
    for kind in ahead[ahead.index(place.kind) :]:
        wanted, beyond = count - len(found), place.position if kind == place.kind else None
        if not wanted:
            break
        query = with_(queries[kind], start=1, count=wanted, beyond=beyond, backwards=place.backwards, counted=False)
        page = store.search(kind, query)
        found.extend(zip(page.resources, page.positions, strict=True))
    return total, found


def _queries(store: DirectoryStore, kinds: Sequence[str], parameters: Parameters) -> dict[str, Query]:
    """The search on each kind."""
    types = {kind: store.resource_types[kind] for kind in kinds}
    if store.unrepaired and parameters.filter is not None:
        for resource_type in types.values():
            check_filter(resource_type, parameters.filter, store.unrepaired)
    among = tuple(types.values()) if len(types) > 1 else ()
    return {kind: parameters.query(resource_type, among) for kind, resource_type in types.items()}


def _search_named(store: DirectoryStore, queries: Mapping[str, Query], parameters: Parameters) -> bytes:
    """What a cursor is bound to: the directory, the kinds, the filter and the order, however they were written."""
    asked = [
        [kind, query.filter and spelled(query.filter), query.sort and query.sort.key] for kind, query in queries.items()
    ]
    return orjson.dumps([store.directory_id, parameters.descending, asked])
