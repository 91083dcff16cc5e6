"""Items shared with other business units, on each database."""

from __future__ import annotations

import pytest

from app.services import item_changes, items, sharing
from app.services.errors import Forbidden, NotFound, Refused
from app.services.item_facts import ItemFacts
from app.session import Session
from tests.stores.item_world import ItemWorld, an_item_world

VIEW, EDIT = "design.pieces.view", "design.pieces.edit"


@pytest.fixture
def world(session: Session) -> ItemWorld:
    return an_item_world(session)


def share(world: ItemWorld, *units: str, level: str = "read") -> ItemFacts:
    return sharing.share(world.session, world.account, "piece", "p1", units, level)


def unshare(world: ItemWorld, *units: str) -> ItemFacts:
    return sharing.unshare(world.session, world.account, "piece", "p1", units or None)


def shares(world: ItemWorld) -> dict[str, str]:
    return {one.unit: one.level for one in world.get("p1").shares}


def test_a_shared_item_is_used_elsewhere(world: ItemWorld) -> None:
    """To read or to modify, as the share says; a unit that it is not shared with is none of its business."""
    eve = world.user("eve", "apac")
    world.assign("Designer", user=eve)
    world.piece("p1", unit="emea", levels={"rest": "modify"})
    assert not world.may(eve, VIEW, "p1")
    share(world, "apac")
    assert [world.may(eve, key, "p1") for key in (VIEW, EDIT)] == [True, False]
    share(world, "apac", level="modify")
    assert world.may(eve, EDIT, "p1")
    unshare(world, "apac")
    assert not world.may(eve, VIEW, "p1")


def test_shares_are_set_and_removed(world: ItemWorld) -> None:
    """Several units at once; setting again changes the level; what is so already is no change."""
    world.piece("p1")
    assert share(world, "emea", "APAC").revision == 2
    assert share(world, "emea").revision == 2
    share(world, "emea", level="modify")
    assert shares(world) == {"apac": "read", "emea": "modify"}
    assert world.found("shared eq true") == ["p1"]
    unshare(world, "apac")
    assert shares(world) == {"emea": "modify"}
    share(world, "apac")
    assert unshare(world).shares == ()
    events = [(event.action, event.before, event.after) for event in world.events() if "shared" in event.action]
    assert events[0] == ("item.shared", {"shares": {}}, {"shares": {"apac": "read", "emea": "read"}})
    assert events[-1] == ("item.unshared", {"shares": {"apac": "read", "emea": "modify"}}, {"shares": {}})


def test_what_makes_no_sense_is_refused(world: ItemWorld) -> None:
    """Its own unit, an unknown one, a level that shares nothing, a share there is not."""
    world.piece("p1", unit="emea")
    for units, level, says in (
        (["emea"], "read", "belongs to emea"),
        (["apac"], "forbidden", "shared to read or to modify"),
        ([], "read", "say which units"),
    ):
        with pytest.raises(Refused, match=says):
            share(world, *units, level=level)
    with pytest.raises(NotFound, match="no business unit 'mars'"):
        share(world, "mars")
    with pytest.raises(NotFound, match="not shared with apac"):
        unshare(world, "apac")
    with pytest.raises(NotFound):
        sharing.share(world.session, world.account, "piece", "p9", ["apac"])
    assert world.get("p1").revision == 1


def test_only_its_owner_changes_a_shared_item(world: ItemWorld) -> None:
    """Not even who manages all items; and the owner may after taking every permission from their own unit."""
    ana, boss = world.user("ana", "emea"), world.user("boss", "emea")
    world.assign("Designer", user=ana)
    world.assign("Administrator", user=boss)
    world.piece("p1", owner=ana, unit="emea", levels={"group": "modify", "rest": "modify"})
    world.acts(boss)
    share(world, "apac")
    for forbidden in (
        lambda: share(world, "iberia"),
        lambda: unshare(world, "apac"),
        lambda: items.change(world.session, world.account, "piece", "p1", {"levels": {"rest": "forbidden"}}),
        lambda: items.change(world.session, world.account, "piece", "p1", {"owner": boss}),
        lambda: items.delete(world.session, world.account, "piece", "p1"),
        lambda: item_changes.preview(
            world.session, world.account, item_changes.Selection("id pr"), {"levels": {"rest": "read"}}
        ),
    ):
        with pytest.raises(Forbidden, match=r"only its owner, ana@x\.example, may"):
            forbidden()
    world.acts(ana)
    nothing = {"owner": "forbidden", "group": "forbidden", "rest": "forbidden"}
    items.change(world.session, world.account, "piece", "p1", {"levels": nothing})
    world.acts(None)
    items.change(world.session, world.account, "piece", "p1", {"unit": "root"})
    world.acts(ana)
    share(world, "iberia", level="modify")
    unshare(world, "apac")
    items.change(world.session, world.account, "piece", "p1", {"levels": {"owner": "modify"}})
    assert shares(world) == {"iberia": "modify"}
    assert world.may(ana, EDIT, "p1")


def test_an_owner_who_is_gone_binds_nobody(world: ItemWorld) -> None:
    """Else nobody could ever change the item again; a program of the platform always may."""
    ana, boss = world.user("ana"), world.user("boss")
    world.assign("Administrator", user=boss)
    world.piece("p1", owner=ana)
    share(world, "apac")
    share(world, "emea")
    world.deactivate(ana)
    world.acts(boss)
    unshare(world, "apac")
    world.remove(ana)
    unshare(world, "emea")
    assert shares(world) == {}


def test_strangers_share_nothing(world: ItemWorld) -> None:
    """Neither what they may only use, nor as an Account Owner, whose role says nothing about items."""
    ana, bob, owner = world.user("ana"), world.user("bob"), world.user("owner")
    world.assign("Designer", user=bob)
    world.assign("Account Owner", user=owner)
    world.piece("p1", owner=ana, levels={"rest": "modify"})
    for who in (bob, owner):
        world.acts(who)
        with pytest.raises(Forbidden):
            share(world, "apac")
