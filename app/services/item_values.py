"""What a platform says of an item becomes the values of its row, checked against the catalogue.

Everything that is wrong with an item is found at once. Attributes are typed strictly and never converted; a dateTime
is kept in UTC. What is not said of a new item comes from the defaults of its owner, and else from those of its type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.services.errors import ServiceError
from app.services.item_references import OwnerGroup, Words
from app.services.references import unit_of
from app.stores.item_defaults import Default
from app.stores.items import columns_of, levels_of
from muster.terms import Kind
from muster.terms import key_of as comparison_key
from rbac.catalogue import AttributeType, Catalogue, ItemType
from rbac.conditions import has_type
from rbac.items import ItemKey, Level, Levels

MOST_TEXT = 500
MOST_ATTRIBUTES = 16_000
"""Bytes of an item's attributes as JSON: they are for conditions and filters, not for content."""
TEXTS = ("name", "owner", "owner_group", "unit")
FIELDS = ("type", "id", *TEXTS, "levels", "attributes")


@dataclass(frozen=True, slots=True)
class Draft:
    """An item as it was given. ``key`` is None where it has none; ``problems`` are what its shape shows."""

    key: ItemKey | None
    given: Mapping[str, Any]
    problems: list[str] = field(default_factory=list)

    def word(self, name: str) -> str | None:
        """A reference that is fit to be looked up."""
        value = self.given.get(name)
        return value if isinstance(value, str) else None


def draft(given: Any) -> Draft:
    """What was given, and what is wrong with its shape."""
    if not isinstance(given, Mapping):
        return Draft(None, {}, ["an item is an object with type and id"])
    problems = [
        f"{name}: an item has no such field; there are: {', '.join(FIELDS)}" for name in given if name not in FIELDS
    ]
    type, id = given.get("type"), given.get("id")
    if not _is_text(type):
        problems.append("type: must be the name of an item type")
    if not _is_text(id):
        problems.append(f"id: must be the item's id, of 1 to {MOST_TEXT} characters")
    for name in TEXTS:
        if given.get(name) is not None and not _is_text(given[name]):
            problems.append(f"{name}: must be text of 1 to {MOST_TEXT} characters")
    levels = given.get("levels", {})
    if not isinstance(levels, Mapping) or not set(levels) <= set(Levels._fields):
        problems.append(f"levels: must be an object of {', '.join(Levels._fields)}")
    elif not all(isinstance(level, str) and level in set(Level) for level in levels.values()):
        problems.append(f"levels: each must be one of {', '.join(Level)}")
    if not isinstance(given.get("attributes", {}), Mapping):
        problems.append("attributes: must be an object")
    key = ItemKey(str(type), str(id)) if _is_text(type) and _is_text(id) else None
    return Draft(key, given, problems)


def usual_levels(catalogue: Catalogue) -> Levels:
    """The levels of new items for whose owner nothing is set.

    Where the catalogue makes common items a permission (``items.common``), that permission is the gate, and whoever
    has it sees and manages what others made; else an item begins as its owner's, readable for the owner group.
    """
    if catalogue.items.common is not None:
        return Levels(Level.MODIFY, Level.MODIFY, Level.MODIFY)
    return Levels(Level.MODIFY, Level.READ, Level.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside what was given: what words mean, what owners' items begin with, where owners are at home."""

    words: Words
    defaults: Mapping[tuple[str, str], Default]
    homes: Mapping[str, str | None]


def values_of(one: Draft, row: Any | None, known: Known) -> tuple[dict[str, Any], list[str]]:
    """The values of an item's row, and what is wrong with what was given.

    ``row`` is what is stored; what is not given stays, or for a new item (None) is by default.
    """
    if one.key is None:
        return {}, one.problems
    try:
        kind = known.words.kept_type(one.key.type)
    except ServiceError as error:
        return {}, [*one.problems, f"type: {error}"]
    reading = _Reading(one, kind, row, known)
    return reading.values(), reading.problems


class _Reading:
    def __init__(self, one: Draft, kind: ItemType, row: Any | None, known: Known) -> None:
        self._one, self._kind, self._row, self._known = one, kind, row, known
        self.problems = list(one.problems)

    def values(self) -> dict[str, Any]:
        given, new = self._one.given, self._row is None
        values: dict[str, Any] = {"name": given.get("name")} if new or "name" in given else {}
        if new or "owner" in given:
            person = self._found("owner", self._known.words.person)
            values |= {"owner_id": person.id if person else None, "owner_name": person.user_name if person else None}
        default = self._default(values.get("owner_id"))
        if "owner_group" in given:
            values |= owner_group_columns(self._found("owner_group", self._known.words.owner_group))
        elif new:
            values |= {"owner_group_id": default.owner_group_id, "owner_role_id": default.owner_role_id}
        policy = self._known.words.policy
        if given.get("unit") is not None:
            unit = self._found("unit", lambda word: unit_of(policy, word))
            values["business_unit_id"] = unit.id if unit else None
        elif new:
            home = self._known.homes.get(values["owner_id"]) if values["owner_id"] else None
            values["business_unit_id"] = home or policy.units.root.id
        if not self._one.problems:
            values |= self._levels(levels_of(self._row) if self._row is not None else default.levels)
            values |= self._attributes()
        return values

    def _found(self, name: str, find: Callable[[str], Any]) -> Any:
        word = self._one.word(name)
        if word is None:
            return None
        try:
            return find(word)
        except ServiceError as error:
            self.problems.append(f"{name}: {error}")
            return None

    def _default(self, owner_id: str | None) -> Default:
        usual = Default(None, None, usual_levels(self._known.words.policy.catalogue))
        return self._known.defaults.get((owner_id or "", self._kind.name), usual)

    def _levels(self, before: Levels) -> dict[str, str]:
        given = self._one.given.get("levels", {})
        if given and not self._kind.levels:
            self.problems.append(f"levels: items of type {self._kind.name} have no levels")
        return columns_of(with_levels(before, given))

    def _attributes(self) -> dict[str, Any]:
        if self._row is not None and "attributes" not in self._one.given:
            return {}
        return {"attributes": _attributes(self._kind, self._one.given.get("attributes", {}), self.problems)}


def with_levels(before: Levels, given: Mapping[str, str]) -> Levels:
    """Levels with some of them changed."""
    return before._replace(**{name: Level(level) for name, level in given.items()})


def owner_group_columns(group: OwnerGroup | None) -> dict[str, str | None]:
    """The columns that an owner group is kept in."""
    return {
        "owner_group_id": group.group_id if group else None,
        "owner_role_id": group.role_id if group else None,
    }


def _attributes(kind: ItemType, given: Mapping[str, Any], problems: list[str]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in given.items():
        type = kind.attributes.get(name)
        if type is None:
            names = ", ".join(sorted(kind.attributes)) or "none"
            problems.append(f"attributes.{name}: {kind.name} has no such attribute; there are: {names}")
        elif value is not None:
            key = _checked(type, value)
            if key is None:
                problems.append(f"attributes.{name}: must be a {type.value} value")
            kept[name] = key if type is AttributeType.DATE_TIME else value
    if not problems and len(orjson.dumps(kept)) > MOST_ATTRIBUTES:
        problems.append(f"attributes: more than {MOST_ATTRIBUTES} bytes")
    return kept


def _checked(type: AttributeType, value: Any) -> Any:
    """How a value compares; None for one that is of another type."""
    try:
        if isinstance(value, str):
            value.encode()  # what is no Unicode is refused here rather than by a database
        return comparison_key(Kind(type.value), value) if has_type(value, type) else None
    except ValueError:
        return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_TEXT and "\0" not in value and value.isprintable()
