"""Users, groups and directories by the names that people and documents use for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, not_, select

from app.prepared import Prepared
from app.session import Session
from app.stores.access_revision import BUMP
from app.stores.access_tables import DIRECTORIES, GROUPS, USERS
from app.stores.filter_sql import is_id
from app.stores.lists import one_of
from scim.keys import fold


def bump_for_namesakes(session: Session, account_id: str, names: Mapping[str, str]) -> None:
    """Raise the access revision if somebody else in the account has the userName of one of these; names by id.

    In one statement, whose answer nobody has to wait for.
    """
    asked = {"account": account_id, "b_names": [*map(fold, names.values())], "b_ids": [*names]}
    session.execute(_BUMP_FOR_NAMESAKES, asked)


# Counted: to find out whether there is one, PostgreSQL would read on through the table, expecting it soon.
_NAMESAKES = (
    select(func.count())
    .select_from(USERS)
    .where(
        USERS.c.account_id == bindparam("account"),
        one_of(USERS.c.user_name_key, "b_names"),
        not_(one_of(USERS.c.id, "b_ids")),
    )
)
_BUMP_FOR_NAMESAKES = Prepared(BUMP.where(_NAMESAKES.scalar_subquery() > 0))


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group as a mapping document may name it. ``gone`` is when it was deleted, for the group of an orphaned rule."""

    id: str
    name: str
    directory: str
    directory_id: str | None
    external_id: str | None
    gone: datetime | None = None


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A user as somebody may name them."""

    id: str
    user_name: str
    active: bool


def find_people(session: Session, account_id: str, reference: str) -> list[FoundPerson]:
    """The users of this id or userName; a name may stand in several directories. Begins no transaction."""
    statement, value = (_PERSON, reference) if is_id(reference) else (_PEOPLE_NAMED, fold(reference))
    rows = session.look(statement, {"b_account": account_id, "b_reference": value})
    return [FoundPerson(*row) for row in rows]


_PEOPLE = select(USERS.c.id, USERS.c.user_name, USERS.c.active).where(USERS.c.account_id == bindparam("b_account"))
_PERSON = Prepared(_PEOPLE.where(USERS.c.id == bindparam("b_reference")))
_PEOPLE_NAMED = Prepared(_PEOPLE.where(USERS.c.user_name_key == bindparam("b_reference")))


def find_groups(
    session: Session,
    account_id: str,
    directory_id: str | None,
    *,
    id: str | None = None,
    external_id: str | None = None,
    name: str | None = None,
) -> list[FoundGroup]:
    """Groups by id, externalId or name, of one directory or all; they stay until the transaction ends."""
    if id is not None and not is_id(id):
        return []
    query = (
        select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name, GROUPS.c.directory_id, GROUPS.c.external_id)
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .where(GROUPS.c.account_id == account_id)
        .order_by(GROUPS.c.id)
        .limit(50)
    )
    for column, value in (
        (GROUPS.c.id, id),
        (GROUPS.c.external_id, external_id),
        (GROUPS.c.directory_id, directory_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if name is not None:
        query = query.where(GROUPS.c.display_name_key == fold(name))
    locked = query.with_for_update(read=True, key_share=True, of=GROUPS)
    return [FoundGroup(*row) for row in session.execute(locked)]


def local_directory(session: Session, account_id: str) -> str:
    """The id of the account's own directory."""
    found: str = session.execute(_LOCAL, {"b_account": account_id}).scalar()
    return found


_LOCAL = Prepared(
    select(DIRECTORIES.c.id)
    .where(DIRECTORIES.c.account_id == bindparam("b_account"), DIRECTORIES.c.preset == "local")
    .order_by(DIRECTORIES.c.id)  # others may have been made since
    .limit(1)
)


def directories_of(session: Session, account_id: str) -> dict[str, str]:
    """Ids of an account's directories by name."""
    query = select(DIRECTORIES.c.name, DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account_id)
    return {row.name: row.id for row in session.execute(query)}


def group_names(session: Session, account_id: str, directory_id: str | None, most: int = 5_000) -> list[str]:
    """Names of groups, to guess from what somebody may have meant."""
    query = select(GROUPS.c.display_name).where(GROUPS.c.account_id == account_id)
    if directory_id is not None:
        query = query.where(GROUPS.c.directory_id == directory_id)
    return list(session.execute(query.limit(most)).scalars())
