"""Rules by pattern and by filter, pauses, terms and home units: kept true as people, groups, roles and units change."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from app import audit
from app.db import Database
from app.models.base import now
from app.retry import was_undone
from app.services import accounts, groups, last_owner, mapping_picture, roles, units, users
from app.services.errors import Forbidden
from app.services.mapping_filters import Conditions
from app.services.mapping_resolution import InvalidMapping
from app.services.patterns import Matcher
from app.services.roles import RoleEdit
from app.session import Session
from app.stores import holdings, mapping_bindings, mapping_rules
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ACCOUNTS, RULES, SOURCES, USERS, WORKS
from app.stores.directory import open_directory_store
from rbac.mapping import derive
from rbac.standing import standing_of
from scim import service
from scim.schemas import RESOURCE_TYPES
from tests.builders import ENTERPRISE, a_patch, a_user
from tests.stores.test_mapping_store import World, a_rule, a_world

PATTERN = {
    "name": "Pattern",
    "pattern": {"text": "mc-{business_unit}-{role}"},
    "grants": [{"role": "{role}", "unit": "{business_unit}", "children": True}],
    "works_in": [{"unit": "{business_unit}", "home": True}],
}
MARKETING = f'{ENTERPRISE}:department eq "Marketing"'
FILTER = {"name": "Filter", "where": MARKETING, "grants": [{"role": "Analyst"}]}


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def person(world: World, department: str | None = None, **attributes: Any) -> str:
    extension = {ENTERPRISE: {"department": department}} if department else {}
    return world.done(service.create(world.directory, "User", a_user(**attributes, **extension)))


def changed(world: World, kind: str, id: str, path: str, value: Any) -> None:
    operation = {"op": "replace", "path": path, "value": value}
    world.done(service.patch(world.directory, kind, id, a_patch(operation)))


def moved_to(world: World, user: str, department: str) -> None:
    changed(world, "User", user, f"{ENTERPRISE}:department", department)


def home(world: World, user: str) -> tuple[str | None, bool]:
    row = world.session.execute(select(USERS.c.home_unit_id, USERS.c.home_is_mapped).where(USERS.c.id == user)).one()
    keys = {unit.id: unit.key for unit in units.list_units(world.session, world.account)}
    return keys.get(row.home_unit_id), row.home_is_mapped


def set_account(world: World, **values: Any) -> None:
    world.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == world.account).values(values))


def acts(world: World, user: str) -> None:
    audit.begin(world.session, audit.Actor("person", user, "somebody"))


def test_a_pattern_binds_the_groups_there_are_and_those_that_come(world: World) -> None:
    """By role and unit as their names say, each as it is then called."""
    ana, bob, eve = person(world), person(world), person(world)
    world.group(ana, name="mc-emea-marketer")
    world.group(ana, eve, name="mc-nowhere-marketer")
    world.publish(PATTERN)
    assert world.roles(ana) == {"Marketer@emea+", "work@emea"}
    world.group(bob, name="MC-Iberia-Viewer")
    assert world.roles(bob) == {"Viewer@iberia+", "work@iberia"}
    assert world.roles(eve) == set()
    bound = {(one.group.name, one.means != (None, None)) for one in _bindings(world)}
    assert bound == {("mc-emea-marketer", True), ("MC-Iberia-Viewer", True)}
    [noted] = [event for event in world.events if event[0] == "mapping.matched"]
    assert noted[2:] == ("MC-Iberia-Viewer", {"rules": []}, {"rules": ["Pattern"]})


def test_the_picture_says_what_each_group_of_a_pattern_gives(world: World) -> None:
    """Of every group what its own name says, with those who have it."""
    ana, bob, eve = person(world), person(world), person(world)
    world.group(ana, name="mc-emea-marketer")
    world.group(bob, eve, name="mc-iberia-viewer")
    world.publish(PATTERN)
    seen = mapping_picture.picture(world.session, world.account, None, counted=True)
    given = {
        (seen.groups[one.group_id or ""], seen.roles.get(one.role_id or ""), seen.units[one.unit_id or ""], one.people)
        for one in seen.streams
    }
    assert given == {
        ("mc-emea-marketer", "Marketer", "emea", 1),
        ("mc-emea-marketer", None, "emea", 1),
        ("mc-iberia-viewer", "Viewer", "iberia", 2),
        ("mc-iberia-viewer", None, "iberia", 2),
    }


def _bindings(world: World) -> tuple[Any, ...]:
    return mapping_rules.pattern_rules(world.session, world.account).bindings


def test_a_renamed_group_is_matched_again(world: World) -> None:
    """It gives what its new name says, and nothing by the old one; members who leave meanwhile keep nothing."""
    ana, bob = person(world), person(world)
    group = world.group(ana, bob, name="mc-emea-marketer")
    world.publish(PATTERN)
    both = [
        {"op": "replace", "path": "displayName", "value": "mc-iberia-viewer"},
        {"op": "remove", "path": f'members[value eq "{bob}"]'},
    ]
    world.done(service.patch(world.directory, "Group", group, a_patch(*both)))
    assert (world.roles(ana), world.roles(bob)) == ({"Viewer@iberia+", "work@iberia"}, set())
    changed(world, "Group", group, "displayName", "Something else")
    assert world.roles(ana) == set()
    assert _bindings(world) == ()
    changed(world, "Group", group, "displayName", "mc-emea-viewer")
    world.delete("Group", group)
    assert world.roles(ana) == set()
    assert _bindings(world) == ()


def test_roles_and_units_that_come_go_or_are_renamed_are_matched(world: World) -> None:
    """In the transaction in which that happens."""
    here = world.session, world.account
    ana = person(world)
    world.group(ana, name="mc-apac-campaign-lead")
    world.publish(PATTERN)
    assert world.roles(ana) == set()
    units.create_unit(*here, "apac", "Asia")
    role = roles.create_role(*here, "Campaign Lead").role
    assert world.roles(ana) == {"Campaign Lead@apac+", "work@apac"}
    units.edit_unit(*here, "apac", key="asia-pacific")
    assert world.roles(ana) == set()
    units.edit_unit(*here, "asia-pacific", name="APAC")
    assert world.roles(ana) == {"Campaign Lead@asia-pacific+", "work@asia-pacific"}
    roles.edit_role(*here, role.id, RoleEdit(name="Lead"))
    assert world.roles(ana) == set()
    roles.edit_role(*here, role.id, RoleEdit(name="campaign.lead"))
    assert world.roles(ana) == {"campaign.lead@asia-pacific+", "work@asia-pacific"}
    roles.delete_role(*here, role.id)
    assert world.roles(ana) == set()
    assert world.count(WORKS) == world.count(SOURCES) == 0


def test_a_name_with_several_meanings_binds_nothing(world: World) -> None:
    """Until one of them is gone."""
    here = world.session, world.account
    ana = person(world)
    world.group(ana, name="mc-emea-content-creator")
    units.create_unit(*here, "emea-content", "Content")
    roles.create_role(*here, "Content Creator")
    creator = roles.create_role(*here, "Creator").role
    world.publish(PATTERN)
    assert world.roles(ana) == set()
    roles.delete_role(*here, creator.id)
    assert world.roles(ana) == {"Content Creator@emea+", "work@emea"}


def test_whoever_names_groups_makes_no_administrators(world: World) -> None:
    """A privileged role, also if it becomes one later, is captured only where the rule says so; an owner's never."""
    ana = person(world)
    for name in ("mc-emea-administrator", "mc-emea-account-owner", "mc-emea-editor"):
        world.group(ana, name=name)
    editor = roles.create_role(world.session, world.account, "Editor").role
    world.publish(PATTERN)
    assert world.roles(ana) == {"Editor@emea+", "work@emea"}
    roles.edit_role(world.session, world.account, editor.id, RoleEdit(privileged=True))
    assert world.roles(ana) == set()
    world.publish(PATTERN | {"allow_privileged": True})
    assert world.roles(ana) == {"Administrator@emea+", "Editor@emea+", "work@emea"}
    set_account(world, maps_owner=True)
    world.publish(PATTERN | {"allow_privileged": True, "reason": "again"})
    assert "Account Owner@emea+" not in world.roles(ana)


