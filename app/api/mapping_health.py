"""/mapping/health, …/orphans, …/unmapped-groups, …/simulate: what is wrong with the mapping, what it would do."""

from __future__ import annotations

from typing import Any

from app.api.face import Call, Face, Shown
from app.api.mapping_health_shapes import (
    GroupRemoval,
    Health,
    Orphans,
    Rebound,
    RemovedGroup,
    Simulated,
    Simulation,
    Suggested,
    UncoveredGroup,
)
from app.api.mapping_shapes import DraftShape, draft_shown
from app.api.paging import Paged, Reading, query_of
from app.api.parsing import invalid
from app.api.shapes import page_of
from app.problems import Place
from app.services import group_removal, mapping_drafts, mapping_health, mapping_simulation, rebinding, waiting_room
from app.services.simulated_people import Asked
from app.stores.mapping_health import SHAPE

mapping_health_face = Face(
    "mapping health",
    "What is wrong with the role mapping or may be, and what it would do. See [health.md](health.md).",
)
_USUAL = ("not-found", "conflict")
_MOST_PEOPLE = 100


@mapping_health_face.operation("GET", "/mapping/health", scope="access:read", answer=Health)
def get_health(call: Call) -> Shown:
    """Look at the health board of the mapping.

    Everything that is wrong with the published rules or may be, the worst first, with what to do. All people are
    looked at, which takes seconds in a large account.
    """
    board = mapping_health.health(*call.here)
    return Shown(
        {
            "healthy": board.healthy,
            "rules": board.rules,
            "people": board.people,
            "paused": board.paused,
            "findings": board.findings,
        }
    )


@mapping_health_face.operation(
    "GET",
    "/mapping/unmapped-groups",
    scope="access:read",
    query=query_of(SHAPE, "UnmappedGroupQuery"),
    answer=page_of(UncoveredGroup),
)
def list_unmapped_groups(call: Call, query: dict[str, Any]) -> Shown:
    """List groups that no rule covers.

    Neither by themselves nor by a group that contains them; the largest first.
    """
    reading = Reading(call, query)
    found = mapping_health.unmapped_groups(*call.here, reading.wanted)
    return reading.shown(found.rows, found.next)


@mapping_health_face.operation("GET", "/mapping/orphans", scope="access:read", answer=Orphans)
def list_orphans(call: Call) -> Shown:
    """List orphaned rules.

    Rules whose group was deleted, with the groups that may have come in its place and what would follow from binding
    the rule to them. Nothing is bound by itself.
    """
    return Shown({"orphans": rebinding.offers(*call.here)})


@mapping_health_face.operation(
    "POST",
    "/mapping/orphans/drafts",
    scope="access:write",
    body=Rebound,
    answer=DraftShape,
    status=201,
    example={"rule": "Marketing"},
    creates=True,
    refusals=_USUAL,
)
def draft_rebinding(call: Call, body: dict[str, Any]) -> Shown:
    """Make a draft that re-binds an orphaned rule.

    To the group that is named, or to the only one that looks like the one it had. Nobody gains anything before that is
    planned and published.
    """
    made = rebinding.draft(*call.here, body["rule"], body.get("group_id"), body.get("draft"))
    return Shown(draft_shown(made), f"/mapping/drafts/{made.id}")


@mapping_health_face.operation(
    "POST",
    "/mapping/simulate",
    scope="access:read",
    body=Simulation,
    answer=Simulated,
    example={"groups": ["Editors"], "attributes": {"title": "Analyst"}},
    reads=True,
    refusals=_USUAL,
)
def simulate(call: Call, body: dict[str, Any]) -> Shown:
    """Simulate a person.

    What somebody with these groups and attributes would get, by the published rules or by those of a draft, and what
    they could then do; for a `user` who exists, what other groups would change. Nothing is changed.
    """
    if "draft" in body and "document" in body:
        raise invalid([Place("pointer", "/draft", "say either draft or document")])
    document = body.get("document")
    if "draft" in body:
        document = mapping_drafts.get_draft(*call.here, body["draft"]).document
    asked = Asked(
        body.get("user"),
        body["groups"],
        body["add_groups"],
        body["remove_groups"],
        body["attributes"],
        body.get("directory"),
        document,
    )
    return Shown(mapping_simulation.simulate(*call.here, asked))


@mapping_health_face.operation(
    "POST",
    "/mapping/simulate/group-removal",
    scope="access:read",
    query=Paged,
    body=RemovedGroup,
    answer=GroupRemoval,
    example={"group": "Editors"},
    reads=True,
    refusals=_USUAL,
)
def simulate_group_removal(call: Call, query: dict[str, Any], body: dict[str, Any]) -> Shown:
    """Simulate that a group is removed.

    Who would lose what, with numbers and a page of people, and which rules would be left without a group.
    Nothing is changed.
    """
    reading = Reading(call, query)
    limit = min(query["limit"], _MOST_PEOPLE)
    found = group_removal.simulate_removal(*call.here, body["group"], after=reading.after, limit=limit)
    shown = {name: getattr(found, name) for name in found.__dataclass_fields__ if name not in ("page", "next")}
    return Shown(shown | reading.shown(found.page, found.next).value)


@mapping_health_face.operation(
    "POST",
    "/mapping/waiting-room/suggestions",
    scope="access:write",
    body=Suggested,
    answer=DraftShape,
    status=201,
    example={"group": "Editors", "role": "Marketer", "unit": "emea", "children": True},
    creates=True,
    refusals=_USUAL,
)
def draft_suggestion(call: Call, body: dict[str, Any]) -> Shown:
    """Make a draft of a suggestion.

    Adds the rule to the end of a draft, or of a new one that begins with what is published. Nobody gains anything
    before that is planned and published. What nobody in the group has is refused.
    """
    made = waiting_room.draft_suggested(
        *call.here, body["group"], body["role"], body.get("unit"), children=body["children"], draft=body.get("draft")
    )
    return Shown(draft_shown(made), f"/mapping/drafts/{made.id}")
