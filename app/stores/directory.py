"""SqlDirectoryStore: a directory's resources in the database; implements ``scim.store.DirectoryStore``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Directory
from app.models.base import new_id, now, table
from app.stores.filter_sql import Columns, Condition, compile_filter, is_id, sort_expression
from app.stores.keyset import beyond, key_of, order_by
from app.stores.members import MemberStore
from app.stores.resource_rows import TABLES, USERS, columns_of, next_moment, stored, to_rows
from app.stores.search_columns import search_columns
from app.stores.statements import (
    DELETE,
    DELETE_EMAILS,
    FIND,
    FIND_AND_LOCK,
    INSERT,
    INSERT_EMAILS,
    LOOK_UP,
    UPDATE,
)
from scim.attributes import ResourceType
from scim.errors import PreconditionFailed, Uniqueness
from scim.filter_tree import Compare
from scim.schemas import RESOURCE_TYPES
from scim.store import MemberEdit, Page, Position, Query, Reference, Resource, Stored, Update

DIRECTORIES = table(Directory)
_FAR = 500
"""From this offset on, ids are counted off an index before whole rows are read."""


@dataclass(frozen=True, slots=True)
class OpenDirectory:
    """Which directory a store is opened for, and how it behaves."""

    account_id: str
    id: str
    preset: str
    unique_group_names: bool = True

    @property
    def origin(self) -> str:
        """Where people of this directory come from: a SCIM push, or somebody's hand."""
        return "manual" if self.preset == "local" else "scim"


def open_directory_store(session: Session, account_id: str, directory_id: str, base_url: str = "") -> SqlDirectoryStore:
    """The store of a directory by id. Raises LookupError for one that is not of this account."""
    row = session.execute(
        select(DIRECTORIES.c.preset, DIRECTORIES.c.unique_group_names).where(
            DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == directory_id
        )
    ).one_or_none()
    if row is None:
        raise LookupError(f"no directory {directory_id} in this account")
    return SqlDirectoryStore(session, OpenDirectory(account_id, directory_id, *row), base_url)


