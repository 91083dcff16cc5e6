"""Give and take roles by hand, from users, groups and business units.

A grant by hand is one more source: it survives whatever role mapping does, and taking it away leaves alone what
mapping gives. Who may do it is said in ``guards``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from app import audit
from app.models.base import now
from app.services import guards
from app.services.errors import Conflict, Forbidden, NotFound, Refused, ServiceError
from app.services.giving import Giving, check_times
from app.services.guards import Acting
from app.services.references import group_of, person_of, role_of, unit_of
from app.services.timed_rights import check_lasts
from app.session import Session
from app.stores.grants import Given, Manual, Principal, add_sources, find_manual, remove_sources
from rbac.model import Effect, Policy, Reach, Role, Snapshot, Subject
from rbac.reaches import reached
from rbac.roles import touched


@dataclass(frozen=True, slots=True)
class Outcome:
    """What it came to for one principal; ``named`` is how it was named. ``changed`` is False if it was so already."""

    named: str
    id: str | None = None
    name: str | None = None
    changed: bool = False
    problem: str | None = None
    is_forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was given or taken, where (the key of a unit), and what it came to for each, who stands there once."""

    role: str
    unit: str
    reach: Reach
    outcomes: tuple[Outcome, ...]

    @property
    def changed(self) -> bool:
        """Whether it was not so already for all of them."""
        return any(one.changed for one in self.outcomes)


class NotAllDone(Refused):
    """Somebody among many cannot be given or lose the role, so nobody was. ``outcomes`` has all of them."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = tuple(outcomes)
        every = {one.id or one.named for one in outcomes}
        wrong = {f"{one.named}: {one.problem}": None for one in outcomes if one.problem}
        super().__init__("\n  ".join([f"nothing was changed; {len(wrong)} of {len(every)} cannot be done:", *wrong]))


def assign(
    session: Session,
    account_id: str,
    giving: Giving,
    *,
    reason: str = "",
    starts: datetime | None = None,
    expires: datetime | None = None,
) -> Done:
    """Give a role to one or many principals, or, if one of them cannot have it, to nobody.

    To give takes nothing away: who has it by hand already has it from the earlier beginning to the later end. Raises
    NotFound for what does not exist, Refused for what makes no sense, Conflict for who has it by hand for a time that
    this one does not touch, Forbidden and LastOwner where a guard forbids it; about one of several people NotAllDone,
    with what is wrong about each.
    """
    check_times(starts, expires)
    plan = _plan(session, account_id, giving, "give", (starts, expires))
    alike: dict[tuple[_Times, str], list[str]] = {}
    for id in plan.names:
        known = _held(plan.present.get(id))
        times = (starts, expires) if known is None else _together((known.starts, known.expires), (starts, expires))
        alike.setdefault((times, reason or (known.reason if known else "")), []).append(id)
    changed: set[str] = set()
    for (times, why), ids in alike.items():
        changed |= plan.write(session, account_id, ids, why, *times)
    return plan.done(changed)


def unassign(session: Session, account_id: str, giving: Giving, *, reason: str = "") -> Done:
    """Take a role back that was given by hand; what role mapping gives stays. Raises as ``assign`` does."""
    plan = _plan(session, account_id, giving, "take")
    return plan.done(plan.take(session, account_id, reason))


def extend(session: Session, account_id: str, giving: Giving, *, expires: datetime | None, reason: str = "") -> Done:
    """Give what was given by hand another end, or none; also if it is over. Raises NotFound if it never was."""
    plan = _plan(session, account_id, giving, "extend", (None, expires))
    alike: dict[tuple[datetime | None, str], list[str]] = {}
    for id in plan.names:
        known = plan.present[id]
        alike.setdefault((known.starts, reason or known.reason), []).append(id)
    changed: set[str] = set()
    for (starts, why), ids in alike.items():
        changed |= plan.write(session, account_id, ids, why, starts, expires)
    return plan.done(changed)


_Verb = Literal["give", "take", "extend"]
_Times = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A role for principals of one kind somewhere, which whoever acts may give or take. ``names`` are by id."""

    policy: Policy
    role: Role
    given: Given
    kind: str
    names: dict[str, str | None]
    present: Mapping[str, Manual]
    outcomes: tuple[Outcome, ...]

    def write(
        self,
        session: Session,
        account_id: str,
        ids: Sequence[str],
        reason: str,
        starts: datetime | None,
        expires: datetime | None,
    ) -> set[str]:
        why = {"granted_by": guards.granted_by(session), "reason": reason, "starts": starts, "expires": expires}
        with self._guarded(session, account_id):
            changed = add_sources(session, account_id, self.kind, ids, self.given, **why)
        for id in sorted(changed):
            known = self.present.get(id)
            before = self._term(known.starts, known.expires) if known is not None and known.source_id else None
            self._note(session, account_id, "access.granted", [id], before, self._term(starts, expires), reason)
        return changed

    def _term(self, starts: datetime | None, expires: datetime | None) -> dict[str, Any]:
        return self._noted() | {"starts": _text(starts), "expires": _text(expires)}

    def take(self, session: Session, account_id: str, reason: str) -> set[str]:
        with self._guarded(session, account_id):
            changed = remove_sources(session, account_id, self.kind, [*self.names], self.given)
        self._note(session, account_id, "access.revoked", changed, self._noted(), None, reason)
        return changed

    def done(self, changed: set[str]) -> Done:
        by_principal = {one.id: replace(one, changed=one.id in changed) for one in self.outcomes}
        return Done(self.role.name, self._unit, self.given.reach, tuple(by_principal.values()))

    @property
    def _unit(self) -> str:
        return self.policy.units.units[self.given.unit_id].key

    def _noted(self) -> dict[str, Any]:
        scope = "account" if self.given.reach is Reach.ACCOUNT else self._unit
        return {"role": self.role.name, "scope": scope, "reach": self.given.reach.value, "source": "manual"}

    def _note(
        self, session: Session, account_id: str, action: str, ids: Iterable[str], before: Any, after: Any, reason: str
    ) -> None:
        for id in sorted(ids):
            audit.record(session, account_id, action, self.kind, id, self.names[id], before, after, reason or None)

    def _guarded(self, session: Session, account_id: str) -> AbstractContextManager[None]:
        return guards.keeping_an_owner(session, account_id) if self.role.is_owner else nullcontext()


