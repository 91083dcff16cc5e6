"""/hygiene: how well roles fit the people who have them."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from app.api.face import Call, Face, Shown
from app.api.shapes import Shape, anything, flag, many, number, one, text
from app.services import role_hygiene

hygiene_face = Face("hygiene", "Key figures of roles, dormant people, roles that overlap or lack something.")
_MANY, _MOST_DAYS = 100_000, 3_650


def _share(says: str) -> fields.Float:
    return fields.Float(allow_none=True, metadata={"description": says})


def _day(says: str) -> fields.Date:
    return fields.Date(allow_none=True, metadata={"description": says})


class Within(Shape):
    """How far back to look."""

    days = fields.Integer(
        load_default=role_hygiene.DAYS,
        validate=validate.Range(1, _MOST_DAYS),
        metadata={"description": "Who was not seen at work for so many days is dormant."},
    )


class KeyFigures(Shape):
    """Key figures."""

    people = number(says="Active people.")
    with_roles = number()
    without_roles = number()
    privileged = number(says="People with a privileged role.")
    dormant = number()
    roles = number()
    roles_without_holders = number()
    roles_unused = number(says="Held, and used by nobody of those who have them.")
    roles_per_person = fields.Float(metadata={"description": "Of those who have any."})
    engagement = _share("The share of people with roles who used one; null where that is not known for long enough.")


class RoleFigures(Shape):
    """One role."""

    role_id = text()
    role = fields.String()
    privileged = flag()
    permissions = number(says="How many permissions it gives.")
    holders = number(says="Active people who have it, however they came by it.")
    using = number(says="Those of them whom it allowed something.")
    engagement = _share("The share of its holders who used it.")
    last_used = _day("The last day on which it allowed anybody anything.")
    lacks = anything(says="Permissions it gives, with those that they require and it does not give.")


class RoleOverlap(Shape):
    """Two roles that nearly say the same."""

    left = fields.String()
    right = fields.String()
    overlap = _share("The share of all they speak of that they say alike.")
    people = number(says="Who has both.")
    of_people = _share("Of those who have either.")


class DormantPerson(Shape):
    """Somebody with roles who was not seen at work."""

    user_id = text()
    user_name = fields.String()
    roles = many(fields.String(), most=_MANY)
    last_used = _day("When a role last allowed them something.")
    last_signed_in = _day("When they were last signed in here.")


class Hygiene(Shape):
    """The whole look."""

    days = number()
    observed_since = _day("Since when it is known which roles are used; null: nothing was ever allowed.")
    figures = one(KeyFigures)
    roles = many(one(RoleFigures), most=_MANY)
    overlaps = many(one(RoleOverlap), most=role_hygiene.SHOWN, says="The most alike first.")
    dormant = many(one(DormantPerson), most=role_hygiene.SHOWN, says="By name.")


@hygiene_face.operation("GET", "/hygiene", scope="access:read", query=Within, answer=Hygiene)
def get_hygiene(call: Call, query: dict[str, Any]) -> Shown:
    """Look at how well roles fit.

    Who has roles and does not use them, which roles are nearly the same, which give something without what it
    requires, with key figures. Everybody is looked at, which takes seconds in a large account.
    """
    return Shown(role_hygiene.hygiene(*call.here, query["days"]))
