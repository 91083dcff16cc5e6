"""/mapping: what is published, its revisions, drafts of what shall be, and the pause."""

from __future__ import annotations

from typing import Any

from app.api.face import Call, Face, Shown
from app.api.mapping_shapes import (
    DraftChange,
    DraftHead,
    DraftShape,
    MappingDifference,
    NewDraft,
    PausedShape,
    PublishedMapping,
    Reason,
    RebasedDraft,
    RevisionHead,
    RevisionShape,
    RuleOrAll,
    difference_shown,
    draft_shown,
)
from app.api.paging import Reading, query_of
from app.api.shapes import page_of
from app.problems import Problem
from app.services import account_settings, mapping_drafts, mapping_publish, mapping_revisions
from app.services.mapping_documents import published
from app.stores.listings import page
from app.stores.mapping_drafts import DRAFT_LIST
from app.stores.mapping_revisions import REVISION_LIST
from app.stores.mapping_rules import latest_revision

mapping_face = Face(
    "mapping",
    "Role mapping: which groups and which people get which roles. Drafts are planned, plans are approved and "
    "published, every publish is a revision.",
)
_USUAL = ("not-found", "conflict")
_DOCUMENT = {
    "rules": [
        {
            "name": "Marketing EMEA",
            "group": {"name": "MC Marketing"},
            "grants": [{"role": "Marketer", "unit": "emea", "children": True}],
        }
    ]
}
_DIFFERENCE = {"added": ["Marketing EMEA"], "removed": [], "changed": [], "reordered": False}
_DRAFT = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "title": "Marketing EMEA",
    "base_revision": 3,
    "restored_from": None,
    "author": "olivia@acme.example",
    "author_id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3e",
    "version": 1,
    "created": "2026-01-31T09:00:00.000Z",
    "modified": "2026-01-31T09:00:00.000Z",
    "document": _DOCUMENT,
    "latest_revision": 3,
    "problems": [],
    "changes": _DIFFERENCE,
}


@mapping_face.operation("GET", "/mapping", scope="access:read", answer=PublishedMapping)
def get_mapping(call: Call) -> Shown:
    """Read the published mapping.

    Groups by their ids; it can be published again as it stands, and then changes nothing.
    """
    paused = account_settings.get_settings(*call.here).mapping_paused
    return Shown({"revision": latest_revision(*call.here), "document": published(*call.here), "paused": paused})


@mapping_face.operation(
    "POST",
    "/mapping/pause",
    scope="access:write",
    body=RuleOrAll,
    answer=PausedShape,
    refusals=_USUAL,
    example={"reason": "The directory is being rebuilt."},
)
def pause_mapping(call: Call, body: dict[str, Any]) -> Shown:
    """Pause a rule, or the whole mapping.

    At once: whatever moves in the directories, nobody gains or loses anything by it. Nobody loses what they have.
    To resume, see `…/resume`.
    """
    number = mapping_publish.pause(*call.here, body.get("rule"), body.get("reason", ""))
    return Shown({"revision": number})


@mapping_face.operation(
    "GET",
    "/mapping/drafts",
    scope="access:read",
    query=query_of(DRAFT_LIST, "DraftQuery"),
    answer=page_of(DraftHead),
)
def list_drafts(call: Call, query: dict[str, Any]) -> Shown:
    """List drafts.

    Without their rules.
    """
    reading = Reading(call, query)
    found = page(call.caller.session, DRAFT_LIST, call.caller.account_id, reading.wanted)
    return reading.shown(found.rows, found.next)


@mapping_face.operation(
    "POST",
    "/mapping/drafts",
    scope="access:write",
    body=NewDraft,
    answer=DraftShape,
    status=201,
    example={"title": "Marketing EMEA", "document": _DOCUMENT},
    shows=_DRAFT,
    creates=True,
)
def create_draft(call: Call, body: dict[str, Any]) -> Shown:
    """Begin a draft.

    With rules, or with those that are published. It may be wrong: `problems` says what a plan would refuse.
    """
    made = mapping_drafts.create_draft(*call.here, body["title"], body.get("document"))
    return Shown(draft_shown(made), f"/mapping/drafts/{made.id}")


