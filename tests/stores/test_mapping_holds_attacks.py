"""Ways around what is held of patterns, none of which leads anywhere; and nobody who leaves is kept by it."""

from __future__ import annotations

from typing import Any

import pytest

from app.services import mapping_drafts, mapping_plans, mapping_publish
from app.services.account_settings import change_settings
from app.session import Session
from app.stores import mapping_rules
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


def test_a_group_that_was_too_large_is_let_by_no_owner_alone(world: World) -> None:
    """Whoever fills groups would empty it for as long as that takes; nor by another rule of the same groups."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(*people, name="mc-emea-viewer")
    world.move(group, remove=tuple(people))
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    plan = mapping_plans.plan_release(world.session, world.account)
    assert needs(plan) == ["blast_radius"]
    assert "mc-emea-viewer" in plan.needs[0]["detail"]
    named = {"name": "One", "group": {"id": group}, "grants": [{"role": "Viewer"}]}
    for rule in ({**PLAIN, "name": "Another"}, named):
        assert "blast_radius" in needs(planned(world, rule))
    assert "blast_radius" not in needs(planned(world, {**PLAIN, "name": "Paused", "paused": True}))


def test_a_rule_that_is_paused_under_another_name_lets_nothing(world: World) -> None:
    """What is held of it is held when it goes on, too."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    world.group(*people, name="mc-emea-viewer")
    mapping_publish.pause(world.session, world.account, "Pattern")
    world.publish({**PATTERN, "paused": True, "labels": ["seen"]})
    assert held(world) == {"mc-emea-viewer": "blast_radius"}
    world.publish({**PATTERN, "name": "Another", "paused": True})
    assert held(world) == {"mc-emea-viewer": "blast_radius"}


def test_only_what_a_plan_lists_counts_as_seen(world: World) -> None:
    """Whatever else is published: neither what came since, nor what nobody has planned."""
    people = [world.user() for _ in range(2)]
    world.publish(PATTERN)
    first = world.group(people[0], name="mc-emea-viewer")
    world.publish({**PATTERN, "labels": ["unseen"]})
    assert fresh(world) == {"mc-emea-viewer"}
    other = {"name": "Other", "group": {"id": world.group(name="Other")}, "grants": [{"role": "Viewer"}]}
    plan = planned(world, {**PATTERN, "labels": ["unseen"]}, other)
    [listed] = plan.summary["came"]
    assert (listed["rule"], listed["group"], listed["group_id"]) == ("Pattern", "mc-emea-viewer", first)
    assert (listed["gives"], listed["people"], listed["held"]) == (["Viewer in emea and below"], 1, False)
    world.group(people[1], name="mc-iberia-viewer")
    assert isinstance(mapping_publish.publish_plan(world.session, world.account, plan.id), mapping_publish.Published)
    assert fresh(world) == {"mc-iberia-viewer"}


def test_a_group_that_is_filled_after_it_was_listed_was_not_seen(world: World) -> None:
    """Else an empty one would be listed, and filled before the plan is published."""
    people = [world.user() for _ in range(3)]
    world.publish(PATTERN)
    group = world.group(name="mc-emea-viewer")
    plan = planned(world, {**PATTERN, "labels": ["seen"]})
    world.move(group, add=(people[0], people[1]))
    mapping_publish.publish_plan(world.session, world.account, plan.id)
    assert fresh(world) == {"mc-emea-viewer"}
    world.move(group, add=(people[2],))
    assert held(world) == {"mc-emea-viewer": "blast_radius"}


def test_another_rule_for_the_same_groups_shows_none_of_them(world: World) -> None:
    """By its plan nobody gains anything, so no row tells of them: the list does."""
    world.publish(PATTERN)
    world.group(world.user(), name="mc-emea-viewer")
    plan = planned(world, {**PATTERN, "name": "Another"})
    assert [(one["rule"], one["people"]) for one in plan.summary["came"]] == [("Another", 1)]
    world.publish({**PATTERN, "name": "Another"})
    assert fresh(world) == {"mc-emea-viewer"}


PLAIN = {**PATTERN, "allow_privileged": False}


def planned(world: World, *rules: dict[str, Any]) -> Any:
    """A plan of these rules in the place of those that are published."""
    draft = mapping_drafts.create_draft(world.session, world.account, "Next", {"rules": list(rules)})
    return mapping_plans.make_plan(world.session, world.account, draft.id)


def fresh(world: World) -> set[str]:
    """The groups of patterns that no publish has shown."""
    loaded = mapping_rules.pattern_rules(world.session, world.account)
    return {one.group.name for one in loaded.bindings if one.matched is not None}
