"""The filter tree: what a filter asks, with nothing left of how it was written (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scim.attributes import Attribute
from scim.keys import Key


@dataclass(frozen=True)
class Path:
    """An attribute that a filter, a sort or a PATCH looks at.

    ``extension`` is the URN of the extension schema, None for core and common attributes. Inside a
    ``ValuePath`` a path is relative: its ``attribute`` is a sub-attribute of the elements.
    """

    attribute: Attribute
    sub: Attribute | None = None
    extension: str | None = None

    @cached_property
    def container(self) -> str:
        """Key of the attribute in the search document: lower case, with the extension's URN before a colon."""
        return f"{self.extension.lower()}:{self.attribute.key}" if self.extension else self.attribute.key

    @cached_property
    def key(self) -> str:
        """Key of the value itself: ``name.familyname``; for multi-valued attributes it names no single value."""
        return f"{self.container}.{self.sub.key}" if self.sub else self.container

    @property
    def leaf(self) -> Attribute:
        """What is compared in the end: the sub-attribute if there is one."""
        return self.sub or self.attribute

    @property
    def is_elsewhere(self) -> bool:
        """The value is that of another resource, which this one only refers to: a manager's displayName."""
        return self.sub is not None and self.sub.read_only and not self.attribute.read_only

    @property
    def element(self) -> str:
        """Key of the value inside one element of a multi-valued attribute."""
        if self.sub:
            return self.sub.key
        return "value" if self.attribute.multi_valued else self.attribute.key


@dataclass(frozen=True, slots=True)
class Compare:
    """``path op key``; op is eq, co, sw, ew, gt, ge, lt or le. ``ne`` is Not(Compare eq)."""

    path: Path
    op: str
    key: Key


@dataclass(frozen=True, slots=True)
class Present:
    """The attribute has a non-empty value."""

    path: Path


@dataclass(frozen=True, slots=True)
class And:
    """All of them; flattened, two or more."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them; flattened, two or more."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else, absent values included."""

    node: Node


@dataclass(frozen=True, slots=True)
class ValuePath:
    """One single element of ``path`` satisfies all of ``node``, whose paths are relative to the element."""

    path: Path
    node: Node


Node = Compare | Present | And | Or | Not | ValuePath


def terms(node: Node) -> int:
    """How many comparisons a tree makes at most."""
    match node:
        case And(nodes) | Or(nodes):
            return sum(map(terms, nodes))
        case Not(inner):
            return terms(inner)
        case ValuePath(_, inner):
            return terms(inner)
    return 1


def spelled(node: Node) -> list[Any]:
    """The tree in one spelling, as JSON: two filters that ask the same in the same order are spelled alike."""
    match node:
        case Compare(path, op, key):
            return [op, path.key, key]
        case Present(path):
            return ["pr", path.key]
        case And(nodes):
            return ["and", *map(spelled, nodes)]
        case Or(nodes):
            return ["or", *map(spelled, nodes)]
        case Not(inner):
            return ["not", spelled(inner)]
        case ValuePath(path, inner):
            return ["any", path.key, spelled(inner)]
