"""The tree of business units: made, renamed, moved, deleted; never a circle, and never under somebody's feet."""

from __future__ import annotations

import pytest

from app.services import data_filters, mapping_publish, unit_moves, units
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from app.stores.access import SqlAccessStore
from tests.stores.worlds import LAUNCH, VIEW, World, a_world


@pytest.fixture
def world(session: Session) -> World:
    return a_world(session)


def keys(world: World) -> list[tuple[str, str | None, int]]:
    """The tree as it is listed."""
    return [(one.key, one.parent, one.depth) for one in units.list_units(*world.at)]


def test_the_tree_is_listed_from_the_root(world: World) -> None:
    """Each unit after the one above it."""
    assert keys(world) == [
        ("root", None, 0),
        ("apac", "root", 1),
        ("emea", "root", 1),
        ("dach", "emea", 2),
        ("iberia", "emea", 2),
    ]
    assert units.get_unit(*world.at, "IBERIA").parent == "emea"
    with pytest.raises(NotFound, match="there are: apac, dach"):
        units.get_unit(*world.at, "nowhere")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("EMEA!", "lower-case"),
        ("", "lower-case"),
        ("a b", "lower-case"),
        ("6e902d19-e883-4d2a-ab45-23a204a4887c", "look like"),
    ],
)
def test_keys_that_are_none(world: World, key: str, words: str) -> None:
    """A key that looked like an id would be taken for another unit."""
    with pytest.raises(Refused, match=words):
        units.create_unit(*world.at, key, "x")
    with pytest.raises(Refused, match=words):
        units.edit_unit(*world.at, "emea", key=key)


def test_keys_are_unique_and_names_are_not(world: World) -> None:
    """The same key in another account is another unit."""
    with pytest.raises(Conflict, match="already has"):
        units.create_unit(*world.at, "emea", "x")
    with pytest.raises(Conflict, match="already has"):
        units.edit_unit(*world.at, "apac", key="emea")
    assert units.edit_unit(*world.at, "apac", name="EMEA").name == "EMEA"
    with pytest.raises(Refused, match="needs a name"):
        units.edit_unit(*world.at, "apac", name="  ")
    with pytest.raises(Refused, match="root keeps its key"):
        units.edit_unit(*world.at, "root", key="top")
    assert units.edit_unit(*world.at, "root", name="Acme").name == "Acme"
    assert keys(world)[0][0] == "root"


def test_a_renamed_unit_keeps_all_that_hangs_on_it(world: World) -> None:
    """Grants stay; a decision asks for it by the new key."""
    ana = world.user()
    world.give("Marketer", user=ana, unit="emea", children=True)
    units.edit_unit(*world.at, "emea", key="europe", name="Europe")
    assert world.may(ana, unit="europe")
    assert world.may(ana, unit="iberia")
    assert not world.may(ana, unit="emea")


@pytest.mark.parametrize(
    ("unit", "parent", "words"),
    [("emea", "emea", "below itself"), ("emea", "iberia", "iberia is below emea"), ("root", "emea", "stays above")],
)
def test_no_circles(world: World, unit: str, parent: str, words: str) -> None:
    """A clear refusal, and the tree is as it was."""
    before = keys(world)
    with pytest.raises(Refused, match=words):
        unit_moves.move_unit(*world.at, unit, parent)
    with pytest.raises(Refused, match=words):
        unit_moves.plan_move(*world.at, unit, parent)
    assert keys(world) == before


def test_a_move_is_shown_before_and_changes_what_reaches_the_unit(world: World) -> None:
    """Grants with children, forced roles of units, and data filters follow the tree."""
    above, beside, inside = world.user(), world.user(), world.user(home="iberia")
    deeper = world.user(home="iberia-north") if units.create_unit(*world.at, "iberia-north", "N", "iberia") else ""
    world.give("Marketer", user=above, unit="emea", children=True)
    world.give("Marketer", group=world.group(beside), unit="apac", children=True)
    world.role("Viewing", VIEW)
    world.give("Viewing", principal_unit="apac", children=True)
    uninvolved = world.user(home="dach")
    before = world.revision()
    plan = unit_moves.plan_move(*world.at, "iberia", "apac")
    assert (plan.unit, plan.old_parent, plan.new_parent) == ("iberia", "emea", "apac")
    people = {one.user_id: one for one in plan.people}
    assert LAUNCH in {one.permission for one in people[above].lost}
    assert LAUNCH in {one.permission for one in people[beside].gained}
    assert [one.permission for one in people[inside].gained] == [VIEW]
    assert [one.permission for one in people[deeper].gained] == [VIEW]
    assert uninvolved not in people
    assert (plan.gaining, plan.losing) == (3, 1)
    assert world.revision() == before
    assert world.may(above, unit="iberia")
    assert unit_moves.move_unit(*world.at, "iberia", "apac").parent == "apac"
    assert not world.may(above, unit="iberia")
    assert world.may(beside, unit="iberia-north")
    assert world.may(inside, VIEW)
    assert unit_moves.plan_move(*world.at, "iberia", "apac").people == ()


def test_a_unit_goes_only_when_nothing_hangs_on_it(world: World) -> None:
    """What does is named."""
    ana = world.user(home="dach")
    world.give("Viewer", user=ana, unit="dach")
    units.add_worker(*world.at, ana, "dach")
    rules = [{"name": "Team", "group": {"id": world.group()}, "works_in": [{"unit": "dach"}]}]
    mapping_publish.publish(*world.at, {"rules": rules}, author="test")
    with pytest.raises(Conflict) as refused:
        units.delete_unit(*world.at, "dach")
    for what in ("people at home in it: 1", "memberships: 1", "roles given in it: 1", "effects of mapping rules: 1"):
        assert what in str(refused.value)
    with pytest.raises(Conflict, match="units below it: 2"):
        units.delete_unit(*world.at, "emea")
    with pytest.raises(Refused, match="root stays"):
        units.delete_unit(*world.at, "root")
    assert units.delete_unit(*world.at, "apac").key == "apac"
    with pytest.raises(NotFound):
        units.get_unit(*world.at, "apac")


def test_at_home_somewhere(world: World) -> None:
    """Who has no membership works at home and below."""
    ana = world.user()
    world.give("Marketer", user=ana)
    assert world.may(ana, unit="apac")
    assert units.set_home(*world.at, ana, "EMEA")
    assert not units.set_home(*world.at, ana, "emea")
    assert world.may(ana, unit="iberia")
    assert not world.may(ana, unit="apac")
    assert units.set_home(*world.at, ana, None)
    assert world.may(ana, unit="apac")
    with pytest.raises(NotFound, match="no business unit"):
        units.set_home(*world.at, ana, "nowhere")


def test_filters_of_a_move_are_those_on_the_way_up(session: Session) -> None:
    """What people may see of records changes with the units above."""
    world = a_world(session, "exacttarget")
    catalogue = SqlAccessStore(*world.at).snapshot([]).policy.catalogue
    record = next(kind for kind in catalogue.item_kinds.values() if kind.records)
    name = next(iter(record.attributes))
    for unit in ("emea", "apac"):
        data_filters.set_filter(*world.at, record.name, f'{name} eq "{unit}"', unit=unit)
    plan = unit_moves.plan_move(*world.at, "iberia", "apac")
    assert [one.unit for one in plan.filters_before] == ["emea"]
    assert [(one.unit, one.record_type) for one in plan.filters_after] == [("apac", record.name)]
