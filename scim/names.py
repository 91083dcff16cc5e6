"""Attribute names become paths: any case, with or without a schema URN in front (RFC 7644 §3.10)."""

from __future__ import annotations

from collections import defaultdict
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from scim.attributes import Attribute, ResourceType, Schema
from scim.filter_tree import Path
from scim.schemas import COMMON

_COMMON = {attribute.key: attribute for attribute in COMMON}


@lru_cache(maxsize=4096)
def resolve(resource_type: ResourceType, name: str) -> Path | None:
    """The path of ``name``, ``name.sub`` or ``urn:name.sub`` in this type, or None if it has no such attribute."""
    lowered = name.lower()
    for schema in resource_type.schemas:
        # Some Entra configurations put a dot where the colon after the URN belongs.
        if lowered.startswith(schema.key) and lowered[len(schema.key) : len(schema.key) + 1] in (":", "."):
            extension = None if schema is resource_type.schema else schema.urn
            return _within(schema, extension, lowered[len(schema.key) + 1 :])
    return _within(resource_type.schema, None, lowered)


@lru_cache(maxsize=4096)
def resolve_reference(resource_type: ResourceType, name: str) -> Path | None:
    """The path of an extension's reference to another resource, named without the extension's URN.

    Entra probes a reference by ``id eq "…" and manager eq "…"``. Whatever else an extension has needs its URN
    (RFC 7644 §3.10).
    """
    paths = (_within(schema, schema.urn, name.lower()) for schema in resource_type.schemas[1:])
    return next((path for path in paths if path and path.attribute.find_sub("$ref")), None)


def resolve_short(resource_type: ResourceType, name: str) -> tuple[Path, ...]:
    """The paths that a name without a URN may have in the extensions of a type."""
    paths = (_within(schema, schema.urn, name.lower()) for schema in resource_type.schemas[1:])
    return tuple(path for path in paths if path is not None)


def near_names(resource_type: ResourceType, name: str) -> list[str]:
    """Attributes, those of extensions with their URN, whose names are nearly this one."""
    last = name.rpartition(":")[2].partition(".")[0].lower()
    known: defaultdict[str, list[str]] = defaultdict(list)
    for schema in resource_type.schemas:
        for attribute in schema.attributes:
            prefix = "" if schema is resource_type.schema else f"{schema.urn}:"
            known[attribute.key].append(prefix + attribute.name)
    return [one for key in get_close_matches(last, known, n=2, cutoff=0.75) for one in known[key]]


@lru_cache(maxsize=4096)
def find_schema(resource_type: ResourceType, name: str) -> Schema | None:
    """The schema if the name is a schema's whole URN, with or without a colon at the end."""
    return resource_type.find_schema(name.removesuffix(":"))


def is_message(urns: Any, urn: str) -> bool:
    """Do the ``schemas`` of a message say that it is this one? URNs have no case (RFC 7643 §2.1)."""
    return isinstance(urns, list) and any(isinstance(one, str) and one.lower() == urn.lower() for one in urns)


def relative(container: Attribute, name: str) -> Path | None:
    """The path of a name inside one element of a multi-valued attribute; simple elements are their ``value``."""
    if container.sub:
        sub = container.find_sub(name)
        return Path(sub) if sub else None
    return Path(_element_value(container)) if name.lower() == "value" else None


@lru_cache(maxsize=256)
def _element_value(container: Attribute) -> Attribute:
    return Attribute("value", container.type, case_exact=container.case_exact)


def _within(schema: Schema, extension: str | None, name: str) -> Path | None:
    first, dot, rest = name.partition(".")
    attribute = schema.find(first) or (None if extension else _COMMON.get(first))
    if attribute is None:
        return None
    if not dot:
        return Path(attribute, extension=extension)
    sub = attribute.find_sub(rest)
    return Path(attribute, sub, extension) if sub else None
