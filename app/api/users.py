"""/users: the people of an account. Those of its own directory can be changed here."""

from __future__ import annotations

from typing import Any

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.readers import themselves
from app.api.shapes import Shape, anything, flag, many, moment, one, page_of, text
from app.services import users
from app.stores.people import USER_LIST

users_face = Face("users", "The people of the account, whichever directory they belong to.")
LIST_QUERY = query_of(USER_LIST, "UserQuery")
_ATTRIBUTES = (
    "Everything else that SCIM knows of a user, and the account's own extensions under their URNs: "
    "`name`, `emails`, `title`, …"
)


class DirectoryName(Shape):
    """Where a person or group comes from."""

    id = text()
    name = text()
    is_local = flag(says="Whether it is the account's own, whose people are made by hand.")


class User(Shape):
    """A person of the account."""

    id = text()
    user_name = text(says="Unique in the directory, whatever its case.")
    display_name = text(allow_none=True)
    external_id = text(allow_none=True)
    active = flag(says="Whoever is not is denied everything.")
    origin = text(says="`scim`, `sso` or `manual`.")
    directory = one(DirectoryName)
    home_unit = text(allow_none=True, says="The key of the business unit where the person is at home.")
    attributes = anything(says=_ATTRIBUTES)
    created = moment()
    modified = moment()


class NewUser(Shape):
    """A person to be made by hand."""

    user_name = text(required=True, says="Unique in the account's own directory, whatever its case.")
    display_name = text(allow_none=True)
    external_id = text(allow_none=True)
    active = flag(load_default=True)
    home_unit = text(
        allow_none=True, says="The id or key of a business unit; the key needs `access:write`, too, as its roles count."
    )
    roles = many(
        text(),
        most=100,
        says="Roles for the whole account, by ids or names; the key needs `access:write`, too. "
        "Without it the account's default roles; with an empty list none.",
    )
    attributes = anything(says=_ATTRIBUTES)


class UserChange(Shape):
    """A merge patch (RFC 7396): what is left out stays, `null` clears."""

    user_name = text()
    display_name = text(allow_none=True)
    external_id = text(allow_none=True)
    attributes = anything(says=f"Merged into the present ones. {_ATTRIBUTES}")


EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "user_name": "ana@acme.example",
    "display_name": "Ana García",
    "external_id": None,
    "active": True,
    "origin": "manual",
    "directory": {"id": "0193a5f0-0000-7a7b-8c4e-8d2f6a5b4c3d", "name": "local", "is_local": True},
    "home_unit": "emea",
    "attributes": {"name": {"givenName": "Ana", "familyName": "García"}, "title": "Editor"},
    "created": "2026-01-31T09:00:00.000Z",
    "modified": "2026-01-31T09:00:00.000Z",
}
_NEW = {
    "user_name": "ana@acme.example",
    "display_name": "Ana García",
    "home_unit": "root",
    "attributes": {"name": {"givenName": "Ana", "familyName": "García"}, "title": "Editor"},
}


@users_face.operation("GET", "/users", scope="users:read", query=LIST_QUERY, answer=page_of(User))
def list_users(call: Call, query: dict[str, Any]) -> Shown:
    """List users.

    Those of all directories. `display_name`, `family_name` and `given_name` can be searched by, too, and all names at
    once: `name sw "ana gar"`.
    """
    reading = Reading(call, query)
    found = users.list_users(*call.here, reading.wanted)
    return reading.shown([_shown(person) for person in found.results], found.next)


@users_face.operation(
    "POST",
    "/users",
    scope="users:write",
    body=NewUser,
    answer=User,
    status=201,
    example=_NEW,
    shows=EXAMPLE,
    creates=True,
    refusals=("not-found", "conflict"),
)
def create_user(call: Call, body: dict[str, Any]) -> Shown:
    """Create a user by hand.

    The user belongs to the account's own directory and gets its default roles, unless `roles` says otherwise.
    """
    if body.get("roles"):
        call.need("access:write", "roles")
    if body.get("home_unit") is not None:
        call.need("access:write", "home_unit")
    made = users.create_user(*call.here, body)
    return Shown(_shown(made), f"/users/{made.id}")


@users_face.operation(
    "GET",
    "/users/<user>",
    scope="users:read",
    answer=User,
    shows=EXAMPLE,
    refusals=("not-found",),
    readers=themselves,
)
def get_user(call: Call, user: str) -> Shown:
    """Read a user.

    By id or userName, from whichever directory.
    """
    return Shown(_shown(users.get_user(*call.here, user)))


@users_face.operation(
    "PATCH",
    "/users/<user>",
    scope="users:write",
    body=UserChange,
    answer=User,
    example={"display_name": "Ana G. Pérez", "attributes": {"title": None}},
    shows=EXAMPLE | {"display_name": "Ana G. Pérez"},
    current=get_user,
    refusals=("not-found", "conflict"),
)
def change_user(call: Call, body: dict[str, Any], user: str) -> Shown:
    """Change a user of the account's own directory.

    Whoever comes from another directory is changed there; the refusal names it. The name and the attributes of an
    Account Owner are changed by themselves, or by a key that also has `access:write`: by mail to an address that stands
    there, they are let in.
    """
    changes_way_in = {"user_name", "attributes"} & body.keys()
    if changes_way_in and call.caller.actor.kind != "person" and users.opens_the_door(*call.here, user):
        call.need("access:write", "whoever can be written to as an Account Owner can be let in as one")
    return Shown(_shown(users.change_user(*call.here, user, body)))


@users_face.operation(
    "POST",
    "/users/<user>/deactivate",
    scope="users:write",
    answer=User,
    shows=EXAMPLE | {"active": False},
    current=get_user,
    refusals=("not-found", "conflict"),
)
def deactivate_user(call: Call, user: str) -> Shown:
    """Deactivate a user.

    Every decision about this person is no from then on. What they have stays, for the day they come back.
    """
    return Shown(_shown(users.change_user(*call.here, user, {"active": False})))


@users_face.operation(
    "POST",
    "/users/<user>/activate",
    scope="users:write",
    answer=User,
    shows=EXAMPLE,
    current=get_user,
    refusals=("not-found", "conflict"),
)
def activate_user(call: Call, user: str) -> Shown:
    """Activate a user again.

    What the person had before counts again at once.
    """
    return Shown(_shown(users.change_user(*call.here, user, {"active": True})))


@users_face.operation(
    "DELETE", "/users/<user>", scope="users:write", current=get_user, refusals=("not-found", "conflict")
)
def delete_user(call: Call, user: str) -> Shown:
    """Delete a user of the account's own directory.

    What the person had is named in the audit trail. Items they owned stay and can be transferred.
    """
    users.delete_user(*call.here, user)
    return Shown()


def _shown(person: users.PersonFacts) -> dict[str, Any]:
    directory = {"id": person.directory_id, "name": person.directory, "is_local": person.is_local}
    return {
        "id": person.id,
        "user_name": person.user_name,
        "display_name": person.display_name,
        "external_id": person.external_id,
        "active": person.active,
        "origin": person.origin,
        "directory": directory,
        "home_unit": person.home_unit,
        "attributes": person.attributes,
        "created": person.created,
        "modified": person.modified,
    }
