"""Items: registered, listed, changed and deleted, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from app.db import Database
from app.services import accounts, directories, item_changes, item_defaults, items
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Stale
from app.session import Session
from app.stores.access_tables import ITEMS
from app.stores.directory import open_directory_store
from app.stores.listings import Wanted
from rbac.items import Level, Levels
from tests.stores.item_world import ItemWorld, an_item_world
from tests.stores.test_access_store import statements

M, R, F = Level.MODIFY, Level.READ, Level.FORBIDDEN


@pytest.fixture
def world(session: Session) -> ItemWorld:
    return an_item_world(session)


def bulk(world: ItemWorld, *given: Any, **how: Any) -> items.BulkReport:
    return items.register_many(world.session, world.account, list(given), **how)


def test_an_item_has_what_is_said_of_it(world: ItemWorld) -> None:
    """Owner by userName, owner group by name, unit by key; a dateTime is kept in UTC."""
    ana = world.user("ana")
    team = world.group("Marketing", ana)
    made = world.piece(
        "p1",
        name="Spring",
        owner="ANA@x.example",
        owner_group="marketing",
        unit="emea",
        levels={"rest": "read"},
        attributes={"color": "Red", "price": 2.5, "archived": False, "sent": "2024-05-01T12:00:00+02:00"},
    )
    assert made == world.get("p1")
    assert made.owner is not None
    assert (made.owner.id, made.owner.user_name, made.owner.active) == (ana, "ana@x.example", True)
    assert made.owner_group is not None
    assert (made.owner_group.kind, made.owner_group.id, made.owner_group.name) == ("group", team, "Marketing")
    assert (made.unit, made.revision, made.shares) == ("emea", 1, ())
    assert made.levels == Levels(M, R, R)
    assert made.attributes["sent"] == "2024-05-01T10:00:00.000000Z"
    assert made.attributes["price"] == 2.5


def test_what_is_not_said_is_by_default(world: ItemWorld) -> None:
    """The owner's home unit, the owner's own defaults, else owner modify, group read, rest forbidden."""
    ana = world.user("ana", "iberia")
    world.group("Marketing")
    assert world.piece("p1").unit == "root"
    plain = world.piece("p2", owner=ana)
    assert (plain.unit, plain.levels, plain.owner_group) == ("iberia", Levels(M, R, F), None)
    item_defaults.set_defaults(
        world.session, world.account, [ana], ["piece"], owner_group="Marketing", levels={"group": "modify"}
    )
    own = world.piece("p3", owner=ana, levels={"owner": "read"})
    assert own.levels == Levels(R, M, F)
    assert own.owner_group is not None
    assert own.owner_group.name == "Marketing"
    assert world.piece("p4", owner=ana, owner_group=None).owner_group is None


def test_a_role_may_own(world: ItemWorld) -> None:
    """Its holders are a work group; where a group is called the same, one says which is meant."""
    made = world.piece("p1", owner_group="designer")
    assert made.owner_group is not None
    assert (made.owner_group.kind, made.owner_group.name) == ("role", "Designer")
    world.group("Designer")
    with pytest.raises(Refused, match="write group:Designer or role:Designer"):
        world.piece("p2", owner_group="Designer")
    kinds = [
        one.kind for id in ("group:Designer", "role:designer") if (one := world.piece(id, owner_group=id).owner_group)
    ]
    assert kinds == ["group", "role"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"type": "segment", "id": "1"}, "no such item type; items are kept of: field, piece"),
        ({"type": "campaign", "id": "1"}, "its items stay with the platform"),
        ({"type": "piece"}, "id: must be"),
        ({"type": "piece", "id": ""}, "id: must be"),
        ({"type": "piece", "id": "a\0b"}, "id: must be"),
        ({"type": "piece", "id": "x" * 501}, "id: must be"),
        ({"id": "1"}, "type: must be"),
        ({"type": "piece", "id": "1", "colour": "red"}, "colour: an item has no such field; there are: type, id"),
        ({"type": "piece", "id": "1", "owner": "bob@x.example"}, "no user of this account is called 'bob@x.example'"),
        ({"type": "piece", "id": "1", "owner": 7}, "owner: must be text"),
        ({"type": "piece", "id": "1", "owner_group": "Nobodies"}, "no group and no role is called"),
        ({"type": "piece", "id": "1", "unit": "mars"}, "no business unit 'mars'; there are: apac, emea"),
        ({"type": "piece", "id": "1", "levels": {"rest": "write"}}, "levels: each must be one of forbidden"),
        ({"type": "piece", "id": "1", "levels": {"all": "read"}}, "levels: must be an object of owner"),
        ({"type": "field", "id": "1", "levels": {"rest": "read"}}, "items of type field have no levels"),
        (
            {"type": "piece", "id": "1", "attributes": {"size": 1}},
            "attributes.size: piece has no such attribute; there are: archived, color",
        ),
        ({"type": "piece", "id": "1", "attributes": {"price": "2"}}, "attributes.price: must be a number"),
        ({"type": "piece", "id": "1", "attributes": {"price": True}}, "attributes.price: must be a number"),
        ({"type": "piece", "id": "1", "attributes": {"archived": "true"}}, "attributes.archived: must be a boolean"),
        ({"type": "piece", "id": "1", "attributes": {"sent": "today"}}, "attributes.sent: must be a dateTime"),
        ({"type": "piece", "id": "1", "attributes": {"color": "a\0b"}}, "attributes.color: must be a string"),
        ({"type": "piece", "id": "1", "attributes": {"color": "\ud800"}}, "attributes.color: must be a string"),
        ({"type": "piece", "id": "1", "attributes": {"color": ["red"]}}, "attributes.color: must be a string"),
        ({"type": "piece", "id": "1", "attributes": {"color": "x" * 20_000}}, "more than 16000 bytes"),
        ({"type": "piece", "id": "1", "attributes": []}, "attributes: must be an object"),
    ],
)
def test_what_is_wrong_is_refused_and_named(world: ItemWorld, given: dict[str, Any], says: str) -> None:
    """Strictly typed, nothing converted, and nothing is registered."""
    with pytest.raises(Refused, match=says):
        items.register(world.session, world.account, given)
    report = bulk(world, given, {"type": "piece", "id": "good"})
    assert (report.written, report.refused, report.created) == (False, 1, 1)
    assert says.split(";")[0] in "; ".join(report.lines[0].problems) or report.lines[0].problems
    assert world.found() == []


def test_everything_that_is_wrong_is_named_at_once(world: ItemWorld) -> None:
    """So that nobody has to ask again and again."""
    with pytest.raises(Refused) as refused:
        world.piece("p1", owner="nobody", unit="mars", levels={"rest": "read"}, attributes={"size": 1, "price": ""})
    assert all(word in str(refused.value) for word in ("owner:", "unit:", "size", "attributes.price"))


def test_an_item_is_registered_once(world: ItemWorld) -> None:
    """An id is unique within its type, and exactly as written."""
    world.piece("p1")
    with pytest.raises(Conflict, match="already an item piece p1"):
        world.piece("p1")
    world.piece("P1")
    items.register(world.session, world.account, {"type": "field", "id": "p1"})
    assert world.found() == ["p1", "P1", "p1"]


def test_a_change_touches_what_it_names(world: ItemWorld) -> None:
    """Revisions grow, what stays the same does not count as a change, None takes away."""
    ana, bob = world.user("ana"), world.user("bob")
    world.piece("p1", name="A", owner=ana, attributes={"color": "red", "price": 1})
    changed = items.change(world.session, world.account, "piece", "p1", {"name": "B", "levels": {"group": "modify"}})
    assert (changed.name, changed.levels, changed.revision) == ("B", Levels(M, M, F), 2)
    assert changed.owner is not None
    assert changed.attributes == {"color": "red", "price": 1}
    same = items.change(world.session, world.account, "piece", "p1", {"name": "B"})
    assert same.revision == 2
    other = items.change(world.session, world.account, "piece", "p1", {"owner": bob, "attributes": {"color": "blue"}})
    assert other.owner is not None
    assert (other.owner.id, other.attributes) == (bob, {"color": "blue"})
    assert items.change(world.session, world.account, "piece", "p1", {"owner": None}).owner is None
    with pytest.raises(Stale, match="of revision 4 by now, not 2"):
        items.change(world.session, world.account, "piece", "p1", {"name": "C"}, revision=2)
    with pytest.raises(Refused, match="keeps its type and id"):
        items.change(world.session, world.account, "piece", "p1", {"id": "p2"})
    with pytest.raises(NotFound, match="no item piece p9"):
        items.change(world.session, world.account, "piece", "p9", {"name": "C"})


def test_an_item_is_deleted(world: ItemWorld) -> None:
    """At its revision, and it may be registered anew."""
    world.piece("p1")
    with pytest.raises(Stale):
        items.delete(world.session, world.account, "piece", "p1", revision=7)
    items.delete(world.session, world.account, "piece", "p1", revision=1)
    with pytest.raises(NotFound):
        world.get("p1")
    world.piece("p1")


def test_many_are_registered_and_changed_together(world: ItemWorld) -> None:
    """Each has its line; what is the same stays as it is, and what is not said of a stored item stays."""
    ana = world.user("ana")
    world.piece("p1", name="A", owner=ana)
    world.piece("p2", name="B")
    report = bulk(
        world,
        {"type": "piece", "id": "p1", "name": "A2"},
        {"type": "piece", "id": "p2", "name": "B"},
        {"type": "piece", "id": "p3", "owner": "ana@x.example"},
    )
    assert [line.outcome for line in report.lines] == ["changed", "unchanged", "created"]
    assert (report.written, report.created, report.changed, report.unchanged, report.refused) == (True, 1, 1, 1, 0)
    kept = world.get("p1")
    assert kept.owner is not None
    assert (kept.name, kept.owner.id, kept.revision) == ("A2", ana, 2)
    assert world.get("p2").revision == 1


def test_many_are_all_or_nothing_unless_partial(world: ItemWorld) -> None:
    """The same item twice, and what is no item at all, are refused with their lines."""
    good = {"type": "piece", "id": "p1"}
    wrong = [good, good, 7, {"type": "piece", "id": "p2", "unit": "mars"}]
    report = bulk(world, *wrong)
    assert not report.written
    assert [(line.outcome, bool(line.problems)) for line in report.lines[1:]] == [("refused", True)] * 3
    assert world.found() == []
    report = bulk(world, *wrong, partial=True)
    assert report.written
    assert world.found() == ["p1"]
    with pytest.raises(Refused, match="at most 10000"):
        bulk(world, *([good] * 10_001))


def test_many_items_take_few_statements(world: ItemWorld, database: Database) -> None:
    """As many for a thousand as for ten; and one event says which they were."""
    world.user("ana")
    counts = []
    for number, size in ((0, 10), (1, 900)):
        given = [{"type": "piece", "id": f"{number}-{one}", "owner": "ana@x.example"} for one in range(size)]
        with statements(world.session) as sent:
            assert bulk(world, *given).created == size
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 8
    events = [event for event in world.events() if event.action == "items.registered"]
    assert [event.after["count"] for event in events] == [10, 900]
    assert len(events[1].after["items"]["piece"]) == 900
    assert len(events[1].after["digest"]) == 64


FOUND = {
    None: ["a", "b", "c", "d"],
    'type eq "piece"': ["a", "b", "c"],
    'id eq "a"': ["a"],
    'id eq "A"': [],
    'name eq "SPRING"': ["a"],
    'name sw "s"': ["a", "b"],
    "name pr": ["a", "b"],
    'owner eq "ANA@x.example"': ["a", "b"],
    'owner ne "ana@x.example"': ["c", "d"],
    "owner pr": ["a", "b", "c"],
    "ownerGone eq true": ["c"],
    'ownerGroup eq "marketing"': ["a"],
    'ownerGroup eq "Designer"': ["b"],
    "ownerGroup pr": ["a", "b"],
    'businessUnit eq "emea"': ["a"],
    'not (businessUnit eq "emea") and type eq "piece"': ["b", "c"],
    'levels.rest eq "read"': ["a"],
    'attributes.color eq "RED"': ["a"],
    'attributes.color ne "red"': ["b", "c", "d"],
    "attributes.price gt 1.5": ["b"],
    "attributes.archived eq true": ["b"],
    'attributes.sent lt "2024-06-01T00:00:00Z"': ["a"],
    "attributes.sent pr": ["a"],
    "shared eq true": [],
    "revision eq 1": ["a", "b", "c", "d"],
    'created gt "2020-01-01T00:00:00Z"': ["a", "b", "c", "d"],
}


def test_a_list_is_filtered(world: ItemWorld) -> None:
    """In the SCIM grammar, over everything that an item has; what it lacks matches no comparison."""
    ana, leaver = world.user("ana"), world.user("leaver")
    team = world.group("Marketing")
    world.piece(
        "a",
        name="Spring",
        owner=ana,
        owner_group="Marketing",
        unit="emea",
        levels={"rest": "read"},
        attributes={"color": "Red", "price": 1, "sent": "2024-05-01T12:00:00+02:00"},
    )
    world.piece("b", name="summer", owner=ana, owner_group="Designer", attributes={"price": 2.5, "archived": True})
    world.piece("c", owner=leaver)
    items.register(world.session, world.account, {"type": "field", "id": "d"})
    world.deactivate(leaver)
    found = {filter: sorted(world.found(filter)) for filter in FOUND}
    assert found == FOUND
    assert world.found(f'owner eq "{ana}"') == ["a", "b"]
    assert world.found(f'ownerGroup eq "{team}"') == ["a"]
    world.remove(leaver)
    assert world.found("ownerGone eq true") == world.found('owner eq "leaver@x.example"') == ["c"]
    gone = world.get("c").owner
    assert gone is not None
    assert (gone.user_name, gone.active) == ("leaver@x.example", False)


@pytest.mark.parametrize(
    ("filter", "says"),
    [
        ('colour eq "red"', "no attribute"),
        ("attributes.price eq true", "compares with a number"),
        ('owner sw "ana"', "by eq or ne"),
        ("owner gt 3", "by eq or ne"),
        ("name eq", "not a valid SCIM filter"),
    ],
)
def test_a_filter_that_does_not_fit_is_refused(world: ItemWorld, filter: str, says: str) -> None:
    """Naming what there is."""
    with pytest.raises(Refused, match=says):
        world.found(filter)


def test_an_attribute_of_another_type_than_declared_is_absent(world: ItemWorld) -> None:
    """What was stored before the catalogue changed harms no list."""
    world.piece("a", attributes={"price": 3})
    world.piece("b")
    odd = {"price": "cheap", "archived": 1, "color": 5}
    world.session.execute(
        update(ITEMS).where(ITEMS.c.account_id == world.account, ITEMS.c.id == "b").values(attributes=odd)
    )
    assert world.found("attributes.price ge 0") == ["a"]
    assert world.found("attributes.archived pr") == []
    assert world.found("attributes.color pr") == []


def test_pages_follow_each_other(world: ItemWorld) -> None:
    """By key, with nothing twice and nothing lost, though items are registered meanwhile."""
    bulk(world, *({"type": "piece", "id": f"{number:03}"} for number in range(25)))
    seen: list[str] = []
    after = None
    while True:
        page = items.list_items(world.session, world.account, Wanted(10, 'type eq "piece"', after=after))
        seen += [one.id for one in page.items]
        world.piece(f"000-{len(seen)}")
        after = page.next
        if after is None:
            break
    assert seen == [f"{number:03}" for number in range(25)]


def test_nothing_crosses_accounts(session: Session) -> None:
    """An item, an owner or a unit of another account is unknown."""
    one, other = an_item_world(session), an_item_world(session)
    ana = one.user("ana")
    one.piece("p1", owner=ana)
    assert other.found() == []
    with pytest.raises(NotFound):
        other.get("p1")
    with pytest.raises(NotFound):
        items.delete(other.session, other.account, "piece", "p1")
    for wrong in ({"owner": ana}, {"unit": one.get("p1").unit_id}):
        with pytest.raises(Refused):
            other.piece("p2", **wrong)


def test_people_change_what_they_own_or_manage(world: ItemWorld) -> None:
    """A person registers only as a manager of all items; another one's item is not theirs to change or delete."""
    ana, bob = world.user("ana", "emea"), world.user("bob", "emea")
    boss, owner = world.user("boss", "emea"), world.user("owner")
    world.assign("Designer", user=bob)
    world.assign("Administrator", user=boss, unit="emea")
    world.assign("Account Owner", user=owner)
    world.piece("p1", owner=ana, levels={"rest": "modify"})
    world.piece("far", owner=ana, unit="apac")
    for stranger in (bob, owner):
        world.acts(stranger)
        with pytest.raises(Forbidden, match=r"you do not own it, and lack admin\.items in emea"):
            items.change(world.session, world.account, "piece", "p1", {"levels": {"rest": "forbidden"}})
        with pytest.raises(Forbidden):
            items.delete(world.session, world.account, "piece", "p1")
        with pytest.raises(Forbidden, match="registered by the platform"):
            world.piece("p2", unit="emea")
    world.acts(boss)
    world.piece("p2", unit="emea")
    items.change(world.session, world.account, "piece", "p1", {"name": "by the boss"})
    for id in ("far",):
        with pytest.raises(Forbidden):
            items.change(world.session, world.account, "piece", id, {"name": "x"})
    with pytest.raises(Forbidden):
        bulk(world, {"type": "piece", "id": "p1", "name": "y"}, {"type": "piece", "id": "p3", "unit": "apac"})
    world.acts(ana)
    items.change(world.session, world.account, "piece", "p1", {"levels": {"rest": "forbidden"}})
    items.delete(world.session, world.account, "piece", "p1")
    assert world.found() == ["far", "p2"]


