"""Who is in which groups, directly or through nesting, and so whom a change of the rules concerns.

Everything is set-wise: the number of statements does not depend on how large a group is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import bindparam, cast, null, select, union

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS, NESTINGS, SOURCES, USERS, WORKS
from app.stores.lists import one_of
from app.stores.portions import PORTION

_ACCOUNT = bindparam("account", type_=Id())


def users_below(session: Session, account_id: str, group_ids: Collection[str]) -> set[str]:
    """The users in these groups, directly or through nesting."""
    if not group_ids:
        return set()
    found = session.execute(_USERS_BELOW, {"account": account_id, "groups": list(group_ids)})
    return set(found.scalars())


def members_below(session: Session, account_id: str, group_ids: Collection[str]) -> Iterator[tuple[str, str]]:
    """Each of these groups with each user in it, directly or through nesting: (group, user)."""
    if group_ids:
        for row in session.execute(_MEMBERS_BELOW, {"account": account_id, "groups": list(group_ids)}):
            yield row.bound, row.user_id


def groups_holding(session: Session, account_id: str, user_id: str) -> set[str]:
    """Every group that a user is in, directly or through nesting."""
    return set(session.execute(_GROUPS_HOLDING, {"account": account_id, "user": user_id}).scalars())


def people_concerned(
    session: Session, account_id: str, bound: Collection[str], rule_ids: Collection[str], *, everybody: bool = False
) -> Iterator[tuple[str, set[str]]]:
    """Everybody in one of the ``bound`` groups, and everybody who has something from one of the rules; or everybody.

    Streamed by user: the user's id, and which of the groups they are in, directly or through nesting.
    """
    below = groups_below(GROUPS.c.id.in_(bound), account_id)
    members = select(MEMBERSHIPS.c.user_id, below.c.bound).where(
        MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id == below.c.group_id
    )
    nowhere = cast(null(), Id()).label("bound")
    with_role = select(ASSIGNMENTS.c.user_id, nowhere).join_from(
        SOURCES, ASSIGNMENTS, (ASSIGNMENTS.c.account_id == account_id) & (ASSIGNMENTS.c.id == SOURCES.c.assignment_id)
    )
    with_role = with_role.where(SOURCES.c.account_id == account_id, SOURCES.c.rule_id.in_(rule_ids))
    with_work = select(WORKS.c.user_id, nowhere).where(WORKS.c.account_id == account_id, WORKS.c.rule_id.in_(rule_ids))
    # Materialized: what is written while this is being read must not be seen by it.
    others = [select(USERS.c.id, nowhere).where(USERS.c.account_id == account_id)] if everybody else []
    found = union(members, with_role, with_work, *others).cte("concerned").prefix_with("MATERIALIZED")
    query = select(found.c.user_id, found.c.bound).order_by(found.c.user_id)
    current: str | None = None
    groups: set[str] = set()
    for user_id, group_id in session.execute(query.execution_options(yield_per=PORTION)):
        if user_id != current:
            if current is not None:
                yield current, groups
            current, groups = user_id, set()
        if group_id is not None:
            groups.add(group_id)
    if current is not None:
        yield current, groups


def groups_of(account: Any, users: Any) -> Any:
    """(user, group), as a part of a statement: every group of the members for whom ``users`` holds."""
    direct = select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id)
    closure = direct.where(MEMBERSHIPS.c.account_id == account, users)
    rows = closure.cte("closure", recursive=True)
    return rows.union(
        select(rows.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.child_id == rows.c.group_id
        )
    )


def _users_below(*, by_group: bool) -> Any:
    below = groups_below(one_of(GROUPS.c.id, "groups"), _ACCOUNT)
    columns = (below.c.bound, MEMBERSHIPS.c.user_id) if by_group else (MEMBERSHIPS.c.user_id,)
    query = select(*columns).distinct()
    return query.where(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.group_id == below.c.group_id)


def groups_below(bound: Any, account: Any, name: str = "below") -> Any:
    """(bound, group): each of the groups for which ``bound`` holds, with itself and all groups in it.

    Circles end, as each pair is kept once.
    """
    start = select(GROUPS.c.id.label("bound"), GROUPS.c.id.label("group_id"))
    below = start.where(GROUPS.c.account_id == account, bound).cte(name, recursive=True)
    return below.union(
        select(below.c.bound, NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.group_id == below.c.group_id
        )
    )


_USERS_BELOW = Prepared(_users_below(by_group=False))
_MEMBERS_BELOW = Prepared(_users_below(by_group=True))
_GROUPS_HOLDING = Prepared(select(groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == bindparam("user")).c.group_id))
