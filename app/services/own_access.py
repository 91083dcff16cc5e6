"""What of a change would be somebody's own access, whatever else they have at present.

A grant that ends, or that others may take back, hides no difference: who has a role for a week would otherwise give
it to their unit, where it stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from app.models.base import now
from app.services.belonging import lasting
from rbac.filters import DataFilter
from rbac.model import Grant, GrantKind, Policy, Reach, Role, Scope, Source, SourceKind, Subject
from rbac.reaches import below, expressly_in, reached
from rbac.roles import held
from rbac.scopes import may_work_in
from rbac.units import UnitTree

_FOR_GOOD = (Source(SourceKind.MANUAL),)


def unit_role_is_own(policy: Policy, person: Subject, role: Role, where: tuple[str, Reach], *, is_owner: bool) -> bool:
    """Whether it would make a difference to somebody if a unit had a role, with those below it or without."""
    unit, reach = where
    grant = Grant(GrantKind.UNIT, role.id, Scope(unit, reach), _FOR_GOOD)
    without, with_it = (replace(policy, unit_grants=grants) for grants in ({}, {unit: (grant,)}))
    return _differs(without, with_it, person, reached(policy.units, unit, reach), is_owner=is_owner)


def move_is_own(before: Policy, after: Policy, person: Subject, unit: str, *, is_owner: bool) -> bool:
    """Whether it makes a difference to somebody that a unit, with all below it, hangs elsewhere.

    What they may do there is one thing, to which records the other: filters of the units above hold below.
    """
    moved, moment = below(before.units, unit), now()
    units = moved & (expressly_in(before.units, person, moment) | expressly_in(after.units, person, moment))
    filtered = moved & (
        own_units(before.units, person, moment, is_owner=is_owner)
        | own_units(after.units, person, moment, is_owner=is_owner)
    )
    if any(_filters(before, id) != _filters(after, id) for id in filtered):
        return True
    return any(held(before, person, id) != held(after, person, id) for id in units) or _differs(
        before, after, person, moved, is_owner=is_owner
    )


def own_units(tree: UnitTree, person: Subject, at: datetime, *, is_owner: bool) -> frozenset[str]:
    """The units whose roles are somebody's own: those they are expressly in; of a delegate all where they may work.

    An Account Owner would otherwise never give a unit a role, since who is at home in the root may work everywhere.
    """
    express = expressly_in(tree, person, at)
    return express if is_owner else express | {id for id in tree.units if may_work_in(tree, person, id, at)}


def _filters(policy: Policy, unit: str) -> list[Mapping[str, DataFilter]]:
    return [policy.unit_filters[id] for id in policy.units.path(unit) if policy.unit_filters.get(id)]


def _differs(before: Policy, after: Policy, person: Subject, units: frozenset[str], *, is_owner: bool) -> bool:
    moment = now()
    return any(
        held(before, one, unit) != held(after, one, unit)
        for one in _ways_in(person, moment)
        for unit in units & own_units(before.units, one, moment, is_owner=is_owner)
    )


def _ways_in(person: Subject, at: datetime) -> Iterator[Subject]:
    """Somebody without any grant of their own, and with each that lets them into a unit, as if it were the only one."""
    yield replace(person, grants=())
    for grant in lasting(person.grants, at):
        if grant.scope.reach is not Reach.ACCOUNT:
            yield replace(person, grants=(replace(grant, sources=_FOR_GOOD),))