def test_a_decision_sees_a_change_at_once(world: ItemWorld) -> None:
    """Items are read afresh by each decision."""
    ana, bob = world.user("ana"), world.user("bob")
    for user in (ana, bob):
        world.assign("Designer", user=user)
    world.piece("p1", owner=ana)
    assert [world.may(user, "design.pieces.edit", "p1") for user in (ana, bob)] == [True, False]
    items.change(world.session, world.account, "piece", "p1", {"levels": {"rest": "read"}})
    assert world.may(bob, "design.pieces.view", "p1")
    assert not world.may(bob, "design.pieces.edit", "p1")
    world.group("Team", bob)
    items.change(world.session, world.account, "piece", "p1", {"owner_group": "Team", "levels": {"group": "modify"}})
    assert world.may(bob, "design.pieces.edit", "p1")


def test_a_change_is_in_the_trail(database: Database) -> None:
    """What was, what is, who did it and why."""
    with database.write_session() as session:
        world = an_item_world(session)
        ana = world.user("ana")
        world.piece("p1", owner=ana)
        world.acts(ana)
        items.change(
            session, world.account, "piece", "p1", {"levels": {"rest": "read"}, "name": "X"}, reason="everybody asks"
        )
        items.delete(session, world.account, "piece", "p1")
        events = {event.action: event for event in world.events() if event.action.startswith("item")}
    changed = events["item.changed"]
    assert (changed.actor_id, changed.target_id, changed.reason) == (ana, "p1", "everybody asks")
    assert changed.before == {"name": None, "levels": {"owner": "modify", "group": "read", "rest": "forbidden"}}
    assert changed.after["levels"]["rest"] == "read"
    assert events["item.deleted"].before["owner"] == "ana@x.example"
    assert "item.registered" in events


