"""/console/groups: all groups of the account, and one of them with its members and what they get by it."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.services import audit_trail, group_places, group_removal, groups, roles
from app.stores.filter_sql import is_id
from app.stores.listings import Wanted
from app.web import pages, who
from app.web.console import exporting, later, lists, shell
from app.web.console.audit import did
from app.web.console.lists import Choice, Column, InDatabase, Table

groups_face = shell.console_face("console_groups")
_GROUP = "/console/groups/<group>"
_MEMBERS, _HISTORY = 50, 50

GROUPS = Table(
    "groups",
    "/console/groups",
    InDatabase(group_places.BY_NAME, group_places.list_used),
    (
        Column("name", lambda one: one.group.display_name, "display_name"),
        Column("directory", lambda one: one.group.directory),
        Column("members", lambda one: one.group.member_count),
        Column("rules", lambda one: one.use.rules),
        Column("roles", lambda one: one.use.roles),
        Column("external_id", lambda one: one.group.external_id, usual=False),
        Column("created", lambda one: one.group.created, "created", usual=False),
        Column("modified", lambda one: one.group.modified, "modified"),
    ),
    lists.starting("display_name"),
    (
        Choice("mapped", {"yes": "mapped eq true", "no": "mapped eq false"}),
        Choice("origin", {"scim": 'origin eq "scim"', "local": 'origin eq "local"'}),
        Choice("size", {"empty": "member_count eq 0", "some": "member_count gt 0"}),
    ),
    keeps_views=True,
    onward=("/console/directories", "directories.title"),
)


@groups_face.page("GET", "/console/groups", needs="administrator")
def show_groups() -> Response:
    """All of them, a page at a time."""
    wish = lists.asked(GROUPS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("groups.html", "groups", page=lists.page(wish), changes=_may_change())


@groups_face.page("GET", _GROUP, needs="administrator")
def show_group(group: str) -> Response:
    """Its members, a page at a time, and what they get by it."""
    place = group_places.read_group(*shell.here(), group)
    after, words = request.args.get("after", ""), request.args.get("q", "").strip()[:200]
    start = (after,) if is_id(after) else None
    members = groups.list_members(*shell.here(), place.group.id, Wanted(_MEMBERS, _named(words), None, False, start))
    owns = who.person().owns
    return shell.show(
        "group.html",
        "groups",
        place=place,
        changes=place.group.is_local and _may_change(),
        group=place.group,
        path=pages.at(f"/console/groups/{place.group.id}"),
        members=members.rows,
        next=members.next[0] if members.next else None,
        is_first=start is None,
        words=words,
        roles=roles.list_roles(*shell.here()) if owns else (),
        history=_history(place.group.id) if owns else None,
        did=did,
    )


@groups_face.page("GET", f"{_GROUP}/give", needs="administrator")
def give_role(group: str) -> Response:
    """Go on to where a role is given to its members."""
    found, role = (
        groups.get_group(*shell.here(), group),
        roles.get_role(*shell.here(), request.args.get("role", "")).role,
    )
    return shell.go(f"/console/roles/{role.id}/holders/give", None, kind="group", group=found.id)


@groups_face.page("GET", f"{_GROUP}/removal", needs="owner")
def show_removal(group: str) -> Response:
    """Who would lose what if it were gone."""
    here, after, found = shell.here(), request.args.get("after", ""), groups.get_group(*shell.here(), group)
    part = later.address(is_quick=group_removal.is_quick(*here, found.id))
    removal = None
    if part is None:
        removal = group_removal.simulate_removal(*here, found.id, after=after if is_id(after) else None)
    return shell.show(
        "group_removal.html",
        "groups",
        name=found.display_name,
        removal=removal,
        later=part,
        path=pages.at(f"/console/groups/{found.id}"),
        is_first=not after,
    )


def _may_change() -> bool:
    return who.person().owns or groups.may_change(*shell.here())


def _named(words: str) -> str | None:
    return f"name sw {lists.literal(words)}" if words else None


def _history(id: str) -> list[Any]:
    condition = f'target_kind eq "group" and target_id eq {lists.literal(id)}'
    entries = audit_trail.list_entries(*shell.here(), Wanted(_HISTORY, condition))
    return [(entry, audit_trail.differences(entry)) for entry in entries.results]
