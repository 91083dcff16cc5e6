"""The statements of the hot paths, prepared once: composing a statement costs more than running it.

Parameters that could be mistaken for columns begin with ``b_``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Select,
    Table,
    bindparam,
    case,
    delete,
    exists,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Membership, Nesting, UserEmail
from app.models.base import Id, table
from app.prepared import Prepared
from app.stores.lists import joined, one_of, rows_as_json
from app.stores.resource_rows import GROUPS, TABLES, USERS, WRITTEN, columns_of

EMAILS, MEMBERSHIPS, NESTINGS = table(UserEmail), table(Membership), table(Nesting)
ACCOUNT: BindParameter[str] = bindparam("b_account", type_=Id())
DIRECTORY: BindParameter[str] = bindparam("b_directory", type_=Id())
ID: BindParameter[str] = bindparam("b_id", type_=Id())


def closure(account: Any, users: Any) -> Any:
    """(user, group, direct): every group of those users. Circles end, since a row is reached only once."""
    direct = select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id, literal(1).label("direct"))
    rows = direct.where(MEMBERSHIPS.c.account_id == account, users).cte(recursive=True)
    return rows.union(
        select(rows.c.user_id, NESTINGS.c.group_id, literal(0)).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == rows.c.group_id
        )
    )


def _groups_of_row() -> Any:
    """The groups of the user of the row that this stands in, as JSON: (id, name, direct)."""
    direct = select(MEMBERSHIPS.c.group_id, literal(1).label("direct"))
    direct = direct.where(MEMBERSHIPS.c.account_id == ACCOUNT, MEMBERSHIPS.c.user_id == USERS.c.id).correlate(USERS)
    rows = direct.cte("of_user", recursive=True, nesting=True)
    rows = rows.union(
        select(NESTINGS.c.group_id, literal(0)).where(
            NESTINGS.c.account_id == ACCOUNT, NESTINGS.c.child_id == rows.c.group_id
        )
    )
    named = rows.join(
        GROUPS,
        # The account's own groups may have members of any directory, which hears nothing of them.
        (GROUPS.c.account_id == ACCOUNT)
        & (GROUPS.c.id == rows.c.group_id)
        & (GROUPS.c.directory_id == USERS.c.directory_id),
    )
    listed = select(rows_as_json(GROUPS.c.id, GROUPS.c.display_name, rows.c.direct)).select_from(named)
    return listed.scalar_subquery().label("groups")


def _columns(kind: str, related: bool) -> list[Any]:
    return [*columns_of(kind), _groups_of_row()] if related and kind == "User" else columns_of(kind)


def _find(kind: str, related: bool = False) -> Select[Any]:
    rows = TABLES[kind].c
    here = (rows.account_id == ACCOUNT, rows.directory_id == DIRECTORY, rows.id == ID)
    return select(*_columns(kind, related)).where(*here)


def _look_up(kind: str, column: Any, related: bool) -> Select[Any]:
    rows = TABLES[kind].c
    found = select(*_columns(kind, related)).where(
        rows.account_id == ACCOUNT, rows.directory_id == DIRECTORY, column == bindparam("b_key")
    )
    return found.order_by(rows.id).limit(bindparam("b_count"))


FIND = {(kind, related): Prepared(_find(kind, related)) for kind in TABLES for related in (False, True)}
"""One resource by id, by (kind, whether with the groups of a user)."""

# Weaker than FOR UPDATE: a membership that refers to the row need not wait.
FIND_AND_LOCK = {
    (kind, related): Prepared(_find(kind, related).with_for_update(key_share=True, of=TABLES[kind]))
    for kind in TABLES
    for related in (False, True)
}

LOOK_UP = {
    (kind, key, related): Prepared(_look_up(kind, column, related))
    for kind, key, column in (
        ("User", "username", USERS.c.user_name_key),
        ("User", "externalid", USERS.c.external_id),
        ("Group", "displayname", GROUPS.c.display_name_key),
        ("Group", "externalid", GROUPS.c.external_id),
    )
    for related in (False, True)
}
"""What identity providers ask before every push, ``userName eq "x"`` and its like, by (kind, path key, related)."""


def _listed(kind: str, *, related: bool, backwards: bool = False, far: bool = False) -> Prepared:
    rows, columns = TABLES[kind], columns_of(kind)
    if related:
        columns = [*columns, _group_ids_of_row()]
    id, after = rows.c.id, bindparam("b_after", type_=Id())
    here = (rows.c.account_id == ACCOUNT, rows.c.directory_id == DIRECTORY, id < after if backwards else id > after)
    order = id.desc() if backwards else id
    skip: BindParameter[int] = bindparam("b_skip")
    count: BindParameter[int] = bindparam("b_count")
    if not far:
        found = select(*columns).where(*here).order_by(order).limit(count)
        return Prepared(found if backwards else found.offset(skip))
    ids = select(id).where(*here).order_by(order).limit(count).offset(skip).subquery()
    return Prepared(select(*columns).join(ids, ids.c.id == id).where(rows.c.account_id == ACCOUNT).order_by(order))


def _group_ids_of_row() -> Any:
    """The groups that the user of the row is in directly: ids with commas between them."""
    own = (MEMBERSHIPS.c.account_id == ACCOUNT, MEMBERSHIPS.c.user_id == USERS.c.id)
    return select(joined(MEMBERSHIPS.c.group_id)).where(*own).correlate(USERS).scalar_subquery().label("group_ids")


_LISTS = (("User", False), ("User", True), ("Group", False))
LIST = {
    (kind, related, far): _listed(kind, related=related, far=far) for kind, related in _LISTS for far in (False, True)
}
"""A part of the list of all, by id: so many, after an id and so many more; ``far`` for skipping many.