def test_two_who_register_the_same_item(database: Database) -> None:
    """At the same moment: the second is told so, and has changed nothing."""

    def second() -> str:
        with database.write_session() as session:
            try:
                items.register(session, world.account, {"type": "piece", "id": "p1", "name": "second"})
            except Conflict:
                return "conflict"
            session.commit()
            return "registered"

    with ThreadPoolExecutor(1) as threads, database.write_session() as first:
        world = an_item_world(first)
        first.commit()
        world.piece("p1", name="first")
        told = threads.submit(second)
        sleep(0.2)
        first.commit()
        assert told.result(timeout=20) == "conflict"
        assert world.get("p1").name == "first"


def test_a_bulk_waits_for_the_change_it_must_see(database: Database) -> None:
    """What somebody else is changing at the same moment is seen, and so refused as stale."""
    everything = item_changes.Selection("id pr")
    closed = {"levels": {"rest": "forbidden"}}

    def second(token: str) -> str:
        with database.write_session() as session:
            try:
                item_changes.apply(session, world.account, everything, closed, token)
            except Stale:
                return "stale"
            session.commit()
            return "changed"

    with ThreadPoolExecutor(1) as threads, database.write_session() as first:
        world = an_item_world(first)
        world.piece("p1", levels={"rest": "read"})
        first.commit()
        token = item_changes.preview(first, world.account, everything, closed).token
        items.change(first, world.account, "piece", "p1", {"levels": {"rest": "modify"}})
        told = threads.submit(second, token)
        sleep(0.2)
        first.commit()
        assert told.result(timeout=20) == "stale"
        assert world.get("p1").levels.rest is M


