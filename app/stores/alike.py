"""People whom a change may concern, gathered by the database into those who are alike.

Who has the same roles, memberships of units, individual permissions, groups with roles and home, and is active or not,
may do the same before and after any change of what is given: so one of them stands for all, and it does not matter how
many there are. Texts that differ may mean the same; texts that are equal never mean different things.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, GROUPS, INDIVIDUALS, MEMBERSHIPS, SOURCES, USERS, WORKS
from app.stores.lists import joined, one_of
from app.stores.nesting import groups_below
from rbac.model import Reach

_FIRST = "00000000-0000-0000-0000-000000000000"
_ACCOUNT, _AT = bindparam("b_account", type_=Id()), bindparam("b_at", type_=UTCDateTime())


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a change may concern; ``way`` is how they are found, by these ``values``."""

    way: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alike:
    """``people`` who are alike. ``first`` are ids of them: those after the one that was asked for, in order."""

    people: int
    first: tuple[str, ...]


def everybody() -> Whom:
    """All people of the account."""
    return Whom("everybody", {})


def holders(role_id: str) -> Whom:
    """Who has a role as their own or as a member of a group, whether or not it counts at present."""
    return Whom("holders", {"b_role": role_id})


def about_units(units: Collection[str], above: Collection[str]) -> Whom:
    """Who is in one of these units, or reaches down from one ``above`` (ids); not who is at home in the root."""
    return Whom("about_units", {"b_units": list(units), "b_above": list(above)})


def alike(
    session: Session, account_id: str, whom: Whom, at: datetime, most: int, since: str | None = None
) -> list[Alike]:
    """All of them, the largest number of alike people first; of each at most ``most`` ids after ``since``."""
    asked = {"b_account": account_id, "b_at": at, "b_most": most, "b_since": since or _FIRST, **whom.values}
    found: list[tuple[int, list[str]]] = []
    for place, people, user_id in session.execute(_ALIKE[whom.way], asked):
        if place == 1:
            found.append((people, []))
        found[-1][1].append(user_id)
    return sorted((Alike(people, tuple(ids)) for people, ids in found), key=lambda one: -one.people)


def people_of(session: Session, account_id: str, whom: Whom) -> list[str]:
    """All of them, by id."""
    asked = {"b_account": account_id, **whom.values}
    return sorted(session.execute(_PEOPLE[whom.way], asked).scalars())


def at_most(session: Session, account_id: str, whom: Whom, most: int) -> bool:
    """Whether it certainly concerns no more people than that; told at once, however many there are."""
    asked = {"b_account": account_id, "b_some": most + 1, **whom.values}
    return sum(map(int, session.execute(_SIZES[whom.way], asked).scalars())) <= most


def _holding() -> list[Select[Any]]:
    role = bindparam("b_role", type_=Id())
    mine = ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.role_id == role
    of_groups = select(ASSIGNMENTS.c.group_id).where(*mine, ASSIGNMENTS.c.group_id.is_not(None))
    return [
        select(ASSIGNMENTS.c.user_id.label("user_id")).where(*mine, ASSIGNMENTS.c.user_id.is_not(None)),
        _members(GROUPS.c.id.in_(of_groups)),
    ]


