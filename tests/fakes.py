"""Stand-ins that behave: a directory in memory, which passes the same tests as the one in a database; its client."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from typing import Any

import orjson
import uuid_utils
from werkzeug import Request
from werkzeug.test import Client, TestResponse

from scim.attributes import ResourceType
from scim.cursors import Cursors
from scim.dialects import unrepaired
from scim.errors import InvalidValue, PreconditionFailed, Unauthenticated, Uniqueness
from scim.filters import Path
from scim.keys import comparison_key
from scim.matching import matches
from scim.patch import PATCH_URN
from scim.representation import etag
from scim.resource import fold
from scim.routes import create_application
from scim.schemas import GROUP_URN, RESOURCE_TYPES, USER_URN
from scim.store import (
    Change,
    DirectoryStore,
    MemberEdit,
    Page,
    Position,
    Query,
    Reference,
    Resource,
    Stored,
    Update,
)

_TICK = timedelta(milliseconds=1)
_UNIQUE = {"User": "userName", "Group": "displayName"}


class MemoryDirectoryStore:
    """One directory in memory; implements ``scim.store.DirectoryStore``.

    ``member_reads`` counts how often somebody read a group's members.
    """

    def __init__(
        self,
        preset: str = "generic",
        resource_types: Mapping[str, ResourceType] = RESOURCE_TYPES,
        base_url: str = "",
        choices: str = "",
    ) -> None:
        self.preset = preset
        self.unrepaired = unrepaired(preset, choices)
        self.resource_types = resource_types
        self.directory_id = str(uuid_utils.uuid7())
        self.member_reads = 0
        self._base_url = base_url
        self._resources: dict[str, Stored] = {}
        self._members: dict[str, set[str]] = {}
        self._clock = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def find(self, kind: str, id: str, *, related: bool = False, lock: bool = False) -> Stored | None:
        """One resource or None."""
        found = self._resources.get(id)
        if found is None or found.kind != kind:
            return None
        return self._relate(found) if related else found

    def lock(self, kind: str, ids: Collection[str]) -> None:
        """Nobody else writes."""

    def search(self, kind: str, query: Query) -> Page:
        """A page of matching resources, in the order of creation unless another is asked for."""
        found = [stored for stored in self._resources.values() if stored.kind == kind]
        if query.filter is not None:
            wanted = query.filter
            found = [stored for stored in found if matches(wanted, self._whole(stored))]
        standing = [(self._position(stored, query.sort), stored) for stored in found]

        def compare(one: Position, two: Position) -> int:
            order = _compare(one, two, query.descending)
            return -order if query.backwards else order

        standing.sort(key=cmp_to_key(lambda one, two: compare(one[0], two[0])))
        if query.beyond is not None:
            start = query.beyond
            standing = [one for one in standing if compare(one[0], start) > 0]
        page = standing[query.start - 1 :][: query.count]
        resources = [self._relate(stored) if query.related else stored for _, stored in page]
        return Page(len(found) if query.counted else 0, resources, [position.key for position, _ in page])

    def members(self, group_id: str, count: int = 0) -> Iterator[Reference]:
        """All members of a group."""
        self.member_reads += 1
        for id in sorted(self._members.get(group_id, ())):
            yield Reference(id, self._resources[id].kind)

    def display_names(self, ids: Collection[str]) -> Mapping[str, str | None]:
        """Which of these ids are users, and their display names."""
        found = {id: self.find("User", id) for id in ids}
        return {id: user.attributes.get("displayName") for id, user in found.items() if user is not None}

    def insert(self, kind: str, resource: Resource, members: frozenset[str] = frozenset()) -> Update:
        """Add a resource."""
        id, moment = str(uuid_utils.uuid7()), self._now()
        self._check_unique(kind, id, resource)
        self._check_members(members)
        stored = Stored(kind, id, self._document(id, resource), 1, moment, moment, len(members))
        self._resources[id] = stored
        if kind == "Group":
            self._members[id] = set(members)
        return Update(self._relate(stored), True, self._references(members))

    def insert_all(self, kind: str, resources: Sequence[Resource]) -> Sequence[Update]:
        """Add many resources."""
        return [self.insert(kind, resource) for resource in resources]

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Remember everything, and restore it after an exception."""
        resources = dict(self._resources)
        members = {group: set(ids) for group, ids in self._members.items()}
        try:
            yield
        except BaseException:
            self._resources, self._members = resources, members
            raise

    def update(
        self,
        current: Stored,
        resource: Resource | None = None,
        members: MemberEdit | None = None,
        *,
        expected: int | None = None,
    ) -> Update:
        """Replace the document and edit the members."""
        self._check_version(current, expected)
        before = self._members.get(current.id, set())
        after = before
        if members is not None:
            start = before if members.replace is None else set(members.replace)
            after = (start | members.add) - members.remove
        self._check_members(after - before)
        if resource is not None:
            self._check_unique(current.kind, current.id, resource)
        if resource is None and after == before:
            return Update(current, False)
        stored = replace(
            current,
            document=current.document if resource is None else self._document(current.id, resource),
            version=current.version + 1,
            modified=self._now(),
            member_count=len(after),
            related=None,
        )
        self._resources[current.id] = stored
        if current.kind == "Group":
            self._members[current.id] = set(after)
        return Update(stored, True, self._references(after - before), self._references(before - after))

    def delete(self, current: Stored, *, expected: int | None = None) -> tuple[Reference, ...]:
        """Remove the resource and its memberships."""
        self._check_version(current, expected)
        gone = self._references(self._members.pop(current.id, set()))
        del self._resources[current.id]
        for group_id, members in self._members.items():
            if current.id in members:
                members.discard(current.id)
                group = self._resources[group_id]
                self._resources[group_id] = replace(
                    group, version=group.version + 1, modified=self._now(), member_count=len(members)
                )
        return gone

    def _now(self) -> str:
        self._clock += _TICK
        return self._clock.isoformat(timespec="milliseconds")[:23] + "Z"

    def _document(self, id: str, resource: Resource) -> str:
        return orjson.dumps({"schemas": resource["schemas"], "id": id} | resource).decode()

    def _check_unique(self, kind: str, id: str, resource: Resource) -> None:
        name = _UNIQUE.get(kind)
        if name is None:
            return
        for other in self._resources.values():
            if other.kind == kind and other.id != id and fold(other.attributes[name]) == fold(resource[name]):
                raise Uniqueness(f"{name}: another {kind} of this directory already has it")

    def _check_members(self, ids: set[str] | frozenset[str]) -> None:
        unknown = sorted(id for id in ids if id not in self._resources)
        if unknown:
            raise InvalidValue(f'members: nobody with id "{unknown[0]}" in this directory')

    def _check_version(self, current: Stored, expected: int | None) -> None:
        if expected is not None and self._resources[current.id].version != expected:
            raise PreconditionFailed("it has another version now")

    def _references(self, ids: set[str] | frozenset[str]) -> tuple[Reference, ...]:
        return tuple(Reference(id, self._resources[id].kind) for id in sorted(ids))

    def _relate(self, stored: Stored) -> Stored:
        if stored.kind == "Group":
            return replace(stored, related=tuple(self.members(stored.id)))
        return replace(stored, related=tuple(self._groups_of(stored.id)))

    def _groups_of(self, id: str) -> Iterator[Reference]:
        direct = {group for group, members in self._members.items() if id in members}
        reached, frontier = set(direct), direct
        while frontier:
            frontier = {group for group, members in self._members.items() if members & frontier} - reached
            reached |= frontier
        for group in sorted(reached):
            name = self._resources[group].attributes["displayName"]
            yield Reference(group, "direct" if group in direct else "indirect", name)

    def _whole(self, stored: Stored) -> dict[str, Any]:
        """What filters and sorting look at."""
        resource_type = self.resource_types[stored.kind]
        location = f"{self._base_url}/{resource_type.endpoint}/{stored.id}"
        meta = {
            "resourceType": stored.kind,
            "created": stored.created,
            "lastModified": stored.modified,
            "location": location,
            "version": etag(stored.version),
        }
        whole = stored.attributes | {"meta": meta}
        relation = resource_type.relation
        if relation is not None:
            endpoints = {kind: other.endpoint for kind, other in self.resource_types.items()}
            whole[relation.name] = [
                {
                    "value": value.value,
                    "type": value.type,
                    "display": value.display,
                    "$ref": f"{self._base_url}/{endpoints.get(value.type, 'Groups')}/{value.value}",
                }
                for value in self._relate(stored).related or ()
            ]
        return whole

    def _position(self, stored: Stored, path: Path | None) -> Position:
        return Position(None if path is None else self._sort_key(stored, path), stored.id)

    def _sort_key(self, stored: Stored, path: Path) -> Any:
        whole = self._whole(stored)
        holder = whole.get(path.extension) if path.extension else whole
        value = (holder or {}).get(path.attribute.name)
        if isinstance(value, list) and value:
            value = next((element for element in value if element.get("primary") is True), value[0])
        if path.sub is not None and value:
            value = value.get(path.sub.name)
        return None if value in (None, [], {}) else comparison_key(path.leaf, value)


