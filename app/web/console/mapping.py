"""/console/mapping: the rules in force, drawn and listed; and one of them with all that is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response

from app.services import account_settings, mapping_drafts, mapping_picture
from app.services.errors import NotFound, ServiceError
from app.services.mapping_picture import Picture, PublishedRule
from app.web.console import exporting, lists, mapping_flow, mapping_parts, shell
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.console.mapping_flow import PATH, Wish
from app.web.console.mapping_lists import RULE_TYPES, RuleRow
from rbac.patterns import folded

mapping_face = shell.console_face("console_mapping")
_STATES = ("active", "paused", "orphaned")
_TYPES = {**RULE_TYPES, "id": "string", "state": "string", "role": "string"}


@dataclass(frozen=True, slots=True)
class InForce:
    """A published rule as the list has it."""

    found: PublishedRule
    row: RuleRow
    roles: str

    def record(self) -> dict[str, Any]:
        """What a filter may ask of it."""
        more = {"id": self.found.id, "state": self.found.state, "role": self.roles}
        return self.row.record() | more


@mapping_face.page("GET", "/console/mapping", needs="owner")
def show_mapping() -> Response:
    """The rules in force: who gets what from where, as a drawing and as a list."""
    found = _picture()
    wish = lists.asked(rules_table(found))
    if exporting.is_wanted():
        return exporting.export(wish)
    drawn = mapping_flow.drawn(mapping_flow.asked())
    return mapping_parts.show("mapping.html", picture=found, drawn=drawn, page=lists.page(wish))


@mapping_face.page("GET", "/console/mapping/flow", needs="owner")
def show_flow() -> Response:
    """The drawing by itself: everybody who has something by a rule is counted for it."""
    flow = mapping_flow.flowing(_picture(counted=True), mapping_flow.asked())
    return mapping_parts.show("flow.html", flow=flow)


@mapping_face.page("GET", "/console/mapping/rules/<rule>", needs="owner")
def show_rule(rule: str) -> Response:
    """One rule in force: what it says, who has what by it, and what can be done about it."""
    found = _picture()
    one = next((one for one in found.rules if one.id == rule), None)
    if one is None:
        raise NotFound(f"there is no mapping rule {rule[:100]!r}", "rule", rule)
    drawn = mapping_flow.drawn(Wish("rule", rule))
    return mapping_parts.show("published_rule.html", found=one, drawn=drawn)


@mapping_face.page("POST", "/console/mapping/rules/<rule>/edit", needs="owner")
def edit_rule(rule: str) -> Response:
    """Begin a draft with the rules in force, and go to this one in it."""
    return _into_draft(rule, "mapping.rule.draft.change", remove=False)


@mapping_face.page("POST", "/console/mapping/rules/<rule>/end", needs="owner")
def end_rule(rule: str) -> Response:
    """Begin a draft without this rule. Nobody loses anything before that is planned and published."""
    return _into_draft(rule, "mapping.rule.draft.end", remove=True)


def _into_draft(rule: str, title: str, *, remove: bool) -> Response:
    one = next((one for one in _picture().rules if one.id == rule), None)
    if one is None:
        raise NotFound(f"there is no mapping rule {rule[:100]!r}", "rule", rule)
    here, name = shell.here(), str(one.rule["name"])
    called = mapping_parts.plain(title, name=name)[: mapping_drafts.MOST_TITLE]
    made = mapping_drafts.create_draft(*here, called)
    if not remove:
        return shell.go(f"/console/mapping/drafts/{made.id}/rules/{one.number}")
    rules = [rule for number, rule in enumerate(made.document["rules"], 1) if number != one.number]
    try:
        mapping_drafts.edit_draft(*here, made.id, document={**made.document, "rules": rules})
    except ServiceError as error:
        return shell.refused(error)
    return shell.go(f"/console/mapping/drafts/{made.id}", done="mapping_draft_made")


def _picture(*, counted: bool = False) -> Picture:
    here = shell.here()
    paused = account_settings.get_settings(*here).mapping_paused
    return mapping_picture.picture(*here, paused, counted=counted)


def rules_table(found: Picture) -> Table:
    """The rules in force as a list."""
    rows = [
        InForce(one, RuleRow(one.number, one.rule), "\n".join(sorted(found.roles[id] for id in one.role_ids)))
        for one in found.rules
    ]
    roles = sorted({found.roles[id] for one in found.rules for id in one.role_ids}, key=folded)
    labels = sorted({label for one in rows for label in one.row.labels}, key=folded)
    choices = [Choice("state", {one: f'state eq "{one}"' for one in _STATES})]
    choices.append(Choice("role", {one: f"role co {lists.literal(one)}" for one in roles}, {one: one for one in roles}))
    if labels:
        choices.append(
            Choice("label", {one: f"labels co {lists.literal(one)}" for one in labels}, {one: one for one in labels})
        )
    return Table(
        "mapping.rules",
        PATH,
        AtHand(
            lambda *_: rows,
            InForce.record,
            _TYPES,
            {
                "number": lambda one: one.row.number,
                "name": lambda one: folded(one.row.name),
                "revision": lambda one: one.found.revision,
            },
        ),
        (
            Column("name", lambda one: one.row.name, "name"),
            Column("whom", lambda one: one.row.whom),
            Column("gives", lambda one: ", ".join(one.row.gives)),
            Column("owner", lambda one: one.row.rule.get("owner")),
            Column("state", lambda one: one.found.state),
            Column("labels", lambda one: ", ".join(one.row.labels), usual=False),
            Column("number", lambda one: one.row.number, "number", usual=False),
            Column("revision", lambda one: one.found.revision, "revision", usual=False),
            Column("acts", lambda one: ""),
        ),
        lists.containing("name", "whom", "gives", "labels"),
        tuple(choices),
    )