def test_common_items_begin_open_where_that_is_a_permission(session: Session) -> None:
    """A platform that gates what others made by a permission: with it they are seen and managed, without it not."""
    account = accounts.create_account(session, f"Common {uuid4().hex}", "teenvio")
    directory = directories.create_directory(session, account.id, "IdP", "okta")
    world = ItemWorld(session, account.id, open_directory_store(session, account.id, directory.id))
    with_common, alone = world.user("with"), world.user("alone")
    for user, roles in ((with_common, ("User", "Designer")), (alone, ("Designer",))):
        for role in roles:
            world.assign(role, user=user)
    assert world.piece("p1", owner=world.user("other")).levels == Levels(M, M, M)
    assert world.piece("own", owner=alone).levels == Levels(M, M, M)
    assert [world.may(user, "pieces.designs.edit", "p1") for user in (with_common, alone)] == [True, False]
    assert world.may(alone, "pieces.designs.edit", "own")


def test_an_item_moves_to_where_it_could_be_registered(world: ItemWorld) -> None:
    """Neither its owner nor who manages where it was puts it into another unit, in whatever way."""
    ana, boss = world.user("ana", "emea"), world.user("boss", "emea")
    world.assign("Administrator", user=boss, unit="emea", children=True)
    world.piece("p1", owner=ana, unit="emea")
    at, chosen = (world.session, world.account), item_changes.Selection(ids=(("piece", "p1"),))
    for who in (ana, boss):
        world.acts(who)
        for attempt in (
            lambda: items.change(*at, "piece", "p1", {"unit": "apac"}),
            lambda: bulk(world, {"type": "piece", "id": "p1", "unit": "apac"}),
            lambda: item_changes.preview(*at, chosen, {"unit": "apac"}),
        ):
            with pytest.raises(Forbidden, match="moved to apac by the platform"):
                attempt()
    assert items.change(*at, "piece", "p1", {"unit": "iberia"}).unit == "iberia"
    assert bulk(world, {"type": "piece", "id": "p1", "unit": "emea"}).changed == 1
    assert item_changes.preview(*at, chosen, {"unit": "iberia"}).changing == 1
    world.acts(ana)
    assert items.change(*at, "piece", "p1", {"unit": "emea", "name": "own"}).name == "own"
