"""Defaults of people's new items, and changes of many items at once, on each database."""

from __future__ import annotations

from typing import Any

import pytest

from app.db import Database
from app.services import item_changes, item_defaults, items, sharing
from app.services.errors import Forbidden, NotFound, Refused, Stale
from app.services.item_changes import Plan, Selection
from app.session import Session
from rbac.items import Level, Levels
from tests.stores.item_world import ItemWorld, an_item_world
from tests.stores.test_access_store import statements

M, R, F = Level.MODIFY, Level.READ, Level.FORBIDDEN


@pytest.fixture
def world(session: Session) -> ItemWorld:
    return an_item_world(session)


def preview(world: ItemWorld, selection: Selection, **changes: Any) -> Plan:
    return item_changes.preview(world.session, world.account, selection, changes)


def apply(world: ItemWorld, selection: Selection, token: str, **changes: Any) -> Plan:
    return item_changes.apply(world.session, world.account, selection, changes, token)


def change(world: ItemWorld, selection: Selection, **changes: Any) -> Plan:
    """Both steps."""
    return apply(world, selection, preview(world, selection, **changes).token, **changes)


ALL = Selection(filter='type eq "piece"')


def test_two_departments_are_parted(world: ItemWorld) -> None:
    """The seed's practical case: pieces made before the groups were are given to them in one go."""
    ana, bob, eve = world.user("ana"), world.user("bob"), world.user("eve")
    world.group("Marketing", ana, bob)
    world.group("Comunicación", eve)
    for user in (ana, bob, eve):
        world.assign("Designer", user=user)
    for number in range(4):
        world.piece(f"m{number}", name=f"Marketing {number}", owner=ana, levels={"rest": "modify"})
    world.piece("c0", owner=eve, levels={"rest": "modify"})
    assert world.may(eve, "design.pieces.edit", "m0")
    done = change(
        world,
        Selection(filter='name sw "marketing"'),
        owner_group="Marketing",
        levels={"group": "modify", "rest": "forbidden"},
    )
    assert (done.count, done.changing) == (4, 4)
    assert [world.may(user, "design.pieces.edit", "m0") for user in (ana, bob, eve)] == [True, True, False]
    assert not world.may(eve, "design.pieces.view", "m0")
    assert world.may(bob, "design.pieces.edit", "c0")


def test_a_preview_shows_and_changes_nothing(world: ItemWorld) -> None:
    """How many, some of them, and who may do less than before."""
    ana, bob = world.user("ana"), world.user("bob")
    world.group("Old", bob)
    world.group("New")
    for number in range(30):
        world.piece(f"{number:02}", owner=ana, owner_group="Old", levels={"rest": "read"})
    world.piece("other", owner=bob, owner_group="New", levels={"group": "modify", "rest": "forbidden"})
    plan = preview(
        world, ALL, owner="bob@x.example", owner_group="New", levels={"group": "modify", "rest": "forbidden"}
    )
    assert (plan.count, plan.changing, len(plan.sample)) == (31, 30, 20)
    assert [(one.who, one.before, one.after, one.items, one.loses) for one in plan.transitions] == [
        ("group Old", "read", "forbidden", 30, True),
        ("owner ana@x.example", "modify", "forbidden", 30, True),
        ("the rest", "read", "forbidden", 30, True),
        ("group New", "read", "modify", 30, False),
        ("owner bob@x.example", "read", "modify", 30, False),
    ]
    assert world.get("00").revision == 1
    assert preview(world, ALL, unit="emea").transitions[-1].who == "unit emea"


def test_a_plan_is_carried_out_as_it_was_seen_or_not_at_all(world: ItemWorld) -> None:
    """Another match, another revision, another change or another token is refused, and nothing is changed."""
    world.piece("a")
    world.piece("b")
    token = preview(world, ALL, levels={"rest": "read"}).token
    for act in (
        lambda: world.piece("c"),
        lambda: items.change(world.session, world.account, "piece", "a", {"name": "A"}),
        lambda: items.delete(world.session, world.account, "piece", "c"),
    ):
        act()
        with pytest.raises(Stale):
            apply(world, ALL, token, levels={"rest": "read"})
    token = preview(world, ALL, levels={"rest": "read"}).token
    for other in ({"levels": {"rest": "modify"}}, {"owner": None, "levels": {"rest": "read"}}):
        with pytest.raises(Stale):
            apply(world, ALL, token, **other)
    assert [world.get(id).levels.rest for id in "ab"] == [F, F]
    assert apply(world, ALL, token, levels={"rest": "read"}).changing == 2
    assert [world.get(id).levels.rest for id in "ab"] == [R, R]
    with pytest.raises(Stale):
        apply(world, ALL, token, levels={"rest": "read"})


