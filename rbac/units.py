"""The tree of business units of an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit. ``key`` is its short name in mappings and decisions; ``parent`` an id, None for the root."""

    id: str
    key: str
    name: str
    parent: str | None = None


class UnitTree:
    """The units of an account, asked by id or by key."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {unit.id: unit for unit in units}
        self._by_key = {unit.key: unit for unit in self.units.values()}
        self._paths: dict[str, tuple[str, ...]] = {}

    @cached_property
    def root(self) -> Unit:
        """The unit above all others. Raises LookupError for an account without one."""
        for unit in self.units.values():
            if unit.parent is None:
                return unit
        raise LookupError("this account has no root business unit")

    def find(self, reference: str) -> Unit | None:
        """A unit by its key or its id."""
        return self._by_key.get(reference) or self.units.get(reference)

    def path(self, id: str) -> tuple[str, ...]:
        """The ids from a unit up to the root, the unit itself first; empty for an unknown one."""
        found = self._paths.get(id)
        if found is None:
            found = self._paths[id] = tuple(self._climb(id))
        return found

    def covers(self, above: str, below: str) -> bool:
        """Whether a unit is the other one or above it."""
        return above in self.path(below)

    def _climb(self, id: str) -> Iterator[str]:
        seen: set[str] = set()
        unit = self.units.get(id)
        while unit is not None and unit.id not in seen:
            seen.add(unit.id)
            yield unit.id
            unit = self.units.get(unit.parent) if unit.parent else None
