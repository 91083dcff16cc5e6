"""Ways around what is held of patterns, none of which leads anywhere; and nobody who leaves is kept by it."""

from __future__ import annotations

from typing import Any

import pytest

from app.services import mapping_plans
from app.services.account_settings import change_settings
from app.session import Session
from scim import service
from tests.builders import a_patch, a_user
from tests.stores.test_mapping_holds import PATTERN, VIEWER, held, limited
from tests.stores.test_mapping_store import World, a_world

OWNERS = {"name": "Owners", "pattern": {"text": "owners-{x}"}, "grants": [{"role": "Account Owner"}]}


@pytest.fixture
def world(session: Session) -> World:
    return limited(a_world(session), 2)


def needs(plan: Any) -> list[str]:
    return [need["kind"] for need in plan.needs]


def a_person(world: World, title: str) -> str:
    return world.done(service.create(world.directory, "User", a_user(title=title)))


def test_an_empty_group_is_released_by_no_owner_alone(world: World) -> None:
    """Else it would be filled afterwards, as any group that a publish has shown."""
    world.publish(PATTERN)
    world.group(name="mc-emea-administrator")
    assert held(world) == {"mc-emea-administrator": "privileged"}
    assert needs(mapping_plans.plan_release(world.session, world.account)) == ["privileged"]


def test_an_empty_group_of_owners_is_released_by_no_owner_alone(world: World) -> None:
    """However wide the limits are."""
    change_settings(world.session, world.account, {"maps_owner": True, "approves_privileged": False})
    world.publish(OWNERS)
    world.group(name="owners-two")
    assert held(world) == {"owners-two": "owner"}
    assert needs(mapping_plans.plan_release(world.session, world.account)) == ["owner"]


def test_whoever_leaves_a_group_that_is_held_loses(world: World) -> None:
    """Also by the end of the group."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(people[0], people[1], name="mc-emea-viewer")
    world.move(group, add=(people[2],))
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    assert world.roles(people[0]) == VIEWER
    world.delete("Group", group)
    assert [world.roles(one) for one in people] == [set()] * 3


def test_whoever_no_longer_satisfies_a_filter_loses_what_is_held(world: World) -> None:
    people = [a_person(world, "Analyst") for _ in range(3)]
    world.publish({**PATTERN, "where": 'title eq "Analyst"'})
    group = world.group(people[0], people[1], name="mc-emea-viewer")
    world.move(group, add=(people[2],))
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    assert world.roles(people[0]) == VIEWER
    world.done(
        service.patch(world.directory, "User", people[0], a_patch({"op": "replace", "path": "title", "value": "Chief"}))
    )
    assert world.roles(people[0]) == set()
    assert world.roles(people[1]) == VIEWER


def test_an_attribute_lets_nobody_beyond_the_limit(world: World) -> None:
    """People who are in a fresh group already, and satisfy its rule one by one."""
    people = [a_person(world, "Nobody") for _ in range(3)]
    world.publish({**PATTERN, "where": 'title eq "Analyst"'})
    world.group(*people, name="mc-emea-viewer")
    for one in people:
        world.done(
            service.patch(world.directory, "User", one, a_patch({"op": "replace", "path": "title", "value": "Analyst"}))
        )
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    assert sum(world.roles(one) == VIEWER for one in people) == 2


def test_a_group_nested_in_a_fresh_one_is_counted(world: World) -> None:
    people = [world.user() for _ in range(4)]
    world.publish(PATTERN)
    inner = world.group(name="Inner")
    world.group(inner, name="mc-emea-viewer")
    world.move(inner, add=tuple(people))
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    assert [world.roles(one) for one in people] == [set()] * 4
