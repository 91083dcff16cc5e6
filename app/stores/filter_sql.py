"""SCIM filter tree → SQLAlchemy condition; the second interpreter of the tree, beside ``scim.matching``.

What is looked up often has a column or rows of its own (``columns``, ``relations``); everything else
is read from the search document. The tree has slots in place of its literals (``slots``), so a condition is
good for all filters of its shape. Both interpreters give the same answer for the same resource; a property
test holds them to it on both databases.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Float,
    Integer,
    Numeric,
    String,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.models.base import UTCDateTime
from app.stores.narrow import Indexed, is_narrow
from app.stores.slots import Form, Slot, slot_of
from scim.attributes import Type
from scim.filter_tree import And, Compare, Node, Not, Or, Path, Present, ValuePath

Condition = ColumnElement[bool]
Relation = Callable[[Node | None, bool], Condition]
"""Given a condition on one element (None: any element), and whether it is for SQLite, the one on the resource."""

ID_PATTERN = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ID = re.compile(ID_PATTERN)

_COMPARISONS: dict[str, Callable[[Any, Any], Condition]] = {
    "eq": operator.eq,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}

FIRST = "#"
"""Suffix of the search key that holds the primary, or else first, element of a multi-valued attribute."""


@dataclass(frozen=True)
class Columns:
    """Where the values of one table's resources are.

    ``singles`` maps a path key to its column, ``relations`` a container key to the rows of its elements;
    ``id`` is the identifier itself, for the comparison that an index can answer. ``here`` says which rows are the
    directory's. ``indexed`` are the operators that an index answers, by the key of what is compared (``narrow``).
    """

    id: ColumnElement[str]
    here: Condition
    search: ColumnElement[Any]
    singles: Mapping[str, ColumnElement[Any]]
    relations: Mapping[str, Relation]
    indexed: Indexed
    sqlite: bool


def compile_filter(node: Node, columns: Columns) -> Condition:
    """The condition under which a row of ``columns``' table matches."""
    match node:
        case And(nodes):
            return and_(*(compile_filter(part, columns) for part in nodes))
        case Or(nodes):
            alternatives = [compile_filter(part, columns) for part in nodes]
            return _united(alternatives, columns) if is_narrow(node, columns.indexed) else or_(*alternatives)
        case Not(inner):
            return not_(func.coalesce(compile_filter(inner, columns), false()))
        case ValuePath(path, inner):
            return _any_element(path, inner, columns)
        case Compare(path, "eq", _) if path.key == "id":
            return is_identifier(columns.id, node)
        case Compare(path, _, _) | Present(path):
            if path.attribute.multi_valued:
                return _any_element(path, node, columns)
            return _term(node, _single(path, columns), columns.sqlite)
    raise AssertionError(f"not a filter node: {node!r}")


def compile_elements(node: Node, value_of: Callable[[Path], ColumnElement[Any]], sqlite: bool) -> Condition:
    """The condition on one element, whose values ``value_of`` gives by path."""
    match node:
        case And(nodes):
            return and_(*(compile_elements(part, value_of, sqlite) for part in nodes))
        case Or(nodes):
            return or_(*(compile_elements(part, value_of, sqlite) for part in nodes))
        case Not(inner):
            return not_(func.coalesce(compile_elements(inner, value_of, sqlite), false()))
        case Compare(path, _, _) | Present(path):
            return _term(node, value_of(path), sqlite)
    raise AssertionError(f"not a condition on one element: {node!r}")


def sort_expression(path: Path, columns: Columns, filter: Node | None = None) -> ColumnElement[Any]:
    """What to order by: the value, or for a multi-valued attribute that of the primary or first element."""
    if path.key == "id":
        return columns.id
    if path.attribute.multi_valued:
        leaf = path.sub or path.attribute.find_sub("value") or path.attribute
        return _json_value(columns.search, (path.container + FIRST, path.element), Path(leaf), columns.sqlite)
    value = _single(path, columns)
    if columns.sqlite and filter is not None and is_narrow(filter, columns.indexed):
        # Without statistics SQLite would rather read everybody in order than sort the few who match.
        return func.coalesce(value, null(), type_=value.type)
    return value


def sortable(search: dict[str, Any]) -> dict[str, Any]:
    """The search document with what sorting by multi-valued attributes needs (RFC 7644 §3.4.2.3)."""
    for key, elements in list(search.items()):
        if type(elements) is list and elements:
            first = elements[0]
            if len(elements) > 1 and first.get("primary") is not True:
                first = next((element for element in elements if element.get("primary") is True), first)
            search[key + FIRST] = first
    return search


