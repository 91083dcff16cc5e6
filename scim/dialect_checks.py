"""Refuses the deviations that a directory does not repair (``scim.dialects``).

Only asked where some repair is switched off: whatever is left then says what the standard says. Each check finds one
habit in a request, guided by the schema; what is wrong in any other way is refused by whoever reads the request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scim.attributes import Attribute, ResourceType, Schema, Type
from scim.errors import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, ScimError
from scim.filter_parser import Bracket, Junction, Negation, Syntax, Term, parse
from scim.names import find_schema, resolve, resolve_reference

Off = frozenset[str]
"""The names of the repairs that a directory does not do."""


def check_resource(resource_type: ResourceType, body: Any, off: Off) -> None:
    """Refuse a resource that needs one of these repairs. Raises InvalidSyntax, InvalidValue."""
    if type(body) is not dict:
        return
    urns = next((value for name, value in body.items() if name.lower() == "schemas"), None)
    named = {urn.lower() for urn in urns if type(urn) is str} if type(urns) is list else set()
    known = {schema.key for schema in resource_type.schemas}
    if named - known:
        _refuse("unknown-schemas", off, InvalidSyntax(f"schemas: {min(named - known)[:200]} is no schema here"))
    for schema in resource_type.schemas[1:]:
        if schema.key not in named and any(name.lower() == schema.key for name in body):
            _refuse("undeclared-extensions", off, InvalidSyntax(f"schemas: lacks {schema.urn}, of which there is data"))
    _check_object(resource_type, body, off)


def check_operations(resource_type: ResourceType, body: Any, off: Off) -> None:
    """Refuse a PATCH that needs one of these repairs. Raises a ScimError."""
    fields = {name.lower(): value for name, value in body.items()} if type(body) is dict else {}
    if "schemas" not in fields:
        _refuse("patch-without-schemas", off, InvalidSyntax("schemas: is required"))
    listed = fields.get("operations")
    for given in listed if type(listed) is list else ():
        operation = {name.lower(): value for name, value in given.items()} if type(given) is dict else {}
        verb, path, value = operation.get("op"), operation.get("path"), operation.get("value")
        if type(verb) is str and verb != verb.lower():
            _refuse("operation-case", off, InvalidSyntax(f"op: must be {verb.lower()}, not {verb[:20]}"))
        if type(path) is str and path:
            _check_path(resource_type, path, off)
            _check_operation(resource_type, str(verb).lower(), path, value, off)
        elif type(value) is dict:
            _check_pathless(resource_type, value, off)


def check_filter(resource_type: ResourceType, text: str, off: Off) -> None:
    """Refuse a filter that needs one of these repairs. Raises InvalidFilter, TooMany."""
    for container, term in _terms(parse(text)):
        name = term.name if container is None else f"{container}.{term.name}"
        _check_name(resource_type, name, off, InvalidFilter)
        if container is None and resolve(resource_type, name) is None and resolve_reference(resource_type, name):
            _refuse("short-references", off, InvalidFilter(f'filter: "{name[:100]}" needs the URN of its extension'))
        _check_literal(resource_type, name, term, off, InvalidFilter)


def _check_path(resource_type: ResourceType, text: str, off: Off) -> None:
    name, bracket, rest = text.partition("[")
    _check_name(resource_type, name.strip(), off, InvalidPath)
    if bracket:
        for _, term in _terms(parse(rest.rpartition("]")[0])):
            _check_literal(resource_type, f"{name.strip()}.{term.name}", term, off, InvalidPath)


def _check_operation(resource_type: ResourceType, verb: str, text: str, value: Any, off: Off) -> None:
    name, bracket, rest = text.partition("[")
    found = resolve(resource_type, name.strip() + (rest.rpartition("]")[2].strip() if bracket else ""))
    if found is None:
        schema = find_schema(resource_type, text.strip())
        if schema is not None and type(value) is dict:
            _check_values(schema, value, off)
        return
    if verb == "remove":
        if found.attribute.relation and not bracket and value is not None:
            _refuse("member-lists", off, InvalidValue(f"{name}: remove takes no value; choose members in the path"))
        return
    many = found.leaf.multi_valued and found.sub is None and not bracket
    _check_value(found.leaf, value, off, many=many)


def _check_pathless(resource_type: ResourceType, value: Mapping[str, Any], off: Off) -> None:
    for name, part in value.items():
        if name.lower() == "id":
            _refuse("own-ids", off, Mutability("id: is read-only; leave it out"))
        if find_schema(resource_type, name) is None and _is_path(resource_type, name):
            _refuse("dotted-keys", off, InvalidPath(f'"{name[:100]}" is a path, and belongs into "path"'))
            _check_path(resource_type, name, off)
            _check_operation(resource_type, "replace", name, part, off)
    _check_object(resource_type, value, off)


def _is_path(resource_type: ResourceType, name: str) -> bool:
    """Whether a key names more than an attribute of the core schema."""
    return "[" in name or "." in name or (resource_type.schema.find(name) is None and ":" in name)


def _check_object(resource_type: ResourceType, body: Mapping[str, Any], off: Off) -> None:
    _check_values(resource_type.schema, body, off)
    for schema in resource_type.schemas[1:]:
        for name, data in body.items():
            if name.lower() == schema.key and type(data) is dict:
                _check_values(schema, data, off)


def _check_values(schema: Schema, values: Mapping[str, Any], off: Off) -> None:
    for name, value in values.items():
        attribute = schema.find(name)
        if attribute is not None and not attribute.read_only:
            _check_value(attribute, value, off, many=attribute.multi_valued)


def _check_value(attribute: Attribute, value: Any, off: Off, *, many: bool) -> None:
    """``many``: a list is wanted, not one of its values."""
    if value is None:
        return
    if many:
        if type(value) is not list:
            _refuse("single-values", off, InvalidValue(f"{attribute.name}: must be a list"))
        for element in value if type(value) is list else [value]:
            _check_value(attribute, element, off, many=False)
    elif attribute.type is Type.BOOLEAN and type(value) is str:
        _refuse("string-booleans", off, InvalidValue(f"{attribute.name}: must be true or false, not text"))
    elif attribute.type is Type.COMPLEX and not attribute.relation and type(value) is not dict:
        habit = "packed-objects" if attribute.multi_valued else "bare-references"
        _refuse(habit, off, InvalidValue(f"{attribute.name}: must be an object"))
    elif type(value) is dict:
        for name, part in value.items():
            sub = attribute.find_sub(name)
            if sub is not None:
                _check_value(sub, part, off, many=sub.multi_valued)


def _check_name(resource_type: ResourceType, name: str, off: Off, refusal: type[ScimError]) -> None:
    lowered = name.lower()
    for schema in resource_type.schemas:
        if lowered.startswith(f"{schema.key}."):
            _refuse("dotted-urns", off, refusal(f"{name[:200]}: a colon follows the URN of a schema"))


def _check_literal(resource_type: ResourceType, name: str, term: Term, off: Off, refusal: type[ScimError]) -> None:
    found = resolve(resource_type, name)
    if found is not None and found.leaf.type is Type.BOOLEAN and type(term.literal) is str:
        _refuse("string-booleans", off, refusal(f"{name[:100]}: compares with true or false, not with text"))


def _terms(syntax: Syntax, container: str | None = None) -> Iterator[tuple[str | None, Term]]:
    """The comparisons of a filter, each with the attribute in whose brackets it stands."""
    match syntax:
        case Junction(_, parts):
            for part in parts:
                yield from _terms(part, container)
        case Negation(part):
            yield from _terms(part, container)
        case Bracket(name, part):
            yield from _terms(part, name)
        case Term():
            if term_bracket := syntax.bracket:
                yield from _terms(term_bracket.part, term_bracket.name)
                yield term_bracket.name, syntax
            else:
                yield container, syntax


def _refuse(repair: str, off: Off, refusal: ScimError) -> None:
    if repair in off:
        raise type(refusal)(f'{refusal.detail}; "{repair}" is not repaired in this directory')
