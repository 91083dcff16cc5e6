"""SCIM resource ⇄ table row: the one translation between the protocol's values and ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.models import Group, User
from app.models.base import now, table
from app.stores.filter_sql import sortable
from scim.attributes import ResourceType
from scim.keys import fold
from scim.resource import searchable
from scim.store import Reference, Resource, Stored

USERS, GROUPS = table(User), table(Group)
TABLES: dict[str, Table] = {"User": USERS, "Group": GROUPS}

_COMMON = ("account_id", "directory_id", "id", "origin", "external_id", "document", "search")
_TIMES = ("version", "created", "modified")
WRITTEN: dict[str, list[str]] = {
    "User": [
        *_COMMON,
        *("active", "user_name", "user_name_key", "display_name_key", "family_name_key", "given_name_key"),
        *_TIMES,
    ],
    "Group": [*_COMMON, "display_name", "display_name_key", "unique_name_key", "member_count", *_TIMES],
}
"""What is written for a new resource, by kind."""
_REPEATS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "User": (
        ("active", frozenset({"active"})),
        ("externalId", frozenset({"external_id"})),
        ("userName", frozenset({"user_name", "user_name_key"})),
        ("displayName", frozenset({"display_name_key"})),
        ("name", frozenset({"family_name_key", "given_name_key"})),
    ),
    "Group": (
        ("externalId", frozenset({"external_id"})),
        ("displayName", frozenset({"display_name", "display_name_key", "unique_name_key"})),
    ),
}
"""Which columns repeat an attribute of the document."""


class scim_time(ColumnElement[str]):  # noqa: N801  reads as a function, like SQLAlchemy's own
    """A stored time as SCIM shows it, in milliseconds: written by the database, since a page has two for each row."""

    inherit_cache = False
    type = Text()

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column


@compiles(scim_time)
def _written(element: scim_time, compiler: SQLCompiler, **how: Any) -> str:
    column = compiler.process(element.column, **how)
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"


@compiles(scim_time, "sqlite")
def _cut(element: scim_time, compiler: SQLCompiler, **how: Any) -> str:
    return f"(substr({compiler.process(element.column, **how)}, 1, 23) || 'Z')"


_TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Rows:
    """A resource as its row's values, and its e-mail rows (users only)."""

    values: dict[str, Any]
    emails: list[dict[str, Any]]


def stored(kind: str, row: Any, related: Sequence[Reference] | None = None) -> Stored:
    """The protocol's value of a row that has at least the columns of ``columns_of(kind)``."""
    count = row.member_count if kind == "Group" else 0
    return Stored(kind, row.id, row.document, row.version, row.created, row.modified, count, related)


def groups_of(row: Any) -> list[Reference]:
    """The groups of a user whose row has them (``statements.FIND``), by id; direct before indirect."""
    if not row.groups:
        return []
    found: dict[str, Reference] = {}
    for id, name, direct in sorted(orjson.loads(row.groups), key=_by_id_direct_first):
        found.setdefault(id, Reference(id, "direct" if direct else "indirect", name))
    return [*found.values()]


def _by_id_direct_first(group: tuple[str, str, int]) -> tuple[str, int]:
    return group[0], -group[2]


def columns_of(kind: str) -> list[Any]:
    """The columns that ``stored`` reads."""
    rows = TABLES[kind].c
    created, modified = (scim_time(time).label(time.key) for time in (rows.created, rows.modified))
    columns = [rows.id, rows.document, rows.version, created, modified]
    return [*columns, rows.member_count] if kind == "Group" else columns


def to_rows(resource_type: ResourceType, id: str, resource: Resource, unique_group_names: bool) -> Rows:
    """What is written for a resource: the document, its search form, and the columns that repeat it."""
    search = sortable(searchable(resource_type, resource))
    document = {"schemas": resource["schemas"], "id": id} | resource
    values: dict[str, Any] = {
        "document": orjson.dumps(document).decode(),
        "search": search,
        "external_id": resource.get("externalId"),
    }
    if resource_type.name == "Group":
        name = resource["displayName"]
        key = fold(name)
        values |= {
            "display_name": name,
            "display_name_key": key,
            "unique_name_key": key if unique_group_names else None,
        }
        return Rows(values, [])
    values |= {
        "active": resource.get("active", True),
        "user_name": resource["userName"],
        "user_name_key": fold(resource["userName"]),
        "display_name_key": search.get("displayname"),
        "family_name_key": search.get("name.familyname"),
        "given_name_key": search.get("name.givenname"),
    }
    return Rows(values, email_rows(search))


def same_columns(kind: str, before: Resource, after: Resource) -> frozenset[str]:
    """The columns in which two documents of a resource do not differ.

    Of the last Account Owner the document may say that they are off, while the column says that they are kept.
    """
    equal = (columns for name, columns in _REPEATS[kind] if before.get(name) == after.get(name))
    same: frozenset[str] = frozenset().union(*equal)
    return same if after.get("active") is not False else same - {"active"}


def email_rows(search: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each address of a search document."""
    return [
        {
            "position": position,
            "value_key": element.get("value"),
            "value_reversed": element["value"][::-1] if "value" in element else None,
            "type_key": element.get("type"),
            "display_key": element.get("display"),
            "is_primary": element.get("primary"),
        }
        for position, element in enumerate(search.get("emails", ()))
    ]


def next_moment(current: Stored) -> datetime:
    """A modification time that is later than the one before, even within one millisecond."""
    return max(now(), datetime.fromisoformat(current.modified) + _TICK)
