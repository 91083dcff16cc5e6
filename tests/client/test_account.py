"""The client against an account with held items, levels, units and data filters: that of the example platform."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Boolean, Column, MetaData, String, Table, create_engine, insert, select

from muster import Entity, Misused, Muster
from muster.filters import compile_filter
from muster.inventory import Inventory, Item
from tests.client.conftest import Postbird

pytestmark = pytest.mark.e2e
VIEW, EDIT, LAUNCH = (f"campaigns.email.{verb}" for verb in ("view", "edit", "launch"))
SUBSCRIBERS = Table(
    "subscriber",
    MetaData(),
    Column("email", String, primary_key=True),
    Column("region", String),
    Column("country", String),
    Column("consent", Boolean),
)
ROWS = [
    ("ana", "EMEA", "ES", True),
    ("bea", "EMEA", "ES", False),
    ("carl", "EMEA", "DE", True),
    ("dan", "AMER", "US", True),
]


@pytest.mark.parametrize(
    ("name", "seen"), [("marta", ["ana", "carl"]), ("ines", ["ana"]), ("joe", ["dan"]), ("ada", None)]
)
def test_data_filters_reach_the_query(postbird: Postbird, name: str, seen: list[str] | None) -> None:
    """The filters of the units from the root down hold together; whoever works everywhere has none."""
    decision = postbird.client.require(postbird.user(name), "audience.subscribers.view", ("subscriber", "all"))
    text = decision.filter_for("subscriber")
    if seen is None:
        assert text is None
        return
    assert text is not None
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        SUBSCRIBERS.metadata.create_all(connection)
        columns = [column.name for column in SUBSCRIBERS.columns]
        connection.execute(insert(SUBSCRIBERS), [dict(zip(columns, row, strict=True)) for row in ROWS])
        query = select(SUBSCRIBERS.c.email).where(compile_filter(text, dict(SUBSCRIBERS.c))).order_by("email")
        assert list(connection.scalars(query)) == seen
    engine.dispose()


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_searches_agree_with_decisions(postbird: Postbird, limit: int | None) -> None:
    """In pages of any size: exactly those that a question would be answered yes for."""
    client = postbird.client
    names = [postbird.user(name) for name in ("olivia", "ada", "marta", "ines", "joe", "carla", "vic", "nora")]
    campaigns = ["fado", "spring", "vip"]
    for action in (VIEW, EDIT, LAUNCH):
        for id in campaigns:
            found = sorted(one.id for one in client.subjects(action, ("campaign", id), limit=limit))
            assert found == sorted(name for name in names if client.check(name, action, ("campaign", id)))
        for name in names:
            items = [one.id for one in client.resources(name, action, "campaign", limit=limit)]
            assert sorted(items) == [id for id in campaigns if client.check(name, action, ("campaign", id))]
    for name in names:
        actions = set(client.actions(name, ("campaign", "spring"), limit=limit))
        allowed = {action for action in (VIEW, EDIT, LAUNCH) if client.check(name, action, ("campaign", "spring"))}
        assert actions & {VIEW, EDIT, LAUNCH} == allowed


def test_items_are_registered_changed_and_removed(postbird: Postbird) -> None:
    """Each counts for the next question; to do it again does no harm."""
    client, inventory, carla = postbird.client, postbird.inventory, postbird.user("carla")
    item = Item("campaign", "a b/ü", owner=postbird.user("marta"), unit="emea", levels={"rest": "read"})
    asked = (carla, EDIT, ("campaign", "a b/ü"))
    assert client.check(*asked).code == "unknown_resource"
    inventory.register([item, Item("campaign", "another", unit="amer")])
    inventory.register([item])
    assert client.check(*asked).code == "item_level"
    inventory.register([Item("campaign", "a b/ü", levels={"rest": "modify"})])
    assert client.check(*asked)
    for _ in range(2):
        inventory.remove("campaign", "a b/ü")
        assert client.check(*asked).code == "unknown_resource"
    inventory.remove("campaign", "another")


def test_a_refused_item_is_named(postbird: Postbird) -> None:
    """And the others of the request are not registered."""
    right, wrong = Item("campaign", "right", unit="emea"), Item("campaign", "wrong", owner="nobody@nowhere.example")
    with pytest.raises(Misused, match=re.escape("nobody@nowhere.example")):
        postbird.inventory.register([right, wrong])
    code = postbird.client.check(postbird.user("ada"), VIEW, ("campaign", "right")).code
    assert code == "unknown_resource"


def test_facts_of_the_platform_count(postbird: Postbird) -> None:
    """A condition of a role looks at what was sent, where the item itself is known here."""
    marta = postbird.user("marta")
    assert postbird.client.check(marta, EDIT, Entity("campaign", "spring", {"state": "draft"}))
    assert postbird.client.check(marta, EDIT, Entity("campaign", "spring", {"state": "sent"})).code == "denied_by_role"
    moved = Entity("campaign", "spring", {"state": "draft", "owner": postbird.user("joe")})
    assert postbird.client.check(postbird.user("joe"), EDIT, moved).code == "not_in_business_unit"


def test_a_key_without_the_scope_is_refused(postbird: Postbird) -> None:
    """In words that name what is missing."""
    key = postbird.key("decisions:evaluate")
    client, inventory = Muster(postbird.server.url, key, timeout=20), Inventory(postbird.server.url, key)
    with pytest.raises(Misused, match="decisions:search") as refusal:
        list(client.actions(postbird.user("ada"), ("campaign", "spring")))
    assert refusal.value.status == 403
    with pytest.raises(Misused, match="items:write") as refusal:
        inventory.remove("campaign", "spring")
    assert refusal.value.status == 403
    with pytest.raises(Misused, match="decisions:evaluate"):
        postbird.narrow("items:write").check(postbird.user("ada"), VIEW, ("campaign", "spring"))
