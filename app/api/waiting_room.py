"""/waiting-room: active people who have no role in any way, and which rules would give them what their like have."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.shapes import AnyObject, Shape, flag, many, moment, number, one, page_of, text
from app.services import waiting_room
from app.stores.waiting import SHAPE

waiting_room_face = Face("waiting room", "Active people without any role, and the rules that would give them some.")
_MOST_PEOPLE = 100


class SeenGroup(Shape):
    """A group that somebody who waits is in, directly or through nesting."""

    id = text()
    name = text()
    directory = text()
    members = number(says="Those who are in it directly.")


class Suggestion(Shape):
    """A role that most of the others in a group have, and the rule that would give it to all of them."""

    group_id = text()
    group = text()
    role = text()
    unit = text(allow_none=True, says="The key of a business unit; null: the whole account.")
    children = flag()
    others = number(says="How many others are in the group.")
    having = number(says="How many of them have the role there, by hand or by other rules.")
    privileged = flag()
    words = fields.String(metadata={"description": "All of it for people."})
    rule = AnyObject(metadata={"description": "The rule as a mapping document has it."})


class Waiting(Shape):
    """Somebody who waits."""

    id = text()
    user_name = text()
    origin = text(says="`scim`, `sso` or `manual`.")
    directory = text()
    created = moment()
    since = moment(says="When they were created, or last lost something, as far as that is known.")
    groups = many(one(SeenGroup), says="The smallest first.")
    suggestions = many(one(Suggestion))


class Suggestions(Shape):
    """What most members of a group have."""

    suggestions = many(one(Suggestion))


@waiting_room_face.operation(
    "GET",
    "/waiting-room",
    scope="access:read",
    query=query_of(SHAPE, "WaitingQuery"),
    answer=page_of(Waiting),
)
def list_waiting(call: Call, query: dict[str, Any]) -> Shown:
    """List who waits for access.

    Active people without any role or permission now, however it could have come to them; at most 100 in a page.
    Roles are suggested that 60 % or more of the others in a group have; groups of more than 2,000 members are not
    looked into here.
    """
    reading = Reading(call, query | {"limit": min(query["limit"], _MOST_PEOPLE)})
    found = waiting_room.list_waiting(*call.here, reading.wanted)
    return reading.shown(found.rows, found.next)


@waiting_room_face.operation(
    "GET", "/groups/<group>/suggested-rules", scope="access:read", answer=Suggestions, refusals=("not-found",)
)
def suggested_rules(call: Call, group: str) -> Shown:
    """See which rules a group suggests.

    Roles that 60 % or more of its members have, by hand or by other rules, however large it is.
    """
    return Shown({"suggestions": waiting_room.suggestions(*call.here, group)})
