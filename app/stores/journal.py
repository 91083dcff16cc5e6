"""Rows as they were at a moment: those that stand, and on top of them what the journal says has ended since.

What stands is always read first. Whatever ends meanwhile is then found in the journal, so no transaction is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
from sqlalchemy import JSON, Boolean, ColumnElement, Table, Text, bindparam, cast, delete, func, insert, select

from app.models.base import Id, UTCDateTime
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import (
    ACCOUNTS,
    ASSIGNMENTS,
    DIRECTORIES,
    FILTERS,
    GROUPS,
    INDIVIDUALS,
    JOURNAL,
    MEMBERSHIPS,
    NESTINGS,
    PERMISSIONS,
    ROLES,
    RULES,
    SOURCES,
    UNITS,
    USERS,
    WORKS,
)
from app.stores.lists import one_of

_ACCOUNT, _AT = bindparam("b_account", type_=Id()), bindparam("b_at", type_=UTCDateTime())


@dataclass(frozen=True, slots=True)
class Fact:
    """A table of which the journal keeps these columns. ``key`` tells its rows apart within an account.

    ``since`` is the column that says when a row was made; without one, a row counts as always there.
    """

    name: str
    table: Table
    columns: tuple[str, ...]
    key: tuple[str, ...] = ("id",)
    since: str | None = "created"
    account: str = "account_id"


_GRANTED = ("granted_by", "reason", "starts", "expires")
MEMBERSHIP = Fact("membership", MEMBERSHIPS, ("group_id", "user_id"), ("group_id", "user_id"), "since")
NESTING = Fact("nesting", NESTINGS, ("group_id", "child_id"), ("group_id", "child_id"), "since")
USER = Fact("user", USERS, ("id", "active", "home_unit_id"))
GROUP = Fact("group", GROUPS, ("id", "directory_id", "display_name"))
DIRECTORY = Fact("directory", DIRECTORIES, ("id", "name"))
UNIT = Fact("unit", UNITS, ("id", "parent_id", "key", "name"))
WORK = Fact(
    "unit_membership",
    WORKS,
    ("id", "user_id", "business_unit_id", "with_children", "kind", "rule_id", "group_id", "expires"),
)
ROLE = Fact("role", ROLES, ("id", "name", "description", "is_default", "is_owner", "is_privileged"))
PERMISSION = Fact(
    "role_permission",
    PERMISSIONS,
    ("role_id", "permission", "effect", "condition"),
    ("role_id", "permission", "effect"),
    "since",
)
ASSIGNMENT = Fact(
    "assignment",
    ASSIGNMENTS,
    ("id", "role_id", "user_id", "group_id", "principal_unit_id", "business_unit_id", "reach"),
)
SOURCE = Fact("source", SOURCES, ("id", "assignment_id", "kind", "rule_id", "group_id", *_GRANTED))
INDIVIDUAL = Fact(
    "individual",
    INDIVIDUALS,
    ("id", "user_id", "permission", "effect", "business_unit_id", "reach", *_GRANTED),
)
FILTER = Fact("data_filter", FILTERS, ("id", "record_type", "filter", "business_unit_id", "assignment_id"))
RULE = Fact("rule", RULES, ("id", "name", "first_revision", "where_filter"), since=None)
CATALOGUE = Fact("catalogue", ACCOUNTS, ("id", "catalogue"), since=None, account="id")
FACTS = (
    MEMBERSHIP,
    NESTING,
    USER,
    GROUP,
    DIRECTORY,
    UNIT,
    WORK,
    ROLE,
    PERMISSION,
    ASSIGNMENT,
    SOURCE,
    INDIVIDUAL,
    FILTER,
    RULE,
    CATALOGUE,
)
"""Everything that triggers keep; the migrations say it to the database, and a test compares the two."""


class Rewound:
    """The rows of one account at a moment for which the journal is kept."""

    def __init__(self, session: Session, account_id: str, at: datetime) -> None:
        self._session = session
        self._asked = {"b_account": account_id, "b_at": at}

    def every(self, fact: Fact) -> list[Any]:
        """All rows of that kind."""
        standing = self._session.execute(_standing(fact), self._asked)
        return self._with(fact, standing, self._session.execute(_ENDED, self._asked | {"b_fact": fact.name}))

    def about(self, fact: Fact, column: str, ids: Collection[str]) -> list[Any]:
        """The rows of that kind with one of these ids in a column by which the journal is looked up."""
        if not ids:
            return []
        asked = self._asked | {"b_ids": sorted(ids)}
        standing = self._session.execute(_standing(fact, column), asked)
        return self._with(fact, standing, self._session.execute(_ENDED_ABOUT, asked | {"b_fact": fact.name}))

    def _with(self, fact: Fact, standing: Iterable[Any], ended: Iterable[Any]) -> list[Any]:
        at = self._asked["b_at"]
        rows = {_key(fact, row): row for row in standing if fact.since is None or row.made <= at}
        later: set[tuple[Any, ...]] = set()
        for entry in ended:
            row = _row(fact, entry)
            key = _key(fact, row)
            if key not in later:  # the first that ended afterwards is what was there
                later.add(key)
                rows[key] = row
        return list(rows.values())


def began(session: Session, account_id: str) -> datetime:
    """The earliest moment that may be asked about."""
    asked = {"b_account": account_id}
    created, journal = session.execute(_CREATED, asked).scalar(), session.execute(_BEGAN, asked).scalar()
    found: datetime = max(created, journal) if journal else created
    return found


def trim(session: Session, account_id: str, before: datetime) -> int:
    """Let the journal begin at a later moment and forget what was before; how many entries went."""
    asked = {"b_account": account_id, "b_at": before}
    entry = {"account_id": account_id, "at": before, "about_id": account_id, "was": {}}
    session.execute(_BEGIN, [entry | {"fact": "journal", "change": "begin"}])
    count: int = session.execute(_COUNT_BEFORE, asked).scalar()
    session.execute(_FORGET, asked)
    return count


def _standing(fact: Fact, column: str | None = None) -> Prepared:
    found = _STANDING.get((fact.name, column))
    if found is None:
        table, conditions = fact.table, [fact.table.c[fact.account] == _ACCOUNT]
        if column is not None:
            conditions.append(one_of(table.c[column], "b_ids"))
        # Under a name of its own: a table may have a column ``since`` that is kept.
        made: list[ColumnElement[Any]] = [table.c[fact.since].label("made")] if fact.since else []
        statement = select(*(_column(table.c[name]) for name in fact.columns), *made).where(*conditions)
        found = _STANDING[fact.name, column] = Prepared(statement)
    return found


_STANDING: dict[tuple[str, str | None], Prepared] = {}
_HERE = JOURNAL.c.account_id == _ACCOUNT
_COVERING = (
    _HERE,
    JOURNAL.c.fact == bindparam("b_fact"),
    JOURNAL.c.at > _AT,
    func.coalesce(JOURNAL.c.since, _AT) <= _AT,
)
_ENTRIES = select(cast(JOURNAL.c.was, Text).label("was"), JOURNAL.c.since).order_by(JOURNAL.c.id)
_ENDED = Prepared(_ENTRIES.where(*_COVERING))
_ENDED_ABOUT = Prepared(_ENTRIES.where(*_COVERING, one_of(JOURNAL.c.about_id, "b_ids")))
_CREATED = Prepared(select(ACCOUNTS.c.created).where(ACCOUNTS.c.id == _ACCOUNT))
_BEGAN = Prepared(select(func.max(JOURNAL.c.at)).where(_HERE, JOURNAL.c.fact == "journal"))
_BEGIN = insert(JOURNAL)
_COUNT_BEFORE = Prepared(select(func.count()).where(_HERE, JOURNAL.c.at < _AT))
_FORGET = Prepared(delete(JOURNAL).where(_HERE, JOURNAL.c.at < _AT))


def _column(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(column, Text).label(column.key) if isinstance(column.type, JSON) else column


def _key(fact: Fact, row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in fact.key)


def _row(fact: Fact, entry: Any) -> Any:
    was: Mapping[str, Any] = orjson.loads(entry.was)
    values = {name: _value(fact.table.c[name].type, was.get(name)) for name in fact.columns}
    return SimpleNamespace(made=entry.since, **values)


def _value(kind: Any, value: Any) -> Any:
    """A value of JSON as the column itself would give it."""
    if value is None:
        return None
    if isinstance(kind, UTCDateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    if isinstance(kind, JSON):
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    return bool(value) if isinstance(kind, Boolean) else value