class SqlDirectoryStore:
    """Resources of one directory of one account; nothing else can be reached through it."""

    def __init__(self, session: Session, directory: OpenDirectory, base_url: str) -> None:
        self.session = session
        self.directory = directory
        self._base_url = base_url
        self._sqlite = session.get_bind().dialect.name == "sqlite"
        self._members = MemberStore(session, directory.account_id, directory.id, base_url)

    def _execute(self, statement: Any, values: Any = None) -> Any:
        # Never a cached property: its lock is shared by all threads, and this may wait for the database.
        return self.session.connection().execute(statement, values)

    @property
    def directory_id(self) -> str:
        """Which directory this is."""
        return self.directory.id

    @property
    def preset(self) -> str:
        """Which identity provider pushes here."""
        return self.directory.preset

    @property
    def resource_types(self) -> Mapping[str, ResourceType]:
        """The kinds of this directory."""
        return RESOURCE_TYPES

    def find(self, kind: str, id: str, *, related: bool = False, lock: bool = False) -> Stored | None:
        """One resource or None."""
        if not is_id(id):
            return None
        statement = (FIND_AND_LOCK if lock else FIND)[kind]
        here = {"b_account": self.directory.account_id, "b_directory": self.directory.id, "b_id": id}
        row = self._execute(statement, here).one_or_none()
        if row is None:
            return None
        found = stored(kind, row)
        return self._relate(kind, [found])[0] if related else found

    def search(self, kind: str, query: Query) -> Page:
        """A page of matching resources; the order is by id unless another is asked for."""
        looked_up = self._look_up(kind, query)
        if looked_up is not None:
            return looked_up
        conditions = [*self._here(kind)]
        if query.filter is not None:
            conditions.append(compile_filter(query.filter, self._columns[kind]))
        found: Sequence[Any] = ()
        if query.count > 0:
            found = self._execute(self._page(kind, query, conditions)).all()
        if not query.counted:
            total = 0
        elif 0 < len(found) < query.count and query.beyond is None:
            total = query.start - 1 + len(found)
        else:
            total = self._execute(select(func.count()).select_from(TABLES[kind]).where(*conditions)).scalar_one()
        page: Sequence[Stored] = [stored(kind, row) for row in found]
        positions = [Position(key_of(row.sort_key) if query.sort else None, row.id) for row in found]
        return Page(total, self._relate(kind, page) if query.related else page, positions)

    def _look_up(self, kind: str, query: Query) -> Page | None:
        """The whole answer to a look-up by name or external id, by a fixed statement; None for any other search."""
        asked = query.filter
        if not isinstance(asked, Compare) or asked.op != "eq" or query.sort or query.start != 1 or query.beyond:
            return None
        statement = LOOK_UP.get((kind, asked.path.key))
        if statement is None or query.count < 1:
            return None
        here = {"b_account": self.directory.account_id, "b_directory": self.directory.id}
        rows = self._execute(statement, here | {"b_key": asked.key, "b_count": query.count}).all()
        if len(rows) == query.count and not (kind == "User" and asked.path.key == "username"):
            return None  # there may be more than the page shows
        page: Sequence[Stored] = [stored(kind, row) for row in rows]
        return Page(len(rows), self._relate(kind, page) if query.related else page)

    def members(self, group_id: str) -> Iterator[Reference]:
        """All members of a group, streamed."""
        return self._members.members_of(group_id)

    def display_names(self, ids: Collection[str]) -> Mapping[str, str | None]:
        """Which of these ids are users here, and what they are called."""
        query = select(USERS.c.id, USERS.c.document).where(
            USERS.c.account_id == self.directory.account_id,
            USERS.c.directory_id == self.directory.id,
            USERS.c.id.in_([id for id in ids if is_id(id)]),
        )
        rows = self._execute(query)
        return {id: orjson.loads(document).get("displayName") for id, document in rows}

    def insert(self, kind: str, resource: Resource, members: frozenset[str] = frozenset()) -> Update:
        """Add a resource."""
        id, moment = new_id(), now()
        rows = to_rows(self.resource_types[kind], id, resource, self.directory.unique_group_names)
        values = (
            rows.values
            | self._scope
            | {
                "id": id,
                "origin": self._origin(kind),
                "version": 1,
                "created": moment,
                "modified": moment,
            }
        )
        if kind == "Group":
            values["member_count"] = len(members)
        self._write(kind, INSERT[kind], values, resource)
        self._insert_emails(id, rows.emails)
        added = tuple(self._members.add(id, members)) if members else ()
        # A new user is in no group, and a new group has the members that were just added.
        after = Stored(kind, id, values["document"].encode(), 1, moment, moment, len(members), added)
        return Update(after, True, added)

    def insert_all(self, kind: str, resources: Sequence[Resource]) -> Sequence[Update]:
        """Add many resources without members: one statement for all rows, one for all addresses."""
        values: list[dict[str, Any]] = []
        emails: list[dict[str, Any]] = []
        for resource in resources:
            id, moment = new_id(), now()
            rows = to_rows(self.resource_types[kind], id, resource, self.directory.unique_group_names)
            own = self._scope | {"id": id, "origin": self._origin(kind), "version": 1}
            values.append(rows.values | own | {"created": moment, "modified": moment})
            emails += [self._scope | {"user_id": id} | email for email in rows.emails]
        try:
            self._execute(INSERT[kind], values)
        except IntegrityError as error:
            raise _refusal(kind, {}, error) from error
        if emails:
            self._execute(INSERT_EMAILS, emails)
        return [
            Update(
                Stored(kind, row["id"], row["document"].encode(), 1, row["created"], row["modified"], related=()), True
            )
            for row in values
        ]

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A savepoint of the database; the audit trail follows it."""
        with self.session.begin_nested():
            yield

    def update(
        self,
        current: Stored,
        resource: Resource | None = None,
        members: MemberEdit | None = None,
        *,
        expected: int | None = None,
    ) -> Update:
        """Replace the document and edit the members."""
        if expected is not None and expected != current.version:
            raise PreconditionFailed(f"the {current.kind.lower()} is in version {current.version} now; read it again")
        added, removed = self._members.edit(current.id, members) if members else ([], [])
        if resource is None and not added and not removed:
            return Update(current, False)
        moment = next_moment(current)
        count = current.member_count + len(added) - len(removed)
        values: dict[str, Any] = {"version": current.version + 1, "modified": moment}
        if current.kind == "Group":
            values["member_count"] = count
        document = current.document
        if resource is not None:
            rows = to_rows(self.resource_types[current.kind], current.id, resource, self.directory.unique_group_names)
            values |= rows.values
            document = rows.values["document"].encode()
        here = {"b_account": self.directory.account_id, "b_id": current.id, "b_version": current.version}
        done = self._write(current.kind, UPDATE[current.kind], values | here, resource or {})
        if done.one_or_none() is None:
            raise PreconditionFailed(f"the {current.kind.lower()} was changed by somebody else; read it again")
        if (
            current.kind == "User"
            and resource is not None
            and resource.get("emails") != current.attributes.get("emails")
        ):
            self._replace_emails(current.id, rows.emails)
        after = replace(
            current, document=document, version=current.version + 1, modified=moment, member_count=count, related=None
        )
        return Update(after, True, tuple(added), tuple(removed))

    def delete(self, current: Stored, *, expected: int | None = None) -> tuple[Reference, ...]:
        """Remove the resource; its groups lose it as a member."""
        if expected is not None and expected != current.version:
            raise PreconditionFailed(f"the {current.kind.lower()} is in version {current.version} now; read it again")
        gone = tuple(self._members.members_of(current.id)) if current.kind == "Group" else ()
        self._members.leave_all(current.kind, current.id)
        self._execute(DELETE[current.kind], {"b_account": self.directory.account_id, "b_id": current.id})
        return gone

    @property
    def _scope(self) -> dict[str, str]:
        return {"account_id": self.directory.account_id, "directory_id": self.directory.id}

    def _origin(self, kind: str) -> str:
        return "local" if kind == "Group" and self.directory.preset == "local" else self.directory.origin

    def _select(self, kind: str) -> Select[Any]:
        return select(*columns_of(kind)).where(*self._here(kind))

    def _here(self, kind: str) -> tuple[Condition, Condition]:
        rows = TABLES[kind].c
        return rows.account_id == self.directory.account_id, rows.directory_id == self.directory.id

    def _page(self, kind: str, query: Query, conditions: Sequence[Condition]) -> Select[Any]:
        """The rows of a page in their order, each with its ``sort_key`` if there is one."""
        rows = TABLES[kind]
        id = rows.c.id
        value = sort_expression(query.sort, self._columns[kind]) if query.sort is not None else None
        keys = [] if value is None else [value.label("sort_key")]
        order = order_by(value, id, descending=query.descending, backwards=query.backwards)
        if query.beyond is not None:
            past = beyond(value, id, query.beyond, descending=query.descending, backwards=query.backwards)
            conditions = [*conditions, past]
        if query.start <= _FAR:
            found = select(*columns_of(kind), *keys).where(*conditions).order_by(*order)
            return found.limit(query.count).offset(query.start - 1)
        ids = select(id).where(*conditions).order_by(*order).limit(query.count).offset(query.start - 1).subquery()
        here = rows.c.account_id == self.directory.account_id
        return select(*columns_of(kind), *keys).join(ids, ids.c.id == id).where(here).order_by(*order)

    def _relate(self, kind: str, page: Sequence[Stored]) -> Sequence[Stored]:
        if not page:
            return page
        ids = [found.id for found in page]
        related = self._members.groups_of_users(ids) if kind == "User" else self._members.members_of_groups(ids)
        return [replace(found, related=related[found.id]) for found in page]

    def _write(self, kind: str, statement: Any, values: Mapping[str, Any], resource: Resource) -> Any:
        try:
            return self._execute(statement, values)
        except IntegrityError as error:
            raise _refusal(kind, resource, error) from error

    def _insert_emails(self, user_id: str, emails: list[dict[str, Any]]) -> None:
        if emails:
            self._execute(INSERT_EMAILS, [self._scope | {"user_id": user_id} | email for email in emails])

    def _replace_emails(self, user_id: str, emails: list[dict[str, Any]]) -> None:
        self._execute(DELETE_EMAILS, {"b_account": self.directory.account_id, "b_id": user_id})
        self._insert_emails(user_id, emails)

    @cached_property
    def _columns(self) -> dict[str, Columns]:
        return search_columns(
            self.directory.account_id, self.directory.id, self._addresses, self._members, self._sqlite
        )

    @property
    def _addresses(self) -> dict[str, str]:
        return {kind: f"{self._base_url}/{found.endpoint}/" for kind, found in self.resource_types.items()}


def _refusal(kind: str, resource: Resource, error: IntegrityError) -> Exception:
    """The SCIM refusal that a violated constraint means; the database's own words name it."""
    words = str(error.orig)
    if "user_name" in words:
        return Uniqueness(f'userName: another user of this directory already has "{resource.get("userName")}"')
    if "unique_name" in words or "display_name" in words:
        return Uniqueness(f'displayName: another group of this directory already has "{resource.get("displayName")}"')
    return error
