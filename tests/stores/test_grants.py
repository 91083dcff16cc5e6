"""Grants of every kind, with their sources: given, shown, extended and taken back, from either side."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.models.base import now
from app.services import assignments, default_roles, grants, individual, mapping_publish, provisioning, units
from app.services.assignments import NotAllDone
from app.services.errors import Conflict, NotFound, Refused
from app.services.giving import MOST_AT_ONCE
from app.services.individual import Entry
from app.session import Session
from app.stores.access_revision import bump
from app.stores.access_tables import ASSIGNMENTS, INDIVIDUALS, SOURCES, WORKS
from rbac.model import Code
from scim import service
from tests.builders import a_giving, a_patch
from tests.stores.worlds import EVENTS, LAUNCH, QUERY, VIEW, World, a_world

DAY = timedelta(days=1)


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def test_a_forced_role_of_a_unit_reaches_below(world: World) -> None:
    """Child units inherit it only where the parent forces it on them."""
    here, below, elsewhere = world.user(home="emea"), world.user(home="iberia"), world.user(home="apac")
    world.give("Marketer", principal_unit="emea")
    assert [world.may(one) for one in (here, below, elsewhere)] == [True, False, False]
    world.give("Marketer", principal_unit="emea", children=True)
    assert [world.may(one) for one in (here, below, elsewhere)] == [True, True, False]
    assert {(one.unit, one.reach) for one in grants.of_unit(*world.at, "EMEA")} == {
        ("emea", "unit"),
        ("emea", "subtree"),
    }
    assert assignments.unassign(*world.at, a_giving("Marketer", principal_unit="emea", children=True)).changed
    assert [world.may(one) for one in (here, below)] == [True, False]


def test_many_people_get_a_role_or_nobody_does(world: World) -> None:
    """From the role's side; one who cannot have it is reported, with all others, and nothing is changed."""
    people = [world.user() for _ in range(3)]
    with pytest.raises(NotAllDone) as refused:
        assignments.assign(*world.at, a_giving("Viewer", *people, "nobody"))
    assert [bool(one.problem) for one in refused.value.outcomes] == [False, False, False, True]
    assert "nobody" in str(refused.value)
    assert world.count(ASSIGNMENTS) == 0
    world.give("Viewer", user=people[0])
    named = [people[0], world.names[people[1]].upper(), people[2], people[2]]
    done = assignments.assign(*world.at, a_giving("viewer", *named, unit="emea", children=True), reason="project")
    assert [(one.id, one.changed) for one in done.outcomes] == [(one, True) for one in people]
    done = assignments.assign(*world.at, a_giving("Viewer", *people))
    assert [one.changed for one in done.outcomes] == [False, True, True]
    assert world.count(ASSIGNMENTS) == 6
    with pytest.raises(Refused, match=f"at most {MOST_AT_ONCE}"):
        assignments.assign(*world.at, a_giving("Viewer", *["x"] * (MOST_AT_ONCE + 1)))


def test_removal_leaves_other_roles_untouched(world: World) -> None:
    """From the user's side and from the role's side; other scopes of the same role stay, too."""
    ana, bob = world.user(), world.user()
    for person in (ana, bob):
        world.give("Viewer", user=person)
        world.give("Viewer", user=person, unit="emea")
        world.give("Analyst", user=person)
    done = assignments.unassign(*world.at, a_giving("Viewer", ana, bob))
    assert all(one.changed for one in done.outcomes)
    for person in (ana, bob):
        held = grants.of_user(*world.at, person).grants
        assert sorted((one.role, one.unit) for one in held) == [("Analyst", None), ("Viewer", "emea")]
    assert not assignments.unassign(*world.at, a_giving("Viewer", ana, bob)).changed


def test_one_role_here_and_another_there(world: World) -> None:
    """A user can have different roles in different units, and several in one: they add up."""
    ana = world.user()
    world.role("Sender", LAUNCH)
    world.role("Asker", QUERY)
    world.give("Sender", user=ana, unit="emea")
    world.give("Asker", user=ana, unit="apac")
    assert (world.may(ana, unit="emea"), world.may(ana, QUERY, "emea")) == (True, False)
    assert (world.may(ana, unit="apac"), world.may(ana, QUERY, "apac")) == (False, True)
    world.give("Asker", user=ana, unit="emea")
    assert (world.may(ana, unit="emea"), world.may(ana, QUERY, "emea")) == (True, True)