@dataclass(frozen=True, slots=True)
class _Whom:
    """A principal as somebody named it; ``subject`` is the person, for a user."""

    named: str
    principal: Principal
    name: str | None
    subject: Subject | None = None


def _plan(session: Session, account_id: str, giving: Giving, verb: _Verb, times: _Times = (None, None)) -> _Plan:
    """Everything that is needed to do it, after whatever may be wrong about it was looked for."""
    giving.check()
    acting, snapshot = guards.begin(session, account_id, giving.users)
    policy = snapshot.policy
    role = role_of(policy, giving.role)
    given = Given(role.id, *giving.where(policy, role))
    problems: dict[str, ServiceError] = {}
    whom = [*_named(session, account_id, snapshot, giving, problems)]
    kind, ids = whom[0].principal.kind if whom else "user", [one.principal.id for one in whom]
    present = find_manual(session, account_id, kind, ids, given)
    for one in whom:
        try:
            _check(session, account_id, acting, given, one, verb, times, present.get(one.principal.id))
        except ServiceError as error:
            problems[one.named] = error
    if problems and len(giving.users) <= 1:
        raise next(iter(problems.values()))
    found = {one.named: Outcome(one.named, one.principal.id, one.name) for one in whom}
    if problems:
        raise NotAllDone([_outcome(named, found.get(named), problems.get(named)) for named in giving.users])
    names = {one.principal.id: one.name for one in whom}
    return _Plan(policy, role, given, kind, names, present, tuple(found.values()))


def _named(
    session: Session, account_id: str, snapshot: Snapshot, giving: Giving, problems: dict[str, ServiceError]
) -> Iterable[_Whom]:
    """The principals; people who are unknown are among the problems instead."""
    if giving.group is not None:
        group = group_of(session, account_id, giving.group)
        yield _Whom(group.id, Principal("group", group.id), group.name)
    if giving.principal_unit is not None:
        unit = unit_of(snapshot.policy, giving.principal_unit)
        yield _Whom(unit.id, Principal("unit", unit.id), unit.key)
    for reference in giving.users:
        try:
            subject = person_of(snapshot, reference)
        except NotFound as error:
            problems[reference] = error
        else:
            yield _Whom(reference, Principal("user", subject.id), subject.user_name, subject)


def _outcome(named: str, found: Outcome | None, problem: ServiceError | None) -> Outcome:
    known = found or Outcome(named)
    return known if problem is None else Outcome(named, None, None, False, str(problem), isinstance(problem, Forbidden))


def _check(
    session: Session,
    account_id: str,
    acting: Acting,
    given: Given,
    one: _Whom,
    verb: _Verb,
    times: _Times,
    known: Manual | None,
) -> None:
    """Whether whoever acts may do this to somebody, and whether there is anything to extend."""
    policy, role, where = acting.policy, acting.policy.roles[given.role_id], (given.unit_id, given.reach)
    what = f"the role {role.name}"
    if role.is_owner and not acting.has_full_right:
        raise Forbidden(f"only an Account Owner gives or takes {what}")
    guards.check_grant(session, account_id, acting, one.principal, one.subject, role, where, what)
    is_manual = known is not None and known.source_id is not None
    held = _held(known)
    if verb == "give" and held is not None and _are_apart((held.starts, held.expires), times):
        raise Conflict(
            f"{one.name or one.named} has {role.name} there by hand already {_said(held)}; give it another end "
            "(extend), or take it back first"
        )
    if verb == "extend":
        if known is None or not is_manual:
            raise NotFound(f"nobody has given {role.name} there by hand; what mapping gives has no end of its own")
        check_times(known.starts, times[1])
    if acting.has_full_right:
        return
    units = reached(policy.units, *where)
    allows, denies = (
        touched(policy.catalogue, [said for said in role.statements if said.effect is effect]) for effect in Effect
    )
    if allows and verb != "take":
        check_lasts(acting, allows, units, times[1], f"give {what}", has_end=True)
    if denies and is_manual:
        # Whatever becomes of a denial that was there, it may end by it, and nothing brings it back.
        check_lasts(acting, denies, units, None, f"give or take {what}")


def _held(known: Manual | None) -> Manual | None:
    """What somebody has by hand, unless it is over."""
    if known is None or known.source_id is None or (known.expires is not None and known.expires <= now()):
        return None
    return known


def _together(one: _Times, other: _Times) -> _Times:
    """From the earlier beginning to the later end."""
    starts = None if one[0] is None or other[0] is None else min(one[0], other[0])
    expires = None if one[1] is None or other[1] is None else max(one[1], other[1])
    return starts, expires


def _are_apart(one: _Times, other: _Times) -> bool:
    """Whether there is a time between two terms."""
    return any(
        before[1] is not None and after[0] is not None and before[1] < after[0]
        for before, after in ((one, other), (other, one))
    )


def _said(held: Manual) -> str:
    begin = f"from {held.starts:%Y-%m-%d %H:%M} " if held.starts else ""
    return f"{begin}until {held.expires:%Y-%m-%d %H:%M} UTC" if held.expires else f"{begin}for good".strip()


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
