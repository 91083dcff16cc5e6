"""Answer AuthZEN searches: who may do this, with what, and what may be done (Authorization API 1.0, section 8).

There is one engine: a search narrows down who or what comes into question by the grants there are, and asks for a
decision about each. Pages follow the order of ids, so that whoever was there throughout comes exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from rbac.asked import USER, answer, snapshot_for
from rbac.authzen_search import Search
from rbac.catalogue import PROFILE, Operation
from rbac.holders import Holders, holders_of
from rbac.model import AccessStore, Code, Policy, Snapshot, Standing, Subject
from rbac.standing import standing_in

PORTION = 200
"""How many candidates are looked at together at most."""
EXAMINED = 2_000
"""After so many candidates a page ends, even if it is not full."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """Items of a type that somebody may reach: of these units or shared with them, or owned by ``person``.

    ``only_theirs``: of those, only what the person owns, or a group they are in, or one of ``roles``.
    """

    type: str
    person: str
    units: frozenset[str]
    roles: frozenset[str] = frozenset()
    only_theirs: bool = False


class SearchStore(AccessStore, Protocol):
    """Who and what comes into question; always all who may be in the answer, and more."""

    def people(self, holders: Holders, after: str, most: int) -> Sequence[str]:
        """User ids beyond ``after``, in their order, at most so many."""
        ...

    def items(self, reachable: Reachable, after: str, most: int) -> Sequence[str]:
        """Ids of items beyond ``after``, in their order, at most so many."""
        ...

    def names(self, user_ids: Sequence[str]) -> Mapping[str, str]:
        """What the account wants each of these users called in answers."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A page of ids. ``next`` is where the following one begins, None at the end; ``total`` where it is known."""

    ids: tuple[str, ...] = ()
    next: str | None = None
    total: int | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Found(total=0)
OPEN_TYPE = Found(
    total=0,
    context={
        "reason": {
            "code": "open_item_type",
            "message": "items of this type are not kept here, so they cannot be listed; ask about each",
        }
    },
)


def search_subjects(store: SearchStore, search: Search, after: str, limit: int) -> Found:
    """The people who may do this to that."""
    question = search.open
    if question.subject.type != USER:
        return NOTHING
    snapshot = snapshot_for(store, [question])
    if is_hopeless(snapshot, search):
        return NOTHING
    page = question.resource.id if question.resource.type == PROFILE else None
    own = store.snapshot([page]).subjects[page] if page is not None else None
    holders = holders_of(snapshot, question, own)

    def judge(ids: Sequence[str]) -> Iterable[tuple[str, str | None]]:
        return _people_allowed(store, search, ids)

    return walk(after, limit, lambda place, most: store.people(holders, place, most), judge)


def search_resources(store: SearchStore, search: Search, after: str, limit: int) -> Found:
    """The items with which somebody may do this."""
    question = search.open
    kind = question.resource.type
    snapshot = snapshot_for(store, [question])
    catalogue = snapshot.policy.catalogue
    declared, permission = catalogue.item_kinds.get(kind), catalogue.find(question.action, kind)
    subject = snapshot.subjects.get(question.subject.id) if question.subject.type == USER else None
    if permission is None or subject is None or not subject.active:
        return NOTHING
    if declared is None or not declared.held:
        return OPEN_TYPE
    reachable = _reachable(snapshot.policy, subject, search)
    if not reachable.units:
        return NOTHING

    def judge(ids: Sequence[str]) -> Iterable[tuple[str, str | None]]:
        questions = {id: search.filled(id) for id in ids}
        now = snapshot_for(store, questions.values())
        return [(id, id if answer(now, one).decision.allowed else None) for id, one in questions.items()]

    return walk(after, limit, lambda place, most: store.items(reachable, place, most), judge)


def search_actions(store: SearchStore, search: Search, after: str, limit: int) -> Found:
    """What somebody may do to an item: keys of permissions that are known for its type."""
    question = search.open
    snapshot = snapshot_for(store, [question])
    catalogue = snapshot.policy.catalogue
    known = sorted(key for key in catalogue.permissions if catalogue.find(key, question.resource.type))
    allowed = [key for key in known if answer(snapshot, search.filled(key)).decision.allowed]
    following = [key for key in allowed if key > after]
    page = tuple(following[:limit])
    more = len(following) > limit
    return Found(page, (page[-1] if page else after) if more else None, len(allowed))


