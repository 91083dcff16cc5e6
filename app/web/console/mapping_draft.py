"""/console/mapping/drafts: rules being prepared, what they say otherwise than those in force, and their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from app.services import mapping_drafts
from app.services.errors import NotFound, ServiceError
from app.services.mapping_drafts import Draft
from app.stores.mapping_drafts import DRAFT_LIST
from app.stores.mapping_plans import PLAN_LIST
from app.web.console import exporting, forms, lists, mapping_parts, shell
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.console.mapping_lists import RULE_TYPES, Listed, RuleRow
from rbac.patterns import folded

mapping_draft_face = shell.console_face("console_mapping_drafts")

DRAFTS = Table(
    "mapping.drafts",
    "/console/mapping/drafts",
    Listed(DRAFT_LIST),
    (
        Column("title", lambda one: one.title),
        Column("base", lambda one: one.base_revision),
        Column("author", lambda one: one.author),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("modified", lambda one: one.modified, "modified"),
    ),
    lists.containing("title", "author"),
    newest_first=True,
)
PLANS = Table(
    "mapping.plans",
    "/console/mapping/plans",
    Listed(PLAN_LIST),
    (
        Column("created", lambda one: one.created, "created"),
        Column("state", lambda one: one.state),
        Column("author", lambda one: one.author),
        Column("reason", lambda one: one.reason),
        Column("needs", lambda one: ", ".join(need["kind"] for need in one.needs)),
        Column("decided", lambda one: one.decided_by),
        Column("revision", lambda one: one.revision),
    ),
    lists.containing("author"),
    (
        Choice(
            "state",
            {one: f'state eq "{one}"' for one in ("open", "approved", "rejected", "published", "outdated")},
        ),
    ),
    newest_first=True,
    onward=("/console/mapping/drafts", "mapping.drafts.title"),
)


@mapping_draft_face.page("GET", "/console/mapping/drafts", needs="owner")
def show_drafts() -> Response:
    """All drafts, the latest changed first."""
    wish = lists.asked(DRAFTS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return mapping_parts.show("drafts.html", page=lists.page(wish), form=Form())


@mapping_draft_face.page("GET", "/console/mapping/plans", needs="owner")
def show_plans() -> Response:
    """All plans, the latest first: also those that somebody else has to approve."""
    wish = lists.asked(PLANS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return mapping_parts.show("plans.html", page=lists.page(wish))


@mapping_draft_face.page("POST", "/console/mapping/drafts", needs="owner")
def create_draft() -> Response:
    """Begin a draft, with what is published or with nothing."""
    values = forms.sent()
    document: dict[str, Any] | None = {"rules": []} if values.get("from") == "nothing" else None
    try:
        made = mapping_drafts.create_draft(*shell.here(), values.get("title", ""), document)
    except ServiceError as error:
        wish, form = lists.asked(DRAFTS), forms.refused(values, error)
        return mapping_parts.show("drafts.html", status=form.status, page=lists.page(wish), form=form)
    return shell.go(f"/console/mapping/drafts/{made.id}", done="mapping_draft_made")


@mapping_draft_face.page("GET", "/console/mapping/drafts/<draft>", needs="owner")
def show_draft(draft: str) -> Response:
    """A draft: its rules, what is wrong with it, what it changes, and at once what that would do."""
    found = mapping_drafts.get_draft(*shell.here(), draft)
    wish = lists.asked(rules_table(found))
    if exporting.is_wanted():
        return exporting.export(wish)
    return shown(found, Form())


def shown(found: Draft, form: Form) -> Response:
    """The page of a draft, with a form that was refused."""
    wish = lists.asked(rules_table(found))
    plans = lists.Asked(PLANS, "", f'draft_id eq "{found.id}"', {}, "-created", ())
    session, account_id = shell.here()
    latest, _ = PLANS.rows.read(session, account_id, plans.wanted(1))
    return mapping_parts.show(
        "draft.html",
        status=form.status,
        draft=found,
        page=lists.page(wish),
        plan=latest[0] if latest and latest[0].draft_version == found.version else None,
        last=len(found.document["rules"]),
        form=form,
    )


def rows_of(found: Draft) -> Sequence[RuleRow]:
    """The rules of a draft in their order."""
    changes = {folded(name): "added" for name in found.changes.added}
    changes |= {folded(one.name): "changed" for one in found.changes.changed}
    return [
        RuleRow(number, rule, changes.get(folded(str(rule.get("name", ""))), "same"))
        for number, rule in enumerate(found.document["rules"], 1)
    ]


def rules_table(found: Draft) -> Table:
    """The rules of a draft as a list."""
    rows = rows_of(found)
    return Table(
        "mapping.rules",
        f"/console/mapping/drafts/{found.id}",
        AtHand(
            lambda *_: rows,
            RuleRow.record,
            RULE_TYPES,
            {"number": lambda one: one.number, "name": lambda one: folded(one.name)},
        ),
        (
            Column("name", lambda one: one.name, "name"),
            Column("number", lambda one: one.number, "number"),
            Column("whom", lambda one: one.whom),
            Column("gives", lambda one: ", ".join(one.gives)),
            Column("owner", lambda one: one.rule.get("owner"), usual=False),
            Column("labels", lambda one: ", ".join(one.labels), usual=False),
            Column("change", lambda one: one.change, usual=False),
            Column("acts", lambda one: ""),
        ),
        lists.containing("name", "whom", "gives", "labels"),
        (Choice("change", {one: f'change eq "{one}"' for one in ("added", "changed", "same")}),),
    )


@mapping_draft_face.page("POST", "/console/mapping/drafts/<draft>/title", needs="owner")
def rename_draft(draft: str) -> Response:
    """Call a draft otherwise."""
    values = forms.sent()
    try:
        mapping_drafts.edit_draft(*shell.here(), draft, title=values.get("title", ""))
    except ServiceError as error:
        return shown(mapping_drafts.get_draft(*shell.here(), draft), forms.refused(values, error))
    return shell.go(f"/console/mapping/drafts/{draft}", done="mapping_draft_saved")


@mapping_draft_face.page("GET", "/console/mapping/drafts/<draft>/delete", needs="owner")
def ask_to_delete(draft: str) -> Response:
    """What goes with a draft."""
    return mapping_parts.show("draft_delete.html", draft=mapping_drafts.get_draft(*shell.here(), draft))


@mapping_draft_face.page("POST", "/console/mapping/drafts/<draft>/delete", needs="owner")
def delete_draft(draft: str) -> Response:
    """Forget a draft."""
    mapping_drafts.delete_draft(*shell.here(), draft)
    return shell.go("/console/mapping/drafts", done="mapping_draft_deleted")


@mapping_draft_face.page("POST", "/console/mapping/drafts/<draft>/rebase", needs="owner")
def rebase_draft(draft: str) -> Response:
    """Put a draft onto what is published now; rules that both have changed are named."""
    found, conflicts = mapping_drafts.rebase_draft(*shell.here(), draft)
    if conflicts:
        return mapping_parts.show("rebased.html", draft=found, conflicts=conflicts)
    return shell.go(f"/console/mapping/drafts/{draft}", done="mapping_draft_rebased")


@mapping_draft_face.page("POST", "/console/mapping/drafts/<draft>/rules/<number>/remove", needs="owner")
def remove_rule(draft: str, number: str) -> Response:
    """Take a rule out of a draft. Nobody loses anything before that is planned and published."""
    rules, place = _rules_at(draft, number)
    return _write(draft, [*rules[:place], *rules[place + 1 :]], "mapping_rule_removed")


@mapping_draft_face.page("POST", "/console/mapping/drafts/<draft>/rules/<number>/move", needs="owner")
def move_rule(draft: str, number: str) -> Response:
    """Put a rule in another place: the first one that says where somebody is at home decides."""
    rules, place = _rules_at(draft, number)
    wanted = request.form.get("to", "")
    moved = rules.pop(place)
    rules.insert(max(0, int(wanted[:9]) - 1) if wanted.isascii() and wanted.isdigit() else place, moved)
    return _write(draft, rules, "mapping_rule_moved")


def _rules_at(draft: str, number: str) -> tuple[list[dict[str, Any]], int]:
    rules = list(mapping_drafts.get_draft(*shell.here(), draft).document["rules"])
    return rules, place_of(number, len(rules))


def place_of(number: str, length: int) -> int:
    """The place of a rule, from 0. Raises NotFound."""
    if not number.isascii() or not number.isdigit() or not 1 <= int(number[:9]) <= length:
        raise NotFound(f"this draft has no rule {number[:20]!r}", "rule", number)
    return int(number[:9]) - 1


def _write(draft: str, rules: Sequence[Mapping[str, Any]], done: str) -> Response:
    """What came of an act on the page as somebody saw it; whoever saw an older one is told so."""
    session, account_id = shell.here()
    before = mapping_drafts.find_row(session, account_id, draft).document
    seen = forms.sent().get("version", "")
    version = int(seen[:9]) if seen.isascii() and seen.isdigit() else 0
    mapping_drafts.edit_draft(session, account_id, draft, document={**before, "rules": rules}, version=version)
    return shell.go(f"/console/mapping/drafts/{draft}", done=done)
