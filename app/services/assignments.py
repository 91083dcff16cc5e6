"""Give and take roles by hand, from users, groups and business units.

A grant by hand is one more source: it survives whatever role mapping does, and taking it away leaves alone what
mapping gives. Who may do it is said in ``guards``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.models.base import now
from app.services import guards
from app.services.errors import Forbidden, NotFound, Refused, ServiceError, Wrong
from app.services.guards import Acting
from app.services.references import group_of, person_of, role_of, unit_of
from app.session import Session
from app.stores.grants import Given, Principal, add_sources, find_manual, remove_sources
from rbac.model import Policy, Reach, Role, Subject

MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Done:
    """What an assignment came to for a user, group or unit. ``changed`` is False if it was so already."""

    role: str
    principal: str
    principal_name: str | None
    unit: str
    reach: Reach
    changed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What giving a role to many came to for one of them; ``user`` is how they were named."""

    user: str
    user_id: str | None
    user_name: str | None
    changed: bool
    problem: str | None = None
    is_forbidden: bool = False


class NotAllDone(Refused):
    """Somebody among many cannot be given or lose the role, so nobody was. ``outcomes`` has all of them."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        every = {one.user_id or one.user for one in outcomes}
        wrong = {f"{one.user}: {one.problem}": None for one in outcomes if one.problem}
        super().__init__("\n  ".join([f"nothing was changed; {len(wrong)} of {len(every)} cannot be done:", *wrong]))


def assign(
    session: Session,
    account_id: str,
    role: str,
    *,
    user: str | None = None,
    group: str | None = None,
    principal_unit: str | None = None,
    unit: str | None = None,
    children: bool = False,
    reason: str = "",
    starts: datetime | None = None,
    expires: datetime | None = None,
) -> Done:
    """Give a role to one principal: account-wide, or in a unit, with its children or without.

    ``user`` is an id or userName, ``group`` an id or name, units are keys or ids. The role of a ``principal_unit`` is
    for whoever works there, with ``children`` also below (force inheritance). Raises NotFound for what does not
    exist, Refused for what makes no sense, Forbidden and LastOwner where a guard forbids it.
    """
    _check_times(starts, expires)
    plan = _plan(session, account_id, role, user, group, principal_unit, unit, children)
    changed = plan.give(session, account_id, reason, starts, expires)
    return plan.done(changed)


def unassign(
    session: Session,
    account_id: str,
    role: str,
    *,
    user: str | None = None,
    group: str | None = None,
    principal_unit: str | None = None,
    unit: str | None = None,
    children: bool = False,
    reason: str = "",
) -> Done:
    """Take a role back that was given by hand; what role mapping gives stays. Raises as ``assign`` does."""
    plan = _plan(session, account_id, role, user, group, principal_unit, unit, children)
    changed = plan.take(session, account_id, reason)
    return plan.done(changed)


def extend(
    session: Session,
    account_id: str,
    role: str,
    *,
    user: str | None = None,
    group: str | None = None,
    principal_unit: str | None = None,
    unit: str | None = None,
    children: bool = False,
    expires: datetime | None,
    reason: str = "",
) -> Done:
    """Give what was given by hand another end, or none; also if it is over. Raises NotFound if it never was."""
    plan = _plan(session, account_id, role, user, group, principal_unit, unit, children)
    [known] = find_manual(session, account_id, plan.kind, [*plan.names], plan.given).values() or [None]
    if known is None or known.source_id is None:
        raise NotFound(f"nobody has given {plan.role.name} there by hand; what mapping gives has no end of its own")
    _check_times(known.starts, expires)
    changed = plan.give(session, account_id, reason or known.reason, known.starts, expires)
    return plan.done(changed)


def assign_many(
    session: Session,
    account_id: str,
    role: str,
    users: Sequence[str],
    *,
    unit: str | None = None,
    children: bool = False,
    reason: str = "",
    starts: datetime | None = None,
    expires: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Give a role to many people at once, or, if one of them cannot have it, to nobody (``NotAllDone``)."""
    _check_times(starts, expires)
    plan, outcomes = _plan_many(session, account_id, role, users, unit, children)
    changed = plan.give(session, account_id, reason, starts, expires)
    return _results(outcomes, changed)


def unassign_many(
    session: Session,
    account_id: str,
    role: str,
    users: Sequence[str],
    *,
    unit: str | None = None,
    children: bool = False,
    reason: str = "",
) -> tuple[Outcome, ...]:
    """Take a role given by hand from many people at once, or, if one of them must keep it, from nobody."""
    plan, outcomes = _plan_many(session, account_id, role, users, unit, children)
    changed = plan.take(session, account_id, reason)
    return _results(outcomes, changed)


def place(policy: Policy, unit: str | None, children: bool) -> tuple[str, Reach]:
    """Where something is given, as a unit's id and how far: the whole account where no unit is named."""
    if unit is not None:
        return unit_of(policy, unit).id, Reach.SUBTREE if children else Reach.UNIT
    if children:
        raise Refused("say which unit's children are meant, or leave both out for the whole account")
    return policy.units.root.id, Reach.ACCOUNT


