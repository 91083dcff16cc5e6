"""What is questionable about what somebody has together: roles that contradict each other, duties that belong apart.

Asked of combinations of roles, of which there are far fewer than people; what a pair of roles says is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rbac.mapping_turns import Given
from rbac.model import Effect, Policy, Reach, Scope, Statement
from rbac.reaches import meeting
from rbac.roles import allowed, said


class Clash(NamedTuple):
    """A role that gives permissions, and another one that denies them in the same unit; both by id."""

    allows: str
    denies: str


@dataclass(frozen=True, slots=True)
class Separated:
    """Permissions that nobody should have together in one business unit."""

    id: str
    name: str
    permissions: frozenset[str]


@dataclass(slots=True)
class Lint:
    """What is asked about the combinations of roles of one account."""

    policy: Policy
    separations: Sequence[Separated] = ()
    _denying: frozenset[str] = field(init=False)
    """The roles that deny anything."""
    _children: Mapping[str | None, Sequence[str]] = field(init=False)
    _says: dict[str, tuple[frozenset[str], frozenset[str]]] = field(default_factory=dict, init=False)
    _held: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, init=False)
    _apart: dict[frozenset[Given], frozenset[str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        roles = self.policy.roles.values()
        self._denying = frozenset(
            role.id for role in roles if any(one.effect is Effect.DENY for one in role.statements)
        )
        below: defaultdict[str | None, list[str]] = defaultdict(list)
        for unit in self.policy.units.units.values():
            below[unit.parent].append(unit.id)
        self._children = below

    def clashes(self, holds: Iterable[Given]) -> frozenset[Clash]:
        """The pairs of roles of which one takes away what the other gives."""
        if not self._denying:
            return frozenset()
        roles = [one for one in holds if one[0] is not None]
        denying = [one for one in roles if one[0] in self._denying]
        return frozenset(
            Clash(str(allow[0]), str(deny[0]))
            for deny in denying
            for allow in roles
            if allow[0] != deny[0] and self._meet(allow, deny) and self.clashing(Clash(str(allow[0]), str(deny[0])))
        )

    def clashing(self, clash: Clash) -> tuple[str, ...]:
        """The permissions that are given and denied, in the catalogue's order."""
        both = self._statements(clash.allows)[0] & self._statements(clash.denies)[1]
        return tuple(key for key in self.policy.catalogue.permissions if key in both)

    def apart(self, holds: frozenset[Given]) -> frozenset[str]:
        """The separations (ids) of which somebody has all permissions in one unit."""
        if not self.separations:
            return frozenset()
        known = self._apart.get(holds)
        if known is None:
            known = self._apart[holds] = frozenset(self._found_apart(holds))
        return known

    def doing(self, separation: Separated, holds: Iterable[Given]) -> frozenset[Given]:
        """What gives somebody any of the permissions."""
        return frozenset(one for one in holds if one[0] is not None and self._gives(one[0]) & separation.permissions)

    def _found_apart(self, holds: frozenset[Given]) -> Iterable[str]:
        roles = [one for one in holds if one[0] is not None]
        given = frozenset().union(*(self._gives(one[0]) for one in roles))
        possible = [one for one in self.separations if one.permissions <= given]
        if possible:
            held = {self._held_in(unit, roles) for unit in self._places(roles)}
            yield from (one.id for one in possible if any(one.permissions <= allowed for allowed in held))

    def _places(self, roles: Iterable[Given]) -> Iterable[str]:
        """Units of which one stands for each unit there is: in both the same roles reach.

        A role may deny in one unit alone, so what somebody has below it can be more than what they have there. Below
        a unit that is named, all units that are not, nor have one above them that is, are alike.
        """
        named = {one[1] for one in roles}
        yield from named
        for unit in named:
            child = next((child for child in self._children[unit] if child not in named), None)
            if child is not None:
                yield child

    def _held_in(self, unit: str, holds: Iterable[Given]) -> frozenset[str]:
        roles = frozenset(str(one[0]) for one in holds if self._reaches(one, unit))
        known = self._held.get(roles)
        if known is None:
            every = [statement for id in roles for statement in self._role(id)]
            known = self._held[roles] = allowed(self.policy.catalogue, every)
        return known

    def _reaches(self, given: Given, unit: str) -> bool:
        _, at, reach = given
        if reach is Reach.ACCOUNT:
            return True
        return self.policy.units.covers(at, unit) if reach is Reach.SUBTREE else at == unit

    def _gives(self, role_id: str | None) -> frozenset[str]:
        return self._statements(role_id)[0]

    def _statements(self, role_id: str | None) -> tuple[frozenset[str], frozenset[str]]:
        """What a role allows, and what it denies."""
        known = self._says.get(role_id or "")
        if known is None:
            every = said(self.policy.catalogue, self._role(role_id or "")).items()
            gives = frozenset(key for key, one in every if one.effect is Effect.ALLOW)
            denies = frozenset(key for key, one in every if one.effect is Effect.DENY)
            known = self._says[role_id or ""] = (gives, denies)
        return known

    def _role(self, role_id: str) -> Iterable[Statement]:
        role = self.policy.roles.get(role_id)
        return role.statements if role else ()

    def _meet(self, one: Given, other: Given) -> bool:
        return meeting(self.policy.units, Scope(one[1], one[2]), Scope(other[1], other[2])) is not None
