"""PATCH paths: text → what to change, and which elements of it (RFC 7644 §3.5.2, figure 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scim.attributes import Attribute, ResourceType, Schema
from scim.errors import InvalidFilter, InvalidPath, InvalidValue
from scim.filter_parser import Junction, Syntax, Term, parse
from scim.filter_tree import Node
from scim.filters import element_condition
from scim.names import find_schema, relative, resolve
from scim.values import reader

MAX_LENGTH = 2048

_BRACKETED = re.compile(r"\s*([^\[\]\s\"]+)\[(.*)\](?:\.([a-z$][a-z0-9_$-]*))?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class PatchPath:
    """What an operation points at.

    ``attribute`` is None for a whole schema, whose URN ``extension`` then is. ``filter`` chooses elements;
    its paths are relative. ``pins`` are the sub-attributes that an entry must have to be chosen, as far as the
    filter consists of eq terms joined by "and"; None for other filters.
    """

    attribute: Attribute | None
    sub: Attribute | None = None
    filter: Node | None = None
    extension: str | None = None
    pins: Mapping[str, Any] | None = None


@lru_cache(maxsize=4096)
def parse_path(resource_type: ResourceType, text: str) -> PatchPath:
    """The path of a PATCH operation on this type. Raises InvalidPath if it is malformed or names nothing."""
    if len(text) > MAX_LENGTH:
        raise InvalidPath(f"path: longer than {MAX_LENGTH} characters")
    name = text.strip()
    schema = find_schema(resource_type, name)
    if schema is not None:
        return _whole(resource_type, schema)
    if "[" not in name:
        return _named(resource_type, name)
    match = _BRACKETED.fullmatch(name)
    if match is None:
        raise InvalidPath('path: malformed; write it as in emails[type eq "work"].value')
    return _filtered(_named(resource_type, match[1]), match[2], match[3])


def _whole(resource_type: ResourceType, schema: Schema) -> PatchPath:
    return PatchPath(None, extension=None if schema is resource_type.schema else schema.urn)


def _named(resource_type: ResourceType, name: str) -> PatchPath:
    path = resolve(resource_type, name)
    if path is None:
        raise InvalidPath(f'path: "{name[:100]}" is no attribute of {resource_type.name}; see /Schemas')
    return PatchPath(path.attribute, path.sub, extension=path.extension)


def _filtered(target: PatchPath, condition: str, sub_name: str | None) -> PatchPath:
    attribute = target.attribute
    if attribute is None or target.sub is not None:
        raise InvalidPath("path: brackets follow an attribute, a sub-attribute follows the brackets")
    if not attribute.sub and not attribute.multi_valued:
        raise InvalidPath(f'path: "{attribute.name}" has a single simple value; leave the brackets out')
    sub = attribute.find_sub(sub_name) if sub_name else None
    if sub_name and sub is None:
        raise InvalidPath(f'path: "{sub_name[:100]}" is no sub-attribute of {attribute.name}; see /Schemas')
    try:
        syntax = parse(condition)
        node = element_condition(attribute, syntax)
    except InvalidFilter as error:
        raise InvalidPath(f"path: the condition in brackets is wrong; {error.detail}") from error
    return PatchPath(attribute, sub, node, target.extension, _pins(attribute, syntax))


def _pins(attribute: Attribute, syntax: Syntax) -> Mapping[str, Any] | None:
    """The values that the condition asks for, in the client's spelling; None if it asks for anything else."""
    terms = syntax.parts if isinstance(syntax, Junction) and syntax.op == "and" else (syntax,)
    pins: dict[str, Any] = {}
    for term in terms:
        path = relative(attribute, term.name) if isinstance(term, Term) and term.op == "eq" else None
        if path is None or path.attribute.read_only or not isinstance(term, Term):
            return None
        try:
            pin = reader(path.attribute, path.attribute.name)(term.literal)
        except InvalidValue:
            return None
        # Nothing has an empty text, so nothing that fits can be made.
        if pin is None:
            return None
        pins[path.attribute.name] = pin
    return pins
