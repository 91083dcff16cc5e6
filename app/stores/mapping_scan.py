"""Everybody of an account with what a publish needs to know of them: groups, and what they have. One row a person.

Read in portions by id, aggregated by the database, and without a transaction, so that nobody is kept from writing.
Texts that are equal mean the same, so whoever reads them need look at each of them once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Text, bindparam, case, cast, func, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, GROUPS, MEMBERSHIPS, NESTINGS, SOURCES, USERS, WORKS
from app.stores.lists import joined, one_of
from rbac.mapping_turns import Held, Home
from rbac.model import Reach

PORTION = 5_000
_FIRST = "00000000-0000-0000-0000-000000000000"
_NOWHERE = Home()


class Person(NamedTuple):
    """A person; ``groups``, ``roles`` and ``works`` are texts for ``groups_in`` and ``held_in``."""

    id: str
    user_name: str
    directory_id: str
    origin: str
    home: Home
    document: str
    groups: str
    roles: str
    works: str


def everybody(
    session: Session, account_id: str, groups: Collection[str], timed: Collection[str], *, documents: bool
) -> Iterator[Person]:
    """Every person, by id. Of the groups that they are directly in, ``groups`` are told.

    ``timed`` are the rules of which it matters since when somebody has what they give; ``documents``: whether what is
    stored of a person matters.
    """
    after, asked = _FIRST, {"account": account_id, "groups": list(groups), "timed": list(timed)}
    while True:
        here = {"account": account_id, "after": after, "most": PORTION}
        people = session.look(_PEOPLE_WITH_DOCUMENTS if documents else _PEOPLE, here)
        if not people:
            return
        span = asked | {"after": after, "last": people[-1][0]}
        members = dict(session.look(_GROUPS, span)) if groups else {}
        roles, works = dict(session.look(_ROLES, span)), dict(session.look(_WORKS, span))
        for id, name, directory_id, origin, home, is_mapped, document in people:
            mine = members.get(id, ""), roles.get(id, ""), works.get(id, "")
            at = Home(home, bool(is_mapped)) if home is not None else _NOWHERE
            yield Person(id, name, directory_id, origin, at, document, *mine)
        if len(people) < PORTION:
            return
        after = people[-1][0]


def groups_in(text: str) -> frozenset[str]:
    """The groups of a person's text."""
    return frozenset(text.split(",")) if text else frozenset()


def held_in(roles: str, works: str) -> list[Held]:
    """What somebody has, whatever gave it."""
    held = []
    for one in roles.split(",") if roles else ():
        role, unit, reach, rule, group, starts, expires, created = one.split("|")
        held.append(
            Held((role, unit, Reach(reach)), rule or None, group or None, _at(starts), _at(expires), _at(created))
        )
    for one in works.split(",") if works else ():
        unit, children, rule, group, home, expires, created = one.split("|")
        given = (None, unit, Reach.SUBTREE if children else Reach.UNIT)
        held.append(Held(given, rule or None, group or None, None, _at(expires), _at(created), bool(home)))
    return held


