"""Users and groups of a whole account, whichever directory they belong to: for administration, not for SCIM."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, false, func, literal, select, true, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import BINDINGS, DIRECTORIES, GROUPS, MEMBERSHIPS, NESTINGS, UNITS, USERS
from app.stores.filter_sql import is_id
from app.stores.listings import Found, Listing, Wanted, filtered, page
from app.stores.lists import one_of
from muster.filters import As, Columns, InvalidFilter, Kind, Own, compile_filter
from scim.keys import Key, fold, text_above

_NAMES = ("user_name", "display_name", "family_name", "given_name")
_READS_ALL = ("co", "ew")
"""Operators for which an index is read from end to end: by itself, and not with the row of everybody in it."""
_NAME = func.coalesce(USERS.c.display_name_key, USERS.c.user_name_key, type_=USERS.c.user_name_key.type).label("name")
_OF_DIRECTORY = (DIRECTORIES.c.name.label("directory"), DIRECTORIES.c.preset)


def _in_directory(rows: Any) -> Any:
    return (DIRECTORIES.c.account_id == rows.c.account_id) & (DIRECTORIES.c.id == rows.c.directory_id)


_USERS = (
    select(
        USERS.c.id,
        USERS.c.user_name,
        USERS.c.user_name_key,
        USERS.c.active,
        USERS.c.origin,
        USERS.c.external_id,
        USERS.c.document,
        USERS.c.created,
        USERS.c.modified,
        USERS.c.directory_id,
        _NAME,
        *_OF_DIRECTORY,
        UNITS.c.key.label("home_unit"),
    )
    .join(DIRECTORIES, _in_directory(USERS))
    .outerjoin(UNITS, (UNITS.c.account_id == USERS.c.account_id) & (UNITS.c.id == USERS.c.home_unit_id))
)
_GROUPS = select(
    GROUPS.c.id,
    GROUPS.c.display_name,
    GROUPS.c.display_name_key,
    GROUPS.c.origin,
    GROUPS.c.external_id,
    GROUPS.c.member_count,
    GROUPS.c.created,
    GROUPS.c.modified,
    GROUPS.c.directory_id,
    *_OF_DIRECTORY,
).join(DIRECTORIES, _in_directory(GROUPS))
_MAPPED = exists().where(
    BINDINGS.c.account_id == GROUPS.c.account_id, BINDINGS.c.group_id == GROUPS.c.id, BINDINGS.c.orphaned.is_(None)
)
_HOME = (
    select(UNITS.c.key)
    .where(UNITS.c.account_id == USERS.c.account_id, UNITS.c.id == USERS.c.home_unit_id)
    .correlate(USERS)
    .scalar_subquery()
)


def _in_its_directory(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column of the directory that somebody is of, for filters."""
    return select(column).where(_in_directory(USERS)).correlate(USERS).scalar_subquery()


def _searches(account_id: str) -> Columns:
    """What indexes of several directories answer.

    ``name sw "ana gar"``: any name of a person begins so, or two of them with the first word and the others.
    """
    people = USERS.alias()
    directories = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account_id)
    given, family = people.c.given_name_key, people.c.family_name_key

    def ids(*begins: tuple[Any, str]) -> Select[Any]:
        query = select(people.c.id).where(people.c.account_id == account_id)
        if begins[0][0] is not people.c.user_name_key:
            query = query.where(people.c.directory_id.in_(directories))  # as the indexes have it
        for column, words in begins:
            above = text_above(words)
            query = query.where(column >= words, *([column < above] if above is not None else []))
        return query

    def name(op: str, literal: Key | None) -> ColumnElement[bool]:
        if op != "sw" or not isinstance(literal, str):
            raise InvalidFilter("filter: name is compared with a text, by sw")
        if "\0" in literal:  # cannot be in a database's text
            return false()
        words = " ".join(fold(literal).split())
        first, _, others = words.partition(" ")
        ways = [ids((column, words)) for column in (people.c.user_name_key, people.c.display_name_key, given, family)]
        if others:
            ways += [ids((given, first), (family, others)), ids((family, first), (given, others))]
        # Each by its own index: joined by OR, they would all be looked for in every row.
        return USERS.c.id.in_(union_all(*ways))

    def active(op: str, literal: Key | None) -> ColumnElement[bool]:
        if op == "pr":
            return true()
        if op != "eq" or not isinstance(literal, bool):
            raise InvalidFilter("filter: active is compared with true or false, by eq")
        if literal:
            return USERS.c.active.is_(true())
        # They are few, and have an index of their own.
        off = select(people.c.id).where(people.c.account_id == account_id, people.c.directory_id.in_(directories))
        return USERS.c.id.in_(off.where(people.c.active.is_(false())))

    def named(attribute: str) -> Own:
        mine = people.c[f"{attribute}_key"]

        def own(op: str, literal: Key | None) -> ColumnElement[bool]:
            test = f"{attribute} {op}" + ("" if op == "pr" else f" {json.dumps(literal, ensure_ascii=False)}")
            if op not in _READS_ALL:
                return compile_filter(test, {attribute: As(USERS.c[mine.key], Kind.FOLDED)})
            query = select(people.c.id).where(people.c.account_id == account_id)
            if attribute != "user_name":
                query = query.where(people.c.directory_id.in_(directories))
            return USERS.c.id.in_(query.where(compile_filter(test, {attribute: As(mine, Kind.FOLDED)})))

        return own

    return {"name": name, "active": active} | {one: named(one) for one in _NAMES}


