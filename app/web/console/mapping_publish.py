"""Deciding about a plan: approved or rejected by a second pair of eyes, published as it was seen; and the pause."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from app.services import account_settings, mapping_approvals, mapping_plans, mapping_publish
from app.services.errors import NotFound, ServiceError
from app.services.mapping_outdated import Outdated
from app.services.mapping_plans import Plan
from app.services.mapping_rights import ApprovalNeeded
from app.session import Session
from app.stores import mapping_rules
from app.web import who
from app.web.console import acts, forms, mapping_parts, shell
from app.web.console.forms import Form

mapping_publish_face = shell.console_face("console_mapping_publish")
_MOST_REASON = 1000


@mapping_publish_face.page("GET", "/console/mapping/plans/<plan>/approve", needs="owner", step_up=True)
def ask_to_approve(plan: str) -> Response:
    """What an approval is for."""
    return _ask(plan, "approve", Form())


@mapping_publish_face.page("POST", "/console/mapping/plans/<plan>/approve", needs="owner", step_up=True)
def approve(plan: str) -> Response:
    """Approve as a second Account Owner; the service refuses whoever is none."""
    return _decide(plan, "approve", mapping_approvals.approve_plan)


@mapping_publish_face.page("GET", "/console/mapping/plans/<plan>/reject", needs="owner")
def ask_to_reject(plan: str) -> Response:
    """What it means to reject a plan."""
    return _ask(plan, "reject", Form())


@mapping_publish_face.page("POST", "/console/mapping/plans/<plan>/reject", needs="owner")
def reject(plan: str) -> Response:
    """Reject a plan; its draft stays."""
    return _decide(plan, "reject", mapping_approvals.reject_plan)


@mapping_publish_face.page("GET", "/console/mapping/plans/<plan>/publish", needs="owner", step_up=True)
def ask_to_publish(plan: str) -> Response:
    """What will be true the moment it is published."""
    return _ask(plan, "publish", Form())


@mapping_publish_face.page("POST", "/console/mapping/plans/<plan>/publish", needs="owner", step_up=True)
def publish(plan: str) -> Response:
    """Publish a plan as it was seen, or lead to the new one that says what is different by now."""
    here = shell.here()
    try:
        done = mapping_publish.publish_plan(*here, plan)
    except ServiceError as error:
        needs = error.needs if isinstance(error, ApprovalNeeded) else ()
        form = Form({}, {need.kind: need.detail for need in needs}, shell.words_of(error), shell.status_of(error))
        return _ask(plan, "publish", form)
    if isinstance(done, Outdated):
        return shell.go(f"/console/mapping/plans/{done.plan.id}", done="mapping_outdated", since=done.outdated)
    return shell.go(f"/console/mapping/revisions/{done.revision}", done="mapping_published")


def _ask(plan: str, act: str, form: Form) -> Response:
    found = mapping_plans.get_plan(*shell.here(), plan)
    return mapping_parts.show(
        "decide.html",
        status=form.status,
        plan=found,
        act=act,
        form=form,
        is_mine=who.person().user_id in found.people_behind,
    )


def _decide(plan: str, act: str, decide: Callable[[Session, str, str, str], Plan]) -> Response:
    values = forms.sent()
    try:
        decide(*shell.here(), plan, values.get("reason", "")[:_MOST_REASON])
    except ServiceError as error:
        return _ask(plan, act, Form(values, {}, shell.words_of(error), shell.status_of(error)))
    return shell.go(f"/console/mapping/plans/{plan}", done=f"mapping_{act}")


@mapping_publish_face.page("GET", "/console/mapping/pause", needs="owner", step_up=True)
def ask_to_pause() -> Response:
    """What it means to pause a rule, or the whole mapping; or to let it go on."""
    form = acts.empty("rule", "reason")
    return _ask_to_pause(form.value("rule"), form)


@mapping_publish_face.page("POST", "/console/mapping/pause", needs="owner", step_up=True)
def pause() -> Response:
    """Let a rule, or the whole mapping, neither give nor take anything from now on."""
    values = forms.sent()
    rule = values.get("rule", "")
    if not values.get("reason"):
        return _ask_to_pause(rule, Form(values, {"reason": "mapping.pause.reason.missing"}, None, 422))
    try:
        mapping_publish.pause(*shell.here(), rule or None, values["reason"][:_MOST_REASON])
    except ServiceError as error:
        return _ask_to_pause(rule, Form(values, {}, shell.words_of(error), shell.status_of(error)))
    return shell.go("/console/mapping", done="mapping_paused")


@mapping_publish_face.page("POST", "/console/mapping/resume", needs="owner", reads=True)
def resume() -> Response:
    """Plan to let it go on: what moved meanwhile is made up for when that is published."""
    values = forms.sent()
    rule = values.get("rule", "")
    try:
        made = mapping_publish.plan_resuming(*shell.here(), rule or None, values.get("reason", "")[:_MOST_REASON])
    except ServiceError as error:
        return _ask_to_pause(rule, Form(values, {}, shell.words_of(error), shell.status_of(error)))
    return shell.go(f"/console/mapping/plans/{made.id}", done="mapping_planned")


def _ask_to_pause(reference: str, form: Form) -> Response:
    session, account_id = shell.here()
    rules = mapping_rules.all_rules(session, account_id).rules.rules
    found = next((one for one in rules if one.id == reference), None)
    if reference and found is None:
        raise NotFound(f"there is no mapping rule {reference[:100]!r}", "rule", reference)
    paused = account_settings.get_settings(session, account_id).mapping_paused is not None
    return mapping_parts.show(
        "pause.html",
        status=form.status,
        rule=found,
        is_paused=paused if found is None else found.paused,
        rules=len(rules),
        form=form,
    )
