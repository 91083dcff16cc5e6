"""Who has which role and why, as rows: the grants of a person, a group, a unit or a role with all their sources.

Sources that are over or have not begun are there, too, so that people see them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, bindparam, func, select

from app.models import ApiKey
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, GROUPS, MEMBERSHIPS, ROLES, RULES, SOURCES, UNITS, USERS
from app.stores.filter_sql import is_id
from app.stores.listings import Listing
from app.stores.lists import one_of
from app.stores.nesting import groups_of
from muster.filters import As, Kind
from rbac.model import GroupName

KEYS = table(ApiKey)
_PLACE = UNITS.alias("place")
_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())
_IN_ACCOUNT = ASSIGNMENTS.c.account_id
ASSIGNMENT_LIST = Listing(
    rows=select(ASSIGNMENTS.c.id, ASSIGNMENTS.c.created)
    .join(ROLES, (ROLES.c.account_id == _IN_ACCOUNT) & (ROLES.c.id == ASSIGNMENTS.c.role_id))
    .outerjoin(USERS, (USERS.c.account_id == _IN_ACCOUNT) & (USERS.c.id == ASSIGNMENTS.c.user_id))
    .outerjoin(GROUPS, (GROUPS.c.account_id == _IN_ACCOUNT) & (GROUPS.c.id == ASSIGNMENTS.c.group_id))
    .outerjoin(UNITS, (UNITS.c.account_id == _IN_ACCOUNT) & (UNITS.c.id == ASSIGNMENTS.c.principal_unit_id))
    .outerjoin(_PLACE, (_PLACE.c.account_id == _IN_ACCOUNT) & (_PLACE.c.id == ASSIGNMENTS.c.business_unit_id)),
    account=_IN_ACCOUNT,
    by={"id": [ASSIGNMENTS.c.id]},
    columns={
        "id": As(ASSIGNMENTS.c.id, Kind.ID),
        "role": As(ROLES.c.name_key, Kind.FOLDED),
        "role_id": As(ASSIGNMENTS.c.role_id, Kind.ID),
        "user": As(USERS.c.user_name_key, Kind.FOLDED),
        "user_id": As(ASSIGNMENTS.c.user_id, Kind.ID),
        "group": As(GROUPS.c.display_name_key, Kind.FOLDED),
        "group_id": As(ASSIGNMENTS.c.group_id, Kind.ID),
        "principal_unit": As(UNITS.c.key, Kind.EXACT),
        "unit": As(_PLACE.c.key, Kind.EXACT),
        "reach": As(ASSIGNMENTS.c.reach, Kind.EXACT),
        "created": ASSIGNMENTS.c.created,
    },
)
"""All assignments of an account; ``unit`` is where they count."""
_FIRST = "00000000-0000-0000-0000-000000000000"


def grants_of_user(session: Session, account_id: str, user_id: str) -> list[Any]:
    """What a person has themselves, and what the groups have that they are in."""
    own = session.execute(_OF["user_id"], {"b_account": account_id, "b_id": user_id})
    return [*own, *session.execute(_THROUGH_GROUPS, {"b_account": account_id, "b_id": user_id})]


def groups_of_user(session: Session, account_id: str, user_id: str) -> tuple[GroupName, ...]:
    """The groups that a person is in, directly or through nesting, by name."""
    rows = session.execute(_GROUPS_OF, {"b_account": account_id, "b_id": user_id})
    return tuple(GroupName(row.id, row.display_name, row.directory) for row in rows)


def grants_of_group(session: Session, account_id: str, group_id: str) -> list[Any]:
    """What a group has itself."""
    return list(session.execute(_OF["group_id"], {"b_account": account_id, "b_id": group_id}))


def grants_of_units(session: Session, account_id: str, unit_ids: Collection[str]) -> list[Any]:
    """What business units have themselves."""
    return list(session.execute(_OF_UNITS, {"b_account": account_id, "b_ids": sorted(unit_ids)}))


def grants_of_role(session: Session, account_id: str, role_id: str, after: str | None, limit: int) -> list[Any]:
    """Everything that a role is given to: so many assignments after one, by id, with all their sources."""
    asked = {"b_account": account_id, "b_id": role_id, "b_after": after or _FIRST, "b_limit": limit}
    return list(session.execute(_OF_ROLE, asked))


def shared_grants_of_role(session: Session, account_id: str, role_id: str) -> list[Any]:
    """What gives a role to groups and to units, with all their sources."""
    return list(session.execute(_SHARED_OF_ROLE, {"b_account": account_id, "b_id": role_id}))


def grants_of_ids(session: Session, account_id: str, ids: Collection[str]) -> list[Any]:
    """These assignments, by id, with all their sources."""
    return list(session.execute(_OF_IDS, {"b_account": account_id, "b_ids": [*ids]}))


def names_of(session: Session, account_id: str, who: Collection[str]) -> dict[str, str]:
    """What those are called who gave something: the userName for an id, else the text itself."""
    ids = [one for one in who if is_id(one)]
    rows = session.execute(_NAMES, {"b_account": account_id, "b_ids": ids}) if ids else []
    return {one: one for one in who} | {row.id: row.user_name for row in rows}


def keys_among(session: Session, account_id: str, names: Collection[str]) -> frozenset[str]:
    """Those of some names that are names of API keys, also of revoked ones."""
    rows = session.execute(_KEY_NAMES, {"b_account": account_id, "b_ids": [*names]}) if names else []
    return frozenset(row.name for row in rows)


def _listed(given: FromClause) -> Select[Any]:
    of_group = GROUPS.alias("source_group")
    return (
        select(
            given.c.id,
            given.c.role_id,
            given.c.user_id,
            given.c.group_id,
            given.c.principal_unit_id,
            given.c.business_unit_id,
            given.c.reach,
            func.coalesce(USERS.c.user_name, GROUPS.c.display_name, UNITS.c.key).label("principal"),
            SOURCES.c.id.label("source_id"),
            SOURCES.c.kind,
            SOURCES.c.rule_id,
            RULES.c.name.label("rule"),
            RULES.c.first_revision.label("revision"),
            SOURCES.c.group_id.label("source_group_id"),
            of_group.c.display_name.label("source_group"),
            SOURCES.c.granted_by,
            SOURCES.c.reason,
            SOURCES.c.starts,
            SOURCES.c.expires,
            SOURCES.c.created,
        )
        .select_from(
            # Outer joins keep this order on SQLite, which would begin with all sources of the account.
            given.outerjoin(USERS, (USERS.c.account_id == _ACCOUNT) & (USERS.c.id == given.c.user_id))
            .outerjoin(GROUPS, (GROUPS.c.account_id == _ACCOUNT) & (GROUPS.c.id == given.c.group_id))
            .outerjoin(UNITS, (UNITS.c.account_id == _ACCOUNT) & (UNITS.c.id == given.c.principal_unit_id))
            .outerjoin(SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == given.c.id))
            .outerjoin(RULES, (RULES.c.account_id == _ACCOUNT) & (RULES.c.id == SOURCES.c.rule_id))
            .outerjoin(of_group, (of_group.c.account_id == _ACCOUNT) & (of_group.c.id == SOURCES.c.group_id))
        )
        .order_by(given.c.id, SOURCES.c.created, SOURCES.c.id)
    )


def _found(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Those of the account for which all this holds, by id."""
    # Materialized: else SQLite reads all assignments, since they come in the order of ids.
    found = select(ASSIGNMENTS).where(ASSIGNMENTS.c.account_id == _ACCOUNT, *conditions)
    return _listed(found.cte("found").prefix_with("MATERIALIZED"))


