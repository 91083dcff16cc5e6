"""Change owner, owner group, unit and levels of many items at once: shown first, then all of it or nothing.

The preview gives a token of what it saw. Applying asks for that token, selects again under lock, and refuses if the
selection or one of its items is different by now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from app.services.errors import NotFound, Refused, Stale
from app.services.guards import Acting, acting_in
from app.services.item_facts import ItemFacts, facts_of, key_of, note_many
from app.services.item_references import OwnerGroup, Words
from app.services.item_rights import check_items, check_move
from app.services.item_values import owner_group_columns
from app.services.items import columns
from app.services.references import hold_units, unit_of
from app.session import Session
from app.stores import items as store
from app.stores.items import levels_of
from rbac.items import ItemKey, Level, Levels
from rbac.units import Unit
from scim.errors import ScimError

MOST = 100_000
"""Items in one selection."""
SAMPLE = 20
CHANGES = ("owner", "owner_group", "unit", "levels")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items: those that a filter finds, or those that are named; one of the two."""

    filter: str | None = None
    ids: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """What changes for somebody with some of the items. ``loses``: they may do less than before.

    What owners and owner groups lose is told as if they were then one of the rest; another of their groups may still
    give them more.
    """

    who: str
    before: str
    after: str
    items: int
    loses: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change does to a selection of ``count`` items, of which ``changing`` become different."""

    token: str
    count: int
    changing: int
    sample: tuple[ItemFacts, ...]
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """A change with its words resolved: the columns it writes, and the names that people know."""

    columns: Mapping[str, Any]
    levels: Mapping[str, Level]
    owner: str | None
    group: OwnerGroup | None
    unit: Unit | None

    def differs(self, row: Any) -> bool:
        return any(getattr(row, name) != value for name, value in self.columns.items() if name != "owner_name")


def preview(session: Session, account_id: str, selection: Selection, changes: Mapping[str, Any]) -> Plan:
    """What a change would do; nothing is written.

    ``changes`` has owner, owner_group, unit and levels, or some of them; None takes the owner or owner group away.
    Raises NotFound and Refused for what does not exist or fit, Forbidden where a guard forbids it for one of the items.
    """
    return _prepared(session, account_id, selection, changes, lock=False)[0]


def apply(
    session: Session, account_id: str, selection: Selection, changes: Mapping[str, Any], token: str, reason: str = ""
) -> Plan:
    """Change all items of a selection. Raises Stale if it is not what the preview with this token saw."""
    plan, rows, change = _prepared(session, account_id, selection, changes, lock=True)
    if plan.token != token:
        raise Stale("these items have changed since the preview, or others match by now; look at the preview again")
    keys = [key_of(row) for row in rows]
    if change.unit is not None:
        hold_units(session, account_id, [change.unit.id])
    store.update_alike(session, account_id, keys, change.columns)
    if change.unit is not None:
        # An item is not shared with the unit that it belongs to.
        store.unshare(session, account_id, keys, [change.unit.id])
    note_many(session, account_id, "items.changed", keys, {"changes": _told(changes)}, reason or None)
    return plan


def select_items(
    session: Session, account_id: str, acting: Acting, selection: Selection, *, lock: bool
) -> Sequence[Any]:
    """The items of a selection, by type and id. Raises NotFound for one that is named and missing, Refused."""
    if (selection.filter is None) == (not selection.ids):
        raise Refused("select items by a filter or by their ids, one of the two")
    if selection.filter is None:
        keys = {ItemKey(*one) for one in selection.ids}
        if len(keys) > MOST:
            raise Refused(f"{len(keys)} items at once are too many; select at most {MOST}")
        found = store.read_items(session, account_id, keys, lock=lock)
        for key in sorted(keys - found.keys()):
            raise NotFound(f"there is no item {key.type} {key.id}")
        return [found[key] for key in sorted(found)]
    known = columns(session, account_id, acting.policy)
    try:
        rows = store.matching_items(session, account_id, known, selection.filter, MOST + 1, lock=lock)
    except ScimError as error:
        raise Refused(str(error)) from error
    if len(rows) > MOST:
        raise Refused(f"this filter finds more than {MOST} items; change them in several turns")
    return rows


def token_of(rows: Iterable[Any], what: Any) -> str:
    """A token of some items as they are, and of what is meant to happen with them."""
    digest = sha256(orjson.dumps(what, option=orjson.OPT_SORT_KEYS))
    for row in rows:
        digest.update(f"\0{row.type}\0{row.id}\0{row.revision}".encode())
    return digest.hexdigest()


def _prepared(
    session: Session, account_id: str, selection: Selection, changes: Mapping[str, Any], *, lock: bool
) -> tuple[Plan, Sequence[Any], _Change]:
    acting, _ = acting_in(session, account_id)
    change = _resolve(session, account_id, acting, changes)
    rows = select_items(session, account_id, acting, selection, lock=lock)
    if change.levels:
        _check_levels(acting, rows)
    check_items(session, account_id, acting, rows, "change")
    if change.unit is not None and any(row.business_unit_id != change.unit.id for row in rows):
        check_move(acting, [change.unit.id])
    changing = [row for row in rows if change.differs(row)]
    token = token_of(rows, _told(changes))
    sample = facts_of(session, account_id, rows[:SAMPLE])
    plan = Plan(token, len(rows), len(changing), sample, tuple(_transitions(changing, change)))
    return plan, changing, change


def _resolve(session: Session, account_id: str, acting: Acting, changes: Mapping[str, Any]) -> _Change:
    if not changes or not set(changes) <= set(CHANGES):
        raise Refused(f"say what to change: {', '.join(CHANGES)}")
    for name in ("owner", "owner_group", "unit"):
        if not isinstance(changes.get(name), str | None):
            raise Refused(f"{name} must be text")
    owner, group = changes.get("owner"), changes.get("owner_group")
    words = Words(session, account_id, acting.policy, [owner] if owner else [], [group] if group else [])
    written: dict[str, Any] = {}
    person = words.person(owner) if owner else None
    if person is not None and not person.active:
        raise Refused(f"{person.user_name} is not active; give the items to somebody who is")
    if "owner" in changes:
        written |= {"owner_id": person.id if person else None, "owner_name": person.user_name if person else None}
    found = words.owner_group(group) if group else None
    if "owner_group" in changes:
        written |= owner_group_columns(found)
    unit = unit_of(acting.policy, changes["unit"]) if changes.get("unit") else None
    if unit is not None:
        written["business_unit_id"] = unit.id
    levels = _levels(changes.get("levels") or {})
    written |= {f"{name}_level": level.value for name, level in levels.items()}
    if not written:
        raise Refused(f"say what to change: {', '.join(CHANGES)}")
    return _Change(written, levels, person.user_name if person else None, found, unit)


def _levels(given: Any) -> dict[str, Level]:
    known = isinstance(given, Mapping) and set(given) <= set(Levels._fields)
    if not known or not all(isinstance(level, str) and level in set(Level) for level in given.values()):
        raise Refused(f"levels are {', '.join(Levels._fields)}, each one of {', '.join(Level)}")
    return {name: Level(level) for name, level in given.items()}


def _check_levels(acting: Acting, rows: Iterable[Any]) -> None:
    kinds = acting.policy.catalogue.item_kinds
    for type in sorted({row.type for row in rows}):
        if type not in kinds or not kinds[type].levels:
            raise Refused(f"items of type {type} have no levels; select others")


def _told(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: changes[name] for name in CHANGES if name in changes}


def _transitions(rows: Iterable[Any], change: _Change) -> Iterator[Transition]:
    """What changes for whom, the losses first."""
    counted: Counter[tuple[str, Level, Level]] = Counter()
    for alike, items in Counter(map(_Standing.of, rows)).items():
        for one in alike.turns(change):
            counted[one] += items
    found = [
        Transition(who, before.value, after.value, items, not after.reaches(before))
        for (who, before, after), items in counted.items()
    ]
    yield from sorted(found, key=lambda one: (not one.loses, one.who, one.before, one.after))


class _Standing(NamedTuple):
    """What of an item matters to who may use it. Many items of a selection have it in common."""

    owner_id: str | None
    owner: str | None
    group: tuple[str | None, str | None]
    group_name: str | None
    unit_id: str
    unit: str
    levels: Levels

    @classmethod
    def of(cls, row: Any) -> _Standing:
        return cls(
            row.owner_id,
            row.user_name or row.owner_name,
            (row.owner_group_id, row.owner_role_id),
            row.group_name or row.role_name,
            row.business_unit_id,
            row.unit,
            levels_of(row),
        )

    def turns(self, change: _Change) -> Iterator[tuple[str, Level, Level]]:
        """(who, before, after) of everybody for whom something changes."""
        before, after, written = self.levels, self.levels._replace(**change.levels), change.columns
        if written.get("owner_id", self.owner_id) != self.owner_id:
            yield from _turn("owner", self.owner, before.owner, after.rest)
            yield from _turn("owner", change.owner, before.rest, after.owner)
        else:
            yield from _turn("owner", self.owner, before.owner, after.owner)
        group = written.get("owner_group_id", self.group[0]), written.get("owner_role_id", self.group[1])
        if group != self.group:
            yield from _turn("group", self.group_name, before.group, after.rest)
            yield from _turn("group", change.group.name if change.group else None, before.rest, after.group)
        else:
            yield from _turn("group", self.group_name, before.group, after.group)
        yield from _turn("the rest", "", before.rest, after.rest)
        if change.unit is not None and change.unit.id != self.unit_id:
            yield from _turn("unit", self.unit, _best(before), Level.FORBIDDEN)
            yield from _turn("unit", change.unit.key, Level.FORBIDDEN, _best(after))


def _turn(kind: str, name: str | None, before: Level, after: Level) -> Iterator[tuple[str, Level, Level]]:
    if before is not after and name is not None:
        yield f"{kind} {name}".strip(), before, after


def _best(levels: Levels) -> Level:
    return next(level for level in reversed(Level) if level in levels)
