"""SqlDirectoryStore: a directory's resources in the database; implements ``scim.store.DirectoryStore``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.models import Account, Directory
from app.models.base import new_id, now, table, timestamp
from app.prepared import Prepared, Values
from app.session import Session
from app.stores import adoption, departed, tallies
from app.stores.directory_reader import DirectoryReader, OpenDirectory
from app.stores.foresight import Foreseen
from app.stores.holdings import foresee_held
from app.stores.mapping_bindings import keep_paused
from app.stores.mapping_rules import foresee_rules_above
from app.stores.possessions import possessions_of
from app.stores.resource_rows import next_moment, same_columns, stored, to_rows
from app.stores.schema_types import types_of
from app.stores.statements import (
    DELETE,
    DELETE_EMAILS,
    INSERT,
    INSERT_EMAILS,
    TOUCH,
    update_of,
)
from scim.errors import PreconditionFailed, Uniqueness
from scim.store import MemberEdit, Reference, Resource, Stored, Update

ACCOUNTS, DIRECTORIES = table(Account), table(Directory)


def open_directory_store(
    session: Session, account_id: str, directory_id: str, base_url: str = "", *, at_sign_in: bool = False
) -> SqlDirectoryStore:
    """The store of a directory by id. Raises LookupError for one that is not of this account."""
    row = session.execute(
        select(
            DIRECTORIES.c.preset,
            DIRECTORIES.c.unique_group_names,
            ACCOUNTS.c.schema_revision,
            ACCOUNTS.c.filters_people,
        )
        .join(ACCOUNTS, ACCOUNTS.c.id == DIRECTORIES.c.account_id)
        .where(DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.id == directory_id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"no directory {directory_id} in this account")
    types = types_of(session, account_id, row.schema_revision)
    directory = OpenDirectory(
        account_id,
        directory_id,
        row.preset,
        row.unique_group_names,
        types,
        filters_people=row.filters_people,
        at_sign_in=at_sign_in,
    )
    return SqlDirectoryStore(session, directory, base_url)


class SqlDirectoryStore(DirectoryReader):
    """Resources of one directory of one account; nothing else can be reached through it."""

    def __init__(
        self, session: Session, directory: OpenDirectory, base_url: str, foreseen: Foreseen | None = None
    ) -> None:
        super().__init__(session, directory, base_url, foreseen)
        self.left_behind: dict[str, list[dict[str, Any]]] = {}
        """What deleted people had, by id: gone with their rows, and wanted by the audit trail."""
        self.adopted: dict[str, Stored] = {}
        """Who was not made, but taken over from sign-ins, by id; as they were before."""

    def insert(self, kind: str, resource: Resource, members: frozenset[str] = frozenset()) -> Update:
        """Add a resource; or somebody who is there already, since they have signed in before (L-6)."""
        if kind == "User" and self.directory.adopts:
            adopted = self._adopted(resource)
            if adopted is not None:
                return adopted
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
        self.session.send([(INSERT[kind], values), *emails], partial(_refusal, kind, resource))
        self._tally(kind, 1)
        added = tuple(self._members.add(id, members)) if members else ()
        # A new user is in no group, and a new group has the members that were just added.
        shown = timestamp(moment)
        after = Stored(kind, id, values["document"], 1, shown, shown, len(members), added)
        return Update(after, True, added)

    def insert_all(self, kind: str, resources: Sequence[Resource]) -> Sequence[Update]:
        """Add many resources without members: one statement for all rows, one for all addresses."""
        if kind == "User" and self.directory.adopts:
            return [self.insert(kind, resource) for resource in resources]
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
        rows_of_all = [(INSERT[kind], row) for row in values], [(INSERT_EMAILS, email) for email in emails]
        self.session.send([*chain(*rows_of_all)], partial(_refusal, kind, {}))
        self._tally(kind, len(values))
        shown = timestamp(moment)
        return [Update(Stored(kind, row["id"], row["document"], 1, shown, shown, related=()), True) for row in values]

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
        beside = partial(self._foresee, current.id, members) if members else None
        added, removed = self._members.edit(current.id, members, beside) if members else ([], [])
        if resource is None and not added and not removed:
            return Update(current, False)
        moment = next_moment(current)
        count = current.member_count + len(added) - len(removed)
        values: dict[str, Any] = {"modified": moment}
        if current.kind == "Group":
            values["member_count"] = count
        document, statement = current.document, TOUCH
        if resource is not None:
            statement = update_of(current.kind, same_columns(current.kind, current.attributes, resource))
            rows = to_rows(self.resource_types[current.kind], current.id, resource, self.directory.unique_group_names)
            values |= rows.values
            document = rows.values["document"]
        here = {"b_account": self.directory.account_id, "b_id": current.id, "b_version": current.version}
        changes: list[tuple[Prepared, Values]] = [(statement, values | here)]
        if (
            current.kind == "User"
            and resource is not None
            and resource.get("emails") != current.attributes.get("emails")
        ):
            changes += self._replaced_emails(current.id, rows.emails)
        if current.kind == "User" and resource is not None:
            changes += self._departed(current, resource, moment)
        self.session.send(changes, partial(_refusal, current.kind, resource or {}))
        after = replace(
            current,
            document=document,
            version=current.version + 1,
            modified=timestamp(moment),
            member_count=count,
            related=None,
        )
        return Update(after, True, tuple(added), tuple(removed))

    def _foresee(self, group_id: str, members: MemberEdit) -> None:
        """Ask for what a change of members means next, together with the change itself."""
        moved = members.add | members.remove
        one = next(iter(moved)) if members.replace is None and len(moved) == 1 else None
        here = self.session, self.directory.account_id
        foresee_rules_above(*here, group_id, partial(foresee_held, *here, one) if one is not None else None)

    def delete(self, current: Stored, *, expected: int | None = None) -> tuple[Reference, ...]:
        """Remove the resource; its groups lose it as a member."""
        if expected is not None and expected != current.version:
            raise PreconditionFailed(f"the {current.kind.lower()} is in version {current.version} now; read it again")
        gone = tuple(self._members.members_of(current.id)) if current.kind == "Group" else ()
        if current.kind == "User":
            had = possessions_of(self.session, self.directory.account_id, current.id, now())
            self.left_behind[current.id] = had
        else:
            keep_paused(self.session, self.directory.account_id, current.id)
        if current.kind == "User":
            self.session.send(self._departed(current, {}, now()))
        self._members.leave_all(current.kind, current.id)
        self._execute(DELETE[current.kind], {"b_account": self.directory.account_id, "b_id": current.id})
        self._tally(current.kind, -1)
        return gone

    def _adopted(self, resource: Resource) -> Update | None:
        """The person whom a sign-in made and the directory pushes now, with the id they have; None for anybody else."""
        found = adoption.find(self.session, self.directory.account_id, self.directory.id, resource.get("externalId"))
        if found is None:
            return None
        current = stored("User", found)
        moment = next_moment(current)
        rows = to_rows(self.resource_types["User"], found.id, resource, self.directory.unique_group_names)
        own = {"directory_id": self.directory.id, "origin": self.directory.origin, "modified": moment}
        here = {"b_account": self.directory.account_id, "b_id": found.id, "b_version": found.version}
        changes = [(adoption.ADOPT, rows.values | own | here), *self._replaced_emails(found.id, rows.emails)]
        self.session.send(changes, partial(_refusal, "User", resource))
        tallies.note(self.session, self.directory.account_id, found.directory_id, "User", -1)
        self._tally("User", 1)
        self.adopted[found.id] = current
        document = rows.values["document"]
        return Update(
            replace(current, document=document, version=current.version + 1, modified=timestamp(moment), related=None),
            changed=True,
        )

    def _departed(self, current: Stored, becomes: Resource, moment: datetime) -> list[tuple[Prepared, Values]]:
        if self.directory.origin != "scim":
            return []
        here = (self.session, self.directory.account_id, self.directory.id)
        return departed.remember(*here, current.id, current.attributes, becomes, moment)

    def _tally(self, kind: str, by: int) -> None:
        tallies.note(self.session, self.directory.account_id, self.directory.id, kind, by)

    @property
    def _scope(self) -> dict[str, str]:
        return {"account_id": self.directory.account_id, "directory_id": self.directory.id}

    def _origin(self, kind: str) -> str:
        if kind == "Group":
            return "local" if self.directory.preset == "local" else "scim"
        return self.directory.origin

    def _replaced_emails(self, user_id: str, emails: list[dict[str, Any]]) -> list[tuple[Prepared, Values]]:
        new = [(INSERT_EMAILS, self._scope | {"user_id": user_id} | email) for email in emails]
        return [(DELETE_EMAILS, {"b_account": self.directory.account_id, "b_id": user_id}), *new]


def _refusal(kind: str, resource: Resource, error: DBAPIError) -> Exception:
    """The SCIM refusal that a violated constraint means; the database's own words name it."""
    if not isinstance(error, IntegrityError):
        return error
    words, _, _ = str(error.orig).partition("\n")  # what follows are values
    if "version" in words:
        return PreconditionFailed(f"the {kind.lower()} was changed by somebody else; read it again")
    if "user_name" in words:
        return Uniqueness(f'userName: another user of this directory already has "{resource.get("userName")}"')
    if "unique_name" in words or "display_name" in words:
        return Uniqueness(f'displayName: another group of this directory already has "{resource.get("displayName")}"')
    return error