def _at(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def below(session: Session, account_id: str, group_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """To be in which group means to be in which of these: by the groups in which somebody may be directly."""
    found: dict[str, set[str]] = {}
    for bound, group_id in session.look(_BELOW, {"account": account_id, "groups": list(group_ids)}):
        found.setdefault(group_id, set()).add(bound)
    return {group_id: frozenset(above) for group_id, above in found.items()}


def groups_with_roles(session: Session, account_id: str, at: datetime) -> set[str]:
    """The groups that have a role themselves at present."""
    return {row[0] for row in session.look(_WITH_ROLES, {"account": account_id, "at": at})}


@dataclass(frozen=True, slots=True)
class UnmappedGroup:
    """A group that no rule covers, and how many are in it directly."""

    id: str
    name: str
    directory: str
    members: int


def largest_groups(session: Session, account_id: str) -> Sequence[Any]:
    """All groups with somebody in them, the largest first: id, name, directory's id, members."""
    rows: Sequence[Any] = session.look(_LARGEST, {"account": account_id})
    return rows


class _moment_text(ColumnElement[str]):  # noqa: N801  reads as a function
    """A moment as text in UTC, of one width; empty for none."""

    inherit_cache = False
    type = Text()

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column


@compiles(_moment_text)
def _formatted(element: _moment_text, compiler: SQLCompiler, **how: Any) -> str:
    column = compiler.process(element.column, **how)
    # A colon as such: SQLAlchemy's text has no parameters here.
    return f"coalesce(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '')"


@compiles(_moment_text, "sqlite")
def _kept(element: _moment_text, compiler: SQLCompiler, **how: Any) -> str:
    return f"coalesce({compiler.process(element.column, **how)}, '')"


_ACCOUNT = bindparam("account", type_=Id())
_AFTER, _LAST = bindparam("after", type_=Id()), bindparam("last", type_=Id())


def _people(*, documents: bool) -> Prepared:
    document = USERS.c.document if documents else literal("", Text()).label("document")
    query = select(
        USERS.c.id,
        USERS.c.user_name,
        USERS.c.directory_id,
        USERS.c.origin,
        USERS.c.home_unit_id,
        case((USERS.c.home_is_mapped, 1), else_=0),
        document,
    ).where(USERS.c.account_id == _ACCOUNT, USERS.c.id > _AFTER)
    return Prepared(query.order_by(USERS.c.id).limit(bindparam("most", type_=Integer())), named=False)


def _within(column: ColumnElement[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column > _AFTER, column <= _LAST


def _text(*parts: ColumnElement[Any]) -> ColumnElement[str]:
    """These as one text, with strokes between them."""
    found: Any = parts[0]
    for one in parts[1:]:
        found = found.concat("|").concat(one)
    return cast(found, Text)


def _id(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(column, Text), "")


def _flag(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((column, "1"), else_="")


def _since(rows: Any) -> ColumnElement[Any]:
    return case((one_of(rows.c.rule_id, "timed"), _moment_text(rows.c.created)), else_="")


_PEOPLE, _PEOPLE_WITH_DOCUMENTS = _people(documents=False), _people(documents=True)
_GROUPS = Prepared(
    select(MEMBERSHIPS.c.user_id, joined(MEMBERSHIPS.c.group_id))
    .where(
        MEMBERSHIPS.c.account_id == _ACCOUNT, *_within(MEMBERSHIPS.c.user_id), one_of(MEMBERSHIPS.c.group_id, "groups")
    )
    .group_by(MEMBERSHIPS.c.user_id),
    named=False,
    anew=True,
)
_ROLES = Prepared(
    select(
        ASSIGNMENTS.c.user_id,
        joined(
            _text(
                _id(ASSIGNMENTS.c.role_id),
                _id(ASSIGNMENTS.c.business_unit_id),
                ASSIGNMENTS.c.reach,
                _id(SOURCES.c.rule_id),
                _id(SOURCES.c.group_id),
                _moment_text(SOURCES.c.starts),
                _moment_text(SOURCES.c.expires),
                _since(SOURCES),
            )
        ),
    )
    .join_from(ASSIGNMENTS, SOURCES, (SOURCES.c.account_id == _ACCOUNT) & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id))
    .where(ASSIGNMENTS.c.account_id == _ACCOUNT, *_within(ASSIGNMENTS.c.user_id), ASSIGNMENTS.c.user_id.is_not(None))
    .group_by(ASSIGNMENTS.c.user_id),
    named=False,
    anew=True,
)
_WORKS = Prepared(
    select(
        WORKS.c.user_id,
        joined(
            _text(
                _id(WORKS.c.business_unit_id),
                _flag(WORKS.c.with_children),
                _id(WORKS.c.rule_id),
                _id(WORKS.c.group_id),
                _flag(WORKS.c.is_home),
                _moment_text(WORKS.c.expires),
                _since(WORKS),
            )
        ),
    )
    .where(WORKS.c.account_id == _ACCOUNT, *_within(WORKS.c.user_id))
    .group_by(WORKS.c.user_id),
    named=False,
    anew=True,
)


def _below() -> Prepared:
    start = select(GROUPS.c.id.label("bound"), GROUPS.c.id.label("group_id"))
    found = start.where(GROUPS.c.account_id == _ACCOUNT, one_of(GROUPS.c.id, "groups")).cte("below", recursive=True)
    found = found.union(
        select(found.c.bound, NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.group_id == found.c.group_id
        )
    )
    return Prepared(select(found.c.bound, found.c.group_id), named=False)


_BELOW = _below()
_AT = bindparam("at", type_=UTCDateTime())
_WITH_ROLES = Prepared(
    select(ASSIGNMENTS.c.group_id)
    # An outer join, so that the database begins at the few groups: there are as many sources as people have roles.
    .outerjoin_from(
        ASSIGNMENTS,
        SOURCES,
        (SOURCES.c.account_id == _ACCOUNT)
        & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
        & (SOURCES.c.starts.is_(None) | (SOURCES.c.starts <= _AT))
        & (SOURCES.c.expires.is_(None) | (SOURCES.c.expires > _AT)),
    )
    .where(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.group_id.is_not(None))
    .group_by(ASSIGNMENTS.c.group_id)
    .having(func.count(SOURCES.c.id) > 0),
    named=False,
)
_LARGEST = Prepared(
    select(GROUPS.c.id, GROUPS.c.display_name, GROUPS.c.directory_id, GROUPS.c.member_count)
    .where(GROUPS.c.account_id == _ACCOUNT, GROUPS.c.member_count > 0)
    .order_by(GROUPS.c.member_count.desc(), GROUPS.c.id),
    named=False,
)
