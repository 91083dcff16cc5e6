"""What a change would mean for people, before it is made: it is made, looked at, and undone.

The very services do it that do it afterwards, so that the same guards refuse it and the same rules hold.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.services.impact import PersonImpact, difference
from app.services.separations import separated
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.portions import portions
from rbac.mapping_lint import Separated
from rbac.model import Effect, Policy, Subject
from rbac.roles import Known, held

Done = TypeVar("Done")
SHOWN = 20
EXAMINED = 2_000
"""So many people are looked at one by one; of more, the first."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Somebody who would have in one business unit (its key) what belongs apart, and has not now."""

    user_id: str
    user_name: str
    separation: str
    unit: str


@dataclass(frozen=True, slots=True)
class Foreseen(Generic[Done]):
    """What was ``done``, and undone; and what it made of what people may do.

    Of ``concerned`` people ``examined`` were looked at; ``people`` and ``apart`` are the first of those to whom it
    makes a difference.
    """

    done: Done
    concerned: int
    examined: int
    gaining: int
    losing: int
    people: tuple[PersonImpact, ...]
    apart: tuple[Apart, ...]


class _UndoneError(Exception):
    """What was tried is taken back."""


def foresee(session: Session, account_id: str, ids: Collection[str], act: Callable[[], Done]) -> Foreseen[Done]:
    """What ``act`` would come to for these people (ids). Raises what it raises; nothing of it stays."""
    store, examined = SqlAccessStore(session, account_id), sorted(set(ids))[:EXAMINED]
    apart = separated(session, account_id)
    before = _standing(store, examined)
    done: list[Done] = []
    after: tuple[Policy, dict[str, Subject]] = before
    try:
        with session.savepoint():
            done.append(act())
            after = _standing(store, examined)
            raise _UndoneError
    except _UndoneError:
        pass
    impacts: list[PersonImpact] = []
    hits: list[Apart] = []
    known: tuple[Known, Known] = ({}, {})
    for id in examined:
        if id not in before[1] or id not in after[1]:
            continue
        was, becomes = (before[0], before[1][id]), (after[0], after[1][id])
        found = difference(was, becomes, (), known)
        if found is not None:
            impacts.append(found)
            hits += _apart(apart, was, becomes) if found.gained else []
    gaining, losing = (sum(bool(getattr(one, what)) for one in impacts) for what in ("gained", "lost"))
    return Foreseen(done[0], len(set(ids)), len(examined), gaining, losing, tuple(impacts[:SHOWN]), tuple(hits[:SHOWN]))


def _standing(store: SqlAccessStore, ids: Sequence[str]) -> tuple[Policy, dict[str, Subject]]:
    policy, people = store.snapshot([]).policy, {}
    for some in portions(ids):
        found = store.snapshot(some)
        policy = found.policy
        people.update({id: subject for id, subject in found.subjects.items() if subject is not None})
    return policy, people


def _apart(
    separations: Iterable[Separated], was: tuple[Policy, Subject], becomes: tuple[Policy, Subject]
) -> Iterable[Apart]:
    policy, subject = becomes
    for one in separations:
        units = (unit for unit in policy.units.units if one.permissions <= _allowed(*becomes, unit))
        unit = next((unit for unit in units if not one.permissions <= _allowed(*was, unit)), None)
        if unit is not None:
            yield Apart(subject.id, subject.user_name, one.name, policy.units.units[unit].key)


def _allowed(policy: Policy, subject: Subject, unit: str) -> frozenset[str]:
    return frozenset(key for key, says in held(policy, subject, unit).items() if says.effect is Effect.ALLOW)
