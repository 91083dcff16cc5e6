"""Whom a change would give or take what, before it is made: the same people under two policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.portions import portions
from rbac.catalogue import Catalogue
from rbac.model import Policy, Reach, Subject
from rbac.roles import Known, held, turned
from rbac.standing import usual_unit

EXAMINED = 2_000
"""So many people are looked at one by one; of more, the first."""


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
    """Those for whom something changes, a page of them, with how many there are among those ``examined``."""

    concerned: int
    examined: int
    gaining: int
    losing: int
    page: tuple[PersonImpact, ...]
    next: str | None


def people_impact(
    session: Session,
    account_id: str,
    ids: Sequence[str],
    before: Policy,
    after: Policy,
    units: Iterable[str] = (),
    *,
    since: str | None = None,
    limit: int = 20,
) -> People:
    """What these people (ids) would gain and lose, in the units where they are and in ``units``.

    The page has those after the id ``since``, in the order of ids, whom the change makes a difference to.
    """
    store, examined = SqlAccessStore(session, account_id), sorted(ids)[:EXAMINED]
    gaining = losing = 0
    page: list[PersonImpact] = []
    known: tuple[Known, Known] = ({}, {})
    for some in portions(examined):
        subjects = store.snapshot(some).subjects
        for id in some:
            subject = subjects[id]
            found = _impact(subject, before, after, units, known) if subject is not None else None
            if found is None:
                continue
            gaining += bool(found.gained)
            losing += bool(found.lost)
            if since is None or id > since:
                page.append(found)
    more = len(page) > limit
    shown = page[:limit]
    return People(len(ids), len(examined), gaining, losing, tuple(shown), shown[-1].user_id if more else None)


def changed(catalogue: Catalogue, keys: Iterable[str]) -> tuple[Changed, ...]:
    """Permissions with what matters about them."""
    return tuple(Changed(key, catalogue.permissions[key].privileged) for key in keys)


def _impact(
    subject: Subject, before: Policy, after: Policy, units: Iterable[str], known: tuple[Known, Known]
) -> PersonImpact | None:
    return difference((before, subject), (after, subject), units, known)


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
