"""/groups: the groups of an account. Those made by hand can be changed here, with members of any directory."""

from __future__ import annotations

from typing import Any

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, asked_of, query_of
from app.api.shapes import Shape, many, moment, number, one, page_of, text
from app.api.users import DirectoryName
from app.services import groups, guards
from app.services.groups import MOST_MEMBERS
from app.stores.mapping_rules import lock
from app.stores.people import GROUP_LIST

groups_face = Face("groups", "The groups of the account: pushed by its directories, or made by hand.")


class Group(Shape):
    """A named set of users and groups."""

    id = text()
    display_name = text(says="Unique in its directory, whatever its case, unless the directory says otherwise.")
    external_id = text(allow_none=True)
    origin = text(says="`scim` or `local`.")
    directory = one(DirectoryName)
    member_count = number(says="Direct members.")
    created = moment()
    modified = moment()


class NewGroup(Shape):
    """A group to be made by hand."""

    display_name = text(required=True)
    external_id = text(allow_none=True)


class GroupChange(Shape):
    """A merge patch (RFC 7396): what is left out stays, `null` clears."""

    display_name = text()
    external_id = text(allow_none=True)


class Member(Shape):
    """A direct member of a group."""

    id = text()
    kind = text(says="`user` or `group`.")
    name = text(says="The userName of a user, the displayName of a group.")


class MemberNames(Shape):
    """Who is meant, by ids or names."""

    users = many(text(), most=MOST_MEMBERS, load_default=list)
    groups = many(text(), most=MOST_MEMBERS, load_default=list)


class MemberIds(Shape):
    """Who is meant, by ids."""

    members = many(text(), most=MOST_MEMBERS, required=True)


class MembersChanged(Shape):
    """What a change of members came to."""

    changed = number(says="How many really came or went.")
    member_count = number(says="How many direct members the group has now.")


_EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "display_name": "Marketing",
    "external_id": None,
    "origin": "local",
    "directory": {"id": "0193a5f0-0000-7a7b-8c4e-8d2f6a5b4c3d", "name": "local", "is_local": True},
    "member_count": 2,
    "created": "2026-01-31T09:00:00.000Z",
    "modified": "2026-01-31T09:00:00.000Z",
}
_USUAL = ("not-found", "conflict")


@groups_face.operation(
    "GET", "/groups", scope="groups:read", query=query_of(GROUP_LIST, "GroupQuery"), answer=page_of(Group)
)
def list_groups(call: Call, query: dict[str, Any]) -> Shown:
    """List groups.

    Those of all directories.
    """
    reading = Reading(call, query)
    found = groups.list_groups(*call.here, reading.wanted)
    return reading.shown([_shown(group) for group in found.results], found.next)


@groups_face.operation(
    "POST",
    "/groups",
    scope="groups:write",
    body=NewGroup,
    answer=Group,
    status=201,
    example={"display_name": "Marketing"},
    shows=_EXAMPLE | {"member_count": 0},
    creates=True,
    refusals=_USUAL,
)
def create_group(call: Call, body: dict[str, Any]) -> Shown:
    """Create a group by hand.

    It belongs to the account's own directory and is empty at first.
    """
    made = groups.create_group(*call.here, body)
    return Shown(_shown(made), f"/groups/{made.id}")


@groups_face.operation(
    "GET", "/groups/<group>", scope="groups:read", answer=Group, shows=_EXAMPLE, refusals=("not-found",)
)
def get_group(call: Call, group: str) -> Shown:
    """Read a group.

    By id or displayName, from whichever directory.
    """
    return Shown(_shown(groups.get_group(*call.here, group)))


@groups_face.operation(
    "PATCH",
    "/groups/<group>",
    scope="groups:write",
    body=GroupChange,
    answer=Group,
    example={"display_name": "Marketing EMEA"},
    shows=_EXAMPLE | {"display_name": "Marketing EMEA"},
    current=get_group,
    refusals=_USUAL,
)
def change_group(call: Call, body: dict[str, Any], group: str) -> Shown:
    """Change a group made by hand.

    What it gives its members stays, since roles and rules are bound to its id.
    """
    return Shown(_shown(groups.change_group(*call.here, group, body)))


@groups_face.operation("DELETE", "/groups/<group>", scope="groups:write", current=get_group, refusals=_USUAL)
def delete_group(call: Call, group: str) -> Shown:
    """Delete a group made by hand.

    What it gave its members goes with it.
    """
    _need_access(call, group)
    groups.delete_group(*call.here, group)
    return Shown()


@groups_face.operation(
    "GET",
    "/groups/<group>/members",
    scope="groups:read",
    query=asked_of("MemberQuery", "`id`, `kind`, `name`"),
    answer=page_of(Member),
    refusals=("not-found",),
)
def list_members(call: Call, query: dict[str, Any], group: str) -> Shown:
    """List a group's direct members.

    Users and groups; those of groups within it are not listed here.
    """
    reading = Reading(call, query)
    found = groups.list_members(*call.here, group, reading.wanted)
    return reading.shown(found.rows, found.next)


@groups_face.operation(
    "POST",
    "/groups/<group>/members",
    scope="groups:write",
    body=MemberNames,
    answer=MembersChanged,
    example={"users": ["ana@acme.example"]},
    shows={"changed": 1, "member_count": 3},
    current=get_group,
    refusals=_USUAL,
)
def add_members(call: Call, body: dict[str, Any], group: str) -> Shown:
    """Add members to a group made by hand.

    All of them or nobody. They may come from any directory; roles that the group gives are theirs at once.
    """
    _need_access(call, group)
    return Shown(groups.add_members(*call.here, group, body["users"], body["groups"]))


@groups_face.operation(
    "POST",
    "/groups/<group>/members/remove",
    scope="groups:write",
    body=MemberIds,
    answer=MembersChanged,
    example={"members": ["0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d"]},
    shows={"changed": 1, "member_count": 2},
    current=get_group,
    refusals=_USUAL,
)
def remove_members(call: Call, body: dict[str, Any], group: str) -> Shown:
    """Remove members from a group made by hand.

    Who is no member is no error.
    """
    _need_access(call, group)
    return Shown(groups.remove_members(*call.here, group, body["members"]))


def _need_access(call: Call, group: str) -> None:
    """Who is in a group that gives access has it: whoever decides that gives and takes access."""
    found = groups.get_group(*call.here, group)
    lock(*call.here, exclusive=False)
    if guards.gives_access(*call.here, found.id):
        call.need("access:write", f"{found.display_name} gives its members access")


def _shown(group: groups.GroupFacts) -> dict[str, Any]:
    directory = {"id": group.directory_id, "name": group.directory, "is_local": group.is_local}
    return {
        "id": group.id,
        "display_name": group.display_name,
        "external_id": group.external_id,
        "origin": group.origin,
        "directory": directory,
        "member_count": group.member_count,
        "created": group.created,
        "modified": group.modified,
    }
