"""Two roles side by side, and what an edit or the end of a role would mean for everybody who has it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from app.models.base import now
from app.services import guards, impact
from app.services.impact import Changed, PersonImpact, changed, people_impact
from app.services.references import role_of
from app.services.role_statements import PermissionFacts, permission_facts
from app.services.roles import RoleEdit, check_edit, edited, own_role
from app.session import Session
from app.stores import roles as store
from app.stores.access import SqlAccessStore
from app.stores.alike import Whom, everybody, holders
from rbac.model import Policy, Role, Subject
from rbac.reaches import reached
from rbac.roles import compare, said, turned
from rbac.scopes import may_work_in

SHOWN_PEOPLE = 20


@dataclass(frozen=True, slots=True)
class Differing:
    """A permission of which two roles say different things."""

    key: str
    left: PermissionFacts
    right: PermissionFacts


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two roles side by side; ``overlap`` is the share of all they speak of that they say alike (0 to 1)."""

    left: str
    right: str
    only_left: tuple[PermissionFacts, ...]
    only_right: tuple[PermissionFacts, ...]
    differing: tuple[Differing, ...]
    shared: tuple[str, ...]
    overlap: float


@dataclass(frozen=True, slots=True)
class Impact:
    """What a change of a role would mean.

    ``gained``, ``lost`` and ``altered`` are the role's own, whatever its holders have besides; privileged first.
    ``holders`` counts the active people who have it in whatever way; of those ``examined``, so many gain or lose
    something. ``people`` is a page of them, and ``next`` leads to the one after it. ``mappings`` are the rules that
    give the role, ``assignments`` counts what gives it to users, groups and units.
    """

    role: str
    gained: tuple[Changed, ...]
    lost: tuple[Changed, ...]
    altered: tuple[Changed, ...]
    holders: int
    examined: int
    gaining: int
    losing: int
    people: tuple[PersonImpact, ...]
    next: str | None
    assignments: int
    mappings: tuple[str, ...]
    default_for_new_people: bool


def compare_roles(session: Session, account_id: str, left: str, right: str) -> Comparison:
    """Hold two roles against each other. Raises NotFound."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    return _compared(policy, role_of(policy, left), role_of(policy, right))


def difference_to_origin(session: Session, account_id: str, role: str) -> Comparison | None:
    """A copy on the right against its origin as that is now; None for what is no copy, or whose origin is gone."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = role_of(policy, role)
    origin = policy.roles.get(store.read_role(session, account_id, found.id).origin_id or "")
    return _compared(policy, origin, found) if origin is not None else None


def impact_of_edit(
    session: Session,
    account_id: str,
    role: str,
    edit: RoleEdit,
    *,
    after: str | None = None,
    limit: int = SHOWN_PEOPLE,
) -> Impact:
    """What ``edit_role`` would mean. Writes nothing; raises as it does."""
    policy, found, then = _edited(session, account_id, role, edit)
    return _impact(session, account_id, policy, found, then, after, limit)


def impact_of_delete(
    session: Session, account_id: str, role: str, *, after: str | None = None, limit: int = SHOWN_PEOPLE
) -> Impact:
    """What ``delete_role`` would mean. Writes nothing; raises as it does, save for the rules that use the role."""
    policy, found, then = _edited(session, account_id, role, None)
    return _impact(session, account_id, policy, found, then, after, limit)


def is_quick(session: Session, account_id: str, role: str, edit: RoleEdit | None = None) -> bool:
    """Whether the impact of an edit, or else of the end of a role, is told at once, since few have it. Raises as it."""
    policy, found, _ = _edited(session, account_id, role, edit)
    return impact.is_quick(session, account_id, _whom(policy, found.id))


def _edited(session: Session, account_id: str, role: str, edit: RoleEdit | None) -> tuple[Policy, Role, Role]:
    """A role as it is, and as it would be; it says nothing any more where there is no edit."""
    acting, _ = guards.acting_in(session, account_id)
    found = own_role(acting.policy, role)
    then = replace(found, statements=()) if edit is None else edited(acting.policy, found, edit)
    check_edit(acting, found, then)
    return acting.policy, found, then


def _impact(
    session: Session, account_id: str, policy: Policy, before: Role, after: Role, since: str | None, limit: int
) -> Impact:
    catalogue = policy.catalogue
    turn = turned(catalogue, said(catalogue, before.statements), said(catalogue, after.statements))
    has_it = partial(_has, policy, before.id)
    then = replace(policy, roles={**policy.roles, before.id: after})
    told = people_impact(
        session, account_id, _whom(policy, before.id), policy, then, _units(policy, before.id),
        is_meant=has_it, since=since, limit=limit,
    )  # fmt: skip
    return Impact(
        role=before.name,
        gained=changed(catalogue, turn.gained),
        lost=changed(catalogue, turn.lost),
        altered=changed(catalogue, turn.altered),
        holders=told.concerned,
        examined=told.examined,
        gaining=told.gaining,
        losing=told.losing,
        people=told.page,
        next=told.next,
        assignments=store.assignments_of(session, account_id, before.id),
        mappings=tuple(store.rules_using(session, account_id, before.id)),
        default_for_new_people=before.id in store.default_roles(session, account_id),
    )


def _whom(policy: Policy, role_id: str) -> Whom:
    # Whoever works in a unit that has it has it, too: that may be anybody.
    return everybody() if _units(policy, role_id) else holders(role_id)


def _has(policy: Policy, role_id: str, subject: Subject) -> bool:
    """Whether an active person has a role in whatever way, also if it has yet to begin."""
    if not subject.active:
        return False
    scopes = (grant.scope for given in policy.unit_grants.values() for grant in given if grant.role_id == role_id)
    there = (unit for scope in scopes for unit in reached(policy.units, scope.unit, scope.reach))
    mine = any(grant.role_id == role_id for grant in subject.grants)
    return mine or any(may_work_in(policy.units, subject, unit, now()) for unit in there)


def _units(policy: Policy, role_id: str) -> Iterable[str]:
    """The units that have the role themselves: their people may hold it nowhere else."""
    return {id for id, grants in policy.unit_grants.items() if any(grant.role_id == role_id for grant in grants)}


def _compared(policy: Policy, left: Role, right: Role) -> Comparison:
    catalogue = policy.catalogue
    found = compare(catalogue, left.statements, right.statements)
    one = permission_facts(catalogue, said(catalogue, left.statements))
    other = permission_facts(catalogue, said(catalogue, right.statements))
    return Comparison(
        left.name,
        right.name,
        tuple(one[key] for key in found.only_left),
        tuple(other[key] for key in found.only_right),
        tuple(Differing(key, one[key], other[key]) for key in found.differing),
        found.shared,
        round(found.overlap, 4),
    )
