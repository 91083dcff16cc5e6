"""Users, groups and directories by the names that people and documents use for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, not_, select

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
    if len(names) == 1:
        [(id, name)] = names.items()
        session.execute(_BUMP_FOR_NAMESAKE, {"account": account_id, "b_name": fold(name), "b_id": id})
        return
    asked = {"account": account_id, "b_names": [*map(fold, names.values())], "b_ids": [*names]}
    session.execute(_BUMP_FOR_NAMESAKES, asked)


def _bump_for(*namesakes: ColumnElement[bool]) -> Prepared:
    # Counted: to find out whether there is one, PostgreSQL would read on through the table, expecting it soon.
    counted = select(func.count()).select_from(USERS).where(USERS.c.account_id == bindparam("account"), *namesakes)
    return Prepared(BUMP.where(counted.scalar_subquery() > 0))


_BUMP_FOR_NAMESAKES = _bump_for(one_of(USERS.c.user_name_key, "b_names"), not_(one_of(USERS.c.id, "b_ids")))
# What is compared with a list PostgreSQL plans anew each time, which takes longer than to find it.
_BUMP_FOR_NAMESAKE = _bump_for(USERS.c.user_name_key == bindparam("b_name"), USERS.c.id != bindparam("b_id"))


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


class KnownGroups:
    """Groups of an account, looked up together by their ids, externalIds and names."""

    def __init__(
        self,
        session: Session,
        account_id: str,
        *,
        ids: Iterable[str] = (),
        external_ids: Iterable[str] = (),
        names: Iterable[str] = (),
    ) -> None:
        """Look up all groups that have one of these; they stay until the transaction ends."""
        self._by: dict[tuple[str, str | None], list[FoundGroup]] = {}
        for kind, statement, asked in (
            ("id", _GROUPS_OF_ID, {*filter(is_id, ids)}),
            ("external_id", _GROUPS_OF_EXTERNAL_ID, {*external_ids}),
            ("name", _GROUPS_CALLED, {*map(fold, names)}),
        ):
            if asked:
                for row in session.execute(statement, {"b_account": account_id, "b_asked": sorted(asked)}):
                    group = FoundGroup(*row)
                    keys = {"id": group.id, "external_id": group.external_id, "name": fold(group.name)}
                    self._by.setdefault((kind, keys[kind]), []).append(group)

    def find(
        self,
        directory_id: str | None,
        *,
        id: str | None = None,
        external_id: str | None = None,
        name: str | None = None,
    ) -> list[FoundGroup]:
        """Those of this id, externalId and name, as far as these are given; of one directory or all."""
        found = None
        for kind, value in (("id", id), ("external_id", external_id), ("name", fold(name) if name else None)):
            if value is not None:
                these = self._by.get((kind, value), [])
                found = these if found is None else [one for one in found if one in these]
        return [one for one in found or () if directory_id in (None, one.directory_id)]


def find_groups(
    session: Session, account_id: str, directory_id: str | None, *, id: str | None = None, name: str | None = None
) -> list[FoundGroup]:
    """Groups by id or name, of one directory or all; they stay until the transaction ends."""
    known = KnownGroups(session, account_id, ids=[id] if id else (), names=[name] if name else ())
    return known.find(directory_id, id=id, name=name)


def _groups(asked: ColumnElement[bool]) -> Prepared:
    query = (
        select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name, GROUPS.c.directory_id, GROUPS.c.external_id)
        .join(
            DIRECTORIES,
            (DIRECTORIES.c.account_id == bindparam("b_account")) & (DIRECTORIES.c.id == GROUPS.c.directory_id),
        )
        .where(GROUPS.c.account_id == bindparam("b_account"), asked)
        .order_by(GROUPS.c.id)
    )
    return Prepared(query.with_for_update(read=True, key_share=True, of=GROUPS))


_GROUPS_OF_ID = _groups(one_of(GROUPS.c.id, "b_asked"))
_GROUPS_OF_EXTERNAL_ID = _groups(one_of(GROUPS.c.external_id, "b_asked"))
_GROUPS_CALLED = _groups(one_of(GROUPS.c.display_name_key, "b_asked"))


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