def test_a_selection_by_ids(world: ItemWorld) -> None:
    """Each must be there; what is so already keeps its revision."""
    for id in "abc":
        world.piece(id)
    items.change(world.session, world.account, "piece", "a", {"levels": {"rest": "read"}})
    chosen = Selection(ids=(("piece", "a"), ("piece", "b")))
    done = change(world, chosen, levels={"rest": "read"})
    assert (done.count, done.changing) == (2, 1)
    assert [world.get(id).revision for id in "abc"] == [2, 2, 1]
    with pytest.raises(NotFound, match="no item piece z"):
        preview(world, Selection(ids=(("piece", "a"), ("piece", "z"))), levels={"rest": "read"})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "say what to change"),
        ({"colour": "red"}, "say what to change"),
        ({"levels": {}}, "say what to change"),
        ({"levels": {"rest": "write"}}, "levels are"),
        ({"levels": {"rest": ["read"]}}, "levels are"),
        ({"levels": "read"}, "levels are"),
        ({"owner": "nobody"}, "no user of this account"),
        ({"owner": 7}, "must be text"),
        ({"owner": "gone@x.example"}, "is not active"),
        ({"owner_group": "Nobodies"}, "no group and no role"),
        ({"unit": "mars"}, "no business unit"),
    ],
)
def test_a_change_that_makes_no_sense(world: ItemWorld, changes: dict[str, Any], says: str) -> None:
    """Is refused before anything is looked at."""
    world.deactivate(world.user("gone"))
    world.piece("a")
    with pytest.raises((Refused, NotFound), match=says):
        preview(world, ALL, **changes)


def test_a_selection_that_makes_no_sense(world: ItemWorld) -> None:
    """Neither or both kinds; a filter that does not fit; items without levels."""
    world.piece("a")
    items.register(world.session, world.account, {"type": "field", "id": "f"})
    for selection, says in (
        (Selection(), "one of the two"),
        (Selection("id pr", (("piece", "a"),)), "one of the two"),
        (Selection('colour eq "red"'), "no attribute"),
        (Selection("id pr"), "items of type field have no levels"),
    ):
        with pytest.raises(Refused, match=says):
            preview(world, selection, levels={"rest": "read"})
    assert change(world, Selection("id pr"), unit="emea").changing == 2


def test_a_unit_to_which_items_move_is_no_share_of_theirs(world: ItemWorld) -> None:
    """They belong to it then."""
    world.piece("a")
    sharing.share(world.session, world.account, "piece", "a", ["emea", "apac"])
    change(world, ALL, unit="emea")
    moved = world.get("a")
    assert (moved.unit, [share.unit for share in moved.shares]) == ("emea", ["apac"])


def test_people_change_only_what_is_theirs_to_change(world: ItemWorld) -> None:
    """One item among many that is not is enough to refuse it all."""
    ana, bob = world.user("ana"), world.user("bob")
    world.piece("a", owner=ana)
    world.piece("b", owner=bob)
    world.acts(ana)
    with pytest.raises(Forbidden, match="piece b"):
        preview(world, ALL, levels={"rest": "read"})
    assert change(world, Selection('owner eq "ana@x.example"'), levels={"rest": "read"}).changing == 1


def test_many_items_change_in_few_statements(database: Database) -> None:
    """And the trail has an event for each thousand, not for each."""
    with database.write_session() as session:
        world = an_item_world(session)
        given = [{"type": "piece", "id": f"{number:04}"} for number in range(1_500)]
        assert items.register_many(session, world.account, given).created == 1_500
        token = preview(world, ALL, levels={"rest": "read"}).token
        with statements(session) as sent:
            assert apply(world, ALL, token, levels={"rest": "read"}).changing == 1_500
        assert len(sent) <= 8
        events = [event.after for event in world.events() if event.action == "items.changed"]
    assert [(event["portion"], event["count"], len(event["items"]["piece"])) for event in events] == [
        (1, 1500, 1000),
        (2, 1500, 500),
    ]
    assert events[0]["changes"] == {"levels": {"rest": "read"}}
    assert events[0]["digest"] == events[1]["digest"]


