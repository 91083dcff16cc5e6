"""What somebody has for a while they hand on for a while: a gift never outlasts the right of whoever gives it.

It is refused, with the latest end there may be, not shortened: who gives something should know how long it lasts.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from app.services.errors import Forbidden, Wrong
from app.services.guards import Acting, Area
from rbac.giving import given_to_workers, lasts_until


def check_lasts(
    acting: Acting,
    keys: Collection[str],
    units: Collection[str],
    until: datetime | None,
    what: str,
    area: Area = "assign_roles",
    *,
    has_end: bool = False,
) -> None:
    """Raises Forbidden if whoever acts stops holding one of these permissions, or the area, before ``until``.

    None is for good; ``has_end``: an end can be given. They hold all of it in these units (ids) at present. ``what``
    is what they tried.
    """
    person = acting.person
    if person is None or acting.is_owner:
        return
    policy = acting.policy

    def end_in(unit: str) -> datetime | None:
        return lasts_until(policy, person, unit, keys, lambda at: acting.may_manage(area, [unit], at))

    ends = ((end_in(unit), unit) for unit in units)
    end, unit = min(((end, unit) for end, unit in ends if end is not None), default=(None, ""))
    if end is None or (until is not None and until <= end):
        return
    yours = f"your own right in {policy.units.units[unit].key} ends at {end.isoformat()}"
    if has_end:
        why = f"{yours}; let this end no later"
        raise Forbidden(f"you may not {what} for longer than you have it: {why}", Wrong(("expires",), why))
    raise Forbidden(f"you may not {what}: {yours}, and this would be for good")


def check_joins_last(acting: Acting, units: Collection[str], what: str) -> None:
    """Raises Forbidden if whoever acts manages the users of units whose roles give something for a while only.

    Who is let into such a unit has those roles for good.
    """
    check_lasts(acting, (), [id for id in units if given_to_workers(acting.policy, id)], None, what, "manage_users")
