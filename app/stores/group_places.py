"""Where groups stand: the groups they are in, and how many rules and roles each of some has."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, literal, select, union_all

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, BINDINGS, DIRECTORIES, GROUPS, NESTINGS
from app.stores.lists import one_of


@dataclass(frozen=True, slots=True)
class Parent:
    """A group that another one is in directly."""

    id: str
    name: str
    directory: str
    member_count: int


@dataclass(frozen=True, slots=True)
class GroupUse:
    """How many published rules are for a group, and how many roles it has itself."""

    rules: int = 0
    roles: int = 0


def uses_of(session: Session, account_id: str, group_ids: Collection[str]) -> dict[str, GroupUse]:
    """Of each of these groups that has any, by its id."""
    found: dict[str, dict[str, int]] = {}
    for row in session.execute(_USES, {"b_account": account_id, "b_ids": list(group_ids)}):
        found.setdefault(row.group_id, {})[row.what] = row.count
    return {id: GroupUse(**counts) for id, counts in found.items()}


def parents_of(session: Session, account_id: str, group_id: str) -> list[Parent]:
    """The groups that a group is in directly, by name."""
    return [Parent(*row) for row in session.execute(_PARENTS, {"b_account": account_id, "b_id": group_id})]


_ACCOUNT, _ID = bindparam("b_account", type_=Id()), bindparam("b_id", type_=Id())


def _uses() -> Any:
    rules = select(literal("rules").label("what"), BINDINGS.c.group_id, func.count().label("count"))
    roles = select(literal("roles"), ASSIGNMENTS.c.group_id, func.count())
    return union_all(
        rules.where(BINDINGS.c.account_id == _ACCOUNT, one_of(BINDINGS.c.group_id, "b_ids")).group_by(
            BINDINGS.c.group_id
        ),
        roles.where(ASSIGNMENTS.c.account_id == _ACCOUNT, one_of(ASSIGNMENTS.c.group_id, "b_ids")).group_by(
            ASSIGNMENTS.c.group_id
        ),
    )


_USES = Prepared(_uses())
_PARENTS = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name, GROUPS.c.member_count)
    .join(NESTINGS, (NESTINGS.c.account_id == GROUPS.c.account_id) & (NESTINGS.c.group_id == GROUPS.c.id))
    .join(DIRECTORIES, (DIRECTORIES.c.account_id == GROUPS.c.account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
    .where(GROUPS.c.account_id == _ACCOUNT, NESTINGS.c.child_id == _ID)
    .order_by(GROUPS.c.display_name_key, GROUPS.c.id)
    .limit(200)
)