def set_defaults(world: ItemWorld, *users: str, **what: Any) -> list[item_defaults.DefaultFacts]:
    return item_defaults.set_defaults(world.session, world.account, list(users), **what)


def test_defaults_of_several_users_at_once(world: ItemWorld) -> None:
    """What is not said stays; None takes the owner group away; clearing goes back to what holds for everybody."""
    ana, bob = world.user("ana"), world.user("bob")
    world.group("Marketing")
    [plain] = item_defaults.defaults_of(world.session, world.account, ana)
    assert (plain.type, plain.levels, plain.owner_group, plain.is_set) == ("piece", Levels(M, R, F), None, False)
    both = set_defaults(world, "ana@x.example", bob, owner_group="Marketing", levels={"rest": "read"})
    assert [(one.user_name, one.levels, one.is_set) for one in both] == [
        ("ana@x.example", Levels(M, R, R), True),
        ("bob@x.example", Levels(M, R, R), True),
    ]
    [one] = set_defaults(world, ana, types=["piece"], levels={"group": "modify"})
    assert one.levels == Levels(M, M, R)
    assert one.owner_group is not None
    assert one.owner_group.name == "Marketing"
    [one] = set_defaults(world, ana, owner_group=None)
    assert (one.owner_group, one.levels) == (None, Levels(M, M, R))
    item_defaults.clear_defaults(world.session, world.account, [ana])
    assert [item_defaults.defaults_of(world.session, world.account, user)[0].is_set for user in (ana, bob)] == [
        False,
        True,
    ]
    world.remove(bob)
    events = [event for event in world.events() if event.action == "item_defaults.changed"]
    assert [event.target_name for event in events] == ["ana@x.example", "bob@x.example"] + ["ana@x.example"] * 3
    assert events[-1].after is None


def test_defaults_that_make_no_sense(world: ItemWorld) -> None:
    """Types without levels, levels that are none, people who are unknown: refused for all of them."""
    ana = world.user("ana")
    for what, says in (
        ({"types": ["field"]}, "no type of items with levels; there are: piece"),
        ({"levels": {"rest": "write"}}, "levels are"),
        ({"owner_group": "Nobodies"}, "no group and no role"),
    ):
        with pytest.raises((Refused, NotFound), match=says):
            set_defaults(world, ana, **what)
    with pytest.raises(NotFound):
        set_defaults(world, ana, "nobody", levels={"rest": "read"})
    with pytest.raises(Refused):
        set_defaults(world, levels={"rest": "read"})
    assert not item_defaults.defaults_of(world.session, world.account, ana)[0].is_set


def test_who_may_set_defaults(world: ItemWorld) -> None:
    """Account Owners, and managers of the users or items of the unit; nobody else, not for oneself either."""
    ana, boss, owner = world.user("ana", "emea"), world.user("boss", "emea"), world.user("owner")
    far = world.user("far", "apac")
    world.assign("Administrator", user=boss, unit="emea")
    world.assign("Account Owner", user=owner)
    for who, whose, allowed in (
        (owner, ana, True),
        (boss, ana, True),
        (boss, far, False),
        (ana, ana, False),
        (ana, boss, False),
    ):
        world.acts(who)
        if allowed:
            assert set_defaults(world, whose, levels={"rest": "read"})
        else:
            with pytest.raises(Forbidden):
                set_defaults(world, whose, levels={"rest": "modify"})


def test_nobody_lets_new_items_begin_as_open_to_themselves(world: ItemWorld) -> None:
    """Neither by the owner group nor by its level; what of it was so already may stay."""
    ana, owner = world.user("ana"), world.user("owner")
    world.assign("Account Owner", user=owner)
    world.assign("Designer", user=owner)
    world.group("Around", world.group("Team", owner))
    world.group("Others", ana)
    world.acts(owner)
    for own in ("Team", "Around", "role:Designer"):
        with pytest.raises(Forbidden, match="nobody changes their own access"):
            set_defaults(world, ana, owner_group=own)
    assert set_defaults(world, ana, owner_group="Others", levels={"group": "read"})
    world.acts(None)
    set_defaults(world, ana, owner_group="Team")
    world.acts(owner)
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        set_defaults(world, ana, levels={"group": "modify"})
    assert set_defaults(world, ana, levels={"owner": "read"})
    assert set_defaults(world, ana, owner_group=None)