def test_a_pattern_of_one_directory(world: World, session: Session) -> None:
    """A group of that name in another one is not meant."""
    ana = person(world)
    local = users.create_user(session, world.account, {"user_name": "lea@acme.example"})
    group = groups.create_group(session, world.account, {"display_name": "mc-emea-viewer"})
    groups.add_members(session, world.account, group.id, [local.id], [])
    world.group(ana, name="mc-emea-viewer")
    world.publish(PATTERN | {"pattern": {"text": "mc-{business_unit}-{role}", "directory": "Okta"}})
    assert (world.roles(ana), world.roles(local.id)) == ({"Viewer@emea+", "work@emea"}, set())
    world.publish(PATTERN)
    assert world.roles(local.id) == {"Viewer@emea+", "work@emea"}


def test_a_filter_follows_what_is_known_of_people(world: World) -> None:
    """New people, changed attributes, people who are switched off; whoever a sign-in made has no roles."""
    ana, bob = person(world, "Marketing"), person(world, "Sales")
    world.session.execute(update(USERS).where(USERS.c.id == bob).values(origin="sso"))
    world.publish(FILTER, {"name": "Active", "where": "active eq true", "grants": [{"role": "Viewer"}]})
    assert (world.roles(ana), world.roles(bob)) == ({"Analyst", "Viewer"}, set())
    eve = person(world, "marketing")
    assert world.roles(eve) == {"Analyst", "Viewer"}
    moved_to(world, eve, "Sales")
    moved_to(world, bob, "Marketing")
    assert (world.roles(eve), world.roles(bob)) == ({"Viewer"}, set())
    changed(world, "User", ana, "active", value=False)
    assert world.roles(ana) == {"Analyst"}
    granted = {event[4]["rule"]: event[4] for event in world.events if event[0] == "access.granted"}
    assert granted.keys() == {"Filter", "Active"}
    assert "group" not in granted["Filter"]


