"""Validate, normalise and index a resource, driven by its schema (RFC 7643 §2, RFC 7644 §3.3, §3.5.1).

What a schema means for input is compiled once per resource type; a request only walks the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scim import errors
from scim.attributes import Attribute, Mutability, ResourceType, Schema, Type
from scim.errors import Busy, InvalidSyntax, InvalidValue
from scim.filter_tree import Path
from scim.keys import comparison_key, fold, key_function
from scim.schemas import COMMON
from scim.store import Resource
from scim.values import Reader, Slot, check_required, is_same, read_into, refuse_type, slots

__all__ = [
    "check_extension",
    "check_parts",
    "comparison_key",
    "complete",
    "fold",
    "keep_immutable",
    "read_attribute",
    "reference_ids",
    "searchable",
    "validate",
]

_KEPT = (Mutability.IMMUTABLE, Mutability.READ_ONLY)
_OWN_COMMON = tuple(attribute for attribute in COMMON if attribute.stored and attribute.name != "schemas")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A resource type, compiled for input."""

    known: Mapping[str, Slot]
    required: tuple[Attribute, ...]
    defaults: Mapping[str, bool]
    required_extensions: tuple[Schema, ...]


@lru_cache(maxsize=1024)
def _plan(resource_type: ResourceType) -> _Plan:
    core = (*resource_type.schema.attributes, *_OWN_COMMON)
    known = dict(_core_slots(resource_type.schema))
    for schema in resource_type.schemas[1:]:
        known[schema.key] = known[schema.urn] = Slot(schema.urn, _extension_reader(schema))
    return _Plan(
        known,
        tuple(attribute for attribute in core if attribute.required and attribute.stored),
        {attribute.name: attribute.default for attribute in core if attribute.default is not None},
        tuple(extension.schema for extension in resource_type.extensions if extension.required),
    )


@lru_cache(maxsize=64)
def _core_slots(schema: Schema) -> Mapping[str, Slot]:
    """Types that differ in their extensions share what is compiled of the rest."""
    return slots((*schema.attributes, *_OWN_COMMON), "")


def validate(resource_type: ResourceType, body: Any, *, current: Resource | None = None) -> Resource:
    """The canonical form of a resource that a client sent to create one, or to replace ``current``.

    Read-only, unknown and write-only attributes are dropped, names and types made canonical, defaults
    filled in; ``schemas`` names an extension exactly when there is data of it. Raises InvalidSyntax for a
    body without the base schema, InvalidValue for a value that does not fit, Mutability for a change of
    an immutable value of ``current``.
    """
    if type(body) is not dict:
        raise InvalidSyntax("the body must be a JSON object")
    _check_schemas(resource_type, body)
    plan = _plan(resource_type)
    resource: Resource = {}
    read_into(resource, plan.known, body, "")
    for name, default in plan.defaults.items():
        resource.setdefault(name, default)
    return complete(resource_type, keep_immutable(resource_type, resource, current) if current else resource)


def read_attribute(resource_type: ResourceType, name: str, value: Any) -> tuple[str, Any] | None:
    """The declared name of one attribute, or the URN of an extension, and its canonical value, None if it has none.

    None for a name that a client cannot set. Raises InvalidSyntax, InvalidValue as ``validate``.
    """
    known = _plan(resource_type).known
    slot = known.get(name) or known.get(name.lower())
    return None if slot is None else (slot.name, None if value is None else slot.read(value))


def complete(resource_type: ResourceType, resource: Resource) -> Resource:
    """The resource with ``schemas`` in front. Raises InvalidValue if a required value is missing.

    Raises Busy for data of an extension that the type does not know: it was declared while the request was read.
    """
    plan = _plan(resource_type)
    if not resource.keys() <= plan.known.keys():
        raise Busy("the account's schema extensions are being changed; send the request again")
    check_required(plan.required, resource, "")
    for schema in plan.required_extensions:
        if schema.urn not in resource:
            raise InvalidValue(f"{schema.urn}: this extension is required")
    return {"schemas": schemas_of(resource_type, resource), **resource}


def schemas_of(resource_type: ResourceType, resource: Mapping[str, Any]) -> list[str]:
    """The core schema, and each extension of which the resource has data (RFC 7643 §3)."""
    extensions = (schema.urn for schema in resource_type.schemas[1:])
    return [resource_type.schema.urn, *(urn for urn in extensions if resource.get(urn))]


def keep_immutable(
    resource_type: ResourceType, resource: Resource, current: Resource, *, may_omit: bool = True
) -> Resource:
    """The new resource with the present values that a client cannot change (RFC 7644 §3.5.1). Raises Mutability.

    ``may_omit``: what the new resource leaves out stays, as in a PUT; else it was removed.
    """
    for schema in resource_type.schemas:
        new, old = resource, current
        if schema is not resource_type.schema:
            new, old = resource.get(schema.urn) or {}, current.get(schema.urn) or {}
        for attribute in _kept(schema):
            value = old.get(attribute.name)
            if value is None:
                continue
            if not is_same(attribute, new.get(attribute.name, value if may_omit else None), value):
                if may_omit:
                    raise errors.Mutability(f"{attribute.name}: is immutable; send the value it has, or leave it out")
                raise errors.Mutability(f"{attribute.name}: is immutable once it is set")
            new[attribute.name] = value
            if schema is not resource_type.schema:
                resource[schema.urn] = new
    return resource


