"""/console/people: everybody of the account."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from app.services import directories, units, users
from app.stores.people import USER_LIST
from app.web.console import exporting, lists, shell
from app.web.console.lists import Choice, Column, InDatabase, Table
from app.web.console.people_bulk import ACTS

people_face = shell.console_face("console_people")

PEOPLE = Table(
    "people",
    "/console/people",
    InDatabase(USER_LIST, users.list_users, "name"),
    (
        Column("name", lambda one: one.name, "name"),
        Column("user_name", lambda one: one.user_name, "user_name"),
        Column("state", lambda one: "active" if one.active else "inactive"),
        Column("directory", lambda one: one.directory),
        Column("home", lambda one: one.home_unit),
        Column("origin", lambda one: one.origin, usual=False),
        Column("external_id", lambda one: one.external_id, usual=False),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("modified", lambda one: one.modified),
    ),
    lists.starting("name"),
    (
        Choice("state", {"active": "active eq true", "inactive": "active eq false"}),
        Choice("origin", {one: f'origin eq "{one}"' for one in ("scim", "sso", "manual")}),
    ),
    keeps_views=True,
    onward=("/console/directories", "directories.title"),
)


@people_face.page("GET", "/console/people", needs="administrator")
def show_people() -> Response:
    """Everybody, a page at a time."""
    wish = lists.asked(_of_account())
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("people.html", "people", page=lists.page(wish), acts=ACTS)


def _of_account() -> Table:
    """The list with the account's directories and units to choose from, where there are several."""
    here = shell.here()
    of_directories = {one.id: one.name for one in directories.list_directories(*here)}
    of_units = {one.id: f"{' ' * one.depth}{one.name}" for one in units.list_units(*here)}
    choices = (
        _choice("directory", "directory_id", of_directories),
        _choice("home", "home_unit_id", of_units),
    )
    return replace(PEOPLE, choices=(*PEOPLE.choices, *(one for one in choices if len(one.filters) > 1)))


def _choice(name: str, attribute: str, labels: dict[str, str]) -> Choice:
    return Choice(name, {id: f"{attribute} eq {lists.literal(id)}" for id in labels}, labels)
