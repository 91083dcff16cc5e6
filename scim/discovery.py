"""What this service can do, derived from the declarations (RFC 7643 §5 to §7, RFC 7644 §4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim.attributes import ResourceType, Schema
from scim.discovery_schemas import DISCOVERY_SCHEMAS, RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN
from scim.errors import NotFound
from scim.representation import LIST_URN
from scim.schema_documents import schema_document

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may have: operations, bytes, resources on a page, and how old a cursor."""

    bulk_operations: int
    body_bytes: int
    default_page: int
    largest_page: int
    cursor_seconds: int


def service_provider_config(base_url: str, limits: Limits) -> Document:
    """Which parts of the protocol work here (RFC 7643 §5, RFC 9865 §4)."""
    return {
        "schemas": [SERVICE_PROVIDER_CONFIG_URN],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": limits.bulk_operations,
            "maxPayloadSize": limits.body_bytes,
        },
        "filter": {"supported": True, "maxResults": limits.largest_page},
        "changePassword": {"supported": False},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.default_page,
            "maxPageSize": limits.largest_page,
            "cursorTimeout": limits.cursor_seconds,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token of a directory, in the Authorization header.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            }
        ],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{base_url}/ServiceProviderConfig"},
    }


def resource_types(base_url: str, types: Mapping[str, ResourceType]) -> Document:
    """All resource types, as a ListResponse."""
    return _list([_resource_type(base_url, resource_type) for resource_type in types.values()])


def resource_type(base_url: str, types: Mapping[str, ResourceType], name: str) -> Document:
    """One resource type by name. Raises NotFound."""
    if name not in types:
        raise NotFound(f"there is no resource type {name[:100]}; see /ResourceTypes")
    return _resource_type(base_url, types[name])


def schemas(base_url: str, types: Mapping[str, ResourceType]) -> Document:
    """Every schema of the resource types, as a ListResponse."""
    return _list([_schema(base_url, schema) for schema in _declared(types)])


def schema(base_url: str, types: Mapping[str, ResourceType], urn: str) -> Document:
    """One schema by its URN, in any case. Raises NotFound."""
    for declared in (*_declared(types), *DISCOVERY_SCHEMAS):
        if declared.key == urn.lower():
            return _schema(base_url, declared)
    raise NotFound("there is no schema of this URN; see /Schemas")


def _declared(types: Mapping[str, ResourceType]) -> Sequence[Schema]:
    return list({schema.key: schema for kind in types.values() for schema in kind.schemas}.values())


def _list(resources: list[Document]) -> Document:
    return {
        "schemas": [LIST_URN],
        "totalResults": len(resources),
        "startIndex": 1,
        "itemsPerPage": len(resources),
        "Resources": resources,
    }


def _resource_type(base_url: str, kind: ResourceType) -> Document:
    return {
        "schemas": [RESOURCE_TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "endpoint": f"/{kind.endpoint}",
        "description": kind.description,
        "schema": kind.schema.urn,
        "schemaExtensions": [
            {"schema": extension.schema.urn, "required": extension.required} for extension in kind.extensions
        ],
        "meta": {"resourceType": "ResourceType", "location": f"{base_url}/ResourceTypes/{kind.name}"},
    }


def _schema(base_url: str, declared: Schema) -> Document:
    meta = {"resourceType": "Schema", "location": f"{base_url}/Schemas/{declared.urn}"}
    return {"schemas": [SCHEMA_URN], **schema_document(declared), "meta": meta}
