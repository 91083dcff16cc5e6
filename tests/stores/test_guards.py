"""Who may change whose access: nobody their own, delegates what they hold where they hold it, and an owner stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from app import audit
from app.db import Database
from app.models.base import now
from app.services import (
    accounts,
    assignments,
    default_roles,
    guards,
    individual,
    last_owner,
    mapping_documents,
    mapping_publish,
    provisioning,
    role_comparison,
    roles,
    unit_moves,
    units,
    users,
)
from app.services.errors import Forbidden, LastOwner, Refused
from app.services.individual import Entry
from app.services.role_statements import StatementChange
from app.services.roles import RoleEdit
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_revision import bump
from app.stores.access_tables import ASSIGNMENTS, DIRECTORIES, INDIVIDUALS, ROLES, UNITS, USERS, WORKS
from app.stores.directory import open_directory_store
from rbac.model import Code
from scim import service
from tests.builders import ENTERPRISE, a_giving, a_patch, a_user
from tests.stores.worlds import EVENTS, LAUNCH, QUERY, VIEW, World, a_world

DAY = timedelta(days=1)
ADMINISTRATION = ("account.roles.assign", "account.roles.edit", "account.users.edit", "settings.units.edit")
Refusal = Callable[[], Any]


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


@pytest.fixture
def delegate(world: World) -> str:
    """A regional administrator of emea and below, who holds everything of campaigns there."""
    world.role("Regional administrator", *ADMINISTRATION, "campaigns")
    person = world.user("regina", home="emea")
    world.give("Regional administrator", user=person, unit="emea", children=True)
    return person


def rows(world: World) -> list[int]:
    """How much of everything there is."""
    return [world.count(one) for one in (ASSIGNMENTS, INDIVIDUALS, ROLES, UNITS, WORKS)]


def pushed_owner(world: World, name: str) -> str:
    """An Account Owner of the directory, who can be in its groups."""
    person = world.user(name)
    world.give("Account Owner", user=person)
    return person


def refused(world: World, words: str, *attempts: Refusal) -> None:
    """Each is forbidden, and nothing is changed."""
    before = rows(world)
    for attempt in attempts:
        with pytest.raises(Forbidden, match=words):
            attempt()
    assert rows(world) == before


def ways_to_change(world: World, person: str, group: str) -> list[Refusal]:
    """Every way in which somebody's access can be changed by hand."""
    at = world.at
    return [
        lambda: world.give("Viewer", user=person),
        lambda: world.give("Viewer", user=person, unit="emea", children=True),
        lambda: assignments.assign(*at, a_giving("Viewer", person)),
        lambda: assignments.unassign(*at, a_giving("Viewer", person)),
        lambda: assignments.extend(*at, a_giving("Viewer", person), expires=None),
        lambda: world.give("Viewer", group=group),
        lambda: assignments.unassign(*at, a_giving("Viewer", group=group)),
        lambda: individual.put(*at, person, [Entry(VIEW, "allow")]),
        lambda: individual.put(*at, person, [Entry(VIEW, "deny")]),
        lambda: units.add_worker(*at, person, "apac"),
        lambda: units.remove_worker(*at, person, "apac"),
        lambda: units.set_home(*at, person, "apac"),
    ]


def test_nobody_changes_their_own_access(world: World) -> None:
    """Account Owners included; another owner may."""
    olivia, omar = pushed_owner(world, "olivia"), world.owner("omar")
    team = world.group(olivia)
    world.group(team, name="Division")
    world.act_as(olivia)
    for attempt in ways_to_change(world, olivia, team):
        with pytest.raises((Forbidden, assignments.NotAllDone), match="own access"):
            attempt()
    refused(world, "own access", lambda: world.give("Viewer", group="division"))
    world.act_as(omar)
    assert world.give("Viewer", user=olivia).changed
    assert world.give("Administrator", group=team).changed
    assert individual.put(*world.at, olivia, [Entry(QUERY, "deny")])
    assert units.set_home(*world.at, olivia, "emea")


def test_an_owner_gives_any_role_to_others(world: World) -> None:
    """Although the owner role itself gives nothing, and the role is a privileged one."""
    ana, olivia = world.user(), world.owner("olivia")
    world.act_as(olivia)
    assert not world.may(olivia)
    assert world.give("Administrator", user=ana).changed
    assert world.give("Account Owner", user=ana).changed
    assert world.give("Administrator", principal_unit="apac").changed
    assert world.may(ana)


