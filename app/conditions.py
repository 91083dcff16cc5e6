"""What conditions mean: text in the SCIM filter grammar over declared attributes becomes a test of facts.

``subject.role eq "admin" and resource.department eq subject.department``: on the right side another attribute may
stand. Types are strict, and a comparison with an attribute that is absent is false, ``ne`` included. Text compares
as data filters compare it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from muster.terms import Kind, key_of
from rbac.catalogue import AttributeType, Catalogue
from rbac.conditions import Condition, Facts, Values
from rbac.model import Effect
from scim.errors import InvalidFilter, ScimError
from scim.filter_parser import Bracket, Junction, Literal, Negation, Reference, Syntax, Term, parse

Test = Callable[[Facts], bool]
_Declared = tuple[tuple[str, AttributeType | None], ...]
_Part = Callable[[Facts], Values]

_PARTS: Mapping[str, _Part] = {name: operator.attrgetter(name) for name in ("subject", "resource", "action", "context")}
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SEARCH: Mapping[str, Callable[[Any, Any], bool]] = {
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}


def parse_condition(text: str, catalogue: Catalogue) -> Condition:
    """The condition that a text is, over the attributes that a catalogue declares.

    Raises InvalidFilter for text outside the grammar, an attribute that is not declared, naming those there are,
    or sides that do not fit together; TooMany above the limits of a filter.
    """
    return _compile(text, _declared(catalogue))


def stored_condition(text: str, effect: Effect, catalogue: Catalogue) -> Condition:
    """The same for what was written down under another catalogue, and may mean nothing in this one.

    Then it is closed: a deny always holds, an allow never.
    """
    try:
        return parse_condition(text, catalogue)
    except ScimError:
        return Condition(text, _always if effect is Effect.DENY else _never)


@lru_cache(maxsize=4096)
def _compile(text: str, declared: _Declared) -> Condition:
    return Condition(text, _Reader(dict(declared)).test(parse(text, references=True)))


def _declared(catalogue: Catalogue) -> _Declared:
    """The type of each attribute by its full name; None where item types disagree on it."""
    found: dict[str, AttributeType | None] = {}
    for kind in catalogue.item_kinds.values():
        for name, type in kind.attributes.items():
            name = f"resource.{name}"
            found[name] = type if found.get(name, type) is type else None
    for name, attribute in catalogue.subject_attributes.items():
        found[f"subject.{name}"] = attribute.type
    found |= {f"action.{name}": type for name, type in catalogue.action_attributes.items()}
    found |= {f"context.{name}": type for name, type in catalogue.context_attributes.items()}
    return tuple(sorted(found.items()))


class _Reader:
    def __init__(self, declared: Mapping[str, AttributeType | None]) -> None:
        self._declared = declared
        self._names = {name.lower(): name for name in declared}

    def test(self, syntax: Syntax) -> Test:
        match syntax:
            case Junction(op, parts):
                tests = [self.test(part) for part in parts]
                return _all(tests) if op == "and" else _any(tests)
            case Negation(part):
                return _not(self.test(part))
            case Bracket(name) | Term(bracket=Bracket(name)):
                raise InvalidFilter(f'condition: "{name[:100]}" has no elements to put a condition on')
            case Term(name, op, literal):
                return self._compare(name, op, literal)

    def _compare(self, name: str, op: str, literal: Literal) -> Test:
        name, kind = self._attribute(name)
        if op == "pr":
            return _present(_value(name, kind))
        if op in _SEARCH and kind is not Kind.TEXT:
            raise InvalidFilter(f"condition: {name} is a {kind}, not a string; {op} does not apply")
        if op in ("gt", "ge", "lt", "le") and kind is Kind.BOOLEAN:
            raise InvalidFilter(f"condition: {name} is a {kind} and has no order; {op} does not apply")
        holds = _ORDER.get(op) or _SEARCH[op]
        if isinstance(literal, Reference):
            other, its_kind = self._attribute(literal)
            if its_kind is not kind:
                raise InvalidFilter(f"condition: {name} is a {kind} and {other} a {its_kind}; they never compare")
            return _pair(_value(name, kind), holds, _value(other, its_kind))
        return _with_literal(_value(name, kind), holds, _literal(name, kind, literal))

    def _attribute(self, name: str) -> tuple[str, Kind]:
        known = self._names.get(name.lower())
        if known is None:
            names = ", ".join(self._declared) or "none"
            raise InvalidFilter(f'condition: there is no attribute "{name[:100]}"; there are: {names}')
        type = self._declared[known]
        if type is None:
            raise InvalidFilter(f"condition: {known} is not of the same type in all item types that have it")
        return known, Kind(type.value)


def _literal(name: str, kind: Kind, literal: Literal) -> Any:
    if literal is None:
        raise InvalidFilter(f"condition: {name} is never null; write {name} pr, or not ({name} pr)")
    try:
        key = key_of(kind, literal)
    except ValueError as error:
        raise InvalidFilter(f"condition: {name} compares with a dateTime as 2024-05-01T12:00:00Z") from error
    if key is None:
        raise InvalidFilter(f"condition: {name} compares with a {kind} value")
    return key


def _value(name: str, kind: Kind) -> Callable[[Facts], Any]:
    """How the value of an attribute compares; None for one that is absent or no such value."""
    part, _, own = name.partition(".")
    values_of = _PARTS[part]

    def value(facts: Facts) -> Any:
        found = values_of(facts).get(own)
        return None if found is None else key_of(kind, found)

    def text(facts: Facts) -> Any:
        found = values_of(facts).get(own)
        # What most values are, without the detour that the others take.
        if type(found) is str and found.isascii() and "\0" not in found:
            return found.lower()
        return None if found is None else key_of(kind, found)

    def number(facts: Facts) -> Any:
        found = values_of(facts).get(own)
        return key_of(kind, found) if isinstance(found, int | float) else None

    def moment(facts: Facts) -> Any:
        try:
            return value(facts)
        except ValueError:
            return None

    return {Kind.TEXT: text, Kind.NUMBER: number, Kind.MOMENT: moment}.get(kind, value)


def _with_literal(value: Callable[[Facts], Any], holds: Callable[[Any, Any], bool], key: Any) -> Test:
    def test(facts: Facts) -> bool:
        mine = value(facts)
        return mine is not None and holds(mine, key)

    return test


def _pair(value: Callable[[Facts], Any], holds: Callable[[Any, Any], bool], other: Callable[[Facts], Any]) -> Test:
    def test(facts: Facts) -> bool:
        mine, its = value(facts), other(facts)
        return mine is not None and its is not None and holds(mine, its)

    return test


def _present(value: Callable[[Facts], Any]) -> Test:
    return lambda facts: value(facts) not in (None, "")


def _all(tests: list[Test]) -> Test:
    def every(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  all() with a generator takes three times as long
            if not test(facts):
                return False
        return True

    return every


def _any(tests: list[Test]) -> Test:
    def some(facts: Facts) -> bool:
        for test in tests:  # noqa: SIM110  a generator would cost more than most tests
            if test(facts):
                return True
        return False

    return some


def _not(test: Test) -> Test:
    return lambda facts: not test(facts)


def _always(_: Facts) -> bool:
    return True


def _never(_: Facts) -> bool:
    return False
