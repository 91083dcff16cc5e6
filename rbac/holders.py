"""Who comes into question for a decision: by roles that can allow it, and by everything else that can."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rbac.asked import item_of
from rbac.authzen import Evaluation
from rbac.items import Item
from rbac.model import Effect, Policy, Snapshot, Subject
from rbac.reaches import reached
from rbac.standing import compiled


@dataclass(frozen=True, slots=True)
class Holders:
    """People, by what they were given: to whom one of these applies comes into question.

    ``roles`` are assigned to them or their groups, ``nodes`` are allowed to them individually. The role of a
    business unit is for whoever works there: at ``homes`` (``at_root``: who has none, too), as members of the units
    ``works``, or with anything at all that was given to them for one of ``places``. ``people`` are named by id.
    """

    roles: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    at_root: bool = False
    works: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()


def holders_of(snapshot: Snapshot, question: Evaluation, own: Subject | None = None) -> Holders:
    """Who may perhaps do what is asked about. ``own``: whose profile page it is about."""
    policy, asked = snapshot.policy, question.resource
    roles = roles_allowing(policy, question.action)
    item = item_of(snapshot, asked.type, asked.id, asked.properties)
    people = {item.owner} if item is not None and item.owner else set()
    if own is not None:
        people.add(own.id)
    nodes = policy.catalogue.nodes_over(question.action)
    # Only what creates an item gets past its not being there, and says where that is to be.
    unit = asked.properties.get("business_unit") if question.unit is None and item is None else question.unit
    return _working(policy, unit, item, Holders(roles, nodes, people=frozenset(people)))


def holders_of_role(policy: Policy, role_id: str) -> Holders:
    """Who has a role, wherever and in whatever way."""
    return _working(policy, None, None, Holders(frozenset([role_id])), everywhere=True)


def roles_allowing(policy: Policy, permission: str) -> frozenset[str]:
    """The roles that allow a permission, if only under a condition."""
    return frozenset(
        id
        for id in policy.roles
        if any(said.effect is Effect.ALLOW for said in compiled(policy, id).get(permission, ()))
    )


def _working(
    policy: Policy, unit: str | None, item: Item | None, given: Holders, *, everywhere: bool = False
) -> Holders:
    """With those, who have one of the roles as the role of a business unit."""
    tree = policy.units
    giving = {
        id
        for grants in policy.unit_grants.values()
        for grant in grants
        if grant.role_id in given.roles
        for id in reached(tree, grant.scope.unit, grant.scope.reach)
    }
    if everywhere:
        above = _above(policy, giving)
        return _at(policy, given, homes=above, works=above, places=above)
    if unit is None and (item is None or item.unit is None):
        # They work where they usually do: at home, else in a unit that they are a member of.
        return _at(policy, given, homes=giving, works=giving)
    found = tree.find(unit) if unit is not None else None
    where = found.id if found else item.unit if item is not None and unit is None else None
    above = _above(policy, giving & {where})
    # Where an item is shared it is used by those who usually work there.
    shared = giving & set(item.shares) if item is not None and unit is None else set()
    return _at(policy, given, homes=above | shared, works=above | shared, places=above)


def _above(policy: Policy, units: Iterable[str | None]) -> set[str]:
    return {id for unit in units if unit is not None for id in policy.units.path(unit)}


def _at(policy: Policy, given: Holders, homes: set[str], works: set[str], places: Iterable[str] = ()) -> Holders:
    return replace(
        given,
        homes=frozenset(homes),
        at_root=policy.units.root.id in homes,
        works=frozenset(works),
        places=frozenset(places),
    )
