"""SqlDirectoryStore: a directory's resources in the database; implements ``scim.store.DirectoryStore``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Directory, UserEmail
from app.models.base import new_id, now, table
from app.stores.filter_sql import Columns, Condition, compile_elements, compile_filter, is_id, sort_expression
from app.stores.members import MemberStore
from app.stores.resource_rows import GROUPS, TABLES, USERS, columns_of, next_moment, stored, to_rows
from scim.attributes import Attribute, ResourceType
from scim.errors import PreconditionFailed, Uniqueness
from scim.filter_tree import And, Compare, Node, Not, Or, Path
from scim.schemas import RESOURCE_TYPES
from scim.store import MemberEdit, Page, Query, Reference, Resource, Stored, Update

EMAILS = table(UserEmail)
DIRECTORIES = table(Directory)


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
        query = self._select(kind).where(TABLES[kind].c.id == id)
        if lock:
            # Weaker than FOR UPDATE: a membership that refers to this row need not wait.
            query = query.with_for_update(key_share=True)
        row = self.session.execute(query).one_or_none()
        if row is None:
            return None
        found = stored(kind, row)
        return self._relate(kind, [found])[0] if related else found

    def search(self, kind: str, query: Query) -> Page:
        """A page of matching resources; the order is by id unless another is asked for."""
        rows = TABLES[kind]
        matching = self._select(kind)
        if query.filter is not None:
            matching = matching.where(compile_filter(query.filter, self._columns[kind]))
        page: list[Stored] = []
        if query.count > 0:
            ordered = matching
            if query.sort is not None:
                value = sort_expression(query.sort, self._columns[kind])
                ordered = ordered.order_by(value.desc().nulls_first() if query.descending else value.asc().nulls_last())
            ordered = ordered.order_by(rows.c.id).limit(query.count).offset(query.start - 1)
            page = [stored(kind, row) for row in self.session.execute(ordered)]
        if 0 < len(page) < query.count:
            total = query.start - 1 + len(page)
        else:
            total = self.session.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
        return Page(total, self._relate(kind, page) if query.related else page)

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
        rows = self.session.execute(query)
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
        self._write(kind, insert(TABLES[kind]).values(values), resource)
        self._insert_emails(id, rows.emails)
        added = tuple(self._members.add(id, members)) if members else ()
        after = Stored(kind, id, values["document"].encode(), 1, moment, moment, len(members))
        return Update(self._relate(kind, [after])[0], True, added)

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
        target = TABLES[current.kind]
        here = (target.c.account_id == self.directory.account_id, target.c.id == current.id)
        done = self._write(
            current.kind,
            update(target).where(*here, target.c.version == current.version).values(values).returning(target.c.version),
            resource or {},
        )
        if done.one_or_none() is None:
            raise PreconditionFailed(f"the {current.kind.lower()} was changed by somebody else; read it again")
        if resource is not None and current.kind == "User":
            self._replace_emails(current, rows.emails)
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
        target = TABLES[current.kind]
        self.session.execute(
            delete(target).where(target.c.account_id == self.directory.account_id, target.c.id == current.id)
        )
        return gone

    @property
    def _scope(self) -> dict[str, str]:
        return {"account_id": self.directory.account_id, "directory_id": self.directory.id}

    def _origin(self, kind: str) -> str:
        return "local" if kind == "Group" and self.directory.preset == "local" else self.directory.origin

    def _select(self, kind: str) -> Select[Any]:
        rows = TABLES[kind].c
        return select(*columns_of(kind)).where(
            rows.account_id == self.directory.account_id, rows.directory_id == self.directory.id
        )

    def _relate(self, kind: str, page: Sequence[Stored]) -> Sequence[Stored]:
        if not page:
            return page
        ids = [found.id for found in page]
        related = self._members.groups_of_users(ids) if kind == "User" else self._members.members_of_groups(ids)
        return [replace(found, related=related[found.id]) for found in page]

    def _write(self, kind: str, statement: Any, resource: Resource) -> Any:
        try:
            return self.session.execute(statement)
        except IntegrityError as error:
            raise _refusal(kind, resource, error) from error

    def _insert_emails(self, user_id: str, emails: list[dict[str, Any]]) -> None:
        if emails:
            self.session.execute(insert(EMAILS), [self._scope | {"user_id": user_id} | email for email in emails])

    def _replace_emails(self, current: Stored, emails: list[dict[str, Any]]) -> None:
        before = to_rows(self.resource_types["User"], current.id, current.attributes, True).emails
        if before == emails:
            return
        self.session.execute(
            delete(EMAILS).where(EMAILS.c.account_id == self.directory.account_id, EMAILS.c.user_id == current.id)
        )
        self._insert_emails(current.id, emails)

    @cached_property
    def _columns(self) -> dict[str, Columns]:
        return {"User": self._user_columns(), "Group": self._group_columns()}

    def _meta(self, kind: str) -> dict[str, Any]:
        rows = TABLES[kind].c
        id: Any = type_coerce(rows.id, String) if self._sqlite else cast(rows.id, String).collate("C")
        return {
            "id": id,
            "externalid": rows.external_id,
            "meta": rows.created,
            "meta.created": rows.created,
            "meta.lastmodified": rows.modified,
            "meta.resourcetype": literal(kind),
            "meta.location": literal(f"{self._base_url}/{self.resource_types[kind].endpoint}/").concat(id),
            "meta.version": literal('W/"').concat(cast(rows.version, String)).concat('"'),
        }

    def _user_columns(self) -> Columns:
        rows = USERS.c
        singles = self._meta("User") | {
            "username": rows.user_name_key,
            "displayname": rows.display_name_key,
            "name.familyname": rows.family_name_key,
            "name.givenname": rows.given_name_key,
            "active": rows.active,
        }
        relations = {"emails": self._having_email, "groups": self._members.in_group}
        return Columns(rows.id, rows.search, singles, relations, self._sqlite)

    def _group_columns(self) -> Columns:
        rows = GROUPS.c
        singles = self._meta("Group") | {"displayname": rows.display_name_key}
        return Columns(rows.id, rows.search, singles, {"members": self._members.having_member}, self._sqlite)

    def _having_email(self, node: Node | None) -> Condition:
        query = select(EMAILS.c.user_id).where(
            EMAILS.c.account_id == self.directory.account_id, EMAILS.c.directory_id == self.directory.id
        )
        if node is not None:
            query = query.where(compile_elements(_ends_with_reversed(node), _email_column, self._sqlite))
        return USERS.c.id.in_(query)


_REVERSED = Attribute("reversed")


def _ends_with_reversed(node: Node) -> Node:
    """``value ew "x"`` becomes a prefix search on the reversed address, which an index answers."""
    match node:
        case And(nodes):
            return And(tuple(_ends_with_reversed(part) for part in nodes))
        case Or(nodes):
            return Or(tuple(_ends_with_reversed(part) for part in nodes))
        case Not(inner):
            return Not(_ends_with_reversed(inner))
        case Compare(path, "ew", key) if path.element == "value":
            return Compare(Path(_REVERSED), "sw", str(key)[::-1])
    return node


def _email_column(path: Path) -> ColumnElement[Any]:
    columns: dict[str, ColumnElement[Any]] = {
        "value": EMAILS.c.value_key,
        "reversed": EMAILS.c.value_reversed,
        "type": EMAILS.c.type_key,
        "display": EMAILS.c.display_key,
        "primary": EMAILS.c.is_primary,
    }
    return columns.get(path.element, cast(null(), String))


def _refusal(kind: str, resource: Resource, error: IntegrityError) -> Exception:
    """The SCIM refusal that a violated constraint means; the database's own words name it."""
    words = str(error.orig)
    if "user_name" in words:
        return Uniqueness(f'userName: another user of this directory already has "{resource.get("userName")}"')
    if "unique_name" in words or "display_name" in words:
        return Uniqueness(f'displayName: another group of this directory already has "{resource.get("displayName")}"')
    return error
