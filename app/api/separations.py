"""/separations: permissions that nobody should have together."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, many, moment, page_of, text
from app.services import separations
from app.services.separations import MOST_PERMISSIONS, Separation

separations_face = Face(
    "separations of duties",
    "Permissions that nobody should have together in one business unit. They forbid nothing: plans of the role mapping "
    "say whom they would give what belongs apart.",
)
_TYPES = {"id": "string", "name": "string", "created": "dateTime", "modified": "dateTime"}
_PERMISSIONS = "Single permissions of the catalogue that belong apart."
_USUAL = ("not-found", "conflict")


class SeparationShape(Shape):
    """A separation of duties."""

    id = text()
    name = text(says="Unique in the account, whatever its case.")
    reason = fields.String()
    permissions = many(fields.String(), says=_PERMISSIONS)
    unknown_permissions = many(
        fields.String(),
        data_key="unknown",
        attribute="unknown",
        says="Those of them that the catalogue does not have (any more).",
    )
    created = moment()
    modified = moment()


class NewSeparation(Shape):
    """A separation to be made."""

    name = text(required=True)
    permissions = many(text(), most=MOST_PERMISSIONS, least=2, required=True, says=_PERMISSIONS)
    reason = text(most=1000, least=0, says="Why these belong apart.")


class SeparationChange(Shape):
    """What is to be changed; what is left out stays."""

    name = text()
    permissions = many(text(), most=MOST_PERMISSIONS, least=2, says=_PERMISSIONS)
    reason = text(most=1000, least=0, says="Why these belong apart.")


_NEW = {
    "name": "Create and launch",
    "permissions": ["campaigns.email.create", "campaigns.email.launch"],
    "reason": "Four eyes on every send.",
}
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    **_NEW,
    "unknown": [],
    "created": "2026-01-31T09:00:00.000Z",
    "modified": "2026-01-31T09:00:00.000Z",
}


@separations_face.operation(
    "GET",
    "/separations",
    scope="access:read",
    query=filter_of("SeparationQuery", _TYPES),
    answer=page_of(SeparationShape),
)
def list_separations(call: Call, query: dict[str, Any]) -> Shown:
    """List separations of duties.

    By name.
    """
    found = [_shown(one) for one in separations.list_separations(*call.here)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@separations_face.operation(
    "POST",
    "/separations",
    scope="access:write",
    body=NewSeparation,
    answer=SeparationShape,
    status=201,
    example=_NEW,
    shows=_EXAMPLE,
    creates=True,
    refusals=("conflict",),
)
def create_separation(call: Call, body: dict[str, Any]) -> Shown:
    """Make a separation of duties.

    Plans of the role mapping tell of it from then on.
    """
    made = separations.create_separation(*call.here, body["name"], body["permissions"], body.get("reason", ""))
    return Shown(_shown(made), f"/separations/{made.id}")


@separations_face.operation(
    "GET",
    "/separations/<separation>",
    scope="access:read",
    answer=SeparationShape,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_separation(call: Call, separation: str) -> Shown:
    """Read a separation of duties.

    By its id or name.
    """
    return Shown(_shown(separations.get_separation(*call.here, separation)))


@separations_face.operation(
    "PATCH",
    "/separations/<separation>",
    scope="access:write",
    body=SeparationChange,
    answer=SeparationShape,
    example={"reason": "Four eyes on every send, also of tests."},
    shows=_EXAMPLE,
    current=get_separation,
    refusals=_USUAL,
)
def change_separation(call: Call, body: dict[str, Any], separation: str) -> Shown:
    """Change a separation of duties.

    `permissions` replaces all of them.
    """
    return Shown(_shown(separations.edit_separation(*call.here, separation, **body)))


@separations_face.operation(
    "DELETE", "/separations/<separation>", scope="access:write", current=get_separation, refusals=_USUAL
)
def delete_separation(call: Call, separation: str) -> Shown:
    """Delete a separation of duties.

    Nobody's access changes.
    """
    separations.delete_separation(*call.here, separation)
    return Shown()


def _shown(one: Separation) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Separation.__dataclass_fields__}
