"""How resources look on the wire: stored bytes, joined with what is computed (RFC 7643 §3.1, RFC 7644 §3.4.2).

A stored document is sent as it is wherever the client did not ask for a part of it; it is parsed
only for a projection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson

from scim.attributes import ResourceType
from scim.bulk import Outcome
from scim.errors import ScimError
from scim.keys import fold
from scim.projection import Projection
from scim.schemas import ENTERPRISE_URN
from scim.store import Reference, Stored

Managers = Mapping[str, str | None]

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"

_CHUNK = 1_000
_MEMBERS = ("User", "Group")
_PLAIN = re.compile(r"[A-Za-z0-9-]+")
_MANAGER = '"manager":{'
"""What a document of a user with a manager contains."""


def etag(version: int) -> str:
    """A version as a weak entity tag, in the ETag header and in ``meta.version``."""
    return f'W/"{version}"'


def error_body(error: ScimError, request_id: str = "") -> bytes:
    """The Error message of a refusal (RFC 7644 §3.12)."""
    detail = f"{error.detail} [request {request_id}]" if request_id else error.detail
    body = {"schemas": [ERROR_URN], "status": str(error.status)}
    if error.scim_type:
        body["scimType"] = error.scim_type
    return orjson.dumps(body | {"detail": detail.encode(errors="replace").decode()})


class Renderer:
    """Writes the resources of one directory, whose addresses begin with ``base_url``.

    ``managers`` are the display names of the managers who are users of the directory; only those get an
    address, since a manager may also be somebody who was never pushed.
    """

    def __init__(self, base_url: str, resource_types: Mapping[str, ResourceType], managers: Managers) -> None:
        self._types = resource_types
        self._managers = managers
        self._addresses = {kind: f"{base_url}/{found.endpoint}/" for kind, found in resource_types.items()}
        relations = {kind: found.relation for kind, found in resource_types.items()}
        self._names = {kind: relation.name for kind, relation in relations.items() if relation is not None}
        # The groups of a page of users are few; members are many and each is written once.
        self._groups: dict[Reference, str] = {}

    def location(self, kind: str, id: str) -> str:
        """The absolute address of a resource."""
        return self._addresses[kind] + (id if _PLAIN.fullmatch(id) else quote(id, safe=""))

    def resource(self, stored: Stored, related: Iterable[Reference], projection: Projection) -> bytes:
        """The body of one resource."""
        return self._text(stored, related, projection).encode()

    def _text(self, stored: Stored, related: Iterable[Reference], projection: Projection) -> str:
        if not projection.shows_all_but_relation:
            return orjson.dumps(projection.apply(self._whole(stored, related))).decode()
        head, meta = self._document(stored)[:-1], self._meta(stored)
        if not related or not projection.shows_relation:
            return head + meta
        if isinstance(related, list) and len(related) <= _CHUNK:
            return f'{head},"{self._names[stored.kind]}":[{self._values(related)}]{meta}'
        return "".join((head, *self._relation(stored.kind, related), meta))

    def stream(self, stored: Stored, related: Iterable[Reference]) -> Iterator[bytes]:
        """A whole resource in portions, the values of its relation as they come."""
        yield self._document(stored)[:-1].encode()
        for portion in self._relation(stored.kind, related):
            yield portion.encode()
        yield self._meta(stored).encode()

    def resources(self, page: Sequence[Stored], projections: Mapping[str, Projection]) -> list[str]:
        """The texts of a page of resources, ``projections`` by kind."""
        whole = {kind for kind, shown in projections.items() if shown.shows_all_but_relation}
        related = {kind for kind, shown in projections.items() if shown.shows_relation}
        names = {kind: f',"{name}":[' for kind, name in self._names.items()}
        addresses, managers = self._addresses, self._managers
        # Many are in the same groups, and a store may then give them one list: of each, by its identity.
        texts: dict[int, str] = {}
        is_plain = _PLAIN.fullmatch("".join([stored.id for stored in page])) is not None
        shown = []
        for stored in page:
            kind, found = stored.kind, stored.related
            if not is_plain or kind not in whole or (managers and _MANAGER in stored.document):
                shown.append(self._text(stored, found or (), projections[kind]))
                continue
            # What ``resource`` does, with nothing called that is the same for all: a page is what is asked for most.
            listed = ""
            if found and kind in related:
                listed = texts.get(id(found)) or texts.setdefault(id(found), f"{names[kind]}{self._values(found)}]")
            shown.append(f"{stored.document[:-1]}{listed}{_plain_meta(kind, stored, addresses[kind])}")
        return shown

    def page(self, resources: Sequence[str], total: int, place: Mapping[str, Any]) -> bytes:
        """A ListResponse of finished resources; ``place`` says where in the list they are."""
        head = {"schemas": [LIST_URN], "totalResults": total, "itemsPerPage": len(resources), **place}
        return b'%s,"Resources":[%s]}' % (orjson.dumps(head)[:-1], ",".join(resources).encode())

    def outcome(self, outcome: Outcome) -> dict[str, Any]:
        """One operation of a BulkResponse (RFC 7644 §3.7.3)."""
        operation, change = outcome.operation, outcome.change
        shown: dict[str, Any] = {"method": operation.method, "status": str(outcome.status)}
        if operation.bulk_id is not None:
            shown["bulkId"] = operation.bulk_id
        if outcome.kind is not None and outcome.id is not None:
            shown["location"] = self.location(outcome.kind, outcome.id)
        if change is not None and change.after is not None:
            shown["version"] = etag(change.after.version)
        if outcome.error is not None:
            shown["response"] = orjson.loads(error_body(outcome.error))
        return shown

    def _document(self, stored: Stored) -> str:
        manager = _manager_of(stored.document) if self._managers else None
        if manager is None or manager not in self._managers:
            return stored.document
        resource = orjson.loads(stored.document)
        about = resource[ENTERPRISE_URN]["manager"]
        about["$ref"] = self.location("User", manager)
        if self._managers[manager] is not None:
            about["displayName"] = self._managers[manager]
        return orjson.dumps(resource).decode()

    def _meta(self, stored: Stored) -> str:
        """What ends a resource: its last attribute and the closing brace."""
        if not _PLAIN.fullmatch(stored.id):
            return f',"meta":{orjson.dumps(self._meta_object(stored)).decode()}}}'
        return _plain_meta(stored.kind, stored, self._addresses[stored.kind])

    def _meta_object(self, stored: Stored) -> dict[str, str]:
        return {
            "resourceType": stored.kind,
            "created": stored.created,
            "lastModified": stored.modified,
            "location": self.location(stored.kind, stored.id),
            "version": etag(stored.version),
        }

    def _whole(self, stored: Stored, related: Iterable[Reference]) -> dict[str, Any]:
        resource: dict[str, Any] = orjson.loads(self._document(stored))
        relation = self._types[stored.kind].relation
        if relation is not None:
            resource[relation.name] = [self._reference_object(value) for value in related]
        return resource | {"meta": self._meta_object(stored)}

    def _relation(self, kind: str, related: Iterable[Reference]) -> Iterator[str]:
        values = iter(related)
        opening = f',"{self._names[kind]}":['
        separator = opening
        while portion := [*islice(values, _CHUNK)]:
            yield separator + self._values(portion)
            separator = ","
        if separator is not opening:
            yield "]"

    def _values(self, portion: Sequence[Reference]) -> str:
        if portion[0].display is None and _PLAIN.fullmatch("".join([value for value, _, _ in portion])):
            return self._plain_members(portion)
        known, write = self._groups, self._reference
        return ",".join([known.get(reference) or write(reference) for reference in portion])

    def _plain_members(self, portion: Sequence[Reference]) -> str:
        """Members without names, whose ids need no escaping: of these a group may have a hundred thousand."""
        groups = self._addresses["Group"]
        ends = {type: (f'","$ref":"{self._addresses.get(type, groups)}', f'","type":"{type}"}}') for type in _MEMBERS}
        return ",".join([f'{{"value":"{id}{ends[type][0]}{id}{ends[type][1]}' for id, type, _ in portion])

    def _reference(self, reference: Reference) -> str:
        """A member of a group, or a group of a user, whose type is no kind of resource but direct or indirect."""
        value, type, display = reference
        address = self._addresses.get(type) or self._addresses["Group"]
        if not _PLAIN.fullmatch(value):
            return orjson.dumps(self._reference_object(reference)).decode()
        head = f'{{"value":"{value}","$ref":"{address}{value}","type":"{type}"'
        if display is None:
            return head + "}"
        text = self._groups[reference] = f'{head},"display":{orjson.dumps(display).decode()}}}'
        return text

    def _reference_object(self, reference: Reference) -> dict[str, str]:
        kind = reference.type if reference.type in self._types else "Group"
        value = {"value": reference.value, "$ref": self.location(kind, reference.value), "type": reference.type}
        return value if reference.display is None else value | {"display": reference.display}


def _plain_meta(kind: str, stored: Stored, address: str) -> str:
    """What ends a resource whose id needs no escaping, and whose kind has this address."""
    return (
        f',"meta":{{"resourceType":"{kind}","created":"{stored.created}","lastModified":"{stored.modified}",'
        f'"location":"{address}{stored.id}","version":"W/\\"{stored.version}\\""}}}}'
    )


def managers_of(resources: Iterable[Stored]) -> set[str]:
    """The ids of the managers of users (RFC 7643 §4.3), found without parsing documents that have none.

    They are compared without case, as their schema says.
    """
    documents = [stored.document for stored in resources if _MANAGER in stored.document]
    return {id for document in documents if (id := _manager_of(document)) is not None}


def _manager_of(document: str) -> str | None:
    if _MANAGER not in document:
        return None
    enterprise = orjson.loads(document).get(ENTERPRISE_URN) or {}
    manager = (enterprise.get("manager") or {}).get("value")
    return fold(str(manager)) if manager is not None else None