USER_LIST = Listing(
    rows=_USERS,
    account=USERS.c.account_id,
    by={
        "id": [USERS.c.id],
        "name": [_NAME, USERS.c.id],
        "user_name": [USERS.c.user_name_key, USERS.c.id],
        # Identifiers begin with the moment at which they were made.
        "created": [USERS.c.id],
        "modified": [USERS.c.modified, USERS.c.id],
    },
    columns={
        "id": As(USERS.c.id, Kind.ID),
        "origin": As(USERS.c.origin, Kind.EXACT),
        "external_id": As(USERS.c.external_id, Kind.EXACT),
        "directory": As(_in_its_directory(DIRECTORIES.c.name_key), Kind.FOLDED),
        "created": USERS.c.created,
        "modified": USERS.c.modified,
        "user_name": As(USERS.c.user_name_key, Kind.FOLDED),
        "display_name": As(USERS.c.display_name_key, Kind.FOLDED),
        "family_name": As(USERS.c.family_name_key, Kind.FOLDED),
        "given_name": As(USERS.c.given_name_key, Kind.FOLDED),
        "home_unit": As(_HOME, Kind.EXACT),
        "directory_id": As(USERS.c.directory_id, Kind.ID),
        "home_unit_id": As(USERS.c.home_unit_id, Kind.ID),
    },
    searches=_searches,
    counted=select(USERS.c.id),
)
GROUP_LIST = Listing(
    rows=_GROUPS,
    account=GROUPS.c.account_id,
    by={
        "id": [GROUPS.c.id],
        "display_name": [GROUPS.c.display_name_key, GROUPS.c.id],
        "created": [GROUPS.c.created, GROUPS.c.id],
        "modified": [GROUPS.c.modified, GROUPS.c.id],
    },
    columns={
        "id": As(GROUPS.c.id, Kind.ID),
        "origin": As(GROUPS.c.origin, Kind.EXACT),
        "external_id": As(GROUPS.c.external_id, Kind.EXACT),
        "directory": As(DIRECTORIES.c.name_key, Kind.FOLDED),
        "created": GROUPS.c.created,
        "modified": GROUPS.c.modified,
        "display_name": As(GROUPS.c.display_name_key, Kind.FOLDED),
        "member_count": GROUPS.c.member_count,
        "mapped": As(_MAPPED, Kind.BOOLEAN),
    },
)


def ids_of_users(session: Session, account_id: str, filter: str | None, most: int) -> list[str]:
    """The ids of the users whom a filter finds, in their order, but no more than so many."""
    query = filtered(USER_LIST, account_id, filter).with_only_columns(USERS.c.id)
    with session.in_time():
        return list(session.execute(query.order_by(USERS.c.id).limit(most)).scalars())


def find_users(session: Session, account_id: str, reference: str) -> list[Any]:
    """The users of this id or userName; several directories may have the name."""
    named = USERS.c.id == reference if is_id(reference) else USERS.c.user_name_key == fold(reference)
    return list(session.execute(_USERS.where(USERS.c.account_id == account_id, named).limit(2)))


