"""What patterns give by groups that nobody has seen is bounded: what is beyond waits for a publish that shows it."""

from __future__ import annotations

from typing import Any

import pytest

from app.services import explain, mapping_health, mapping_plans, mapping_publish, roles, units
from app.services.account_settings import change_settings
from app.services.errors import Conflict
from app.session import Session
from app.stores import mapping_rules
from scim import service
from tests.builders import a_patch
from tests.stores.test_mapping_store import World, a_world

PATTERN = {
    "name": "Pattern",
    "pattern": {"text": "mc-{business_unit}-{role}"},
    "grants": [{"role": "{role}", "unit": "{business_unit}", "children": True}],
    "allow_privileged": True,
}
VIEWER, ADMINISTRATOR = {"Viewer@emea+"}, {"Administrator@emea+"}


@pytest.fixture
def world(session: Session) -> World:
    return limited(a_world(session), 2)


def limited(world: World, people: int | None) -> World:
    change_settings(world.session, world.account, {"blast_radius": people})
    return world


def held(world: World) -> dict[str, str | None]:
    """The groups of patterns, and why they are held."""
    loaded = mapping_rules.pattern_rules(world.session, world.account)
    return {one.group.name: one.held for one in loaded.bindings}


def released(world: World) -> Any:
    """Plan what is held and publish it, as the operator."""
    plan = mapping_plans.plan_release(world.session, world.account, "seen")
    return plan, mapping_publish.publish_plan(world.session, world.account, plan.id)


def noted(world: World) -> list[Any]:
    return [event[4] for event in world.events if event[0] == "mapping.held"]


def test_a_new_group_gives_no_more_people_something_than_the_limit(world: World) -> None:
    """Filled at once or one by one; who has something keeps it, and who leaves loses it."""
    people = [world.user() for _ in range(6)]
    world.publish(PATTERN)
    big = world.group(*people[:3], name="mc-emea-viewer")
    assert [world.roles(one) for one in people[:3]] == [set()] * 3
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    assert noted(world) == [
        {
            "group": "mc-emea-viewer",
            "held": "blast_radius",
            "why": "more people would get something by groups that nobody has seen than the account's blast radius",
        }
    ]
    world.delete("Group", big)
    slow = world.group(people[0], people[1], name="mc-iberia-viewer")
    assert [world.roles(one) for one in people[:2]] == [{"Viewer@iberia+"}] * 2
    world.move(slow, add=(people[2],))
    assert held(world) == {"mc-iberia-viewer": "blast_radius"}
    assert [world.roles(one) for one in people[:3]] == [{"Viewer@iberia+"}, {"Viewer@iberia+"}, set()]
    world.move(slow, remove=(people[1],))
    assert world.roles(people[1]) == set()
    world.move(slow, add=(people[1],))
    assert world.roles(people[1]) == set()
    assert world.roles(people[0]) == {"Viewer@iberia+"}


def test_many_small_groups_are_counted_together(world: World) -> None:
    """Else each new group would have the limit for itself."""
    people = [world.user() for _ in range(4)]
    world.publish(PATTERN)
    world.group(people[0], name="mc-emea-viewer")
    world.group(people[1], name="mc-iberia-viewer")
    world.group(people[2], name="mc-emea-analyst")
    assert held(world) == {"mc-emea-viewer": None, "mc-iberia-viewer": None, "mc-emea-analyst": "blast_radius"}
    assert world.roles(people[2]) == set()


def test_a_plan_shows_what_is_held_and_publishing_it_lets_it(world: World) -> None:
    """With the needs of any plan; afterwards it counts from the beginning."""
    people = [world.user() for _ in range(5)]
    world.publish(PATTERN)
    world.group(*people[:3], name="mc-emea-viewer")
    plan, done = released(world)
    assert [need["kind"] for need in plan.needs] == ["blast_radius"]
    assert (plan.summary["people_gaining"], done.revision) == (3, 2)
    assert [world.roles(one) for one in people[:3]] == [VIEWER] * 3
    assert held(world) == {"mc-emea-viewer": None}
    with pytest.raises(Conflict, match="nothing is held"):
        released(world)
    world.group(*people[3:], name="mc-iberia-viewer")
    assert [world.roles(one) for one in people[3:]] == [{"Viewer@iberia+"}] * 2


