"""What the health board asks the database: groups that no rule covers, rules by whose grants somebody did something.

Everything is set-wise: one statement, however many people, groups and rules there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import (
    ASSIGNMENTS,
    BINDINGS,
    DIRECTORIES,
    GROUPS,
    NESTINGS,
    REVISIONS,
    ROLE_USES,
    SOURCES,
    USERS,
)
from app.stores.listings import Found, Listing, Wanted, page
from app.stores.lists import one_of
from muster.filters import As, Columns, Kind

_ACCOUNT = bindparam("account", type_=Id())
_SIZE = (0 - GROUPS.c.member_count).label("size")
"""Less for a larger group, so that the largest is the first."""
ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "size": [_SIZE, GROUPS.c.id],
    "display_name": [GROUPS.c.display_name_key, GROUPS.c.id],
    "created": [GROUPS.c.created, GROUPS.c.id],
}
COLUMNS: Columns = {
    "id": As(GROUPS.c.id, Kind.ID),
    "display_name": As(GROUPS.c.display_name_key, Kind.FOLDED),
    "directory": As(DIRECTORIES.c.name_key, Kind.FOLDED),
    "external_id": As(GROUPS.c.external_id, Kind.EXACT),
    "origin": As(GROUPS.c.origin, Kind.EXACT),
    "member_count": GROUPS.c.member_count,
    "created": GROUPS.c.created,
}
SHAPE = Listing(select(GROUPS.c.id), GROUPS.c.account_id, ORDERS, COLUMNS)
"""By what unmapped groups are filtered and sorted."""


def unmapped(session: Session, account_id: str, wanted: Wanted) -> Found:
    """A page of the groups that no rule covers, by themselves or by a group that contains them."""
    return page(session, unmapped_listing(account_id), account_id, wanted)


def unmapped_listing(account_id: str) -> Listing:
    """These groups as a list."""
    return Listing(_unmapped(account_id), GROUPS.c.account_id, ORDERS, COLUMNS)


def count_unmapped(session: Session, account_id: str) -> int:
    """How many groups with somebody in them no rule covers."""
    rows = _unmapped(account_id).where(GROUPS.c.account_id == account_id, GROUPS.c.member_count > 0).subquery()
    return int(session.execute(select(func.count()).select_from(rows)).scalar_one())


def _unmapped(account_id: str) -> Any:
    bound = select(BINDINGS.c.group_id).where(BINDINGS.c.account_id == account_id, BINDINGS.c.orphaned.is_(None))
    covered = bound.cte("covered", recursive=True)
    covered = covered.union(
        select(NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == account_id, NESTINGS.c.group_id == covered.c.group_id
        )
    )
    return (
        select(
            GROUPS.c.id,
            GROUPS.c.display_name,
            GROUPS.c.display_name_key,
            GROUPS.c.external_id,
            GROUPS.c.origin,
            GROUPS.c.member_count,
            GROUPS.c.created,
            DIRECTORIES.c.name.label("directory"),
            _SIZE,
        )
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == account_id) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .where(GROUPS.c.id.not_in(select(covered.c.group_id)))
    )


def inactive(session: Session, account_id: str) -> set[str]:
    """The people who are switched off."""
    return set(session.execute(_INACTIVE, {"account": account_id}).scalars())


def rules_used_since(session: Session, account_id: str, day: date) -> set[str]:
    """The rules by whose grants somebody was allowed something on that day or later."""
    return set(session.execute(_USED, {"account": account_id, "day": day}).scalars())


def revisions(session: Session, account_id: str, numbers: Collection[int]) -> dict[int, Any]:
    """When these revisions were published, and who approved them."""
    columns = (REVISIONS.c.number, REVISIONS.c.published, REVISIONS.c.approver)
    query = select(*columns).where(REVISIONS.c.account_id == account_id, REVISIONS.c.number.in_(numbers))
    return {row.number: row for row in session.execute(query)}


def active_people_called(session: Session, account_id: str, keys: Sequence[str]) -> set[str]:
    """Those of these (folded) userNames that an active person has."""
    return set(session.execute(_CALLED, {"account": account_id, "names": keys}).scalars())


_INACTIVE = Prepared(select(USERS.c.id).where(USERS.c.account_id == _ACCOUNT, USERS.c.active.is_(False)))
_CALLED = Prepared(
    select(USERS.c.user_name_key).where(
        USERS.c.account_id == _ACCOUNT, one_of(USERS.c.user_name_key, "names"), USERS.c.active
    )
)
_TIMES = func.count(ROLE_USES.c.user_id)
_USED = Prepared(
    select(SOURCES.c.rule_id)
    # Outer joins, from what rules have given: each row is then found by a whole key, without any statistics, too.
    .select_from(
        SOURCES.outerjoin(
            ASSIGNMENTS, and_(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.id == SOURCES.c.assignment_id)
        ).outerjoin(
            ROLE_USES,
            and_(
                ROLE_USES.c.account_id == _ACCOUNT,
                ROLE_USES.c.user_id == ASSIGNMENTS.c.user_id,
                ROLE_USES.c.role_id == ASSIGNMENTS.c.role_id,
                ROLE_USES.c.business_unit_id == ASSIGNMENTS.c.business_unit_id,
                ROLE_USES.c.reach == ASSIGNMENTS.c.reach,
                ROLE_USES.c.last_used >= bindparam("day", type_=Date()),
            ),
        )
    )
    .where(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.rule_id.is_not(None))
    .group_by(SOURCES.c.rule_id)
    .having(_TIMES > 0)
)
