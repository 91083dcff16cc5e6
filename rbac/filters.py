"""Data filters: which records of a type a permission is about, as an obligation on whoever asked.

The filters of the business units on the way from the root down to where the person works all hold at once. A
filter on an assignment narrows what that assignment gives: of several grants that allow, any one will do, and one
without a filter leaves nothing out. A filter is text in the SCIM filter grammar over the attributes of a record, and
so is what several of them come to: never more than a filter may have, or nobody could apply it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_LENGTH, MAX_TERMS, MAX_DEPTH = 8192, 200, 20
"""What a filter may have at most; whoever applies one refuses more than that."""

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|([(\[])|([)\]])|(?<![\w$:.-])(?:and|or)(?![\w$:.-])', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DataFilter:
    """A condition on the records of one type."""

    record_type: str
    text: str


class Size(NamedTuple):
    """How much a filter is: its characters, its comparisons, and how deep it is nested."""

    length: int
    terms: int
    depth: int

    def fits(self) -> bool:
        """Whether a filter may be as much as that."""
        return self.length <= MAX_LENGTH and self.terms <= MAX_TERMS and self.depth <= MAX_DEPTH


def combine(of_units: Iterable[DataFilter], of_grants: Sequence[DataFilter | None]) -> DataFilter | None:
    """What of the records may be touched: None for all of them.

    ``of_grants`` has an entry for each grant that allows, None for one that is not narrowed. Where all that grants
    let through would be more than a filter may have, the largest of them are left out: that shows less, never more.
    """
    units, narrowing = list(of_units), list(of_grants)
    whole = together(units, narrowing)
    if whole is None or size_of(whole.text).fits():
        return whole
    kept: list[DataFilter | None] = []
    for one in sorted({one for one in narrowing if one is not None}, key=lambda one: (len(one.text), one.text)):
        more = together(units, [*kept, one])
        if more is None or len(more.text) > MAX_LENGTH or len(kept) == MAX_TERMS:
            break  # and so it would be with all that follow
        if size_of(more.text).fits():
            kept.append(one)
            whole = more
    return whole


def together(of_units: Iterable[DataFilter], of_grants: Sequence[DataFilter | None]) -> DataFilter | None:
    """The same with nothing left out, be it more than a filter may have."""
    parts = list(of_units)
    narrowing = [one for one in of_grants if one is not None]
    if narrowing and len(narrowing) == len(of_grants):
        parts.append(_joined(" or ", narrowing))
    return _joined(" and ", parts) if parts else None


def size_of(text: str) -> Size:
    """How much a filter is, without reading it; its texts count as characters only."""
    terms, depth, deepest = 1, 0, 0
    for match in _TOKENS.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
        elif match[0][0] != '"':
            terms += 1
    return Size(len(text), terms, deepest)


def _joined(word: str, filters: Iterable[DataFilter]) -> DataFilter:
    """Filters of one type as one; what is said twice stands there once."""
    distinct = list(dict.fromkeys(filters))
    if len(distinct) == 1:
        return distinct[0]
    return DataFilter(distinct[0].record_type, word.join(f"({one.text})" for one in distinct))
