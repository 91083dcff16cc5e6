"""Data filters: conditions on a platform's records, in the SCIM filter grammar (RFC 7644 §3.4.2.2).

A decision may oblige a platform to show only the records that match a filter. ``compile_filter`` makes that a
condition of its own SQLAlchemy query, ``matches`` asks it of one record; both give the same answer. What a record
does not have is NULL in its row and missing, or None, in a mapping: no comparison holds for it, so ``ne`` does.

    query = select(Customer).where(compile_filter('region eq "EMEA" and consent eq true', {
        "region": Customer.region, "consent": Customer.consent,
    }))
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import ColumnElement

from muster.columns import As, Columns, Own, condition, kinds_of
from muster.terms import Joined, Kind, Not, Test, Tree, key_of, read
from scim.errors import InvalidFilter, TooMany
from scim.keys import Key, moment_key

__all__ = ["As", "Columns", "InvalidFilter", "InvalidRecord", "Kind", "Own", "TooMany", "check", "compile_filter"]
__all__ += ["contradictions", "matches"]


class InvalidRecord(ValueError):
    """A record has a value that is not of the attribute's type."""


def compile_filter(text: str, columns: Columns) -> ColumnElement[bool]:
    """The condition of a filter over these columns, by the attributes' names.

    A column's type says how it compares, or ``As`` does. Raises InvalidFilter for an attribute that has no column,
    TooMany for a filter above the limits: whoever cannot apply a filter must not show the records.
    """
    return condition(read(text, kinds_of(columns)), columns)


def matches(text: str, record: Mapping[str, Any], types: Mapping[str, str]) -> bool:
    """Whether a filter holds for a record whose attributes are of these types: string, boolean, number, dateTime.

    Attributes that no type is given for are not looked at. Raises InvalidFilter and TooMany as ``compile_filter``,
    InvalidRecord for a value of another type.
    """
    kinds = {name: Kind(type) for name, type in types.items()}
    tree = read(text, kinds)
    return _holds(tree, _keys(record, kinds))


def check(text: str, types: Mapping[str, str]) -> None:
    """Raise InvalidFilter or TooMany for what is no filter over attributes of these types."""
    read(text, {name: Kind(type) for name, type in types.items()})


def contradictions(texts: Mapping[str, str], types: Mapping[str, str]) -> list[str]:
    """Why filters that must hold together never do, where it is plain: two of them want different values.

    ``texts`` are filters by what they belong to. Only what is always compared with ``eq`` is looked at, so no answer
    does not mean that there are such records.
    """
    kinds = {name: Kind(type) for name, type in types.items()}
    wanted: dict[str, tuple[Test, str]] = {}
    found = []
    for owner, text in texts.items():
        for test in _always(read(text, kinds)):
            first, before = wanted.setdefault(test.name, (test, owner))
            if first.key != test.key:
                both = f"{before} wants {_shown(first)}, {owner} wants {_shown(test)}"
                found.append(f"no record matches: {both}")
    return found


def _always(tree: Tree) -> list[Test]:
    """The comparisons with ``eq`` without which a tree does not hold."""
    if isinstance(tree, Joined) and tree.all:
        return [test for part in tree.parts for test in _always(part)]
    return [tree] if isinstance(tree, Test) and tree.op == "eq" else []


def _shown(test: Test) -> str:
    return f'{test.name} eq "{test.key}"' if isinstance(test.key, str) else f"{test.name} eq {str(test.key).lower()}"


def _keys(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Key]:
    """How each value that a record has compares, by the attribute's name."""
    given = {name.lower(): value for name, value in record.items()}
    keys: dict[str, Key] = {}
    for name, kind in kinds.items():
        value = given.get(name.lower())
        if value is None:
            continue
        key = _key(kind, value)
        if key is None:
            raise InvalidRecord(f"{name} must be a {kind} value, not {value!r}")
        keys[name] = key
    return keys


def _key(kind: Kind, value: Any) -> Key | None:
    if kind is Kind.MOMENT and isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment_key(aware.isoformat())
    if kind is Kind.NUMBER and not isinstance(value, int | float | Decimal):
        return None
    try:
        return key_of(kind, value)
    except (ValueError, ArithmeticError):
        return None


def _holds(tree: Tree, keys: Mapping[str, Key]) -> bool:
    match tree:
        case Joined(True, parts):
            return all(_holds(part, keys) for part in parts)
        case Joined(_, parts):
            return any(_holds(part, keys) for part in parts)
        case Not(part):
            return not _holds(part, keys)
        case Test(name, _, op, key):
            mine = keys.get(name)
            return mine is not None and _compare(op, mine, key)


def _compare(op: str, mine: Any, key: Any) -> bool:
    match op:
        case "pr":
            return cast(bool, mine != "")
        case "eq":
            return bool(mine == key)
        case "co":
            return key in mine
        case "sw":
            return bool(mine.startswith(key))
        case "ew":
            return bool(mine.endswith(key))
        case "gt":
            return bool(mine > key)
        case "ge":
            return bool(mine >= key)
        case "lt":
            return bool(mine < key)
    return bool(mine <= key)