def _compare(one: Position, two: Position, descending: bool) -> int:
    """RFC 7644 §3.4.2.3: no value comes last, or first when descending; equal ones by id."""
    if one.key != two.key:
        is_later: Any = one.key is None or (two.key is not None and one.key > two.key)  # type: ignore[operator]
        return 1 if is_later != descending else -1
    return (one.id > two.id) - (one.id < two.id)


class ScimClient:
    """A SCIM client over the application and a store in memory. ``changes`` is what the application was told."""

    def __init__(self, store: MemoryDirectoryStore, **settings: Any) -> None:
        self.store = store
        self.token: str | None = "right"
        self.changes: list[Change] = []
        settings = {"cursors": Cursors(b"a key for tests"), "body_limit": 1_000_000} | settings
        application = create_application(
            self._open, self._note, prefix="/scim/v2", base_url="https://scim.example", **settings
        )
        self._client = Client(application)

    def open(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """One request; ``body`` is sent as JSON."""
        if body is not None:
            options["data"] = orjson.dumps(body)
            options.setdefault("content_type", "application/scim+json")
        return self._client.open(f"/scim/v2{path}", method=method, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET; keyword arguments other than ``headers`` are the query."""
        headers = options.pop("headers", {})
        return self.open("GET", path, headers=headers, query_string=options or None)

    def patch(self, path: str, *operations: Mapping[str, Any], **options: Any) -> TestResponse:
        """PATCH with these operations."""
        return self.open("PATCH", path, {"schemas": [PATCH_URN], "Operations": list(operations)}, **options)

    def create(self, endpoint: str, **attributes: Any) -> str:
        """Create a resource; returns its id."""
        urn = GROUP_URN if endpoint == "Groups" else USER_URN
        answer = self.open("POST", f"/{endpoint}", {"schemas": [urn]} | attributes)
        assert answer.status_code == 201, answer.text
        id: str = answer.get_json(force=True)["id"]
        return id

    def _open(self, _: Request, __: object) -> MemoryDirectoryStore:
        if self.token != "right":
            raise Unauthenticated("the token is not valid; issue a new one")
        return self.store

    def _note(self, store: DirectoryStore, changes: Sequence[Change]) -> None:
        assert store is self.store
        self.changes.extend(changes)


def a_scim_client(store: MemoryDirectoryStore | None = None, **settings: Any) -> ScimClient:
    """A client of a directory in memory."""
    return ScimClient(store or MemoryDirectoryStore(base_url="https://scim.example"), **settings)


def refusal(answer: TestResponse) -> tuple[int, str | None]:
    """Status and scimType of a well-formed SCIM error (RFC 7644 §3.12)."""
    body = answer.get_json(force=True)
    assert answer.mimetype == "application/scim+json", answer.text
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert body["status"] == str(answer.status_code)
    assert body["detail"]
    return answer.status_code, body.get("scimType")
