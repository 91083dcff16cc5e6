"""The statement of a decision: who somebody is, what they have, and what is asked about.

A union of parts with the same columns, so that one round trip sees one revision.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    case,
    literal,
    select,
    union,
    union_all,
)

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.stores import access_items
from app.stores.access_statements import filters_of, part
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    DIRECTORIES,
    GROUPS,
    INDIVIDUALS,
    MEMBERSHIPS,
    NESTINGS,
    RULES,
    SOURCES,
    USERS,
    WORKS,
)
from app.stores.lists import one_of
from rbac.model import Reach

PERSON, GRANT, WORK, INDIVIDUAL = range(4)
"""What a row is about: its ``part``; ``access_items`` has more."""

_PERSON_COLUMNS: dict[str, Any] = {
    "part": Integer(),
    "revision": Integer(),
    "user_id": Id(),
    "user_name_key": Text(),
    "external_id": Text(),
    "version": Integer(),
}
_GRANT_COLUMNS: dict[str, Any] = {
    "user_name": Text(),
    "active": Boolean(),
    "document": Text(),
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
    "rule_where": Text(),
    "group_id": Id(),
    "group_name": Text(),
    "group_directory": Text(),
    "granted_by": Text(),
    "reason": Text(),
    "starts": UTCDateTime(),
    "expires": UTCDateTime(),
    "filters": Text(),
}


class Shape(NamedTuple):
    """What is asked for, apart from the values; ``people`` and ``items`` are 0, 1 or 2 for many.

    ``ids``: some references look like user ids. ``external``: they may be externalIds, too. ``full``: with all that
    the people have. ``documents``: and with their SCIM resource. ``groups``: which of certain groups they are in.
    """

    people: int = 0
    ids: bool = False
    external: bool = False
    full: bool = False
    documents: bool = False
    items: int = 0
    groups: bool = False


@lru_cache(maxsize=128)
def lookup(shape: Shape) -> Prepared:
    """The statement of that shape; it gives the revision whatever else there is."""
    account = bindparam("account", type_=Id())
    columns = _PERSON_COLUMNS | (_GRANT_COLUMNS if shape.full else {}) | (access_items.COLUMNS if shape.items else {})
    if shape.groups:
        columns |= {"group_id": Id()}
    items = [access_items.items(columns, account, shape.items)] if shape.items else []
    if shape.people == 0:
        head = part(columns, PERSON, revision=ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account)
        return Prepared(union_all(head, *items) if items else head)
    person = _person(account, shape)
    parts = [_head(columns, account, person, shape), *items]
    closure = _closure(account, person) if shape.full or shape.items or shape.groups else None
    if shape.full:
        parts += [*_grants(columns, account, person, closure), _works(columns, account, person)]
        parts.append(_individuals(columns, account, person))
    if shape.items or shape.groups:
        parts.append(access_items.memberships(columns, account, closure, shape.items, shape.groups))
    return Prepared(union_all(*parts) if len(parts) > 1 else parts[0])


def _person(account: Any, shape: Shape) -> Any:
    columns = [USERS.c.id, USERS.c.user_name, USERS.c.user_name_key, USERS.c.version, USERS.c.active]
    columns += [USERS.c.home_unit_id, USERS.c.external_id]
    by_key: ColumnElement[bool] = USERS.c.user_name_key == bindparam("key")
    by_id: ColumnElement[bool] = USERS.c.id == bindparam("id")
    by_external: ColumnElement[bool] = USERS.c.external_id == bindparam("external")
    if shape.people > 1:
        by_key, by_id = one_of(USERS.c.user_name_key, "keys"), one_of(USERS.c.id, "ids")
        by_external = one_of(USERS.c.external_id, "externals")
    # A union, not an "or": each part has its own index.
    ways = [select(*columns).where(USERS.c.account_id == account, by_key)]
    if shape.ids:
        ways.append(select(*columns).where(USERS.c.account_id == account, by_id))
    if shape.external:
        directories = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account)
        here = USERS.c.account_id == account, USERS.c.directory_id.in_(directories)
        ways.append(select(*columns).where(*here, by_external))
    return (union(*ways) if len(ways) > 1 else ways[0]).cte("person")


def _head(columns: dict[str, Any], account: Any, person: Any, shape: Shape) -> Select[Any]:
    values = {
        "revision": ACCOUNTS.c.access_revision,
        "user_id": person.c.id,
        "user_name": person.c.user_name,
        "user_name_key": person.c.user_name_key,
        "external_id": person.c.external_id,
        "version": person.c.version,
        "active": person.c.active,
        "unit_id": person.c.home_unit_id,
    }
    if shape.documents:
        of_person = USERS.c.account_id == account, USERS.c.id == person.c.id
        values["document"] = select(USERS.c.document).where(*of_person).scalar_subquery()
    return (
        part(columns, PERSON, **values)
        .select_from(ACCOUNTS.outerjoin(person, literal(True)))
        .where(ACCOUNTS.c.id == account)
    )


def _closure(account: Any, person: Any) -> Any:
    """The groups that people are in, directly or through nesting; circles end, as each pair is kept once."""
    closure = (
        select(person.c.id.label("user_id"), MEMBERSHIPS.c.group_id)
        .join(MEMBERSHIPS, (MEMBERSHIPS.c.account_id == account) & (MEMBERSHIPS.c.user_id == person.c.id))
        .cte("closure", recursive=True)
    )
    return closure.union(
        select(closure.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == closure.c.group_id
        )
    )


def _grants(columns: dict[str, Any], account: Any, person: Any, closure: Any) -> tuple[Select[Any], Select[Any]]:
    """Roles of the persons themselves, and of the groups they are in."""
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
        "rule_where": RULES.c.where_filter,
        "group_id": SOURCES.c.group_id,
        "group_name": of_group.c.display_name,
        "group_directory": of_directory.c.name,
        "granted_by": SOURCES.c.granted_by,
        "reason": SOURCES.c.reason,
        "starts": SOURCES.c.starts,
        "expires": SOURCES.c.expires,
        "filters": filters_of(account),
    }
    own = (
        part(columns, GRANT, user_id=ASSIGNMENTS.c.user_id, **values)
        .select_from(sources)
        .where(ASSIGNMENTS.c.account_id == account, ASSIGNMENTS.c.user_id.in_(select(person.c.id)))
    )
    through_group = (
        part(
            columns,
            GRANT,
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


def _works(columns: dict[str, Any], account: Any, person: Any) -> Select[Any]:
    reach = case((WORKS.c.with_children, Reach.SUBTREE.value), else_=Reach.UNIT.value)
    return (
        part(
            columns,
            WORK,
            user_id=WORKS.c.user_id,
            unit_id=WORKS.c.business_unit_id,
            reach=reach,
            expires=WORKS.c.expires,
        )
        .select_from(WORKS)
        .where(WORKS.c.account_id == account, WORKS.c.user_id.in_(select(person.c.id)))
    )


def _individuals(columns: dict[str, Any], account: Any, person: Any) -> Select[Any]:
    """Individual permissions; ``rule`` is the node and ``kind`` the effect."""
    return part(
        columns,
        INDIVIDUAL,
        user_id=INDIVIDUALS.c.user_id,
        assignment_id=INDIVIDUALS.c.id,
        unit_id=INDIVIDUALS.c.business_unit_id,
        reach=INDIVIDUALS.c.reach,
        rule=INDIVIDUALS.c.permission,
        kind=INDIVIDUALS.c.effect,
        granted_by=INDIVIDUALS.c.granted_by,
        reason=INDIVIDUALS.c.reason,
        starts=INDIVIDUALS.c.starts,
        expires=INDIVIDUALS.c.expires,
    ).where(INDIVIDUALS.c.account_id == account, INDIVIDUALS.c.user_id.in_(select(person.c.id)))
