"""/mapping/plans: what publishing would do, approved and published as it was seen."""

from __future__ import annotations

from typing import Any, NoReturn

from app.api.face import Call, Face, Shown
from app.api.mapping_plan_shapes import PlanHead, PlanRow, PlanShape, rows_shown
from app.api.mapping_shapes import Reason, RevisionShape, RuleOrAll
from app.api.paging import Reading, query_of
from app.api.shapes import page_of
from app.problems import Problem
from app.services import mapping_approvals, mapping_plans, mapping_publish, mapping_revisions
from app.services.mapping_outdated import Outdated
from app.stores.listings import page
from app.stores.mapping_plans import PLAN_LIST, ROW_LIST, rows_of

mapping_plans_face = Face(
    "mapping plans",
    "What publishing a draft of the role mapping would do, person by person. A plan is published as it was seen, or "
    "not at all.",
)
_USUAL = ("not-found", "conflict")
_OWNERS = "One of its `needs` is `owner`: rules make Account Owners, or no longer do."


@mapping_plans_face.operation(
    "POST",
    "/mapping/drafts/<draft>/plan",
    scope="access:write",
    body=Reason,
    answer=PlanShape,
    status=201,
    example={"reason": "Ticket 4711"},
    reads=True,
    refusals=_USUAL,
)
def plan_draft(call: Call, body: dict[str, Any], draft: str) -> Shown:
    """Plan a draft.

    Looks at everybody and keeps what would change, row by row: see `…/rows`. Nobody's access changes.
    """
    made = mapping_plans.make_plan(*call.here, draft, body.get("reason", ""))
    return Shown(made, f"/mapping/plans/{made.id}")


@mapping_plans_face.operation(
    "POST",
    "/mapping/resume",
    scope="access:write",
    body=RuleOrAll,
    answer=PlanShape,
    status=201,
    example={"reason": "The directory is back."},
    reads=True,
    refusals=_USUAL,
)
def plan_resuming(call: Call, body: dict[str, Any]) -> Shown:
    """Plan to resume a rule, or the whole mapping.

    What moved meanwhile is made up for when the plan is published.
    """
    made = mapping_publish.plan_resuming(*call.here, body.get("rule"), body.get("reason", ""))
    return Shown(made, f"/mapping/plans/{made.id}")


@mapping_plans_face.operation(
    "POST",
    "/mapping/release",
    scope="access:write",
    body=Reason,
    answer=PlanShape,
    status=201,
    example={"reason": "The new team is meant."},
    reads=True,
    refusals=_USUAL,
)
def plan_release(call: Call, body: dict[str, Any]) -> Shown:
    """Plan what is held.

    Groups that came to a pattern since the last publish, and would give too many people something by their names
    alone, or a privileged role. The plan shows what they give once it is published.
    """
    made = mapping_plans.plan_release(*call.here, body.get("reason", ""))
    return Shown(made, f"/mapping/plans/{made.id}")


@mapping_plans_face.operation(
    "GET",
    "/mapping/plans",
    scope="access:read",
    query=query_of(PLAN_LIST, "PlanQuery"),
    answer=page_of(PlanHead),
)
def list_plans(call: Call, query: dict[str, Any]) -> Shown:
    """List plans.

    Of those that came to nothing, the latest.
    """
    reading = Reading(call, query)
    found = page(call.caller.session, PLAN_LIST, call.caller.account_id, reading.wanted)
    return reading.shown(found.rows, found.next)


@mapping_plans_face.operation(
    "GET", "/mapping/plans/<plan>", scope="access:read", answer=PlanShape, refusals=("not-found",)
)
def get_plan(call: Call, plan: str) -> Shown:
    """Read a plan.

    What it comes to, why a second Account Owner is needed, and what became of it.
    """
    return Shown(mapping_plans.get_plan(*call.here, plan))


@mapping_plans_face.operation(
    "GET",
    "/mapping/plans/<plan>/rows",
    scope="access:read",
    query=query_of(ROW_LIST, "PlanRowQuery"),
    answer=page_of(PlanRow),
    refusals=("not-found",),
)
def list_plan_rows(call: Call, query: dict[str, Any], plan: str) -> Shown:
    """List the rows of a plan.

    Each is one thing that one person would gain or lose, with the rule that does it. What is privileged comes first.
    """
    found = mapping_plans.get_plan(*call.here, plan)
    reading = Reading(call, query)
    rows = rows_of(*call.here, found.id, reading.wanted)
    return reading.shown(rows.rows, rows.next)


@mapping_plans_face.operation(
    "POST",
    "/mapping/plans/<plan>/approve",
    scope="access:write",
    body=Reason,
    answer=PlanShape,
    example={"reason": "Looks right."},
    current=get_plan,
    refusals=_USUAL,
    step_up=_OWNERS,
)
def approve_plan(call: Call, body: dict[str, Any], plan: str) -> Shown:
    """Approve a plan.

    Only a person may, as `Muster-Actor` names them: an Account Owner who wrote no rules of it and did not plan it, and
    whose own access it does not change.
    """
    return Shown(mapping_approvals.approve_plan(*call.here, plan, body.get("reason", "")))


@mapping_plans_face.operation(
    "POST",
    "/mapping/plans/<plan>/reject",
    scope="access:write",
    body=Reason,
    answer=PlanShape,
    example={"reason": "Analysts must keep the archive."},
    current=get_plan,
    refusals=_USUAL,
)
def reject_plan(call: Call, body: dict[str, Any], plan: str) -> Shown:
    """Reject a plan.

    Its draft stays, to be changed and planned again.
    """
    return Shown(mapping_approvals.reject_plan(*call.here, plan, body.get("reason", "")))


@mapping_plans_face.operation(
    "POST",
    "/mapping/plans/<plan>/publish",
    scope="access:write",
    answer=RevisionShape,
    current=get_plan,
    refusals=(*_USUAL, "plan-outdated", "approval-needed"),
    step_up=_OWNERS,
)
def publish_plan(call: Call, plan: str) -> Shown:
    """Publish a plan.

    Everybody has what the rules say from the moment of the answer on. If the plan would mean anything else by now,
    nothing is published: a new plan is made, and the refusal names it and what is different.
    """
    done = mapping_publish.publish_plan(*call.here, plan)
    if isinstance(done, Outdated):
        # The new plan stays, although the answer is a refusal.
        call.caller.session.commit()
        _refuse(done)
    return Shown(mapping_revisions.get_revision(*call.here, done.revision))


def _refuse(found: Outdated) -> NoReturn:
    raise Problem(
        "plan-outdated",
        f"{found.why}: {found.rows}. Nothing was published; look at the new plan, and publish that",
        plan=found.plan.id,
        new_rows=rows_shown(found.more),
        new_rows_in_all=found.more_in_all,
        gone_rows=rows_shown(found.fewer),
        gone_rows_in_all=found.fewer_in_all,
    )
