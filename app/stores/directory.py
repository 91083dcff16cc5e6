"""SqlDirectoryStore: a directory's resources in the database; implements ``scim.store.DirectoryStore``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.models import Account, Directory
from app.models.base import new_id, now, table, timestamp
from app.prepared import Rows
from app.session import Session
from app.stores import tallies
from app.stores.filter_sql import Condition, is_id
from app.stores.keyset import key_of
from app.stores.listing import page_of_all
from app.stores.members import MemberStore
from app.stores.possessions import possessions_of
from app.stores.resource_rows import TABLES, groups_of, next_moment, stored, to_rows
from app.stores.schema_types import types_of
from app.stores.searches import Search
from app.stores.statements import (
    DELETE,
    DELETE_EMAILS,
    FIND,
    FIND_AND_LOCK,
    INSERT,
    INSERT_EMAILS,
    LOOK_UP,
    NAMES_IN,
    TOUCH,
    UPDATE,
)
from scim.attributes import ResourceType
from scim.errors import PreconditionFailed, Uniqueness
from scim.filter_tree import Compare
from scim.schemas import RESOURCE_TYPES
from scim.store import MemberEdit, Page, Position, Query, Reference, Resource, Stored, Update

ACCOUNTS, DIRECTORIES = table(Account), table(Directory)


@dataclass(frozen=True, slots=True)
class OpenDirectory:
    """Which directory a store is opened for, and how it behaves.

    ``counts`` says how many users and groups it had when the request began, and ``removals`` how many were ever
    deleted; None if that was not asked.
    """

    account_id: str
    id: str
    preset: str
    unique_group_names: bool = True
    resource_types: Mapping[str, ResourceType] = field(default_factory=lambda: RESOURCE_TYPES)
    counts: Mapping[str, int] | None = None
    removals: int = 0

    @property
    def origin(self) -> str:
        """Where people of this directory come from: a SCIM push, or somebody's hand."""
        return "manual" if self.preset == "local" else "scim"


