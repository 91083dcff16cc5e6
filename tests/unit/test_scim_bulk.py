"""Bulk requests and cursors over a directory in memory (RFC 7644 §3.7, RFC 9865)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim import bulk, bulk_request, searching, service
from scim.bulk_references import order, references, resolve, without
from scim.cursors import Cursors, Place
from scim.errors import ExpiredCursor, InvalidCursor
from scim.query import Parameters
from scim.schemas import GROUP_URN, USER_URN
from scim.store import Change, Position
from tests.fakes import MemoryDirectoryStore

CURSORS = Cursors(b"key", 60, lambda: 1_000.0)


def run(store: MemoryDirectoryStore, *operations: dict[str, Any]) -> tuple[list[int], list[Change]]:
    """The status of each operation, and what the application was told."""
    told: list[Change] = []
    asked = bulk_request.read_request({"schemas": [bulk_request.REQUEST_URN], "Operations": list(operations)}, 1_000)
    return [outcome.status for outcome in bulk.run(store, asked, told.extend)], told


def post(bulk_id: str, **attributes: Any) -> dict[str, Any]:
    """A new group if it has a displayName, else a user."""
    path, urn = ("/Groups", GROUP_URN) if "displayName" in attributes else ("/Users", USER_URN)
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": {"schemas": [urn]} | attributes}


def test_the_application_is_told_of_each_change_in_order() -> None:
    told = run(
        MemoryDirectoryStore(),
        post("g", displayName="g", members=[{"value": "bulkId:u"}]),
        post("u", userName="u"),
        {"method": "DELETE", "path": "/Users/bulkId:u"},
    )[1]
    assert [(change.verb, change.kind) for change in told] == [
        ("create", "User"),
        ("create", "Group"),
        ("delete", "User"),
    ]


def test_a_circle_is_created_and_then_completed() -> None:
    store = MemoryDirectoryStore()
    statuses, told = run(
        store,
        post("a", displayName="a", members=[{"value": "bulkId:b"}]),
        post("b", displayName="b", members=[{"value": "bulkId:a"}]),
    )
    assert statuses == [201, 201]
    assert [change.verb for change in told if change.changed] == ["create", "create", "replace"]
    for change in told[:2]:
        assert len(list(store.members(change.id))) == 1


def test_what_fails_leaves_the_store_as_it_was() -> None:
    store = MemoryDirectoryStore()

    def refuse(changes: Sequence[Change]) -> None:
        raise service.NotFound("no")

    asked = bulk_request.read_request(
        {"schemas": [bulk_request.REQUEST_URN], "Operations": [post("u", userName="u")] * 1}, 9
    )
    assert [outcome.status for outcome in bulk.run(store, asked, refuse)] == [404]
    assert searching.search(store, "User", Parameters()).total == 0


@given(st.lists(st.lists(st.integers(0, 11), max_size=4), min_size=12, max_size=12))
def test_whatever_is_needed_comes_first(needs: list[list[int]]) -> None:
    """Each number once; before it, or together with it, all that it needs."""
    found = order(needs)
    assert sorted(number for together in found for number in together) == list(range(12))
    ready: set[int] = set()
    for together in found:
        ready |= set(together)
        assert all(ready.issuperset(needs[number]) for number in together)


def test_without_references_the_order_stays() -> None:
    assert order([[]] * 5) == [[0], [1], [2], [3], [4]]
    assert order([[3], [], [], []]) == [[3], [0], [1], [2]]
    deep = order([[number + 1] for number in range(5_000)] + [[]])
    assert deep[0] == [5_000]


@pytest.mark.parametrize(
    ("value", "names", "resolved"),
    [
        ("bulkId:x", {"x"}, "1"),
        ({"members": [{"value": "bulkId:x"}, {"value": "y"}]}, {"x"}, {"members": [{"value": "1"}, {"value": "y"}]}),
        ({"path": 'members[value eq "bulkId:x"]'}, {"x"}, {"path": 'members[value eq "1"]'}),
        ({"$ref": "../Users/bulkId:x"}, {"x"}, {"$ref": "../Users/1"}),
        ("my bulkId:x", set(), "my bulkId:x"),
        (["bulkId:", 1, None, True], set(), ["bulkId:", 1, None, True]),
    ],
)
def test_references_are_found_and_resolved(value: Any, names: set[str], resolved: Any) -> None:
    assert references(value) == names
    assert resolve(value, {"x": "1"}) == resolved


def test_what_is_not_there_yet_can_be_left_out() -> None:
    value = {
        "a": "bulkId:x",
        "m": [{"value": "bulkId:x", "type": "User"}, "bulkId:x", "y"],
        "manager": {"Value": "bulkId:x"},
    }
    assert without(value, {"x"}) == {"m": ["y"]}
    assert without(value, {"z"}) == value


def test_a_cursor_is_read_as_it_was_written() -> None:
    for key in (None, "é\u0000", 7, 1.5, True):
        place = Place("User", Position(key, "id"), True, 5, 9)
        cursor = CURSORS.write(b"search", place)
        assert CURSORS.read(b"search", cursor) == place
        for other in (Cursors(b"other", 60, CURSORS.clock), CURSORS):
            with pytest.raises(InvalidCursor):
                other.read(b"search" if other is not CURSORS else b"another", cursor)
        with pytest.raises(ExpiredCursor):
            Cursors(b"key", 60, lambda: 1_061.0).read(b"search", cursor)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{20,60}", fullmatch=True))
def test_no_text_is_a_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(b"search", text)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort_by", [None, "userName", "title"])
def test_a_walk_in_memory_sees_everybody_once(sort_by: str | None, descending: bool) -> None:
    store = MemoryDirectoryStore()
    for number in range(9):
        service.create(
            store, "User", {"schemas": [USER_URN], "userName": f"u{number * 4 % 9}", "title": "ab"[: number % 3]}
        )
    asked = Parameters(sort_by=sort_by, descending=descending, count=2, cursor="")
    pages = [searching.walk(store, ["User"], asked, CURSORS)]
    while cursor := pages[-1].next:
        asked = Parameters(sort_by=sort_by, descending=descending, count=2, cursor=cursor)
        pages.append(searching.walk(store, ["User"], asked, CURSORS))
    whole = searching.search(store, "User", Parameters(sort_by=sort_by, descending=descending)).resources
    assert [one.id for page in pages for one in page.resources] == [one.id for one in whole]