def test_the_role_of_ones_own_unit_is_ones_own(world: World) -> None:
    """Where somebody is at home, or expressly works, if it makes a difference; not where they merely could work."""
    olivia = world.owner("olivia")
    world.act_as(olivia)
    refused(
        world,
        "own access",
        lambda: world.give("Viewer", principal_unit="root"),
        lambda: world.give("Viewer", principal_unit="root", children=True),
    )
    assert world.give("Viewer", principal_unit="emea", children=True).changed
    world.as_program()
    units.add_worker(*world.at, olivia, "iberia")
    world.act_as(olivia)
    refused(
        world,
        "own access",
        lambda: world.give("Marketer", principal_unit="emea", children=True),
        lambda: assignments.unassign(*world.at, a_giving("Viewer", principal_unit="emea", children=True)),
    )
    assert world.give("Marketer", principal_unit="emea").changed
    world.as_program()
    world.give("Administrator", user=olivia)
    world.act_as(olivia)
    refused(world, "own access", lambda: world.give("Marketer", principal_unit="iberia"))
    assert world.give("Marketer", principal_unit="dach").changed
    world.as_program()
    world.give("Viewer", user=olivia, unit="dach", starts=now() + DAY)
    world.act_as(olivia)
    refused(world, "own access", lambda: world.give("Administrator", principal_unit="dach"))
    assert world.give("Viewer", principal_unit="dach").changed, "what lets her in says the same"


@pytest.mark.parametrize("home", ["iberia", "emea", None])
def test_nobody_keeps_what_they_have_for_a_while(world: World, home: str | None) -> None:
    """A delegate for a day gives no unit a role by which they would have it ever after, nor takes a deny from it."""
    tess, colleague = world.user("tess", home=home), world.user(home="iberia")
    world.role("Local administrator", *ADMINISTRATION, "campaigns")
    world.role("No launch", deny=(LAUNCH,))
    world.role("Nothing")
    how: dict[str, Any] = {"user": tess, "unit": "emea", "children": True, "expires": now() + DAY}
    world.give("Local administrator", **how)
    world.give("Viewer", user=tess)
    world.act_as(tess)
    refused(
        world,
        "own access",
        lambda: world.give("Local administrator", principal_unit="iberia"),
        lambda: world.give("Local administrator", principal_unit="emea", children=True),
        lambda: world.give("Local administrator", principal_unit="iberia", expires=now() + DAY),
        lambda: assignments.unassign(*world.at, a_giving("No launch", principal_unit="iberia")),
    )
    assert world.give("Nothing", principal_unit="iberia").changed
    assert world.give("Local administrator", user=colleague, unit="iberia", expires=how["expires"]).changed


def test_what_lets_somebody_in_is_judged_alone(world: World) -> None:
    """One role for good lets them in, another one for a day would hide what the unit's role gives."""
    tess = world.user("tess", home="apac")
    world.role("Local administrator", *ADMINISTRATION, "campaigns")
    world.role("Viewing", VIEW)
    end = now() + DAY
    world.give("Local administrator", user=tess, unit="iberia", expires=end)
    world.act_as(tess)
    with pytest.raises(Forbidden, match="no later"):
        world.give("Viewing", principal_unit="iberia")
    assert world.give("Viewing", principal_unit="iberia", expires=end).changed
    assert world.give("Local administrator", principal_unit="iberia", expires=end).changed, "they lose both at once"
    world.as_program()
    world.give("Viewing", user=tess, unit="iberia")
    world.act_as(tess)
    refused(world, "own access", lambda: world.give("Local administrator", principal_unit="iberia"))


def test_a_move_keeps_nothing_that_was_for_a_while(world: World) -> None:
    """A delegate does not hang their unit below one that forces on it what they have for a day."""
    tess = world.user("tess", home="iberia")
    world.role("Local administrator", *ADMINISTRATION, "campaigns")
    world.give("Local administrator", principal_unit="dach", children=True)
    world.give("Local administrator", user=tess, unit="emea", children=True, expires=now() + DAY)
    world.act_as(tess)
    refused(world, "own access", lambda: unit_moves.move_unit(*world.at, "iberia", "dach"))
    units.create_unit(*world.at, "north", "North", "emea")
    refused(world, "for good", lambda: unit_moves.move_unit(*world.at, "north", "dach"))
    world.as_program()
    world.give("Local administrator", user=tess, unit="emea", children=True)
    world.act_as(tess)
    assert unit_moves.move_unit(*world.at, "north", "dach").parent == "dach"


