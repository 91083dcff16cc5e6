"""Who is in which groups, directly or through nesting, and so whom a change of the rules concerns.

Everything is set-wise: the number of statements does not depend on how large a group is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, cast, null, select, union
from sqlalchemy.orm import Session

from app.models.base import Id
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS, NESTINGS, SOURCES, WORKS
from app.stores.portions import PORTION

_ACCOUNT = bindparam("account", type_=Id())


def users_below(session: Session, account_id: str, group_ids: Collection[str]) -> set[str]:
    """The users in these groups, directly or through nesting."""
    if not group_ids:
        return set()
    found = session.execute(_USERS_BELOW, {"account": account_id, "groups": list(group_ids)})
    return set(found.scalars())


def groups_of(
    session: Session, account_id: str, user_ids: Sequence[str], bound: Collection[str]
) -> dict[str, set[str]]:
    """Which of the ``bound`` groups each user is in, directly or through nesting."""
    found: dict[str, set[str]] = {id: set() for id in user_ids}
    asked = {"account": account_id, "users": list(user_ids), "bound": list(bound)}
    for user_id, group_id in session.execute(_GROUPS_OF, asked):
        found[user_id].add(group_id)
    return found


def groups_holding(session: Session, account_id: str, user_id: str) -> set[str]:
    """Every group that a user is in, directly or through nesting."""
    closure = (
        select(MEMBERSHIPS.c.group_id)
        .where(MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.user_id == user_id)
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == account_id, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    return set(session.execute(select(closure.c.group_id)).scalars())


def people_concerned(
    session: Session, account_id: str, bound: Collection[str], rule_ids: Collection[str]
) -> Iterator[tuple[str, set[str]]]:
    """Everybody in one of the ``bound`` groups, and everybody who has something from one of the rules.

    Streamed by user: the user's id, and which of the groups they are in, directly or through nesting.
    """
    below = _below(bound, account_id)
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
    found = union(members, with_role, with_work).cte("concerned").prefix_with("MATERIALIZED")
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


def _groups_of() -> Any:
    closure = (
        select(MEMBERSHIPS.c.user_id, MEMBERSHIPS.c.group_id)
        .where(
            MEMBERSHIPS.c.account_id == _ACCOUNT,
            MEMBERSHIPS.c.user_id.in_(bindparam("users", type_=Id(), expanding=True)),
        )
        .cte("closure", recursive=True)
    )
    closure = closure.union(
        select(closure.c.user_id, NESTINGS.c.group_id).where(
            NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.child_id == closure.c.group_id
        )
    )
    bound = bindparam("bound", type_=Id(), expanding=True)
    return select(closure.c.user_id, closure.c.group_id).where(closure.c.group_id.in_(bound))


def _users_below() -> Any:
    below = _below(bindparam("groups", type_=Id(), expanding=True), _ACCOUNT)
    query = select(MEMBERSHIPS.c.user_id).distinct()
    return query.where(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.group_id == below.c.group_id)


def _below(group_ids: Any, account: Any) -> Any:
    """(bound, group): each of the groups with itself and all groups in it. Circles end, as each pair is kept once."""
    start = select(GROUPS.c.id.label("bound"), GROUPS.c.id.label("group_id"))
    below = start.where(GROUPS.c.account_id == account, GROUPS.c.id.in_(group_ids)).cte("below", recursive=True)
    return below.union(
        select(below.c.bound, NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == account, NESTINGS.c.group_id == below.c.group_id
        )
    )


_GROUPS_OF, _USERS_BELOW = _groups_of(), _users_below()