def test_an_explanation_says_that_a_rule_gives_nothing_for_now(world: World) -> None:
    """Whoever is in its group would look there in vain: it is held, or paused by itself, or everything is."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(*people, name="mc-emea-viewer")

    def told() -> str:
        asked = explain.Asked("campaigns.email.view", "emea")
        return explain.explain(world.session, world.account, people[0], asked).text()

    assert "gives it to group mc-emea-viewer, in business unit emea and below; the group is held" in told()
    world.publish(PATTERN | {"paused": True})
    assert "group mc-emea-viewer, in business unit emea and below; it is paused, so nobody" in told()
    world.publish(PATTERN)
    world.move(group, remove=(people[0],))
    assert "nobody gets anything new by it" not in told()
    mapping_publish.pause(world.session, world.account, reason="wait")
    assert "group mc-emea-viewer, in business unit emea and below; it is paused, so nobody" in told()


def test_a_published_group_is_filled_without_a_limit(world: World) -> None:
    """Whoever approved it has seen the group; its members are the directory's."""
    people = [world.user() for _ in range(5)]
    group = world.group(name="mc-emea-viewer")
    world.publish(PATTERN)
    world.move(group, add=tuple(people))
    assert [world.roles(one) for one in people] == [VIEWER] * 5
    assert held(world) == {"mc-emea-viewer": None}


def test_a_new_unit_or_role_is_bounded_like_a_new_group(world: World) -> None:
    """Groups that wait for a name to mean something are many at once."""
    people = [world.user() for _ in range(3)]
    world.group(*people, name="mc-apac-viewer")
    world.group(people[0], name="mc-emea-reader")
    world.publish(PATTERN)
    units.create_unit(world.session, world.account, "apac", "Asia")
    assert held(world) == {"mc-apac-viewer": "blast_radius"}
    assert [world.roles(one) for one in people] == [set()] * 3


def test_a_privileged_role_is_given_by_no_new_name(world: World) -> None:
    """Unless the published rule gives the very role by another group already."""
    ana, bob, eve = world.user(), world.user(), world.user()
    world.publish(PATTERN)
    world.group(ana, name="mc-emea-administrator")
    assert world.roles(ana) == set()
    assert held(world) == {"mc-emea-administrator": "privileged"}
    plan, _ = released(world)
    assert [need["kind"] for need in plan.needs] == ["privileged"]
    assert world.roles(ana) == ADMINISTRATOR
    world.group(bob, name="mc-iberia-administrator")
    assert world.roles(bob) == {"Administrator@iberia+"}
    change_settings(world.session, world.account, {"approves_privileged": False})
    role = roles.create_role(world.session, world.account, "Chief", privileged=True).role
    world.group(eve, name="mc-emea-chief")
    assert role.name in {name.partition("@")[0] for name in world.roles(eve)}


def test_no_new_name_makes_an_account_owner(world: World) -> None:
    """However often the rule makes some already, and whatever the account approves."""
    ana, bob = world.user(), world.user()
    change_settings(world.session, world.account, {"maps_owner": True, "approves_privileged": False})
    world.group(ana, name="owners-one")
    world.publish({"name": "Owners", "pattern": {"text": "owners-{x}"}, "grants": [{"role": "Account Owner"}]})
    world.group(bob, name="owners-two")
    assert (world.roles(ana), world.roles(bob)) == ({"Account Owner"}, set())
    assert held(world) == {"owners-one": None, "owners-two": "owner"}


def test_the_board_names_what_is_held_and_calls_it_no_drift(world: World) -> None:
    """Also where some have got it before."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(people[0], people[1], name="mc-emea-viewer")
    world.move(group, add=(people[2],))
    found = mapping_health.health(world.session, world.account).findings
    [finding] = [one for one in found if one.kind == "held"]
    assert (finding.severity, finding.rule, finding.group, finding.people) == ("error", "Pattern", "mc-emea-viewer", 3)
    assert "more people would get something" in finding.words
    assert [one.kind for one in found if one.kind == "drift"] == []


def test_a_renamed_group_no_longer_waits(world: World) -> None:
    """By its other name it is for nothing; by its first one it is judged anew."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(*people, name="mc-emea-viewer")
    for name in ("Something else", "mc-emea-viewer"):
        operation = {"op": "replace", "path": "displayName", "value": name}
        world.done(service.patch(world.directory, "Group", group, a_patch(operation)))
        assert held(world) == ({} if name == "Something else" else {"mc-emea-viewer": "blast_radius"})


def test_a_pause_lets_nothing_that_is_held(world: World) -> None:
    """Nor does a rule that goes on, before the plan of that has shown it."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    world.group(*people, name="mc-emea-viewer")
    mapping_publish.pause(world.session, world.account, "Pattern")
    assert [world.roles(one) for one in people] == [set()] * 3
    plan = mapping_publish.plan_resuming(world.session, world.account, "Pattern")
    assert plan.summary["people_gaining"] == 3


def test_without_a_limit_nothing_is_counted(world: World) -> None:
    people = [world.user() for _ in range(4)]
    limited(world, None).publish(PATTERN)
    world.group(*people, name="mc-emea-viewer")
    assert [world.roles(one) for one in people] == [VIEWER] * 4
