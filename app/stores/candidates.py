"""Whom and what a search must look at: people who were given something that may allow it, items somebody may reach.

Always more than the answer, and never everybody: a decision is made for each. In the order of ids, in portions, so
that what one page costs depends on its size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, case, or_, select, union

from app.models.base import Id
from app.prepared import Prepared
from app.stores.access import SqlAccessStore
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    INDIVIDUALS,
    ITEMS,
    MEMBERSHIPS,
    NESTINGS,
    SHARES,
    USERS,
    WORKS,
)
from app.stores.filter_sql import is_id
from app.stores.lists import one_of
from app.stores.nesting import groups_of
from rbac.holders import Holders
from rbac.model import Reach
from rbac.search import Reachable

_FIRST = "00000000-0000-0000-0000-000000000000"
_ACCOUNT = bindparam("account", type_=Id())
_AFTER = bindparam("after", type_=Id())
_PERSON = bindparam("person", type_=Id())
_MOST: BindParameter[int] = bindparam("most")


class SqlSearchStore(SqlAccessStore):
    """Decisions and searches of one account; implements ``rbac.search.SearchStore``."""

    def people(self, holders: Holders, after: str, most: int) -> Sequence[str]:
        """User ids beyond ``after``, in order, at most so many: all to whom one of these things applies."""
        lists = {name: list(getattr(holders, name)) for name in _BRANCHES}
        lists["people"] = [id for id in lists["people"] if is_id(id)]
        asked = tuple(name for name, values in lists.items() if values)
        if not asked:
            return []
        values = {"account": self.account_id, "after": after or _FIRST, "most": most}
        values |= {name: lists[name] for name in asked}
        if "homes" in asked:
            values["roots"] = holders.at_root
        return list(self._session.execute(_people(asked), values).scalars())

    def items(self, reachable: Reachable, after: str, most: int) -> Sequence[str]:
        """Ids of items of one type beyond ``after``, in order, at most so many."""
        values = {
            "account": self.account_id,
            "type": reachable.type,
            "units": list(reachable.units),
            "person": reachable.person,
            "after": after,
            "most": most,
        }
        if reachable.only_theirs:
            values["roles"] = list(reachable.roles)
        statement = _THEIR_ITEMS if reachable.only_theirs else _ITEMS
        return list(self._session.execute(statement, values).scalars())

    def names(self, user_ids: Sequence[str]) -> Mapping[str, str]:
        """What the account wants each of these users called; their id if they have no such name."""
        rows = self._session.execute(_NAMES, {"account": self.account_id, "people": list(user_ids)})
        return {row.id: row.external_id or row.user_name or row.id for row in rows}


def _with_roles() -> Select[Any]:
    """Assigned to the person, wherever it applies."""
    return select(ASSIGNMENTS.c.user_id).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.user_id > _AFTER, one_of(ASSIGNMENTS.c.role_id, "roles")
    )


def _scoped() -> Select[Any]:
    """Who has anything in one of these units may work there."""
    return select(ASSIGNMENTS.c.user_id).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT,
        ASSIGNMENTS.c.user_id > _AFTER,
        ASSIGNMENTS.c.reach != Reach.ACCOUNT.value,
        one_of(ASSIGNMENTS.c.business_unit_id, "places"),
    )


def _individually_placed() -> Select[Any]:
    return select(INDIVIDUALS.c.user_id).where(
        INDIVIDUALS.c.account_id == _ACCOUNT,
        INDIVIDUALS.c.user_id > _AFTER,
        INDIVIDUALS.c.reach != Reach.ACCOUNT.value,
        one_of(INDIVIDUALS.c.business_unit_id, "places"),
    )


def _individually() -> Select[Any]:
    """Allowed to the person."""
    return select(INDIVIDUALS.c.user_id).where(
        INDIVIDUALS.c.account_id == _ACCOUNT,
        INDIVIDUALS.c.user_id > _AFTER,
        INDIVIDUALS.c.effect == "allow",
        one_of(INDIVIDUALS.c.permission, "nodes"),
    )


def _in_groups(name: str, having: ColumnElement[bool]) -> Select[Any]:
    """In a group that was assigned such a role, directly or through nesting; circles of groups end."""
    start = select(ASSIGNMENTS.c.group_id).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.group_id.is_not(None), having
    )
    below = start.cte(name, recursive=True)
    below = below.union(
        select(NESTINGS.c.child_id).where(NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.group_id == below.c.group_id)
    )
    return select(MEMBERSHIPS.c.user_id).where(
        MEMBERSHIPS.c.account_id == _ACCOUNT,
        MEMBERSHIPS.c.group_id.in_(select(below.c.group_id)),
        MEMBERSHIPS.c.user_id > _AFTER,
    )


def _groups_with_roles() -> Select[Any]:
    return _in_groups("holding", one_of(ASSIGNMENTS.c.role_id, "roles"))


def _groups_placed() -> Select[Any]:
    scoped = and_(ASSIGNMENTS.c.reach != Reach.ACCOUNT.value, one_of(ASSIGNMENTS.c.business_unit_id, "places"))
    return _in_groups("placed", scoped)


def _working() -> Select[Any]:
    """A member of one of these units."""
    return select(WORKS.c.user_id).where(
        WORKS.c.account_id == _ACCOUNT, WORKS.c.user_id > _AFTER, one_of(WORKS.c.business_unit_id, "works")
    )


def _at_home() -> Select[Any]:
    """At home in one of these units; who has no home is at the root."""
    homeless = and_(USERS.c.home_unit_id.is_(None), bindparam("roots"))
    return select(USERS.c.id.label("user_id")).where(
        USERS.c.account_id == _ACCOUNT, USERS.c.id > _AFTER, or_(one_of(USERS.c.home_unit_id, "homes"), homeless)
    )


def _named() -> Select[Any]:
    return select(USERS.c.id.label("user_id")).where(
        USERS.c.account_id == _ACCOUNT, USERS.c.id > _AFTER, one_of(USERS.c.id, "people")
    )


_BRANCHES: Mapping[str, tuple[Callable[[], Select[Any]], ...]] = {
    "roles": (_with_roles, _groups_with_roles),
    "nodes": (_individually,),
    "homes": (_at_home,),
    "works": (_working,),
    "places": (_scoped, _individually_placed, _groups_placed),
    "people": (_named,),
}
"""How people are found, by what of ``Holders`` they are found."""


@lru_cache(maxsize=64)
def _people(asked: tuple[str, ...]) -> Prepared:
    """Only what is asked for is looked for: an empty list, too, would be compared with everybody's."""
    portions = []
    for branch in (branch for name in asked for branch in _BRANCHES[name]):
        found = branch().distinct()
        [column] = found.selected_columns
        portions.append(select(found.order_by(column).limit(_MOST).subquery().c.user_id))
    every = union(*portions).subquery()
    return Prepared(select(every.c.user_id).order_by(every.c.user_id).limit(_MOST), anew=True)


