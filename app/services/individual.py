"""Individual permissions: an allow or a deny put straight on a person, everywhere or in a unit, for good or a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app import audit
from app.models.base import now
from app.services import guards
from app.services.errors import Refused, Wrong
from app.services.giving import past_end, place
from app.services.guards import Acting
from app.services.references import person_of
from app.services.timed_rights import check_lasts
from app.session import Session
from app.stores import individuals as store
from app.stores.access import SqlAccessStore
from app.stores.grant_listing import names_of
from app.stores.grants import Principal
from app.stores.individuals import Individual
from rbac.catalogue import EVERYTHING, plain, shown
from rbac.model import Effect, Policy, Reach, Statement, Subject
from rbac.reaches import reached

UNSET = "unset"
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What shall be true of a person at a node of the catalogue, in a place. ``effect`` is allow, deny or unset."""

    permission: str
    effect: str
    unit: str | None = None
    children: bool = False
    starts: datetime | None = None
    expires: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IndividualFacts:
    """An individual permission. ``unit`` is a key, None for the whole account.

    ``state`` is active, scheduled (not yet) or expired (no longer).
    """

    id: str
    permission: str
    effect: str
    unit: str | None
    reach: str
    state: str
    granted_by: str
    granted_by_name: str
    reason: str
    starts: datetime | None
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An entry that was understood. ``effect`` None: neither."""

    node: str
    effect: Effect | None
    unit_id: str
    reach: Reach
    entry: Entry


def put(session: Session, account_id: str, user: str, entries: Sequence[Entry]) -> tuple[IndividualFacts, ...]:
    """Give and take several at once, or, if one of them cannot be, none; what the person has then.

    An entry for good replaces the opposite at its node and place; one for a while stands beside it, and a deny wins
    meanwhile. ``unset`` ends both. Raises NotFound, Refused, Forbidden.
    """
    if len(entries) > MOST_AT_ONCE:
        raise Refused(f"at most {MOST_AT_ONCE} individual permissions at once, not {len(entries)}")
    acting, snapshot = guards.begin(session, account_id, [user])
    subject = person_of(snapshot, user)
    wanted = [_understood(acting.policy, entry, number) for number, entry in enumerate(entries)]
    _check_once(wanted)
    present = store.individuals_of(session, account_id, subject.id)
    for one in wanted:
        present = _apply(session, account_id, acting, subject, present, one)
    return facts_of(session, account_id, acting.policy, present)


def _check_once(wanted: Sequence[_Wanted]) -> None:
    """Of one node and place, one thing for good is said at once. Raises Refused."""
    said: dict[tuple[str, str, str], _Wanted] = {}
    for number, one in enumerate(wanted):
        if one.entry.starts is None and one.entry.expires is None:
            before = said.setdefault((one.node, one.unit_id, one.reach), one)
            if before.effect != one.effect:
                raise _refused(number, "permission", f"{one.entry.permission}: something else is said of it above")


def of_user(session: Session, account_id: str, user: str) -> tuple[IndividualFacts, ...]:
    """The individual permissions of a person, past and future ones too. Raises NotFound."""
    snapshot = SqlAccessStore(session, account_id).snapshot([user])
    subject = person_of(snapshot, user)
    return facts_of(session, account_id, snapshot.policy, store.individuals_of(session, account_id, subject.id))


def _understood(policy: Policy, entry: Entry, number: int) -> _Wanted:
    node = plain(entry.permission.strip())
    if node != EVERYTHING and not policy.catalogue.covered_by(node):
        raise _refused(number, "permission", f'there is nothing at "{entry.permission}" in the catalogue')
    if entry.effect not in (Effect.ALLOW, Effect.DENY, UNSET):
        why = f"{entry.permission}: the effect is allow, deny or unset, not {entry.effect!r}"
        raise _refused(number, "effect", why)
    if entry.starts is not None and entry.expires is not None and entry.expires <= entry.starts:
        raise _refused(number, "expires", f"{entry.permission}: it would end before it begins; give a later end")
    past = past_end(entry.expires)
    if past is not None:
        raise _refused(number, "expires", f"{entry.permission}: {past}")
    unit_id, reach = place(policy, entry.unit, entry.children)
    return _Wanted(node, None if entry.effect == UNSET else Effect(entry.effect), unit_id, reach, entry)


def _refused(number: int, name: str, why: str) -> Refused:
    return Refused(why, Wrong(("entries", number, name), why))


def _apply(
    session: Session, account_id: str, acting: Acting, subject: Subject, present: list[Individual], wanted: _Wanted
) -> list[Individual]:
    """Write one entry; what the person has after it."""
    entry = wanted.entry
    here = [
        one
        for one in present
        if (one.permission, one.unit_id, one.reach) == (wanted.node, wanted.unit_id, wanted.reach.value)
    ]
    same = next((one for one in here if one.effect == wanted.effect), None)
    lasting = entry.starts is None and entry.expires is None
    gone = [one for one in here if one is not same and (wanted.effect is None or lasting)]
    is_new = wanted.effect is not None and (
        same is None or (same.starts, same.expires) != (entry.starts, entry.expires)
    )
    for one in gone:
        _check(session, account_id, acting, subject, wanted, Effect(one.effect), lifts=one.effect == Effect.DENY)
        store.delete(session, account_id, one.id)
        _note(session, account_id, "access.revoked", subject, acting.policy, one)
    if not is_new or wanted.effect is None:
        return [one for one in present if one not in gone]
    lifts = same is not None and wanted.effect is Effect.DENY
    _check(session, account_id, acting, subject, wanted, wanted.effect, lifts=lifts)
    values: dict[str, Any] = {"starts": entry.starts, "expires": entry.expires, "reason": entry.reason}
    values["granted_by"] = guards.granted_by(session)
    made = store.write(
        session,
        account_id,
        subject.id,
        same.id if same else None,
        permission=wanted.node,
        effect=wanted.effect.value,
        unit_id=wanted.unit_id,
        reach=wanted.reach.value,
        **values,
    )
    _note(session, account_id, "access.granted", subject, acting.policy, made)
    return [*(one for one in present if one not in gone and one is not same), made]


def _check(
    session: Session,
    account_id: str,
    acting: Acting,
    subject: Subject,
    wanted: _Wanted,
    effect: Effect,
    *,
    lifts: bool,
) -> None:
    """Whether whoever acts may say this, or take it away. ``lifts``: a denial that was there may end by it."""
    what = f"the permission {shown(acting.policy.catalogue, wanted.node)}"
    principal, where = Principal("user", subject.id), (wanted.unit_id, wanted.reach)
    statement = Statement(wanted.node, effect)
    guards.check_grant(session, account_id, acting, principal, subject, statement, where, what)
    keys, units = acting.policy.catalogue.covered_by(wanted.node), reached(acting.policy.units, *where)
    if lifts:
        check_lasts(acting, keys, units, None, f"give or take {what}")
    elif wanted.effect is Effect.ALLOW and effect is Effect.ALLOW:
        check_lasts(acting, keys, units, wanted.entry.expires, f"give {what}", has_end=True)


def facts_of(
    session: Session, account_id: str, policy: Policy, present: Sequence[Individual], at: datetime | None = None
) -> tuple[IndividualFacts, ...]:
    """Individual permissions in words, with their state at a moment (None: now)."""
    names = names_of(session, account_id, {one.granted_by for one in present})
    moment = at or now()
    facts = (
        IndividualFacts(
            one.id,
            shown(policy.catalogue, one.permission),
            one.effect,
            policy.units.units[one.unit_id].key if one.reach != Reach.ACCOUNT else None,
            one.reach,
            state_of(one.starts, one.expires, moment),
            one.granted_by,
            names[one.granted_by],
            one.reason,
            one.starts,
            one.expires,
        )
        for one in present
    )
    return tuple(sorted(facts, key=lambda one: (one.permission, one.unit or "", one.effect)))


def state_of(starts: datetime | None, expires: datetime | None, at: datetime) -> str:
    """Whether something counts: active, scheduled (not yet) or expired (no longer)."""
    if expires is not None and expires <= at:
        return "expired"
    return "scheduled" if starts is not None and starts > at else "active"


def _note(session: Session, account_id: str, action: str, subject: Subject, policy: Policy, one: Individual) -> None:
    scope = "account" if one.reach == Reach.ACCOUNT else policy.units.units[one.unit_id].key
    facts = {"individual": f"{one.effect} {one.permission}", "scope": scope, "reach": one.reach, "source": "manual"}
    for name, moment in (("starts", one.starts), ("expires", one.expires)):
        facts |= {name: moment.isoformat()} if moment else {}
    before, after = (facts, None) if action == "access.revoked" else (None, facts)
    audit.record(session, account_id, action, "user", subject.id, subject.user_name, before, after, one.reason or None)
