"""Business units with their data filters, as a configuration has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.services import data_filters, unit_moves, units
from app.services.configuration_work import Work
from app.services.errors import Refused
from rbac.configuration_document import UnitEntry
from rbac.units import Unit, UnitTree
from scim.keys import fold


def carry_out(work: Work) -> None:
    """Make, rename, move and filter units, each after the one above it."""
    for entry in _downward(work.document.units or ()):
        if ("unit", fold(entry.parent or "")) in work.failed:
            work.failed.add(("unit", fold(entry.key)))
            continue
        with work.at(entry.place, ("unit", entry.key)):
            _unit(work, entry)


def delete(work: Work) -> None:
    """Remove the units that belonged to the file, which names them no more; the lowest first."""
    tree = work.policy.units
    for id in sorted(work.gone("unit"), key=lambda id: (-len(tree.path(id)), tree.units[id].key)):
        unit = tree.units[id]
        if work.document.units is None or unit.parent is None:
            work.did("unit", unit.key, "release")
            continue
        with work.at("business_units"):
            _filters(work, unit, {})
            units.delete_unit(*work.here, id)
            work.did("unit", unit.key, "delete")


def _downward(entries: Iterable[UnitEntry]) -> list[UnitEntry]:
    """Each unit after the one above it, as far as the document knows that."""
    by_key = {entry.key: entry for entry in entries}

    def depth(entry: UnitEntry) -> int:
        above, steps = by_key.get(fold(entry.parent or "")), 1
        while above is not None:
            above, steps = by_key.get(fold(above.parent or "")), steps + 1
        return steps

    return sorted(by_key.values(), key=depth)


def _unit(work: Work, entry: UnitEntry) -> None:
    tree = work.policy.units
    unit = _found(tree, entry.key)
    was_there = unit is not None
    formerly = _found(tree, entry.formerly) if unit is None and entry.formerly else None
    if formerly is not None:
        units.edit_unit(*work.here, formerly.id, key=entry.key)
        work.did("unit", entry.key, "rename", f"was {formerly.key}")
    elif unit is None:
        units.create_unit(*work.here, entry.key, entry.name, entry.parent)
        work.did("unit", entry.key, "create", f"{entry.name}, below {entry.parent or tree.root.key}")
    unit = _found(work.policy.units, entry.key)
    if unit is None:
        raise RuntimeError("a unit that was just made is not there")
    work.keep("unit", unit.id, unit.key, is_new=not was_there and formerly is None)
    _place(work, unit, entry)
    name = entry.name.strip()
    if name != unit.name:
        units.edit_unit(*work.here, unit.id, name=name)
        work.did("unit", unit.key, "change", f"name: {unit.name} → {name}")
    _filters(work, unit, entry.filters)


def _place(work: Work, unit: Unit, entry: UnitEntry) -> None:
    tree = work.policy.units
    if unit.parent is None:
        if entry.parent is not None:
            raise Refused("the root is below no other unit; leave parent out")
        return
    parent = entry.parent or tree.root.key
    above = tree.find(fold(parent))
    if above is not None and above.id == unit.parent:
        return
    plan = unit_moves.plan_move(*work.here, unit.id, parent)
    work.moves.append(plan)
    unit_moves.move_unit(*work.here, unit.id, parent)
    work.did("unit", unit.key, "move", f"below {plan.old_parent} → below {plan.new_parent}")


def _filters(work: Work, unit: Unit, wanted: Mapping[str, str]) -> None:
    present = {kind: one.text for kind, one in work.policy.unit_filters.get(unit.id, {}).items()}
    for kind in sorted(present.keys() | wanted.keys()):
        name, was, text = f"{unit.key}: {kind}", present.get(kind), wanted.get(kind)
        if text == was:
            continue
        if text is None:
            data_filters.clear_filter(*work.here, kind, unit=unit.id)
            work.did("filter", name, "delete", f"{was} → all records")
        else:
            data_filters.set_filter(*work.here, kind, text, unit=unit.id)
            work.did("filter", name, "create" if was is None else "change", f"{was or 'all records'} → {text}")


def _found(tree: UnitTree, key: str) -> Unit | None:
    unit = tree.find(key)
    return unit if unit is not None and unit.key == key else None
