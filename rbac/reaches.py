"""How far a grant goes in the tree of business units, and where two of them meet."""

from __future__ import annotations

from datetime import datetime

from rbac.model import Effect, Reach, Scope, Subject
from rbac.units import UnitTree


def below(tree: UnitTree, unit: str) -> frozenset[str]:
    """A unit and every unit beneath it."""
    return frozenset(id for id in tree.units if tree.covers(unit, id))


def reached(tree: UnitTree, unit: str, reach: Reach) -> frozenset[str]:
    """The units where something of this reach holds."""
    if reach is Reach.ACCOUNT:
        return frozenset(tree.units)
    return below(tree, unit) if reach is Reach.SUBTREE else frozenset([unit])


def meeting(tree: UnitTree, one: Scope, other: Scope) -> Scope | None:
    """Where two grants hold both: the narrower of the two scopes, or None where there is no such unit."""
    for narrow, wide in ((one, other), (other, one)):
        if wide.reach is Reach.ACCOUNT:
            return narrow
        if narrow.reach is Reach.ACCOUNT or (narrow.reach is Reach.SUBTREE and wide.reach is Reach.UNIT):
            continue
        if wide.unit == narrow.unit or (wide.reach is Reach.SUBTREE and tree.covers(wide.unit, narrow.unit)):
            return narrow
    return None


def expressly_in(tree: UnitTree, subject: Subject, at: datetime) -> frozenset[str]:
    """The units that somebody is at home in, or may work in because something says so for just these units.

    Who has no membership may also work below their home unit; that alone makes nobody one of those units' people.
    """
    units = set() if subject.works_in else {subject.home or tree.root.id}
    if subject.home:
        units.add(subject.home)
    for work in subject.works_in:
        if work.counts(at):
            units |= below(tree, work.unit) if work.with_children else {work.unit}
    for grant in subject.grants:
        lets_in = grant.statement is None or grant.statement.effect is Effect.ALLOW
        if lets_in and grant.scope.reach is not Reach.ACCOUNT and grant.sources_at(at):
            units |= reached(tree, grant.scope.unit, grant.scope.reach)
    return frozenset(units)