def _about_units() -> list[Select[Any]]:
    def here(rows: Any, reaches_down: ColumnElement[bool]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        unit = rows.c.business_unit_id
        return rows.c.account_id == _ACCOUNT, or_(one_of(unit, "b_units"), and_(one_of(unit, "b_above"), reaches_down))

    subtree, home = Reach.SUBTREE.value, USERS.c.home_unit_id
    given = here(ASSIGNMENTS, ASSIGNMENTS.c.reach == subtree)
    of_groups = select(ASSIGNMENTS.c.group_id).where(*given, ASSIGNMENTS.c.group_id.is_not(None))
    return [
        select(ASSIGNMENTS.c.user_id.label("user_id")).where(*given, ASSIGNMENTS.c.user_id.is_not(None)),
        _members(GROUPS.c.id.in_(of_groups)),
        select(INDIVIDUALS.c.user_id).where(*here(INDIVIDUALS, INDIVIDUALS.c.reach == subtree)),
        select(WORKS.c.user_id).where(*here(WORKS, WORKS.c.with_children)),
        select(USERS.c.id).where(
            USERS.c.account_id == _ACCOUNT,
            home.is_not(None),
            or_(one_of(home, "b_units"), one_of(home, "b_above")),
        ),
    ]


def _members(bound: ColumnElement[bool]) -> Select[Any]:
    below = groups_below(bound, _ACCOUNT)
    # Not joined: SQLite would read all memberships.
    inside = MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.group_id.in_(select(below.c.group_id))
    return select(MEMBERSHIPS.c.user_id).where(*inside)


_WAYS: Mapping[str, list[Select[Any]]] = {"everybody": [], "holders": _holding(), "about_units": _about_units()}


def _statement(ways: list[Select[Any]]) -> Select[Any]:
    """Each person with a text of all that matters, and then each text with its people."""
    concerned = union(*ways).cte("concerned").prefix_with("MATERIALIZED") if ways else None
    things = union_all(*_things(concerned)).subquery("things")
    person = select(things.c.user_id, joined(things.c.thing, in_order=True).label("text"))
    # An empty group is nobody's, nor is what a group has for a while.
    person_text = person.group_by(things.c.user_id).having(things.c.user_id.is_not(None)).subquery("person")
    after = case((person_text.c.user_id > bindparam("b_since", type_=Id()), 0), else_=1)
    # One window for both, or SQLite would sort twice.
    kind: Any = {"partition_by": person_text.c.text, "order_by": [after, person_text.c.user_id], "rows": (None, None)}
    placed = select(
        person_text.c.user_id,
        person_text.c.text,
        func.row_number().over(**kind).label("place"),
        func.count().over(**kind).label("people"),
    ).subquery("placed")
    page = select(placed.c.place, placed.c.people, placed.c.user_id)
    return page.where(placed.c.place <= bindparam("b_most", type_=Integer())).order_by(placed.c.text, placed.c.place)


def _things(concerned: CTE | None) -> Iterator[Select[Any]]:
    """(user, text): all that decides what somebody may do, wherever they work and whatever is asked."""

    def of(column: ColumnElement[Any], sort: str, *what: ColumnElement[Any]) -> Select[Any]:
        found = select(column.label("user_id"), _text(sort, *what).label("thing"))
        return found if concerned is None else found.where(column.in_(select(concerned.c.user_id)))

    given, place = (ASSIGNMENTS.c.user_id, ASSIGNMENTS.c.role_id), (ASSIGNMENTS.c.business_unit_id, ASSIGNMENTS.c.reach)
    mine = ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.user_id.is_not(None)
    yield of(given[0], "r", given[1], *place).where(*mine)
    idle = ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.id.in_(select(_idle().c.assignment_id))
    is_meant = None if concerned is None else ASSIGNMENTS.c.user_id.in_(select(concerned.c.user_id))
    few = select(given[0], _text("-", given[1], *place)).where(*idle)
    # In a CASE, so that SQLite begins with these few.
    yield few if is_meant is None else few.where(case((is_meant, 1), else_=0) == 1)
    in_force = case((or_(WORKS.c.expires.is_(None), WORKS.c.expires > _AT), ""), else_="-")
    children = case((WORKS.c.with_children, "+"), else_="")
    yield of(WORKS.c.user_id, "w", WORKS.c.business_unit_id, children, in_force).where(WORKS.c.account_id == _ACCOUNT)
    own = INDIVIDUALS.c
    counts = case((_counts(INDIVIDUALS), ""), else_="-")
    said = (own.business_unit_id, own.effect, own.reach, counts, own.permission)
    yield of(own.user_id, "i", *said).where(own.account_id == _ACCOUNT)
    home = USERS.c.home_unit_id
    yield of(USERS.c.id, "h", home).where(USERS.c.account_id == _ACCOUNT, home.is_not(None))
    directories = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == _ACCOUNT)
    here = USERS.c.account_id == _ACCOUNT, USERS.c.directory_id.in_(directories)
    yield of(USERS.c.id, "x").where(*here, USERS.c.active.is_(False))
    with_roles = select(ASSIGNMENTS.c.group_id).where(
        ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.group_id.is_not(None)
    )
    below = groups_below(GROUPS.c.id.in_(with_roles), _ACCOUNT, "with_roles")
    inside = and_(MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.group_id == below.c.group_id)
    # Once, even if somebody is in several groups below it.
    yield of(MEMBERSHIPS.c.user_id, "g", below.c.bound).select_from(below.outerjoin(MEMBERSHIPS, inside)).distinct()
    if concerned is None:
        yield select(USERS.c.id, _text("u")).where(USERS.c.account_id == _ACCOUNT)


def _idle() -> CTE:
    """Assignments none of whose sources counts at present, though one will or did: they are few."""
    dated = SOURCES.alias("dated")
    counting = exists().where(
        SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == dated.c.assignment_id, _counts(SOURCES)
    )
    is_dated = or_(dated.c.starts.is_not(None), dated.c.expires.is_not(None))
    return select(dated.c.assignment_id).where(dated.c.account_id == _ACCOUNT, is_dated, ~counting).cte("idle")


def _counts(rows: Any) -> ColumnElement[bool]:
    return and_(or_(rows.c.starts.is_(None), rows.c.starts <= _AT), or_(rows.c.expires.is_(None), rows.c.expires > _AT))


def _text(sort: str, *parts: ColumnElement[Any]) -> ColumnElement[str]:
    """Ids have one length and what differs in length stands last, so nothing need stand between them."""
    found: ColumnElement[Any] = literal_column(f"'{sort}'", Text())
    for part in parts:
        found = found.op("||", return_type=Text())(part)
    return found


def _sizes(ways: list[Select[Any]]) -> Any:
    """How many each way finds, up to a number; of everybody, how many there are."""
    if not ways:
        return select(func.coalesce(func.sum(DIRECTORIES.c.user_count), 0)).where(DIRECTORIES.c.account_id == _ACCOUNT)
    some = bindparam("b_some", type_=Integer())
    return union_all(*(select(func.count()).select_from(way.limit(some).subquery()) for way in ways))


_ALIKE = {way: Prepared(_statement(ways), named=False, anew=True) for way, ways in _WAYS.items()}
_PEOPLE = {way: Prepared(union(*ways)) for way, ways in _WAYS.items() if ways}
_SIZES = {way: Prepared(_sizes(ways), anew=True) for way, ways in _WAYS.items()}
