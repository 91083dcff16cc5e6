"""Approve a plan of role mapping, or reject it; and whether an approval still counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app import audit
from app.models.base import now
from app.services import guards
from app.services.errors import Conflict, Forbidden
from app.services.guards import Acting
from app.services.mapping_plans import Plan, get_plan
from app.services.mapping_rights import acting_on_mapping, author_in
from app.services.second_owner import check_second, door
from app.session import Session
from app.stores import mapping_drafts as draft_store
from app.stores import mapping_plans as store
from app.stores.owners import owners_of


def approve_plan(session: Session, account_id: str, id: str, reason: str = "") -> Plan:
    """Approve a plan as a second Account Owner.

    Raises NotFound, Conflict for a plan that is not open, Forbidden for whoever planned it or wrote rules of it, for
    whose own access it changes, for who is no second one beside these (``check_second``), and for whoever is no person
    who is an Account Owner.
    """
    plan, acting, person_id = _decided_by(session, account_id, id, "approve")
    draft = draft_store.find_draft(session, account_id, plan.draft_id) if plan.draft_id else None
    if draft is not None and draft.version != plan.draft_version:
        raise Conflict(f"{draft.title} was changed since it was planned; plan it again")
    if person_id in plan.people_behind:
        raise Forbidden("nobody approves what they wrote or planned themselves; another Account Owner does")
    if store.concerns(session, account_id, plan.id, person_id):
        raise Forbidden(guards.OWN)
    check_second(session, account_id, acting, plan.people_behind, began(plan, draft), "it", written_as(plan))
    return _decide(session, account_id, plan, store.APPROVED, person_id, reason)


def reject_plan(session: Session, account_id: str, id: str, reason: str = "") -> Plan:
    """Reject a plan; its draft stays. Raises as ``approve_plan``, but anybody who may approve may reject their own."""
    plan, _, person_id = _decided_by(session, account_id, id, "reject")
    return _decide(session, account_id, plan, store.REJECTED, person_id, reason)


def began(plan: Plan, draft: Any) -> datetime:
    """Since when there is something to approve: the draft of a plan, where it has one."""
    moment: datetime = plan.created if draft is None else draft.created
    return moment


def written_as(plan: Plan) -> list[str]:
    """The ids under which the trail knows who wrote, planned and decided about a plan."""
    return [plan.id, *([plan.draft_id] if plan.draft_id is not None else [])]


def is_approved(session: Session, account_id: str, plan: Plan) -> bool:
    """Whether a plan was approved by somebody who is an active Account Owner at present."""
    if plan.state != store.APPROVED:
        return False
    return any(one.id == plan.decided_by_id and one.active for one in owners_of(session, account_id, now()))


def _decided_by(session: Session, account_id: str, id: str, what: str) -> tuple[Plan, Acting, str]:
    acting = acting_on_mapping(session, account_id, f"may {what} a plan")
    plan = get_plan(session, account_id, id)
    if acting.person is None:
        raise Forbidden(f"only a person {what}s a plan: an Account Owner, named by Muster-Actor or --as")
    return plan, acting, acting.person.id


def _decide(session: Session, account_id: str, plan: Plan, state: str, person_id: str, reason: str) -> Plan:
    name, _ = author_in(session)
    decision = {"decided_by": name, "decided_by_id": person_id, "decided": now(), "decision_reason": reason}
    states = {store.OPEN, store.APPROVED}
    if state == store.APPROVED:
        # Another owner approves once more what was approved by somebody whose approval counts no longer.
        states = {store.OPEN if is_approved(session, account_id, plan) else plan.state} & states
    if not store.update_plan(session, account_id, plan.id, states, state=state, **decision):
        raise Conflict(f"this plan is {plan.state}; only an open one is decided about")
    before, after = {"state": plan.state}, {"state": state, "digest": plan.digest} | door(session, account_id)
    action = "mapping.approved" if state == store.APPROVED else "mapping.rejected"
    audit.record(session, account_id, action, "plan", plan.id, None, before, after, reason or None)
    return get_plan(session, account_id, plan.id)
