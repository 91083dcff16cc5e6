"""Hang a business unit elsewhere, and see before what that means.

It changes what reaches the unit from above: roles, data filters, and who works there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app import audit
from app.services import code_ownership, guards, impact
from app.services.errors import Forbidden, Refused, Wrong
from app.services.filter_limits import check_together
from app.services.guards import Acting
from app.services.impact import PersonImpact, people_impact
from app.services.own_access import move_is_own
from app.services.references import unit_of
from app.services.timed_rights import check_lasts
from app.services.units import UnitFacts, facts_of
from app.session import Session
from app.stores import units as store
from app.stores.alike import Whom, about_units
from rbac.giving import given_to_workers
from rbac.model import Policy
from rbac.reaches import below
from rbac.roles import touched
from rbac.units import Unit, UnitTree


@dataclass(frozen=True, slots=True)
class FilterLine:
    """A data filter on the way from a unit up to the root."""

    unit: str
    record_type: str
    filter: str


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What moving a unit would mean for the people in it and above it, and for the records they may see."""

    unit: str
    old_parent: str
    new_parent: str
    concerned: int
    examined: int
    gaining: int
    losing: int
    people: tuple[PersonImpact, ...]
    filters_before: tuple[FilterLine, ...]
    filters_after: tuple[FilterLine, ...]


def plan_move(session: Session, account_id: str, unit: str, parent: str, limit: int = 20) -> MovePlan:
    """What ``move_unit`` would mean, and for whom. Writes nothing; raises as it does."""
    acting, _ = guards.acting_in(session, account_id)
    found, above, after = _move(session, account_id, acting, unit, parent)
    check_together(session, account_id, after.units, below(after.units, found.id), "parent")
    before = acting.policy
    whom = _about(before, after, found.id)
    told = people_impact(session, account_id, whom, before, after, [found.id], limit=limit)
    return MovePlan(
        unit=found.key,
        old_parent=before.units.units[found.parent or ""].key,
        new_parent=above.key,
        concerned=told.concerned,
        examined=told.examined,
        gaining=told.gaining,
        losing=told.losing,
        people=told.page,
        filters_before=_filters(before, found.id),
        filters_after=_filters(after, found.id),
    )


def is_quick(session: Session, account_id: str, unit: str, parent: str) -> bool:
    """Whether ``plan_move`` will tell at once, since few are concerned. Raises as it does."""
    acting, _ = guards.acting_in(session, account_id)
    found, _, after = _move(session, account_id, acting, unit, parent)
    return impact.is_quick(session, account_id, _about(acting.policy, after, found.id))


def _about(before: Policy, after: Policy, unit_id: str) -> Whom:
    turned = set(before.units.path(unit_id)) ^ set(after.units.path(unit_id))
    return about_units(below(before.units, unit_id), turned)


def move_unit(session: Session, account_id: str, unit: str, parent: str) -> UnitFacts:
    """Hang a unit, with all below it, below another one. Raises Refused for a circle and for the root, Forbidden."""
    acting, _ = guards.begin(session, account_id)
    found, above, after = _move(session, account_id, acting, unit, parent)
    code_ownership.check(session, account_id, "unit", found.id, found.key)
    check_together(session, account_id, after.units, below(after.units, found.id), "parent")
    if found.parent != above.id:
        store.update_unit(session, account_id, found.id, parent_id=above.id)
        before = {"parent": acting.policy.units.units[found.parent or ""].key}
        audit.record(session, account_id, "unit.moved", "unit", found.id, found.key, before, {"parent": above.key})
    return facts_of(after.units, after.units.units[found.id])


def _move(session: Session, account_id: str, acting: Acting, unit: str, parent: str) -> tuple[Unit, Unit, Policy]:
    """The unit, the one it shall hang below, and what would be true then."""
    policy, tree = acting.policy, acting.policy.units
    found, above = unit_of(policy, unit), unit_of(policy, parent)
    if found.parent is None:
        raise Refused("the root stays above all other units")
    if tree.covers(found.id, above.id):
        below_it = f"{above.key} is below {found.key}, so {found.key} cannot hang below {above.key}"
        why = f"{found.key} cannot hang below itself" if found.id == above.id else below_it
        raise Refused(why, Wrong(("parent",), why))
    units = {*below(tree, found.id), found.parent, above.id}
    acting.check_area("manage_units", units, "move this unit there")
    moved = (replace(one, parent=above.id) if one.id == found.id else one for one in tree.units.values())
    after = replace(policy, units=UnitTree(moved))
    person = acting.person
    if person is not None and move_is_own(policy, after, person, found.id, is_owner=acting.is_owner):
        raise Forbidden(guards.OWN)
    if not acting.has_full_right:
        _check_reaching(session, account_id, acting, found.id, after)
    return found, above, after


def _check_reaching(session: Session, account_id: str, acting: Acting, unit_id: str, after: Policy) -> None:
    """Whether whoever acts may give what the people above have below them, and what they find there.

    Where a unit hangs decides whom roles given to a unit with all below it reach, and who works there: to move it is
    to give and take those. Raises Forbidden.
    """
    policy, what = acting.policy, "move this unit there"
    turned = set(policy.units.path(unit_id)) ^ set(after.units.path(unit_id))
    reaching = store.given_below(session, account_id, turned)
    nodes = [statement for id in reaching.roles if id in policy.roles for statement in policy.roles[id].statements]
    keys = touched(policy.catalogue, nodes).union(*(policy.catalogue.covered_by(node) for node in reaching.nodes))
    units = below(policy.units, unit_id)
    keys = keys.union(*(given_to_workers(one, id) for one in (policy, after) for id in units))
    if keys:
        acting.check_area("assign_roles", units, what)
        acting.check_holds(keys, units, what)
        check_lasts(acting, keys, units, None, what)


def _filters(policy: Policy, unit_id: str) -> tuple[FilterLine, ...]:
    return tuple(
        FilterLine(policy.units.units[id].key, record_type, found.text)
        for id in policy.units.path(unit_id)
        for record_type, found in sorted(policy.unit_filters.get(id, {}).items())
    )