def by_hand(world: World, name: str, home: str | None = None) -> str:
    """A person of the account's own directory without any role."""
    world.as_program()
    made = users.create_user(*world.at, {"user_name": name, "home_unit": home, "roles": []})
    return made.id


def changes_of(world: World, person: str) -> list[Refusal]:
    """What those who manage users do with one."""
    return [
        lambda: users.change_user(*world.at, person, {"display_name": "Somebody"}),
        lambda: users.change_user(*world.at, person, {"active": False}),
        lambda: users.change_user(*world.at, person, {"active": True}),
        lambda: users.delete_user(*world.at, person),
    ]


def test_people_are_managed_by_who_manages_all_their_units(world: World, delegate: str) -> None:
    """At home, at work, and wherever they have something; a role in one's own unit is still given to them."""
    world.role("Launcher", LAUNCH)
    inside, elsewhere, half = (by_hand(world, name, "iberia") for name in ("inside", "elsewhere", "half"))
    away, everywhere = by_hand(world, "away", "apac"), by_hand(world, "everywhere", "iberia")
    units.add_worker(*world.at, elsewhere, "apac")
    units.add_worker(*world.at, away, "iberia")
    world.give("Launcher", user=half, unit="apac", starts=now() + DAY)
    world.give("Launcher", user=everywhere)
    world.act_as(delegate)
    for person, where in ((elsewhere, "apac"), (away, "apac"), (half, "apac"), (everywhere, "root")):
        refused(world, f"{where} or has a role there", *changes_of(world, person))
    assert world.give("Launcher", user=elsewhere, unit="iberia").changed
    for change in changes_of(world, inside):
        change()
    assert users.change_user(*world.at, by_hand(world, "other", "apac"), {"active": False}).active is False


def test_who_is_above_a_delegate_is_not_theirs_to_manage(world: World, delegate: str) -> None:
    """A privileged permission that the delegate lacks, in times to come too; and an Account Owner who is off."""
    trusted, soon, owner, plain = (by_hand(world, name, "iberia") for name in ("trusted", "soon", "owner", "plain"))
    units.create_unit(*world.at, "north", "North", "dach")
    below, local = by_hand(world, "below", "dach"), world.user("local", home="apac")
    world.give("Regional administrator", user=local, unit="dach")
    for person, how, who in (
        (trusted, {"user": trusted, "unit": "iberia"}, delegate),
        (soon, {"user": soon, "unit": "iberia", "starts": now() + DAY}, delegate),
        (below, {"principal_unit": "north"}, local),
    ):
        world.give("Administrator", **how)
        world.act_as(who)
        refused(world, "a privileged permission that you do not hold", *changes_of(world, person))
        world.as_program()
    world.owner("olivia")
    world.give("Account Owner", user=owner)
    users.change_user(*world.at, owner, {"active": False})
    world.give("Regional administrator", user=plain, unit="iberia")
    world.act_as(delegate)
    refused(world, "is an Account Owner", *changes_of(world, owner))
    for change in changes_of(world, plain):
        change()


def test_ones_own_profile_is_ones_own_as_far_as_it_decides_nothing(session: Session) -> None:
    """Names, language and the like; not what says who somebody is or what conditions speak of, whatever its case."""
    world, urn, attribute = a_world(session, "crm"), ENTERPRISE, "department"
    ana = by_hand(world, "ana", "iberia")
    users.change_user(*world.at, ana, {"attributes": {urn: {attribute: "Sales"}}})
    world.act_as(ana)
    mine = {"locale": "es-ES", "name": {"familyName": "García"}, "phoneNumbers": [{"value": "1", "type": "work"}]}
    changed = users.change_user(*world.at, ana, {"display_name": "Ana", "attributes": mine})
    assert (changed.display_name, changed.attributes["locale"]) == ("Ana", "es-ES")
    for changes in (
        {"user_name": "omar"},
        {"external_id": "omar"},
        {"active": False},
        {"attributes": {"roles": [{"value": "boss"}]}},
        {"attributes": {urn: {attribute: "Board"}}},
        {"attributes": {urn.upper(): {attribute.upper(): "Board"}}},
        {"attributes": {urn: None}},
    ):
        with pytest.raises(Forbidden, match="own access"):
            users.change_user(*world.at, ana, changes)
    with pytest.raises(Forbidden, match="own access"):
        users.delete_user(*world.at, ana)
    found = users.get_user(*world.at, ana)
    assert (found.user_name, found.active, found.external_id) == ("ana", True, None)
    assert found.attributes[urn][attribute] == "Sales"
    world.as_program()
    individual.put(*world.at, ana, [Entry("profile.edit", "deny")])
    world.act_as(ana)
    with pytest.raises(Forbidden, match="your own profile"):
        users.change_user(*world.at, ana, {"display_name": "Other"})


