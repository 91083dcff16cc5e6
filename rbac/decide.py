"""One question, one answer: may this person do that, here and now, and why?

The truth table, over every grant that applies in the unit where the person is working:
any deny: no; else any allow: yes; else: no. The console, the command line and the decision
API all ask here, so there is one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rbac.catalogue import PROFILE, Catalogue, shown
from rbac.model import Code, Decision, Effect, Grant, GrantKind, Policy, Reach, Reason, Standing, Subject
from rbac.scopes import applies, may_work_in, working_unit


@dataclass(frozen=True, slots=True)
class Resource:
    """What is acted upon: an item type and an item id, such as ``campaign`` and ``c-17``."""

    type: str
    id: str


UNKNOWN_SUBJECT = Decision(False, Code.UNKNOWN_SUBJECT)
INACTIVE = Decision(False, Code.INACTIVE_USER)
NOT_IN_UNIT = Decision(False, Code.NOT_IN_BUSINESS_UNIT)
UNKNOWN_ACTION = Decision(False, Code.UNKNOWN_ACTION)
UNKNOWN_RESOURCE = Decision(False, Code.UNKNOWN_RESOURCE)


def decide(
    policy: Policy,
    subject: Subject | None,
    permission: str,
    resource: Resource | None = None,
    unit: str | None = None,
    at: datetime | None = None,
) -> Decision:
    """Decide one permission for one person.

    ``permission`` is a key of the catalogue, looked up within the resource's type. ``unit`` is the
    key or id of the business unit where the person works, None for the one they usually work in.
    ``at`` asks for another moment than now. Never raises for what a caller may send.
    """
    if subject is None:
        return UNKNOWN_SUBJECT
    if not subject.active:
        return INACTIVE
    known = policy.catalogue.find(permission, resource.type if resource else None)
    if known is None:
        return _unknown(policy.catalogue, permission, resource)
    standing = standing_of(policy, subject, unit, at)
    if standing is None:
        return NOT_IN_UNIT
    if known.self_service and resource is not None and _is_own_profile(subject, resource):
        return _with_self_service(_decision(standing, permission), permission)
    return _decision(standing, permission)


def standing_of(policy: Policy, subject: Subject, unit: str | None, at: datetime | None = None) -> Standing | None:
    """What an active person may do while working in a unit; None where they may not work."""
    if unit is None:
        moment = at or datetime.now(UTC)
        where = (
            working_unit(policy.units, subject, moment) if subject.works_in else subject.home or policy.units.root.id
        )
    else:
        found = policy.units.find(unit)
        if found is None:
            return None
        where = found.id
    standing = None if at else subject.standings.get(where)
    if standing is None or standing.policy is not policy or _is_over(standing):
        standing = _stand(policy, subject, where, at or datetime.now(UTC))
        if at is None:
            subject.standings[where] = standing
    return standing if standing.workable else None


def effective(policy: Policy, role_ids: frozenset[str]) -> frozenset[str]:
    """The permissions that these roles give together, compiled once for each combination."""
    found = policy.effective.get(role_ids)
    if found is None:
        said = [compiled(policy, role_id) for role_id in role_ids]
        allowed = {key for role in said for key, (effect, _) in role.items() if effect is Effect.ALLOW}
        denied = {key for role in said for key, (effect, _) in role.items() if effect is Effect.DENY}
        found = policy.effective[role_ids] = frozenset(allowed - denied)
    return found


def compiled(policy: Policy, role_id: str) -> Mapping[str, tuple[Effect, str]]:
    """What a role says about each permission, and the nearest node by which it says so; unset is absent."""
    found = policy.compiled.get(role_id)
    if found is None:
        role = policy.roles.get(role_id)
        found = policy.compiled[role_id] = compile_role(policy.catalogue, role.permissions) if role else {}
    return found


def compile_role(catalogue: Catalogue, permissions: Mapping[str, Effect]) -> dict[str, tuple[Effect, str]]:
    """Spread nodes over the permissions beneath them; within one role, too, a deny wins."""
    said: dict[str, tuple[Effect, str]] = {}
    wide_first = sorted(permissions.items(), key=lambda item: (-len(catalogue.covered_by(item[0])), item[0]))
    for effect in (Effect.ALLOW, Effect.DENY):
        for node, its_effect in wide_first:
            if its_effect == effect:
                said.update((key, (effect, shown(catalogue, node))) for key in catalogue.covered_by(node))
    return said


def _stand(policy: Policy, subject: Subject, unit: str, at: datetime) -> Standing:
    candidates = (*subject.grants, *policy.unit_grants.get(unit, ()))
    here = [(grant, grant.sources_at(at)) for grant in candidates if applies(policy.units, grant, unit)]
    grants = tuple((grant, sources) for grant, sources in here if sources)
    return Standing(
        policy=policy,
        unit=unit,
        workable=may_work_in(policy.units, subject, unit, at),
        grants=grants,
        allowed=effective(policy, frozenset(grant.role_id for grant, _ in grants)),
        until=_next_change(candidates, at),
    )


def _next_change(grants: Iterable[Grant], at: datetime) -> datetime | None:
    """The first moment after ``at`` when a source begins or ends."""
    moments = (
        moment
        for grant in grants
        for source in grant.sources
        for moment in (source.starts, source.expires)
        if moment is not None and moment > at
    )
    return min(moments, default=None)


def _is_over(standing: Standing) -> bool:
    return standing.until is not None and datetime.now(UTC) >= standing.until


def _decision(standing: Standing, permission: str) -> Decision:
    decision = standing.decisions.get(permission)
    if decision is None:
        decision = standing.decisions[permission] = _reasoned(standing, permission)
    return decision


def _reasoned(standing: Standing, permission: str) -> Decision:
    """The truth table, with every grant and denial that counted; denials first."""
    reasons = sorted(
        _reasons(standing, permission), key=lambda reason: (reason.effect is Effect.ALLOW, reason.role or "")
    )
    if permission in standing.allowed:
        return Decision(True, Code.ALLOWED, tuple(reasons))
    return Decision(False, Code.DENIED_BY_ROLE if reasons else Code.NO_GRANT, tuple(reasons))


def _reasons(standing: Standing, permission: str) -> Iterable[Reason]:
    policy = standing.policy
    for grant, sources in standing.grants:
        said = compiled(policy, grant.role_id).get(permission)
        if said is None:
            continue
        unit = policy.units.units.get(grant.scope.unit)
        yield Reason(
            effect=said[0],
            node=said[1],
            kind=grant.kind,
            role=policy.roles[grant.role_id].name,
            unit=unit.key if unit and grant.scope.reach is not Reach.ACCOUNT else None,
            reach=grant.scope.reach,
            group=grant.group,
            sources=sources,
        )


def _is_own_profile(subject: Subject, resource: Resource) -> bool:
    return resource.type == PROFILE and resource.id.lower() == subject.id


def _with_self_service(decision: Decision, permission: str) -> Decision:
    """Everybody active has this on their own profile: one more allow, which a deny still beats."""
    own = Reason(Effect.ALLOW, permission, GrantKind.SELF)
    if decision.code is Code.DENIED_BY_ROLE:
        return Decision(False, Code.DENIED_BY_ROLE, (*decision.reasons, own))
    return Decision(True, Code.ALLOWED, (*decision.reasons, own), decision.obligations)


def _unknown(catalogue: Catalogue, permission: str, resource: Resource | None) -> Decision:
    """The action is unknown, or known only for item types among which this one is not."""
    if resource is None or permission not in catalogue.permissions or resource.type in catalogue.item_types:
        return UNKNOWN_ACTION
    return UNKNOWN_RESOURCE
