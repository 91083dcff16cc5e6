"""An account's access as a document: what applying it would do, and applying it, all or nothing.

To plan is to carry everything out and to undo it, so a plan is what happens, and every rule of every door counts.
Where its rules need a second Account Owner, the document is proposed as a whole, and applied when one agrees.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from app import audit
from app.models.base import now
from app.services import code_ownership, guards
from app.services.configuration_mapping import Approval, Ruled
from app.services.configuration_pass import Plan, carry_out, hash_of
from app.services.configuration_state import read_state
from app.services.configuration_text import Source
from app.services.configuration_work import Step
from app.services.errors import Conflict, Forbidden, NotFound, Outdated
from app.services.guards import Acting
from app.services.mapping_outdated import new_needs
from app.services.mapping_rights import author_in, check_not_own, is_operator
from app.services.second_owner import check_second, door
from app.session import Session
from app.stores import configurations as store
from app.stores.configurations import Stored
from app.stores.filter_sql import is_id
from app.stores.mapping_rules import lock
from app.stores.owners import owners_of

APPLIED, PROPOSED, OUTDATED, REJECTED = "applied", "proposed", "outdated", "rejected"
_STALE = "this would do something else by now than what was planned; look at the plan again"


class _Undone(Exception):
    """Carries a plan out of what is to be undone."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def plan(session: Session, account_id: str, source: Source) -> Plan:
    """What ``apply`` would do. Keeps nothing; raises as it does."""
    _check_right(session, account_id)
    try:
        with code_ownership.applying(session), session.savepoint():
            seen, _ = carry_out(session, account_id, source, writes=False, approval=_approval(session))
            raise _Undone(seen)
    except _Undone as undone:
        return undone.plan


def apply(session: Session, account_id: str, source: Source, *, expected: str | None = None, reason: str = "") -> Plan:
    """Make the account's access what the document says, all or nothing; or propose it where somebody has to agree.

    ``expected`` is the digest of the plan that somebody saw; without it the document is planned anew while nobody else
    changes anything, and the answer says that this plan was ``unseen``. Raises InvalidConfiguration naming all
    problems, Outdated where something else would happen by now, Forbidden for a person who is no Account Owner, or
    whose own access it would change.
    """
    acting = _check_right(session, account_id)
    approval, unseen = _approval(session), expected is None
    try:
        with code_ownership.applying(session), session.savepoint():
            done, ruled = carry_out(session, account_id, source, writes=True, approval=approval, reason=reason)
            if expected is not None and done.digest != expected:
                raise Outdated(_STALE)
            if done.needs and not is_operator(session):
                raise _Undone(done)
            _check_own(acting, ruled)
            if done.is_change or done.drift or not _is_latest(session, account_id, source):
                values = _values(source, done, approval, reason)
                id = store.insert_configuration(session, account_id, values | {"status": APPLIED})
                _finish(session, account_id, id, source, done, reason, unseen=unseen)
    except _Undone as undone:
        return _propose(session, account_id, source, replace(undone.plan, unseen=unseen), approval, reason)
    return replace(done, status=APPLIED, unseen=unseen)


def proposals(session: Session, account_id: str) -> list[Stored]:
    """The documents that wait for a second Account Owner, oldest first."""
    return store.proposed(session, account_id)


def plan_proposal(session: Session, account_id: str, id: str) -> Plan:
    """What approving a proposal would do by now. Raises NotFound, Conflict, and as ``plan``."""
    row = _proposal(session, account_id, id)
    return replace(plan(session, account_id, Source(row.document, row.file)), proposal=row.id)


def approve(session: Session, account_id: str, id: str, reason: str = "") -> Plan:
    """Agree to a proposal as a second Account Owner, which applies it.

    What a program wrote two owners agree to: after the first one it still waits, since one person alone is never
    enough. Raises NotFound, Conflict for one that was decided about, Outdated where it would do something else by now,
    Forbidden for its author, for whose own access it changes, for who is no second one beside those (``check_second``),
    and for whoever is no person who is an Account Owner.
    """
    # Before the proposal, as whoever applies a document does.
    lock(session, account_id, exclusive=True)
    acting = _check_right(session, account_id)
    row = _proposal(session, account_id, id)
    if acting.person is None:
        raise Forbidden("only a person agrees to a configuration: an Account Owner, named by Muster-Actor")
    if acting.person.id == row.author_id:
        raise Forbidden("nobody agrees to what they wrote themselves; another Account Owner does")
    name, approver_id = author_in(session)
    approval = Approval(row.author, row.author_id, name, approver_id, now())
    source = Source(row.document, row.file)
    first = _is_first(session, account_id, row, acting.person.id)
    behind = [id for id in (row.author_id, row.decided_by_id) if id is not None and (row.author_id or not first)]
    check_second(session, account_id, acting, behind, row.created, f"the proposal of {row.file}", [row.id])
    try:
        with code_ownership.applying(session), session.savepoint():
            done, ruled = carry_out(session, account_id, source, writes=True, approval=approval, reason=row.reason)
            if done.digest != row.digest or new_needs(done.needs, row.needs):
                raise Outdated("this would do something else by now than what was proposed; apply the file again")
            _check_own(acting, ruled)
            if first:
                raise _Undone(done)
            decided = {"status": APPLIED, "decided_by": name, "decided_by_id": approver_id}
            store.update_configuration(session, account_id, row.id, **decided)
            _finish(session, account_id, row.id, source, done, reason or row.reason)
    except _Undone as undone:
        store.update_configuration(session, account_id, row.id, decided_by=name, decided_by_id=approver_id)
        noted = {"file": row.file, "hash": row.hash} | door(session, account_id)
        audit.record(
            session, account_id, "configuration.agreed", "configuration", row.id, row.file, None, noted, reason or None
        )
        return replace(undone.plan, status=PROPOSED, proposal=row.id)
    return replace(done, status=APPLIED)


