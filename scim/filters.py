"""Filter text becomes a small typed tree (RFC 7644 §3.4.2.2).

Literals are typed from the schema and stored as *comparison keys*, so that each interpreter of
the tree only has to compare. ``scim.matching`` is one interpreter, a database is another.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any

from scim.attributes import Attribute, ResourceType, Returned, Schema, Type
from scim.errors import InvalidFilter
from scim.filter_parser import Bracket, Junction, Literal, Negation, Syntax, Term, parse
from scim.filter_tree import And, Compare, Node, Not, Or, Path, Present, ValuePath
from scim.keys import Key, comparison_key
from scim.names import find_schema, near_names, relative, resolve, resolve_reference, resolve_short

__all__ = [
    "And",
    "Compare",
    "Key",
    "Node",
    "Not",
    "Or",
    "Path",
    "Present",
    "ValuePath",
    "element_condition",
    "parse_filter",
    "resolve",
]

_ORDER = ("gt", "ge", "lt", "le")
_TEXT = ("co", "sw", "ew")
_TEXT_TYPES = (Type.STRING, Type.REFERENCE)
_INT_LIMIT = 2**63
_FLOAT_LIMIT = int(sys.float_info.max)


@lru_cache(maxsize=2048)
def parse_filter(resource_type: ResourceType, text: str, among: tuple[ResourceType, ...] = ()) -> Node:
    """The typed tree of a filter on resources of this type.

    ``among`` are the types searched together: what another one of them has is without a value here
    (RFC 7644 §3.4.2.1). Raises InvalidFilter for text outside the grammar, an unknown attribute or a
    literal that does not fit it, TooMany for a filter above the limits.
    """
    return _Typing(resource_type, among).node(parse(text))


@lru_cache(maxsize=2048)
def parse_short_filter(resource_type: ResourceType, text: str) -> Node:
    """The same where an attribute of an extension may be named without its URN, if only one extension has it.

    For filters of one's own; RFC 7644 §3.10 wants the URN. An attribute of the core goes before all others. Raises as
    ``parse_filter`` does, with the names that may be meant.
    """
    return _Short(resource_type, ()).node(parse(text))


def element_condition(attribute: Attribute, syntax: Syntax) -> Node:
    """The typed tree of what stands in the brackets after ``attribute``; its paths are relative to an element."""
    return _Inside(attribute).node(syntax)


class _Typing:
    """Types the terms of a filter on whole resources."""

    def __init__(self, resource_type: ResourceType, among: tuple[ResourceType, ...]) -> None:
        self._type = resource_type
        self._among = among

    def node(self, syntax: Syntax) -> Node:
        match syntax:
            case Junction(op, parts):
                return _join(op, [self.node(part) for part in parts])
            case Negation(part):
                return Not(self.node(part))
            case Bracket(name, part):
                return self.bracket(name, part)
            case Term():
                return self.term(syntax)

    def bracket(self, name: str, part: Syntax) -> Node:
        if self._is_foreign(name):
            return Not(self._everything())
        path = self._resolve(name)
        attribute = path.attribute
        if attribute.multi_valued and attribute.key != "schemas":
            return ValuePath(path, element_condition(attribute, part))
        if attribute.type is Type.COMPLEX:
            # One value only, so its parts are those of the resource itself.
            return _join("and", [Present(path), _Below(path).node(part)])
        raise InvalidFilter(f'filter: "{attribute.name}" has no elements to put a condition on')

    def term(self, term: Term) -> Node:
        if term.bracket is not None:
            inner = Term(term.name, "eq" if term.op == "ne" else term.op, term.literal)
            found = self.bracket(term.bracket.name, Junction("and", (term.bracket.part, inner)))
            return Not(found) if term.op == "ne" else found
        if self._is_foreign(term.name):
            is_without = (term.op, term.literal is None) in (("ne", False), ("eq", True))
            return self._everything() if is_without else Not(self._everything())
        schema = find_schema(self._type, term.name)
        if schema is not None:
            if term.op != "pr":
                raise InvalidFilter("filter: a whole schema can only be asked for with pr")
            return self._has_schema(schema.urn)
        path = self._resolve(term.name)
        if path.attribute.key == "schemas":
            return self._schemas(path, term)
        return compare(path, term)

    def _is_foreign(self, name: str) -> bool:
        """Is this an attribute of other types only, which are searched together with this one?"""
        if _find(self._type, name):
            return False
        return any(_find(other, name) for other in self._among)

    def _resolve(self, name: str) -> Path:
        path = resolve(self._type, name) or resolve_reference(self._type, name)
        if path is None:
            raise InvalidFilter(f'filter: "{name[:100]}" is no attribute of {self._type.name}; see /Schemas')
        return path

    def _schemas(self, path: Path, term: Term) -> Node:
        """``schemas`` is computed: a resource has an extension's URN exactly when it has data of it."""
        if term.op == "pr":
            return self._has_schema(self._type.schema.urn)
        asked = compare(path, term)
        wanted = asked.node if isinstance(asked, Not) else asked
        if not isinstance(wanted, Compare) or wanted.op not in ("eq", *_TEXT):
            raise InvalidFilter("filter: schemas can be compared with eq, ne, co, sw and ew")
        hits = [schema.urn for schema in self._type.schemas if _holds(wanted.op, schema.urn, str(wanted.key))]
        found = _join("or", [self._has_schema(urn) for urn in hits]) if hits else Not(self._everything())
        return Not(found) if isinstance(asked, Not) else found

    def _has_schema(self, urn: str) -> Node:
        if urn == self._type.schema.urn:
            return self._everything()
        schema = self._type.find_schema(urn)
        data = [one for one in schema.attributes if one.returned is not Returned.NEVER] if schema else []
        if not data:
            return Not(self._everything())
        return _join("or", [Present(Path(attribute, extension=urn)) for attribute in data])

    def _everything(self) -> Node:
        return Present(self._resolve("id"))


