"""Where somebody belongs and has something, for those who manage them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from app.models.base import now
from rbac.model import Grant, Policy, Reach, Subject
from rbac.reaches import below, reached
from rbac.roles import allowed, statements_of
from rbac.scopes import may_work_in


def lasting(grants: Collection[Grant], at: datetime) -> tuple[Grant, ...]:
    """The grants that count or will count."""
    return tuple(
        grant for grant in grants if any(source.expires is None or source.expires > at for source in grant.sources)
    )


def home_and_work(policy: Policy, subject: Subject) -> set[str]:
    """The units that somebody is of: where they are at home, or may work by a membership; else the root."""
    moment = now()
    units = {work.unit for work in subject.works_in if work.counts(moment)}
    if subject.home:
        units.add(subject.home)
    return units or {policy.units.root.id}


def concerned(policy: Policy, subject: Subject) -> set[str]:
    """The units that somebody is of, and those where they have something; the root for the whole account."""
    tree, units, moment = policy.units, home_and_work(policy, subject), now()
    for work in subject.works_in:
        units |= below(tree, work.unit) if work.with_children and work.counts(moment) else set()
    for grant in lasting(subject.grants, moment):
        everywhere = grant.scope.reach is Reach.ACCOUNT
        units |= {tree.root.id} if everywhere else reached(tree, grant.scope.unit, grant.scope.reach)
    return units


def privileged_of(policy: Policy, subject: Subject) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """The privileged permissions that each grant gives somebody, also in times to come, and in which units (ids)."""
    tree, moment = policy.units, now()
    mine = {id for id in tree.units if may_work_in(tree, subject, id, moment)}
    for grant in lasting(subject.grants, moment):
        if grant.scope.reach is not Reach.ACCOUNT:
            mine |= reached(tree, grant.scope.unit, grant.scope.reach)
    of_units = (grant for grants in policy.unit_grants.values() for grant in grants)
    for grant in lasting([*subject.grants, *of_units], moment):
        keys = allowed(policy.catalogue, statements_of(policy, grant)) & policy.catalogue.privileged
        units = reached(tree, grant.scope.unit, grant.scope.reach) & mine
        if keys and units:
            yield keys, units


def will_own(policy: Policy, subject: Subject) -> bool:
    """Whether somebody is an Account Owner or will be, if they are active then."""
    grants = lasting(subject.grants, now())
    return any(grant.role_id is not None and policy.roles[grant.role_id].is_owner for grant in grants)
