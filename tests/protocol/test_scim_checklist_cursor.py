"""Paging by cursor (RFC 9865): requirement 105."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.db import Database
from tests.builders import a_customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim, refusal

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


@dataclass
class Crowd:
    """Seventeen users and three groups."""

    scim: Scim
    ids: set[str]


@pytest.fixture(scope="module")
def crowd(app: Flask, database: Database) -> Crowd:
    scim = Scim(app.test_client(), a_customer(database).token)
    ids = {
        scim.create("/Users", a_user(f"u{number:02d}", title="even" if number % 2 == 0 else "odd"))["id"]
        for number in range(17)
    }
    for name in ("a", "b", "c"):
        scim.create("/Groups", a_group(name))
    return Crowd(scim, ids)


def pages(scim: Scim, path: str = "/Users", **query: str) -> list[dict[str, Any]]:
    """Every page from the first to the last, following nextCursor."""
    found = [scim.read(path, cursor="", **query)]
    while "nextCursor" in found[-1]:
        assert len(found) < 50, "the walk has no end"
        found.append(scim.read(path, cursor=found[-1]["nextCursor"], **query))
    return found


def ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page.get("Resources", [])]


def test_c105_an_empty_cursor_begins(crowd: Crowd) -> None:
    """RFC 9865 §2: ``cursor`` without a value asks for the first page, which has no previousCursor."""
    first = crowd.scim.read("/Users", cursor="", count="5")
    assert len(first["Resources"]) == 5
    assert type(first["nextCursor"]) is str
    assert first["nextCursor"]
    assert "previousCursor" not in first
    assert first["itemsPerPage"] == 5
    assert first.get("totalResults", 17) == 17


@pytest.mark.parametrize("count", [1, 4, 5, 16, 17, 18, 100])
def test_c105_the_walk_visits_everybody_once(crowd: Crowd, count: int) -> None:
    """RFC 9865 §2: page by page to the last, which has no nextCursor."""
    walked = pages(crowd.scim, count=str(count))
    seen = [id for page in walked for id in ids(page)]
    assert len(seen) == 17
    assert set(seen) == crowd.ids
    assert all(len(ids(page)) == count for page in walked[:-1])
    assert "nextCursor" not in walked[-1]


def test_c105_one_can_walk_back(crowd: Crowd) -> None:
    """RFC 9865 §2: previousCursor leads to the page before."""
    walked = pages(crowd.scim, count="5")
    page = walked[-1]
    for expected in reversed(walked[:-1]):
        page = crowd.scim.read("/Users", cursor=page["previousCursor"], count="5")
        assert ids(page) == ids(expected)
    assert "previousCursor" not in page


def test_c105_filter_sort_and_projection_hold_on_every_page(crowd: Crowd) -> None:
    """RFC 9865 §2: the search is the same on all its pages."""
    query = {"filter": 'title eq "odd"', "sortBy": "userName", "sortOrder": "descending", "attributes": "userName"}
    walked = pages(crowd.scim, count="3", **query)
    names = [user["userName"] for page in walked for user in page["Resources"]]
    assert names == [f"u{number:02d}" for number in range(15, 0, -2)]
    assert all(user.keys() == {"schemas", "id", "userName"} for page in walked for user in page["Resources"])


def test_c105_a_search_can_be_posted(crowd: Crowd) -> None:
    """RFC 9865 §2.3: cursor in a SearchRequest."""
    body: dict[str, Any] = {"schemas": [SEARCH_URN], "cursor": "", "count": 10}
    first = crowd.scim.post("/Users/.search", body).json
    second = crowd.scim.post("/Users/.search", body | {"cursor": first["nextCursor"]}).json
    assert {*ids(first), *ids(second)} == crowd.ids
    assert "nextCursor" not in second


def test_c105_the_root_is_walked_too(crowd: Crowd) -> None:
    """Users and groups in one walk."""
    walked = pages(crowd.scim, "/", count="6")
    seen = [id for page in walked for id in ids(page)]
    assert len(seen) == len(set(seen)) == 20


def test_c105_nobody_is_missed_when_others_come_and_go(app: Flask, database: Database) -> None:
    """A walk is stable: who was there all the time is seen exactly once."""
    scim = Scim(app.test_client(), a_customer(database).token)
    there = [scim.create("/Users", a_user())["id"] for _ in range(9)]
    first = scim.read("/Users", cursor="", count="3")
    seen = ids(first)
    scim.delete(f"/Users/{seen[0]}")
    scim.create("/Users", a_user())
    changed = next(id for id in there if id not in seen)
    scim.patch(f"/Users/{changed}", a_patch({"op": "add", "path": "title", "value": "x"}))
    page = first
    while "nextCursor" in page:
        page = scim.read("/Users", cursor=page["nextCursor"], count="3")
        seen += ids(page)
    assert [id for id in seen if id in there] == sorted(set(there) & set(seen), key=seen.index)
    assert set(there) <= set(seen)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["x", "0", "1", "null", "é", "AAAA", "x" * 5000, "' OR 1=1", "%00", "eyJhIjoxfQ=="])
def test_c105_a_made_up_cursor_is_refused(crowd: Crowd, cursor: str) -> None:
    """RFC 9865 §2.1: invalidCursor."""
    assert refusal(crowd.scim.get("/Users", cursor=cursor)) == (400, "invalidCursor")


@pytest.mark.parametrize("cursor", [5, True, ["x"], {"value": "x"}], ids=str)
def test_c105_a_posted_cursor_that_is_no_text_is_refused(crowd: Crowd, cursor: Any) -> None:
    """RFC 9865 §2.1, §3: invalidCursor."""
    body = {"schemas": [SEARCH_URN], "cursor": cursor}
    assert refusal(crowd.scim.post("/Users/.search", body)) == (400, "invalidCursor")


def test_c105_beside_a_cursor_start_index_means_nothing(crowd: Crowd) -> None:
    """RFC 9865 §2.4: one of them asks for one way of paging."""
    for start in ("7", "x"):
        page = crowd.scim.read("/Users", cursor="", count="5", startIndex=start)
        assert page["nextCursor"]
        assert "startIndex" not in page


def test_c105_an_altered_cursor_is_refused(crowd: Crowd) -> None:
    """A cursor is sealed: nobody can walk where he was not sent."""
    cursor = crowd.scim.read("/Users", cursor="", count="3")["nextCursor"]
    for position in (0, len(cursor) // 2, len(cursor) - 1):
        other = "A" if cursor[position] != "A" else "B"
        altered = cursor[:position] + other + cursor[position + 1 :]
        answer = crowd.scim.get("/Users", cursor=altered, count="3")
        assert refusal(answer) == (400, "invalidCursor"), position


@pytest.mark.parametrize(
    "query", [{"filter": 'title eq "odd"'}, {"sortBy": "userName"}, {"sortBy": "title", "sortOrder": "descending"}]
)
def test_c105_a_cursor_belongs_to_its_search(crowd: Crowd, query: dict[str, str]) -> None:
    """RFC 9865 §2.1: with another filter or order it is invalid."""
    cursor = crowd.scim.read("/Users", cursor="", count="3")["nextCursor"]
    assert refusal(crowd.scim.get("/Users", cursor=cursor, count="3", **query)) == (400, "invalidCursor")
    assert refusal(crowd.scim.get("/Groups", cursor=cursor, count="3")) == (400, "invalidCursor")


def test_c105_the_search_may_be_spelled_in_another_way(crowd: Crowd) -> None:
    """RFC 9865 §2, whose example changes the case between pages: names and operators have none."""
    ways = [
        {"filter": 'userName sw "u" and not (title eq "odd")', "sortBy": "userName"},
        {
            "filter": '(USERNAME SW "U") AND NOT(urn:ietf:params:scim:schemas:core:2.0:User:title eq "ODD")',
            "sortBy": "urn:ietf:params:scim:schemas:core:2.0:User:username",
            "sortOrder": "Ascending",
        },
    ]
    first = crowd.scim.read("/Users", cursor="", count="3", **ways[0])
    second = crowd.scim.read("/Users", cursor=first["nextCursor"], count="3", **ways[1])
    names = [user["userName"] for page in (first, second) for user in page["Resources"]]
    assert names == ["u00", "u02", "u04", "u06", "u08", "u10"]
    other = ways[0] | {"filter": 'userName sw "u" and (title eq "odd")'}
    assert refusal(crowd.scim.get("/Users", cursor=first["nextCursor"], count="3", **other)) == (400, "invalidCursor")


def test_c105_a_cursor_belongs_to_its_directory(crowd: Crowd, stranger: Scim) -> None:
    """Another customer's cursor opens nothing."""
    stranger.create("/Users", a_user())
    cursor = crowd.scim.read("/Users", cursor="", count="3")["nextCursor"]
    assert refusal(stranger.get("/Users", cursor=cursor, count="3")) == (400, "invalidCursor")