class _Short(_Typing):
    """Types the terms of a filter that may name attributes of extensions without their URN."""

    def _resolve(self, name: str) -> Path:
        core = resolve(self._type, name)
        if core is not None:
            return core
        found = resolve_short(self._type, name)
        if len(found) == 1:
            return found[0]
        if found:
            named = " or ".join(f"{path.extension}:{name[:100]}" for path in found)
            raise InvalidFilter(f'filter: several extensions have "{name[:100]}"; did you mean {named}?')
        near = near_names(self._type, name)
        hint = f"did you mean {' or '.join(near)}?" if near else "see /Schemas"
        raise InvalidFilter(f'filter: "{name[:100]}" is no attribute of {self._type.name}; {hint}')


class _Inside(_Typing):
    """Types the terms within brackets: names are sub-attributes of the elements."""

    def __init__(self, container: Attribute) -> None:
        self._container = container

    def bracket(self, name: str, part: Syntax) -> Node:
        raise InvalidFilter("filter: brackets within brackets are not allowed")

    def term(self, term: Term) -> Node:
        if term.bracket is not None:
            return self.bracket(term.bracket.name, term.bracket.part)
        return compare(self._resolve(term.name), term)

    def _resolve(self, name: str) -> Path:
        path = relative(self._container, name)
        if path is None:
            raise InvalidFilter(f'filter: "{name[:100]}" is no sub-attribute of {self._container.name}; see /Schemas')
        return path


class _Below(_Inside):
    """The same for a single-valued complex attribute, whose parts are reached from the resource."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.attribute)
        self._path = path

    def _resolve(self, name: str) -> Path:
        return Path(self._path.attribute, super()._resolve(name).attribute, self._path.extension)


def _find(resource_type: ResourceType, name: str) -> Path | Schema | None:
    found = resolve(resource_type, name) or resolve_reference(resource_type, name)
    return found or find_schema(resource_type, name)


def compare(path: Path, term: Term) -> Node:
    """A typed comparison. Raises InvalidFilter where operator, literal and attribute do not fit together."""
    if path.attribute.returned is Returned.NEVER or path.leaf.returned is Returned.NEVER:
        raise InvalidFilter(f"filter: {path.attribute.name} cannot be searched")
    if term.op == "pr" or (term.literal is None and term.op in ("eq", "ne")):
        present = Present(path)
        return Not(present) if term.op == "eq" else present
    path = _with_value(path)
    if term.op == "ne":
        return Not(Compare(path, "eq", _key(path, "eq", term.literal)))
    return Compare(path, term.op, _key(path, term.op, term.literal))


def _with_value(path: Path) -> Path:
    """A complex attribute compares by its ``value`` (RFC 7644 §3.4.2.2 for multi-valued ones)."""
    if path.leaf.type is not Type.COMPLEX:
        return path
    value = path.attribute.find_sub("value")
    if path.sub is not None or value is None:
        names = ", ".join(sub.name for sub in path.leaf.sub)
        raise InvalidFilter(f"filter: {path.attribute.name} has parts; compare one of them: {names}")
    return Path(path.attribute, value, path.extension)


def _key(path: Path, op: str, literal: Literal) -> Key:
    attribute = path.leaf
    if op in _ORDER and attribute.type in (Type.BOOLEAN, Type.BINARY):
        raise InvalidFilter(f"filter: {attribute.name} is {attribute.type} and has no order; {op} does not apply")
    if op in _TEXT and attribute.type not in _TEXT_TYPES:
        raise InvalidFilter(f"filter: {attribute.name} is {attribute.type}, not text; {op} does not apply")
    value = _literal(attribute, literal)
    if value is None:
        raise InvalidFilter(f"filter: {attribute.name} compares with a {attribute.type} value")
    try:
        return comparison_key(attribute, value)
    except ValueError as error:
        raise InvalidFilter(f"filter: {attribute.name} compares with a dateTime as 2024-05-01T12:00:00Z") from error


def _literal(attribute: Attribute, literal: Literal) -> Any:
    """The literal as a value of the attribute's type, or None if it is no such value."""
    match attribute.type:
        case Type.BOOLEAN:
            if isinstance(literal, str):  # Entra quotes booleans
                return {"true": True, "false": False}.get(literal.lower())
            return literal if isinstance(literal, bool) else None
        case Type.DECIMAL:
            if isinstance(literal, bool | str | None) or not -_FLOAT_LIMIT <= literal <= _FLOAT_LIMIT:
                return None
            return float(literal)
        case Type.INTEGER:
            if isinstance(literal, bool | str | None) or not -_INT_LIMIT <= literal < _INT_LIMIT:
                return None
            return int(literal) if literal == int(literal) else float(literal)
        case _:
            return literal if isinstance(literal, str) and "\0" not in literal else None


def _holds(op: str, actual: str, key: str) -> bool:
    match op:
        case "co":
            return key in actual
        case "sw":
            return actual.startswith(key)
        case "ew":
            return actual.endswith(key)
    return actual.lower() == key.lower()


def _join(op: str, nodes: list[Node]) -> Node:
    """And or Or of the nodes, flattened; a single node stays itself."""
    kind = And if op == "and" else Or
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, kind) else (node,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))
