"""DirectoryReader: what is read of a directory, one resource or many; writing is ``app.stores.directory``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select

from app.prepared import Rows
from app.session import Session
from app.stores.filter_sql import Condition, is_id
from app.stores.foresight import Foreseen, of_look_up
from app.stores.keyset import key_of
from app.stores.listing import page_of_all
from app.stores.members import MemberStore
from app.stores.resource_rows import TABLES, groups_of, stored
from app.stores.searches import Search
from app.stores.statements import FIND, FIND_AND_LOCK, LOOK_UP, NAMES_IN
from scim.attributes import ResourceType
from scim.schemas import RESOURCE_TYPES
from scim.store import Page, Query, Reference, Stored

_OF_ONE = frozenset(LOOK_UP["User", "username", related] for related in (False, True))
"""Look-ups that find one resource at most."""
_MANY = 1_000
"""More members than this are not read at once."""


@dataclass(frozen=True, slots=True)
class OpenDirectory:
    """Which directory a store is opened for, and how it behaves.

    ``counts`` says how many users and groups it had when the request began, and ``removals`` how many were ever
    deleted; None if that was not asked. ``filters_people``: the account's role mapping may go by people's attributes.
    ``at_sign_in``: whoever is added here is so because they sign in. ``adopts``: some of them may be there already.
    ``unrepaired`` are habits of identity providers that are refused here (``scim.dialects``).
    """

    account_id: str
    id: str
    preset: str
    unique_group_names: bool = True
    resource_types: Mapping[str, ResourceType] = field(default_factory=lambda: RESOURCE_TYPES)
    counts: Mapping[str, int] | None = None
    removals: int = 0
    filters_people: bool = False
    at_sign_in: bool = False
    adopts: bool = False
    unrepaired: frozenset[str] = frozenset()

    @property
    def origin(self) -> str:
        """Where people of this directory come from: a SCIM push, a sign-in, or somebody's hand."""
        if self.at_sign_in:
            return "sso"
        return "manual" if self.preset == "local" else "scim"


class DirectoryReader:
    """What can be read of one directory of one account; nothing else can be reached through it."""

    def __init__(
        self, session: Session, directory: OpenDirectory, base_url: str, foreseen: Foreseen | None = None
    ) -> None:
        self.session = session
        self.directory = directory
        self._base_url = base_url
        self._sqlite = session.is_sqlite
        self._foreseen = foreseen
        anywhere = directory.preset in ("local", "claims")
        self._members = MemberStore(session, directory.account_id, directory.id, anywhere=anywhere)

    def _execute(self, statement: Any, values: Any = None) -> Any:
        # Never a cached property: its lock is shared by all threads, and this may wait for the database.
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and foreseen.answers(statement, values, self._at):
            return foreseen.rows
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
    def unrepaired(self) -> frozenset[str]:
        """The repairs of its provider's habits that it does not do."""
        return self.directory.unrepaired

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
        keys = [key_of(row.sort_key) for row in found] if query.sort else ()
        return Page(total, self._relate(kind, page) if query.related else page, keys)

    def _count_of_all(self, kind: str, query: Query) -> int | None:
        """How many there are, if nothing is filtered and that is known already."""
        counts = self.directory.counts
        return None if counts is None or query.filter is not None or self.session.in_transaction() else counts[kind]

    def _list(self, kind: str, query: Query) -> Page | None:
        """A page of the list of all by id, without counting; None for any other search."""
        counts = self.directory.counts
        if counts is None or query.filter is not None or query.sort is not None or self.session.in_transaction():
            return None
        rows = page_of_all(self._execute, kind, self._at, query, counts[kind], self.directory.removals)
        total = counts[kind] if query.counted else 0
        if query.related and kind == "User":
            groups = self._members.groups_named({id: group_ids for id, *_, group_ids in rows})
            return Page(total, [stored(kind, row, groups[row.id]) for row in rows])
        page: Sequence[Stored] = [stored(kind, row) for row in rows]
        return Page(total, self._relate(kind, page) if query.related else page)

    def _look_up(self, kind: str, query: Query) -> Page | None:
        """The whole answer to a look-up by name or external id, by a fixed statement; None for any other search."""
        asked = of_look_up(kind, query)
        if asked is None:
            return None
        rows = self._execute(asked.statement, {**self._at, **asked.values})
        if len(rows) == query.count and asked.statement not in _OF_ONE:
            return None  # there may be more than the page shows
        if query.related and kind == "User":
            return Page(len(rows), [stored(kind, row, groups_of(row)) for row in rows])
        page: Sequence[Stored] = [stored(kind, row) for row in rows]
        return Page(len(rows), self._relate(kind, page) if query.related else page)

    def members(self, group_id: str, count: int) -> Iterable[Reference]:
        """All members of a group, of whom there are about so many; many are streamed."""
        if count > _MANY:
            return self._members.members_of(group_id)
        return self._members.members_of_one(group_id)

    def display_names(self, ids: Collection[str]) -> Mapping[str, str | None]:
        """Which of these ids are users here, and what they are called."""
        rows = self._execute(NAMES_IN, self._at | {"b_ids": [id for id in ids if is_id(id)]})
        return {id: orjson.loads(document).get("displayName") for id, document in rows}

    @property
    def _at(self) -> dict[str, Any]:
        return {"b_account": self.directory.account_id, "b_directory": self.directory.id}

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
