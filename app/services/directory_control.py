"""Letting a directory wait, and removing one: what each means first, then the deed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update

from app import audit
from app.models import Connection
from app.models.base import now, table
from app.services import guards
from app.services.directories import CLAIMS, DIRECTORIES, LOCAL
from app.services.directory_overview import DirectoryState, state_of
from app.services.errors import Conflict, Forbidden, Refused
from app.session import Session

CONNECTIONS = table(Connection)


@dataclass(frozen=True, slots=True)
class Removal:
    """What stands in the way of a directory's removal: nothing, or the numbers and names of it."""

    people: int
    groups: int
    connections: tuple[str, ...]

    @property
    def is_free(self) -> bool:
        """Whether nothing does."""
        return not (self.people or self.groups or self.connections)


def pause(session: Session, account_id: str, directory: str) -> DirectoryState:
    """Ask the identity provider to come again later, from now on: nothing that it sends is done, and nothing is lost.

    Raises NotFound, Refused for a directory that nothing is pushed into, Forbidden.
    """
    return _set(session, account_id, directory, paused=True)


def resume(session: Session, account_id: str, directory: str) -> DirectoryState:
    """Take what the identity provider sends again. Raises as ``pause``."""
    return _set(session, account_id, directory, paused=False)


def removal(session: Session, account_id: str, directory: str) -> Removal:
    """What stands in the way of removing a directory. Raises NotFound, Refused, Forbidden."""
    return _removal(session, account_id, _begin(session, account_id, directory))


def remove(session: Session, account_id: str, directory: str) -> None:
    """Remove a directory that has nobody and nothing in it, with its tokens; the trail keeps what it did.

    Raises Conflict, naming what stands in the way, NotFound, Refused, Forbidden.
    """
    found = _begin(session, account_id, directory)
    way = _removal(session, account_id, found)
    if way.people or way.groups:
        raise Conflict(
            f"{found.name} still has {way.people} people and {way.groups} groups: let the identity provider remove "
            "them first, so that everybody loses what they have by it in the way that is expected; pause it meanwhile"
        )
    if way.connections:
        raise Conflict(f"sign-ins by {', '.join(way.connections)} look for people in {found.name}; change that first")
    session.execute(delete(DIRECTORIES).where(DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == found.id))
    before = {"preset": found.preset}
    audit.record(session, account_id, "directory.removed", "directory", found.id, found.name, before)


def _set(session: Session, account_id: str, directory: str, *, paused: bool) -> DirectoryState:
    found = _begin(session, account_id, directory)
    if (found.paused is not None) == paused:
        return found
    here = DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == found.id
    session.execute(update(DIRECTORIES).where(*here).values(paused=now() if paused else None))
    action = "directory.paused" if paused else "directory.resumed"
    audit.record(session, account_id, action, "directory", found.id, found.name)
    return state_of(session, account_id, found.id)


def _begin(session: Session, account_id: str, directory: str) -> DirectoryState:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("a directory decides who is there at all; only an Account Owner has to do with it")
    found = state_of(session, account_id, directory)
    if found.preset in (LOCAL, CLAIMS):
        raise Refused(f"nothing is pushed into {found.name}, so it stays as it is")
    return found


def _removal(session: Session, account_id: str, found: DirectoryState) -> Removal:
    names = session.execute(
        select(CONNECTIONS.c.name)
        .where(
            CONNECTIONS.c.account_id == account_id,
            or_(CONNECTIONS.c.directory_id == found.id, CONNECTIONS.c.claims_directory_id == found.id),
        )
        .order_by(CONNECTIONS.c.name_key)
    )
    return Removal(found.people, found.groups, tuple(names.scalars()))
