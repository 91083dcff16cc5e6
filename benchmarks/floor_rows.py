"""The rows that a bulk leaves behind, written at one stroke and without a thought.

A user of Muster is a row with its indexes, the rows of its addresses and an event of the audit trail. The floor has
the same three tables, but checks no foreign keys and makes no search form, no chain of hashes and no comparison
keys: what stands in their place is as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import MetaData, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from app import set_wise
from app.models import AuditEvent, User, UserEmail
from app.models.base import table

_TABLES = {"people": table(User), "addresses": table(UserEmail), "events": table(AuditEvent)}
_HASH, _HOME = "0" * 64, "01890a5d-ac96-774b-bcce-b302099a8057"

Rows = dict[str, list[dict[str, Any]]]


class FloorRows:
    """The statements for one kind of database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        self._dialect = sqlite.dialect() if is_sqlite else postgresql.psycopg.dialect()
        self._is_sqlite = is_sqlite
        self._tables: dict[str, Table] = {}
        for name, original in _TABLES.items():
            metadata = MetaData()
            for other in original.metadata.tables.values():
                other.to_metadata(metadata, name=name if other is original else None)
            self._tables[name] = metadata.tables[name]

    def definitions(self) -> list[str]:
        """What makes the tables."""
        made: list[Any] = []
        for copy in self._tables.values():
            made += [CreateTable(copy, include_foreign_key_constraints=[]), *map(CreateIndex, copy.indexes)]
        return [str(one.compile(dialect=self._dialect)) for one in made]

    def inserts(self, rows: Rows) -> list[tuple[str, Any]]:
        """One statement for each table, and its values."""
        return [self._insert(self._tables[name], listed) for name, listed in rows.items()]

    def _insert(self, copy: Table, rows: Sequence[Mapping[str, Any]]) -> tuple[str, Any]:
        names = [*rows[0]]
        text = set_wise.text_of(insert(copy), names, self._dialect)
        if text is not None:
            return text, set_wise.parameter(rows)
        marks = ", ".join("?" * len(names))
        return f"INSERT INTO {copy.name} ({', '.join(names)}) VALUES ({marks})", [[*row.values()] for row in rows]


def rows_of(made: Sequence[tuple[str, Any, str]], moment: str, *, is_sqlite: bool) -> Rows:
    """The rows of new users, of whom there are id, body and document."""
    people, addresses, events = [], [], []
    for id, body, document in made:
        name, address = body["userName"], body["emails"][0]["value"]
        # SQLite keeps JSON as text; PostgreSQL takes it apart.
        search = document if is_sqlite else body
        people.append(
            {
                "account_id": _HOME, "id": id, "directory_id": _HOME, "origin": "scim", "active": True,
                "user_name": name, "user_name_key": name, "external_id": body["externalId"],
                "display_name_key": body["displayName"], "family_name_key": body["name"]["familyName"],
                "given_name_key": body["name"]["givenName"], "document": document, "search": search,
                "version": 1, "created": moment, "modified": moment,
            }
        )  # fmt: skip
        addresses.append(
            {
                "account_id": _HOME, "user_id": id, "position": 0, "directory_id": _HOME, "value_key": address,
                "value_reversed": address[::-1], "type_key": "work", "is_primary": True,
            }
        )  # fmt: skip
        events.append(
            {
                "account_id": _HOME, "sequence": int(body["externalId"][3:]), "at": moment, "actor_kind": "token",
                "actor_id": _HOME, "actor_name": "token", "action": "user.created", "target_kind": "user",
                "target_id": id, "target_name": name, "after": search, "request_id": _HOME,
                "previous_hash": _HASH, "hash": _HASH,
            }
        )  # fmt: skip
    return {"people": people, "addresses": addresses, "events": events}