def let_end(world: World, when: datetime, rows: Any = SOURCES) -> None:
    """Time goes by: what has an end has had it."""
    mine = rows.c.account_id == world.account, rows.c.expires.is_not(None)
    world.session.execute(rows.update().where(*mine).values(expires=when))
    bump(world.session, world.account)


def test_an_end_that_has_passed_is_refused(world: World) -> None:
    """By name, wherever one is given; what is to end at once is taken back."""
    ana, past = world.user(), now() - DAY
    world.give("Viewer", user=ana)
    for attempt in (
        lambda: world.give("Marketer", user=ana, expires=past),
        lambda: world.give("Marketer", user=ana, starts=past - DAY, expires=past),
        lambda: assignments.assign(*world.at, a_giving("Marketer", ana), expires=past),
        lambda: assignments.extend(*world.at, a_giving("Viewer", ana), expires=past),
        lambda: put(world, ana, Entry(LAUNCH, "allow", expires=past)),
    ):
        with pytest.raises(Refused, match=r"expires: .* is over already"):
            attempt()
    assert (world.count(ASSIGNMENTS), world.count(INDIVIDUALS)) == (1, 0)


def test_what_was_done_names_the_principal(world: World) -> None:
    """A user, a group or a unit, however it was named."""
    ana, team = world.user("ana"), world.group(name="Team")
    for how, name in (
        ({"user": ana}, "ana"),
        ({"group": team}, "Team"),
        ({"principal_unit": "EMEA"}, "emea"),
    ):
        assert [one.name for one in world.give("Viewer", **how).outcomes] == [name]


def test_the_same_person_named_twice_counts_once(world: World) -> None:
    """By id and by userName, given and taken."""
    ana = world.user("ana")
    for do in (assignments.assign, assignments.unassign):
        done = do(*world.at, a_giving("Viewer", ana, "ANA", ana))
        assert [(one.id, one.changed) for one in done.outcomes] == [(ana, True)]
    with pytest.raises(NotAllDone, match="1 of 2 cannot"):
        assignments.assign(*world.at, a_giving("Viewer", ana, "nobody", "ana", "nobody"))


def test_an_end_is_extended_and_nothing_else(world: World) -> None:
    """Also one that is over; the beginning and the reason stay."""
    ana, moment = world.user(), now()
    world.give("Marketer", user=ana, starts=moment - 2 * DAY, expires=moment + DAY, reason="cover")
    let_end(world, moment - DAY)
    assert not world.may(ana)
    assert assignments.extend(*world.at, a_giving("Marketer", ana), expires=moment + DAY).changed
    assert world.may(ana)
    [source] = grants.of_user(*world.at, ana).grants[0].sources
    assert (source.starts, source.reason, source.state) == (moment - 2 * DAY, "cover", "active")
    assert assignments.extend(*world.at, a_giving("Marketer", ana), expires=None).changed
    assert not assignments.extend(*world.at, a_giving("Marketer", ana), expires=None).changed
    with pytest.raises(NotFound, match="by hand"):
        assignments.extend(*world.at, a_giving("Marketer", ana, unit="emea"), expires=None)
    with pytest.raises(Refused, match="end before it begins"):
        assignments.extend(*world.at, a_giving("Marketer", ana), expires=moment - 3 * DAY)


def mapped(world: World, team: str) -> None:
    """Members of the team are Marketers by mapping."""
    rules = [{"name": "Team", "group": {"id": team}, "grants": [{"role": "Marketer"}]}]
    mapping_publish.publish(*world.at, {"rules": rules}, author="test")


def move(world: World, verb: str, team: str, person: str) -> None:
    """The directory adds somebody to a group, or removes them."""
    path = f'members[value eq "{person}"]'
    operation = {"op": "remove", "path": path} if verb == "remove" else {"op": "add", "path": "members"}
    operation |= {} if verb == "remove" else {"value": [{"value": person}]}
    provisioning.on_changes(world.directory, [service.patch(world.directory, "Group", team, a_patch(operation))])