def test_a_group_and_a_filter_count_both(world: World) -> None:
    """Whichever changes first."""
    ana = person(world, "Sales")
    group = world.group()
    world.publish(a_rule("A", group, "Viewer") | {"where": MARKETING})
    world.move(group, add=(ana,))
    assert world.roles(ana) == set()
    moved_to(world, ana, "Marketing")
    assert world.roles(ana) == {"Viewer"}
    world.move(group, remove=(ana,))
    assert world.roles(ana) == set()
    world.move(group, add=(ana,))
    world.delete("Group", group)
    assert world.roles(ana) == set()


def test_a_filter_of_one_directory(world: World, session: Session) -> None:
    """People of others satisfy it in vain; people made by hand count as others do."""
    given = {"user_name": "lea@acme.example", "attributes": {ENTERPRISE: {"department": "Marketing"}}}
    ana, lea = person(world, "Marketing"), users.create_user(session, world.account, given).id
    world.publish(FILTER | {"directory": "Okta"})
    assert (world.roles(ana), world.roles(lea)) == ({"Analyst"}, set())
    world.publish(FILTER)
    assert world.roles(lea) == {"Analyst"}
    users.change_user(session, world.account, lea, {"attributes": {ENTERPRISE: {"department": "Sales"}}})
    assert world.roles(lea) == set()
    tom = users.create_user(session, world.account, given | {"user_name": "tom@acme.example"})
    assert world.roles(tom.id) == {"Analyst"}


def test_an_attribute_of_an_extension_needs_no_urn(world: World) -> None:
    """At a publish and at a change alike, as long as only one extension has it."""
    ana, bob = person(world, "Marketing"), person(world, "Sales")
    world.publish(FILTER | {"where": 'Department eq "marketing" and active eq true'})
    assert (world.roles(ana), world.roles(bob)) == ({"Analyst"}, set())
    moved_to(world, ana, "Sales")
    moved_to(world, bob, "Marketing")
    assert (world.roles(ana), world.roles(bob)) == (set(), {"Analyst"})


