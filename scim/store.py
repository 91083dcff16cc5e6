"""The port through which this core reaches a directory's resources.

A store is opened *for* one directory of one account, so a request cannot reach
anything else. It keeps what it is given; it has no policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple, Protocol, cast

import orjson

from scim.attributes import ResourceType
from scim.filters import Node, Path
from scim.keys import Key

Resource = dict[str, Any]
"""A resource in canonical form: declared attribute names, typed values, nothing read-only."""


class Reference(NamedTuple):
    """One value of a relation: a member of a group, or a group of a user.

    ``type`` is ``User`` or ``Group`` for a member, ``direct`` or ``indirect`` for a group of a user.
    """

    value: str
    type: str
    display: str | None = None


@dataclass(slots=True)
class Stored:
    """A resource as the directory keeps it.

    ``document`` is the text of one JSON object: ``schemas`` first, ``id`` and every stored attribute. It
    holds no ``meta``, no relation and nothing computed. ``related`` carries the values of the
    type's relation where they were asked for, else None. ``member_count`` is maintained by the
    store for groups. Times are as SCIM shows them: UTC, in milliseconds, ``2026-01-05T09:30:00.000Z``.
    """

    kind: str
    id: str
    document: str
    version: int
    created: str
    modified: str
    member_count: int = 0
    related: Sequence[Reference] | None = None
    _attributes: Resource | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def attributes(self) -> Resource:
        """The document as a dictionary, parsed at first use. Do not modify it."""
        if self._attributes is None:
            self._attributes = orjson.loads(self.document)
        return cast(Resource, self._attributes)


@dataclass(frozen=True, slots=True)
class MemberEdit:
    """What a request means for a group's members, after all its operations were read in order.

    ``replace`` is the whole new list (None: keep the present one); ``add`` and ``remove`` apply
    after it and are disjoint. All are member ids.
    """

    replace: frozenset[str] | None = None
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update:
    """What an update did. ``added`` and ``removed`` are the membership rows it really changed."""

    stored: Stored
    changed: bool
    added: tuple[Reference, ...] = ()
    removed: tuple[Reference, ...] = ()


class Position(NamedTuple):
    """Where a resource stands in the order of a search: its sort key, None without a value, and its id."""

    key: Key | None
    id: str


@dataclass(frozen=True, slots=True)
class Query:
    """A search within one resource type (RFC 7644 §3.4.2).

    ``start`` is 1-based, ``count`` is the page size after capping (0: only the total).
    The order is by ``sort``, if given, and then by id: a total order that no change of others shifts.
    ``beyond`` continues after that position, whether or not its resource is still there. ``backwards`` reads
    in the reverse order, so what is beyond is what comes before. ``counted`` False spares the total.
    """

    filter: Node | None = None
    sort: Path | None = None
    descending: bool = False
    start: int = 1
    count: int = 100
    related: bool = True
    beyond: Position | None = None
    backwards: bool = False
    counted: bool = True


class Expected(NamedTuple):
    """What a request will read first: ``wanted`` of a kind, by id or by a search; the others as for ``find``.

    None is wanted by a request that adds a resource.
    """

    kind: str
    wanted: str | Query | None
    related: bool
    lock: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search, and how many resources the whole search has (0 if not counted).

    ``keys`` are the sort keys of the resources, if the order is not by id alone.
    """

    total: int
    resources: Sequence[Stored]
    keys: Sequence[Key | None] = ()

    @property
    def positions(self) -> Sequence[Position]:
        """Where each resource stands in the order."""
        return [*map(Position, self.keys or repeat(None), [stored.id for stored in self.resources])]


@dataclass(frozen=True, slots=True)
class Change:
    """What a request changed; the face hands it to the application in the same transaction.

    ``verb`` is create, replace, patch or delete. ``added`` and ``removed`` are the members a group
    gained and lost; a deleted group loses them all. ``changed`` is False for a request that asked for
    what is there already: version and modification time stay, and nothing follows from it.
    """

    verb: str
    kind: str
    id: str
    before: Stored | None
    after: Stored | None
    added: tuple[Reference, ...] = ()
    removed: tuple[Reference, ...] = ()
    changed: bool = True


class DirectoryStore(Protocol):
    """Resources of one directory. Kinds are the names of ``resource_types``.

    Every method may raise NotFound for an id that is not in this directory, whatever exists elsewhere.
    """

    @property
    def directory_id(self) -> str:
        """Which directory this is, unique in the installation."""
        ...

    @property
    def preset(self) -> str:
        """Which identity provider pushes here (``okta``, ``entra``, …, ``generic``)."""
        ...

    @property
    def unrepaired(self) -> frozenset[str]:
        """The repairs that are switched off here (``scim.dialects.REPAIRS``); mostly none."""
        ...

    @property
    def resource_types(self) -> Mapping[str, ResourceType]:
        """The kinds of this directory by name, with the account's own extensions."""
        ...

    def find(self, kind: str, id: str, *, related: bool = False, lock: bool = False) -> Stored | None:
        """One resource or None. ``lock`` keeps other writers off it until the end of the transaction."""
        ...

    def lock(self, kind: str, ids: Collection[str]) -> None:
        """Keep other writers off these resources until the end of the transaction; unknown ids are no error.

        They are taken in one order, so two that lock the same ones never wait for each other in a circle.
        """
        ...

    def search(self, kind: str, query: Query) -> Page:
        """A page of matching resources, in a stable order."""
        ...

    def members(self, group_id: str, count: int) -> Iterable[Reference]:
        """All members of a group, of whom there are about so many, in a stable order; many are streamed."""
        ...

    def display_names(self, ids: Collection[str]) -> Mapping[str, str | None]:
        """Which of these ids are users of this directory, and their display names, None without one."""
        ...

    def insert(self, kind: str, resource: Resource, members: frozenset[str] = frozenset()) -> Update:
        """Add a resource; the store makes the id.

        Raises Uniqueness for a taken userName or displayName, InvalidValue for a member id that
        is not in this directory.
        """
        ...

    def insert_all(self, kind: str, resources: Sequence[Resource]) -> Sequence[Update]:
        """Add many resources without members, in fewer steps than one by one.

        Raises as ``insert`` does, without saying for which; call it within a savepoint.
        """
        ...

    def update(
        self,
        current: Stored,
        resource: Resource | None = None,
        members: MemberEdit | None = None,
        *,
        expected: int | None = None,
    ) -> Update:
        """Replace the document and edit the members, all or nothing; one new version if anything changed.

        ``resource`` None keeps the document. ``expected`` is the version the client insists on:
        PreconditionFailed if it has moved. Raises as ``insert`` does.
        """
        ...

    def delete(self, current: Stored, *, expected: int | None = None) -> tuple[Reference, ...]:
        """Remove the resource and its memberships; returns the members a group had."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """What is done within is undone if it ends with an exception, which goes on; what was before stays."""
        ...