By (kind, whether with the ids of a user's groups, far).
"""

LIST_BACK = {(kind, related): _listed(kind, related=related, backwards=True) for kind, related in _LISTS}
"""The same before an id, backwards."""

INSERT = {kind: Prepared(insert(rows), WRITTEN[kind]) for kind, rows in TABLES.items()}
INSERT_EMAILS = Prepared(insert(EMAILS), [column.name for column in EMAILS.c])
DELETE_EMAILS = Prepared(delete(EMAILS).where(EMAILS.c.account_id == ACCOUNT, EMAILS.c.user_id == ID))


def updating(rows: Table, columns: list[str]) -> Prepared:
    """New values for a resource that is still in the version it was read in (``b_version``)."""
    # No version at all, which is refused, where another one is stored than the one that was read.
    version = case((rows.c.version == bindparam("b_version"), rows.c.version + 1))
    return Prepared(update(rows).where(rows.c.account_id == ACCOUNT, rows.c.id == ID).values(version=version), columns)


_KEPT = frozenset({"account_id", "id", "directory_id", "origin", "created", "version"})


@lru_cache(maxsize=64)
def update_of(kind: str, same: frozenset[str]) -> Prepared:
    """New values for a resource that is still in the version it was read in, except for the columns that stay the same.

    SQLite writes the entry of a column in each of its indexes anew, whether or not it has changed.
    """
    return updating(TABLES[kind], [name for name in WRITTEN[kind] if name not in _KEPT | same])


TOUCH = updating(GROUPS, ["modified", "member_count"])
"""The same for a group of which only members have changed."""

DELETE = {
    kind: Prepared(delete(rows).where(rows.c.account_id == ACCOUNT, rows.c.id == ID)) for kind, rows in TABLES.items()
}


MEMBERSHIPS_OF = Prepared(
    select(MEMBERSHIPS.c.user_id, joined(MEMBERSHIPS.c.group_id))
    .where(MEMBERSHIPS.c.account_id == ACCOUNT, one_of(MEMBERSHIPS.c.user_id, "b_users"))
    .group_by(MEMBERSHIPS.c.user_id),
    named=False,
)
"""The groups that several users are in directly: ids with commas between them, one row for each user."""


_ABOVE = exists().where(NESTINGS.c.account_id == ACCOUNT, NESTINGS.c.child_id == GROUPS.c.id).correlate(GROUPS)
GROUPS_NAMED = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name, GROUPS.c.directory_id == DIRECTORY, _ABOVE).where(
        GROUPS.c.account_id == ACCOUNT, one_of(GROUPS.c.id, "b_groups")
    ),
    named=False,
)
"""Several groups: (id, name, whether of the directory, whether any group contains it)."""


def _groups_above() -> Select[Any]:
    own = select(GROUPS.c.id.label("below"), GROUPS.c.id.label("group_id"), literal(1).label("direct"))
    rows = own.where(GROUPS.c.account_id == ACCOUNT, one_of(GROUPS.c.id, "b_groups")).cte(recursive=True)
    rows = rows.union(
        select(rows.c.below, NESTINGS.c.group_id, literal(0)).where(
            NESTINGS.c.account_id == ACCOUNT, NESTINGS.c.child_id == rows.c.group_id
        )
    )
    here = (GROUPS.c.account_id == ACCOUNT) & (GROUPS.c.directory_id == DIRECTORY)
    named = rows.join(GROUPS, here & (GROUPS.c.id == rows.c.group_id))
    others = (rows.c.direct == 0, rows.c.below != GROUPS.c.id)
    return select(rows.c.below, GROUPS.c.id, GROUPS.c.display_name).select_from(named).where(*others)


GROUPS_ABOVE = Prepared(_groups_above(), named=False)
"""All groups that contain one of several: (group, one above it, name)."""


def _reach(rows: Table, anywhere: bool) -> list[Any]:
    """Where members of a group may come from: the account's own groups take them from all its directories."""
    here = rows.c.account_id == ACCOUNT
    return [here] if anywhere else [here, rows.c.directory_id == DIRECTORY]


FIND_IN = {
    (kind, anywhere): Prepared(select(rows.c.id).where(*_reach(rows, anywhere), one_of(rows.c.id, "b_ids")))
    for kind, rows in TABLES.items()
    for anywhere in (False, True)
}
"""Which of these ids are resources of the directory, or of any of the account, by (kind, anywhere)."""

NAMES_IN = Prepared(
    select(USERS.c.id, USERS.c.document).where(
        USERS.c.account_id == ACCOUNT, USERS.c.directory_id == DIRECTORY, one_of(USERS.c.id, "b_ids")
    )
)
"""The documents of those of these ids that are users of the directory."""

MEMBER_ROWS = {"User": (MEMBERSHIPS, "user_id"), "Group": (NESTINGS, "child_id")}

MEMBERS = {
    kind: Prepared(
        select(rows.c[column], literal(kind).label("kind"), null().label("display"))
        .where(rows.c.account_id == ACCOUNT, rows.c.group_id == ID, rows.c[column] > bindparam("b_after", type_=Id()))
        .order_by(rows.c[column])
        .limit(bindparam("b_count")),
        named=False,
    )
    for kind, (rows, column) in MEMBER_ROWS.items()
}
"""A portion of a group's members of a kind, by id."""

MEMBERS_OF_GROUPS = Prepared(
    union_all(
        *(
            select(rows.c.group_id, literal(number).label("place"), rows.c[column].label("member")).where(
                rows.c.account_id == ACCOUNT, one_of(rows.c.group_id, "b_groups")
            )
            for number, (rows, column) in enumerate(MEMBER_ROWS.values())
        )
    ).order_by("group_id", "place", "member"),
    named=False,
)
"""The members of several groups, users before groups."""


def _members_of_one() -> Any:
    users, groups = (
        select(rows.c[column].label("member"), literal(kind).label("kind"), null().label("display")).where(
            rows.c.account_id == ACCOUNT, rows.c.group_id == ID
        )
        for kind, (rows, column) in MEMBER_ROWS.items()
    )
    both = union_all(users, groups)
    return both.order_by(both.selected_columns.kind.desc(), both.selected_columns.member)


MEMBERS_OF_ONE = Prepared(_members_of_one(), named=False)
"""The members of a group, users before groups, each as a ``Reference`` is made of."""


def _insert_members(dialect: Any, rows: Table, column: str, target: Table, anywhere: bool) -> Prepared:
    here = (*_reach(target, anywhere), one_of(target.c.id, "b_members"))
    # In the order of ids, so that two requests cannot wait for each other.
    listed = select(ACCOUNT, ID, target.c.id).where(*here).order_by(target.c.id)
    new = dialect.insert(rows).from_select(["account_id", "group_id", column], listed)
    return Prepared(new.on_conflict_do_nothing().returning(rows.c[column]))


INSERT_MEMBERS = {
    (dialect is sqlite, kind, anywhere): _insert_members(dialect, rows, column, TABLES[kind], anywhere)
    for kind, (rows, column) in MEMBER_ROWS.items()
    for dialect in (sqlite, postgresql)
    for anywhere in (False, True)
}
"""New members of a group by (whether on SQLite, kind, anywhere); returns those that exist and were no members yet."""

REMOVE_MEMBERS = {
    kind: Prepared(
        delete(rows)
        .where(rows.c.account_id == ACCOUNT, rows.c.group_id == ID, one_of(rows.c[column], "b_members"))
        .returning(rows.c[column])
    )
    for kind, (rows, column) in MEMBER_ROWS.items()
}
