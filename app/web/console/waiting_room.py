"""/console/mapping/waiting: active people without any role; since when, in which groups, and what their like have."""

from __future__ import annotations

from flask import Response

from app.services import waiting_room
from app.services.errors import ServiceError
from app.stores.counting_rows import Count
from app.stores.waiting import SHAPE
from app.web.console import exporting, forms, later, lists, mapping_parts, shell
from app.web.console.lists import Choice, Column, Table
from app.web.console.mapping_lists import Listed

waiting_room_face = shell.console_face("console_waiting_room")

WAITING = Table(
    "mapping.waiting",
    "/console/mapping/waiting",
    Listed(SHAPE, waiting_room.list_waiting, waiting_room.waiting_listing),
    (
        Column("name", lambda one: one.user_name, "user_name"),
        Column("since", lambda one: one.since),
        Column("directory", lambda one: one.directory),
        Column("origin", lambda one: one.origin, usual=False),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("groups", lambda one: ", ".join(group.name for group in one.groups)),
        Column("suggestions", lambda one: "; ".join(found.words for found in one.suggestions)),
    ),
    lists.starting("user_name", "display_name"),
    (Choice("origin", {one: f'origin eq "{one}"' for one in ("scim", "sso", "manual")}),),
    onward=("/console/people", "people.title"),
)


@waiting_room_face.page("GET", "/console/mapping/waiting", needs="owner")
def show_waiting() -> Response:
    """Who waits for access."""
    wish = lists.asked(WAITING)
    if exporting.is_wanted():
        return exporting.export(wish)
    part = later.address(is_quick=waiting_room.is_quick(*shell.here()))
    page = lists.page(wish) if part is None else lists.Page(wish, (), Count(0, exact=False))
    return mapping_parts.show("waiting.html", page=page, later=part)


@waiting_room_face.page("POST", "/console/mapping/waiting/suggestion", needs="owner")
def draft_suggestion() -> Response:
    """Make a draft with the rule that is suggested. Nobody gains anything before it is planned and published."""
    values = forms.sent()
    try:
        made = waiting_room.draft_suggested(
            *shell.here(),
            values.get("group", ""),
            values.get("role", ""),
            values.get("unit") or None,
            children=bool(values.get("below")),
        )
    except ServiceError as error:
        return shell.refused(error)
    return shell.go(f"/console/mapping/drafts/{made.id}", done="mapping_draft_made")
