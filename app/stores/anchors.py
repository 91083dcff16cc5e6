"""Where in a long list a page began: paging by index without counting off what comes before (RFC 7644 §3.4.2.4).

Ids grow with time, so a list by id keeps its places until somebody is added or removed. Each process remembers
the ids before which it has counted, as long as the list is the same *generation*.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field

Generation = tuple[int, int]
"""How many resources a list has, and how many were ever removed from it; no such pair comes back."""

FIRST = "00000000-0000-0000-0000-000000000000"
"""Before every id."""
LISTS, PLACES = 256, 4_096


@dataclass(slots=True)
class _Known:
    generation: Generation
    places: list[int] = field(default_factory=lambda: [0])
    ids: list[str] = field(default_factory=lambda: [FIRST])


class Anchors:
    """The known places of the lists of one process; the lists least used are forgotten."""

    def __init__(self) -> None:
        self._lists: OrderedDict[tuple[str, str], _Known] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, of: tuple[str, str], generation: Generation, place: int) -> tuple[int, str]:
        """The nearest known place that is not beyond ``place``, and the id of the resource there (1-based; 0: none)."""
        with self._lock:
            known = self._lists.get(of)
            if known is None or known.generation != generation:
                return 0, FIRST
            at = bisect_right(known.places, place) - 1
            return known.places[at], known.ids[at]

    def remember(self, of: tuple[str, str], generation: Generation, place: int, id: str) -> None:
        """The resource at ``place`` of the list has this id."""
        with self._lock:
            known = self._lists.get(of)
            if known is None or known.generation != generation or len(known.places) >= PLACES:
                known = self._lists[of] = _Known(generation)
            self._lists.move_to_end(of)
            if len(self._lists) > LISTS:
                self._lists.popitem(last=False)
            at = bisect_right(known.places, place)
            if known.places[at - 1] != place:
                known.places.insert(at, place)
                known.ids.insert(at, id)
