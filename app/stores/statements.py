"""The statements of the hot paths, built once: composing a statement costs more than running it.

Parameters that could be mistaken for columns begin with ``b_``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, delete, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import Membership, Nesting, UserEmail
from app.models.base import table
from app.stores.resource_rows import GROUPS, TABLES, columns_of

EMAILS, MEMBERSHIPS, NESTINGS = table(UserEmail), table(Membership), table(Nesting)
ACCOUNT: BindParameter[str] = bindparam("b_account")
DIRECTORY: BindParameter[str] = bindparam("b_directory")
ID: BindParameter[str] = bindparam("b_id")


def _find(kind: str) -> Select[Any]:
    rows = TABLES[kind].c
    return select(*columns_of(kind)).where(rows.account_id == ACCOUNT, rows.directory_id == DIRECTORY, rows.id == ID)


FIND = {kind: _find(kind) for kind in TABLES}
"""One resource by id."""

LOOK_UP = {
    (kind, key): select(*columns_of(kind))
    .where(TABLES[kind].c.account_id == ACCOUNT, TABLES[kind].c.directory_id == DIRECTORY, column == bindparam("b_key"))
    .order_by(TABLES[kind].c.id)
    .limit(bindparam("b_count"))
    for kind, key, column in (
        ("User", "username", TABLES["User"].c.user_name_key),
        ("User", "externalid", TABLES["User"].c.external_id),
        ("Group", "displayname", TABLES["Group"].c.display_name_key),
        ("Group", "externalid", TABLES["Group"].c.external_id),
    )
}
"""What identity providers ask before every push, ``userName eq "x"`` and its like, by kind and path key."""

# Weaker than FOR UPDATE: a membership that refers to the row need not wait.
FIND_AND_LOCK = {kind: statement.with_for_update(key_share=True) for kind, statement in FIND.items()}

INSERT = {kind: insert(rows) for kind, rows in TABLES.items()}
INSERT_EMAILS = insert(EMAILS)
DELETE_EMAILS = delete(EMAILS).where(EMAILS.c.account_id == ACCOUNT, EMAILS.c.user_id == ID)

UPDATE = {
    kind: update(rows)
    .where(rows.c.account_id == ACCOUNT, rows.c.id == ID, rows.c.version == bindparam("b_version"))
    .returning(rows.c.version)
    for kind, rows in TABLES.items()
}
"""New values for a resource that is still in the version it was read in; no row if it is not."""

DELETE = {kind: delete(rows).where(rows.c.account_id == ACCOUNT, rows.c.id == ID) for kind, rows in TABLES.items()}


def closure(account: Any, users: Any) -> Any:
    """(user, group, direct): every group of those users. Circles end, since a row is reached only once."""
    direct = select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id, literal(1).label("direct"))
    rows = direct.where(MEMBERSHIPS.c.account_id == account, users).cte(recursive=True)
    return rows.union(
        select(rows.c.user_id, NESTINGS.c.group_id, literal(0)).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == rows.c.group_id
        )
    )


def _groups_of(users: Any) -> Select[Any]:
    rows = closure(ACCOUNT, users)
    named = select(rows.c.user_id, GROUPS.c.id, GROUPS.c.display_name, rows.c.direct)
    joined = named.join(GROUPS, (GROUPS.c.account_id == ACCOUNT) & (GROUPS.c.id == rows.c.group_id))
    return joined.order_by(GROUPS.c.id, rows.c.direct.desc())


GROUPS_OF_USER = _groups_of(MEMBERSHIPS.c.user_id == ID)
GROUPS_OF_USERS = _groups_of(MEMBERSHIPS.c.user_id.in_(bindparam("b_users", expanding=True)))
"""Every group of a user, or of several: (user, group, name, direct); direct before indirect."""

FIND_IN = {
    kind: select(rows.c.id).where(
        rows.c.account_id == ACCOUNT,
        rows.c.directory_id == DIRECTORY,
        rows.c.id.in_(bindparam("b_ids", expanding=True)),
    )
    for kind, rows in TABLES.items()
}
"""Which of these ids are resources of the directory."""

_MEMBER_ROWS = {"User": (MEMBERSHIPS, "user_id"), "Group": (NESTINGS, "child_id")}

INSERT_MEMBERS = {
    (dialect is sqlite, kind): dialect.insert(rows).on_conflict_do_nothing().returning(rows.c[column])
    for kind, (rows, column) in _MEMBER_ROWS.items()
    for dialect in (sqlite, postgresql)
}
"""New membership rows by (whether on SQLite, kind of member); returns those that were not there."""

REMOVE_MEMBERS = {
    kind: delete(rows)
    .where(
        rows.c.account_id == ACCOUNT, rows.c.group_id == ID, rows.c[column].in_(bindparam("b_members", expanding=True))
    )
    .returning(rows.c[column])
    for kind, (rows, column) in _MEMBER_ROWS.items()
}
