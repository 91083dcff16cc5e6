"""Directories: one for each identity provider that pushes into an account."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app import audit
from app.models import Directory
from app.models.base import new_id, table
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from scim.dialects import PRESETS
from scim.keys import fold

DIRECTORIES = table(Directory)
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """A directory as it is listed."""

    id: str
    name: str
    preset: str


def create_directory(session: Session, account_id: str, name: str, preset: str) -> DirectoryFacts:
    """Open a new push target. Raises Refused for an unknown preset, Conflict for a taken name."""
    if preset not in PRESETS:
        raise Refused(f"unknown preset {preset!r}; choose from {', '.join(sorted(PRESETS))}")
    id = new_id()
    values = {"account_id": account_id, "id": id, "name": name, "name_key": fold(name), "preset": preset}
    try:
        session.execute(insert(DIRECTORIES).values(values))
    except IntegrityError as error:
        raise Conflict(f"this account already has a directory named {name!r}") from error
    audit.record(session, account_id, "directory.created", "directory", id, name, after={"preset": preset})
    return DirectoryFacts(id, name, preset)


def list_directories(session: Session, account_id: str) -> list[DirectoryFacts]:
    """The account's directories, its own local one included."""
    query = select(DIRECTORIES.c.id, DIRECTORIES.c.name, DIRECTORIES.c.preset)
    rows = session.execute(query.where(DIRECTORIES.c.account_id == account_id).order_by(DIRECTORIES.c.id))
    return [DirectoryFacts(*row) for row in rows]


def find_directory(session: Session, account_id: str, name: str | None) -> DirectoryFacts:
    """A directory by id or name; without a name the only one that an identity provider pushes into.

    Raises NotFound, listing what there is.
    """
    found = list_directories(session, account_id)
    if name is None:
        pushed = [directory for directory in found if directory.preset != LOCAL]
        if len(pushed) == 1:
            return pushed[0]
    else:
        for directory in found:
            if name == directory.id or fold(name) == fold(directory.name):
                return directory
    names = ", ".join(directory.name for directory in found)
    raise NotFound(
        f"no directory {name!r}; this account has: {names}" if name else f"name one of the directories: {names}"
    )
