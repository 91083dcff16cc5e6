"""/roles: default roles of the platform profile, and the account's own."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.face import Call, Face, Shown
from app.api.paging import Paged, Reading, filter_of, page_in_memory
from app.api.parsing import invalid
from app.api.readers import holders
from app.api.role_shapes import (
    Comparison,
    Impact,
    NewRole,
    Role,
    RoleChange,
    RolePermissions,
    RoleWithStatements,
    detail_shown,
    role_shown,
)
from app.api.shapes import page_of
from app.problems import Place, Problem
from app.services import role_comparison, roles
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit

roles_face = Face("roles", "Named sets of allows and denies. Default roles are locked; copies of them are not.")
_TYPES = {
    "id": "string",
    "name": "string",
    "is_default": "boolean",
    "is_owner": "boolean",
    "is_privileged": "boolean",
    "copied_from": "string",
    "created": "dateTime",
    "modified": "dateTime",
    "from_code": "boolean",
}
_MOST_PEOPLE = 100
_USUAL = ("not-found", "conflict")
_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Campaign reviewer",
    "description": "Reads campaigns and approves them.",
    "is_default": False,
    "is_owner": False,
    "is_privileged": False,
    "texts": None,
    "copied_from": None,
    "revision": 1,
    "created": "2026-01-31T09:00:00.000Z",
    "modified": None,
    "from_code": False,
    "statements": [{"permission": "campaigns.email.view", "effect": "allow", "when": None}],
    "missing": [],
    "shadowed": [],
    "unknown": [],
}


@roles_face.operation("GET", "/roles", scope="access:read", query=filter_of("RoleQuery", _TYPES), answer=page_of(Role))
def list_roles(call: Call, query: dict[str, Any]) -> Shown:
    """List roles.

    By name.
    """
    return page_in_memory(Reading(call, query), [role_shown(role) for role in roles.list_roles(*call.here)], _TYPES)


@roles_face.operation(
    "POST",
    "/roles",
    scope="access:write",
    body=NewRole,
    answer=RoleWithStatements,
    status=201,
    example={
        "name": "Campaign reviewer",
        "description": "Reads campaigns and approves them.",
        "statements": [{"permission": "campaigns.email.view", "effect": "allow"}],
    },
    shows=_EXAMPLE,
    creates=True,
    refusals=_USUAL,
)
def create_role(call: Call, body: dict[str, Any]) -> Shown:
    """Create a role.

    Empty, with statements, or as a copy of another role (`copy_of`), whose origin it remembers.
    """
    if "copy_of" in body:
        for name in ("statements", "privileged", "add_required"):
            if name in body:
                raise invalid([Place("pointer", f"/{name}", "is what the copied role says; leave it out")])
        made = roles.copy_role(*call.here, body["copy_of"], body["name"], body.get("description"))
    else:
        made = roles.create_role(
            *call.here,
            body["name"],
            body.get("description", ""),
            _statements(body.get("statements", ())),
            privileged=body.get("privileged", False),
            add_required=body.get("add_required", False),
        )
    return Shown(detail_shown(made), f"/roles/{made.role.id}")


@roles_face.operation(
    "GET",
    "/roles/<role>",
    scope="access:read",
    answer=RoleWithStatements,
    shows=_EXAMPLE,
    refusals=("not-found",),
    readers=holders,
)
def get_role(call: Call, role: str) -> Shown:
    """Read a role with what it says.

    And with what is questionable about that: missing requirements, allows that a deny takes away.
    """
    return Shown(detail_shown(roles.get_role(*call.here, role)))


@roles_face.operation(
    "PATCH",
    "/roles/<role>",
    scope="access:write",
    body=RoleChange,
    answer=RoleWithStatements,
    example={"statements": [{"permission": "campaigns.email.approve", "effect": "allow"}]},
    shows=_EXAMPLE | {"revision": 2},
    current=get_role,
    refusals=_USUAL,
)
def change_role(call: Call, body: dict[str, Any], role: str) -> Shown:
    """Change a role of the account's own.

    It counts at once for everybody who has it. See first what it means: `…/impact`.
    """
    return Shown(detail_shown(roles.edit_role(*call.here, role, _edit(body))))


@roles_face.operation("DELETE", "/roles/<role>", scope="access:write", current=get_role, refusals=_USUAL)
def delete_role(call: Call, role: str) -> Shown:
    """Delete a role of the account's own.

    It is taken from everybody who has it. See first what it means: `…/impact-of-deletion`.
    """
    roles.delete_role(*call.here, role)
    return Shown()


@roles_face.operation(
    "GET",
    "/roles/<role>/permissions",
    scope="access:read",
    answer=RolePermissions,
    refusals=("not-found",),
    readers=holders,
)
def preview_role(call: Call, role: str) -> Shown:
    """Preview a role.

    What it means for each permission that it concerns, in the catalogue's order.
    """
    return Shown({"permissions": roles.preview(*call.here, role)})


@roles_face.operation(
    "GET", "/roles/<role>/difference", scope="access:read", answer=Comparison, refusals=("not-found",)
)
def difference_to_origin(call: Call, role: str) -> Shown:
    """Compare a copy with the role it was copied from.

    What was added to the copy and what was taken away since, on either side.
    """
    found = role_comparison.difference_to_origin(*call.here, role)
    if found is None:
        raise Problem("not-found", "this role is no copy, or what it was copied from is gone")
    return Shown(found)


@roles_face.operation(
    "GET", "/roles/<role>/compare/<other>", scope="access:read", answer=Comparison, refusals=("not-found",)
)
def compare_roles(call: Call, role: str, other: str) -> Shown:
    """Compare two roles.

    What only one of them gives, what both give, and how much they share.
    """
    return Shown(role_comparison.compare_roles(*call.here, role, other))


@roles_face.operation(
    "POST",
    "/roles/<role>/impact",
    scope="access:read",
    body=RoleChange,
    query=Paged,
    answer=Impact,
    example={"statements": [{"permission": "campaigns.email.approve", "effect": "allow"}]},
    reads=True,
    refusals=_USUAL,
)
def impact_of_change(call: Call, query: dict[str, Any], body: dict[str, Any], role: str) -> Shown:
    """See what changing a role would mean.

    Who would gain and who would lose what. Nothing is changed.
    """
    reading = Reading(call, query)
    found = role_comparison.impact_of_edit(*call.here, role, _edit(body), **_people(reading))
    return _impact(reading, found)


@roles_face.operation(
    "GET",
    "/roles/<role>/impact-of-deletion",
    scope="access:read",
    query=Paged,
    answer=Impact,
    refusals=_USUAL,
)
def impact_of_deletion(call: Call, query: dict[str, Any], role: str) -> Shown:
    """See what deleting a role would mean.

    Who has it, and what they would lose. Nothing is changed.
    """
    reading = Reading(call, query)
    return _impact(reading, role_comparison.impact_of_delete(*call.here, role, **_people(reading)))


def _impact(reading: Reading, found: role_comparison.Impact) -> Shown:
    following = reading.shown((), found.next).value["next"]
    return Shown(asdict(found) | {"next": following})


def _people(reading: Reading) -> dict[str, Any]:
    return {"after": reading.after, "limit": min(reading.query["limit"], _MOST_PEOPLE)}


def _edit(body: dict[str, Any]) -> RoleEdit:
    statements = body.get("statements")
    return RoleEdit(
        name=body.get("name"),
        description=body.get("description"),
        statements=None if statements is None else _statements(statements),
        replaces=body.get("replaces", False),
        privileged=body.get("privileged"),
        add_required=body.get("add_required", False),
    )


def _statements(given: Any) -> tuple[StatementChange, ...]:
    return tuple(StatementChange(one["permission"], one["effect"], one.get("when")) for one in given)
