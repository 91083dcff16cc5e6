"""Directories: one for each identity provider that pushes into an account."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from sqlalchemy import func, insert, null, select, update
from sqlalchemy.exc import IntegrityError

from app import audit
from app.models import Directory, Group
from app.models.base import new_id, table
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from scim.dialects import ONLY, PRESETS, REPAIRS
from scim.keys import fold

DIRECTORIES, GROUPS = table(Directory), table(Group)
LOCAL = "local"
CLAIMS = "claims"
"""A directory in which groups appear that sign-ins name; nothing is pushed into it."""
_SHOWN_NAMES = 20


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """A directory as it is listed."""

    id: str
    name: str
    preset: str
    unique_group_names: bool
    repairs: str = ""
    requests_per_minute: int | None = None


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
    return DirectoryFacts(id, name, preset, unique_group_names=True)


def set_unique_group_names(session: Session, account_id: str, found: DirectoryFacts, unique: bool) -> DirectoryFacts:
    """Say whether two groups of the directory may have one name, whatever its case.

    Raises Conflict, naming them, when names are to be unique and are not. A request that is under way
    finishes as it began; saying the same again takes in what it wrote.
    """
    here = (GROUPS.c.account_id == account_id, GROUPS.c.directory_id == found.id)
    directory = (DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == found.id)
    if unique:
        repeated = (
            select(func.min(GROUPS.c.display_name), func.count())
            .where(*here)
            .group_by(GROUPS.c.display_name_key)
            .having(func.count() > 1)
            .order_by(GROUPS.c.display_name_key)
        )
        names = [f"{name!r} ({count})" for name, count in session.execute(repeated)]
        if names:
            more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
            raise Conflict(
                f"{found.name} has several groups of one name: {', '.join(names[:_SHOWN_NAMES])}{more};"
                " rename or delete all but one of each first"
            )
    key = GROUPS.c.display_name_key if unique else null()
    try:
        session.execute(
            update(GROUPS).where(*here, GROUPS.c.unique_name_key.is_distinct_from(key)).values(unique_name_key=key)
        )
    except IntegrityError as error:
        raise Conflict(f"a group of {found.name} got a name that another one has at this moment; try again") from error
    # After the groups, as requests do it, so that neither waits for the other in a circle.
    session.execute(update(DIRECTORIES).where(*directory).values(unique_group_names=unique))
    if found.unique_group_names != unique:
        before, after = ({"unique_group_names": value} for value in (found.unique_group_names, unique))
        audit.record(session, account_id, "directory.changed", "directory", found.id, found.name, before, after)
    return replace(found, unique_group_names=unique)


def set_repairs(session: Session, account_id: str, found: DirectoryFacts, choices: str) -> DirectoryFacts:
    """Say which habits of identity providers the directory repairs; without a choice all of them.

    ``choices`` are as in ``only +own-ids -dotted-keys``, where ``only`` leaves out those that its preset does not
    expect; they replace those before. Raises Refused for a name of no repair.
    """
    chosen: dict[str, str] = {}
    for choice in choices.split():
        if choice == ONLY:
            chosen[""] = choice  # it stands first
        elif choice[0] not in "+-" or choice[1:] not in REPAIRS:
            raise Refused(
                f"{choice!r} is no repair switched on or off, nor {ONLY!r}; choose from {', '.join(sorted(REPAIRS))}"
            )
        else:
            chosen[choice[1:]] = choice
    return _change(session, account_id, found, "repairs", " ".join(chosen[name] for name in sorted(chosen)))


def set_requests_per_minute(
    session: Session, account_id: str, found: DirectoryFacts, most: int | None
) -> DirectoryFacts:
    """Limit how many requests of the directory each worker process answers; 0: not at all, None: as usual here."""
    return _change(session, account_id, found, "requests_per_minute", most)


def _change(session: Session, account_id: str, found: DirectoryFacts, what: str, value: Any) -> DirectoryFacts:
    before = getattr(found, what)
    if before == value:
        return found
    directory = (DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == found.id)
    session.execute(update(DIRECTORIES).where(*directory).values({what: value}))
    record = partial(audit.record, session, account_id, "directory.changed", "directory", found.id, found.name)
    record({what: before}, {what: value})
    return replace(found, **{what: value})


def list_directories(session: Session, account_id: str) -> list[DirectoryFacts]:
    """The account's directories, its own local one included."""
    query = select(*(DIRECTORIES.c[one.name] for one in fields(DirectoryFacts)))
    rows = session.execute(query.where(DIRECTORIES.c.account_id == account_id).order_by(DIRECTORIES.c.id))
    return [DirectoryFacts(*row) for row in rows]


def find_directory(session: Session, account_id: str, name: str | None) -> DirectoryFacts:
    """A directory by id or name; without a name the only one that an identity provider pushes into.

    Raises NotFound, listing what there is.
    """
    found = list_directories(session, account_id)
    if name is None:
        pushed = [directory for directory in found if directory.preset not in (LOCAL, CLAIMS)]
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