def _is_first(session: Session, account_id: str, row: Stored, person_id: str) -> bool:
    """Whether another owner still has to agree after this person. Raises Conflict for who has agreed already."""
    if row.author_id is not None:
        return False
    if row.decided_by_id == person_id:
        raise Conflict("a program wrote this, and you have agreed already; another Account Owner does, too")
    return not any(one.id == row.decided_by_id and one.active for one in owners_of(session, account_id, now()))


def reject(session: Session, account_id: str, id: str, reason: str = "") -> None:
    """Turn a proposal down, or take one's own back. Raises NotFound, Conflict, Forbidden."""
    _check_right(session, account_id)
    row = _proposal(session, account_id, id)
    name, person_id = author_in(session)
    store.update_configuration(session, account_id, row.id, status=REJECTED, decided_by=name, decided_by_id=person_id)
    audit.record(
        session, account_id, "configuration.rejected", "configuration", row.id, row.file, None, None, reason or None
    )


def _propose(session: Session, account_id: str, source: Source, seen: Plan, approval: Approval, reason: str) -> Plan:
    store.outdate_proposals(session, account_id)
    id = store.insert_configuration(session, account_id, _values(source, seen, approval, reason))
    noted: dict[str, Any] = {"file": source.file, "hash": hash_of(source.document)}
    noted |= {"needs": [need.kind for need in seen.needs], **door(session, account_id)}
    audit.record(
        session, account_id, "configuration.proposed", "configuration", id, source.file, None, noted, reason or None
    )
    return replace(seen, status=PROPOSED, proposal=id)


def _values(source: Source, seen: Plan, approval: Approval, reason: str) -> dict[str, Any]:
    return {
        "status": PROPOSED,
        "file": source.file,
        "hash": hash_of(source.document),
        "document": source.document,
        "digest": seen.digest,
        "needs": [asdict(need) for need in seen.needs],
        "reason": reason,
        "author": approval.author,
        "author_id": approval.author_id,
        "created": now(),
    }


def _finish(
    session: Session, account_id: str, id: str, source: Source, done: Plan, reason: str, *, unseen: bool = False
) -> None:
    """Keep what belongs to the file as it is now; other documents that wait would do something else by now."""
    kept = {kind: store.owned(session, account_id, kind) for kind in store.KINDS}
    state = read_state(session, account_id).of(kept, with_defaults="default_roles" in source.document)
    store.update_configuration(session, account_id, id, state=state, applied=now())
    store.outdate_proposals(session, account_id)
    noted: dict[str, Any] = {"file": source.file, "hash": hash_of(source.document), "unseen": unseen}
    noted["steps"] = [_line(step) for step in done.steps]
    audit.record(
        session, account_id, "configuration.applied", "configuration", id, source.file, None, noted, reason or None
    )


def _line(step: Step) -> str:
    return f"{step.action} {step.kind} {step.name}"


def _proposal(session: Session, account_id: str, id: str) -> Stored:
    row = store.find_configuration(session, account_id, id.lower(), lock=True) if is_id(id.lower()) else None
    if row is None:
        raise NotFound(f"there is no proposal {id!r}", "proposal", id)
    if row.status != PROPOSED:
        raise Conflict(f"{row.file} is {row.status}; only a document that waits is decided about")
    return row


def _is_latest(session: Session, account_id: str, source: Source) -> bool:
    latest = store.latest_applied(session, account_id)
    return latest is not None and latest.hash == hash_of(source.document)


def _approval(session: Session) -> Approval:
    name, person_id = author_in(session)
    return Approval(name, person_id)


def _check_own(acting: Acting, ruled: Ruled | None) -> None:
    if ruled is not None and ruled.scan is not None:
        check_not_own(acting, ruled.scan)


def _check_right(session: Session, account_id: str) -> Acting:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("only an Account Owner applies a configuration, or sees what that would mean")
    return acting
