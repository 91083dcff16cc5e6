"""/console/mapping/health: what is wrong with the rules in force, or may be, and the step that puts it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, request

from app.services import mapping_health, mapping_plans, rebinding
from app.services.errors import ServiceError
from app.services.mapping_findings import Finding
from app.services.rebinding import Offer
from app.stores import mapping_rules
from app.stores.mapping_health import SHAPE, unmapped_listing
from app.web.console import exporting, forms, lists, mapping_parts, shell
from app.web.console.forms import Form
from app.web.console.lists import Choice, Column, Table
from app.web.console.mapping_lists import Listed
from app.web.texts import TEXTS
from rbac.mapping import Rule

mapping_health_face = shell.console_face("console_mapping_health")
_KNOWN = frozenset({"near_miss", "unmatched", "ambiguous"})
"""About a group that has no rule yet: one may be made for it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with what helps: the rule's id, the groups that may have come in place of a lost one."""

    found: Finding
    rule_id: str | None
    is_paused: bool
    offer: Offer | None

    @property
    def is_known(self) -> bool:
        """Whether there are words for its kind."""
        return f"mapping.health.kind.{self.found.kind}" in TEXTS

    @property
    def makes_rule(self) -> bool:
        """Whether a rule for the group may be what it lacks."""
        return self.found.kind in _KNOWN and self.found.group_id is not None


UNMAPPED = Table(
    "mapping.unmapped",
    "/console/mapping/unmapped",
    Listed(SHAPE, mapping_health.unmapped_groups, lambda _, account_id: unmapped_listing(account_id)),
    (
        Column("name", lambda one: one.display_name, "display_name"),
        Column("members", lambda one: one.member_count, "size"),
        Column("directory", lambda one: one.directory),
        Column("external_id", lambda one: one.external_id, usual=False),
        Column("created", lambda one: one.created, "created"),
        Column("acts", lambda one: ""),
    ),
    lists.containing("display_name"),
    (Choice("size", {"some": "member_count gt 0", "none": "member_count eq 0"}),),
    onward=("/console/mapping", "mapping.title"),
)


@mapping_health_face.page("GET", "/console/mapping/health", needs="owner")
def show_health() -> Response:
    """The board; it is filled once everybody was looked at."""
    return mapping_parts.show("health.html")


@mapping_health_face.page("GET", "/console/mapping/health/board", needs="owner")
def show_board() -> Response:
    """Everything that is wrong, or may be, the worst first, each with what to do."""
    here = shell.here()
    board = mapping_health.health(*here)
    rules = {one.name: one for one in mapping_rules.all_rules(*here).rules.rules}
    offers = {one.rule: one for one in rebinding.offers(*here)}
    shown = [_shown(one, rules, offers) for one in board.findings]
    kinds = {
        severity: [one for one in shown if one.found.severity == severity]
        for severity in ("error", "warning", "notice")
    }
    return mapping_parts.show("board.html", board=board, kinds=kinds)


def _shown(found: Finding, rules: dict[str, Rule], offers: dict[str, Offer]) -> Shown:
    rule = rules.get(found.rule or "")
    offer = offers.get(found.rule or "") if found.kind == "orphaned" else None
    return Shown(found, None if rule is None else rule.id, rule is not None and rule.paused, offer)


@mapping_health_face.page("POST", "/console/mapping/health/rebind", needs="owner")
def rebind() -> Response:
    """Make a draft in which a rule that has lost its group has another one."""
    values = forms.sent()
    try:
        made = rebinding.draft(*shell.here(), values.get("rule", ""), values.get("group") or None)
    except ServiceError as error:
        return shell.refused(error)
    return shell.go(f"/console/mapping/drafts/{made.id}", done="mapping_draft_made")


@mapping_health_face.page("GET", "/console/mapping/release", needs="owner")
def ask_to_release() -> Response:
    """What is held, and what it means to plan that."""
    return _held(Form())


@mapping_health_face.page("POST", "/console/mapping/release", needs="owner", reads=True)
def release() -> Response:
    """Plan what is held: groups that came to a pattern by their names and would give more than nobody has seen."""
    try:
        made = mapping_plans.plan_release(*shell.here(), request.form.get("reason", "").strip()[:1000])
    except ServiceError as error:
        return _held(Form(forms.sent(), {}, shell.words_of(error), shell.status_of(error)))
    return shell.go(f"/console/mapping/plans/{made.id}", done="mapping_planned")


def _held(form: Form) -> Response:
    loaded = mapping_rules.all_rules(*shell.here())
    names = {rule.id: rule.name for rule in loaded.rules.rules}
    held: Sequence[tuple[str, str, str]] = [
        (names[one.rule_id], one.group.name, one.held) for one in loaded.bindings if one.held is not None
    ]
    return mapping_parts.show("release.html", status=form.status, waiting=held, form=form)


@mapping_health_face.page("GET", "/console/mapping/unmapped", needs="owner")
def show_unmapped() -> Response:
    """Groups that no rule covers, the largest first; each is one step from a rule."""
    wish = lists.asked(UNMAPPED)
    if exporting.is_wanted():
        return exporting.export(wish)
    return mapping_parts.show("unmapped.html", page=lists.page(wish))
