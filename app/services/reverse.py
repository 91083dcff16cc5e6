"""Questions asked the other way round: who can do this here, what can somebody do, who has a role; and why.

The answers come from the engine that decides, for those who come into question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from app.models.base import now
from app.services import past
from app.services.errors import NotFound, Refused
from app.services.references import role_of, unit_of
from app.session import Session
from app.stores.candidates import SqlSearchStore
from app.stores.filter_sql import is_id
from app.stores.grant_listing import keys_among, names_of
from rbac.asked import USER, answer, snapshot_for
from rbac.authzen import Entity, Evaluation
from rbac.authzen_search import Search, Sought
from rbac.decide import decide
from rbac.explain import Known, Language, Node, because, holding_node
from rbac.holders import Holders, holders_of, holders_of_role
from rbac.model import Decision, Effect, Grant, Policy, Reason, Role, Snapshot, Source, Subject
from rbac.privileges import Privileges, privileges
from rbac.reaches import reached
from rbac.scopes import may_work_in
from rbac.search import is_hopeless, walk
from rbac.standing import standing_of

Held = tuple[Grant, tuple[Source, ...]]
COUNTED = 20_000
"""People are counted as far as this; where there are more, the count stays open."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in an answer, and why they are in it."""

    id: str
    user_name: str
    because: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class People:
    """A page of people by id. ``next`` leads to the following one; ``total`` counts all, None where too many."""

    people: tuple[Person, ...]
    next: str | None
    total: int | None

    def value(self, language: Language = "en") -> dict[str, Any]:
        """For programs."""
        people = [
            {"id": one.id, "user_name": one.user_name, "because": [node.value(language) for node in one.because]}
            for one in self.people
        ]
        return {"total": self.total, "people": people, "next": self.next}


Counted = TypeVar("Counted")


@dataclass(frozen=True, slots=True)
class _Question(Generic[Counted]):
    """Who comes into question, what counts for one of them (None: they are not meant), and how that is told."""

    about: Search
    holders: Holders
    judge: Callable[[Snapshot, Subject], Counted | None]
    sources: Callable[[Counted], Iterable[Source]]
    tell: Callable[[Snapshot, Subject, Counted, Known], tuple[Node, ...]]


def who_can(
    session: Session,
    account_id: str,
    permission: str,
    *,
    unit: str | None = None,
    item: tuple[str, str] | None = None,
    after: str = "",
    limit: int = 50,
    counts: bool = True,
) -> People:
    """Who can do this: in a unit, with an item, or wherever they usually work. Raises NotFound.

    Without ``counts`` nobody is looked at for the sake of their number, which may stay unknown.
    """
    store = SqlSearchStore(session, account_id)
    type, id = item or ("", "")
    search = Search(Sought.SUBJECT, Evaluation(Entity(USER, ""), permission, Entity(type, id), unit), b"")
    snapshot = snapshot_for(store, [search.open])
    policy = snapshot.policy
    if permission not in policy.catalogue.permissions:
        raise NotFound(f"the catalogue has no permission {permission!r}", "permission", permission)
    if unit is not None:
        unit_of(policy, unit)
    if item is not None and is_hopeless(snapshot, search):
        raise NotFound(f"there is no {type} {id!r} on which {permission} could be used")

    def judge(now: Snapshot, person: Subject) -> Decision | None:
        decision = _decision(now, search, person, with_item=item is not None)
        return decision if decision.allowed else None

    def tell(now: Snapshot, person: Subject, decision: Decision, known: Known) -> tuple[Node, ...]:
        return because(now.policy, decision, standing_of(now.policy, person, unit), known)

    question = _Question(search, holders_of(snapshot, search.open), judge, _sources, tell)
    return _people(store, session, question, after, limit, counts=counts)


def what_can(
    session: Session, account_id: str, person: str, *, unit: str | None = None, at: datetime | None = None
) -> Privileges:
    """What somebody can do in a unit, or where they usually work, in plain words; in the past as things were then.

    Raises NotFound, and Refused for a time before the journal.
    """
    store = past.store_at(session, account_id, at)
    snapshot = store.snapshot([person])
    if unit is not None:
        unit_of(snapshot.policy, unit)
    return privileges(snapshot.policy, past.person_then(store, snapshot, person), unit, at)


