"""Who has a role: as their own, as a member of a group, or because they work in a unit that has it.

The number of statements does not depend on how many people there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select

from app.models.base import now
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS, INDIVIDUALS, UNITS, USERS, WORKS
from app.stores.nesting import members_below
from rbac.model import Reach


def holders_of(session: Session, account_id: str, role_ids: Collection[str]) -> dict[str, set[str]]:
    """The active users who have each of these roles, however they came by it, also if it has yet to begin."""
    held: dict[str, set[str]] = {id: set() for id in role_ids}
    query = select(
        ASSIGNMENTS.c.role_id, ASSIGNMENTS.c.user_id, ASSIGNMENTS.c.group_id, ASSIGNMENTS.c.principal_unit_id,
        ASSIGNMENTS.c.reach,
    )  # fmt: skip
    given = session.execute(query.where(ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.role_id.in_(role_ids)))
    of_groups: defaultdict[str, set[str]] = defaultdict(set)
    of_units: list[tuple[str, str, bool]] = []
    for row in given:
        if row.user_id is not None:
            held[row.role_id].add(row.user_id)
        elif row.group_id is not None:
            of_groups[row.group_id].add(row.role_id)
        else:
            of_units.append((row.role_id, row.principal_unit_id, row.reach == Reach.SUBTREE))
    for group, user in members_below(session, account_id, of_groups):
        for role in of_groups[group]:
            held[role].add(user)
    if of_units:
        workers = _workers(session, account_id)
        for role, unit, is_forced in of_units:
            held[role] |= workers.of(unit, is_forced)
    active = _active(session, account_id)
    return {role: users & active for role, users in held.items()}


class _Workers:
    """Who may work in which unit, as ``rbac.scopes.may_work_in`` has it."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self._parents = parents
        self._here: defaultdict[str, set[str]] = defaultdict(set)
        self._down_from: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, unit: str, users: Iterable[str], with_children: bool) -> None:
        """Say that people work in a unit, or there and below."""
        (self._down_from if with_children else self._here)[unit].update(users)

    def of(self, unit: str, with_children: bool) -> set[str]:
        """Who may work in a unit, or there and below."""
        units = [one for one in self._parents if unit in self._path(one)] if with_children else [unit]
        return {
            user
            for one in units
            for users in (self._here[one], *(self._down_from[above] for above in self._path(one)))
            for user in users
        }

    def _path(self, unit: str | None) -> list[str]:
        path: list[str] = []
        while unit is not None and unit not in path:
            path.append(unit)
            unit = self._parents[unit]
        return path


def _workers(session: Session, account_id: str) -> _Workers:
    units = session.execute(select(UNITS.c.id, UNITS.c.parent_id).where(UNITS.c.account_id == account_id)).all()
    workers = _Workers({row.id: row.parent_id for row in units})
    root = next(row.id for row in units if row.parent_id is None)
    works = select(WORKS.c.user_id, WORKS.c.business_unit_id, WORKS.c.with_children, WORKS.c.expires)
    moment = now()
    tied = set()
    for row in session.execute(works.where(WORKS.c.account_id == account_id)):
        if row.expires is None or moment < row.expires:
            workers.add(row.business_unit_id, [row.user_id], row.with_children)
        tied.add(row.user_id)
    for row in session.execute(select(USERS.c.id, USERS.c.home_unit_id).where(USERS.c.account_id == account_id)):
        if row.id not in tied:
            workers.add(row.home_unit_id or root, [row.id], True)
    _add_scoped(session, account_id, workers)
    return workers


def _add_scoped(session: Session, account_id: str, workers: _Workers) -> None:
    """Whoever has a role in a unit, or is allowed something there, may work there."""
    own = select(INDIVIDUALS.c.user_id, INDIVIDUALS.c.business_unit_id, INDIVIDUALS.c.reach)
    here = INDIVIDUALS.c.account_id == account_id, INDIVIDUALS.c.reach != Reach.ACCOUNT
    placed = own.where(*here, INDIVIDUALS.c.effect == "allow")  # a denial lets nobody in anywhere
    for row in session.execute(placed):
        workers.add(row.business_unit_id, [row.user_id], row.reach == Reach.SUBTREE)
    query = select(ASSIGNMENTS.c.user_id, ASSIGNMENTS.c.group_id, ASSIGNMENTS.c.business_unit_id, ASSIGNMENTS.c.reach)
    scoped = query.where(
        ASSIGNMENTS.c.account_id == account_id,
        ASSIGNMENTS.c.reach != Reach.ACCOUNT,
        ASSIGNMENTS.c.principal_unit_id.is_(None),
    )
    of_groups: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    for row in session.execute(scoped):
        place = (row.business_unit_id, row.reach == Reach.SUBTREE)
        if row.user_id is not None:
            workers.add(place[0], [row.user_id], place[1])
        else:
            of_groups[row.group_id].add(place)
    for group, user in members_below(session, account_id, of_groups):
        for unit, with_children in of_groups[group]:
            workers.add(unit, [user], with_children)


def _active(session: Session, account_id: str) -> set[str]:
    return set(session.execute(select(USERS.c.id).where(USERS.c.account_id == account_id, USERS.c.active)).scalars())
