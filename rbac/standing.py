"""Where somebody stands: what their roles and individual permissions say while they work in one unit.

Compiled once for each combination of roles, kept with the person until one of their sources begins or ends, and
never used with another policy than the one it was compiled from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from rbac.catalogue import Catalogue, shown
from rbac.model import Effect, Grant, Policy, Powers, Reach, Reason, Said, Standing, Statement, Subject, Work
from rbac.scopes import applies, may_work_in, working_unit

KEPT_COMBINATIONS = 10_000
"""So many combinations of roles are taken over into the next revision at most; beyond, one begins anew."""


def standing_of(policy: Policy, subject: Subject, unit: str | None, at: datetime | None = None) -> Standing | None:
    """What an active person may do while working in a unit; None where they may not work."""
    if unit is None:
        where = usual_unit(policy, subject, at)
    else:
        found = policy.units.find(unit)
        if found is None:
            return None
        where = found.id
    standing = standing_in(policy, subject, where, at)
    if standing is not None and at is None:
        # What is usual changes only with a source of the person's own, which ends every standing.
        subject.asked[unit] = standing
    return standing


def usual_unit(policy: Policy, subject: Subject, at: datetime | None = None) -> str:
    """The id of the unit in which a person works when nothing says which."""
    if not subject.works_in:
        return subject.home or policy.units.root.id
    return working_unit(policy.units, subject, at or datetime.now(UTC))


def standing_in(policy: Policy, subject: Subject, unit_id: str, at: datetime | None = None) -> Standing | None:
    """The same for the id of a unit."""
    standing = None if at else subject.standings.get(unit_id)
    if standing is None or standing.policy is not policy or is_over(standing):
        standing = _stand(policy, subject, unit_id, at or datetime.now(UTC))
        if at is None:
            subject.standings[unit_id] = standing
    return standing if standing.workable else None


def powers_of(policy: Policy, role_ids: frozenset[str]) -> Powers:
    """What these roles give together, compiled once for each combination."""
    found = policy.powers.get(role_ids)
    if found is None:
        found = policy.powers[role_ids] = _together(compiled(policy, role_id) for role_id in role_ids)
    return found


def compiled(policy: Policy, role_id: str) -> Mapping[str, tuple[Said, ...]]:
    """What a role says about each permission, by the nearest node; unset is absent."""
    found = policy.compiled.get(role_id)
    if found is None:
        role = policy.roles.get(role_id)
        found = policy.compiled[role_id] = compile_statements(policy.catalogue, role.statements) if role else {}
    return found


def inherit(policy: Policy, earlier: Policy) -> None:
    """Take over what was compiled for an earlier revision, as far as the same roles say the same still."""
    if policy.catalogue is not earlier.catalogue:
        return
    same = {id for id, role in policy.roles.items() if earlier.roles.get(id) is role}
    policy.compiled.update((id, said) for id, said in list(earlier.compiled.items()) if id in same)
    if len(earlier.powers) <= KEPT_COMBINATIONS:
        policy.powers.update((ids, powers) for ids, powers in list(earlier.powers.items()) if ids <= same)


def compile_statements(catalogue: Catalogue, statements: Iterable[Statement]) -> dict[str, tuple[Said, ...]]:
    """Spread nodes over the permissions beneath them.

    Within one role, too, a deny wins: one without a condition is all that is left. Of several nodes that say the
    same, the nearest is named. An allow without a condition makes those that have one needless.
    """
    said: dict[str, dict[tuple[Effect, str | None], Said]] = {}
    wide_first = sorted(statements, key=lambda one: (-len(catalogue.covered_by(one.node)), one.node))
    for one in wide_first:
        text = one.condition.text if one.condition else None
        for key in catalogue.covered_by(one.node):
            said.setdefault(key, {})[one.effect, text] = Said(one.effect, shown(catalogue, one.node), one.condition)
    return {key: tuple(_needed(by)) for key, by in said.items()}


def _needed(by: Mapping[tuple[Effect, str | None], Said]) -> Iterator[Said]:
    always_denied, always_allowed = by.get((Effect.DENY, None)), by.get((Effect.ALLOW, None))
    if always_denied:
        yield always_denied
        return
    yield from (one for one in by.values() if one.effect is Effect.DENY)
    if always_allowed:
        yield always_allowed
        return
    yield from (one for one in by.values() if one.effect is Effect.ALLOW)


def said_about(standing: Standing, permission: str) -> tuple[tuple[Said, Reason], ...]:
    """Everything that is said here about a permission, whether or not its condition holds; denials first."""
    found = standing.said.get(permission)
    if found is None:
        every = sorted(
            _said_about(standing, permission), key=lambda one: (one[0].effect is Effect.ALLOW, one[1].role or "")
        )
        found = standing.said[permission] = tuple(every)
    return found


def _said_about(standing: Standing, permission: str) -> Iterator[tuple[Said, Reason]]:
    policy = standing.policy
    for grant, sources in standing.grants:
        unit = policy.units.units.get(grant.scope.unit)
        for said in _compiled(policy, grant).get(permission, ()):
            yield (
                said,
                Reason(
                    effect=said.effect,
                    node=said.node,
                    kind=grant.kind,
                    role=policy.roles[grant.role_id].name if grant.role_id else None,
                    unit=unit.key if unit and grant.scope.reach is not Reach.ACCOUNT else None,
                    reach=grant.scope.reach,
                    group=grant.group,
                    sources=sources,
                    condition=said.condition.text if said.condition else None,
                    filters=grant.filters,
                    role_id=grant.role_id,
                ),
            )


def _compiled(policy: Policy, grant: Grant) -> Mapping[str, tuple[Said, ...]]:
    if grant.role_id is not None:
        return compiled(policy, grant.role_id)
    return compile_statements(policy.catalogue, [grant.statement] if grant.statement else [])


def _stand(policy: Policy, subject: Subject, unit: str, at: datetime) -> Standing:
    above = policy.units.path(unit)
    candidates = (*subject.grants, *(grant for id in above for grant in policy.unit_grants.get(id, ())))
    here = [(grant, grant.sources_at(at)) for grant in candidates if applies(policy.units, grant, unit)]
    grants = tuple((grant, sources) for grant, sources in here if sources)
    return Standing(
        policy=policy,
        unit=unit,
        workable=may_work_in(policy.units, subject, unit, at),
        grants=grants,
        powers=_powers(policy, [grant for grant, _ in grants]),
        until=_next_change(candidates, subject.works_in, at),
    )


def _powers(policy: Policy, grants: Iterable[Grant]) -> Powers:
    role_ids = frozenset(grant.role_id for grant in grants if grant.role_id is not None)
    individual = [grant for grant in grants if grant.role_id is None]
    if not individual:
        return powers_of(policy, role_ids)
    # A person's own combination: kept with the person, not with the policy.
    every = (*(compiled(policy, role_id) for role_id in role_ids), *(_compiled(policy, one) for one in individual))
    return _together(every)


def _together(every: Iterable[Mapping[str, tuple[Said, ...]]]) -> Powers:
    """The truth table for all permissions at once: any deny: no; else any allow: yes; else: no."""
    sets: dict[tuple[Effect, bool], set[str]] = {(effect, sure): set() for effect in Effect for sure in (True, False)}
    for role in every:
        for key, statements in role.items():
            for one in statements:
                sets[one.effect, one.condition is None].add(key)
    denied, allowed = sets[Effect.DENY, True], sets[Effect.ALLOW, True]
    perhaps_denied, perhaps_allowed = sets[Effect.DENY, False], sets[Effect.ALLOW, False]
    depending = perhaps_denied | perhaps_allowed
    return Powers(frozenset(allowed - denied - depending), frozenset(depending))


def _next_change(grants: Iterable[Grant], works: Iterable[Work], at: datetime) -> datetime | None:
    """The first moment after ``at`` when a source begins or ends, or a unit membership ends."""
    moments = [moment for grant in grants for source in grant.sources for moment in (source.starts, source.expires)]
    moments += [work.expires for work in works]
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def is_over(standing: Standing) -> bool:
    """Whether a source has begun or ended since."""
    return standing.until is not None and datetime.now(UTC) >= standing.until