def test_what_is_wrong_is_told(world: World) -> None:
    """Filters, directories and roles, each at its place."""
    group = world.group()
    with pytest.raises(InvalidMapping) as told:
        world.publish(
            {"name": "A", "where": 'departmnt eq "x"', "directory": "Okte", "grants": [{"role": "Viewer"}]},
            {"name": "B", "pattern": {"text": "x-{y}", "directory": "Azure"}, "grants": [{"role": "Viewr"}]},
            a_rule("C", group, "Account Owner") | {"where": "groups pr"},
        )
    assert [problem.partition(": ")[0] for problem in told.value.problems] == [
        "rules[0].where",
        "rules[0].directory",
        "rules[1].grants[0].role",
        "rules[1].pattern.directory",
        "rules[2].where",
        "rules[2].grants[0].role",
    ]
    assert f"did you mean {ENTERPRISE}:department?" in told.value.problems[0]
    assert "did you mean 'Okta'" in told.value.problems[1]


def test_a_paused_rule_gives_and_takes_nothing(world: World) -> None:
    """Not even if the group is deleted, or renamed; resuming makes up for it."""
    ana, bob, eve = person(world), person(world), person(world)
    group, other = world.group(ana, bob), world.group(ana, eve, name="mc-emea-viewer")
    rules = a_rule("A", group, "Viewer", works_in="emea"), PATTERN
    world.publish(*rules)
    had = {id: world.roles(id) for id in (ana, bob, eve)}
    world.publish(*({**rule, "paused": True} for rule in rules))
    tom = person(world)
    world.move(group, add=(tom,), remove=(bob,))
    changed(world, "Group", other, "displayName", "Nothing")
    assert world.roles(tom) == set()
    assert {id: world.roles(id) for id in had} == had
    world.delete("Group", group)
    world.delete("Group", other)
    assert {id: world.roles(id) for id in had} == had
    assert world.session.execute(select(SOURCES.c.group_id).where(SOURCES.c.account_id == world.account)).all() == [
        (None,)
    ] * world.count(SOURCES)
    orphan = {**rules[0], "group": {"id": group}}
    world.publish(orphan, PATTERN)
    assert {id: world.roles(id) for id in had} == {id: set() for id in had}


def test_two_groups_of_one_paused_rule_leave_one_source(world: World) -> None:
    """What would be alike is one."""
    ana = person(world)
    both = [world.group(ana, name=name) for name in ("mc-emea-viewer", "mc_emea")]
    rule = {"name": "A", "pattern": {"text": "mc{x}"}, "grants": [{"role": "Viewer"}]}
    world.publish(rule)
    world.publish(rule | {"paused": True})
    for group in both:
        world.delete("Group", group)
    assert (world.roles(ana), world.count(SOURCES)) == ({"Viewer"}, 1)


def test_a_paused_mapping_is_as_if_every_rule_was(world: World) -> None:
    """Whoever moves, whatever is deleted."""
    ana, bob, eve = person(world, "Marketing"), person(world), person(world, "Marketing")
    group = world.group(ana)
    world.publish(a_rule("A", group, "Viewer"), FILTER, PATTERN)
    set_account(world, mapping_paused=now())
    moved_to(world, eve, "Sales")
    world.move(group, add=(bob,), remove=(ana,))
    world.group(bob, name="mc-emea-viewer")
    assert (world.roles(ana), world.roles(bob)) == ({"Viewer", "Analyst"}, set())
    world.delete("Group", group)
    assert (world.roles(ana), world.roles(eve)) == ({"Viewer", "Analyst"}, {"Analyst"})


def ends(world: World) -> list[Any]:
    return list(world.session.execute(select(SOURCES.c.expires).where(SOURCES.c.account_id == world.account)).scalars())


