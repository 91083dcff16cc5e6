"""Users and groups of a whole account, whichever directory they belong to: for administration, not for SCIM."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal, select, union_all

from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import DIRECTORIES, GROUPS, MEMBERSHIPS, NESTINGS, UNITS, USERS
from app.stores.filter_sql import is_id
from app.stores.listings import Found, Listing, Wanted, page
from muster.filters import As, Kind
from scim.keys import fold

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

USER_LIST = Listing(
    rows=_USERS,
    account=USERS.c.account_id,
    by={
        "id": [USERS.c.id],
        "user_name": [USERS.c.user_name_key, USERS.c.id],
        "created": [USERS.c.created, USERS.c.id],
        "modified": [USERS.c.modified, USERS.c.id],
    },
    columns={
        "id": As(USERS.c.id, Kind.ID),
        "origin": As(USERS.c.origin, Kind.EXACT),
        "external_id": As(USERS.c.external_id, Kind.EXACT),
        "directory": As(DIRECTORIES.c.name_key, Kind.FOLDED),
        "created": USERS.c.created,
        "modified": USERS.c.modified,
        "user_name": As(USERS.c.user_name_key, Kind.FOLDED),
        "display_name": As(USERS.c.display_name_key, Kind.FOLDED),
        "family_name": As(USERS.c.family_name_key, Kind.FOLDED),
        "given_name": As(USERS.c.given_name_key, Kind.FOLDED),
        "active": USERS.c.active,
        "home_unit": As(UNITS.c.key, Kind.EXACT),
    },
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
    },
)


def find_users(session: Session, account_id: str, reference: str) -> list[Any]:
    """The users of this id or userName; several directories may have the name."""
    named = USERS.c.id == reference if is_id(reference) else USERS.c.user_name_key == fold(reference)
    return list(session.execute(_USERS.where(USERS.c.account_id == account_id, named).limit(2)))


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
        USERS.c.directory_id.in_(directories) & USERS.c.external_id.in_([bindparam("exact"), bindparam("lower")]),
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
    """A page of a group's direct members, users and groups, by id."""
    every = union_all(_users_in(account_id, group_id), _groups_in(account_id, group_id)).subquery()
    columns = {
        "id": As(every.c.id, Kind.ID),
        "kind": As(every.c.kind, Kind.EXACT),
        "name": As(every.c.key, Kind.FOLDED),
    }
    return page(session, Listing(select(every), None, {"id": [every.c.id]}, columns), account_id, wanted)


def _users_in(account_id: str, group_id: str) -> Select[Any]:
    rows = select(
        USERS.c.id, literal("user").label("kind"), USERS.c.user_name.label("name"), USERS.c.user_name_key.label("key")
    )
    rows = rows.join(
        MEMBERSHIPS, (MEMBERSHIPS.c.account_id == USERS.c.account_id) & (MEMBERSHIPS.c.user_id == USERS.c.id)
    )
    return rows.where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id == group_id)


def _groups_in(account_id: str, group_id: str) -> Select[Any]:
    rows = select(GROUPS.c.id, literal("group"), GROUPS.c.display_name, GROUPS.c.display_name_key)
    rows = rows.join(NESTINGS, (NESTINGS.c.account_id == GROUPS.c.account_id) & (NESTINGS.c.child_id == GROUPS.c.id))
    return rows.where(NESTINGS.c.account_id == account_id, NESTINGS.c.group_id == group_id)
