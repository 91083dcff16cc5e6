"""Readers: what a client sent for an attribute becomes its canonical value (RFC 7643 §2.3, §2.5).

A reader is made once from an attribute's declaration. It returns None for "unassigned": null, an
empty text, an empty list and a missing attribute are the same state. It raises InvalidValue,
naming the attribute, for a value of the wrong type or syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from scim.attributes import Attribute, Returned, Type
from scim.dialects import packed_object, unpack_text
from scim.errors import InvalidSyntax, InvalidValue
from scim.keys import comparison_key, fold, moment_key

Reader = Callable[[Any], Any]

MAX_VALUES = 1_000
MAX_TEXT = 2_000
"""Bytes of a text in its compared form: what a database index can hold."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}", re.ASCII)
_NOT_IN_URI = re.compile(r'[\x00-\x20\x7f<>"{}|\\^`]')
_NAMES: dict[type, str] = {
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    str: "text",
    type(None): "null",
}


class Slot(NamedTuple):
    """Where a value goes: the declared attribute name, and how its value is read."""

    name: str
    read: Reader


def refuse_type(at: str, wanted: str, value: Any) -> InvalidValue:
    """The refusal of a value of the wrong JSON type."""
    return InvalidValue(f"{at}: must be {wanted}, not {_NAMES.get(type(value), 'something else')}")


def reader(attribute: Attribute, at: str) -> Reader:
    """How the attribute's value is read; ``at`` is its path, for refusals."""
    one = element_reader(attribute, at)
    return _many(attribute, at, one) if attribute.multi_valued else one


def element_reader(attribute: Attribute, at: str) -> Reader:
    """How one single value of the attribute is read; what is never returned is checked and not kept."""
    read = _element_reader(attribute, at)
    return _dropping(read) if attribute.returned is Returned.NEVER else read


def _element_reader(attribute: Attribute, at: str) -> Reader:
    match attribute.type:
        case Type.COMPLEX:
            return _complex(attribute, at)
        case Type.BOOLEAN:
            return _boolean(at)
        case Type.INTEGER | Type.DECIMAL:
            return _number(attribute, at)
        case Type.DATETIME:
            return _checked(at, _is_datetime, "a dateTime such as 2024-05-01T12:00:00Z")
        case Type.BINARY:
            return _checked(at, _is_base64, "base64 text")
        case Type.REFERENCE:
            return _checked(at, _is_uri, "a URI")
    return _text(at)


def slots(attributes: Iterable[Attribute], prefix: str) -> dict[str, Slot]:
    """The attributes a client may set, under their declared and their lower-case names."""
    found: dict[str, Slot] = {}
    for attribute in attributes:
        if attribute.read_only or attribute.relation:
            continue
        slot = Slot(attribute.name, reader(attribute, prefix + attribute.name))
        found[attribute.key] = found[attribute.name] = slot
    return found


def read_into(target: dict[str, Any], known: Mapping[str, Slot], given: Mapping[str, Any], at: str) -> None:
    """Read what is given of the known attributes into ``target``; names have no case, unknown ones are ignored."""
    for name, raw in given.items():
        if raw is None:
            continue
        slot = known.get(name) or known.get(name.lower())
        if slot is None:
            continue
        declared, read = slot
        value = read(raw)
        if value is None:
            continue
        if declared in target:
            raise InvalidSyntax(f"{at}{declared}: given twice under names that differ in case only")
        target[declared] = value


def check_required(attributes: Iterable[Attribute], values: Mapping[str, Any], prefix: str) -> None:
    """Raise InvalidValue for a required attribute that is missing or blank."""
    for attribute in attributes:
        value = values.get(attribute.name)
        if value is None or (isinstance(value, str) and not value.strip()):
            raise InvalidValue(f"{prefix}{attribute.name}: is required; send a value that is not blank")


def _text(at: str) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not str:
            raise refuse_type(at, "text", value)
        if value.isascii() and len(value) <= MAX_TEXT and "\0" not in value:
            return value or None
        _check_text(at, value)
        # Folding can make a text longer.
        if len(fold(value).encode()) > MAX_TEXT:
            raise InvalidValue(f"{at}: is longer than {MAX_TEXT} bytes")
        return value

    return read


def _dropping(read: Reader) -> Reader:
    """Reads a value, and keeps nothing of it."""

    def drop(value: Any) -> None:
        read(value)

    return drop


def _check_text(at: str, value: str) -> None:
    if "\0" in value:
        raise InvalidValue(f"{at}: contains a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{at}: contains half a surrogate pair") from error


def _boolean(at: str) -> Reader:
    def read(value: Any) -> Any:
        if value is True or value is False:
            return value
        if type(value) is str:
            # Entra sends booleans as "True"; RFC 7643 §2.3.2 wants JSON booleans.
            lowered = value.lower()
            if lowered in ("true", "false"):
                return lowered == "true"
        raise InvalidValue(f"{at}: must be true or false")

    return read


