"""The two statements of a decision: who somebody is with all they have, and the policy of an account.

Each is a union of parts with the same columns, so that one round trip sees one revision.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    union,
    union_all,
)

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    DIRECTORIES,
    GROUPS,
    MEMBERSHIPS,
    NESTINGS,
    PERMISSIONS,
    ROLES,
    RULES,
    SOURCES,
    UNITS,
    USERS,
    WORKS,
)
from app.stores.lists import one_of
from rbac.model import Reach

_LOOKUP_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "revision": Integer(),
    "user_id": Id(),
    "user_name": Text(),
    "user_name_key": Text(),
    "active": Boolean(),
    "unit_id": Id(),
    "reach": String(10),
    "assignment_id": Id(),
    "role_id": Id(),
    "via_id": Id(),
    "via_name": Text(),
    "via_directory": Text(),
    "kind": String(10),
    "rule_id": Id(),
    "rule": Text(),
    "rule_revision": Integer(),
    "group_id": Id(),
    "group_name": Text(),
    "group_directory": Text(),
    "granted_by": Text(),
    "reason": Text(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}
_POLICY_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "number": Integer(),
    "id": Id(),
    "parent": Id(),
    "first": Text(),
    "second": Text(),
    "is_default": Boolean(),
    "is_owner": Boolean(),
    "privileged": Boolean(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
}


@lru_cache(maxsize=16)
def lookup(people: int, with_ids: bool, full: bool) -> Prepared:
    """The revision and the people asked for (``people``: none, one or many); ``full``: with all they have."""
    account = bindparam("account", type_=Id())
    if people == 0:
        return Prepared(part(_LOOKUP_COLUMNS, 0, revision=ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account))
    columns = (USERS.c.id, USERS.c.user_name, USERS.c.user_name_key, USERS.c.active, USERS.c.home_unit_id)
    by_key: ColumnElement[bool] = USERS.c.user_name_key == bindparam("key")
    by_id: ColumnElement[bool] = USERS.c.id == bindparam("id")
    if people > 1:
        by_key, by_id = one_of(USERS.c.user_name_key, "keys"), one_of(USERS.c.id, "ids")
    # A union, not an "or": each half has its own index.
    named = select(*columns).where(USERS.c.account_id == account, by_key)
    asked = union(named, select(*columns).where(USERS.c.account_id == account, by_id)) if with_ids else named
    person = asked.cte("person")
    head = (
        part(
            _LOOKUP_COLUMNS,
            0,
            revision=ACCOUNTS.c.access_revision,
            user_id=person.c.id,
            user_name=person.c.user_name,
            user_name_key=person.c.user_name_key,
            active=person.c.active,
            unit_id=person.c.home_unit_id,
        )
        .select_from(ACCOUNTS.outerjoin(person, literal(True)))
        .where(ACCOUNTS.c.id == account)
    )
    return Prepared(union_all(head, *_grants_of(account, person), _works_of(account, person)) if full else head)


def _grants_of(account: Any, person: Any) -> tuple[Select[Any], Select[Any]]:
    """Grants of the persons themselves, and of the groups they are in, directly or through nesting.

    Circles of groups end, since the union keeps each pair of person and group once.
    """
    of_group = GROUPS.alias("source_group")
    of_directory = DIRECTORIES.alias("source_directory")
    # Outer joins keep this order on SQLite, which would begin with all sources of the account.
    sources = (
        ASSIGNMENTS.outerjoin(
            SOURCES, (SOURCES.c.account_id == account) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        )
        .outerjoin(RULES, (RULES.c.account_id == account) & (RULES.c.id == SOURCES.c.rule_id))
        .outerjoin(of_group, (of_group.c.account_id == account) & (of_group.c.id == SOURCES.c.group_id))
        .outerjoin(
            of_directory, (of_directory.c.account_id == account) & (of_directory.c.id == of_group.c.directory_id)
        )
    )
    values = {
        "unit_id": ASSIGNMENTS.c.business_unit_id,
        "reach": ASSIGNMENTS.c.reach,
        "assignment_id": ASSIGNMENTS.c.id,
        "role_id": ASSIGNMENTS.c.role_id,
        "kind": SOURCES.c.kind,
        "rule_id": SOURCES.c.rule_id,
        "rule": RULES.c.name,
        "rule_revision": RULES.c.first_revision,
        "group_id": SOURCES.c.group_id,
        "group_name": of_group.c.display_name,
        "group_directory": of_directory.c.name,
        "granted_by": SOURCES.c.granted_by,
        "reason": SOURCES.c.reason,
        "starts": SOURCES.c.starts,
        "expires": SOURCES.c.expires,
    }
    own = (
        part(_LOOKUP_COLUMNS, 1, user_id=ASSIGNMENTS.c.user_id, **values)
        .select_from(sources)
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.user_id.in_(select(person.c.id)))
    )
    closure = (
        select(person.c.id.label("user_id"), MEMBERSHIPS.c.group_id)
        .join(MEMBERSHIPS, (MEMBERSHIPS.c.account_id == account) & (MEMBERSHIPS.c.user_id == person.c.id))
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(closure.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    through_group = (
        part(
            _LOOKUP_COLUMNS,
            1,
            user_id=closure.c.user_id,
            via_id=GROUPS.c.id,
            via_name=GROUPS.c.display_name,
            via_directory=DIRECTORIES.c.name,
            **values,
        )
        .select_from(
            sources.join(closure, ASSIGNMENTS.c.group_id == closure.c.group_id)
            .join(GROUPS, (GROUPS.c.account_id == account) & (GROUPS.c.id == closure.c.group_id))
            .join(DIRECTORIES, (DIRECTORIES.c.account_id == account) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        )
        # Said twice so that SQLite begins with these few groups, not with all assignments.
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.group_id.in_(select(closure.c.group_id)))
    )
    return own, through_group


def _works_of(account: Any, person: Any) -> Select[Any]:
    reach = case((WORKS.c.with_children, Reach.SUBTREE.value), else_=Reach.UNIT.value)
    return (
        part(_LOOKUP_COLUMNS, 2, user_id=WORKS.c.user_id, unit_id=WORKS.c.business_unit_id, reach=reach)
        .select_from(WORKS)
        .where(WORKS.c.account_id == account, WORKS.c.user_id.in_(select(person.c.id)))
    )


def _policy_statement() -> Any:
    """Roles, what they say, units, and the roles of units, with the revision they belong to."""
    account = bindparam("account", type_=Id())
    head = part(_POLICY_COLUMNS, 0, number=ACCOUNTS.c.access_revision, first=cast(ACCOUNTS.c.catalogue, Text)).where(
        ACCOUNTS.c.id == account
    )
    roles = part(
        _POLICY_COLUMNS,
        1,
        id=ROLES.c.id,
        first=ROLES.c.name,
        second=ROLES.c.description,
        is_default=ROLES.c.is_default,
        is_owner=ROLES.c.is_owner,
        privileged=ROLES.c.is_privileged,
    ).where(ROLES.c.account_id == account)
    permissions = part(
        _POLICY_COLUMNS, 2, id=PERMISSIONS.c.role_id, first=PERMISSIONS.c.permission, second=PERMISSIONS.c.effect
    ).where(PERMISSIONS.c.account_id == account)
    units = part(
        _POLICY_COLUMNS, 3, id=UNITS.c.id, parent=UNITS.c.parent_id, first=UNITS.c.key, second=UNITS.c.name
    ).where(UNITS.c.account_id == account)
    units_of_account = select(UNITS.c.id).where(UNITS.c.account_id == account)
    of_units = (
        part(
            _POLICY_COLUMNS,
            4,
            id=ASSIGNMENTS.c.role_id,
            parent=ASSIGNMENTS.c.principal_unit_id,
            first=SOURCES.c.granted_by,
            second=SOURCES.c.reason,
            starts=SOURCES.c.starts,
            expires=SOURCES.c.expires,
        )
        .outerjoin_from(
            ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == account) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        )
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.principal_unit_id.in_(units_of_account))
    )
    return union_all(head, roles, permissions, units, of_units)


def part(columns: Mapping[str, Any], number: int, /, **values: ColumnElement[Any]) -> Select[Any]:
    """One part of a union: the named values, and typed nulls for all other columns."""
    given = values | {"part": literal(number)}
    return select(*(given.get(name, cast(null(), type)).label(name) for name, type in columns.items()))


POLICY = Prepared(_policy_statement())
"""The policy of the account ``account``."""
