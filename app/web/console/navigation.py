"""Where one can go in the console, and where one is."""

from __future__ import annotations

from dataclasses import dataclass

from app.web import pages, who


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; ``name`` is that of its text, ``console.nav.<name>``, and of its area."""

    name: str
    path: str
    owners: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as it is shown to somebody."""

    name: str
    address: str
    is_here: bool


SECTIONS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("start", (Place("overview", "/console"),)),
    (
        "who",
        (
            Place("people", "/console/people"),
            Place("groups", "/console/groups"),
            Place("units", "/console/units"),
        ),
    ),
    (
        "access",
        (
            Place("mapping", "/console/mapping", owners=True),
            Place("roles", "/console/roles"),
            Place("matrix", "/console/matrix"),
            Place("items", "/console/items"),
            Place("filters", "/console/filters"),
        ),
    ),
    (
        "trust",
        (
            Place("directories", "/console/directories", owners=True),
            Place("connections", "/console/connections", owners=True),
        ),
    ),
    (
        "keep",
        (
            Place("audit", "/console/audit", owners=True),
            Place("settings", "/console/settings", owners=True),
        ),
    ),
)
"""By section, whose texts are ``console.section.<name>``."""


def sections(area: str) -> list[tuple[str, list[Entry]]]:
    """What whoever is signed in may go to; ``area`` is where they are."""
    person = who.person()
    return [
        (section, [_entry(place, area) for place in places if person.owns or not place.owners])
        for section, places in SECTIONS
        if person.owns or any(not place.owners for place in places)
    ]


def _entry(place: Place, area: str) -> Entry:
    return Entry(place.name, pages.at(place.path), place.name == area)