def test_refusals_say_it_plainly(world: World, delegate: str) -> None:
    """What is lacking, where; and why a unit cannot hang there."""
    inside = world.user(home="iberia")
    world.role("Asker", QUERY)
    world.act_as(delegate)
    for attempt, words in (
        (
            lambda: individual.put(*world.at, inside, [Entry(QUERY, "allow", unit="iberia")]),
            f"you may not give or take the permission {QUERY}: you do not hold it in iberia yourself",
        ),
        (
            lambda: world.give("Asker", user=inside, unit="iberia"),
            f"you may not give or take the role Asker: you do not hold {QUERY} in iberia yourself",
        ),
        (lambda: unit_moves.move_unit(*world.at, "emea", "emea"), "emea cannot hang below itself"),
        (
            lambda: unit_moves.move_unit(*world.at, "emea", "iberia"),
            "iberia is below emea, so emea cannot hang below iberia",
        ),
    ):
        with pytest.raises(Refused) as told:
            attempt()
        assert str(told.value) == words


def test_who_has_no_right_changes_nobody(world: World) -> None:
    """However many permissions of the platform they have."""
    ana, bob = world.user("ana", home="emea"), world.user("bob")
    world.role("Everything else", "campaigns", "contacts", "content", "analytics")
    world.role("Somebody's", VIEW)
    world.give("Everything else", user=ana)
    world.act_as(ana)
    for attempt in ways_to_change(world, bob, world.group(bob)):
        with pytest.raises((Forbidden, assignments.NotAllDone), match=r"may not|only an Account Owner"):
            attempt()
    refused(
        world,
        r"may not|only an Account Owner",
        lambda: world.give("Viewer", principal_unit="apac"),
        lambda: world.give("Account Owner", user=bob),
        lambda: roles.create_role(*world.at, "Mine"),
        lambda: roles.copy_role(*world.at, "Viewer", "Mine"),
        lambda: roles.edit_role(*world.at, "Everything else", RoleEdit(name="Mine")),
        lambda: roles.delete_role(*world.at, "Somebody's"),
        lambda: role_comparison.impact_of_delete(*world.at, "Somebody's"),
        lambda: units.create_unit(*world.at, "mine", "Mine"),
        lambda: units.edit_unit(*world.at, "emea", name="Mine"),
        lambda: unit_moves.move_unit(*world.at, "iberia", "apac"),
        lambda: unit_moves.plan_move(*world.at, "iberia", "apac"),
        lambda: units.delete_unit(*world.at, "apac"),
        lambda: default_roles.set_default_roles(*world.at, ["Viewer"]),
    )


def test_who_is_no_active_user_here_acts_for_nobody(world: World) -> None:
    """Neither somebody who was deactivated nor somebody of another account."""
    olivia, omar, ana = world.owner("olivia"), world.owner("omar"), world.user()
    here = USERS.c.account_id == world.account, USERS.c.id == olivia
    world.session.execute(USERS.update().where(*here).values(active=False))
    stranger = a_world(world.session)
    foreign = stranger.owner()
    for who in (olivia, foreign):
        bump(world.session, world.account)
        world.act_as(who)
        refused(world, "no active user", lambda: world.give("Viewer", user=ana))
    world.act_as(omar)
    assert world.give("Viewer", user=ana).changed


