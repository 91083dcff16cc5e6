"""What a change means for people who are alike, worked out once: the same as for each of them by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, select, update

from app.db import Database
from app.models.base import now
from app.services import assignments, groups, users
from app.services.impact import People, PersonImpact, difference, people_impact
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import SOURCES, USERS, WORKS
from app.stores.alike import Whom, about_units, at_most, everybody, holders, people_of
from rbac.model import Policy, Reach, Subject
from rbac.reaches import below
from rbac.units import UnitTree
from tests.builders import a_giving
from tests.stores.random_access import GROUPS, PEOPLE, ROLES, UNITS, a_random_account

SEEDS = range(6)


@pytest.fixture(params=SEEDS)
def account(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> str:
    """A random account in which some people are alike, and some have what has ended."""
    random = Random(request.param)
    account_id = a_random_account(database, request.param, tmp_path)
    with database.writing() as session:
        for number in range(9):
            name = f"twin{number}"
            users.create_user(session, account_id, {"user_name": name, "active": number % 4 > 0})
            if number % 3:
                groups.add_members(session, account_id, random.choice(GROUPS), [name], ())
            if number % 2:
                role, unit = random.choice(ROLES), random.choice(UNITS[:4])
                assignments.assign(session, account_id, a_giving(role, name, unit=unit, children=number < 6))
        over = now() - timedelta(days=1)
        some = select(USERS.c.id).where(USERS.c.account_id == account_id, USERS.c.user_name.in_([*PEOPLE[:3], "twin5"]))
        for rows in (WORKS, SOURCES):
            here = rows.c.account_id == account_id
            whose = rows.c.user_id.in_(some) if rows is WORKS else rows.c.granted_by.is_not(None)
            ids = session.execute(select(rows.c.id).where(here, whose).order_by(rows.c.id)).scalars().all()
            session.execute(update(rows).where(here, rows.c.id.in_(ids[::3])).values(expires=over))
    return account_id


def test_what_an_edited_role_means(database: Database, account: str) -> None:
    """For everybody who has it as their own or by a group, counted and named, page by page."""
    with database.reading() as session:
        before, people = _everybody(session, account)
        for role in before.roles.values():
            after = replace(before, roles={**before.roles, role.id: replace(role, statements=())})
            _agree(session, account, holders(role.id), people, before, after, _has(role.id))


def test_what_it_means_wherever_people_work(database: Database, account: str) -> None:
    """All people of the account, those with nothing among them."""
    with database.reading() as session:
        before, people = _everybody(session, account)
        for role in before.roles.values():
            after = replace(before, roles={**before.roles, role.id: replace(role, statements=())})
            _agree(session, account, everybody(), people, before, after, lambda _: True)


def test_what_a_moved_unit_means(database: Database, account: str) -> None:
    """For whoever is in it, and whoever reaches down to it."""
    with database.reading() as session:
        before, people = _everybody(session, account)
        units = before.units.units
        for unit in units.values():
            for parent in units:
                if unit.parent is None or before.units.covers(unit.id, parent):
                    continue
                moved = (replace(one, parent=parent) if one.id == unit.id else one for one in units.values())
                after = replace(before, units=UnitTree(moved))
                inside = below(before.units, unit.id)
                above = set(before.units.path(unit.id)) ^ set(after.units.path(unit.id))
                whom = about_units(inside, above)
                _agree(session, account, whom, people, before, after, _is_about(inside, above), [unit.id])


def _agree(
    session: Session,
    account: str,
    whom: Whom,
    people: Collection[Subject],
    before: Policy,
    after: Policy,
    is_meant: Callable[[Subject], bool],
    units: Collection[str] = (),
) -> None:
    meant = sorted((one for one in people if is_meant(one)), key=lambda one: one.id)
    each = [difference((before, one), (after, one), units, ({}, {})) for one in meant]
    expected = [one for one in each if one is not None]
    pages: list[PersonImpact] = []
    since: str | None = None
    while True:
        found: People = people_impact(session, account, whom, before, after, units, since=since, limit=3)
        assert (found.concerned, found.examined) == (len(meant), len(meant))
        assert (found.gaining, found.losing) == (
            sum(bool(one.gained) for one in expected),
            sum(bool(one.lost) for one in expected),
        )
        pages += found.page
        since = found.next
        if since is None:
            break
    assert pages == expected
    if whom.way != "everybody":
        assert people_of(session, account, whom) == [one.id for one in meant]
        assert not at_most(session, account, whom, len(meant) - 1)


def _everybody(session: Session, account: str) -> tuple[Policy, list[Subject]]:
    ids = list(session.execute(select(USERS.c.id).where(USERS.c.account_id == account)).scalars())
    snapshot = SqlAccessStore(session, account).snapshot(ids)
    return snapshot.policy, [one for one in snapshot.subjects.values() if one is not None]


def _has(role_id: str) -> Callable[[Subject], bool]:
    return lambda one: any(grant.role_id == role_id for grant in one.grants)


def _is_about(inside: Collection[str], above: Collection[str]) -> Callable[[Subject], bool]:
    def is_about(one: Subject) -> bool:
        given = any(
            grant.scope.unit in inside or (grant.scope.unit in above and grant.scope.reach is Reach.SUBTREE)
            for grant in one.grants
        )
        works = any(work.unit in inside or (work.unit in above and work.with_children) for work in one.works_in)
        return given or works or one.home in inside or one.home in above

    return is_about


def test_how_many_there_are_changes_no_number_of_statements(database: Database, account: str) -> None:
    """People come in kinds, and kinds in portions."""
    with database.writing() as session:
        for number in range(30):
            name = f"more{number}"
            users.create_user(session, account, {"user_name": name})
            assignments.assign(session, account, a_giving("alpha", name))
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with database.reading() as session:
        policy, _ = _everybody(session, account)
        role = next(one for one in policy.roles.values() if one.name == "alpha")
        after = replace(policy, roles={**policy.roles, role.id: replace(role, statements=())})
        asked.clear()
        found = people_impact(session, account, holders(role.id), policy, after)
    assert found.concerned >= 30
    assert 0 < len(asked) <= 3