def test_to_give_takes_nothing_away(world: World) -> None:
    """Who has it by hand has it from the earlier beginning to the later end; the trail has both terms."""
    ana, ben = world.user("ana"), world.user("ben")
    world.role("Launcher", LAUNCH)
    soon, later, latest = (now() + days * DAY for days in (1, 5, 9))

    def term(user: str) -> tuple[Any, Any]:
        [grant] = grants.of_user(*world.at, user).grants
        [source] = grant.sources
        return source.starts, source.expires

    assert world.give("Launcher", user=ana).changed
    assert not world.give("Launcher", user=ana, starts=soon, expires=later).changed
    assert term(ana) == (None, None)
    assert world.give("Launcher", user=ben, starts=soon, expires=later).changed
    with pytest.raises(Conflict, match="by hand already from"):
        world.give("Launcher", user=ben, starts=latest)
    assert world.give("Launcher", user=ben, starts=later, expires=latest).changed
    assert term(ben) == (soon, latest)
    assert not world.give("Launcher", user=ben, starts=later, expires=latest).changed
    assert world.give("Launcher", user=ben).changed
    assert term(ben) == (None, None)
    world.session.commit()
    query = select(EVENTS.c.before, EVENTS.c.after).where(
        EVENTS.c.account_id == world.account, EVENTS.c.action == "access.granted", EVENTS.c.target_id == ben
    )
    trail: list[Any] = [*world.session.execute(query.order_by(EVENTS.c.sequence))]
    assert [event.before is None for event in trail] == [True, False, False]
    assert trail[-1].before["expires"] == latest.isoformat()
    assert trail[-1].after["expires"] is None


def test_a_sync_cannot_revive_an_expired_source(world: World) -> None:
    """An end belongs to its source: what the directory gives ends with the membership, and not one day later."""
    ana, moment = world.user(), now()
    team = world.group()
    mapped(world, team)
    world.give("Marketer", user=ana, expires=moment + DAY)
    let_end(world, moment - DAY)
    assert not world.may(ana)
    move(world, "add", team, ana)
    assert world.may(ana)
    [grant] = grants.of_user(*world.at, ana).grants
    assert {(one.kind, one.state) for one in grant.sources} == {("manual", "expired"), ("mapping", "active")}
    move(world, "remove", team, ana)
    assert not world.may(ana)
    mapped(world, team)
    [grant] = grants.of_user(*world.at, ana).grants
    assert [(one.kind, one.state) for one in grant.sources] == [("manual", "expired")]
    assert grant.state == "expired"


def test_everything_that_somebody_has_with_every_source(world: World) -> None:
    """By themselves, by groups within groups, by where they work; what is over is shown as such."""
    ana, moment = world.user("ana", home="iberia"), now()
    team = world.group(ana, name="Team")
    division = world.group(team, name="Division")
    mapped(world, team)
    olivia = world.owner("olivia")
    world.act_as(olivia)
    world.give("Viewer", user=ana, expires=moment + DAY, reason="trial")
    let_end(world, moment - DAY)
    world.give("Analyst", group=division, unit="emea", children=True)
    world.give("Viewer", principal_unit="emea", children=True)
    world.give("Viewer", principal_unit="emea")
    world.give("Viewer", principal_unit="apac")
    access = grants.of_user(*world.at, "ANA")
    assert (access.user_name, access.home, access.active) == ("ana", "iberia", True)
    told = {(one.role, one.kind, one.unit, one.reach, one.principal, one.state) for one in access.grants}
    assert told == {
        ("Marketer", "user_role", None, "account", "ana", "active"),
        ("Viewer", "user_role", None, "account", "ana", "expired"),
        ("Analyst", "group_role", "emea", "subtree", "Division", "active"),
        ("Viewer", "business_unit_role", "emea", "subtree", "emea", "active"),
        # Whoever has a role in emea and below works in emea, too.
        ("Viewer", "business_unit_role", "emea", "unit", "emea", "active"),
    }
    by_role = {one.role: one for one in access.grants if one.principal_kind == "user"}
    [source] = by_role["Marketer"].sources
    assert (source.kind, source.rule, source.group, source.revision) == ("mapping", "Team", "Team", 1)
    [source] = by_role["Viewer"].sources
    assert (source.granted_by, source.granted_by_name, source.reason) == (olivia, "olivia", "trial")


def test_everything_that_a_role_is_given_to(world: World) -> None:
    """People, groups and units, page by page, each once."""
    people = [world.user() for _ in range(3)]
    team = world.group(name="Team")
    assignments.assign(*world.at, a_giving("Viewer", *people))
    world.give("Viewer", group=team)
    world.give("Viewer", principal_unit="emea")
    world.give("Analyst", user=people[0])
    seen, after, pages = [], None, 0
    while pages == 0 or after:
        page = grants.of_role(*world.at, "viewer", after=after, limit=2)
        seen += [(one.principal_kind, one.principal_id) for one in page.items]
        after, pages = page.next, pages + 1
    assert pages == 3
    assert len(seen) == 5
    assert {("group", team), *(("user", one) for one in people)} < set(seen)
    for wrong in ({"limit": 0}, {"limit": 501}, {"after": "' OR 1=1"}):
        with pytest.raises(Refused, match="a page has"):
            grants.of_role(*world.at, "Viewer", **wrong)  # type: ignore[arg-type]
    assert [one.role for one in grants.of_group(*world.at, "team")] == ["Viewer"]


