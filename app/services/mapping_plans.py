"""Plans: what publishing a draft would do, computed once, stored with every row, approved or rejected as a whole.

A plan is computed by reading; only its rows are written, in a transaction of their own, so that nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from app import audit
from app.models.base import new_id, now
from app.services import code_ownership, mapping_drafts
from app.services.errors import Conflict, NotFound
from app.services.mapping_arrivals import MOST_CAME, arrivals
from app.services.mapping_documents import published
from app.services.mapping_meaning import digest_of
from app.services.mapping_plan_rows import stored_rows
from app.services.mapping_resolution import Prepared, prepare
from app.services.mapping_rights import acting_on_mapping, author_in, needs_of
from app.services.mapping_scan import Scan, scan
from app.services.mapping_summary import MOST, Summary, summary_of
from app.services.mapping_written import written_rules
from app.services.second_owner import door
from app.services.separations import separated
from app.session import Session
from app.stores import mapping_drafts as draft_store
from app.stores import mapping_plans as store
from app.stores import mapping_rules
from app.stores.account_rows import write_settings
from app.stores.filter_sql import is_id
from app.stores.mapping_scan import UnmappedGroup, largest_groups
from app.stores.naming import directories_of

KEPT_PLANS = 20
"""So many plans that came to nothing are kept for looking at."""
PAUSED = "the whole mapping is paused; resume it first, or nobody would see what publishing means"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and what became of it; ``needs`` says why a second Account Owner has to approve it, if one has to.

    ``author`` has planned it; ``authors`` are the ids of the persons who wrote rules of it.
    """

    id: str
    draft_id: str | None
    draft_version: int | None
    state: str
    reason: str
    author: str
    author_id: str | None
    authors: list[str]
    base_revision: int
    access_revision: int
    restored_from: int | None
    digest: str
    summary: dict[str, Any]
    needs: list[dict[str, str]]
    decided_by: str | None
    decided_by_id: str | None
    decided: datetime | None
    decision_reason: str | None
    revision: int | None
    created: datetime
    document: dict[str, Any]

    @property
    def people_behind(self) -> frozenset[str]:
        """Who planned it and who wrote rules of it, as far as these are persons: none of them approves it."""
        return frozenset([*self.authors, *([self.author_id] if self.author_id is not None else [])])


@dataclass(frozen=True, slots=True)
class Computed:
    """What was found out, before anything is stored. ``resumes``: publishing ends the pause of the whole mapping."""

    scan: Scan
    summary: Summary
    document: Mapping[str, Any]
    base_revision: int
    digest: str
    resumes: bool = False


@dataclass(frozen=True, slots=True)
class PlannedBy:
    """Who plans what: the draft with its version, and the persons who wrote rules of it."""

    author: str
    author_id: str | None
    authors: tuple[str, ...] = ()
    draft: tuple[str, int] | None = None
    restored_from: int | None = None


def compute(
    session: Session,
    account_id: str,
    document: Mapping[str, Any],
    authors: Collection[str | None],
    *,
    resumes: bool = False,
) -> Computed | None:
    """What publishing a document would do; None if it says what is published. Reads only; raises InvalidMapping."""
    prepared = prepare(session, account_id, document)
    if not resumes and not prepared.differs:
        return None
    return compute_prepared(session, account_id, prepared, document, authors, resumes=resumes)


def compute_prepared(
    session: Session,
    account_id: str,
    prepared: Prepared,
    document: Mapping[str, Any],
    authors: Collection[str | None] = (),
    *,
    resumes: bool = False,
) -> Computed:
    """The same for a document that has been understood."""
    latest = mapping_rules.latest_revision(session, account_id)
    found = scan(session, account_id, prepared, separated(session, account_id), now(), resumes=resumes)
    unmapped = _unmapped(session, account_id, found)
    summary = summary_of(found, latest + 1, published=False, unmapped=unmapped[:MOST], unmapped_in_all=len(unmapped))
    needs = needs_of(session, account_id, found, authors)
    return Computed(found, replace(summary, needs=needs), document, latest, digest_of(found), resumes)


def effect_of(session: Session, account_id: str, document: Mapping[str, Any]) -> Summary:
    """What publishing a document would do, in numbers. Writes nothing; raises InvalidMapping."""
    computed = compute(session, account_id, document, (author_in(session)[1],))
    return computed.summary if computed is not None else unchanged(session, account_id, document)


def effect_of_prepared(session: Session, account_id: str, prepared: Prepared) -> Summary:
    """The same for a document that has been understood."""
    return compute_prepared(session, account_id, prepared, {}).summary


def unchanged(session: Session, account_id: str, document: Mapping[str, Any]) -> Summary:
    """What is told of a document that says what is published already."""
    latest = mapping_rules.latest_revision(session, account_id)
    return Summary(latest, published=False, changed=False, rules=len(document.get("rules", ())))


def make_plan(session: Session, account_id: str, draft: str, reason: str = "") -> Plan:
    """Plan a draft. Other plans of it are out of date then.

    Raises NotFound, Forbidden, InvalidMapping with all that is wrong, Conflict for a draft that changes nothing or
    began before the latest revision, ManagedByCode for one that changes rules which belong to a file.
    """
    acting_on_mapping(session, account_id, "plans role mapping")
    row = mapping_drafts.find_row(session, account_id, draft)
    author, author_id = author_in(session)
    mapping_drafts.check_base(row, mapping_rules.latest_revision(session, account_id))
    by = PlannedBy(author, author_id, tuple(row.authors), (row.id, row.version), row.restored_from)
    computed = compute(session, account_id, row.document, (author_id, *by.authors))
    if computed is None:
        raise Conflict(f"{row.title} says what is published already; there is nothing to plan")
    if computed.scan.prepared.paused:
        raise Conflict(PAUSED)
    summary = computed.summary
    code_ownership.check_rules(session, account_id, {*summary.rules_changed, *summary.rules_removed})
    with session.writer() as writing:
        again = draft_store.find_draft(writing, account_id, row.id, lock=True)
        if again is None or again.version != row.version:
            raise Conflict(f"{row.title} was changed while it was planned; plan it again")
        why = reason or computed.scan.prepared.reason
        return get_plan(writing, account_id, keep(writing, account_id, computed, why, by))


