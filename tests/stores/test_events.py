"""Entries of the trail as events: their types in SQL are those in Python, and what is told of each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import audit
from app.db import Database
from app.event_types import EVENT_TYPES, MOST_WORDS, rendered, type_of
from app.models.base import now
from app.services import event_feed, users
from app.services.errors import Refused
from app.stores import events
from tests.builders import a_customer

ACTIVES: tuple[Any, ...] = ("absent", True, False, None)


@pytest.fixture(scope="module")
def everything(database: Database) -> str:
    """An account with an entry of every kind that matters, several of them no events."""
    account_id = a_customer(database).account_id
    actions = {action for one in EVENT_TYPES.values() for action in one.actions}
    with database.writing() as session:
        for action in sorted(actions | {"api_key.issued", "webhook.tested", "item.shared"}):
            for active in ACTIVES:
                after = {"title": "x"} | ({} if active == "absent" else {"active": active})
                audit.record(session, account_id, action, "user", "id", "name", {"title": "y"}, after)
            audit.record(session, account_id, action, "user", "id", "name")
    return account_id


@given(data=st.data())
@settings(deadline=None, max_examples=20)
def test_the_types_in_sql_are_those_in_python(database: Database, everything: str, data: st.DataObject) -> None:
    """Whatever is asked for, in whatever portions: each event of these types once, and no other."""
    types = data.draw(st.lists(st.sampled_from(sorted(EVENT_TYPES)), unique=True))
    most = data.draw(st.sampled_from([7, 60, 500]))
    with database.reading() as session:
        known = events.events_after(session, everything, 0, [], 10_000)
        expected = [row["sequence"] for row in known if not types or type_of(row).name in types]
        found: list[int] = []
        while portion := events.events_after(session, everything, found[-1] if found else 0, types, most):
            found += [row["sequence"] for row in portion]
    assert found == expected


def test_every_type_has_its_events(database: Database, everything: str) -> None:
    """And nothing else is an event."""
    with database.reading() as session:
        told = {type_of(row).name for row in events.events_after(session, everything, 0, [], 10_000)}
    assert told == set(EVENT_TYPES)


def test_a_feed_goes_on_where_it_ended(database: Database, everything: str) -> None:
    """By ``last``, page by page, to the end of the trail, from where nothing comes until something happens."""
    with database.reading() as session:
        whole = event_feed.feed(session, everything, 0, [], 500)
        assert not whole.more
        pages, after, more = [], 0, True
        while more:
            page = event_feed.feed(session, everything, after, [], 9)
            pages += page.results
            after, more = page.last, page.more
        assert pages == list(whole.results)
        assert after == whole.last == events.head(session, everything)
        assert list(event_feed.feed(session, everything, after, [], 9).results) == []
        with pytest.raises(Refused, match="no type of event"):
            event_feed.feed(session, everything, 0, ["api_key.issued"], 9)


def test_a_person_comes_and_goes(database: Database) -> None:
    """By the real services: what changed is named, and no value of a profile is told."""
    account_id = a_customer(database).account_id
    with database.writing() as session:
        after = events.head(session, account_id)
        person = users.create_user(
            session, account_id, {"user_name": "ana@acme.example", "attributes": {"title": "Hidden"}}
        )
    with database.writing() as session:
        users.change_user(session, account_id, person.id, {"active": False})
    with database.reading() as session:
        created, off = event_feed.feed(session, account_id, after, [], 10).results
    assert (created["type"], off["type"]) == ("user.created", "user.deactivated")
    assert off["data"]["subject"] == {"kind": "user", "id": person.id, "name": "ana@acme.example"}
    assert "title" in created["data"]["changed"]
    assert "active" in off["data"]["changed"]
    assert "Hidden" not in str(created)


def test_events_are_small() -> None:
    """Long words are cut, lists and documents are left out."""
    row = {
        "account_id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
        "sequence": 7,
        "at": now(),
        "action": "mapping.published",
        "target_kind": "mapping",
        "target_id": None,
        "target_name": "revision 2",
        "actor_kind": "system",
        "actor_id": None,
        "actor_name": "muster",
        "before": None,
        "after": {"revision": 2, "roles": [{"role": "x"}] * 1000, "text": "x" * 10_000},
        "reason": "y" * 10_000,
        "request_id": None,
    }
    event = rendered(row)
    assert event["id"] == "evt_0193a5f03c1e7a7b8c4e8d2f6a5b4c3d_7"
    assert event["data"]["facts"] == {"revision": 2, "text": "x" * MOST_WORDS + "…"}
    assert len(event["data"]["reason"]) == MOST_WORDS + 1
