"""What a simulation asks the database: groups with those above them, their roles, and where somebody works by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS, NESTINGS, SOURCES, USERS, WORKS
from app.stores.lists import one_of

_ACCOUNT = bindparam("account", type_=Id())


def groups_above(session: Session, account_id: str, group_ids: Collection[str]) -> dict[str, str]:
    """These groups and all that contain them: names by id."""
    rows = session.execute(_ABOVE, {"account": account_id, "groups": list(group_ids)})
    return {row.id: row.display_name for row in rows}


def nestings(session: Session, account_id: str) -> Sequence[tuple[str, str]]:
    """Every group in a group: (group, the one in it)."""
    return [(row.group_id, row.child_id) for row in session.execute(_NESTINGS, {"account": account_id})]


def roles_of_groups(session: Session, account_id: str, group_ids: Collection[str], at: datetime) -> Sequence[Any]:
    """The roles that these groups have themselves now; one row for each source."""
    asked = {"account": account_id, "groups": list(group_ids), "at": at}
    return [row for row in session.execute(_ROLES, asked) if row.source_id is not None]


def person(session: Session, account_id: str, user_id: str) -> Any:
    """A person's directory, origin and document."""
    return session.execute(_PERSON, {"account": account_id, "user": user_id}).one()


def direct_groups(session: Session, account_id: str, user_id: str) -> set[str]:
    """The groups that somebody is in directly."""
    return set(session.execute(_DIRECT, {"account": account_id, "user": user_id}).scalars())


def works_by_hand(session: Session, account_id: str, user_id: str) -> Sequence[Any]:
    """The units in which somebody may work because somebody said so."""
    rows: Sequence[Any] = session.execute(_WORKS, {"account": account_id, "user": user_id}).all()
    return rows


def _above() -> Any:
    found = select(GROUPS.c.id.label("group_id")).where(GROUPS.c.account_id == _ACCOUNT, one_of(GROUPS.c.id, "groups"))
    above = found.cte("above", recursive=True)
    above = above.union(
        select(NESTINGS.c.group_id).where(NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.child_id == above.c.group_id)
    )
    return select(GROUPS.c.id, GROUPS.c.display_name).where(
        GROUPS.c.account_id == _ACCOUNT, GROUPS.c.id.in_(select(above.c.group_id))
    )


_USER = bindparam("user", type_=Id())
_AT = bindparam("at", type_=UTCDateTime())
_ABOVE = Prepared(_above())
_NESTINGS = Prepared(select(NESTINGS.c.group_id, NESTINGS.c.child_id).where(NESTINGS.c.account_id == _ACCOUNT))
_DIRECT = Prepared(
    select(MEMBERSHIPS.c.group_id).where(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.user_id == _USER)
)
_PERSON = Prepared(
    select(
        USERS.c.directory_id,
        USERS.c.origin,
        USERS.c.document,
    ).where(USERS.c.account_id == _ACCOUNT, USERS.c.id == _USER)
)
_WORKS = Prepared(
    select(WORKS.c.business_unit_id, WORKS.c.with_children).where(
        WORKS.c.account_id == _ACCOUNT, WORKS.c.user_id == _USER, WORKS.c.rule_id.is_(None)
    )
)
_ROLES = Prepared(
    select(
        GROUPS.c.id.label("group_id"),
        GROUPS.c.display_name.label("group"),
        ASSIGNMENTS.c.id.label("assignment_id"),
        ASSIGNMENTS.c.role_id,
        ASSIGNMENTS.c.business_unit_id,
        ASSIGNMENTS.c.reach,
        SOURCES.c.id.label("source_id"),
        SOURCES.c.granted_by,
        SOURCES.c.reason,
    )
    # Outer joins, as SQLite must not begin with all sources of the account.
    .select_from(
        GROUPS.outerjoin(
            ASSIGNMENTS, and_(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.group_id == GROUPS.c.id)
        ).outerjoin(
            SOURCES,
            and_(
                SOURCES.c.account_id == _ACCOUNT,
                SOURCES.c.assignment_id == ASSIGNMENTS.c.id,
                or_(SOURCES.c.starts.is_(None), SOURCES.c.starts <= _AT),
                or_(SOURCES.c.expires.is_(None), SOURCES.c.expires > _AT),
            ),
        )
    )
    .where(GROUPS.c.account_id == _ACCOUNT, one_of(GROUPS.c.id, "groups"))
)
