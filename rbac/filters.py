"""Data filters: which records of a type a permission is about, as an obligation on whoever asked.

The filters of the business units on the way from the root down to where the person works all hold at once. A
filter on an assignment narrows what that assignment gives: of several grants that allow, any one will do, and one
without a filter leaves nothing out. A filter is text in the SCIM filter grammar over the attributes of a record, and
so is what several of them come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DataFilter:
    """A condition on the records of one type."""

    record_type: str
    text: str


def combine(of_units: Iterable[DataFilter], of_grants: Sequence[DataFilter | None]) -> DataFilter | None:
    """What of the records may be touched: None for all of them.

    ``of_grants`` has an entry for each grant that allows, None for one that is not narrowed.
    """
    parts = list(of_units)
    narrowing = [one for one in of_grants if one is not None]
    if narrowing and len(narrowing) == len(of_grants):
        parts.append(_joined(" or ", narrowing))
    return _joined(" and ", parts) if parts else None


def _joined(word: str, filters: Iterable[DataFilter]) -> DataFilter:
    """Filters of one type as one; what is said twice stands there once."""
    distinct = list(dict.fromkeys(filters))
    if len(distinct) == 1:
        return distinct[0]
    return DataFilter(distinct[0].record_type, word.join(f"({one.text})" for one in distinct))
