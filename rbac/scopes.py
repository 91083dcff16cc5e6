"""Where a person may work, and which grants apply there."""

from __future__ import annotations

from datetime import datetime

from rbac.model import Effect, Grant, Reach, Subject
from rbac.units import UnitTree


def may_work_in(tree: UnitTree, subject: Subject, unit: str, at: datetime) -> bool:
    """Whether a person may work in a unit.

    Yes where a unit membership says so, and where a grant of their own is scoped to. A person
    without any unit membership also works in their home unit and everywhere below it; one whose memberships have
    ended does not, since no end of something may open more.
    """
    path = tree.path(unit)
    if not path:
        return False
    if not subject.works_in and (subject.home or tree.root.id) in path:
        return True
    for work in subject.works_in:
        if (work.unit == unit or (work.with_children and work.unit in path)) and work.counts(at):
            return True
    return any(
        grant.scope.reach is not Reach.ACCOUNT
        and applies(tree, grant, unit)
        and grant.sources_at(at)
        and not _only_denies(grant)
        for grant in subject.grants
    )


def _only_denies(grant: Grant) -> bool:
    """Whether it is one person's denial, which lets nobody in anywhere."""
    return grant.statement is not None and grant.statement.effect is Effect.DENY


def working_unit(tree: UnitTree, subject: Subject, at: datetime) -> str:
    """The unit a person works in when nothing says which.

    Their home unit (the root where none is set); if they may not work there, the unit membership
    nearest to the root, and among those the first by key.
    """
    home = subject.home or tree.root.id
    if may_work_in(tree, subject, home, at):
        return home
    mine = (tree.units[work.unit] for work in subject.works_in if work.unit in tree.units and work.counts(at))
    return min(mine, key=lambda unit: (len(tree.path(unit.id)), unit.key), default=tree.root).id


def applies(tree: UnitTree, grant: Grant, unit: str) -> bool:
    """Whether a grant applies to somebody who works in a unit.

    Account-wide grants follow the person everywhere; the others go as far as their reach. The role of a business
    unit is for exactly that unit, unless it is forced on the units below.
    """
    if grant.scope.reach is Reach.UNIT:
        return grant.scope.unit == unit
    return grant.scope.reach is Reach.ACCOUNT or tree.covers(grant.scope.unit, unit)