def test_a_delegate_gives_what_they_hold_where_they_hold_it(world: World, delegate: str) -> None:
    """In their units, to their people; nothing outside, and nothing that they do not have themselves."""
    inside, worker, outside = world.user(home="iberia"), world.user(), world.user(home="apac")
    units.add_worker(*world.at, worker, "dach")
    world.role("Launcher", LAUNCH, VIEW)
    world.role("Asker", QUERY)
    world.role("Both", VIEW, QUERY)
    world.act_as(delegate)
    assert world.give("Launcher", user=inside, unit="iberia").changed
    assert world.give("Launcher", user=inside, unit="emea", children=True).changed
    assert world.give("Launcher", user=worker, unit="dach").changed
    assert world.may(inside)
    assert assignments.unassign(*world.at, a_giving("Launcher", inside, unit="iberia")).changed
    refused(
        world,
        r"you may not give or take the role",
        lambda: world.give("Launcher", user=inside),
        lambda: world.give("Launcher", user=inside, unit="apac"),
        lambda: world.give("Launcher", user=inside, unit="root", children=True),
        lambda: world.give("Launcher", user=outside, unit="iberia"),
        lambda: world.give("Launcher", principal_unit="apac"),
        lambda: world.give("Asker", user=inside, unit="iberia"),
        lambda: world.give("Both", user=inside, unit="iberia"),
        lambda: world.give("Administrator", user=inside, unit="iberia"),
    )
    refused(world, "only an Account Owner", lambda: world.give("Account Owner", user=inside))
    refused(world, "every business unit", lambda: world.give("Launcher", group=world.group(inside), unit="iberia"))
    refused(world, "own access", lambda: world.give("Launcher", user=delegate, unit="iberia"))
    with pytest.raises(assignments.NotAllDone) as many:
        assignments.assign(*world.at, a_giving("Launcher", inside, outside, unit="iberia"))
    assert [bool(one.problem) for one in many.value.outcomes] == [False, True]


def test_a_delegate_puts_only_what_they_hold_on_people(world: World, delegate: str) -> None:
    """Allow or deny, given or taken: what they do not hold is not theirs to change."""
    inside = world.user(home="iberia")
    individual.put(*world.at, inside, [Entry(QUERY, "deny", unit="iberia")])
    world.act_as(delegate)
    assert individual.put(*world.at, inside, [Entry(LAUNCH, "allow", unit="iberia")])
    refused(
        world,
        "may not",
        lambda: individual.put(*world.at, inside, [Entry(QUERY, "allow", unit="iberia")]),
        lambda: individual.put(*world.at, inside, [Entry(QUERY, "unset", unit="iberia")]),
        lambda: individual.put(*world.at, inside, [Entry(LAUNCH, "allow")]),
        lambda: individual.put(*world.at, inside, [Entry("*", "allow", unit="iberia")]),
    )


def test_a_delegate_does_not_lift_a_denial_of_what_they_lack(world: World, delegate: str) -> None:
    """Who takes a role away that denies something gives that; an end is the same."""
    inside = world.user(home="iberia")
    world.role("Brake", deny=(QUERY,))
    world.give("Brake", user=inside, unit="iberia")
    world.act_as(delegate)
    how: dict[str, Any] = {"user": inside, "unit": "iberia"}
    refused(
        world,
        "you do not hold",
        lambda: assignments.unassign(*world.at, a_giving("Brake", **how)),
        lambda: world.give("Brake", expires=now() + DAY, **how),
        lambda: assignments.extend(*world.at, a_giving("Brake", **how), expires=now() + DAY),
    )


def test_an_owner_is_out_of_a_delegates_reach(world: World, delegate: str) -> None:
    """Also where the owner is at home in the delegate's unit."""
    olivia = world.owner("olivia")
    units.set_home(*world.at, olivia, "iberia")
    world.role("Launcher", LAUNCH)
    world.act_as(delegate)
    refused(
        world,
        "Account Owner",
        lambda: world.give("Launcher", user=olivia, unit="iberia"),
        lambda: individual.put(*world.at, olivia, [Entry(LAUNCH, "deny", unit="iberia")]),
        lambda: units.add_worker(*world.at, olivia, "dach"),
    )


