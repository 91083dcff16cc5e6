"""Does a resource match a filter? The interpreter in memory (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim.attributes import Type
from scim.filter_tree import And, Compare, Node, Not, Or, Path, Present, ValuePath
from scim.keys import comparison_key


def matches(node: Node, resource: Mapping[str, Any]) -> bool:
    """Does the filter hold for a resource in canonical form, with ``id``, ``meta`` and relations if it asks for them?

    Works for one element of a multi-valued attribute too, with a condition made for elements.
    """
    match node:
        case And(nodes):
            return all(matches(part, resource) for part in nodes)
        case Or(nodes):
            return any(matches(part, resource) for part in nodes)
        case Not(inner):
            return not matches(inner, resource)
        case ValuePath(path, inner):
            return any(matches(inner, as_element(value)) for value in _all(resource, path))
        case Present(path):
            return any(_has_content(value) for value in _values(resource, path))
        case Compare(path, op, key):
            leaf = path.leaf
            return any(_holds(op, comparison_key(leaf, value), key) for value in _values(resource, path))


def as_element(value: Any) -> Mapping[str, Any]:
    """One value of a multi-valued attribute as conditions see it: a simple one is its own ``value``."""
    return value if isinstance(value, Mapping) else {"value": value}


def _all(resource: Mapping[str, Any], path: Path) -> list[Any]:
    holder = resource.get(path.extension) if path.extension else resource
    value = holder.get(path.attribute.name) if holder else None
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _values(resource: Mapping[str, Any], path: Path) -> Iterator[Any]:
    for value in _all(resource, path):
        part = value.get(path.sub.name) if path.sub and isinstance(value, Mapping) else value
        if part is not None and (path.leaf.type is not Type.COMPLEX or _has_content(part)):
            yield part


def _has_content(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_content(part) for part in value.values())
    return value is not None and value != "" and value != []


def _holds(op: str, actual: Any, key: Any) -> bool:
    match op:
        case "eq":
            return bool(actual == key)
        case "co":
            return key in actual
        case "sw":
            return bool(actual.startswith(key))
        case "ew":
            return bool(actual.endswith(key))
        case "gt":
            return bool(actual > key)
        case "ge":
            return bool(actual >= key)
        case "lt":
            return bool(actual < key)
    return bool(actual <= key)
