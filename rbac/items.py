"""Items: who may do what with one object of the platform, beside what their roles say.

Access to an item is the decision of the roles *and* what the item itself says. The first class that fits counts:
its owner, else a member of its owner group, else the rest. An item belongs to a business unit and is open to those
who work there, and in the units with which its owner shares it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from rbac.catalogue import ItemKeys, ItemType, Operation, OwnerGone
from rbac.conditions import Values


class Level(StrEnum):
    """What somebody may do with an item; each includes what comes before."""

    FORBIDDEN = "forbidden"
    READ = "read"
    MODIFY = "modify"

    # Equal to its text, so hashed like it; the inherited way costs a call of Python for each.
    __hash__ = str.__hash__

    def reaches(self, needed: Level) -> bool:
        """Whether this much is enough."""
        return _RANK[self] >= _RANK[needed]


_RANK = {level: rank for rank, level in enumerate(Level)}


class Relation(StrEnum):
    """Who somebody is to an item."""

    OWNER = "owner"
    GROUP = "group"
    REST = "rest"


class Barrier(StrEnum):
    """What keeps somebody from an item."""

    UNIT = "unit"
    SHARE = "share"
    LEVEL = "level"
    OWNER_GONE = "owner_gone"


class ItemKey(NamedTuple):
    """Which item: ids are the platform's own, unique within a type."""

    type: str
    id: str


class Levels(NamedTuple):
    """What each class of people may do with an item."""

    owner: Level
    group: Level
    rest: Level


CLOSED = Levels(Level.FORBIDDEN, Level.FORBIDDEN, Level.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Item:
    """An item as a decision sees it. ``owner``, ``owner_group``, ``owner_role`` and ``unit`` are ids, None if unset.

    ``owner_gone``: somebody owned it who was deactivated or deleted. ``shares`` are other units in which it may be
    used, by id. A unit that does not exist is one where nobody works.
    """

    type: str
    id: str
    unit: str | None = None
    owner: str | None = None
    owner_group: str | None = None
    owner_role: str | None = None
    owner_gone: bool = False
    levels: Levels = CLOSED
    shares: Mapping[str, Level] = field(default_factory=dict)
    attributes: Values = field(default_factory=dict)


class Person(NamedTuple):
    """Who wants to use an item: where they work, the owning groups they are in, the roles they have there.

    ``holds`` says whether they have a permission.
    """

    id: str
    unit: str
    groups: Collection[str]
    roles: Collection[str | None]
    holds: Callable[[str], bool]


class Access(NamedTuple):
    """What an item said: who somebody is to it, what that allows, and what keeps them off it (None: nothing).

    ``level`` is None where levels play no part; ``passed_by`` is the permission that passes every level.
    """

    relation: Relation
    needed: Level
    level: Level | None = None
    barrier: Barrier | None = None
    passed_by: str | None = None


def access_to(item: Item, kind: ItemType, keys: ItemKeys, operation: Operation, person: Person) -> Access:
    """What an item says to somebody whose roles allow what they want to do."""
    needed = Level.READ if operation is Operation.READS else Level.MODIFY
    relation = relation_to(item, person)
    # Whoever owns an item may use it wherever they work, even after taking it away from their own unit.
    share = Level.MODIFY if relation is Relation.OWNER else _opened(item, person.unit)
    if share is None:
        return Access(relation, needed, barrier=Barrier.UNIT)
    if not share.reaches(needed):
        return Access(relation, needed, share, Barrier.SHARE)
    if kind.levels:
        passed_by = keys.manage_all if keys.manage_all and person.holds(keys.manage_all) else None
        level = _level(item, relation, keys, person)
        if not passed_by and not level.reaches(needed):
            return Access(relation, needed, level, Barrier.LEVEL)
    else:
        passed_by = level = None
    if item.owner_gone and not _may_outlive(kind.owner_gone, operation):
        return Access(relation, needed, level, Barrier.OWNER_GONE, passed_by)
    return Access(relation, needed, level, None, passed_by)


def relation_to(item: Item, person: Person) -> Relation:
    """The first class that fits."""
    if item.owner is not None and item.owner == person.id:
        return Relation.OWNER
    if item.owner_group is not None and item.owner_group in person.groups:
        return Relation.GROUP
    if item.owner_role is not None and item.owner_role in person.roles:
        return Relation.GROUP
    return Relation.REST


def _opened(item: Item, unit: str) -> Level | None:
    """How far an item is open in a unit, apart from its levels; None if not at all."""
    return Level.MODIFY if item.unit is None or item.unit == unit else item.shares.get(unit)


def _level(item: Item, relation: Relation, keys: ItemKeys, person: Person) -> Level:
    if relation is Relation.OWNER:
        return item.levels.owner
    if relation is Relation.GROUP:
        return item.levels.group
    return item.levels.rest if keys.common is None or person.holds(keys.common) else Level.FORBIDDEN


def _may_outlive(policy: OwnerGone, operation: Operation) -> bool:
    """Whether others may do this to an item whose owner is gone. Reading is never in question."""
    if operation is Operation.READS or policy is OwnerGone.ALL:
        return True
    return policy is OwnerGone.MODIFY and operation is not Operation.DELETES


def level_of(value: Any) -> Level:
    """A level as a caller sends it for an item that Muster does not keep; what is not said is forbidden."""
    return Level(value) if isinstance(value, str) and value in set(Level) else Level.FORBIDDEN
