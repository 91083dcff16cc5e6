"""What a publish writes for people, set-wise: a few statements for very many of them, whatever each gains and loses.

Who is concerned, and what is done to people who are alike, stand in temporary tables meanwhile. The database joins
these with what people have, so no row of it passes through Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    case,
    delete,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable, DropTable

from app.models.base import Id, UTCDateTime, new_id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, SOURCES, USERS, WORKS
from app.stores.holdings import lock_users
from app.stores.numbered_ids import numbered_id
from app.stores.portions import portions
from rbac.mapping_edits import Doing, Edit
from rbac.model import Reach

_PORTION = 2_000
"""So many people are written in one go, so that no statement takes longer than a statement may."""
_TEMPORARY: dict[str, Any] = {"prefixes": ["TEMPORARY"], "sqlite_with_rowid": False}
_TABLES = MetaData()
_PEOPLE = Table(
    "publishing_people",
    _TABLES,
    Column("user_id", Id(), primary_key=True),
    Column("alike", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    **_TEMPORARY,
)
"""Who is written about. What is done to them has numbers from ``start`` on, which nobody else's has."""
_STEPS = Table(
    "publishing_steps",
    _TABLES,
    Column("alike", Integer, primary_key=True),
    Column("nth", Integer, primary_key=True),
    Column("edit", Integer, nullable=False),
    **_TEMPORARY,
)
"""What is done to people who are alike."""
_EDITS = Table(
    "publishing_edits",
    _TABLES,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("doing", String(4), nullable=False),
    Column("role_id", Id()),
    Column("unit_id", Id()),
    Column("reach", String(10)),
    Column("rule_id", Id()),
    Column("group_id", Id()),
    Column("is_home", Boolean, nullable=False),
    Column("expires", UTCDateTime()),
    **_TEMPORARY,
)
_EACH = (_PEOPLE, _STEPS, _EDITS)
_PLANNER = ("enable_hashjoin", "enable_mergejoin", "enable_material", "jit", "join_collapse_limit")
Kind = tuple[Doing, bool]
"""What is done, and whether to a role."""


def write(
    session: Session, account_id: str, alike: Sequence[Sequence[Edit]], people: Iterable[tuple[str, int]], at: datetime
) -> None:
    """Do to people what is done to those who are alike; ``people`` are ids, in order, each with its place in ``alike``.

    Who was deleted meanwhile is passed over. INVARIANT: since it was found out what is to be done nobody else has added
    or removed a source: the lock of ``mapping_rules`` is ours alone.
    """
    numbers: dict[Edit, int] = {}
    steps = [
        (a, nth, numbers.setdefault(one, len(numbers))) for a, some in enumerate(alike) for nth, one in enumerate(some)
    ]
    kinds = {(one.doing, one.role is not None) for one in numbers}
    for table in _EACH:
        session.execute(CreateTable(table))
    _load(session, _EDITS, (_values(one, number) for one, number in numbers.items()))
    _load(session, _STEPS, steps)
    if not session.is_sqlite:
        session.execute(text(f"ANALYZE {_EDITS.name}, {_STEPS.name}"))
    _plan(session, "off", "off", "off", "off", "1")
    lengths, start, here = [len(some) for some in alike], 0, {"account": account_id, "moment": at}
    for portion in portions(people, _PORTION):
        alive = lock_users(session, account_id, [id for id, _ in portion])
        rows = []
        for id, number in portion:
            if id in alive:
                rows.append((id, number, start))
                start += lengths[number]
        _load(session, _PEOPLE, rows)
        for kind, statement in _STATEMENTS[session.is_sqlite]:
            if kind is None or kind in kinds:
                session.execute(statement, here | {"prefix": new_id()[:-8]})
        session.execute(_NOBODY[session.is_sqlite])
    _plan(session, *["DEFAULT"] * len(_PLANNER))
    for table in _EACH:
        session.execute(DropTable(table))


def _plan(session: Session, *values: str) -> None:
    """Let PostgreSQL begin at the people, and find by indexes what they have, as is written down here.

    Without statistics about rows that were just made it would read all that the account has for each portion.
    """
    if not session.is_sqlite:
        for name, value in zip(_PLANNER, values, strict=True):
            session.execute(text(f"SET LOCAL {name} TO {value}"))


