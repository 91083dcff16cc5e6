"""Whom names mean who are to be members of a group, and who of some is in it already; for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Literal

from sqlalchemy import bindparam, select, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import GROUPS, MEMBERSHIPS, NESTINGS, USERS
from app.stores.filter_sql import is_id
from app.stores.lists import one_of
from scim.keys import fold

Kind = Literal["user", "group"]
_ACCOUNT, _GROUP = bindparam("b_account", type_=Id()), bindparam("b_group", type_=Id())


def named(session: Session, account_id: str, kind: Kind, references: Collection[str]) -> dict[str, dict[str, str]]:
    """Whom each reference means: names by id, of those with this userName or displayName, or with this id."""
    ids = [one.lower() for one in references if is_id(one)]
    keys = {one: fold(one) for one in references if not is_id(one) and "\0" not in one}
    asked = {"b_account": account_id, "b_ids": ids, "b_keys": sorted(set(keys.values()))}
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in session.execute(_NAMED[kind], asked) if references else ():
        found[row.id][row.id] = row.name
        found[row.key][row.id] = row.name
    return {one: found[keys.get(one, one.lower())] for one in references}


def members_among(session: Session, account_id: str, group_id: str, ids: Collection[str]) -> frozenset[str]:
    """Those of these users and groups who are direct members of a group."""
    asked = {"b_account": account_id, "b_group": group_id, "b_ids": list(ids)}
    return frozenset(session.execute(_AMONG, asked).scalars()) if ids else frozenset()


def _by_name(rows: Any, name: Any, key: Any) -> Prepared:
    """By the index of each: joined by OR they would be none's."""
    columns = select(rows.c.id, name.label("name"), key.label("key")).where(rows.c.account_id == _ACCOUNT)
    return Prepared(union_all(columns.where(one_of(rows.c.id, "b_ids")), columns.where(one_of(key, "b_keys"))))


_NAMED = {
    "user": _by_name(USERS, USERS.c.user_name, USERS.c.user_name_key),
    "group": _by_name(GROUPS, GROUPS.c.display_name, GROUPS.c.display_name_key),
}
_AMONG = Prepared(
    union_all(
        *(
            select(column).where(
                column.table.c.account_id == _ACCOUNT,
                column.table.c.group_id == _GROUP,
                one_of(column, "b_ids"),
            )
            for column in (MEMBERSHIPS.c.user_id, NESTINGS.c.child_id)
        )
    )
)
