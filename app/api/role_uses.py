"""/role-uses: which roles are really used."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.shapes import Shape, page_of, text
from app.services import role_uses
from app.stores.role_uses import ROLE_USE_LIST

role_uses_face = Face("use of roles", "On which day each role of each person last allowed what a platform asked for.")


class RoleUse(Shape):
    """A role of a person, where they have it, and when it allowed something."""

    user_id = text()
    user_name = text()
    role_id = text()
    role = text()
    unit = text(allow_none=True, says="The key of a business unit; null for the whole account.")
    reach = text()
    first_used = fields.Date(metadata={"description": "The first such day that was noted."})
    last_used = fields.Date(metadata={"description": "The last such day, in UTC."})


@role_uses_face.operation(
    "GET",
    "/role-uses",
    scope="access:read",
    query=query_of(ROLE_USE_LIST, "RoleUseQuery"),
    answer=page_of(RoleUse),
)
def list_role_uses(call: Call, query: dict[str, Any]) -> Shown:
    """List when roles were last used.

    By person. A role that is missing here has allowed nothing since Muster began to note it.
    """
    reading = Reading(call, query)
    found = role_uses.list_uses(*call.here, reading.wanted)
    return reading.shown(found.rows, found.next)