def _items(*conditions: ColumnElement[bool]) -> Prepared:
    shared = select(SHARES.c.item_id).where(
        SHARES.c.account_id == _ACCOUNT,
        SHARES.c.type == ITEMS.c.type,
        SHARES.c.item_id == ITEMS.c.id,
        one_of(SHARES.c.business_unit_id, "units"),
    )
    there = or_(
        one_of(ITEMS.c.business_unit_id, "units"),
        ITEMS.c.owner_id == _PERSON,
        shared.exists(),
    )
    found = select(ITEMS.c.id).where(
        ITEMS.c.account_id == _ACCOUNT,
        ITEMS.c.type == bindparam("type"),
        ITEMS.c.id > bindparam("after"),
        there,
        *conditions,
    )
    return Prepared(found.order_by(ITEMS.c.id).limit(_MOST), anew=True)


_ITEMS = _items()
_THEIR_ITEMS = _items(
    or_(
        ITEMS.c.owner_id == _PERSON,
        ITEMS.c.owner_group_id.in_(select(groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == _PERSON).c.group_id)),
        one_of(ITEMS.c.owner_role_id, "roles"),
    )
)
_FORM = select(ACCOUNTS.c.subject_form).where(ACCOUNTS.c.id == _ACCOUNT).scalar_subquery()
_NAMES = Prepared(
    select(
        USERS.c.id,
        case((_FORM == "externalId", USERS.c.external_id)).label("external_id"),
        case((_FORM == "userName", USERS.c.user_name)).label("user_name"),
    ).where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "people"))
)