@mapping_face.operation(
    "GET", "/mapping/drafts/<draft>", scope="access:read", answer=DraftShape, shows=_DRAFT, refusals=("not-found",)
)
def get_draft(call: Call, draft: str) -> Shown:
    """Read a draft.

    With what it would change in the rules, and what is wrong with it.
    """
    return Shown(draft_shown(mapping_drafts.get_draft(*call.here, draft)))


@mapping_face.operation(
    "PATCH",
    "/mapping/drafts/<draft>",
    scope="access:write",
    body=DraftChange,
    answer=DraftShape,
    example={"title": "Marketing EMEA, with Iberia"},
    shows=_DRAFT | {"version": 2},
    current=get_draft,
    refusals=_USUAL,
)
def change_draft(call: Call, body: dict[str, Any], draft: str) -> Shown:
    """Change a draft.

    `document` replaces all rules. What was planned of the draft before is out of date then.
    """
    found = mapping_drafts.edit_draft(*call.here, draft, title=body.get("title"), document=body.get("document"))
    return Shown(draft_shown(found))


@mapping_face.operation("DELETE", "/mapping/drafts/<draft>", scope="access:write", current=get_draft, refusals=_USUAL)
def delete_draft(call: Call, draft: str) -> Shown:
    """Delete a draft.

    And what was planned of it.
    """
    mapping_drafts.delete_draft(*call.here, draft)
    return Shown()


@mapping_face.operation(
    "POST", "/mapping/drafts/<draft>/rebase", scope="access:write", answer=RebasedDraft, refusals=_USUAL
)
def rebase_draft(call: Call, draft: str) -> Shown:
    """Put a draft onto what is published now.

    Rule by rule, by name: what only the other publish has changed comes into the draft.
    """
    found, conflicts = mapping_drafts.rebase_draft(*call.here, draft)
    return Shown(draft_shown(found) | {"conflicts": conflicts})


@mapping_face.operation(
    "GET",
    "/mapping/revisions",
    scope="access:read",
    query=query_of(REVISION_LIST, "RevisionQuery"),
    answer=page_of(RevisionHead),
)
def list_revisions(call: Call, query: dict[str, Any]) -> Shown:
    """List revisions.

    Every publish, without its rules.
    """
    reading = Reading(call, query)
    found = page(call.caller.session, REVISION_LIST, call.caller.account_id, reading.wanted)
    return reading.shown(found.rows, found.next)


@mapping_face.operation(
    "GET", "/mapping/revisions/<revision>", scope="access:read", answer=RevisionShape, refusals=("not-found",)
)
def get_revision(call: Call, revision: str) -> Shown:
    """Read a revision.

    Its rules, what it changed in them, and what that did.
    """
    return Shown(mapping_revisions.get_revision(*call.here, _number(revision)))


@mapping_face.operation(
    "GET",
    "/mapping/revisions/<revision>/compare/<second>",
    scope="access:read",
    answer=MappingDifference,
    refusals=("not-found",),
)
def compare_revisions(call: Call, revision: str, second: str) -> Shown:
    """Compare two revisions.

    What the second one says otherwise than the first, field by field. 0 is the empty mapping.
    """
    found = mapping_revisions.compare_revisions(*call.here, _number(revision), _number(second))
    return Shown(difference_shown(found))


@mapping_face.operation(
    "POST",
    "/mapping/revisions/<revision>/restore",
    scope="access:write",
    body=Reason,
    answer=DraftShape,
    status=201,
    example={},
    creates=True,
    refusals=("not-found",),
)
def restore_revision(call: Call, body: dict[str, Any], revision: str) -> Shown:
    """Make a draft of what a revision said.

    It is planned, approved and published like any other; what is gone since is named by its `problems`.
    """
    made = mapping_revisions.restore(*call.here, _number(revision))
    return Shown(draft_shown(made), f"/mapping/drafts/{made.id}")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Problem("not-found", f"there is no revision {text!r}; revisions are numbered from 1")
    return int(text)
