"""Publish role mapping: a document becomes a revision, and everybody concerned has what the rules say, all at once.

A plan is published as it was seen or not at all: everybody is looked at again while nobody can move, and if it would
mean anything else by now, the plan is out of date, a new one is kept, and the difference is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.models.base import now
from app.services import code_ownership, guards, mapping_arrivals
from app.services import mapping_plans as plans
from app.services.errors import Conflict, Forbidden, NotFound
from app.services.guards import Acting
from app.services.mapping_approvals import began, is_approved, written_as
from app.services.mapping_documents import normal_form, published
from app.services.mapping_drafts import MOST_TITLE, check_base, create_draft
from app.services.mapping_outdated import Outdated, new_needs, outdate
from app.services.mapping_plans import PAUSED, Computed, Plan, check_publishable, compute, get_plan, noted_of
from app.services.mapping_resolution import Prepared
from app.services.mapping_rights import acting_on_mapping, author_in, check_approved, check_not_own
from app.services.mapping_summary import Need, Summary
from app.services.mapping_turns import note_people, write_people
from app.services.second_owner import check_second
from app.session import Session
from app.stores import mapping_bindings, mapping_drafts, mapping_plans, mapping_rule_writes, mapping_rules
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.account_rows import write_settings
from app.stores.mapping_rules import Loaded
from app.stores.naming import directories_of
from rbac.mapping import Rule
from rbac.mapping_difference import compare
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class Published:
    """What was published."""

    revision: int
    summary: Summary


@dataclass(frozen=True, slots=True)
class Origin:
    """Who wrote what is published, who approved it, and which plan it was."""

    author: str
    author_id: str | None
    reason: str
    plan: Plan | None = None
    approver: str | None = None
    approver_id: str | None = None
    approved: datetime | None = None


def _origin_of(plan: Plan, *, approved: bool) -> Origin:
    if not approved:
        return Origin(plan.author, plan.author_id, plan.reason, plan)
    return Origin(plan.author, plan.author_id, plan.reason, plan, plan.decided_by, plan.decided_by_id, plan.decided)


def publish_plan(session: Session, account_id: str, id: str) -> Published | Outdated:
    """Publish a plan as it was seen. Whoever gets ``Outdated`` commits: the new plan is in this transaction.

    Raises NotFound, Forbidden, ApprovalNeeded, Conflict for a plan that was published or rejected, or whose draft was
    changed since or began before the latest revision, InvalidMapping where a group, a role or a unit is gone.

    What somebody has seen is judged by the stricter limits, those of then and those of now.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    acting = acting_on_mapping(session, account_id, "publishes role mapping")
    plan, draft = _locked(session, account_id, id)
    check_publishable(plan)
    if draft is not None and draft.version != plan.draft_version:
        raise Conflict(f"{draft.title} was changed since it was planned; plan it again")
    resumes = bool(plan.summary.get("resumes"))
    # To resume is to go on with what is published, also where a rule of it was paused since.
    document = published(session, account_id) if resumes else plan.document
    computed = compute(session, account_id, document, plan.people_behind, resumes=resumes)
    if computed is None:
        raise Conflict("this is published already; nothing changes")
    if computed.scan.prepared.paused and not resumes:
        raise Conflict(PAUSED)
    if draft is not None:
        check_base(draft, computed.base_revision)
    if (
        computed.digest != plan.digest
        or computed.base_revision != plan.base_revision
        or new_needs(computed.summary.needs, plan.needs)
    ):
        return outdate(session, account_id, plan, computed)
    check_not_own(acting, computed.scan)
    approved = is_approved(session, account_id, plan)
    if not approved:
        needs = tuple(Need(**need) for need in plan.needs)
        check_approved(session, account_id, needs, plan.id, plan.decided_by)
    elif plan.needs and not plan.people_behind and acting.person is not None:
        _check_another(session, account_id, acting, plan, draft)
    done = write(session, account_id, computed, _origin_of(plan, approved=approved))
    values = {"state": mapping_plans.PUBLISHED, "revision": done.revision, "draft_id": None}
    if not mapping_plans.update_plan(session, account_id, plan.id, (plan.state,), **values):
        raise Conflict("somebody else decided about this plan meanwhile")
    if draft is not None:
        mapping_drafts.delete_draft(session, account_id, draft.id)
    return Published(done.revision, done)


