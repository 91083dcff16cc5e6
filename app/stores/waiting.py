"""Who waits for access: active people who have no role and no permission in any way that counts now.

One statement finds a page of them, whatever the account has; what is told of each is set-wise for the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from app.audit import EVENTS
from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import (
    ASSIGNMENTS,
    DIRECTORIES,
    GROUPS,
    INDIVIDUALS,
    MEMBERSHIPS,
    NESTINGS,
    SOURCES,
    USERS,
    WORKS,
)
from app.stores.listings import Found, Listing, Wanted, page
from app.stores.lists import one_of
from app.stores.nesting import groups_below, groups_of
from muster.filters import As, Columns, Kind

_ACCOUNT, _AT = bindparam("account", type_=Id()), bindparam("at", type_=UTCDateTime())


@dataclass(frozen=True, slots=True)
class Places:
    """Where a role of a business unit counts now: the units (``here``), they and all above them, and the root."""

    here: Collection[str]
    above: Collection[str]
    root: str


@dataclass(frozen=True, slots=True)
class Held:
    """How many of the active members of a group have a role somewhere now, directly or through nesting."""

    group_id: str
    role_id: str
    unit_id: str
    reach: str
    people: int


def waiting(session: Session, account_id: str, places: Places, at: datetime, wanted: Wanted) -> Found:
    """A page of those who wait. Raises InvalidFilter or TooMany."""
    return page(session, listing(account_id, places, at), account_id, wanted)


def count(session: Session, account_id: str, places: Places, at: datetime) -> int:
    """How many wait."""
    rows = listing(account_id, places, at).rows.where(USERS.c.account_id == account_id)
    return int(session.execute(select(func.count()).select_from(rows.subquery())).scalar_one())


def listing(account_id: str, places: Places, at: datetime) -> Listing:
    """Those who wait, as a list."""
    rows = (
        select(
            USERS.c.id,
            USERS.c.user_name,
            USERS.c.user_name_key,
            USERS.c.origin,
            USERS.c.created,
            DIRECTORIES.c.name.label("directory"),
        )
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == account_id) & (DIRECTORIES.c.id == USERS.c.directory_id))
        .where(USERS.c.active, *(~way for way in _ways(account_id, places, at)))
    )
    return Listing(rows, USERS.c.account_id, ORDERS, COLUMNS)


ORDERS: Mapping[str, Sequence[ColumnElement[Any]]] = {
    "id": [USERS.c.id],
    "created": [USERS.c.created, USERS.c.id],
    "user_name": [USERS.c.user_name_key, USERS.c.id],
}
COLUMNS: Columns = {
    "id": As(USERS.c.id, Kind.ID),
    "user_name": As(USERS.c.user_name_key, Kind.FOLDED),
    "display_name": As(USERS.c.display_name_key, Kind.FOLDED),
    "origin": As(USERS.c.origin, Kind.EXACT),
    "directory": As(DIRECTORIES.c.name_key, Kind.FOLDED),
    "created": USERS.c.created,
}
SHAPE = Listing(select(USERS.c.id), USERS.c.account_id, ORDERS, COLUMNS)
"""By what those who wait are filtered and sorted."""


def _ways(account_id: str, places: Places, at: datetime) -> Iterable[ColumnElement[bool]]:
    """Each way in which somebody has something now."""
    mine = ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.user_id == USERS.c.id
    yield exists().where(*mine, _has_source(account_id, at))
    allowed = INDIVIDUALS.c.account_id == account_id, INDIVIDUALS.c.user_id == USERS.c.id
    yield exists().where(*allowed, INDIVIDUALS.c.effect == "allow", counts(INDIVIDUALS, at))
    with_role = select(ASSIGNMENTS.c.group_id).where(
        ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.group_id.is_not(None), _has_source(account_id, at)
    )
    below = with_role.cte("below", recursive=True)
    below = below.union(
        select(NESTINGS.c.child_id).where(NESTINGS.c.account_id == account_id, NESTINGS.c.group_id == below.c.group_id)
    )
    members = select(MEMBERSHIPS.c.user_id).where(
        MEMBERSHIPS.c.account_id == account_id, MEMBERSHIPS.c.group_id.in_(select(below.c.group_id))
    )
    yield USERS.c.id.in_(members)
    if places.here:
        yield from _works(account_id, places, at)


def _works(account_id: str, places: Places, at: datetime) -> Iterable[ColumnElement[bool]]:
    """Works where a unit's role counts, as ``rbac.scopes.may_work_in`` has it; scoped roles are ways of their own."""
    mine = and_(WORKS.c.account_id == account_id, WORKS.c.user_id == USERS.c.id)
    in_force = or_(WORKS.c.expires.is_(None), WORKS.c.expires > at)
    there = or_(
        WORKS.c.business_unit_id.in_(places.here),
        and_(WORKS.c.with_children, WORKS.c.business_unit_id.in_(places.above)),
    )
    yield exists().where(mine, in_force, there)
    at_home = func.coalesce(USERS.c.home_unit_id, literal(places.root, Id())).in_(places.above)
    yield and_(at_home, ~exists().where(mine))


def counts(rows: Any, at: Any) -> ColumnElement[bool]:
    """Whether a row with ``starts`` and ``expires`` is in force at a moment."""
    return and_(or_(rows.c.starts.is_(None), rows.c.starts <= at), or_(rows.c.expires.is_(None), rows.c.expires > at))


def _has_source(account_id: Any, at: Any) -> ColumnElement[bool]:
    of_it = SOURCES.c.account_id == account_id, SOURCES.c.assignment_id == ASSIGNMENTS.c.id
    return exists().where(*of_it, counts(SOURCES, at))


