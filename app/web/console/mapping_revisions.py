"""/console/mapping/revisions: every publish with its reason, its approver and what it did; compared and restored."""

from __future__ import annotations

from flask import Response, request

from app.services import mapping_revisions
from app.services.errors import NotFound, ServiceError
from app.stores.mapping_revisions import REVISION_LIST
from app.stores.mapping_rules import latest_revision
from app.web.console import exporting, lists, mapping_parts, shell
from app.web.console.lists import Column, Table
from app.web.console.mapping_lists import Listed, RuleRow

mapping_revisions_face = shell.console_face("console_mapping_revisions")

REVISIONS = Table(
    "mapping.revisions",
    "/console/mapping/revisions",
    Listed(REVISION_LIST),
    (
        Column("number", lambda one: one.number, "number"),
        Column("published", lambda one: one.published),
        Column("author", lambda one: one.author),
        Column("approver", lambda one: one.approver),
        Column("reason", lambda one: one.reason),
        Column("restored", lambda one: one.restored_from, usual=False),
        Column("acts", lambda one: ""),
    ),
    lists.containing("author", "approver", "reason"),
    newest_first=True,
    onward=("/console/mapping/drafts", "mapping.drafts.title"),
)


@mapping_revisions_face.page("GET", "/console/mapping/revisions", needs="owner")
def show_revisions() -> Response:
    """All revisions, the latest first."""
    wish = lists.asked(REVISIONS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return mapping_parts.show("revisions.html", page=lists.page(wish), latest=latest_revision(*shell.here()))


@mapping_revisions_face.page("GET", "/console/mapping/revisions/<revision>", needs="owner")
def show_revision(revision: str) -> Response:
    """One revision: who, why, what it changed in the rules, and what that did."""
    here = shell.here()
    found = mapping_revisions.get_revision(*here, number_of(revision))
    rules = [RuleRow(number, rule) for number, rule in enumerate(found.document["rules"], 1)]
    return mapping_parts.show("revision.html", found=found, rules=rules, latest=latest_revision(*here))


@mapping_revisions_face.page("GET", "/console/mapping/compare", needs="owner")
def compare_revisions() -> Response:
    """What one revision says otherwise than another; 0 is the empty mapping before the first."""
    here = shell.here()
    before, after = (number_of(request.args.get(name, "0")) for name in ("before", "after"))
    changes = mapping_revisions.compare_revisions(*here, before, after)
    latest = latest_revision(*here)
    return mapping_parts.show("compare.html", before=before, after=after, changes=changes, latest=latest)


@mapping_revisions_face.page("POST", "/console/mapping/revisions/<revision>/restore", needs="owner")
def restore_revision(revision: str) -> Response:
    """Make a draft of what a revision said; it is planned and published like any other."""
    number = number_of(revision)
    title = mapping_parts.plain("mapping.revision.draft", number=number)
    try:
        made = mapping_revisions.restore(*shell.here(), number, title)
    except ServiceError as error:
        return shell.refused(error)
    return shell.go(f"/console/mapping/drafts/{made.id}", done="mapping_draft_made")


def number_of(text: str) -> int:
    """The number of a revision. Raises NotFound."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFound(f"there is no revision {text[:20]!r}", "revision", text)
    return int(text)