def walk(
    after: str,
    limit: int,
    fetch: Callable[[str, int], Sequence[str]],
    judge: Callable[[Sequence[str]], Iterable[tuple[str, str | None]]],
) -> Found:
    """Candidates in portions until a page is full or enough were looked at.

    ``judge`` gives each candidate with what it is called in the answer, None if it is not in it. One more than
    ``limit`` is looked for, so that the last page is known to be the last.
    """
    found: list[str] = []
    place = last = after
    examined, most = 0, min(PORTION, 2 * limit + 8)
    while examined < EXAMINED:
        ids = fetch(place, most)
        examined += len(ids)
        for id, name in judge(ids):
            if name is None:
                continue
            if len(found) == limit:
                return Found(tuple(found), last)
            found.append(name)
            last = id
        if len(ids) < most:
            return Found(tuple(found), total=len(found) if not after else None)
        place, most = ids[-1], min(PORTION, EXAMINED - examined)
    return Found(tuple(found), place)


def is_hopeless(snapshot: Snapshot, search: Search) -> bool:
    """Whether the question itself is refused, whoever may be meant: no such action, item, type or unit."""
    anybody = replace(snapshot, subjects={"": Subject("", "")})
    unit = search.open.unit
    if unit is not None and snapshot.policy.units.find(unit) is None:
        return True
    return answer(anybody, search.filled("")).decision.code in (Code.UNKNOWN_ACTION, Code.UNKNOWN_RESOURCE)


def _people_allowed(store: SearchStore, search: Search, ids: Sequence[str]) -> list[tuple[str, str | None]]:
    """Each of these people with the name they go by, if they may."""
    snapshot = snapshot_for(store, [search.filled(id) for id in ids])
    owner = search.open.resource.properties.get("owner")
    others = {owner: snapshot.subjects.get(owner)} if isinstance(owner, str) else {}
    people = {id: person for id in ids if (person := snapshot.subjects.get(id)) is not None}
    called = names_of(store, people)

    def may(id: str) -> bool:
        subjects = {**others, called[id]: people[id]}
        return answer(replace(snapshot, subjects=subjects), search.filled(called[id])).decision.allowed

    return [(id, called[id] if id in people and may(id) else None) for id in ids]


def names_of(store: SearchStore, ids: Collection[str]) -> dict[str, str]:
    """What each of these users is called, such that decisions know who is meant."""
    called = store.names(list(ids)) if ids else {}
    understood = store.snapshot(list(called.values())).subjects if called else {}
    names = {}
    for id in ids:
        name = called.get(id, id)
        found = understood.get(name)
        # Where somebody else goes by that name, too, only the id says who is meant.
        names[id] = name if found is not None and found.id == id else id
    return names


def _reachable(policy: Policy, subject: Subject, search: Search) -> Reachable:
    """The units in which this person may perhaps do it, and whether only with items that are theirs."""
    question, catalogue, now = search.open, policy.catalogue, datetime.now(UTC)
    if catalogue.permissions[question.action].operation is Operation.CREATES:
        # What is to be created is not there yet, so no item has a say in it.
        return Reachable(question.resource.type, subject.id, frozenset(policy.units.units))
    asked = policy.units.find(question.unit) if question.unit is not None else None
    units = policy.units.units if question.unit is None else [asked.id] if asked else []
    # At a moment, so that what is said about each unit is not kept.
    there = {unit: standing_in(policy, subject, unit, now) for unit in units}
    standings = {unit: one for unit, one in there.items() if one is not None and _perhaps(one, question.action)}
    keys = catalogue.items
    passing = keys.manage_all and any(_perhaps(one, keys.manage_all) for one in standings.values())
    resting = keys.common is None or any(_perhaps(one, keys.common) for one in standings.values())
    return Reachable(
        question.resource.type,
        subject.id,
        frozenset(standings),
        frozenset(grant.role_id for one in standings.values() for grant, _ in one.grants if grant.role_id),
        only_theirs=catalogue.item_kinds[question.resource.type].levels and not passing and not resting,
    )


def _perhaps(standing: Standing, permission: str) -> bool:
    return permission in standing.powers.allowed or permission in standing.powers.depending