def _load(session: Session, table: Table, rows: Iterable[Sequence[Any]]) -> None:
    session.load(_INSERT[table.name], table.name, [column.name for column in table.c], rows)


def _values(edit: Edit, number: int) -> tuple[Any, ...]:
    """As the driver takes them."""
    ends = edit.expires.astimezone(UTC).isoformat(timespec="microseconds")[:26] if edit.expires else None
    reach = edit.reach.value if edit.reach else None
    return (number, edit.doing.value, edit.role, edit.unit, reach, edit.rule, edit.group, edit.home, ends)


_ACCOUNT, _MOMENT = bindparam("account", type_=Id()), bindparam("moment", type_=UTCDateTime())
_ID = numbered_id(_PEOPLE.c.start + _STEPS.c.nth)
_MAPPING: ColumnElement[str] = literal_column("'mapping'")
"""Written out, so that indexes of what rules give can be used."""
_OF_A_ROLE = _EDITS.c.role_id.is_not(None)
_WITH_CHILDREN = _EDITS.c.reach == Reach.SUBTREE.value
_DONE = _PEOPLE.join(_STEPS, _STEPS.c.alike == _PEOPLE.c.alike).join(_EDITS, _EDITS.c.number == _STEPS.c.edit)
# What can be compared only as it is not distinct is no reason for PostgreSQL to choose another index than the people's.
_SAME_ASSIGNMENT = (
    (ASSIGNMENTS.c.account_id == _ACCOUNT)
    & (ASSIGNMENTS.c.user_id == _PEOPLE.c.user_id)
    & ASSIGNMENTS.c.role_id.is_not_distinct_from(_EDITS.c.role_id)
    & ASSIGNMENTS.c.business_unit_id.is_not_distinct_from(_EDITS.c.unit_id)
    & ASSIGNMENTS.c.reach.is_not_distinct_from(_EDITS.c.reach)
)


def _by(rows: Table) -> ColumnElement[bool]:
    """The rule and the group by which something was given."""
    rule, group = rows.c.rule_id, rows.c.group_id
    return rule.is_not_distinct_from(_EDITS.c.rule_id) & group.is_not_distinct_from(_EDITS.c.group_id)


# Outer joins, so that databases begin at the people: of what is looked for, nothing is missing.
_OF_ROLES = _DONE.outerjoin(ASSIGNMENTS, _SAME_ASSIGNMENT)
_WITH_SOURCES = _OF_ROLES.outerjoin(
    SOURCES,
    (SOURCES.c.account_id == _ACCOUNT)
    & (SOURCES.c.assignment_id == ASSIGNMENTS.c.id)
    & (SOURCES.c.kind == _MAPPING)
    & _by(SOURCES),
)
_OF_WORKS = _DONE.outerjoin(WORKS, (WORKS.c.account_id == _ACCOUNT) & (WORKS.c.user_id == _PEOPLE.c.user_id))
_SAME_WORK = (
    ~_OF_A_ROLE
    & (WORKS.c.business_unit_id == _EDITS.c.unit_id)
    & (WORKS.c.with_children == _WITH_CHILDREN)
    & (WORKS.c.is_home == _EDITS.c.is_home)
    & _by(WORKS)
)
_FOUND = (
    (SOURCES, _WITH_SOURCES, SOURCES.c.id),
    # Whoever asks for the same work in the join has SQLite look at all who work in the unit.
    (WORKS, _OF_WORKS, case((_SAME_WORK, WORKS.c.id))),
)
"""Sources of roles, and of work: the rows, where they are found, and the id of what is meant."""
_GIVEN, _TAKEN, _ENDED, _HOME = (_EDITS.c.doing == doing.value for doing in Doing)


def _assignments(dialect: Any) -> Prepared:
    """An assignment for each role that is given, where there is none yet, whoever has made that."""
    made = {
        "account_id": _ACCOUNT,
        "id": _ID,
        "role_id": _EDITS.c.role_id,
        "user_id": _PEOPLE.c.user_id,
        "business_unit_id": _EDITS.c.unit_id,
        "reach": _EDITS.c.reach,
        "created": _MOMENT,
    }
    query = select(*made.values()).select_from(_DONE).where(_GIVEN, _OF_A_ROLE)
    new = dialect.insert(ASSIGNMENTS).from_select([*made], query, include_defaults=False)
    return Prepared(new.on_conflict_do_nothing(), anew=True)