def plan_resuming(session: Session, account_id: str, reason: str = "") -> Plan:
    """Plan to end the pause of the whole mapping. Raises Forbidden, Conflict if it is not paused."""
    acting_on_mapping(session, account_id, "resumes role mapping")
    author, author_id = author_in(session)
    computed = compute(session, account_id, published(session, account_id), (author_id,), resumes=True)
    if computed is None or not computed.scan.prepared.paused:
        raise Conflict("the mapping is not paused")
    with session.writer() as writing:
        return get_plan(writing, account_id, keep(writing, account_id, computed, reason, PlannedBy(author, author_id)))


def plan_release(session: Session, account_id: str, reason: str = "") -> Plan:
    """Plan what groups would give that patterns came to, and that is held. Raises Forbidden, Conflict if nothing is."""
    acting_on_mapping(session, account_id, "releases what is held of role mapping")
    author, author_id = author_in(session)
    computed = compute(session, account_id, published(session, account_id), (author_id,))
    if computed is None or not computed.scan.prepared.released:
        raise Conflict("nothing is held: patterns give what they say by all the groups they are for")
    if computed.scan.prepared.paused:
        raise Conflict(PAUSED)
    with session.writer() as writing:
        return get_plan(writing, account_id, keep(writing, account_id, computed, reason, PlannedBy(author, author_id)))


def keep(session: Session, account_id: str, computed: Computed, reason: str, by: PlannedBy) -> str:
    """Store a plan with its rows; its id."""
    plan_id, summary = new_id(), computed.summary
    draft_id, version = by.draft or (None, None)
    if draft_id is not None:
        store.end_plans_of(session, account_id, draft_id)
    values = {
        "id": plan_id,
        "draft_id": draft_id,
        "draft_version": version,
        "state": store.OPEN,
        "document": dict(computed.document),
        "reason": reason,
        "author": by.author,
        "author_id": by.author_id,
        "authors": list(by.authors),
        "base_revision": computed.base_revision,
        "access_revision": computed.scan.prepared.policy.revision,
        "restored_from": by.restored_from,
        "digest": computed.digest,
        "summary": {key: value for key, value in asdict(summary).items() if key != "needs"}
        | {"resumes": computed.resumes, "written": [asdict(one) for one in written_rules(computed.scan.prepared)]}
        | _came(session, account_id, computed.scan.prepared),
        "needs": [asdict(need) for need in summary.needs],
        "created": now(),
    }
    store.insert_plan(session, account_id, values)
    if any(rule.where is not None for rule in computed.scan.prepared.after):
        # Before it is published: whoever changes a person then looks at the filters, though they are not in force yet.
        write_settings(session, account_id, {"filters_people": True})
    store.insert_rows(session, account_id, plan_id, *stored_rows(computed.scan))
    store.delete_plans(session, account_id, store.forgettable(session, account_id, KEPT_PLANS))
    noted = noted_of(summary) | {"draft": draft_id, "needs": [need.kind for need in summary.needs]}
    noted |= door(session, account_id)
    audit.record(session, account_id, "mapping.planned", "plan", plan_id, None, None, noted, reason or None)
    return plan_id


def _came(session: Session, account_id: str, prepared: Prepared) -> dict[str, Any]:
    came = arrivals(session, account_id, prepared)
    return {"came": [asdict(one) for one in came[:MOST_CAME]], "came_in_all": len(came)}


def noted_of(summary: Summary) -> dict[str, Any]:
    """A summary for the audit trail: numbers, and the names of rules and roles."""
    names = ("revision", "rules", "rules_added", "rules_changed", "rules_removed", "people_gaining", "people_losing")
    more = ("people_ending", "people_new", "people_left_with_nothing", "roles")
    every = asdict(summary)
    return {name: every[name] for name in (*names, *more)}


def get_plan(session: Session, account_id: str, id: str, *, lock: bool = False) -> Plan:
    """A plan by its id; ``lock``: nobody else decides about it until the end of the transaction. Raises NotFound."""
    row = store.find_plan(session, account_id, id.lower(), lock=lock) if is_id(id.lower()) else None
    if row is None:
        raise NotFound(f"there is no plan {id!r}", "plan", id)
    values = row._mapping
    return Plan(**{name: values[name] for name in Plan.__dataclass_fields__})


def _unmapped(session: Session, account_id: str, found: Scan) -> tuple[UnmappedGroup, ...]:
    names = {id: name for name, id in directories_of(session, account_id).items()}
    return tuple(
        UnmappedGroup(id, name, names.get(directory_id, ""), members)
        for id, name, directory_id, members in largest_groups(session, account_id)
        if id not in found.covered
    )


def check_publishable(plan: Plan) -> None:
    """Raises Conflict for a plan that came to something, or to nothing, already."""
    if plan.state == store.PUBLISHED:
        raise Conflict(f"this plan was published already, as revision {plan.revision}")
    if plan.state == store.OUTDATED:
        raise Conflict("this plan is out of date: its draft was changed or planned again, or the account has moved on")
    if plan.state == store.REJECTED:
        raise Conflict(f"this plan was rejected by {plan.decided_by}; change the draft and plan it again")
