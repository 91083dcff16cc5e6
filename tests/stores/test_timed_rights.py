"""Whoever has something for a while hands it on for that while at most."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.models.base import now
from app.services import assignments, data_filters, individual, roles, units, users
from app.services.assignments import NotAllDone
from app.services.errors import Forbidden
from app.services.individual import Entry
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access_tables import ASSIGNMENTS
from tests.builders import a_giving
from tests.stores.worlds import LAUNCH, QUERY, VIEW, World, a_world

DAY = timedelta(days=1)
ADMINISTRATION = ("account.roles.assign", "account.roles.edit", "account.users.edit", "settings.units.edit")


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


@pytest.fixture
def end() -> datetime:
    return now() + 7 * DAY


@pytest.fixture
def tess(world: World, end: datetime) -> str:
    """An administrator of emea and below for a week."""
    world.role("For a week", *ADMINISTRATION, "campaigns")
    person = world.user("tess", home="emea")
    world.give("For a week", user=person, unit="emea", children=True, expires=end)
    return person


def test_what_is_given_ends_with_the_right_of_the_giver(world: World, tess: str, end: datetime) -> None:
    """Refused with the latest end there may be: to a person, to several, and when it is extended."""
    ana, ben = world.user("ana", home="iberia"), world.user("ben", home="iberia")
    world.role("Launcher", LAUNCH)
    world.act_as(tess)
    latest = re.escape(end.isoformat())
    for expires in (None, end + timedelta(seconds=1)):
        with pytest.raises(Forbidden, match=latest) as refused:
            world.give("Launcher", user=ana, unit="iberia", expires=expires)
        assert [one.at for one in refused.value.wrong] == [("expires",)]
    with pytest.raises(NotAllDone, match=latest):
        assignments.assign(*world.at, a_giving("Launcher", ana, ben, unit="iberia"))
    assert world.count(ASSIGNMENTS) == 1
    assert world.give("Launcher", user=ana, unit="iberia", expires=end).changed
    assert world.give("Launcher", user=ben, unit="iberia", expires=end - DAY).changed
    with pytest.raises(Forbidden, match=latest):
        assignments.extend(*world.at, a_giving("Launcher", ben, unit="iberia"), expires=end + DAY)
    assert assignments.extend(*world.at, a_giving("Launcher", ben, unit="iberia"), expires=end).changed
    assert assignments.unassign(*world.at, a_giving("Launcher", ana, unit="iberia")).changed


def test_the_right_to_give_and_what_is_given_both_last(world: World, tess: str, end: datetime) -> None:
    """Having the permission for good is not enough, nor is the right to give roles."""
    ana = world.user("ana", home="iberia")
    world.role("Launcher", LAUNCH)
    world.role("Viewing", VIEW)
    world.give("Launcher", user=tess, unit="emea", children=True)
    world.act_as(tess)
    with pytest.raises(Forbidden, match="no later"):
        world.give("Launcher", user=ana, unit="iberia")
    world.as_program()
    world.role("Giver", *ADMINISTRATION)
    world.give("Giver", user=tess, unit="emea", children=True)
    world.act_as(tess)
    assert world.give("Launcher", user=ana, unit="iberia").changed
    with pytest.raises(Forbidden, match="no later"):
        world.give("Viewing", user=ana, unit="iberia")


def test_a_denial_that_begins_later_ends_a_right(world: World) -> None:
    """What will be denied to the giver is given until then."""
    dora, ana, begins = world.user("dora", home="emea"), world.user("ana", home="iberia"), now() + 2 * DAY
    world.role("Delegate", *ADMINISTRATION, "campaigns")
    world.give("Delegate", user=dora, unit="emea", children=True)
    individual.put(*world.at, dora, [Entry(LAUNCH, "deny", starts=begins)])
    world.role("Launcher", LAUNCH)
    world.act_as(dora)
    with pytest.raises(Forbidden, match=re.escape(begins.isoformat())):
        world.give("Launcher", user=ana, unit="iberia")
    assert world.give("Launcher", user=ana, unit="iberia", expires=begins).changed


def test_one_right_after_another_lasts_as_long_as_both(world: World, tess: str, end: datetime) -> None:
    """Without a gap between them."""
    ana = world.user("ana", home="iberia")
    world.role("Launcher", LAUNCH)
    world.role("Afterwards", *ADMINISTRATION, LAUNCH)
    world.give("Afterwards", user=tess, unit="emea", children=True, starts=end - DAY)
    world.act_as(tess)
    assert world.give("Launcher", user=ana, unit="iberia").changed


def test_an_individual_permission_ends_with_the_right_of_the_giver(world: World, tess: str, end: datetime) -> None:
    """A deny of a while ago is lifted by nobody whose right ends."""
    ana = world.user("ana", home="iberia")
    individual.put(*world.at, ana, [Entry(VIEW, "deny", unit="iberia")])
    world.act_as(tess)
    at: dict[str, Any] = {"unit": "iberia"}
    for entry in (
        Entry(LAUNCH, "allow", **at),
        Entry(LAUNCH, "allow", expires=end + DAY, **at),
        Entry(VIEW, "unset", **at),
        Entry(VIEW, "allow", **at),
        Entry(VIEW, "deny", expires=end, **at),
    ):
        with pytest.raises(Forbidden, match=re.escape(end.isoformat())):
            individual.put(*world.at, ana, [entry])
    assert individual.put(*world.at, ana, [Entry(LAUNCH, "allow", expires=end, **at)])
    assert individual.put(*world.at, ana, [Entry(LAUNCH, "unset", **at)])
    assert individual.put(*world.at, ana, [Entry(LAUNCH, "deny", **at)])


def test_a_role_that_denies_is_not_taken_for_good(world: World, tess: str, end: datetime) -> None:
    """Nobody whose right ends takes it or lets it end; to give it is no gift."""
    ana = world.user("ana", home="iberia")
    world.role("Brake", deny=(LAUNCH,))
    world.give("Brake", user=ana, unit="iberia")
    world.act_as(tess)
    brake = a_giving("Brake", ana, unit="iberia")
    for attempt in (
        lambda: assignments.unassign(*world.at, brake),
        lambda: assignments.extend(*world.at, brake, expires=end),
        lambda: assignments.assign(*world.at, brake, expires=end),
    ):
        with pytest.raises(Forbidden, match="for good"):
            attempt()
    assert world.give("Brake", user=world.user(home="dach"), unit="dach").changed


def test_nobody_is_let_into_a_unit_with_roles_for_good(world: World, tess: str, end: datetime) -> None:
    """By whoever manages its users for a while; units without roles give nothing, and out goes who may."""
    ana = world.user("ana", home="emea")
    world.give(world.role("Of Iberia", LAUNCH), principal_unit="iberia")
    world.act_as(tess)
    for attempt in (
        lambda: units.add_worker(*world.at, ana, "iberia"),
        lambda: units.set_home(*world.at, ana, "iberia"),
        lambda: users.create_user(*world.at, {"user_name": "new", "home_unit": "iberia"}),
    ):
        with pytest.raises(Forbidden, match="for good"):
            attempt()
    assert units.add_worker(*world.at, ana, "dach")
    world.as_program()
    units.add_worker(*world.at, ana, "iberia")
    world.act_as(tess)
    assert units.remove_worker(*world.at, ana, "iberia")


def test_a_role_of_others_is_not_widened_for_good(world: World, end: datetime) -> None:
    """By whoever has for a while what it would say; a role of nobody's may be made."""
    world.role("For a week", *ADMINISTRATION, "campaigns")
    tess, other = world.user("tess"), world.role("Other", LAUNCH)
    world.give("For a week", user=tess, expires=end)
    world.act_as(tess)
    with pytest.raises(Forbidden, match="for good"):
        roles.edit_role(*world.at, other, RoleEdit(statements=(StatementChange(VIEW, "allow"),)))
    assert roles.edit_role(*world.at, other, RoleEdit(name="Another")).role.name == "Another"
    assert roles.create_role(*world.at, "Mine", statements=[StatementChange(VIEW, "allow")])