def open_directory_store(session: Session, account_id: str, directory_id: str, base_url: str = "") -> SqlDirectoryStore:
    """The store of a directory by id. Raises LookupError for one that is not of this account."""
    row = session.execute(
        select(DIRECTORIES.c.preset, DIRECTORIES.c.unique_group_names, ACCOUNTS.c.schema_revision)
        .join(ACCOUNTS, ACCOUNTS.c.id == DIRECTORIES.c.account_id)
        .where(DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == directory_id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no directory {directory_id} in this account")
    types = types_of(session, account_id, row.schema_revision)
    directory = OpenDirectory(account_id, directory_id, row.preset, row.unique_group_names, types)
    return SqlDirectoryStore(session, directory, base_url)


class SqlDirectoryStore:
    """Resources of one directory of one account; nothing else can be reached through it."""

    def __init__(self, session: Session, directory: OpenDirectory, base_url: str) -> None:
        self.session = session
        self.directory = directory
        self._base_url = base_url
        self._sqlite = session.is_sqlite
        self._members = MemberStore(session, directory.account_id, directory.id)
        self.left_behind: dict[str, list[dict[str, Any]]] = {}
        """What deleted people had, by id: gone with their rows, and wanted by the audit trail."""

    def _execute(self, statement: Any, values: Any = None) -> Any:
        # Never a cached property: its lock is shared by all threads, and this may wait for the database.
        return self.session.execute(statement, values)

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
        return self.directory.resource_types

    def find(self, kind: str, id: str, *, related: bool = False, lock: bool = False) -> Stored | None:
        """One resource or None."""
        if not is_id(id):
            return None
        statement = (FIND_AND_LOCK if lock else FIND)[kind, related]
        row = self._execute(statement, self._at | {"b_id": id}).one_or_none()
        if row is None:
            return None
        if not related:
            return stored(kind, row)
        return stored(kind, row, groups_of(row)) if kind == "User" else self._relate(kind, [stored(kind, row)])[0]

    def lock(self, kind: str, ids: Collection[str]) -> None:
        """Lock resources in the order of their ids; a writer of SQLite has the whole database already."""
        if self._sqlite:
            return
        id = TABLES[kind].c.id
        rows = select(id).where(*self._here(kind), id.in_([one for one in ids if is_id(one)]))
        self._execute(rows.order_by(id).with_for_update(key_share=True))

    def search(self, kind: str, query: Query) -> Page:
        """A page of matching resources; the order is by id unless another is asked for."""
        known = self._list(kind, query) or self._look_up(kind, query)
        if known is not None:
            return known
        search = Search(self.session, kind, query, self._at | {"b_base": self._base_url})
        # One row more than the page shows tells whether there is anything left to count.
        look_ahead = query.counted and query.beyond is None
        with self.session.in_time():
            rows = search.rows(query.count + look_ahead) if query.count > 0 else Rows()
            found = rows[: query.count]
            if not query.counted:
                total = 0
            elif look_ahead and len(rows) <= query.count and (rows or (query.start == 1 and query.count > 0)):
                total = query.start - 1 + len(rows)
            else:
                total = self._count_of_all(kind, query) or search.total()
        page: Sequence[Stored] = [stored(kind, row) for row in found]
        positions = [Position(key_of(row.sort_key) if query.sort else None, row.id) for row in found]
        return Page(total, self._relate(kind, page) if query.related else page, positions)

    def _count_of_all(self, kind: str, query: Query) -> int | None:
        """How many there are, if nothing is filtered and that is known already."""
        counts = self.directory.counts
        return None if counts is None or query.filter is not None or self.session.in_transaction() else counts[kind]

    def _list(self, kind: str, query: Query) -> Page | None:
        """A page of the list of all by id, without counting; None for any other search."""
        counts = self.directory.counts
        if counts is None or query.filter is not None or query.sort is not None or self.session.in_transaction():
            return None
        rows = page_of_all(self.session, kind, self._at, query, counts[kind], self.directory.removals)
        page: Sequence[Stored] = [stored(kind, row) for row in rows]
        positions = [Position(None, found.id) for found in page]
        total = counts[kind] if query.counted else 0
        return Page(total, self._relate(kind, page) if query.related else page, positions)

    def _look_up(self, kind: str, query: Query) -> Page | None:
        """The whole answer to a look-up by name or external id, by a fixed statement; None for any other search."""
        asked = query.filter
        if not isinstance(asked, Compare) or asked.op != "eq" or query.sort or query.start != 1 or query.beyond:
            return None
        with_groups = query.related and kind == "User"
        statement = LOOK_UP.get((kind, asked.path.key, with_groups))
        if statement is None or query.count < 1:
            return None
        rows = self._execute(statement, self._at | {"b_key": asked.key, "b_count": query.count})
        if len(rows) == query.count and not (kind == "User" and asked.path.key == "username"):
            return None  # there may be more than the page shows
        if with_groups:
            return Page(len(rows), [stored(kind, row, groups_of(row)) for row in rows])
        page: Sequence[Stored] = [stored(kind, row) for row in rows]
        return Page(len(rows), self._relate(kind, page) if query.related else page)

    def members(self, group_id: str) -> Iterator[Reference]:
        """All members of a group, streamed."""
        return self._members.members_of(group_id)

    def display_names(self, ids: Collection[str]) -> Mapping[str, str | None]:
        """Which of these ids are users here, and what they are called."""
        rows = self._execute(NAMES_IN, self._at | {"b_ids": [id for id in ids if is_id(id)]})
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
        emails = [(INSERT_EMAILS, self._scope | {"user_id": id} | email) for email in rows.emails]
        try:
            self.session.send([(INSERT[kind], values), *emails])
        except IntegrityError as error:
            raise _refusal(kind, resource, error) from error
        self._tally(kind, 1)
        added = tuple(self._members.add(id, members)) if members else ()
        # A new user is in no group, and a new group has the members that were just added.
        shown = timestamp(moment)
        after = Stored(kind, id, values["document"].encode(), 1, shown, shown, len(members), added)
        return Update(after, True, added)

    def insert_all(self, kind: str, resources: Sequence[Resource]) -> Sequence[Update]:
        """Add many resources without members: one statement for all rows, one for all addresses."""
        values: list[dict[str, Any]] = []
        emails: list[dict[str, Any]] = []
        resource_type, scope, moment = self.resource_types[kind], self._scope, now()
        own = scope | {"origin": self._origin(kind), "version": 1, "created": moment, "modified": moment}
        if kind == "Group":
            own["member_count"] = 0
        for resource in resources:
            id = new_id()
            rows = to_rows(resource_type, id, resource, self.directory.unique_group_names)
            values.append({"id": id, **own, **rows.values})
            emails += [{"user_id": id, **scope, **email} for email in rows.emails]
        try:
            self._execute(INSERT[kind], values)
        except IntegrityError as error:
            raise _refusal(kind, {}, error) from error
        if emails:
            self._execute(INSERT_EMAILS, emails)
        self._tally(kind, len(values))
        shown = timestamp(moment)
        return [
            Update(Stored(kind, row["id"], row["document"].encode(), 1, shown, shown, related=()), True)
            for row in values
        ]

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A savepoint of the database; the audit trail follows it."""
        with self.session.savepoint():
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
        statement = TOUCH if resource is None else UPDATE[current.kind]
        done = self._write(current.kind, statement, values | here, resource or {})
        if done.one_or_none() is None:
            raise PreconditionFailed(f"the {current.kind.lower()} was changed by somebody else; read it again")
        if (
            current.kind == "User"
            and resource is not None
            and resource.get("emails") != current.attributes.get("emails")
        ):
            self._replace_emails(current.id, rows.emails)
        after = replace(
            current,
            document=document,
            version=current.version + 1,
            modified=timestamp(moment),
            member_count=count,
            related=None,
        )
        return Update(after, True, tuple(added), tuple(removed))

    def delete(self, current: Stored, *, expected: int | None = None) -> tuple[Reference, ...]:
        """Remove the resource; its groups lose it as a member."""
        if expected is not None and expected != current.version:
            raise PreconditionFailed(f"the {current.kind.lower()} is in version {current.version} now; read it again")
        gone = tuple(self._members.members_of(current.id)) if current.kind == "Group" else ()
        if current.kind == "User":
            had = possessions_of(self.session, self.directory.account_id, current.id, now())
            self.left_behind[current.id] = had
        self._members.leave_all(current.kind, current.id)
        self._execute(DELETE[current.kind], {"b_account": self.directory.account_id, "b_id": current.id})
        self._tally(current.kind, -1)
        return gone

    def _tally(self, kind: str, by: int) -> None:
        tallies.note(self.session, self.directory.account_id, self.directory.id, kind, by)

    @property
    def _at(self) -> dict[str, Any]:
        return {"b_account": self.directory.account_id, "b_directory": self.directory.id}

    @property
    def _scope(self) -> dict[str, str]:
        return {"account_id": self.directory.account_id, "directory_id": self.directory.id}

    def _origin(self, kind: str) -> str:
        return "local" if kind == "Group" and self.directory.preset == "local" else self.directory.origin

    def _here(self, kind: str) -> tuple[Condition, Condition]:
        rows = TABLES[kind].c
        return rows.account_id == self.directory.account_id, rows.directory_id == self.directory.id

    def _relate(self, kind: str, page: Sequence[Stored]) -> Sequence[Stored]:
        if not page:
            return page
        ids = [found.id for found in page]
        related = self._members.groups_of_users(ids) if kind == "User" else self._members.members_of_groups(ids)
        for found in page:
            found.related = related[found.id]
        return page

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


def _refusal(kind: str, resource: Resource, error: IntegrityError) -> Exception:
    """The SCIM refusal that a violated constraint means; the database's own words name it."""
    words = str(error.orig)
    if "user_name" in words:
        return Uniqueness(f'userName: another user of this directory already has "{resource.get("userName")}"')
    if "unique_name" in words or "display_name" in words:
        return Uniqueness(f'displayName: another group of this directory already has "{resource.get("displayName")}"')
    return error