@lru_cache(maxsize=1024)
def _kept(schema: Schema) -> tuple[Attribute, ...]:
    return tuple(attribute for attribute in schema.attributes if attribute.mutability in _KEPT)


def reference_ids(relation: Attribute, value: Any) -> frozenset[str]:
    """The ids that a client sent for a relation: a list of objects with ``value``, or of bare ids.

    Raises InvalidValue for an element without an id.
    """
    if value is None:
        return frozenset()
    return frozenset(_reference_id(relation, element) for element in (value if type(value) is list else [value]))


def _reference_id(relation: Attribute, element: Any) -> str:
    if type(element) is dict:
        id = element.get("value")
        if id is None:
            id = next((part for name, part in element.items() if name.lower() == "value"), None)
    else:
        id = element
    if type(id) is not str or not id.strip() or "\0" in id or len(id) > 500:
        raise InvalidValue(f'{relation.name}: each element needs the id of a resource as "value"')
    return id


def _check_schemas(resource_type: ResourceType, body: Mapping[str, Any]) -> None:
    """RFC 7643 §3: ``schemas`` is required and names the base schema; URNs unknown here are nobody's business."""
    urns = body.get("schemas")
    if urns is None:
        urns = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    base = resource_type.schema
    if type(urns) is list:
        if base.urn in urns:
            return
        if any(type(urn) is str and urn.lower() == base.key for urn in urns):
            return
    raise InvalidSyntax(f'schemas: must be a list that contains "{base.urn}"')


def check_extension(schema: Schema, data: Mapping[str, Any]) -> None:
    """Whoever sends data of an extension sends what it requires. Raises InvalidValue."""
    required = [attribute for attribute in schema.attributes if attribute.required and attribute.stored]
    check_required(required, data, f"{schema.urn}:")


def check_parts(schema: Schema, data: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """A complex value has the parts that it must have, unless it was ``before`` as it is. Raises InvalidValue."""
    for attribute, required in _required_parts(schema):
        elements, old = (_elements(values.get(attribute.name)) for values in (data, before))
        for element in elements:
            if any(part.name not in element for part in required) and element not in old:
                check_required(required, element, f"{schema.urn}:{attribute.name}.")


@lru_cache(maxsize=1024)
def _required_parts(schema: Schema) -> tuple[tuple[Attribute, tuple[Attribute, ...]], ...]:
    parts = ((one, tuple(sub for sub in one.sub if sub.required and sub.stored)) for one in schema.attributes)
    return tuple((attribute, required) for attribute, required in parts if required)


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@lru_cache(maxsize=1024)
def _extension_reader(schema: Schema) -> Reader:
    known = slots(schema.attributes, f"{schema.urn}:")

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise refuse_type(schema.urn, "an object", value)
        result: dict[str, Any] = {}
        read_into(result, known, value, f"{schema.urn}:")
        if result:
            check_extension(schema, result)
        return result or None

    return read


Index = Callable[[dict[str, Any], Any], None]
"""Writes what a value means for searching into a search document."""


def searchable(resource_type: ResourceType, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The flat search document of a canonical resource, all values as comparison keys.

    A single value stands under its path's ``key``; a complex attribute that has any value also under its
    ``container``, as True; a multi-valued one under its ``container`` as a list of flat elements. ``id``,
    ``meta``, ``schemas`` and relations are not part of it.
    """
    document: dict[str, Any] = {}
    plan = _search_plan(resource_type)
    for name, value in attributes.items():
        index = plan.get(name)
        if index is not None:
            index(document, value)
    return document


@lru_cache(maxsize=1024)
def _search_plan(resource_type: ResourceType) -> Mapping[str, Index]:
    plan: dict[str, Index] = {}
    for attribute in (*resource_type.schema.attributes, *_OWN_COMMON):
        if attribute.stored:
            plan[attribute.name] = _index(Path(attribute))
    for schema in resource_type.schemas[1:]:
        plan[schema.urn] = _index_extension(schema)
    return plan


def _index_extension(schema: Schema) -> Index:
    parts = {attribute.name: _index(Path(attribute, extension=schema.urn)) for attribute in schema.attributes}

    def index(document: dict[str, Any], value: Any) -> None:
        for name, part in value.items():
            parts[name](document, part)

    return index


def _index(path: Path) -> Index:
    attribute, key = path.attribute, path.container
    if attribute.type is not Type.COMPLEX:
        key_of = key_function(attribute)

        def index_simple(document: dict[str, Any], value: Any) -> None:
            document[key] = key_of(value)

        def index_values(document: dict[str, Any], value: Any) -> None:
            document[key] = [{"value": key_of(each)} for each in value]

        return index_values if attribute.multi_valued else index_simple
    subs = {sub.name: (sub.key, f"{key}.{sub.key}", key_function(sub)) for sub in attribute.sub}

    def index_many(document: dict[str, Any], value: Any) -> None:
        found = document[key] = []
        for element in value:
            flat: dict[str, Any] = {}
            for name, part in element.items():
                part_key, _, key_of = subs[name]
                flat[part_key] = key_of(part)
            found.append(flat)

    def index_complex(document: dict[str, Any], value: Any) -> None:
        document[key] = True
        for name, part in value.items():
            _, at, key_of = subs[name]
            document[at] = key_of(part)

    return index_many if attribute.multi_valued else index_complex