def test_the_filter_of_an_assignment_lasts_as_long(world: World, tess: str, end: datetime) -> None:
    """Without it the assignment gives more, for as long as there is one."""
    ana, ben = world.user("ana", home="iberia"), world.user("ben", home="iberia")
    world.role("Launcher", LAUNCH)
    world.give("Launcher", user=ana, unit="iberia")
    world.give("Launcher", user=ben, unit="iberia", expires=end)
    found = {
        row.user_id: row.id
        for row in world.session.execute(select(ASSIGNMENTS).where(ASSIGNMENTS.c.account_id == world.account))
    }
    for person in (ana, ben):
        data_filters.set_filter(*world.at, "contact", 'region eq "EMEA"', assignment=found[person])
    world.act_as(tess)
    with pytest.raises(Forbidden, match=re.escape(end.isoformat())):
        data_filters.clear_filter(*world.at, "contact", assignment=found[ana])
    assert data_filters.clear_filter(*world.at, "contact", assignment=found[ben])


def test_owners_and_programs_give_for_good(world: World, end: datetime) -> None:
    """Although the role by which one is an owner may end."""
    olivia, ana = world.user("olivia"), world.user("ana")
    world.owner()
    world.give("Account Owner", user=olivia, expires=end)
    world.give(world.role("Asker", QUERY), user=ana)
    world.act_as(olivia)
    assert world.give("Administrator", user=ana).changed
