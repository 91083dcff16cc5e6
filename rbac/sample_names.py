"""What a sample names must be there: in its profile, or in the sample itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rbac.catalogue import EVERYTHING, Catalogue, plain
from rbac.role_document import role_problems
from rbac.samples import ROOT, Sample, SampleDefault, SampleItem


def sample_problems(sample: Sample, catalogue: Catalogue, roles: Collection[str]) -> list[str]:
    """What the sample names that is nowhere; ``roles`` are those of the profile."""
    return [
        *role_problems("sample.roles", catalogue, sample.roles, {name.casefold() for name in roles}),
        *_Names(sample, catalogue, roles).problems(sample),
    ]


class _Names:
    """What there is to name, and everything in a sample that names something else."""

    def __init__(self, sample: Sample, catalogue: Catalogue, roles: Collection[str]) -> None:
        self._catalogue = catalogue
        self._known: Mapping[str, Collection[str]] = {
            "business unit": {ROOT, *(unit.key for unit in sample.units)},
            "role": {*roles, *(role.name for role in sample.roles)},
            "user": {user.user_name for user in sample.users},
            "group": {group.name for group in sample.groups},
            "item type": catalogue.item_kinds,
        }

    def problems(self, sample: Sample) -> Iterator[str]:
        """Every name that is nowhere."""
        above = {ROOT}
        for number, unit in enumerate(sample.units):
            if unit.parent not in above:
                yield f'sample.units[{number}].parent: there is no business unit "{unit.parent}" above it in the list'
            above.add(unit.key)
            yield from self._filters(f"sample.units[{number}]", unit.filters)
        for number, user in enumerate(sample.users):
            place = f"sample.users[{number}]"
            yield from self._missing(f"{place}.home", "business unit", user.home)
            for other in user.works_in:
                yield from self._missing(f"{place}.works_in", "business unit", other.unit)
        for number, group in enumerate(sample.groups):
            for member in group.members:
                yield from self._missing(f"sample.groups[{number}].members", "user", member)
        for number, given in enumerate(sample.assignments):
            place = f"sample.assignments[{number}]"
            yield from self._missing(f"{place}.role", "role", given.role)
            yield from self._missing(f"{place}.user", "user", given.user)
            yield from self._missing(f"{place}.group", "group", given.group)
            yield from self._missing(f"{place}.unit", "business unit", given.unit)
            yield from self._missing(f"{place}.at", "business unit", given.at)
            yield from self._filters(place, given.filters)
        for number, one in enumerate(sample.permissions):
            place, node = f"sample.permissions[{number}]", plain(one.permission)
            yield from self._missing(f"{place}.user", "user", one.user)
            yield from self._missing(f"{place}.at", "business unit", one.at)
            if node != EVERYTHING and not self._catalogue.covered_by(node):
                yield f'{place}.permission: there is nothing at "{one.permission}" in the catalogue'
        for number, default in enumerate(sample.defaults):
            place = f"sample.defaults[{number}]"
            yield from self._missing(f"{place}.user", "user", default.user)
            yield from self._owned(place, default)
        for number, item in enumerate(sample.items):
            place = f"sample.items[{number}]"
            yield from self._missing(f"{place}.owner", "user", item.owner)
            yield from self._owned(place, item)
            for key in (item.unit, *item.shares):
                yield from self._missing(f"{place}.unit", "business unit", key)

        for number, use in enumerate(sample.uses):
            place = f"sample.uses[{number}]"
            yield from self._missing(f"{place}.user", "user", use.user)
            yield from self._missing(f"{place}.role", "role", use.role)
            if use.days > sample.days:
                yield f"{place}.days: before the people of the sample came, which was {sample.days} days ago"

    def _missing(self, place: str, kind: str, name: str | None) -> Iterator[str]:
        if name is not None and name not in self._known[kind]:
            yield f'{place}: there is no {kind} "{name}"'

    def _owned(self, place: str, one: SampleDefault | SampleItem) -> Iterator[str]:
        yield from self._missing(f"{place}.type", "item type", one.type)
        yield from self._missing(f"{place}.group", "group", one.group)
        yield from self._missing(f"{place}.role", "role", one.role)

    def _filters(self, place: str, filters: Mapping[str, str]) -> Iterator[str]:
        for kind in filters:
            yield from self._missing(f"{place}.filters", "item type", kind)
