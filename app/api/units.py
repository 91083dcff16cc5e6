"""/business-units: the tree of an account."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from app.api.face import Call, Face, Shown
from app.api.impact_shapes import PersonImpact
from app.api.paging import Paged, Reading, filter_of, page_in_memory
from app.api.shapes import Shape, flag, many, number, one, page_of, text
from app.services import unit_moves, units

units_face = Face("business units", "The tree in which people work and roles count: regions, brands, departments.")
_TYPES = dict.fromkeys(("id", "key", "name", "parent"), "string") | {"depth": "number", "from_code": "boolean"}


class BusinessUnit(Shape):
    """A node of the tree."""

    id = text()
    key = text(says="Its short name in rules and decisions, unique in the account.")
    name = text()
    parent = text(allow_none=True, says="The key of the unit above; null for the root.")
    depth = number(says="How far below the root.")
    from_code = flag(says="It belongs to a configuration that was applied, and only another one changes it.")


class NewUnit(Shape):
    """A unit to be made."""

    key = text(most=100, required=True, says="Lower-case letters, digits, `-` and `_`.")
    name = text(required=True)
    parent = text(allow_none=True, says="The unit above, by id or key; the root where none is named.")


class UnitChange(Shape):
    """What is to be changed; what is left out stays."""

    key = text(most=100)
    name = text()


class Move(Shape):
    """Where a unit is to go."""

    parent = text(required=True, says="The unit above, by id or key.")


class FilterLine(Shape):
    """A data filter between a unit and the root."""

    unit = text()
    record_type = text()
    filter = fields.String()


class MovePlan(Shape):
    """What moving a unit would mean."""

    unit = text()
    old_parent = text()
    new_parent = text()
    concerned = number(says="How many people are in the unit or below it.")
    examined = number(says="How many of them were looked at.")
    gaining = number(says="How many of those would gain a permission somewhere.")
    losing = number(says="How many of those would lose one.")
    people = many(one(PersonImpact), says="Some of them, with what they would gain and lose.")
    filters_before = many(one(FilterLine))
    filters_after = many(one(FilterLine))


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "key": "emea",
    "name": "Europe, Middle East and Africa",
    "parent": "root",
    "depth": 1,
    "from_code": False,
}
_USUAL = ("not-found", "conflict")


@units_face.operation(
    "GET",
    "/business-units",
    scope="access:read",
    query=filter_of("UnitQuery", _TYPES),
    answer=page_of(BusinessUnit),
)
def list_units(call: Call, query: dict[str, Any]) -> Shown:
    """List business units.

    Each after the one above it.
    """
    shown = [_shown(unit) for unit in units.list_units(*call.here)]
    return page_in_memory(Reading(call, query), shown, _TYPES)


@units_face.operation(
    "POST",
    "/business-units",
    scope="access:write",
    body=NewUnit,
    answer=BusinessUnit,
    status=201,
    example={"key": "emea", "name": "Europe, Middle East and Africa"},
    shows=_EXAMPLE,
    creates=True,
    refusals=_USUAL,
)
def create_unit(call: Call, body: dict[str, Any]) -> Shown:
    """Create a business unit.

    Below another one, or below the root.
    """
    made = units.create_unit(*call.here, body["key"], body["name"], body.get("parent"))
    return Shown(_shown(made), f"/business-units/{made.id}")


@units_face.operation(
    "GET",
    "/business-units/<unit>",
    scope="access:read",
    answer=BusinessUnit,
    shows=_EXAMPLE,
    refusals=("not-found",),
)
def get_unit(call: Call, unit: str) -> Shown:
    """Read a business unit.

    By its id or key, with its place in the tree.
    """
    return Shown(_shown(units.get_unit(*call.here, unit)))


@units_face.operation(
    "PATCH",
    "/business-units/<unit>",
    scope="access:write",
    body=UnitChange,
    answer=BusinessUnit,
    example={"name": "EMEA"},
    shows=_EXAMPLE | {"name": "EMEA"},
    current=get_unit,
    refusals=_USUAL,
)
def change_unit(call: Call, body: dict[str, Any], unit: str) -> Shown:
    """Rename a business unit, or give it another key.

    Rules and grants stay with it.
    """
    return Shown(_shown(units.edit_unit(*call.here, unit, **body)))


@units_face.operation(
    "POST",
    "/business-units/<unit>/move",
    scope="access:write",
    body=Move,
    answer=BusinessUnit,
    example={"parent": "emea"},
    shows=_EXAMPLE,
    current=get_unit,
    refusals=_USUAL,
)
def move_unit(call: Call, body: dict[str, Any], unit: str) -> Shown:
    """Move a business unit below another one.

    With all that is below it. See first what it means: `…/move/plan`.
    """
    return Shown(_shown(unit_moves.move_unit(*call.here, unit, body["parent"])))


@units_face.operation(
    "POST",
    "/business-units/<unit>/move/plan",
    scope="access:read",
    body=Move,
    query=Paged,
    answer=MovePlan,
    example={"parent": "emea"},
    reads=True,
    refusals=_USUAL,
)
def plan_move(call: Call, query: dict[str, Any], body: dict[str, Any], unit: str) -> Shown:
    """See what moving a business unit would mean.

    Nothing is changed.
    """
    return Shown(unit_moves.plan_move(*call.here, unit, body["parent"], limit=min(query["limit"], 100)))


@units_face.operation("DELETE", "/business-units/<unit>", scope="access:write", current=get_unit, refusals=_USUAL)
def delete_unit(call: Call, unit: str) -> Shown:
    """Delete a business unit on which nothing hangs.

    Units below it, people at home there, roles and items that belong to it have to go first.
    """
    units.delete_unit(*call.here, unit)
    return Shown()


def _shown(unit: units.UnitFacts) -> dict[str, Any]:
    return {
        "id": unit.id,
        "key": unit.key,
        "name": unit.name,
        "parent": unit.parent,
        "depth": unit.depth,
        "from_code": unit.from_code,
    }
