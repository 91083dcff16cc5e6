"""Which filters a database can answer from indexes alone, without looking at every row."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.stores.slots import Form, Slot, slot_of
from scim.filter_tree import And, Compare, Node, Not, Or, Present, ValuePath

Indexed = Mapping[str, Collection[str]]
"""Operators that an index answers, by ``username``, ``name.familyname``, ``emails.value``."""


def is_narrow(node: Node, indexed: Indexed) -> bool:
    """Does an index lead to all that can match? One such part of an ``and`` is enough; of an ``or``, all must be."""
    match node:
        case ValuePath(path, inner):
            return _is_narrow(inner, indexed, f"{path.container}.")
        case Compare(path, _, _) if path.attribute.multi_valued:
            return _is_narrow(node, indexed, f"{path.container}.")
        case And(nodes):
            return any(is_narrow(part, indexed) for part in nodes)
        case Or(nodes):
            return all(is_narrow(part, indexed) for part in nodes)
        case Compare(path, op, _):
            return _is_certain(node) and op in indexed.get(path.key, ())
    return False


def equal_value(node: Node) -> Compare | None:
    """The comparison by which an element must have one certain ``value`` for the condition on it to hold."""
    match node:
        case Compare(path, "eq", _) if path.element == "value":
            return node
        case And(nodes):
            return next((found for part in nodes if (found := equal_value(part)) is not None), None)
    return None


def names(node: Node, element: str) -> bool:
    """Does the condition on one element look at that sub-attribute?"""
    match node:
        case And(nodes) | Or(nodes):
            return any(names(part, element) for part in nodes)
        case Not(inner):
            return names(inner, element)
        case Compare(path, _, _) | Present(path):
            return path.element == element
    return False


def has_range(node: Node) -> bool:
    """Is anything compared with a range of values, of which nobody knows how many there are?"""
    match node:
        case And(nodes) | Or(nodes):
            return any(map(has_range, nodes))
        case Not(inner) | ValuePath(_, inner):
            return has_range(inner)
        case Compare(_, op, _):
            return op not in ("eq", "co")
    return False


def _is_narrow(node: Node, indexed: Indexed, container: str) -> bool:
    match node:
        case And(nodes):
            return any(_is_narrow(part, indexed, container) for part in nodes)
        case Or(nodes):
            return all(_is_narrow(part, indexed, container) for part in nodes)
        case Compare(path, op, _):
            return _is_certain(node) and op in indexed.get(container + path.element, ())
    return False


def _is_certain(node: Compare) -> bool:
    slot = slot_of(node)
    return isinstance(slot, Slot) and slot.form is not Form.EMPTY
