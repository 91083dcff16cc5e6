"""Which attributes a response shows: ``returned``, ``attributes``, ``excludedAttributes`` (RFC 7644 §3.9, §3.10)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from scim.attributes import Attribute, ResourceType, Returned
from scim.errors import InvalidPath, InvalidValue
from scim.filter_tree import Node
from scim.matching import as_element, matches
from scim.names import find_schema, resolve
from scim.patch import Operation
from scim.patch_path import parse_path
from scim.resource import schemas_of
from scim.schemas import COMMON

Names = tuple[str, ...]
_Key = tuple[str | None, str]
"""Extension URN or None, and the declared name of an attribute."""


@lru_cache(maxsize=1024)
def projection(resource_type: ResourceType, attributes: Names = (), excluded: Names = ()) -> Projection:
    """The compiled projection. Raises InvalidValue if both lists are given."""
    return Projection(resource_type, attributes, excluded)


class Projection:
    """What a response about resources of one type shows.

    ``attributes`` adds to what is always returned, ``excluded`` takes from what is returned by default;
    unknown names are ignored. Entra's ``attributes=emails[type eq "work"]`` shows only the values that fit.
    ``given`` are what the client gave in a change that this answers: it is shown though it is returned on request.
    ``shows_all_but_relation`` says that a stored document is shown as it is, ``shows_relation`` whether the
    values beside it are, ``follows_given`` whether it matters what was given.
    """

    def __init__(self, resource_type: ResourceType, attributes: Names, excluded: Names, given: Names = ()) -> None:
        if attributes and excluded:
            raise InvalidValue("attributes, excludedAttributes: send one of them, not both")
        self._type = resource_type
        self._chosen = _choose(resource_type, attributes) if attributes else None
        self._conditions = _conditions(resource_type, attributes)
        self._excluded_names = excluded
        self._excluded = _choose(resource_type, excluded)
        self._given = _choose(resource_type, given)
        self.is_asked = bool(attributes or excluded)
        relation = resource_type.relation
        self.shows_relation = relation is not None and self.shows(relation)
        only_relation = relation is not None and self._excluded == {(None, relation.name): None}
        whole = not attributes and (not self._excluded or only_relation)
        has_hidden = _has_hidden(resource_type)
        self.shows_all_but_relation = whole and not has_hidden
        self.follows_given = has_hidden and not attributes

    def with_given(self, names: Names | None) -> Projection:
        """The same for the answer to a change in which the client gave these attributes (RFC 7643 §7 returned).

        None: all that is there after it.
        """
        if not self.follows_given:
            return self
        if names is None:
            names = tuple(schema.urn for schema in self._type.schemas)
        return Projection(self._type, (), self._excluded_names, names)

    def shows(self, attribute: Attribute, extension: str | None = None) -> bool:
        """Is any of the attribute shown?"""
        if attribute.returned is Returned.ALWAYS:
            return True
        if attribute.returned is Returned.NEVER:
            return False
        key = (extension, attribute.name)
        if self._chosen is not None:
            return key in self._chosen
        if attribute.returned is Returned.REQUEST and key not in self._given:
            return False
        return self._excluded.get(key, {""}) is not None

    def apply(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The part of the resource that is shown; ``schemas`` names what is left."""
        shown = self._part((*COMMON, *self._type.schema.attributes), resource, None)
        for schema in self._type.schemas[1:]:
            part = self._part(schema.attributes, resource.get(schema.urn) or {}, schema.urn)
            if part:
                shown[schema.urn] = part
        shown["schemas"] = schemas_of(self._type, shown)
        return shown

    def _part(self, attributes: Iterable[Attribute], holder: Mapping[str, Any], urn: str | None) -> dict[str, Any]:
        part: dict[str, Any] = {}
        for attribute in attributes:
            value = holder.get(attribute.name)
            if value is None or not self.shows(attribute, urn):
                continue
            if attribute.sub:
                value = self._values(attribute, value, (urn, attribute.name))
            if value not in ({}, []):
                part[attribute.name] = value
        return part

    def _values(self, attribute: Attribute, value: Any, key: _Key) -> Any:
        if isinstance(value, list):
            wanted = self._conditions.get(key)
            fitting = value if wanted is None else [one for one in value if _fits_any(wanted, one)]
            elements = [self._values(attribute, element, key) for element in fitting]
            return [element for element in elements if element]
        chosen = None if self._chosen is None else self._chosen.get(key)
        excluded = self._excluded.get(key) or ()
        given = self._given.get(key, ())
        return {
            sub.name: value[sub.name]
            for sub in attribute.sub
            if sub.name in value and _shows_sub(sub, chosen, excluded, given)
        }


