"""Whether data filters that hold together are still a filter that can be applied.

A decision carries them as one text (see ``rbac.filters``), and whoever cannot read that shows no records at all. So
what would come to more than a filter may have is refused when it is set, and when a unit moves below others.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from app.services.errors import Refused, Wrong
from app.session import Session
from app.stores.data_filters import find_assignment, read_filters
from rbac.filters import DataFilter, combine
from rbac.model import Reach
from rbac.reaches import below, reached
from rbac.units import UnitTree
from scim.errors import InvalidFilter, TooMany
from scim.filter_parser import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, parse

_JOINED = re.compile("and|or", re.IGNORECASE)


def check_together(session: Session, account_id: str, tree: UnitTree, unit_ids: Collection[str], at: str) -> None:
    """Raises Refused if in one of these units the filters, as they are kept, come to more than a filter may have.

    These are the filters of the units on the way down to it, alone and with that of each assignment that holds there.
    ``at`` is what was given that is wrong then.
    """
    rows = read_filters(session, account_id)
    for record_type in sorted({row.record_type for row in rows}):
        here = [row for row in rows if row.record_type == record_type]
        by_unit = {row.business_unit_id: DataFilter(record_type, row.filter) for row in here if row.unit is not None}
        given = _by_unit(tree, [row for row in here if row.unit is None])
        seen = set[str]()
        for unit_id in unit_ids:
            path = [by_unit[id] for id in reversed(tree.path(unit_id)) if id in by_unit]
            for narrowing in ([], *([DataFilter(record_type, text)] for text in given.get(unit_id, ()))):
                together = combine(path, narrowing)
                if together is not None and together.text not in seen:
                    seen.add(together.text)
                    _check(tree.units[unit_id].key, together, at)


def units_of(
    session: Session, account_id: str, tree: UnitTree, unit_id: str | None, assignment_id: str | None
) -> frozenset[str]:
    """The units (ids) where the filter of a unit or of an assignment holds."""
    if unit_id is not None:
        return below(tree, unit_id)
    row = find_assignment(session, account_id, assignment_id or "")
    return reached(tree, row.scope_id, Reach(row.reach)) if row is not None else frozenset()


def _by_unit(tree: UnitTree, assigned: Collection[Any]) -> dict[str, set[str]]:
    """The texts of the assignments that hold in each unit."""
    found: dict[str, set[str]] = {}
    for row in assigned:
        for unit_id in reached(tree, row.scope_id, Reach(row.reach)):
            found.setdefault(unit_id, set()).add(row.filter)
    return found


def _check(unit: str, together: DataFilter, at: str) -> None:
    if _is_small(together.text):
        return
    try:
        parse(together.text)
    except InvalidFilter:
        return  # another catalogue's: it shows nothing anyway
    except TooMany as error:
        why = f"the filters on {together.record_type} that hold in {unit} would be too much together: {error}"
        raise Refused(why, Wrong((at,), why)) from error


def _is_small(text: str) -> bool:
    """Whether a text cannot be above the limits, which is found out without reading it."""
    return (
        len(text) <= MAX_LENGTH
        and text.count("(") + text.count("[") <= MAX_DEPTH
        and len(_JOINED.findall(text)) < MAX_TERMS
    )
