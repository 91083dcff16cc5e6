"""Read a document that says what an account's access is: business units, roles, who gets what. Structure only.

A section that is left out is none of the document's business. What the words in it mean (which unit, which
permission, which group) is for whoever knows the account; places such as ``roles[2].allow[0]`` say where something is
wrong. What stands under ``mapping`` is read by ``mapping_document``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, validate

from rbac.places import problems_of
from rbac.role_document import EntryField, RoleEntry

FORMAT = 1
SECTIONS = ("business_units", "roles", "default_roles", "separations", "mapping")
MOST_UNITS, MOST_ROLES, MOST_STATEMENTS, MOST_SEPARATIONS = 5_000, 1_000, 2_000, 500


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A business unit; without ``parent`` it hangs below the root. ``filters``: its data filters by record type."""

    place: str
    key: str
    name: str
    parent: str | None
    filters: Mapping[str, str]
    formerly: str | None


@dataclass(frozen=True, slots=True)
class RoleLines:
    """A role of the account's own, with all that it says. ``formerly``: what it was called in the file before."""

    place: str
    name: str
    description: str
    privileged: bool
    copied_from: str | None
    entries: tuple[RoleEntry, ...]
    formerly: str | None


@dataclass(frozen=True, slots=True)
class SeparationLines:
    """Permissions that nobody should have together in one business unit."""

    place: str
    name: str
    reason: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationDocument:
    """What could be read, and what is wrong with the rest. None: the document has no such section."""

    units: tuple[UnitEntry, ...] | None
    roles: tuple[RoleLines, ...] | None
    default_roles: tuple[str, ...] | None
    separations: tuple[SeparationLines, ...] | None
    mapping: Mapping[str, Any] | None
    problems: tuple[str, ...]


def _text(most: int = 200, **settings: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, most, error="must have 1 to {max} characters"), **settings)


def _long(most: int) -> fields.String:
    return fields.String(
        load_default="", validate=validate.Length(max=most, error="must have at most {max} characters")
    )


def _few(most: int) -> validate.Length:
    return validate.Length(max=most, error="must have at most {max} entries")


class _Unit(Schema):
    key = _text(required=True)
    name = _text(required=True)
    parent = _text(load_default=None)
    filters = fields.Dict(keys=_text(), values=_text(10_000), load_default=dict)
    formerly = _text(load_default=None)


class _Role(Schema):
    name = _text(required=True)
    description = _long(2_000)
    privileged = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    copied_from = _text(load_default=None)
    allow = fields.List(EntryField("allow"), load_default=list, validate=_few(MOST_STATEMENTS))
    deny = fields.List(EntryField("deny"), load_default=list, validate=_few(MOST_STATEMENTS))
    formerly = _text(load_default=None)


class _Separation(Schema):
    name = _text(required=True)
    reason = _long(1_000)
    permissions = fields.List(_text(), required=True, validate=_few(MOST_STATEMENTS))


class _Document(Schema):
    format = fields.Integer(
        strict=True, load_default=FORMAT, validate=validate.Equal(FORMAT, error="must be 1, the only format there is")
    )
    business_units = fields.List(fields.Raw(), validate=_few(MOST_UNITS))
    roles = fields.List(fields.Raw(), validate=_few(MOST_ROLES))
    default_roles = fields.List(_text(), validate=_few(MOST_ROLES))
    separations = fields.List(fields.Raw(), validate=_few(MOST_SEPARATIONS))
    mapping = fields.Dict(keys=fields.String())


_UNIT, _ROLE, _SEPARATION, _DOCUMENT = _Unit(), _Role(), _Separation(), _Document()
_Entry = TypeVar("_Entry", UnitEntry, RoleLines, SeparationLines)


def read_configuration(document: Mapping[str, Any]) -> ConfigurationDocument:
    """Read a document; every entry is looked at, so that all problems are told at once."""
    problems: list[str] = []
    try:
        loaded = _DOCUMENT.load(document)
    except ValidationError as error:
        problems += problems_of(error.messages)
        loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
    units = _entries(loaded, "business_units", _UNIT, _unit, lambda one: one.key.casefold(), "key", problems)
    roles = _entries(loaded, "roles", _ROLE, _role, lambda one: " ".join(one.name.split()).casefold(), "name", problems)
    separations = _entries(
        loaded, "separations", _SEPARATION, _separation, lambda one: one.name.casefold(), "name", problems
    )
    problems += _circles(units or ())
    default_roles = tuple(loaded["default_roles"]) if "default_roles" in loaded else None
    return ConfigurationDocument(units, roles, default_roles, separations, loaded.get("mapping"), tuple(problems))


def _entries(
    loaded: Mapping[str, Any],
    section: str,
    schema: Schema,
    build: Callable[[str, dict[str, Any]], _Entry],
    identity: Callable[[_Entry], str],
    named: str,
    problems: list[str],
) -> tuple[_Entry, ...] | None:
    if section not in loaded:
        return None
    entries: list[_Entry] = []
    places: dict[str, str] = {}
    for number, body in enumerate(loaded[section]):
        place = f"{section}[{number}]"
        try:
            entry = build(place, schema.load(body))
        except ValidationError as error:
            problems += problems_of(error.messages, place)
            continue
        first = places.setdefault(identity(entry), place)
        if first != place:
            problems.append(f"{place}.{named}: is that of {first} already")
        entries.append(entry)
    return tuple(entries)


def _unit(place: str, loaded: dict[str, Any]) -> UnitEntry:
    return UnitEntry(place=place, **loaded)


def _role(place: str, loaded: dict[str, Any]) -> RoleLines:
    entries = (*loaded.pop("allow"), *loaded.pop("deny"))
    return RoleLines(place=place, entries=entries, **loaded)


def _separation(place: str, loaded: dict[str, Any]) -> SeparationLines:
    permissions = tuple(loaded.pop("permissions"))
    return SeparationLines(place=place, permissions=permissions, **loaded)


def _circles(units: Iterable[UnitEntry]) -> Iterable[str]:
    """Units that hang below themselves by what the document alone says."""
    above = {unit.key: unit for unit in units}
    for unit in above.values():
        seen = {unit.key}
        at = above.get((unit.parent or "").casefold())
        while at is not None and at.key not in seen:
            seen.add(at.key)
            at = above.get((at.parent or "").casefold())
        if at is unit:
            yield f"{unit.place}.parent: {unit.key} would hang below itself"