def is_id(text: str) -> bool:
    """Could this be one of our identifiers? Anything else must not reach a UUID column."""
    return _ID.fullmatch(text) is not None


def is_identifier(column: ColumnElement[str], node: Compare) -> Condition:
    """``eq`` on a column of identifiers."""
    slot = slot_of(node)
    return column == slot.id() if isinstance(slot, Slot) and slot.form is Form.ID else false()


def _united(alternatives: list[Condition], columns: Columns) -> Condition:
    # Each by its own index: joined by OR, they would all be looked for in every row.
    parts = [select(columns.id).where(columns.here, one).correlate(None) for one in alternatives]
    return columns.id.in_(union_all(*parts))


def _any_element(path: Path, node: Node, columns: Columns) -> Condition:
    if not path.attribute.multi_valued:
        return compile_elements(node, lambda inner: _single(_below(path, inner), columns), columns.sqlite)
    relation = columns.relations.get(path.container)
    if relation is not None:
        return relation(None if _asks_for_any(node, path) else node, columns.sqlite)
    if _asks_for_any(node, path):
        return _json_present(columns.search, path.container, columns.sqlite)
    if columns.sqlite:
        elements = func.json_each(columns.search, _json_path((path.container,))).table_valued("value")
        element: ColumnElement[Any] = elements.c.value
    else:
        elements = func.jsonb_array_elements(columns.search[path.container]).table_valued("value")
        element = cast(elements.c.value, JSONB)

    def value_of(inner: Path) -> ColumnElement[Any]:
        return _json_value(element, (inner.element,), inner, columns.sqlite)

    condition = compile_elements(node, value_of, columns.sqlite)
    return exists(select(literal(1)).select_from(elements).where(condition))


def _asks_for_any(node: Node, path: Path) -> bool:
    return isinstance(node, Present) and node.path.attribute is path.attribute and node.path.sub is None


def _below(path: Path, inner: Path) -> Path:
    return Path(path.attribute, inner.attribute, path.extension)


def _single(path: Path, columns: Columns) -> ColumnElement[Any]:
    column = columns.singles.get(path.key)
    if column is not None:
        return column
    return _json_value(columns.search, (path.key,), path, columns.sqlite)


def _term(node: Compare | Present, column: ColumnElement[Any], sqlite: bool) -> Condition:
    if isinstance(node, Present):
        return column.is_not(None)
    slot = slot_of(node)
    if isinstance(slot, bool):
        return column.is_(true() if slot else false())
    compare = _COMPARISONS.get(node.op)
    if compare is not None:
        return compare(column, _operand(slot, column, sqlite))
    return _text_term(column, node.op, slot, sqlite)


def _operand(slot: Slot, column: ColumnElement[Any], sqlite: bool) -> ColumnElement[Any]:
    if slot.form is Form.NUMBER:
        return slot.number_as(exact=not sqlite)
    return slot.moment() if isinstance(column.type, UTCDateTime) else slot.text()


def _text_term(column: ColumnElement[Any], op: str, slot: Slot, sqlite: bool) -> Condition:
    """``co``, ``sw`` or ``ew`` on text: no pattern language, so nothing needs escaping."""
    if slot.form is Form.EMPTY:
        return column.is_not(None)
    if op == "co":
        return (func.instr(column, slot.text()) if sqlite else func.strpos(column, slot.text())) > 0
    if op == "ew":
        end = func.substr(column, -slot.length()) if sqlite else func.right(column, slot.length())
        return end == slot.text()
    starts = column >= slot.text()
    return starts if slot.form is Form.LAST else and_(starts, column < slot.above())


def _json_value(document: ColumnElement[Any], keys: tuple[str, ...], path: Path, sqlite: bool) -> ColumnElement[Any]:
    kind = path.leaf.type
    if sqlite:
        value = func.json_extract(document, _json_path(keys))
        if kind is Type.BOOLEAN or kind is Type.COMPLEX:
            value.type = Boolean()
        elif kind is Type.INTEGER:
            value.type = Integer()  # a float would not hold 64 bits
        elif kind is Type.DECIMAL:
            value.type = Float()
        else:
            value.type = String()
        return value
    text = func.jsonb_extract_path_text(document, *keys)
    if kind is Type.BOOLEAN or kind is Type.COMPLEX:
        return cast(text, Boolean)
    if kind in (Type.DECIMAL, Type.INTEGER):
        return cast(text, Numeric)
    return cast(text, String).collate("C")


def _json_present(document: ColumnElement[Any], key: str, sqlite: bool) -> Condition:
    if sqlite:
        return func.json_type(document, _json_path((key,))).is_not(None)
    return func.jsonb_extract_path(document, key).is_not(None)


def _json_path(keys: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in keys)