def put(world: World, user: str, *entries: Entry) -> tuple[individual.IndividualFacts, ...]:
    """Set individual permissions."""
    return individual.put(*world.at, user, entries)


def test_individual_permissions_add_to_roles_and_win_by_denying(world: World) -> None:
    """An allow without any role is enough, a deny beats every role; unset leaves it to the roles again."""
    ana = world.user()
    put(world, ana, Entry(LAUNCH, "allow"))
    assert world.may(ana)
    world.give("Marketer", user=ana)
    [facts] = put(world, ana, Entry(LAUNCH, "deny", reason="suspended"))
    assert (facts.effect, facts.reason, facts.unit, facts.state) == ("deny", "suspended", None, "active")
    assert world.decide(ana).code is Code.DENIED_BY_INDIVIDUAL
    assert put(world, ana, Entry(LAUNCH, "unset")) == ()
    assert world.may(ana)
    assert world.count(INDIVIDUALS) == 0


def test_several_individual_permissions_at_once_or_none(world: World) -> None:
    """At a node for all beneath it, in a unit, in a unit and below."""
    ana = world.user()
    with pytest.raises(Refused, match="nothing at"):
        put(world, ana, Entry(LAUNCH, "allow"), Entry("campaigns.nonsense", "allow"))
    with pytest.raises(Refused, match="allow, deny or unset"):
        put(world, ana, Entry(LAUNCH, "maybe"))
    with pytest.raises(NotFound, match="no business unit"):
        put(world, ana, Entry(LAUNCH, "allow", unit="nowhere"))
    with pytest.raises(NotFound, match="no user"):
        put(world, "nobody", Entry(LAUNCH, "allow"))
    assert world.count(INDIVIDUALS) == 0
    found = put(
        world,
        ana,
        Entry("campaigns.email.*", "allow", unit="emea", children=True),
        Entry(QUERY, "allow", unit="apac"),
    )
    assert [(one.permission, one.unit, one.reach) for one in found] == [
        (QUERY, "apac", "unit"),
        ("campaigns.email.*", "emea", "subtree"),
    ]
    assert (world.may(ana, unit="iberia"), world.may(ana, unit="apac"), world.may(ana, QUERY, "apac")) == (
        True,
        False,
        True,
    )
    assert individual.of_user(*world.at, ana) == found


def test_an_individual_permission_for_a_while(world: World) -> None:
    """A deny until Monday stands beside the lasting allow; a lasting deny takes its place."""
    ana, moment = world.user(), now()
    put(world, ana, Entry(LAUNCH, "allow"))
    found = put(world, ana, Entry(LAUNCH, "deny", expires=moment + DAY))
    assert [one.effect for one in found] == ["allow", "deny"]
    assert not world.may(ana)
    let_end(world, moment - DAY, INDIVIDUALS)
    found = individual.of_user(*world.at, ana)
    assert [(one.effect, one.state) for one in found] == [("allow", "active"), ("deny", "expired")]
    assert world.may(ana)
    assert [one.effect for one in put(world, ana, Entry(LAUNCH, "deny"))] == ["deny"]
    [later] = put(world, ana, Entry(LAUNCH, "deny", starts=moment + DAY))
    assert later.state == "scheduled"
    with pytest.raises(Refused, match="end before it begins"):
        put(world, ana, Entry(LAUNCH, "deny", starts=moment + DAY, expires=moment))


def test_the_linter_names_what_one_grant_takes_from_another(world: World) -> None:
    """Across roles, groups, units and individual permissions, where both apply."""
    ana = world.user(home="iberia")
    world.role("No launch", deny=(LAUNCH,))
    world.give("Marketer", user=ana, unit="emea", children=True)
    world.give("No launch", principal_unit="iberia")
    put(world, ana, Entry(VIEW, "deny", unit="apac"))
    [found] = grants.of_user(*world.at, ana).shadowed
    assert (found.allowed_by, found.denied_by, found.unit) == ("Marketer", "No launch", "iberia")
    assert found.shadow.permissions == (LAUNCH,)
    put(world, ana, Entry(VIEW, "deny", unit="iberia"))
    denied_by = {one.denied_by for one in grants.of_user(*world.at, ana).shadowed}
    assert denied_by == {"No launch", "individual permission"}