def _number(attribute: Attribute, at: str) -> Reader:
    integer = attribute.type is Type.INTEGER

    def read(value: Any) -> Any:
        if type(value) is int and -(2**63) <= value < 2**63:
            return value
        if type(value) is float and not integer:
            return value
        raise refuse_type(at, "a whole number of 64 bits" if integer else "a number", value)

    return read


def _checked(at: str, is_valid: Callable[[str], bool], wanted: str) -> Reader:
    def read(value: Any) -> Any:
        if type(value) is not str:
            raise refuse_type(at, wanted, value)
        if not value:
            return None
        _check_text(at, value)
        if not is_valid(value):
            raise InvalidValue(f"{at}: must be {wanted}")
        return value

    return read


def _is_datetime(value: str) -> bool:
    try:
        return datetime.fromisoformat(moment_key(value)) is not None
    except ValueError:
        return False


def _is_base64(value: str) -> bool:
    """RFC 7643 §2.3.6: the standard alphabet; padding may be left out. Line breaks are tolerated."""
    text = value.replace("\r", "").replace("\n", "")
    if _BASE64.fullmatch(text) is None:
        return False
    return len(text) % 4 == 0 if text.endswith("=") else len(text) % 4 != 1


def _is_uri(value: str) -> bool:
    """A URI or relative reference; directories do send relative ones, also as profileUrl."""
    try:
        urlsplit(value)
    except ValueError:
        return False
    return _NOT_IN_URI.search(value) is None


def _complex(attribute: Attribute, at: str) -> Reader:
    known = slots(attribute.sub, f"{at}.")
    required = tuple(sub for sub in attribute.sub if sub.required and sub.stored)
    has_value = "value" in known
    unpack = packed_object if attribute.multi_valued else unpack_text

    def read(value: Any) -> Any:
        if type(value) is not dict:
            # Several providers send a manager as its bare value, and Entra packs a role into a text.
            unpacked = unpack(value) if has_value and type(value) is str else None
            if unpacked is None:
                raise refuse_type(at, "an object", value)
            value = unpacked
        result: dict[str, Any] = {}
        read_into(result, known, value, f"{at}.")
        if result and required:
            check_required(required, result, f"{at}.")
        return result or None

    return read


def _many(attribute: Attribute, at: str, one: Reader) -> Reader:
    labels = {"type", "primary"}
    has_value = attribute.find_sub("value") is not None

    def read(value: Any) -> Any:
        if type(value) is not list:
            raise refuse_type(at, "a list", value)
        if len(value) > MAX_VALUES:
            raise InvalidValue(f"{at}: has more than {MAX_VALUES} values")
        result: list[Any] = []
        for raw in value:
            element = None if raw is None else one(raw)
            # A value sent as empty leaves a label of nothing behind.
            if element is None:
                continue
            if has_value and "value" not in element and element.keys() <= labels and _names_value(raw):
                continue
            result.append(element)
        if len(result) > 1:
            result = without_repeats(attribute, result)
            if sum(1 for element in result if _is_primary(element)) > 1:
                raise InvalidValue(f"{at}: more than one value is primary; mark one at most")
        return result or None

    return read


def _names_value(raw: Any) -> bool:
    return type(raw) is dict and any(name.lower() == "value" for name in raw)


def _is_primary(element: Any) -> bool:
    return type(element) is dict and element.get("primary") is True


def identity(attribute: Attribute, element: Any) -> Any:
    """What makes two values of a multi-valued attribute the same one (RFC 7643 §2.4: its type and value)."""
    if not isinstance(element, dict):
        return comparison_key(attribute, element)
    if "value" not in element:
        return tuple(sorted((name, repr(part)) for name, part in element.items()))
    value = attribute.find_sub("value")
    same = comparison_key(value, element["value"]) if value else element["value"]
    return fold(str(element.get("type", ""))), same


def is_same(attribute: Attribute, one: Any, other: Any) -> bool:
    """Are two canonical values equal as the schema compares them, and several of them whatever their order?"""
    return one == other or bool(_compared(attribute, one) == _compared(attribute, other))


def _compared(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(_compared(attribute, element) for element in value)
    if isinstance(value, dict):
        subs = {sub.name: sub for sub in attribute.sub}
        return frozenset((name, comparison_key(subs[name], part)) for name, part in value.items())
    return None if value is None else comparison_key(attribute, value)


def without_repeats(attribute: Attribute, elements: list[Any]) -> list[Any]:
    """The values, each kept once; a repeat completes the first of its kind."""
    if len(elements) < 2:
        return elements
    seen: dict[Any, Any] = {}
    for element in elements:
        first = seen.setdefault(identity(attribute, element), element)
        if first is not element and isinstance(element, dict):
            first.update({name: part for name, part in element.items() if name not in first})
    return list(seen.values())