def patched_names(resource_type: ResourceType, operations: Iterable[Operation]) -> Names:
    """What the operations of a PATCH give: what their paths name, as far as their values go."""
    given = (name for one in operations for name in _names_in(resource_type, one.path or "", one.value))
    return tuple(dict.fromkeys(given))


def _names_in(resource_type: ResourceType, name: str, value: Any) -> Iterator[str]:
    schema = find_schema(resource_type, name.strip())
    if isinstance(value, dict) and (schema is not None or not name):
        for key, part in value.items():
            yield from _names_in(resource_type, f"{schema.urn}:{key}" if schema else key, part)
        return
    objects = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
    yield from [f"{name}.{key}" for one in objects for key in one] or [name]


def _shows_sub(
    sub: Attribute, chosen: Iterable[str] | None, excluded: Iterable[str], given: Iterable[str] | None
) -> bool:
    if sub.returned in (Returned.ALWAYS, Returned.NEVER):
        return sub.returned is Returned.ALWAYS
    if chosen is not None:
        return sub.name in chosen
    if sub.returned is Returned.REQUEST and given is not None and sub.name not in given:
        return False
    return sub.name not in excluded


def _choose(resource_type: ResourceType, names: Names) -> dict[_Key, set[str] | None]:
    """The attributes that names stand for; with the set of sub-attributes if only those are meant."""
    chosen: dict[_Key, set[str] | None] = {}
    for name in names:
        before, _, after = name.partition("[")
        name = (before + after.rpartition("]")[2]).strip()  # a value path names what it does without its condition
        schema = find_schema(resource_type, name)
        if schema is not None:
            extension = None if schema is resource_type.schema else schema.urn
            chosen.update({(extension, attribute.name): None for attribute in schema.attributes})
            continue
        path = resolve(resource_type, name)
        if path is None:
            continue
        key = (path.extension, path.attribute.name)
        if path.sub is None:
            chosen[key] = None
        elif chosen.get(key, {""}) is not None:
            chosen[key] = (chosen.get(key) or set()) | {path.sub.name}
    return chosen


def _conditions(resource_type: ResourceType, names: Names) -> Mapping[_Key, list[Node]]:
    """The conditions of value paths on attributes that no other name asks for as wholes."""
    conditions: dict[_Key, list[Node]] = {}
    for name in names:
        try:
            path = parse_path(resource_type, name) if "[" in name else None
        except InvalidPath:
            continue
        if path and path.attribute and path.filter:
            conditions.setdefault((path.extension, path.attribute.name), []).append(path.filter)
    whole = _choose(resource_type, tuple(name for name in names if "[" not in name)) if conditions else {}
    return {key: nodes for key, nodes in conditions.items() if key not in whole}


def _fits_any(conditions: Iterable[Node], element: Any) -> bool:
    return any(matches(condition, as_element(element)) for condition in conditions)


def _has_hidden(resource_type: ResourceType) -> bool:
    """Does the type keep values that are shown on request only?"""
    attributes = [attribute for schema in resource_type.schemas for attribute in schema.attributes]
    parts = [*attributes, *(sub for attribute in attributes for sub in attribute.sub)]
    return any(attribute.returned is Returned.REQUEST for attribute in parts)