def test_a_delegate_arranges_their_own_branch_of_the_tree(world: World, delegate: str) -> None:
    """Units below theirs, and the people in them; nothing outside, nor across."""
    inside, outside = world.user(home="iberia"), world.user(home="apac")
    world.act_as(delegate)
    units.create_unit(*world.at, "north", "North", "iberia")
    units.edit_unit(*world.at, "north", name="The North")
    unit_moves.move_unit(*world.at, "north", "dach")
    units.delete_unit(*world.at, "north")
    assert units.add_worker(*world.at, inside, "emea")
    assert units.set_home(*world.at, inside, "emea")
    refused(
        world,
        "may not",
        lambda: units.create_unit(*world.at, "mine", "Mine", "apac"),
        lambda: units.create_unit(*world.at, "mine", "Mine"),
        lambda: unit_moves.move_unit(*world.at, "iberia", "apac"),
        lambda: unit_moves.move_unit(*world.at, "apac", "emea"),
        lambda: units.edit_unit(*world.at, "apac", name="Mine"),
        lambda: units.add_worker(*world.at, outside, "emea"),
        lambda: units.add_worker(*world.at, inside, "apac"),
        lambda: units.set_home(*world.at, inside, "apac"),
        lambda: units.set_home(*world.at, inside, None),
    )
    refused(world, "own access", lambda: units.set_home(*world.at, delegate, "iberia"))


def test_a_move_that_changes_ones_own_access_is_ones_own(world: World) -> None:
    """An owner at home in a unit does not hang it below one that forces roles on it."""
    olivia = world.owner("olivia")
    units.set_home(*world.at, olivia, "iberia")
    world.give("Marketer", principal_unit="apac", children=True)
    world.act_as(olivia)
    refused(world, "own access", lambda: unit_moves.move_unit(*world.at, "iberia", "apac"))
    assert unit_moves.move_unit(*world.at, "dach", "apac").parent == "apac"


def test_a_role_is_edited_by_who_holds_it_everywhere(world: World, delegate: str) -> None:
    """A role is the same everywhere, so that a regional administrator has no say in it."""
    world.role("Launcher", LAUNCH)
    editor = world.user("edith")
    world.give("Regional administrator", user=editor)
    world.act_as(delegate)
    allow_view = RoleEdit(statements=(StatementChange(VIEW, "allow"),))
    refused(world, "may not edit the role", lambda: roles.edit_role(*world.at, "Launcher", allow_view))
    world.act_as(editor)
    assert roles.edit_role(*world.at, "Launcher", allow_view).role.revision == 2
    assert roles.create_role(*world.at, "Viewing", statements=[StatementChange(VIEW, "allow")])
    ask = StatementChange(QUERY, "allow")
    refused(
        world,
        "you do not hold",
        lambda: roles.edit_role(*world.at, "Launcher", RoleEdit(statements=(ask,))),
        lambda: roles.create_role(*world.at, "Asker", statements=[ask]),
        lambda: roles.copy_role(*world.at, "Administrator", "Mine"),
    )
    refused(
        world,
        "own access",
        lambda: roles.edit_role(*world.at, "Regional administrator", allow_view_of_everything()),
        lambda: roles.delete_role(*world.at, "Regional administrator"),
    )


def allow_view_of_everything() -> RoleEdit:
    """One more permission for the role."""
    return RoleEdit(statements=(StatementChange("analytics", "allow"),))


def test_mapping_is_published_by_owners_and_not_for_themselves(world: World, delegate: str) -> None:
    """A rule for a group that the publisher is in is their own access, given or taken; nothing is left of it."""
    olivia, ana = pushed_owner(world, "olivia"), world.user()
    hers, theirs = world.group(olivia), world.group(ana)

    def publish(*groups: str) -> Any:
        rules = [{"name": group, "group": {"id": group}, "grants": [{"role": "Marketer"}]} for group in groups]
        return mapping_publish.publish(*world.at, {"rules": rules}, author="test")

    world.act_as(delegate)
    refused(world, "only an Account Owner", lambda: publish(theirs))
    world.act_as(olivia)
    refused(world, "own access", lambda: publish(hers, theirs))
    assert mapping_documents.published(*world.at) == {"rules": []}
    assert publish(theirs).revision == 1
    world.as_program()
    assert publish(hers, theirs).revision == 2
    world.act_as(olivia)
    refused(world, "own access", lambda: publish(theirs))
    assert world.may(olivia)