def who_has(session: Session, account_id: str, role: str, *, after: str = "", limit: int = 50) -> People:
    """Who has a role now, wherever and however they came by it. Raises NotFound."""
    store = SqlSearchStore(session, account_id)
    policy = store.snapshot([]).policy
    found = role_of(policy, role)
    search = Search(Sought.SUBJECT, Evaluation(Entity(USER, ""), "", Entity("", "")), b"")

    def judge(now: Snapshot, person: Subject) -> list[Held] | None:
        return _holding(now.policy, found, person) or None

    def tell(now: Snapshot, _: Subject, held: list[Held], known: Known) -> tuple[Node, ...]:
        return tuple(_told(now.policy, found, grant, sources, known) for grant, sources in held)

    def sources(held: list[Held]) -> Iterable[Source]:
        return (source for _, every in held for source in every)

    question = _Question(search, holders_of_role(policy, found.id), judge, sources, tell)
    return _people(store, session, question, after, limit)


def _people(
    store: SqlSearchStore,
    session: Session,
    question: _Question[Counted],
    after: str,
    limit: int,
    *,
    counts: bool = True,
) -> People:
    if after and not is_id(after):
        raise Refused("after: give what the page before ended with")
    found: dict[str, tuple[Snapshot, Subject, Counted]] = {}

    def judge(ids: Sequence[str]) -> list[tuple[str, str | None]]:
        snapshot = snapshot_for(store, [question.about.filled(id) for id in ids])
        judged: list[tuple[str, str | None]] = []
        for id in ids:
            person = snapshot.subjects.get(id)
            counted = question.judge(snapshot, person) if person is not None else None
            if person is not None and counted is not None:
                found[id] = snapshot, person, counted
            judged.append((id, id if counted is not None else None))
        return judged

    def fetch(place: str, most: int) -> Sequence[str]:
        return store.people(question.holders, place, most)

    page = walk(after, limit, fetch, judge)
    shown = [found[id] for id in page.ids]
    total = page.total
    if counts and total is None and not after:
        total = _count(fetch, judge)
    by = {source.granted_by for _, _, counted in shown for source in question.sources(counted) if source.granted_by}
    names = names_of(session, store.account_id, by) if by else {}
    known = Known(names, keys_among(session, store.account_id, names.values()))
    people = (
        Person(person.id, person.user_name, question.tell(snapshot, person, counted, known))
        for snapshot, person, counted in shown
    )
    return People(tuple(people), page.next, total)


def _count(
    fetch: Callable[[str, int], Sequence[str]], judge: Callable[[Sequence[str]], list[tuple[str, str | None]]]
) -> int | None:
    """How many there are in all; None where there are too many to look at each."""
    counted, place = 0, ""
    while counted < COUNTED:
        page = walk(place, COUNTED, fetch, judge)
        counted += len(page.ids)
        if page.next is None:
            return counted
        place = page.next
    return None


def _decision(now: Snapshot, search: Search, person: Subject, *, with_item: bool) -> Decision:
    if with_item:
        return answer(now, search.filled(person.id)).decision
    return decide(now.policy, person, search.open.action, None, search.open.unit)


def _sources(decision: Decision) -> Iterable[Source]:
    return (source for reason in (*decision.reasons, *decision.unmet) for source in reason.sources)


def _holding(policy: Policy, role: Role, person: Subject) -> list[Held]:
    """The grants by which an active person has a role now, with the sources that count."""
    if not person.active:
        return []
    moment, tree = now(), policy.units
    of_units = [
        grant
        for grants in policy.unit_grants.values()
        for grant in grants
        if grant.role_id == role.id
        and any(may_work_in(tree, person, unit, moment) for unit in reached(tree, grant.scope.unit, grant.scope.reach))
    ]
    every = [grant for grant in person.grants if grant.role_id == role.id] + of_units
    return [(grant, sources) for grant in every if (sources := grant.sources_at(moment))]


def _told(policy: Policy, role: Role, grant: Grant, sources: Sequence[Source], known: Known) -> Node:
    """One grant, back to where it comes from."""
    unit = policy.units.units.get(grant.scope.unit)
    reason = Reason(
        Effect.ALLOW,
        "",
        grant.kind,
        role.name,
        unit.key if unit else None,
        grant.scope.reach,
        grant.group,
        tuple(sources),
    )
    return holding_node(reason, known)