def _of(column: Any) -> Prepared:
    return Prepared(_found(column == _ID))


def _of_role() -> Prepared:
    page = (
        select(ASSIGNMENTS)
        .where(
            ASSIGNMENTS.c.account_id == _ACCOUNT,
            ASSIGNMENTS.c.role_id == _ID,
            ASSIGNMENTS.c.id > bindparam("b_after", type_=Id()),
        )
        .order_by(ASSIGNMENTS.c.id)
        .limit(bindparam("b_limit"))
        .subquery()
    )
    return Prepared(_listed(page))


def _through_groups() -> Prepared:
    mine = groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == _ID)
    return Prepared(_found(ASSIGNMENTS.c.group_id.is_not(None), ASSIGNMENTS.c.group_id.in_(select(mine.c.group_id))))


def _groups_of() -> Prepared:
    mine = groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == _ID)
    return Prepared(
        select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name.label("directory"))
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .where(GROUPS.c.account_id == _ACCOUNT, GROUPS.c.id.in_(select(mine.c.group_id)))
        .order_by(GROUPS.c.display_name_key, GROUPS.c.id)
    )


_OF = {column: _of(ASSIGNMENTS.c[column]) for column in ("user_id", "group_id")}
_OF_UNITS = Prepared(
    _found(ASSIGNMENTS.c.principal_unit_id.is_not(None), one_of(ASSIGNMENTS.c.principal_unit_id, "b_ids"))
)
_OF_IDS = Prepared(_listed(ASSIGNMENTS).where(ASSIGNMENTS.c.account_id == _ACCOUNT, one_of(ASSIGNMENTS.c.id, "b_ids")))
_SHARED_OF_ROLE = Prepared(_found(ASSIGNMENTS.c.role_id == _ID, ASSIGNMENTS.c.user_id.is_(None)))
_OF_ROLE, _THROUGH_GROUPS, _GROUPS_OF = _of_role(), _through_groups(), _groups_of()
_NAMES = Prepared(
    select(USERS.c.id, USERS.c.user_name).where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "b_ids"))
)
_KEY_NAMES = Prepared(select(KEYS.c.name).where(KEYS.c.account_id == _ACCOUNT, one_of(KEYS.c.name, "b_ids")))