def test_members_of_groups_that_give_access(world: World, delegate: str) -> None:
    """Nobody puts themselves into one, nor a group that they are in; only owners change who is in it."""
    olivia, ana = pushed_owner(world, "olivia"), world.user()
    team = world.group(olivia, name="Team")
    plain, giving = world.group(name="Plain"), world.group(name="Giving")
    world.give("Viewer", group=giving)
    nested = world.group(name="Nested")
    service.patch(
        world.directory, "Group", giving, a_patch({"op": "add", "path": "members", "value": [{"value": nested}]})
    )
    check = guards.check_members
    world.act_as(olivia)
    for group in (giving, nested):
        for moved in ([olivia], [ana, team]):
            refused(world, "own access", lambda group=group, moved=moved: check(*world.at, group, moved))  # type: ignore[misc]
        check(*world.at, group, [ana])
    check(*world.at, plain, [olivia])
    world.act_as(delegate)
    refused(world, "only an Account Owner", lambda: check(*world.at, nested, [ana]))
    check(*world.at, plain, [ana])


def test_the_last_owner_stays_whoever_acts(world: World) -> None:
    """By hand it is refused; an owner for a while, or from a directory, is no reason to let the last one go."""
    olivia, pushed, fleeting = world.owner("olivia"), world.user(), world.user()
    world.give("Account Owner", user=pushed)
    world.give("Account Owner", user=fleeting, expires=now() + DAY)
    for actor in (None, pushed):
        if actor:
            world.act_as(actor)
        # Who has it for good does not come to have it for a while by being given it again.
        assert not world.give("Account Owner", user=olivia, expires=now() + DAY).changed
        for attempt in (
            lambda: assignments.unassign(*world.at, a_giving("Account Owner", olivia)),
            lambda: assignments.extend(*world.at, a_giving("Account Owner", olivia), expires=now() + DAY),
        ):
            with pytest.raises(LastOwner, match="make somebody else one first"):
                attempt()
    world.as_program()
    states = {one.user_name: (one.is_local, one.lasts, one.kept) for one in last_owner.list_owners(*world.at)}
    assert states["olivia"] == (True, True, False)
    assert sorted(states.values()) == [(False, False, False), (False, True, False), (True, True, False)]
    omar = world.owner("omar")
    assert assignments.unassign(*world.at, a_giving("Account Owner", olivia)).changed
    with pytest.raises(LastOwner):
        assignments.unassign(*world.at, a_giving("Account Owner", omar, pushed))


def scim(world: World, *changes: Any) -> None:
    """A directory's request."""
    world.as_program("token")
    provisioning.on_changes(world.directory, changes)


def kept(world: World) -> list[Any]:
    """What the audit trail says of owners who were kept."""
    world.session.commit()
    columns = (EVENTS.c.target_id, EVENTS.c.target_name, EVENTS.c.reason)
    query = select(*columns).where(EVENTS.c.account_id == world.account, EVENTS.c.action == "owner.kept")
    return list(world.session.execute(query.order_by(EVENTS.c.sequence)))


def switch(world: World, person: str, active: bool, **attributes: Any) -> Any:
    """The directory switches somebody on or off."""
    current = world.directory.find("User", person)
    assert current is not None
    return service.replace(world.directory, "User", person, dict(current.attributes) | {"active": active} | attributes)


def test_a_directory_that_deactivates_the_last_owner_is_answered(world: World) -> None:
    """As asked, and the owner still acts, through later changes too; noted, and shown."""
    pushed, other = world.user("pushed"), world.user("other")
    world.give("Account Owner", user=pushed)
    scim(world, switch(world, pushed, False), switch(world, other, False))
    found = world.directory.find("User", pushed)
    assert found is not None
    assert found.attributes["active"] is False
    assert world.decide(pushed).code is Code.NO_GRANT
    assert world.decide(other).code is Code.INACTIVE_USER
    [event] = kept(world)
    assert (event.target_id, event.target_name) == (pushed, "pushed")
    assert "last active Account Owner" in event.reason
    assert [(one.id, one.active, one.kept) for one in last_owner.list_owners(*world.at)] == [(pushed, True, True)]
    scim(world, switch(world, pushed, False, displayName="Renamed"))
    assert world.decide(pushed).code is Code.NO_GRANT
    world.act_as(pushed)
    assert world.give("Viewer", user=other).changed
    world.as_program()
    world.owner("olivia")
    scim(world, switch(world, pushed, False, displayName="Again"))
    assert world.decide(pushed).code is Code.INACTIVE_USER


