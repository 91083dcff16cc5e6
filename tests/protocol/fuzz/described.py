"""What a client knows of a server from its discovery documents (RFC 7644 §4): kinds of resources, their attributes.

Everything the fuzzing sends or expects is made from this, nothing from the server's own code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.protocol.conftest import Scim

Described = Mapping[str, Any]
"""An attribute as a schema document describes it (RFC 7643 §7)."""

JSON_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "decimal": (int, float),
    "integer": int,
    "dateTime": str,
    "reference": str,
    "binary": str,
    "complex": dict,
}
_COMMON: tuple[Described, ...] = (
    {"name": "schemas", "type": "string", "multiValued": True, "mutability": "readOnly", "returned": "always"},
    {"name": "id", "type": "string", "caseExact": True, "mutability": "readOnly", "returned": "always"},
    {"name": "externalId", "type": "string", "caseExact": True, "mutability": "readWrite", "returned": "default"},
    {
        "name": "meta",
        "type": "complex",
        "mutability": "readOnly",
        "returned": "default",
        "subAttributes": [
            {"name": "resourceType", "type": "string", "caseExact": True},
            {"name": "created", "type": "dateTime"},
            {"name": "lastModified", "type": "dateTime"},
            {"name": "location", "type": "reference", "caseExact": True},
            {"name": "version", "type": "string", "caseExact": True},
        ],
    },
)
"""RFC 7643 §3.1: attributes that every resource has and no schema lists."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Kind:
    """One resource type: its endpoint, core schema, and attributes by the schema (None: core) they are in."""

    name: str
    endpoint: str
    urn: str
    attributes: tuple[Described, ...]
    extensions: Mapping[str, tuple[Described, ...]]

    def all(self) -> Iterator[tuple[str | None, Described]]:
        """Every attribute of the schemas, with the extension it belongs to."""
        yield from ((None, attribute) for attribute in (*self.attributes, _COMMON[2]))
        yield from ((urn, attribute) for urn, part in self.extensions.items() for attribute in part)

    def writable(self) -> list[tuple[str | None, Described]]:
        """What a client may set, but for the members of a group, which must exist."""
        return [
            (urn, attribute)
            for urn, attribute in self.all()
            if attribute["mutability"] != "readOnly" and attribute["name"] != "members"
        ]

    def faults(self, resource: Mapping[str, Any]) -> list[str]:
        """What a returned resource has that its schemas do not allow."""
        core = {key: value for key, value in resource.items() if key not in self.extensions}
        found = list(_faults((*_COMMON, *self.attributes), core, ""))
        for urn, attributes in self.extensions.items():
            if (urn in resource) is not (urn in resource["schemas"]):
                found.append(f"{urn} and schemas disagree")
            found += _faults(attributes, resource.get(urn, {}), f"{urn}:") if resource.get(urn, True) else [urn]
        if self.urn not in resource["schemas"]:
            found.append("the core schema is not named")
        return found


def discover(scim: Scim) -> dict[str, Kind]:
    """The kinds of resources the service describes, by name."""
    schemas = {schema["id"]: tuple(schema["attributes"]) for schema in scim.read("/Schemas")["Resources"]}
    return {
        kind["name"]: Kind(
            kind["name"],
            kind["endpoint"],
            kind["schema"],
            schemas[kind["schema"]],
            {part["schema"]: schemas[part["schema"]] for part in kind.get("schemaExtensions", [])},
        )
        for kind in scim.read("/ResourceTypes")["Resources"]
    }


def _faults(attributes: tuple[Described, ...], values: Mapping[str, Any], at: str) -> Iterator[str]:
    known = {attribute["name"]: attribute for attribute in attributes}
    for name, value in values.items():
        if name not in known:
            yield f"{at}{name} is in no schema"
        else:
            yield from _value_faults(known[name], value, at + name)
    for name, attribute in known.items():
        if (attribute.get("required") or attribute.get("returned") == "always") and name not in values:
            yield f"{at}{name} is missing"


def _value_faults(attribute: Described, value: Any, at: str) -> Iterator[str]:
    if attribute.get("returned") == "never":
        yield f"{at} is never returned"
    if not attribute.get("multiValued"):
        yield from _single_faults(attribute, value, at)
        return
    if not isinstance(value, list) or not value:
        yield f"{at} is no list of values"
        return
    for element in value:
        yield from _single_faults(attribute, element, at)
    if sum(isinstance(element, dict) and element.get("primary") is True for element in value) > 1:
        yield f"{at} has two primary values"


def _single_faults(attribute: Described, value: Any, at: str) -> Iterator[str]:
    kind = attribute["type"]
    if not isinstance(value, JSON_TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        yield f"{at} is no {kind}: {value!r}"
    elif value in ("", {}):
        yield f"{at} is empty"
    elif kind == "dateTime" and not _MOMENT.fullmatch(value):
        yield f"{at} is no time"
    elif kind == "complex":
        yield from _faults(tuple(attribute["subAttributes"]), value, f"{at}.")
