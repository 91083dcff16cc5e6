"""A filter over flat records becomes a small typed tree (RFC 7644 §3.4.2.2).

Records have attributes of four types, each with one value or none. Types are strict: a literal of another type is
refused, and nothing is converted. Text compares without the case of the letters A to Z, every other character as it
is (``i;ascii-casemap``, RFC 4790 §9.2): all databases agree on that, and on nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from scim.errors import InvalidFilter
from scim.filter_parser import Bracket, Junction, Literal, Negation, Syntax, Term, parse
from scim.keys import Key, fold, moment_key

_ORDER = ("gt", "ge", "lt", "le")
_SEARCH = ("co", "sw", "ew")
_LIMIT = 2**63
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class Kind(StrEnum):
    """How the values of an attribute compare. The first four are what a platform declares."""

    TEXT = "string"
    BOOLEAN = "boolean"
    NUMBER = "number"
    MOMENT = "dateTime"
    EXACT = "exact string"
    """Text compared character by character."""
    FOLDED = "folded string"
    """Text kept as ``scim.keys.fold`` makes it, so compared without case, and by an index."""
    ID = "identifier"
    """A UUID; it is the same as something or not."""


_TEXTS = (Kind.TEXT, Kind.EXACT, Kind.FOLDED)


@dataclass(frozen=True, slots=True)
class Test:
    """``name op key``; for ``pr`` the key is None. ``kind`` None: whoever gave the name knows how to compare."""

    name: str
    kind: Kind | None
    op: str
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts of which all must hold, or any of them."""

    all: bool
    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything else, absent values included."""

    part: Tree


Tree = Test | Joined | Not


def read(text: str, kinds: Mapping[str, Kind | None]) -> Tree:
    """The typed tree of a filter. Names have no case; those in the tree are as ``kinds`` has them.

    ``ne`` is not-eq, and ``eq null`` is not-present. Raises InvalidFilter for text outside the grammar, an unknown
    attribute, naming those there are, or a literal that does not fit it; TooMany above the limits of a filter.
    """
    return _Reader(kinds).tree(parse(text))


def key_of(kind: Kind, value: Any) -> Key | None:
    """How a literal compares, None if it is no value of this kind."""
    if kind is Kind.BOOLEAN:
        return value if isinstance(value, bool) else None
    if kind is Kind.NUMBER:
        if isinstance(value, bool | str | None) or not -_LIMIT <= value < _LIMIT:
            return None
        return int(value) if value == int(value) else float(value)
    if not isinstance(value, str) or "\0" in value:
        return None
    return _KEYS[kind](value)


class _Reader:
    def __init__(self, kinds: Mapping[str, Kind | None]) -> None:
        self._kinds = kinds
        self._names = {name.lower(): name for name in kinds}

    def tree(self, syntax: Syntax) -> Tree:
        match syntax:
            case Junction(op, parts):
                return Joined(op == "and", tuple(map(self.tree, parts)))
            case Negation(part):
                return Not(self.tree(part))
            case Bracket(name) | Term(bracket=Bracket(name)):
                raise InvalidFilter(f'filter: "{name[:100]}" has no elements to put a condition on')
            case Term(name, op, literal):
                return self._test(name, op, literal)

    def _test(self, name: str, op: str, literal: Literal) -> Tree:
        known = self._names.get(name.lower())
        if known is None:
            names = ", ".join(sorted(self._kinds)) or "none"
            raise InvalidFilter(f'filter: there is no attribute "{name[:100]}"; there are: {names}')
        kind = self._kinds[known]
        if op == "pr" or (literal is None and op in ("eq", "ne")):
            present = Test(known, kind, "pr")
            return Not(present) if op == "eq" else present
        test = Test(known, kind, "eq" if op == "ne" else op, _checked(known, kind, op, literal))
        return Not(test) if op == "ne" else test


def _checked(name: str, kind: Kind | None, op: str, literal: Literal) -> Key:
    if kind is None:
        if literal is None or not isinstance(literal, str | bool | int):
            raise InvalidFilter(f"filter: {name} compares with a text, a whole number, true or false")
        return literal
    if op in _ORDER and kind in (Kind.BOOLEAN, Kind.ID):
        raise InvalidFilter(f"filter: {name} is {kind} and has no order; {op} does not apply")
    if op in _SEARCH and kind not in _TEXTS:
        raise InvalidFilter(f"filter: {name} is {kind}, not text; {op} does not apply")
    try:
        key = key_of(kind, literal)
    except ValueError as error:
        raise InvalidFilter(f"filter: {name} compares with a dateTime as 2024-05-01T12:00:00Z") from error
    if key is None:
        raise InvalidFilter(f"filter: {name} compares with a {kind} value")
    return key


def _same(text: str) -> str:
    return text


def _lower(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _identifier(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""  # what is no identifier is nobody's


_KEYS: Mapping[Kind, Callable[[str], str]] = {
    Kind.TEXT: _lower,
    Kind.EXACT: _same,
    Kind.FOLDED: fold,
    Kind.ID: _identifier,
    Kind.MOMENT: moment_key,
}
