"""Where data filters count: one of them, those that narrow what somebody sees, and how many people one is about."""

from __future__ import annotations

from collections.abc import Collection

from app.services.belonging import home_and_work
from app.services.data_filters import list_filters
from app.services.errors import NotFound
from app.services.filter_facts import FilterFacts
from app.services.guards import acting_in
from app.services.references import person_of, unit_of
from app.session import Session
from app.stores.unit_people import counts_of_units
from rbac.reaches import below


def get_filter(session: Session, account_id: str, id: str) -> FilterFacts:
    """One data filter, by its id. Raises NotFound."""
    found = next((one for one in list_filters(session, account_id) if one.id == id.lower()), None)
    if found is None:
        raise NotFound(f"there is no data filter {id[:100]!r} in this account", "filter", id)
    return found


def of_role(session: Session, account_id: str, role_id: str) -> list[FilterFacts]:
    """Those that narrow what a role gives somebody."""
    return [one for one in list_filters(session, account_id) if one.narrows and one.narrows.role_id == role_id]


def of_person(session: Session, account_id: str, user: str, assignments: Collection[str]) -> list[FilterFacts]:
    """Those that narrow what somebody sees: of these assignments of theirs (ids), and of where they may work."""
    acting, snapshot = acting_in(session, account_id, [user])
    units = acting.policy.units
    path = {id for unit in home_and_work(acting.policy, person_of(snapshot, user)) for id in units.path(unit)}
    keys = {units.units[id].key for id in path}
    return [one for one in list_filters(session, account_id) if one.unit in keys or one.assignment_id in assignments]


def people_under(session: Session, account_id: str, unit: str) -> tuple[int, int]:
    """In how many units a unit's filter holds, and how many are at home or work there by a membership."""
    acting, _ = acting_in(session, account_id)
    here = below(acting.policy.units, unit_of(acting.policy, unit).id)
    counts = counts_of_units(session, account_id)
    return len(here), sum(counts[id].home + counts[id].workers for id in here if id in counts)