def test_what_a_rule_gives_for_a_while_ends(world: World) -> None:
    """From when somebody got it, or at a moment; a sync that says the same again revives nothing."""
    ana = person(world)
    group = world.group(ana)
    rule = a_rule("A", group, "Viewer", works_in="emea")
    begun, end = now(), now() + timedelta(days=30)
    world.publish(rule | {"days": 90})
    [expires] = ends(world)
    assert begun + timedelta(days=90) <= expires <= now() + timedelta(days=90)
    world.publish(rule | {"days": 90, "until": end.isoformat()})
    assert ends(world) == [end]
    past = now() - timedelta(days=1)
    with pytest.raises(InvalidMapping, match=r"rules\[0\]\.until: the rule would have ended already"):
        world.publish(rule | {"until": past.isoformat()})
    for rows, column in ((RULES, RULES.c.until), (SOURCES, SOURCES.c.expires), (WORKS, WORKS.c.expires)):
        world.session.execute(update(rows).where(rows.c.account_id == world.account).values({column: past}))
    # A rule that has ended meanwhile keeps its end, whatever else is said of it or of others.
    world.publish(rule | {"until": past.isoformat(), "reason": "Over"}, PATTERN)
    assert ends(world) == [past]
    world.move(group, add=(ana,))
    changed(world, "User", ana, "displayName", "Ana")
    assert ends(world) == [past]
    bob = person(world)
    world.events.clear()
    world.move(group, add=(bob,))
    assert [event for event in world.events if event[0].startswith("access")] == []
    snapshot = SqlAccessStore(world.session, world.account).snapshot([ana])
    subject = snapshot.subjects[ana]
    assert subject is not None
    # A membership that ended neither lets in nor opens the home unit and all below it.
    assert standing_of(snapshot.policy, subject, "emea") is None
    assert standing_of(snapshot.policy, subject, "root") is None
    world.publish(rule)
    assert ends(world) == [None, None]
    again = SqlAccessStore(world.session, world.account).snapshot([ana]).subjects[ana]
    assert again is not None
    assert standing_of(snapshot.policy, again, "emea") is not None


def test_the_home_unit_is_that_of_the_first_rule(world: World) -> None:
    """As they stand in the mapping; what somebody set by hand stays, and clearing that returns to the rules."""
    ana = person(world)
    one, two = world.group(ana), world.group(ana)

    def rule(name: str, group: str, unit: str) -> dict[str, Any]:
        return {"name": name, "group": {"id": group}, "works_in": [{"unit": unit, "home": True}]}

    first, second = rule("A", one, "emea"), rule("B", two, "iberia")
    world.publish(first, second)
    assert home(world, ana) == ("emea", True)
    world.publish(second, first)
    assert home(world, ana) == ("iberia", True)
    world.move(two, remove=(ana,))
    assert home(world, ana) == ("emea", True)
    units.set_home(world.session, world.account, ana, "emea")
    assert home(world, ana) == ("emea", False)
    world.move(two, add=(ana,))
    assert home(world, ana) == ("emea", False)
    units.set_home(world.session, world.account, ana, None)
    assert home(world, ana) == ("iberia", True)
    world.delete("Group", one)
    world.delete("Group", two)
    assert home(world, ana) == (None, False)


def owner_ids(world: World) -> set[str]:
    return {one.id for one in last_owner.list_owners(world.session, world.account)}


def test_the_last_owner_by_mapping_stays_one_by_hand(world: World) -> None:
    """A directory's request is carried out, but for this; the trail says so."""
    ana, bob = person(world), person(world)
    group = world.group(ana, bob)
    with pytest.raises(InvalidMapping, match="unless an Account Owner has allowed"):
        world.publish(a_rule("A", group, "Account Owner"))
    set_account(world, maps_owner=True)
    with pytest.raises(InvalidMapping, match="for the whole account"):
        world.publish(a_rule("A", group, ("Account Owner", "emea")))
    world.publish(a_rule("A", group, "Account Owner"))
    audit.begin(world.session, audit.Actor("token", "t-1", "Okta / main"))
    world.move(group, remove=(bob,))
    assert owner_ids(world) == {ana}
    world.events.clear()
    world.delete("Group", group)
    assert owner_ids(world) == {ana}
    kept = [event for event in world.events if event[0] == "owner.kept"]
    assert [(event[1], event[3], event[4]) for event in kept] == [(ana, {"source": "mapping"}, {"source": "manual"})]


