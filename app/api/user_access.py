"""What a user has and where they work: roles with their sources, individual permissions, business units."""

from __future__ import annotations

from typing import Any

from app.api.access_shapes import (
    Home,
    IndividualPermissions,
    NewWork,
    PermissionsChange,
    UserAccess,
    UserUnits,
    grant_shown,
)
from app.api.face import Call, Face, Shown
from app.api.readers import themselves
from app.api.shapes import Moment, QueryFlag, Shape
from app.services import grants, individual, past, units
from app.services.individual import Entry
from app.services.users import get_user

user_access_face = Face("access of users", "What a user has, why, and where they work.")
_USUAL = ("not-found", "conflict")


class MomentQuery(Shape):
    """As of when."""

    at = Moment(metadata={"description": "A moment in the past; without it now."})


class WorkQuery(Shape):
    """Which membership is meant."""

    children = QueryFlag(load_default=False, metadata={"description": "The one that counts in the units below, too."})


@user_access_face.operation(
    "GET",
    "/users/<user>/access",
    scope="access:read",
    query=MomentQuery,
    answer=UserAccess,
    refusals=("not-found",),
    readers=themselves,
)
def get_access(call: Call, query: dict[str, Any], user: str) -> Shown:
    """Read everything that a user has, or had.

    Their own roles, those of their groups and of the business units where they work, each with all its sources;
    individual permissions; where they may work; the groups they are in; and which allows a deny takes away. Of a
    past moment, whoever has been deleted since is asked about by id.
    """
    found = past.access_at(*call.here, user, query["at"]) if "at" in query else grants.of_user(*call.here, user)
    return Shown(
        {
            "user_id": found.user_id,
            "user_name": found.user_name,
            "active": found.active,
            "home": found.home,
            "assignments": [*map(grant_shown, found.grants)],
            "individual": found.individual,
            "works_in": found.works_in,
            "groups": found.groups,
            "shadowed": found.shadowed,
        }
    )


@user_access_face.operation(
    "GET",
    "/users/<user>/permissions",
    scope="access:read",
    answer=IndividualPermissions,
    refusals=("not-found",),
    readers=themselves,
)
def get_permissions(call: Call, user: str) -> Shown:
    """Read a user's individual permissions.

    Allows and denies that were put straight on the user, those that are over included.
    """
    return Shown({"permissions": individual.of_user(*call.here, user)})


@user_access_face.operation(
    "PATCH",
    "/users/<user>/permissions",
    scope="access:write",
    body=PermissionsChange,
    answer=IndividualPermissions,
    example={"entries": [{"permission": "campaigns.email.launch", "effect": "deny", "reason": "Ticket 4711"}]},
    current=get_permissions,
    refusals=_USUAL,
)
def put_permissions(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Put individual permissions on a user.

    All entries or none. An entry without an end replaces the opposite one at that node and place.
    """
    return Shown({"permissions": individual.put(*call.here, user, [Entry(**one) for one in body["entries"]])})


@user_access_face.operation(
    "GET", "/users/<user>/units", scope="access:read", answer=UserUnits, refusals=("not-found",), readers=themselves
)
def get_units(call: Call, user: str) -> Shown:
    """Read where a user is at home, and where else they may work.

    By hand or by role mapping.
    """
    person = get_user(*call.here, user)
    return Shown({"home": person.home_unit, "works_in": units.works_of(*call.here, person.id)})


@user_access_face.operation(
    "PUT",
    "/users/<user>/home",
    scope="access:write",
    body=Home,
    answer=UserUnits,
    example={"unit": "emea"},
    current=get_units,
    refusals=_USUAL,
)
def set_home(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Say where a user is at home.

    For users of all directories.
    """
    units.set_home(*call.here, user, body["unit"])
    return get_units(call, user)


@user_access_face.operation(
    "POST",
    "/users/<user>/units",
    scope="access:write",
    body=NewWork,
    answer=UserUnits,
    example={"unit": "emea", "children": True},
    current=get_units,
    refusals=_USUAL,
)
def add_unit(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Let a user work in a business unit.

    Beside the units that role mapping gives.
    """
    units.add_worker(*call.here, user, body["unit"], children=body["children"])
    return get_units(call, user)


@user_access_face.operation(
    "DELETE",
    "/users/<user>/units/<unit>",
    scope="access:write",
    query=WorkQuery,
    current=get_units,
    refusals=_USUAL,
)
def remove_unit(call: Call, query: dict[str, Any], user: str, unit: str) -> Shown:
    """Let a user work in a business unit no longer.

    What role mapping says stays.
    """
    units.remove_worker(*call.here, user, unit, children=query["children"])
    return Shown()