def _sources() -> Prepared:
    made = _derived() | {"assignment_id": ASSIGNMENTS.c.id, "reason": literal("")}
    query = select(*made.values()).select_from(_OF_ROLES).where(_GIVEN, _OF_A_ROLE)
    return Prepared(insert(SOURCES).from_select([*made], query, include_defaults=False), anew=True)


def _works() -> Prepared:
    made = _derived() | {
        "user_id": _PEOPLE.c.user_id,
        "business_unit_id": _EDITS.c.unit_id,
        "with_children": _WITH_CHILDREN,
        "is_home": _EDITS.c.is_home,
    }
    query = select(*made.values()).select_from(_DONE).where(_GIVEN, ~_OF_A_ROLE)
    return Prepared(insert(WORKS).from_select([*made], query, include_defaults=False), anew=True)


def _derived() -> dict[str, Any]:
    """What a source has whatever it gives."""
    return {
        "account_id": _ACCOUNT,
        "id": _ID,
        "kind": _MAPPING,
        "rule_id": _EDITS.c.rule_id,
        "group_id": _EDITS.c.group_id,
        "created": _MOMENT,
        "expires": _EDITS.c.expires,
    }


def _taken(rows: Any, joined: Any, id: Any) -> Prepared:
    ids = select(id).select_from(joined).where(_TAKEN)
    return Prepared(delete(rows).where(rows.c.account_id == _ACCOUNT, rows.c.id.in_(ids)), anew=True)


def _ended(rows: Any, joined: Any, id: Any) -> Prepared:
    found = _first(select(id.label("id"), _EDITS.c.expires).select_from(joined).where(_ENDED))
    here = rows.c.account_id == _ACCOUNT, rows.c.id == found.c.id
    return Prepared(update(rows).where(*here).values(expires=found.c.expires), anew=True)


def _first(query: Any) -> Any:
    """What is found before anything is updated."""
    return query.cte("found").prefix_with("MATERIALIZED")


def _emptied() -> Prepared:
    """The assignments of these people that have no source any more."""
    rows = ASSIGNMENTS.alias("had")
    of_assignment = SOURCES.c.account_id == _ACCOUNT, SOURCES.c.assignment_id == rows.c.id
    # Not as a join: it is asked of each by itself.
    source = select(SOURCES.c.id).where(*of_assignment).limit(1).scalar_subquery()
    had = _PEOPLE.outerjoin(rows, (rows.c.account_id == _ACCOUNT) & (rows.c.user_id == _PEOPLE.c.user_id))
    ids = select(case(((rows.c.created != _MOMENT) & source.is_(None), rows.c.id))).select_from(had)
    here = ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.id.in_(ids)
    return Prepared(delete(ASSIGNMENTS).where(*here), anew=True)


def _homes() -> Prepared:
    found = _first(select(_PEOPLE.c.user_id, _EDITS.c.unit_id).select_from(_DONE).where(_HOME))
    here = USERS.c.account_id == _ACCOUNT, USERS.c.id == found.c.user_id
    home = {"home_unit_id": found.c.unit_id, "home_is_mapped": found.c.unit_id.is_not(None)}
    return Prepared(update(USERS).where(*here).values(home), anew=True)


def _in_order(dialect: Any) -> Iterator[tuple[Kind | None, Prepared]]:
    """What is given comes first: an assignment that loses one source and gets another stays the same one."""
    roles, works = _FOUND
    yield (Doing.GIVE, True), _assignments(dialect)
    yield (Doing.GIVE, True), _sources()
    yield (Doing.TAKE, True), _taken(*roles)
    yield None, _emptied()
    yield (Doing.END, True), _ended(*roles)
    yield (Doing.TAKE, False), _taken(*works)
    yield (Doing.GIVE, False), _works()
    yield (Doing.END, False), _ended(*works)
    yield (Doing.HOME, False), _homes()


_STATEMENTS = {dialect is sqlite: [*_in_order(dialect)] for dialect in (sqlite, postgresql)}
"""By whether on SQLite."""
_NOBODY = {True: delete(_PEOPLE), False: text(f"TRUNCATE {_PEOPLE.name}")}
_INSERT = {table.name: Prepared(insert(table), [column.name for column in table.c]) for table in _EACH}
