"""/console/mapping/plans: what publishing would do, person by person, as computed; and whether it still holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, request

from app.services import mapping_drafts, mapping_freshness, mapping_plans
from app.services.errors import ServiceError
from app.services.mapping_plans import Plan
from app.services.mapping_resolution import InvalidMapping
from app.stores.mapping_plans import APPROVED, OPEN, ROW_LIST, rows_of
from app.web import who
from app.web.console import exporting, forms, lists, mapping_parts, shell
from app.web.console.forms import Form
from app.web.console.lists import Choice, Column, Table
from app.web.console.mapping_draft import shown as draft_page
from app.web.console.mapping_lists import Listed
from app.web.tools import tools

mapping_plan_face = shell.console_face("console_mapping_plans")
_CHANGES = ("gained", "lost", "sooner", "later")
_STANDINGS = ("new", "nothing")


@mapping_plan_face.page("GET", "/console/mapping/drafts/<draft>/effect", needs="owner")
def show_effect(draft: str) -> Response:
    """What publishing a draft would do by now: computed as it is asked for, and kept nowhere."""
    here = shell.here()
    found = mapping_drafts.get_draft(*here, draft)
    effect = None
    if not found.problems:
        try:
            effect = mapping_plans.effect_of(*here, found.document)
        except InvalidMapping:
            effect = None  # it went wrong between the two looks at it; the page says what is wrong when asked again
    return mapping_parts.show("effect.html", draft=found, effect=effect)


@mapping_plan_face.page("POST", "/console/mapping/drafts/<draft>/plan", needs="owner", reads=True)
def plan_draft(draft: str) -> Response:
    """Look at everybody and keep what would change, so that it can be looked through, approved and published."""
    values = forms.sent()
    try:
        made = mapping_plans.make_plan(*shell.here(), draft, values.get("reason", "")[:1000])
    except ServiceError as error:
        form = Form(values, {}, shell.words_of(error), shell.status_of(error))
        return draft_page(mapping_drafts.get_draft(*shell.here(), draft), form)
    return shell.go(f"/console/mapping/plans/{made.id}", done="mapping_planned")


@mapping_plan_face.page("GET", "/console/mapping/plans/<plan>", needs="owner")
def show_plan(plan: str) -> Response:
    """A plan, with a page of its rows; after it was made anew, with what is different."""
    here = shell.here()
    found = mapping_plans.get_plan(*here, plan)
    wish = lists.asked(rows_table(found))
    if exporting.is_wanted():
        return exporting.export(wish)
    since = request.args.get("since")
    return mapping_parts.show(
        "plan.html",
        plan=found,
        page=lists.page(wish),
        since=None if since is None else mapping_freshness.differences(*here, since, found.id),
        is_mine=who.person().user_id in found.people_behind,
        is_open=found.state in (OPEN, APPROVED),
        address=f"{tools().base_url}/console/mapping/plans/{found.id}",
    )


@mapping_plan_face.page("GET", "/console/mapping/plans/<plan>/now", needs="owner")
def show_freshness(plan: str) -> Response:
    """Whether a plan would still do what it says; everybody is looked at again for that."""
    here = shell.here()
    found = mapping_plans.get_plan(*here, plan)
    now = mapping_freshness.freshness(*here, found) if found.state in (OPEN, APPROVED) else None
    return mapping_parts.show("freshness.html", plan=found, now=now)


@mapping_plan_face.page("POST", "/console/mapping/plans/<plan>/again", needs="owner", reads=True)
def plan_again(plan: str) -> Response:
    """Make the same plan of the data as they are now, and show what is different."""
    here = shell.here()
    found = mapping_plans.get_plan(*here, plan)
    if found.draft_id is not None:
        made = mapping_plans.make_plan(*here, found.draft_id, found.reason)
    else:
        made = mapping_plans.plan_resuming(*here, found.reason)
    return shell.go(f"/console/mapping/plans/{made.id}", done="mapping_planned", since=found.id)


def rows_table(plan: Plan) -> Table:
    """The rows of a plan as a list."""
    listing = replace(ROW_LIST, rows=ROW_LIST.rows.params({"in_account": who.person().account_id, "plan": plan.id}))
    return Table(
        "mapping.rows",
        f"/console/mapping/plans/{plan.id}",
        Listed(listing, lambda session, account_id, wanted: rows_of(session, account_id, plan.id, wanted)),
        (
            Column("person", lambda one: one.user_name),
            Column("change", lambda one: one.change),
            Column("what", _what),
            Column("rule", lambda one: one.rule_name),
            Column("group", lambda one: one.group_name),
            Column("ends", lambda one: one.expires),
            Column("standing", lambda one: one.standing, usual=False),
            Column("privileged", lambda one: "yes" if one.privileged else "no", usual=False),
        ),
        lists.containing("user_name", "role", "rule", "group"),
        (
            Choice("change", {one: f'change eq "{one}"' for one in _CHANGES}),
            Choice("standing", {one: f'standing eq "{one}"' for one in _STANDINGS}),
            Choice("privileged", {"yes": "privileged eq true", "no": "privileged eq false"}),
        ),
    )


def _what(row: Any) -> str:
    """What it is about, for a file."""
    if row.is_home:
        return f"home: {row.unit_key}"
    place = "" if row.reach == "account" else f" in {row.unit_key}{' and below' if row.reach == 'subtree' else ''}"
    return f"{row.role_name or 'works'}{place}"
