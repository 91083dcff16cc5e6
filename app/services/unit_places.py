"""Business units as a whole: the tree with what hangs on each of them, and everything about one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.services import data_filters, grants, units
from app.services.filter_facts import FilterFacts
from app.services.grants import GrantFacts
from app.services.references import unit_of
from app.services.units import UnitFacts, facts_of
from app.session import Session
from app.stores import grant_listing, unit_people
from app.stores import units as store
from app.stores.access import SqlAccessStore
from app.stores.unit_people import UnitCounts, Worker
from rbac.model import Policy, Reach

WORKERS = 50


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit with what is below it."""

    unit: UnitFacts
    counts: UnitCounts
    below: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit, the way to it from the root, and what is directly below.

    ``roles`` are its own; ``inherited`` come from units above, which give theirs to whoever works below, too.
    ``filters`` are its own data filters and those above. ``hanging`` counts everything that names it, by what it is.
    """

    unit: UnitFacts
    way: tuple[UnitFacts, ...]
    below: tuple[UnitFacts, ...]
    roles: tuple[GrantFacts, ...]
    inherited: tuple[GrantFacts, ...]
    filters: tuple[FilterFacts, ...]
    hanging: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Workers:
    """A page of who works in a unit by a membership, by id, each with all reasons; ``next`` leads to more."""

    people: tuple[tuple[Worker, ...], ...]
    next: str | None


def tree(session: Session, account_id: str) -> Branch:
    """The tree from its root on, the units of each level by key."""
    every = units.list_units(session, account_id)
    counts = unit_people.counts_of_units(session, account_id)
    below: dict[str | None, list[UnitFacts]] = {}
    for one in every:
        below.setdefault(one.parent, []).append(one)

    def branch(unit: UnitFacts) -> Branch:
        return Branch(unit, counts.get(unit.id, UnitCounts()), tuple(branch(one) for one in below.get(unit.key, ())))

    return branch(below[None][0])


def read_unit(session: Session, account_id: str, unit: str) -> UnitPlace:
    """Everything about one unit. Raises NotFound."""
    policy = SqlAccessStore(session, account_id).snapshot([]).policy
    found = units.get_unit(session, account_id, unit)
    path = policy.units.path(found.id)
    rows = grant_listing.grants_of_units(session, account_id, set(path))
    given = grants.facts_of(session, account_id, policy, rows)
    keys = {policy.units.units[id].key for id in path}
    return UnitPlace(
        found,
        tuple(_facts(policy, path[:0:-1])),
        tuple(_facts(policy, [one.id for one in policy.units.units.values() if one.parent == found.id])),
        tuple(one for one in given if one.principal_id == found.id),
        tuple(one for one in given if one.principal_id != found.id and one.reach == Reach.SUBTREE),
        tuple(one for one in data_filters.list_filters(session, account_id) if one.unit in keys),
        store.hanging_on(session, account_id, found.id),
    )


def workers_in(session: Session, account_id: str, unit: str, after: str | None = None) -> Workers:
    """Who works in a unit because a membership says so. Raises NotFound."""
    found = unit_of(SqlAccessStore(session, account_id).snapshot([]).policy, unit)
    people: dict[str, list[Worker]] = {}
    for one in unit_people.workers_in(session, account_id, found.id, after, WORKERS + 1):
        people.setdefault(one.id, []).append(one)
    shown = [tuple(reasons) for reasons in people.values()][:WORKERS]
    return Workers(tuple(shown), shown[-1][0].id if len(people) > WORKERS else None)


def _facts(policy: Policy, ids: Sequence[str]) -> Sequence[UnitFacts]:
    return [facts_of(policy.units, policy.units.units[id]) for id in ids]