@pytest.mark.parametrize("count", ["0", "-1", "abc", "1.5", "-100"])
def test_c105_a_senseless_count_is_refused(crowd: Crowd, count: str) -> None:
    """RFC 9865 §2.1: invalidCount."""
    assert refusal(crowd.scim.get("/Users", cursor="", count=count)) == (400, "invalidCount")


def test_c105_a_large_count_is_capped(crowd: Crowd) -> None:
    """As for pages by index."""
    page = crowd.scim.read("/Users", cursor="", count="1000000")
    assert len(page["Resources"]) == 17
    assert "nextCursor" not in page


def test_c105_the_method_is_announced(crowd: Crowd) -> None:
    """RFC 9865 §4: both methods, the default, the sizes, and how long a cursor is good."""
    pagination = crowd.scim.read("/ServiceProviderConfig")["pagination"]
    assert pagination["cursor"] is True
    assert pagination["index"] is True
    assert pagination["defaultPaginationMethod"] == "index"
    assert type(pagination["defaultPageSize"]) is int
    assert pagination["maxPageSize"] == 1000
    assert type(pagination["cursorTimeout"]) is int
    assert pagination["cursorTimeout"] > 0


def test_c105_without_a_cursor_pages_are_by_index(crowd: Crowd) -> None:
    """The default method stays startIndex, and its answers carry no cursor."""
    page = crowd.scim.read("/Users", count="5")
    assert page["startIndex"] == 1
    assert "previousCursor" not in page