def groups_seen(session: Session, account_id: str, user_ids: Sequence[str]) -> dict[str, list[Any]]:
    """The groups that each of these people is in, directly or through nesting; largest last."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_GROUPS_SEEN, {"account": account_id, "users": user_ids}):
        found[row.user_id].append(row)
    return found


def lost_access(session: Session, account_id: str, user_ids: Sequence[str], at: datetime) -> dict[str, datetime]:
    """When each of these people last lost something, as far as that is known: it was taken, or its time was over."""
    rows = session.execute(_LOST, {"account": account_id, "users": user_ids, "at": at})
    return {row.user_id: row.lost for row in rows if row.lost is not None}


def at_most(session: Session, account_id: str, group_ids: Sequence[str], most: int) -> list[str]:
    """Those of these groups that have at most so many members, each counted in every group below that they are in."""
    rows = session.execute(_SIZES, {"account": account_id, "groups": group_ids})
    return [row.bound for row in rows if row.members <= most]


def held_in_groups(
    session: Session, account_id: str, group_ids: Sequence[str], at: datetime
) -> tuple[dict[str, int], list[Held]]:
    """How many active members each of these groups has, directly or through nesting, and what they have now."""
    sizes: dict[str, int] = {}
    held = []
    for row in session.execute(_HELD, {"account": account_id, "groups": group_ids, "at": at}):
        if row.role_id is None:
            sizes[row.group_id] = row.people
        else:
            held.append(Held(row.group_id, row.role_id, row.unit_id, row.reach, row.people))
    return sizes, held


# Outer joins, with all that is asked in them: without statistics SQLite would begin at the wrong end of inner ones.


def _groups_seen() -> Select[Any]:
    closure = groups_of(_ACCOUNT, one_of(MEMBERSHIPS.c.user_id, "users"))
    return (
        select(
            closure.c.user_id,
            GROUPS.c.id,
            GROUPS.c.display_name,
            GROUPS.c.member_count,
            DIRECTORIES.c.name.label("directory"),
        )
        .outerjoin_from(closure, GROUPS, (GROUPS.c.account_id == _ACCOUNT) & (GROUPS.c.id == closure.c.group_id))
        .outerjoin(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .order_by(closure.c.user_id, GROUPS.c.member_count, GROUPS.c.display_name_key, GROUPS.c.id)
    )


def _lost() -> Select[Any]:
    # The trail keeps ids of all kinds, so as text.
    taken = select(EVENTS.c.target_id.label("user_id"), EVENTS.c.at.label("lost")).where(
        EVENTS.c.account_id == _ACCOUNT,
        EVENTS.c.target_kind == "user",
        one_of(EVENTS.c.target_id, "users"),
        EVENTS.c.action == "access.revoked",
    )
    is_over = and_(
        SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == ASSIGNMENTS.c.id, SOURCES.c.expires <= _AT
    )
    over = (
        select(cast(ASSIGNMENTS.c.user_id, Text), SOURCES.c.expires)
        .outerjoin_from(ASSIGNMENTS, SOURCES, is_over)
        .where(ASSIGNMENTS.c.account_id == _ACCOUNT, one_of(ASSIGNMENTS.c.user_id, "users"))
    )
    every = union_all(taken, over).subquery()
    return select(every.c.user_id, func.max(every.c.lost).label("lost")).group_by(every.c.user_id)


def _sizes() -> Any:
    below = groups_below(one_of(GROUPS.c.id, "groups"), _ACCOUNT)
    inner = GROUPS.alias("inner_groups")
    members = cast(func.sum(inner.c.member_count), Integer).label("members")
    joined = select(below.c.bound, members).outerjoin_from(
        below, inner, (inner.c.account_id == _ACCOUNT) & (inner.c.id == below.c.group_id)
    )
    return joined.group_by(below.c.bound)


def _held() -> Any:
    """Sizes first, without a role. A role counts once for each person, whatever gives it."""
    below = groups_below(one_of(GROUPS.c.id, "groups"), _ACCOUNT)
    is_member = and_(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.group_id == below.c.group_id)
    is_active = and_(USERS.c.account_id == _ACCOUNT, USERS.c.id == MEMBERSHIPS.c.user_id, USERS.c.active)
    found = select(below.c.bound, USERS.c.id.label("user_id")).distinct()
    people = found.select_from(below.outerjoin(MEMBERSHIPS, is_member).outerjoin(USERS, is_active)).cte("people")
    sizes = select(
        people.c.bound.label("group_id"),
        cast(null(), Id()).label("role_id"),
        cast(null(), Id()).label("unit_id"),
        cast(null(), String(10)).label("reach"),
        func.count(people.c.user_id).label("people"),
    ).group_by(people.c.bound)
    has_it = and_(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.user_id == people.c.user_id)
    in_force = and_(SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == ASSIGNMENTS.c.id, counts(SOURCES, _AT))
    place = (people.c.bound, ASSIGNMENTS.c.role_id, ASSIGNMENTS.c.business_unit_id, ASSIGNMENTS.c.reach)
    # Nobody with a source is nobody at all: what has none counts for none.
    with_it = func.count(case((SOURCES.c.id.is_not(None), people.c.user_id)).distinct())
    held = (
        select(*place, with_it)
        .select_from(people.outerjoin(ASSIGNMENTS, has_it).outerjoin(SOURCES, in_force))
        .group_by(*place)
        .having(with_it > 0)
    )
    return union_all(sizes, held)


_GROUPS_SEEN, _LOST, _SIZES = Prepared(_groups_seen()), Prepared(_lost()), Prepared(_sizes())
_HELD = Prepared(_held(), anew=True)
