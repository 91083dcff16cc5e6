"""What leavers owned, handed over, on each database."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from app.services import groups, item_defaults, items, sharing, transfers
from app.services.errors import Forbidden, NotFound, Refused, Stale
from app.services.transfers import TransferPlan
from app.session import Session
from tests.stores.item_world import ItemWorld, an_item_world


@pytest.fixture
def world(session: Session) -> ItemWorld:
    return an_item_world(session)


def preview(world: ItemWorld, user: str, **to: Any) -> TransferPlan:
    return transfers.preview(world.session, world.account, user, **to)


def transfer(world: ItemWorld, user: str, **to: Any) -> TransferPlan:
    token = preview(world, user, **to).token
    return transfers.apply(world.session, world.account, user, token=token, **to)


def field(world: ItemWorld, id: str, owner: str) -> None:
    items.register(world.session, world.account, {"type": "field", "id": id, "owner": owner})


def test_a_leaver_is_listed_until_nothing_is_left(world: ItemWorld) -> None:
    """Deactivated or deleted, with how much of what; handing over ends it."""
    ana, bob, eve = world.user("ana"), world.user("bob"), world.user("eve")
    for number in range(3):
        world.piece(f"a{number}", owner=ana)
    field(world, "f", ana)
    world.piece("b", owner=bob)
    world.piece("e", owner=eve)
    assert transfers.leavers(world.session, world.account) == []
    world.deactivate(ana)
    world.remove(bob)
    found = transfers.leavers(world.session, world.account)
    assert [(one.user_name, one.state, one.items) for one in found] == [
        ("ana@x.example", "inactive", {"field": 1, "piece": 3}),
        ("bob@x.example", "deleted", {"piece": 1}),
    ]
    done = transfer(world, "ANA@x.example", to_user=eve)
    assert (done.user_name, done.to, done.items) == ("ana@x.example", "eve@x.example", {"field": 1, "piece": 3})
    assert transfer(world, bob, to_user="eve@x.example").items == {"piece": 1}
    assert transfers.leavers(world.session, world.account) == []
    assert len(world.found('owner eq "eve@x.example"')) == 6
    events = [event.after for event in world.events() if event.action == "items.transferred"]
    assert [(event["from"], event["to"], event["count"]) for event in events] == [
        ("ana@x.example", "eve@x.example", 4),
        ("bob@x.example", "eve@x.example", 1),
    ]


def test_some_types_only(world: ItemWorld) -> None:
    """The rest stays."""
    ana, bob = world.user("ana"), world.user("bob")
    world.piece("p", owner=ana)
    field(world, "f", ana)
    assert transfer(world, ana, to_user=bob, types=["field"]).items == {"field": 1}
    owner = world.get("p").owner
    assert owner is not None
    assert owner.id == ana


def test_a_group_takes_over(world: ItemWorld) -> None:
    """It may do what the owner could; the items have no single owner."""
    ana, bob = world.user("ana"), world.user("bob")
    world.assign("Designer", user=bob)
    world.group("Marketing", bob)
    world.piece("p", owner=ana, levels={"group": "forbidden"})
    assert transfer(world, ana, to_group="Marketing").to == "group:Marketing"
    taken = world.get("p")
    assert taken.owner is None
    assert taken.owner_group is not None
    assert (taken.owner_group.name, taken.levels.group) == ("Marketing", "modify")
    assert world.may(bob, "design.pieces.edit", "p")


def test_a_plan_is_carried_out_as_it_was_seen(world: ItemWorld) -> None:
    """Another item, another revision or somebody else to give to is refused."""
    ana, bob = world.user("ana"), world.user("bob")
    world.user("eve")
    world.piece("p", owner=ana)
    token = preview(world, ana, to_user=bob).token
    for changed in ({"to_user": "eve@x.example"}, {"to_user": bob, "types": ["piece"]}):
        with pytest.raises(Stale):
            transfers.apply(world.session, world.account, ana, token=token, **changed)
    world.piece("q", owner=ana)
    with pytest.raises(Stale):
        transfers.apply(world.session, world.account, ana, to_user=bob, token=token)
    assert len(world.found('owner eq "ana@x.example"')) == 2


def test_what_makes_no_sense_is_refused(world: ItemWorld) -> None:
    """Nobody or two to give to, oneself, somebody inactive, somebody unknown."""
    ana, gone = world.user("ana"), world.user("gone")
    world.group("Marketing")
    world.deactivate(gone)
    world.piece("p", owner=ana)
    for to, says in (
        ({}, "one of the two"),
        ({"to_user": gone, "to_group": "Marketing"}, "one of the two"),
        ({"to_user": ana}, "somebody else who is active"),
        ({"to_user": gone}, "somebody else who is active"),
    ):
        with pytest.raises(Refused, match=says):
            preview(world, ana, **to)
    for user in ("nobody", str(uuid4())):
        with pytest.raises(NotFound):
            preview(world, user, to_user=ana)
    with pytest.raises(NotFound):
        preview(world, ana, to_user="nobody")
    with pytest.raises(NotFound, match="no items of type 'pieces'; there are: field, piece"):
        preview(world, ana, to_group="Marketing", types=["pieces"])


def test_who_may_hand_over(world: ItemWorld) -> None:
    """The owner, an Account Owner, managers; but what an active owner has shared, the owner alone."""
    ana, bob, eve = world.user("ana", "emea"), world.user("bob"), world.user("eve")
    owner, boss = world.user("owner"), world.user("boss", "emea")
    world.assign("Account Owner", user=owner)
    world.assign("Administrator", user=boss, unit="emea")
    world.piece("p", owner=ana)
    world.acts(bob)
    with pytest.raises(Forbidden):
        preview(world, ana, to_user=bob)
    for allowed in (owner, boss, ana):
        world.acts(allowed)
        assert preview(world, ana, to_user=bob).items == {"piece": 1}
    world.acts(boss)
    assert preview(world, ana, to_user=boss).to == "boss@x.example"
    world.acts(owner)
    with pytest.raises(Forbidden, match="somebody else than yourself"):
        preview(world, ana, to_user=owner)
    world.acts(ana)
    sharing.share(world.session, world.account, "piece", "p", ["apac"])
    for forbidden in (owner, boss):
        world.acts(forbidden)
        with pytest.raises(Forbidden, match="only they hand them over"):
            preview(world, ana, to_user=bob)
    world.acts(ana)
    assert transfer(world, ana, to_user=bob).items == {"piece": 1}
    world.deactivate(bob)
    world.acts(owner)
    assert transfer(world, bob, to_user=eve).items == {"piece": 1}


def test_nobody_hands_items_to_a_group_of_their_own(world: ItemWorld) -> None:
    """To a group that they are in, through another one too, or to a role that they have: it would open them."""
    ana, owner, boss = world.user("ana", "emea"), world.user("owner"), world.user("boss", "emea")
    team = world.group("Team", owner)
    for name, members in (("Around", (team,)), ("Others", (ana,))):
        world.group(name, *members)
    world.assign("Account Owner", user=owner)
    world.assign("Designer", user=owner)
    world.assign("Administrator", user=boss, unit="emea")
    world.group("Bosses", boss)
    world.piece("p", owner=ana)
    world.acts(owner)
    for own in ("Team", "group:Around", "role:Designer", "role:Account Owner"):
        with pytest.raises(Forbidden, match="somebody else than yourself"):
            preview(world, ana, to_group=own)
    assert preview(world, ana, to_group="Others").to == "group:Others"
    assert preview(world, ana, to_group="role:Administrator").items == {"piece": 1}
    world.acts(boss)
    assert preview(world, ana, to_group="Bosses").to == "group:Bosses"
    world.acts(ana)
    assert transfer(world, ana, to_group="Others").items == {"piece": 1}


def test_nobody_joins_a_group_that_owns_items(world: ItemWorld) -> None:
    """Nor leaves it; not one inside it either, nor one that will own the new items of somebody."""
    ana, owner = world.user("ana"), world.user("owner")
    world.assign("Account Owner", user=owner)
    at = world.session, world.account
    made = {name: groups.create_group(*at, {"display_name": name}).id for name in ("Owns", "Inner", "Default", "Plain")}
    groups.add_members(*at, "Owns", [], ["Inner"])
    world.piece("p", owner_group="Owns")
    item_defaults.set_defaults(*at, [ana], owner_group="Default")
    world.acts(owner)
    for name in ("Owns", "Inner", "Default"):
        with pytest.raises(Forbidden, match="nobody changes their own access"):
            groups.add_members(*at, name, [owner], [])
        assert groups.add_members(*at, name, [ana], []).changed == 1
    assert groups.add_members(*at, "Plain", [owner], []).changed == 1
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        groups.add_members(*at, "Owns", [], ["Plain"])
    world.acts(None)
    groups.add_members(*at, "Owns", [owner], [])
    world.acts(owner)
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        groups.remove_members(*at, "Owns", [owner])
    with pytest.raises(Forbidden, match="nobody changes their own access"):
        groups.delete_group(*at, made["Owns"])


def test_a_manager_of_users_hands_over_what_those_owned_who_are_gone(world: ItemWorld) -> None:
    """Not what somebody owns who is there; and only where they manage the users: at home and where the items are."""
    ana, bob, far = world.user("ana", "emea"), world.user("bob", "emea"), world.user("far", "apac")
    delegate = world.user("delegate", "emea")
    world.role("People", "admin.users")
    world.assign("People", user=delegate, unit="emea", children=True)
    world.piece("p", owner=ana, unit="iberia")
    world.piece("f", owner=far, unit="emea")
    world.acts(delegate)
    with pytest.raises(Forbidden, match="you may not hand over"):
        preview(world, ana, to_user=bob)
    world.deactivate(ana)
    world.deactivate(far)
    assert preview(world, ana, to_user=bob).items == {"piece": 1}
    with pytest.raises(Forbidden, match="somebody else than yourself"):
        preview(world, ana, to_user=delegate)
    with pytest.raises(Forbidden, match="you may not hand over"):
        preview(world, far, to_user=bob)
    world.remove(far)
    assert preview(world, far, to_user=bob).items == {"piece": 1}
    world.acts(None)
    world.piece("away", owner=ana, unit="apac")
    world.acts(delegate)
    with pytest.raises(Forbidden, match="you may not hand over"):
        preview(world, ana, to_user=bob)
