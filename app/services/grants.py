"""Everything that somebody has, and everybody who has something, each grant with all its sources.

What is over, or has not begun, is shown as such: it gives nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models.base import now
from app.services import individual, units
from app.services.errors import NotFound, Refused
from app.services.individual import IndividualFacts, state_of
from app.services.references import group_of, person_of, role_of, unit_of
from app.services.units import WorkFacts
from app.session import Session
from app.stores import grant_listing, listings
from app.stores.access import SqlAccessStore
from app.stores.filter_sql import is_id
from app.stores.listings import Place, Wanted
from rbac.model import Grant, GrantKind, GroupName, Policy, Reach, Subject
from rbac.reaches import meeting, reached
from rbac.roles import Shadow, shadows, statements_of
from rbac.scopes import may_work_in

_LIMIT, _MOST = 50, 500


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One reason for a grant. ``state`` is active, scheduled or expired; ``granted_by`` an id or a program's name."""

    id: str
    kind: str
    state: str
    rule_id: str | None
    rule: str | None
    revision: int | None
    group_id: str | None
    group: str | None
    granted_by: str | None
    granted_by_name: str | None
    reason: str
    starts: datetime | None
    expires: datetime | None
    created: datetime


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A role that somebody has somewhere. ``unit`` is a key, None for the whole account; ``id`` the assignment's."""

    id: str
    kind: str
    role_id: str
    role: str
    principal_kind: str
    principal_id: str
    principal: str
    unit: str | None
    reach: str
    state: str
    sources: tuple[SourceFacts, ...]


@dataclass(frozen=True, slots=True)
class ShadowedGrant:
    """An allow of a person that a deny of theirs shadows, where both apply (``unit`` None: everywhere)."""

    allowed_by: str
    denied_by: str
    unit: str | None
    reach: str
    shadow: Shadow