def lock_people(session: Session, account_id: str, ids: Collection[str]) -> None:
    """Let nobody else change these people until the end of the transaction.

    In the order of their ids, so that of two who name the same people one waits for the other.
    """
    session.execute(_LOCKED, {"account": account_id, "ids": [one for one in ids if is_id(one)]})


_LOCKED = Prepared(
    select(USERS.c.id)
    .where(USERS.c.account_id == bindparam("account", type_=Id()), one_of(USERS.c.id, "ids"))
    .order_by(USERS.c.id)
    .with_for_update(key_share=True)
)


def is_taken(session: Session, account_id: str, user_id: str | None, name: str) -> bool:
    """Whether this is the id, userName or externalId of anybody in the account but this user, whatever its case."""
    if "\0" in name:  # cannot be in a database's text
        return False
    key = fold(name)
    asked = {"account": account_id, "but": user_id or _NOBODY, "id": key if is_id(key) else _NOBODY}
    asked |= {"key": key, "exact": name, "lower": name.lower()}
    return session.execute(_TAKEN, asked).scalar() is not None


_NOBODY = str(UUID(int=0))


def _taken() -> Prepared:
    """One look into an index for each way to be called so; together in one condition they would be none's."""
    lower = func.lower(USERS.c.external_id)
    directories = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == bindparam("account"))
    ways = (
        USERS.c.id == bindparam("id"),
        USERS.c.user_name_key == bindparam("key"),
        # One value each: of a list, PostgreSQL may look at everybody in a directory that it takes for a small one.
        USERS.c.directory_id.in_(directories) & (USERS.c.external_id == bindparam("exact")),
        USERS.c.directory_id.in_(directories) & (USERS.c.external_id == bindparam("lower")),
        (lower == bindparam("lower")) & (USERS.c.external_id != lower),
    )
    here = USERS.c.account_id == bindparam("account"), USERS.c.id != bindparam("but")
    return Prepared(union_all(*(select(USERS.c.id).where(*here, one) for one in ways)).limit(1))


_TAKEN = _taken()


def find_group_rows(session: Session, account_id: str, reference: str) -> list[Any]:
    """The groups of this id or displayName; a name may be there more than once."""
    named = GROUPS.c.id == reference if is_id(reference) else GROUPS.c.display_name_key == fold(reference)
    return list(session.execute(_GROUPS.where(GROUPS.c.account_id == account_id, named).limit(2)))


def members(session: Session, account_id: str, group_id: str, wanted: Wanted) -> Found:
    """A page of a group's direct members, users and groups, by id.

    Each kind is read in the order of its own index: to sort all members of a group would take as long as it is large.
    """
    kinds = [
        page(session, listing, account_id, wanted)
        for listing in (_users_in(account_id, group_id), _groups_in(account_id, group_id))
    ]
    every = sorted((row for one in kinds for row in one.rows), key=lambda row: row.id, reverse=wanted.descending)
    rows = every[: wanted.limit]
    has_more = len(every) > wanted.limit or any(one.next is not None for one in kinds)
    return Found(rows, (rows[-1].id,) if has_more else None)


def _users_in(account_id: str, group_id: str) -> Listing:
    member = MEMBERSHIPS.c.user_id
    rows = select(member, USERS.c.id, literal("user").label("kind"), USERS.c.user_name.label("name"))
    rows = rows.join(USERS, (MEMBERSHIPS.c.account_id == USERS.c.account_id) & (member == USERS.c.id))
    rows = rows.where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id == group_id)
    return _members(rows, member, "user", USERS.c.user_name_key)


def _groups_in(account_id: str, group_id: str) -> Listing:
    member = NESTINGS.c.child_id
    rows = select(member, GROUPS.c.id, literal("group").label("kind"), GROUPS.c.display_name.label("name"))
    rows = rows.join(GROUPS, (NESTINGS.c.account_id == GROUPS.c.account_id) & (member == GROUPS.c.id))
    rows = rows.where(NESTINGS.c.account_id == account_id, NESTINGS.c.group_id == group_id)
    return _members(rows, member, "group", GROUPS.c.display_name_key)


def _members(rows: Select[Any], member: Any, kind: str, key: Any) -> Listing:
    columns = {"id": As(member, Kind.ID), "kind": As(literal(kind), Kind.EXACT), "name": As(key, Kind.FOLDED)}
    return Listing(rows, None, {"id": [member]}, columns)
