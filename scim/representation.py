"""How resources look on the wire: stored bytes, joined with what is computed (RFC 7643 §3.1, RFC 7644 §3.4.2).

A stored document is sent as it is wherever the client did not ask for a part of it; it is parsed
only for a projection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson

from scim.attributes import ResourceType
from scim.bulk import Outcome
from scim.errors import ScimError
from scim.projection import Projection
from scim.schemas import ENTERPRISE_URN
from scim.store import Reference, Stored

Managers = Mapping[str, str | None]

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"

_CHUNK = 1_000
_PLAIN = re.compile(r"[A-Za-z0-9-]+")
_MANAGER_KEY = b'"manager":{'


def etag(version: int) -> str:
    """A version as a weak entity tag, in the ETag header and in ``meta.version``."""
    return f'W/"{version}"'


def timestamp(moment: datetime) -> str:
    """An aware UTC time as SCIM shows it, in milliseconds."""
    return moment.isoformat(timespec="milliseconds")[:23] + "Z"


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
        self._base = base_url
        self._types = resource_types
        self._managers = managers

    def location(self, kind: str, id: str) -> str:
        """The absolute address of a resource."""
        segment = id if _PLAIN.fullmatch(id) else quote(id, safe="")
        return f"{self._base}/{self._types[kind].endpoint}/{segment}"

    def resource(self, stored: Stored, related: Iterable[Reference], projection: Projection) -> bytes:
        """The body of one resource."""
        return b"".join(self.stream(stored, related, projection))

    def stream(self, stored: Stored, related: Iterable[Reference], projection: Projection) -> Iterator[bytes]:
        """The same in portions; the values of the relation are taken as they come."""
        relation = self._types[stored.kind].relation
        if not projection.shows_all_but(relation):
            yield orjson.dumps(projection.apply(self._whole(stored, related)))
            return
        yield self._document(stored)[:-1]
        if relation is not None and projection.shows(relation):
            yield from self._relation(relation.name, related)
        yield b',"meta":%s}' % orjson.dumps(self._meta(stored))

    def page(self, resources: Sequence[bytes], total: int, place: Mapping[str, Any]) -> bytes:
        """A ListResponse of finished resources; ``place`` says where in the list they are."""
        head = {"schemas": [LIST_URN], "totalResults": total, "itemsPerPage": len(resources), **place}
        return b'%s,"Resources":[%s]}' % (orjson.dumps(head)[:-1], b",".join(resources))

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

    def _document(self, stored: Stored) -> bytes:
        manager = manager_of(stored.document) if self._managers else None
        if manager is None or manager not in self._managers:
            return stored.document
        resource = orjson.loads(stored.document)
        about = resource[ENTERPRISE_URN]["manager"]
        about["$ref"] = self.location("User", manager)
        if self._managers[manager] is not None:
            about["displayName"] = self._managers[manager]
        return orjson.dumps(resource)

    def _meta(self, stored: Stored) -> dict[str, str]:
        return {
            "resourceType": stored.kind,
            "created": timestamp(stored.created),
            "lastModified": timestamp(stored.modified),
            "location": self.location(stored.kind, stored.id),
            "version": etag(stored.version),
        }

    def _whole(self, stored: Stored, related: Iterable[Reference]) -> dict[str, Any]:
        resource: dict[str, Any] = orjson.loads(self._document(stored))
        relation = self._types[stored.kind].relation
        if relation is not None:
            resource[relation.name] = [self._reference(value) for value in related]
        return resource | {"meta": self._meta(stored)}

    def _relation(self, name: str, related: Iterable[Reference]) -> Iterator[bytes]:
        values = iter(related)
        opening = b',"%s":[' % name.encode()
        separator = opening
        while portion := [self._reference(value) for value in islice(values, _CHUNK)]:
            yield separator + orjson.dumps(portion)[1:-1]
            separator = b","
        if separator is not opening:
            yield b"]"

    def _reference(self, reference: Reference) -> dict[str, str]:
        """A member of a group, or a group of a user, whose type is no kind of resource but direct or indirect."""
        kind = reference.type if reference.type in self._types else "Group"
        value = {"value": reference.value, "$ref": self.location(kind, reference.value), "type": reference.type}
        return value if reference.display is None else value | {"display": reference.display}


def manager_of(document: bytes) -> str | None:
    """The id of a user's manager (RFC 7643 §4.3), found without parsing a document that has none."""
    if _MANAGER_KEY not in document:
        return None
    enterprise = orjson.loads(document).get(ENTERPRISE_URN) or {}
    manager = (enterprise.get("manager") or {}).get("value")
    return str(manager) if manager is not None else None