def test_nobody_gains_by_their_own_act(world: World, session: Session) -> None:
    """By an attribute, a group's name, a role; others let people gain so only if they are Account Owners."""
    here = session, world.account
    owner = accounts.create_owner(*here, "olivia@acme.example")
    given = {"user_name": "lea@acme.example", "attributes": {ENTERPRISE: {"department": "Sales"}}}
    lea = users.create_user(*here, given).id
    helper = roles.copy_role(*here, "Administrator", "Helper").role
    group = groups.create_group(*here, {"display_name": "Team"})
    groups.add_members(*here, group.id, [lea, owner.id], [])
    world.publish(FILTER, PATTERN)
    assert helper.name == "Helper"
    to_marketing = {"attributes": {ENTERPRISE: {"department": "Marketing"}}}
    acts(world, lea)
    with pytest.raises(Forbidden), session.savepoint():
        users.change_user(*here, lea, to_marketing)
    acts(world, owner.id)
    with pytest.raises(Forbidden, match="own access"), session.savepoint():
        users.change_user(*here, owner.id, to_marketing)
    with pytest.raises(Forbidden, match="own access"), session.savepoint():
        groups.change_group(*here, group.id, {"display_name": "mc-emea-viewer"})
    users.change_user(*here, lea, to_marketing)
    assert world.roles(lea) == {"Analyst"}
    assert world.roles(owner.id) == {"Account Owner"}


def test_people_cost_nothing_where_no_rule_goes_by_them(world: World) -> None:
    """An account without a filter is not asked about its rules when a user changes."""
    assert not world.directory.directory.filters_people
    ana = person(world)
    world.publish(a_rule("A", world.group(ana), "Viewer"))
    assert not _flag(world)
    world.publish(FILTER)
    assert _flag(world)


def _flag(world: World) -> bool:
    flag = world.session.execute(select(ACCOUNTS.c.filters_people).where(ACCOUNTS.c.id == world.account))
    return bool(flag.scalar_one())


NUMBERED = PATTERN | {"pattern": {"text": "mc-{business_unit}-{role}-{number}"}}


def test_names_members_and_publishes_at_the_same_time(database: Database) -> None:
    """Groups that come and are renamed, members who move, people who change: nobody is missed."""
    with database.writing() as session:
        world = a_world(session)
        people = [person(world, "Marketing") for _ in range(6)]
        named = [world.group(name=f"Group {number}") for number in range(3)]
        world.publish(NUMBERED, FILTER)

    def reopened(session: Session) -> World:
        return World(session, world.account, open_directory_store(session, world.account, world.directory.directory.id))

    def act(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(10):
            what, group, who = chance.random(), chance.choice(named), chance.choice(people)

            def once(mine: World, what: float = what, group: str = group, who: str = who) -> None:
                if what < 0.4:
                    mine.move(group, **{chance.choice(["add", "remove"]): (who,)})
                elif what < 0.6:
                    name = chance.choice(["mc-emea-viewer", "mc-iberia-marketer", "Team"])
                    changed(mine, "Group", group, "displayName", f"{name}-{uuid4().hex}")
                elif what < 0.7:
                    mine.group(who, name=f"mc-emea-analyst-{uuid4().hex}")
                elif what < 0.9:
                    moved_to(mine, who, chance.choice(["Marketing", "Sales"]))
                else:
                    pattern = {**NUMBERED, "reason": uuid4().hex}
                    mine.publish(*chance.choice([(pattern,), (pattern, FILTER), (FILTER,)]))

            _again(database, lambda session, once=once: once(reopened(session)))

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(act, seed) for seed in (1, 2, 3)]:
            done.result()
    with database.reading() as session:
        loaded = mapping_rules.all_rules(session, world.account)
        policy = SqlAccessStore(session, world.account).snapshot([]).policy
        groups_there = mapping_bindings.groups_to_match(session, world.account, None)
        bound = {(one.rule_id, one.group.id) for one in Matcher(policy).bindings(loaded.rules.rules, groups_there)}
        assert bound == {(one.rule_id, one.group.id) for one in loaded.bindings}
        held = holdings.held_by(session, world.account, people, now(), loaded.rules.group_ids)
        Conditions(loaded.rules.rules, RESOURCE_TYPES["User"]).ask(session, world.account, held)
        for mine in held.values():
            assert mine.derived().keys() == derive(loaded.rules, mine.groups, mine.satisfied)


def _again(database: Database, work: Callable[[Session], None]) -> None:
    """As a request is: once more where the database has undone it."""
    for _ in range(20):
        try:
            with database.writing() as session:
                work(session)
        except DBAPIError as error:
            if not was_undone(error):
                raise
        else:
            return
    pytest.fail("never got its turn")
