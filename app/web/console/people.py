"""/console/people: everybody of the account."""

from __future__ import annotations

from flask import Response

from app.services import users
from app.services.users import PersonFacts
from app.stores.people import USER_LIST
from app.web.console import exporting, lists, shell
from app.web.console.lists import Choice, Column, InDatabase, Table

people_face = shell.console_face("console_people")


def _name(person: PersonFacts) -> str:
    return person.display_name or person.user_name


PEOPLE = Table(
    "people",
    "/console/people",
    InDatabase(USER_LIST, users.list_users),
    (
        Column("name", _name),
        Column("user_name", lambda one: one.user_name, "user_name"),
        Column("state", lambda one: "active" if one.active else "inactive"),
        Column("directory", lambda one: one.directory),
        Column("home", lambda one: one.home_unit),
        Column("origin", lambda one: one.origin, usual=False),
        Column("external_id", lambda one: one.external_id, usual=False),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("modified", lambda one: one.modified, "modified"),
    ),
    lists.starting("user_name", "display_name", "family_name", "given_name"),
    (
        Choice("state", {"active": "active eq true", "inactive": "active eq false"}),
        Choice("origin", {one: f'origin eq "{one}"' for one in ("scim", "sso", "manual")}),
    ),
)


@people_face.page("GET", "/console/people", needs="administrator")
def show_people() -> Response:
    """Everybody, a page at a time."""
    wish = lists.asked(PEOPLE)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("people.html", "people", page=lists.page(wish))