def _check_another(session: Session, account_id: str, acting: Acting, plan: Plan, draft: Any) -> None:
    """Raises Forbidden for who publishes alone what a program wrote: whoever approved it is not enough."""
    if acting.person is not None and acting.person.id == plan.decided_by_id:
        raise Forbidden("a program wrote these rules, so who approves them does not publish them; somebody else does")
    approver = [plan.decided_by_id] if plan.decided_by_id is not None else []
    check_second(session, account_id, acting, approver, began(plan, draft), "it", written_as(plan))


def _locked(session: Session, account_id: str, id: str) -> tuple[Plan, Any]:
    """A plan and its draft, which nobody changes until the end of the transaction; the draft comes first."""
    found = get_plan(session, account_id, id)
    draft = mapping_drafts.find_draft(session, account_id, found.draft_id, lock=True) if found.draft_id else None
    return get_plan(session, account_id, found.id, lock=True), draft


def publish(session: Session, account_id: str, document: Mapping[str, Any], author: str, reason: str = "") -> Summary:
    """Publish a document without a plan that somebody could have seen: for the operator, and for what needs no second.

    A rule keeps its identity by its name. Raises InvalidMapping, naming all problems, ApprovalNeeded, and Forbidden for
    who is no Account Owner, or would change their own access. A document that says what is published already makes
    no new revision.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    acting = acting_on_mapping(session, account_id, "publishes role mapping")
    _, author_id = author_in(session)
    computed = compute(session, account_id, document, (author_id,))
    if computed is None:
        return plans.unchanged(session, account_id, document)
    if computed.scan.prepared.paused:
        raise Conflict(PAUSED)
    check_not_own(acting, computed.scan)
    check_approved(session, account_id, computed.summary.needs, None)
    return write(session, account_id, computed, Origin(author, author_id, reason))


def pause(session: Session, account_id: str, rule: str | None = None, reason: str = "") -> int:
    """Let a rule, or the whole mapping, neither give nor take anything from now on; the revision that says so.

    Nobody gains or loses anything by that, so it needs neither a plan nor an approval. Raises Forbidden, NotFound for
    an unknown rule, Conflict for what is paused already.
    """
    mapping_rules.lock(session, account_id, exclusive=True)
    acting_on_mapping(session, account_id, "pauses role mapping")
    before = mapping_rules.all_rules(session, account_id)
    rules = before.rules.rules
    if rule is not None:
        found = _rule_of(before, rule)
        if found.paused:
            raise Conflict(f"{found.name} is paused already")
        rules = tuple(replace(one, paused=True) if one.id == found.id else one for one in rules)
    elif before.paused:
        raise Conflict("the mapping is paused already")
    bump(session, account_id)
    # Not read anew from a document: what is wrong with the rules by now must not keep anybody from pausing them.
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    directories = {id: name for name, id in directories_of(session, account_id).items()}
    prepared = Prepared(policy, before, rules, before.bindings, directories)
    document = normal_form(prepared)
    author, author_id = author_in(session)
    number, moment = mapping_rules.latest_revision(session, account_id) + 1, now()
    what = "the whole mapping" if rule is None else ", ".join(one.name for one in prepared.written)
    revision = {
        "author": author,
        "author_id": author_id,
        "reason": reason or f"{what} paused",
        "document": document,
        "summary": {"paused": what, "people_gaining": 0, "people_losing": 0},
        "changes": asdict(compare(published(session, account_id), document)),
        "published": moment,
    }
    mapping_rules.insert_revision(session, account_id, number, revision)
    root = prepared.policy.units.root.id
    mapping_rule_writes.write_rules(session, account_id, prepared.written, prepared.bindings, root, number)
    if rule is None:
        write_settings(session, account_id, {"mapping_paused": moment})
    after = {"paused": what, "revision": number}
    audit.record(session, account_id, "mapping.paused", "mapping", None, what, None, after, reason or None)
    return number


def plan_resuming(session: Session, account_id: str, rule: str | None = None, reason: str = "") -> Plan:
    """Plan to resume a rule, or the whole mapping: what moved meanwhile is made up for when that is published.

    Raises Forbidden, NotFound for an unknown rule, Conflict for what is not paused.
    """
    acting_on_mapping(session, account_id, "resumes role mapping")
    if rule is None:
        return plans.plan_resuming(session, account_id, reason)
    found = _rule_of(mapping_rules.all_rules(session, account_id), rule)
    if not found.paused:
        raise Conflict(f"{found.name} is not paused")
    document = _with_pause(published(session, account_id), found.name, paused=False)
    with session.writer() as writing:
        draft = create_draft(writing, account_id, f"Resume {found.name}"[:MOST_TITLE], document)
    return plans.make_plan(session, account_id, draft.id, reason)


def _rule_of(loaded: Loaded, reference: str) -> Rule:
    key = fold(reference.strip())
    for one in loaded.rules.rules:
        if key in (one.id, fold(one.name)):
            return one
    raise NotFound(f"there is no mapping rule {reference!r}", "rule", reference)


def _with_pause(document: Mapping[str, Any], name: str, *, paused: bool) -> dict[str, Any]:
    rules = [{**one, "paused": paused} if one["name"] == name else one for one in document["rules"]]
    return {**document, "rules": rules}


def write(session: Session, account_id: str, computed: Computed, origin: Origin) -> Summary:
    """Make it true: the rules, what everybody has by them, the revision and the trail.

    After ``mapping_rules.lock``, in the transaction in which it was computed, once nobody has to approve it any more.
    Whoever gets LastOwner rolls back.
    """
    found, prepared = computed.scan, computed.scan.prepared
    done = replace(computed.summary, published=True)
    number = done.revision
    code_ownership.check_rules(session, account_id, {*done.rules_changed, *done.rules_removed})
    bump(session, account_id)
    plan = origin.plan
    shown = mapping_arrivals.shown_by(session, account_id, prepared, plan.summary.get("came", ()) if plan else ())
    why = origin.reason or prepared.reason or None
    document = normal_form(prepared)
    revision = {
        "author": origin.author,
        "author_id": origin.author_id,
        "reason": why or "",
        "document": document,
        "summary": {key: value for key, value in asdict(done).items() if key != "people"},
        "changes": asdict(compare(published(session, account_id), document)),
        "published": found.moment,
        "approver": origin.approver,
        "approver_id": origin.approver_id,
        "approved": origin.approved,
        "plan_id": plan.id if plan is not None else None,
        "restored_from": plan.restored_from if plan is not None else None,
    }
    mapping_rules.insert_revision(session, account_id, number, revision)
    root = prepared.policy.units.root.id
    mapping_rule_writes.write_rules(session, account_id, prepared.written, prepared.bindings, root, number)
    mapping_rule_writes.write_positions(session, account_id, prepared.before.rules.rules, prepared.after)
    mapping_bindings.show(session, account_id, shown)
    settings: dict[str, Any] = {"mapping_paused": None} if computed.resumes else {}
    if any(rule.where is not None for rule in prepared.after):
        settings["filters_people"] = True
    if settings:
        write_settings(session, account_id, settings)
    with guards.no_less_safe(session, account_id):
        write_people(session, account_id, found)
        kept = {rule.id for rule in prepared.after}
        mapping_rule_writes.delete_rules(session, account_id, {rule.id for rule in prepared.ended} - kept)
    note_people(session, account_id, found, number)
    if computed.resumes:
        audit.record(session, account_id, "mapping.resumed", "mapping", None, "the whole mapping", None, None, why)
    noted = noted_of(done) | {"author": origin.author, "approver": revision["approver"]}
    audit.record(session, account_id, "mapping.published", "mapping", None, f"revision {number}", None, noted, why)
    return done