@dataclass(frozen=True, slots=True)
class UserAccess:
    """Everything that a person has, whether or not it counts at present, and the groups they are in, by name."""

    user_id: str
    user_name: str
    active: bool
    home: str
    grants: tuple[GrantFacts, ...]
    individual: tuple[IndividualFacts, ...]
    works_in: tuple[WorkFacts, ...]
    groups: tuple[GroupName, ...]
    shadowed: tuple[ShadowedGrant, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Some grants, and what leads to the next ones."""

    items: tuple[GrantFacts, ...]
    next: str | None


def of_user(session: Session, account_id: str, user: str) -> UserAccess:
    """What a person has: by themselves, by groups, by the units where they may work. Raises NotFound."""
    snapshot = SqlAccessStore(session, account_id).snapshot([user])
    policy, subject = snapshot.policy, person_of(snapshot, user)
    moment = now()
    here = {id for id in policy.units.units if may_work_in(policy.units, subject, id, moment)}
    above = {one for id in here for one in policy.units.path(id)}
    reaching = {
        (id, grant.role_id)
        for id in above
        for grant in policy.unit_grants.get(id, ())
        if id in here or grant.scope.reach is Reach.SUBTREE
    }
    rows = grant_listing.grants_of_user(session, account_id, subject.id)
    of_units = grant_listing.grants_of_units(session, account_id, {id for id, _ in reaching})
    rows += [row for row in of_units if (row.principal_unit_id, row.role_id) in reaching]
    return UserAccess(
        subject.id,
        subject.user_name,
        subject.active,
        policy.units.units[subject.home or policy.units.root.id].key,
        facts_of(session, account_id, policy, rows),
        individual.of_user(session, account_id, subject.id),
        units.works_of(session, account_id, subject.id),
        grant_listing.groups_of_user(session, account_id, subject.id),
        shadowed(policy, subject, moment),
    )


def list_grants(session: Session, account_id: str, wanted: Wanted) -> tuple[tuple[GrantFacts, ...], Place | None]:
    """A page of all roles that are given in an account, and where the next one begins."""
    found = listings.page(session, grant_listing.ASSIGNMENT_LIST, account_id, wanted)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    rows = grant_listing.grants_of_ids(session, account_id, [row.id for row in found.rows])
    by_id = {one.id: one for one in facts_of(session, account_id, policy, rows)}
    return tuple(by_id[row.id] for row in found.rows if row.id in by_id), found.next


def get_grant(session: Session, account_id: str, id: str) -> GrantFacts:
    """One role that is given, by its id. Raises NotFound."""
    for one in get_grants(session, account_id, [id]):
        return one
    raise NotFound("there is no assignment of this id in this account")


def get_grants(session: Session, account_id: str, ids: Sequence[str]) -> tuple[GrantFacts, ...]:
    """Those of some assignments, by their ids, that there are."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    rows = grant_listing.grants_of_ids(session, account_id, [id for id in ids if is_id(id)])
    return facts_of(session, account_id, policy, rows)


def of_role(session: Session, account_id: str, role: str, *, after: str | None = None, limit: int = _LIMIT) -> Page:
    """Whom a role is given to: users, groups and units. ``after`` is what the page before had as ``next``."""
    if not 1 <= limit <= _MOST or (after is not None and not is_id(after)):
        raise Refused(f"a page has 1 to {_MOST} grants, and begins after one that a page before has named")
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = role_of(policy, role)
    rows = grant_listing.grants_of_role(session, account_id, found.id, after, limit + 1)
    every = facts_of(session, account_id, policy, rows)
    return Page(every[:limit], every[limit - 1].id if len(every) > limit else None)


def of_group(session: Session, account_id: str, group: str) -> tuple[GrantFacts, ...]:
    """The roles of a group itself. Raises NotFound."""
    found = group_of(session, account_id, group)
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return facts_of(session, account_id, policy, grant_listing.grants_of_group(session, account_id, found.id))


def of_unit(session: Session, account_id: str, unit: str) -> tuple[GrantFacts, ...]:
    """The roles of a business unit itself, for whoever works there. Raises NotFound."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = unit_of(policy, unit)
    return facts_of(session, account_id, policy, grant_listing.grants_of_units(session, account_id, [found.id]))


def facts_of(
    session: Session, account_id: str, policy: Policy, rows: Sequence[Any], at: datetime | None = None
) -> tuple[GrantFacts, ...]:
    """Grants in words, of rows as ``grant_listing`` gives them, with their state at a moment (None: now)."""
    by_id: dict[str, list[Any]] = {}
    for row in rows:
        if row.source_id is not None:  # one that has lost its last source is about to be removed
            by_id.setdefault(row.id, []).append(row)
    names = grant_listing.names_of(session, account_id, {row.granted_by for row in rows if row.granted_by})
    moment = at or now()
    return tuple(_grant(policy, sources, names, moment) for sources in by_id.values())


def _grant(policy: Policy, rows: Sequence[Any], names: dict[str, str], at: datetime) -> GrantFacts:
    first = rows[0]
    sources = tuple(_source(row, names, at) for row in rows)
    states = {one.state for one in sources}
    is_everywhere = first.reach == Reach.ACCOUNT
    principal_kind = "user" if first.user_id else "group" if first.group_id else "unit"
    kinds = {"group": GrantKind.GROUP, "unit": GrantKind.UNIT}
    kind = kinds.get(principal_kind) or (GrantKind.USER if is_everywhere else GrantKind.SCOPED)
    return GrantFacts(
        first.id,
        kind.value,
        first.role_id,
        policy.roles[first.role_id].name,
        principal_kind,
        first.user_id or first.group_id or first.principal_unit_id,
        first.principal,
        None if is_everywhere else policy.units.units[first.business_unit_id].key,
        first.reach,
        next(state for state in ("active", "scheduled", "expired") if state in states),
        sources,
    )


def _source(row: Any, names: dict[str, str], at: datetime) -> SourceFacts:
    return SourceFacts(
        row.source_id,
        row.kind,
        state_of(row.starts, row.expires, at),
        row.rule_id,
        row.rule,
        row.revision,
        row.source_group_id,
        row.source_group,
        row.granted_by,
        names.get(row.granted_by) if row.granted_by else None,
        row.reason,
        row.starts,
        row.expires,
        row.created,
    )


def shadowed(policy: Policy, subject: Subject, at: datetime) -> tuple[ShadowedGrant, ...]:
    """Each allow against each deny that applies in the same place; within one role, too."""
    of_units = [
        grant
        for grants in policy.unit_grants.values()
        for grant in grants
        if any(
            may_work_in(policy.units, subject, id, at)
            for id in reached(policy.units, grant.scope.unit, grant.scope.reach)
        )
    ]
    counting = [grant for grant in (*subject.grants, *of_units) if grant.sources_at(at)]
    found = (
        ShadowedGrant(
            _words(policy, one),
            _words(policy, other),
            None if both.reach is Reach.ACCOUNT else policy.units.units[both.unit].key,
            both.reach.value,
            shadow,
        )
        for one in counting
        for other in counting
        if (both := meeting(policy.units, one.scope, other.scope)) is not None
        for shadow in shadows(policy.catalogue, statements_of(policy, one), statements_of(policy, other))
    )
    return tuple(dict.fromkeys(found))


def _words(policy: Policy, grant: Grant) -> str:
    if grant.role_id is None:
        return "individual permission"
    name = policy.roles[grant.role_id].name
    return f"{name} (by group {grant.group.name})" if grant.group else name
