"""Whether data filters that hold together are still a filter that can be applied.

A decision carries them as one text (see ``rbac.filters``), and whoever cannot read that shows no records at all. So
what would come to more than a filter may have is refused when it is set, and when a unit moves below others.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.services.errors import Refused, Wrong
from app.session import Session
from app.stores.data_filters import find_assignment, read_filters
from rbac.filters import DataFilter, size_of, together
from rbac.model import Reach
from rbac.reaches import below, reached
from rbac.units import UnitTree
from scim.errors import InvalidFilter, TooMany
from scim.filter_parser import parse


def check_together(session: Session, account_id: str, tree: UnitTree, unit_ids: Collection[str], at: str) -> None:
    """Raises Refused if in one of these units the filters, as they are kept, come to more than a filter may have.

    These are the filters of the units on the way down to it, alone and with those of each role that somebody has
    there, however often it was given. What several roles come to is seen to by whoever decides (see
    ``rbac.filters.combine``). ``at`` is what was given that is wrong then.
    """
    rows = read_filters(session, account_id)
    for record_type in sorted({row.record_type for row in rows}):
        here = [row for row in rows if row.record_type == record_type]
        by_unit = {row.business_unit_id: DataFilter(record_type, row.filter) for row in here if row.unit is not None}
        given = _by_unit(tree, [row for row in here if row.unit is None])
        seen = set[str]()
        for unit_id in unit_ids:
            path = [by_unit[id] for id in reversed(tree.path(unit_id)) if id in by_unit]
            for narrowing in ([], *given.get(unit_id, {}).values()):
                whole = together(path, narrowing)
                if whole is not None and whole.text not in seen:
                    seen.add(whole.text)
                    _check(tree.units[unit_id].key, whole, at)


def units_of(
    session: Session, account_id: str, tree: UnitTree, unit_id: str | None, assignment_id: str | None
) -> frozenset[str]:
    """The units (ids) where the filter of a unit or of an assignment holds."""
    if unit_id is not None:
        return below(tree, unit_id)
    row = find_assignment(session, account_id, assignment_id or "")
    return reached(tree, row.scope_id, Reach(row.reach)) if row is not None else frozenset()


def _by_unit(tree: UnitTree, assigned: Collection[Any]) -> dict[str, dict[_RoleOf, list[DataFilter]]]:
    """The filters that hold in each unit, by who has which role by them."""
    found: dict[str, dict[_RoleOf, list[DataFilter]]] = {}
    for row in assigned:
        has = row.user_id or row.group_id or row.principal_unit_id, row.role_id
        for unit_id in reached(tree, row.scope_id, Reach(row.reach)):
            found.setdefault(unit_id, {}).setdefault(has, []).append(DataFilter(row.record_type, row.filter))
    return found


_RoleOf = tuple[str, str]


def _check(unit: str, whole: DataFilter, at: str) -> None:
    if size_of(whole.text).fits():
        return
    try:
        parse(whole.text)
    except InvalidFilter:
        return  # another catalogue's: it shows nothing anyway
    except TooMany as error:
        why = f"the filters on {whole.record_type} that hold in {unit} would be too much together: {error}"
        raise Refused(why, Wrong((at,), why)) from error