def past_end(expires: datetime | None) -> str | None:
    """What is wrong with an end that has passed: it would be over before it is written down."""
    if expires is None or expires > now():
        return None
    return f"expires: {expires.isoformat()} is over already; give a later end, or take it back instead"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A role for principals of one kind somewhere, which whoever acts may give or take. ``names`` are by id."""

    policy: Policy
    role: Role
    given: Given
    kind: str
    names: dict[str, str | None]

    def give(
        self, session: Session, account_id: str, reason: str, starts: datetime | None, expires: datetime | None
    ) -> set[str]:
        by = guards.granted_by(session)
        with self._guarded(session, account_id):
            changed = add_sources(
                session,
                account_id,
                self.kind,
                [*self.names],
                self.given,
                granted_by=by,
                reason=reason,
                starts=starts,
                expires=expires,
            )
        after = self._noted() | {"starts": _text(starts), "expires": _text(expires)}
        for id in sorted(changed):
            audit.record(
                session, account_id, "access.granted", self.kind, id, self.names[id], None, after, reason or None
            )
        return changed

    def take(self, session: Session, account_id: str, reason: str) -> set[str]:
        with self._guarded(session, account_id):
            changed = remove_sources(session, account_id, self.kind, [*self.names], self.given)
        before = self._noted()
        for id in sorted(changed):
            audit.record(
                session, account_id, "access.revoked", self.kind, id, self.names[id], before, None, reason or None
            )
        return changed

    def done(self, changed: set[str]) -> Done:
        [principal] = self.names
        return Done(self.role.name, principal, self.names[principal], self._unit, self.given.reach, bool(changed))

    @property
    def _unit(self) -> str:
        return self.policy.units.units[self.given.unit_id].key

    def _noted(self) -> dict[str, Any]:
        scope = "account" if self.given.reach is Reach.ACCOUNT else self._unit
        return {"role": self.role.name, "scope": scope, "reach": self.given.reach.value, "source": "manual"}

    def _guarded(self, session: Session, account_id: str) -> AbstractContextManager[None]:
        return guards.keeping_an_owner(session, account_id) if self.role.is_owner else nullcontext()


def _plan(
    session: Session,
    account_id: str,
    role: str,
    user: str | None,
    group: str | None,
    principal_unit: str | None,
    unit: str | None,
    children: bool,
) -> _Plan:
    if sum(named is not None for named in (user, group, principal_unit)) != 1:
        raise Refused("name exactly one of user, group and business unit")
    acting, snapshot = guards.begin(session, account_id, [user] if user is not None else [])
    policy, subject, name = snapshot.policy, None, None
    if user is not None:
        subject = person_of(snapshot, user)
        principal, name = Principal("user", subject.id), subject.user_name
    elif group is not None:
        found = group_of(session, account_id, group)
        principal, name = Principal("group", found.id), found.name
    else:
        of_unit = unit_of(policy, principal_unit or "")
        principal, name = Principal("unit", of_unit.id), of_unit.key
    given = _given(policy, role_of(policy, role), principal, unit, children)
    _check(session, account_id, acting, given, principal, subject)
    return _Plan(policy, policy.roles[given.role_id], given, principal.kind, {principal.id: name})


def _plan_many(
    session: Session, account_id: str, role: str, users: Sequence[str], unit: str | None, children: bool
) -> tuple[_Plan, list[Outcome]]:
    if len(users) > MOST_AT_ONCE:
        raise Refused(f"at most {MOST_AT_ONCE} people at once, not {len(users)}")
    acting, snapshot = guards.begin(session, account_id, users)
    policy = snapshot.policy
    given = _given(policy, role_of(policy, role), Principal("user", ""), unit, children)
    outcomes: list[Outcome] = []
    names: dict[str, str | None] = {}
    for reference in users:
        try:
            subject = person_of(snapshot, reference)
            _check(session, account_id, acting, given, Principal("user", subject.id), subject)
        except ServiceError as error:
            outcomes.append(Outcome(reference, None, None, False, str(error), isinstance(error, Forbidden)))
            continue
        names[subject.id] = subject.user_name
        outcomes.append(Outcome(reference, subject.id, subject.user_name, False))
    if any(one.problem for one in outcomes):
        raise NotAllDone(outcomes)
    return _Plan(policy, policy.roles[given.role_id], given, "user", names), outcomes


def _results(outcomes: Sequence[Outcome], changed: set[str]) -> tuple[Outcome, ...]:
    """Each person once, however often and however they were named."""
    by_person = {one.user_id: replace(one, changed=one.user_id in changed) for one in outcomes}
    return tuple(by_person.values())


def _given(policy: Policy, role: Role, principal: Principal, unit: str | None, children: bool) -> Given:
    if principal.kind != "unit":
        where = place(policy, unit, children)
    elif unit is not None:
        raise Refused("the role of a business unit is for whoever works there; give no other unit")
    else:
        where = principal.id, Reach.SUBTREE if children else Reach.UNIT
    if role.is_owner and (principal.kind != "user" or where[1] is not Reach.ACCOUNT):
        raise Refused(f"{role.name} is given to single persons, for the whole account")
    return Given(role.id, *where)


def _check(
    session: Session,
    account_id: str,
    acting: Acting,
    given: Given,
    principal: Principal,
    subject: Subject | None,
) -> None:
    role, where = acting.policy.roles[given.role_id], (given.unit_id, given.reach)
    what = f"the role {role.name}"
    if role.is_owner and not acting.has_full_right:
        raise Forbidden(f"only an Account Owner gives or takes {what}")
    guards.check_grant(session, account_id, acting, principal, subject, role, where, what)


def _check_times(starts: datetime | None, expires: datetime | None) -> None:
    if starts is not None and expires is not None and expires <= starts:
        raise Refused("the grant would end before it begins; give a later end")
    past = past_end(expires)
    if past is not None:
        raise Refused(past, Wrong(("expires",), past))


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