def test_a_directory_deactivates_an_owner_who_is_not_the_last(world: World) -> None:
    """Nothing is kept, and nobody who was off before is switched on."""
    pushed, gone = world.user("pushed"), world.user("gone")
    world.owner("olivia")
    for person in (pushed, gone):
        world.give("Account Owner", user=person)
    scim(world, switch(world, pushed, False))
    assert world.decide(pushed).code is Code.INACTIVE_USER
    assert kept(world) == []


def test_who_was_off_before_they_became_an_owner_stays_off(world: World) -> None:
    """A change of their name is no reason to switch somebody on."""
    gone = world.user("gone")
    scim(world, switch(world, gone, False))
    world.as_program()
    world.give("Account Owner", user=gone)
    scim(world, switch(world, gone, False, displayName="New"))
    assert world.decide(gone).code is Code.INACTIVE_USER
    assert kept(world) == []


@pytest.mark.parametrize("is_taken", [False, True])
def test_a_directory_that_deletes_the_last_owner_is_answered(world: World, is_taken: bool) -> None:
    """The person is gone from the directory; a local owner of that name keeps the account manageable."""
    pushed = world.user("pushed")
    world.give("Account Owner", user=pushed)
    world.give("Administrator", user=pushed)
    if is_taken:
        local = select(DIRECTORIES.c.id).where(
            DIRECTORIES.c.account_id == world.account, DIRECTORIES.c.preset == "local"
        )
        store = open_directory_store(*world.at, world.session.execute(local).scalar_one())
        service.create(store, "User", a_user("Pushed"))
    scim(world, service.delete(world.directory, "User", pushed))
    assert world.directory.find("User", pushed) is None
    [owner] = last_owner.list_owners(*world.at)
    assert (owner.is_local, owner.active, owner.kept) == (True, True, False)
    assert owner.user_name == (f"pushed ({pushed})" if is_taken else "pushed")
    assert owner.id != pushed
    assert not world.may(owner.id), "only the owner role is kept"
    assert [event.target_id for event in kept(world)] == [owner.id]


def test_a_directory_deletes_an_owner_who_is_not_the_last(world: World) -> None:
    """There is nothing to keep."""
    pushed, olivia = world.user(), world.owner("olivia")
    world.give("Account Owner", user=pushed)
    scim(world, service.delete(world.directory, "User", pushed))
    assert [one.id for one in last_owner.list_owners(*world.at)] == [olivia]
    assert kept(world) == []


def test_two_who_remove_one_of_two_owners_each(database: Database) -> None:
    """One of them is refused: the account never is without."""
    with database.writing() as session:
        world = a_world(session)
        owners = [world.owner("olivia"), world.owner("omar")]
    ready, outcomes = Barrier(2), []

    def remove(person: str) -> None:
        ready.wait()
        try:
            with database.writing() as session:
                assignments.unassign(session, world.account, a_giving("Account Owner", person))
                outcomes.append("done")
        except LastOwner:
            outcomes.append("refused")

    threads = [Thread(target=remove, args=(person,)) for person in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]
    with database.reading() as session:
        assert len(last_owner.list_owners(session, world.account)) == 1


def test_an_undone_change_leaves_nothing_behind(world: World) -> None:
    """The rest of the transaction goes on as if it had not been tried."""
    olivia, ana = world.owner("olivia"), world.user()
    with pytest.raises(LastOwner):
        assignments.unassign(*world.at, a_giving("Account Owner", olivia))
    assert world.give("Viewer", user=ana).changed
    world.session.commit()
    assert guards.is_owner(*policy_and(world, olivia))
    assert audit.verify(world.session, world.account).problem is None
    revoked = select(EVENTS.c.sequence).where(EVENTS.c.account_id == world.account, EVENTS.c.action == "access.revoked")
    assert world.session.execute(revoked).all() == []
    assert accounts.find_account(world.session, world.account).id == world.account


def policy_and(world: World, person: str) -> tuple[Any, Any]:
    """The policy, and somebody under it."""
    snapshot = SqlAccessStore(*world.at).snapshot([person])
    return snapshot.policy, snapshot.subjects[person]