@pytest.mark.parametrize("home", ["emea", "apac"])
def test_the_linter_sees_what_is_forced_from_above(world: World, home: str) -> None:
    """On somebody who works only below the unit that has the role; it is nothing to people elsewhere."""
    manuel = world.user("manuel", home=home)
    world.role("No launch", deny=(LAUNCH,))
    world.give("Marketer", user=manuel)
    units.add_worker(*world.at, manuel, "iberia" if home == "emea" else "apac")
    world.give("No launch", principal_unit="emea", children=True)
    shadowed = [(one.allowed_by, one.denied_by) for one in grants.of_user(*world.at, manuel).shadowed]
    assert set(shadowed) == ({("Marketer", "No launch")} if home == "emea" else set())
    assert world.may(manuel, unit="iberia" if home == "emea" else "apac") is (home == "apac")


def test_default_roles_are_for_people_made_by_hand(world: World) -> None:
    """Empty at first, the account's own setting; the owner role is never among them."""
    assert default_roles.get_default_roles(*world.at) == ()
    ana, bob = world.user(), world.user()
    assert default_roles.apply_default_roles(*world.at, ana) == ()
    found = default_roles.set_default_roles(*world.at, ["viewer", "Analyst", "VIEWER"])
    assert [one.name for one in found] == ["Analyst", "Viewer"]
    assert default_roles.apply_default_roles(*world.at, bob) == ("Analyst", "Viewer")
    assert (world.may(bob, VIEW), world.may(bob, QUERY), world.may(ana, VIEW)) == (True, True, False)
    assert not world.may(world.user(), VIEW), "nobody who comes from a directory gets them"
    assert not world.may(world.owner(), VIEW)
    with pytest.raises(Refused, match="never by default"):
        default_roles.set_default_roles(*world.at, ["Account Owner"])
    with pytest.raises(NotFound, match="no role"):
        default_roles.set_default_roles(*world.at, ["Boss"])
    assert default_roles.set_default_roles(*world.at, []) == ()


def test_where_somebody_works_by_hand_and_by_mapping(world: World) -> None:
    """Two reasons for one unit: taking one back leaves the other."""
    ana = world.user()
    team = world.group(ana)
    rules = [{"name": "Team", "group": {"id": team}, "works_in": [{"unit": "emea"}]}]
    mapping_publish.publish(*world.at, {"rules": rules}, author="test")
    assert units.add_worker(*world.at, ana, "EMEA")
    assert not units.add_worker(*world.at, ana, "emea")
    assert [(one.unit, one.kind, one.rule) for one in units.works_of(*world.at, ana)] == [
        ("emea", "mapping", "Team"),
        ("emea", "manual", None),
    ]
    world.give("Marketer", principal_unit="emea")
    assert world.may(ana, unit="emea")
    assert units.remove_worker(*world.at, ana, "emea")
    assert not units.remove_worker(*world.at, ana, "emea")
    assert world.may(ana, unit="emea")
    mapping_publish.publish(*world.at, {"rules": []}, author="test")
    assert world.count(WORKS) == 0


def test_every_grant_is_audited_with_who_and_why(world: World) -> None:
    """One event for each person, what they got and what they lost."""
    olivia = world.owner("olivia")
    people = sorted(world.user() for _ in range(2))
    world.act_as(olivia)
    assignments.assign(*world.at, a_giving("Viewer", *people, unit="emea"), reason="project")
    assignments.unassign(*world.at, a_giving("Viewer", *people, unit="emea"))
    put(world, people[0], Entry(LAUNCH, "deny"))
    world.session.commit()
    columns = (EVENTS.c.action, EVENTS.c.target_id, EVENTS.c.before, EVENTS.c.after, EVENTS.c.reason)
    events: list[Any] = world.session.execute(
        select(*columns)
        .where(EVENTS.c.account_id == world.account, EVENTS.c.actor_id == olivia)
        .order_by(EVENTS.c.sequence)
    ).all()
    assert [(one.action, one.target_id) for one in events] == [
        *(("access.granted", one) for one in people),
        *(("access.revoked", one) for one in people),
        ("access.granted", people[0]),
    ]
    assert (events[0].after["role"], events[0].after["scope"], events[0].reason) == ("Viewer", "emea", "project")
    assert events[2].before["role"] == "Viewer"
    assert events[4].after["individual"] == f"deny {LAUNCH}"
    assert world.count(SOURCES) == 1
