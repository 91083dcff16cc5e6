"""Whom a change would give or take what, before it is made: the same people under two policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.models.base import now
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.alike import Whom, alike, at_most
from app.stores.portions import portions
from rbac.catalogue import Catalogue
from rbac.model import Policy, Reach, Subject
from rbac.roles import Known, held, turned
from rbac.standing import usual_unit

KINDS = 2_000
"""So many kinds of people are looked at, one person of each; of more, those of which there are most."""
AT_ONCE = 200
"""What concerns so many people at most is worked out before anybody would notice that it takes a while."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A permission that becomes more, less or otherwise than it was."""

    permission: str
    privileged: bool


@dataclass(frozen=True, slots=True)
class PersonImpact:
    """What somebody would gain and lose; ``altered``: allowed under other conditions. Privileged first."""

    user_id: str
    user_name: str
    gained: tuple[Changed, ...]
    lost: tuple[Changed, ...]
    altered: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Those for whom something changes, a page of them, with how many there are among those ``examined``.

    Fewer are examined than concerned only where people differ in more than ``KINDS`` ways.
    """

    concerned: int
    examined: int
    gaining: int
    losing: int
    page: tuple[PersonImpact, ...]
    next: str | None


def is_quick(session: Session, account_id: str, whom: Whom) -> bool:
    """Whether it concerns so few that their impact is told at once."""
    return at_most(session, account_id, whom, AT_ONCE)


def people_impact(
    session: Session,
    account_id: str,
    whom: Whom,
    before: Policy,
    after: Policy,
    units: Iterable[str] = (),
    *,
    is_meant: Callable[[Subject], bool] = lambda _: True,
    since: str | None = None,
    limit: int = 20,
) -> People:
    """What people would gain and lose, in the units where they are and in ``units``; those of them who are meant.

    One stands for all who are alike, so that it is exact however many there are. The page has those after the id
    ``since``, in the order of ids, whom the change makes a difference to.
    """
    store = SqlAccessStore(session, account_id)
    kinds = alike(session, account_id, whom, now(), limit + 1, since)
    examined = gaining = losing = 0
    page: list[tuple[str, PersonImpact]] = []
    known: tuple[Known, Known] = ({}, {})
    for some in portions(kinds[:KINDS]):
        subjects = store.snapshot([one.first[0] for one in some]).subjects
        for one in some:
            subject = subjects[one.first[0]]
            if subject is None or not is_meant(subject):
                continue
            examined += one.people
            found = difference((before, subject), (after, subject), units, known)
            if found is None:
                continue
            gaining += one.people * bool(found.gained)
            losing += one.people * bool(found.lost)
            page += ((id, found) for id in one.first if since is None or id > since)
    page.sort(key=lambda one: one[0])
    shown = _named(store, page[:limit])
    following = shown[-1].user_id if len(page) > limit else None
    concerned = examined + sum(one.people for one in kinds[KINDS:])
    return People(concerned, examined, gaining, losing, shown, following)


def _named(store: SqlAccessStore, page: Sequence[tuple[str, PersonImpact]]) -> tuple[PersonImpact, ...]:
    """What was found for somebody like them, of these people themselves."""
    subjects = store.snapshot([id for id, _ in page]).subjects
    names = {id: subject.user_name for id, subject in subjects.items() if subject is not None}
    return tuple(replace(found, user_id=id, user_name=names[id]) for id, found in page if id in names)


def changed(catalogue: Catalogue, keys: Iterable[str]) -> tuple[Changed, ...]:
    """Permissions with what matters about them."""
    return tuple(Changed(key, catalogue.permissions[key].privileged) for key in keys)


def difference(
    was: tuple[Policy, Subject], becomes: tuple[Policy, Subject], units: Iterable[str], known: tuple[Known, Known]
) -> PersonImpact | None:
    """What somebody would gain and lose, over all units together; None if it makes no difference to them.

    More anywhere is a gain, less anywhere is a loss. ``known`` are kept by the caller between calls with these
    policies.
    """
    where = {usual_unit(*was), usual_unit(*becomes), *units}
    for _, subject in (was, becomes):
        where |= {grant.scope.unit for grant in subject.grants if grant.scope.reach is not Reach.ACCOUNT}
        where |= {work.unit for work in subject.works_in}
    catalogue, subject = becomes[0].catalogue, becomes[1]
    every = [turned(catalogue, held(*was, unit, known[0]), held(*becomes, unit, known[1])) for unit in where]
    if not any(every):
        return None

    def together(parts: Iterable[tuple[str, ...]]) -> tuple[Changed, ...]:
        keys = {key for part in parts for key in part}
        in_order = [key for key in catalogue.permissions if key in keys]
        return changed(catalogue, sorted(in_order, key=lambda key: not catalogue.permissions[key].privileged))

    return PersonImpact(
        subject.id,
        subject.user_name,
        together(one.gained for one in every),
        together(one.lost for one in every),
        together(one.altered for one in every),
    )
