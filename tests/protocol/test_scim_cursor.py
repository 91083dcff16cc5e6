"""Paging by cursor over HTTP (RFC 9865): requirement 105."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.compose import create_app
from app.db import Database
from scim.cursors import Cursors
from tests.builders import ENTERPRISE, a_customer, a_group, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
SORTS = [
    None,
    "userName",
    "title",
    "externalId",
    "active",
    "emails",
    "id",
    "meta.created",
    "meta.lastModified",
    "meta.version",
    "name.familyName",
    f"{ENTERPRISE}:department",
]


@dataclass
class Crowd:
    """Twenty-three users, many of whom share values or lack them, and four groups."""

    scim: Scim

    def page(self, **query: str) -> dict[str, Any]:
        return self.scim.read(query.pop("at", "/Users"), **query)

    def walk(self, **query: str) -> list[str]:
        """The ids on all pages, one after the other."""
        seen: list[str] = []
        listed = self.page(cursor="", **query)
        for _ in range(50):
            seen += [one["id"] for one in listed["Resources"]]
            if "nextCursor" not in listed:
                return seen
            assert listed["itemsPerPage"] == len(listed["Resources"]) == int(query["count"])
            listed = self.page(cursor=listed["nextCursor"], **query)
        raise AssertionError("the walk does not end")


@pytest.fixture(scope="module")
def crowd(app: Flask, database: Database) -> Crowd:
    scim = Scim(app.test_client(), a_customer(database).token)
    for number in range(23):
        facts: dict[str, Any] = {"active": number % 4 != 0}
        if number % 3:
            facts |= {
                "title": f"T{number % 5}",
                "externalId": "bBaA"[number % 4],
                "name": {"familyName": "é ß"[number % 3]},
            }
        if number % 2:
            facts["emails"] = [{"value": f"{number % 3}@x.example"}, {"value": "0@y.example", "primary": True}][
                : number % 4
            ]
            facts[ENTERPRISE] = {"department": str(number % 6)}
        scim.create("/Users", a_user(f"u{number * 7 % 23:02d}", **facts))
    for name in ("alpha", "beta", "gamma", "delta"):
        scim.create("/Groups", a_group(name))
    return Crowd(scim)


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("count", ["1", "4", "23"])
def test_c105_pages_by_cursor_are_the_pages_by_index(crowd: Crowd, sort: str | None, order: str, count: str) -> None:
    """RFC 9865 §2: each resource on exactly one page, in the order asked for, those without a value too."""
    query = {"sortOrder": order} | ({"sortBy": sort} if sort else {})
    whole = [user["id"] for user in crowd.page(**query)["Resources"]]
    assert crowd.walk(count=count, **query) == whole
    assert len(set(whole)) == 23


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("sort", SORTS)
def test_c105_the_way_back_is_the_same(crowd: Crowd, sort: str | None, order: str) -> None:
    """RFC 9865 §2: previousCursor leads to the page before."""
    query = {"sortOrder": order, "count": "5"} | ({"sortBy": sort} if sort else {})
    pages = [crowd.page(cursor="", **query)]
    while "nextCursor" in pages[-1]:
        pages.append(crowd.page(cursor=pages[-1]["nextCursor"], **query))
    assert len(pages) == 5
    assert "previousCursor" not in pages[0]
    at = pages[-1]
    for expected in pages[-2::-1]:
        at = crowd.page(cursor=at["previousCursor"], **query)
        assert at["Resources"] == expected["Resources"]
    assert "previousCursor" not in at
    assert crowd.page(cursor=at["nextCursor"], **query)["Resources"] == pages[1]["Resources"]


@dataclass
class Mixture:
    """Users and groups at the root, some of which share names or lack them."""

    scim: Scim

    def page(self, **query: str) -> list[str]:
        return [one["id"] for one in self.scim.read("/", **query)["Resources"]]


@pytest.fixture(scope="module")
def mixture(app: Flask, database: Database) -> Mixture:
    """Made in an order that no attribute has."""
    scim = Scim(app.test_client(), a_customer(database).token)
    for number in range(11):
        facts: dict[str, Any] = {"active": number % 2 == 0}
        if number % 4:
            facts |= {"displayName": "bDéac"[number * 3 % 5], "externalId": "xY\uffffz"[number % 4]}
        if number % 3:
            facts |= {"emails": [{"value": f"{number % 5}@x.example"}], ENTERPRISE: {"department": str(number % 4)}}
        scim.create("/Users", a_user(f"u{number * 7 % 11:02d}", **facts))
        if number % 2:
            group = a_group("eBa\U0001f600É"[number * 3 % 5] + "a" * (number // 5))
            scim.create("/Groups", group | ({"externalId": "Yy"[number % 4 // 2]} if number % 3 else {}))
    return Mixture(scim)


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("sort", ["displayName", "meta.resourceType", "meta.location", *SORTS[1:]])
def test_c104_at_the_root_pages_follow_one_order(mixture: Mixture, sort: str, order: str) -> None:
    """RFC 7644 §3.4.2.3, §3.4.2.4: by index, wherever a page begins; each kind among the others as it is alone."""
    query = {"sortBy": sort, "sortOrder": order}
    whole = mixture.page(**query)
    assert len(set(whole)) == len(whole) == 16
    other = "ascending" if order == "descending" else "descending"
    assert mixture.page(sortBy=sort, sortOrder=other) == whole[::-1]
    for at in ("/Users", "/Groups"):
        answer = mixture.scim.get(at, **query)
        if answer.status_code == 200:
            alone = [one["id"] for one in answer.json["Resources"]]
            assert [id for id in whole if id in alone] == alone
    for start in range(1, 18):
        for count in (1, 2, 5):
            found = mixture.scim.read("/", startIndex=str(start), count=str(count), **query)
            assert [one["id"] for one in found["Resources"]] == whole[start - 1 :][:count]
            assert (found["totalResults"], found["startIndex"]) == (16, start)
    assert mixture.scim.read("/", startIndex="9", count="0", **query)["totalResults"] == 16
    far = mixture.scim.read("/", startIndex="2000000000", count="3", **query)
    assert (far["totalResults"], far["Resources"]) == (16, [])


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("sort", ["displayName", "meta.resourceType", "meta.location", *SORTS[1:]])
@pytest.mark.parametrize("count", ["1", "5", "16"])
def test_c105_at_the_root_a_walk_follows_the_one_order(mixture: Mixture, sort: str, order: str, count: str) -> None:
    """RFC 9865 §2: over all kinds together, there and back."""
    query = {"sortBy": sort, "sortOrder": order, "count": count}
    whole = mixture.page(sortBy=sort, sortOrder=order)
    pages = [mixture.scim.read("/", cursor="", **query)]
    while "nextCursor" in pages[-1]:
        pages.append(mixture.scim.read("/", cursor=pages[-1]["nextCursor"], **query))
        assert len(pages) <= 16
    assert [one["id"] for page in pages for one in page["Resources"]] == whole
    assert all(page["totalResults"] == 16 for page in pages)
    assert "previousCursor" not in pages[0]
    at = pages[-1]
    for expected in pages[-2::-1]:
        at = mixture.scim.read("/", cursor=at["previousCursor"], **query)
        assert at["Resources"] == expected["Resources"]
    assert "previousCursor" not in at


def test_c105_at_the_root_changes_on_the_way_shift_nothing(scim: Scim) -> None:
    """Who is there throughout is seen exactly once, though the resource a cursor stands at goes, whatever its kind."""
    made = [scim.create("/Users", a_user(displayName=name)) for name in ("a", "c", "e", "g")]
    made += [scim.create("/Groups", a_group(name)) for name in ("b", "d", "f", "h")]
    query = {"sortBy": "displayName", "count": "2"}
    page = scim.read("/", cursor="", **query)
    seen = [one["displayName"] for one in page["Resources"]]
    for gone in (made[4], made[1]):
        scim.delete(gone["meta"]["location"].partition("/scim/v2")[2])
    scim.create("/Groups", a_group("aa"))
    scim.create("/Users", a_user(displayName="bb"))
    while "nextCursor" in page:
        page = scim.read("/", cursor=page["nextCursor"], **query)
        seen += [one["displayName"] for one in page["Resources"]]
    assert seen == ["a", "b", "bb", "d", "e", "f", "g", "h"]


def test_c105_a_page_by_cursor_says_what_it_is(crowd: Crowd) -> None:
    """RFC 9865 §2: totalResults and itemsPerPage, cursors of harmless characters, no startIndex."""
    first = crowd.page(cursor="", count="10", startIndex="7", filter='userName sw "u1"', attributes="userName")
    assert first.keys() == {"schemas", "totalResults", "itemsPerPage", "Resources"}
    assert (first["totalResults"], first["itemsPerPage"]) == (10, 10)
    first = crowd.page(cursor="", count="8", filter='userName sw "u1"')
    assert first["nextCursor"].replace("-", "").replace("_", "").isalnum()
    last = crowd.page(cursor=first["nextCursor"], filter='userName sw "u1"')
    assert (last["totalResults"], last["itemsPerPage"]) == (10, 2)
    assert "nextCursor" not in last
    assert "nextCursor" not in crowd.page(count="5")
    nobody = crowd.page(cursor="", filter='userName eq "nobody"')
    assert (nobody["totalResults"], nobody["Resources"]) == (0, [])


def test_c105_a_search_can_be_posted_by_cursor(crowd: Crowd) -> None:
    """RFC 9865 §3: the same in a SearchRequest; at the root over all kinds."""
    seen: list[str] = []
    body: dict[str, Any] = {"schemas": [SEARCH_URN], "cursor": "", "count": 6}
    pages = 0
    while True:
        found = crowd.scim.post("/.search", body).json
        assert found["totalResults"] == 27
        seen += [one["id"] for one in found["Resources"]]
        pages += 1
        if "nextCursor" not in found:
            break
        body["cursor"] = found["nextCursor"]
    whole = crowd.scim.post("/.search", {"schemas": [SEARCH_URN], "count": 100}).json["Resources"]
    assert (pages, seen) == (5, [one["id"] for one in whole])
    back = crowd.scim.post("/.search", body | {"cursor": found["previousCursor"]}).json
    assert [one["id"] for one in back["Resources"]] == seen[18:24]
    assert refusal(crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN], "cursor": 7})) == (400, "invalidCursor")


def test_c105_changes_on_the_way_shift_nothing(scim: Scim) -> None:
    """Whoever is there throughout is seen exactly once, though others come and go, and the anchor too."""
    ids = [scim.create("/Users", a_user(f"u{number:02d}"))["id"] for number in range(12)]
    page = scim.read("/Users", cursor="", count="4", sortBy="userName")
    seen = [user["id"] for user in page["Resources"]]
    for id in (ids[0], ids[3], ids[5]):
        scim.delete(f"/Users/{id}")
    for name in ("a", "u03b", "z"):
        scim.create("/Users", a_user(name))
    while "nextCursor" in page:
        page = scim.read("/Users", cursor=page["nextCursor"], count="4", sortBy="userName")
        seen += [user["id"] for user in page["Resources"]]
    assert len(seen) == len(set(seen))
    assert [id for id in seen if id in ids] == [id for id in ids if id != ids[5]]


@pytest.mark.parametrize("cursor", ["x", "é", "%00", "a b", "A" * 40, "A" * 30_000, "ab==", "\U0001f600" * 40])
def test_c105_what_is_no_cursor_of_ours_is_refused(crowd: Crowd, cursor: str) -> None:
    """RFC 9865 §2.1: invalidCursor."""
    body = {"schemas": [SEARCH_URN], "cursor": cursor}
    assert refusal(crowd.scim.post("/Users/.search", body)) == (400, "invalidCursor")


def test_c105_a_cursor_is_good_for_its_own_search_only(crowd: Crowd, stranger: Scim) -> None:
    """RFC 9865 §2.1: bound to directory, kind, filter and order; no character of it can be changed."""
    cursor = crowd.page(cursor="", count="3", sortBy="title")["nextCursor"]
    for query in (
        {"sortBy": "userName"},
        {"sortBy": "title", "sortOrder": "descending"},
        {"sortBy": "title", "filter": "active eq true"},
        {},
        {"sortBy": "title", "at": "/"},
    ):
        at = query.pop("at", "/Users")
        assert refusal(crowd.scim.get(at, cursor=cursor, **query)) == (400, "invalidCursor")
    assert refusal(stranger.get("/Users", cursor=cursor, sortBy="title")) == (400, "invalidCursor")
    for at in (0, 20, len(cursor) // 2, len(cursor) - 4):
        forged = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        assert refusal(crowd.scim.get("/Users", cursor=forged, sortBy="title")) == (400, "invalidCursor")
    assert crowd.page(cursor=cursor, sortBy="TITLE", attributes="userName")["itemsPerPage"] == 3


@pytest.mark.parametrize("count", ["-1", "x", "1.5"])
def test_c105_a_page_size_that_is_none_is_refused(crowd: Crowd, count: str) -> None:
    """RFC 9865 §2.1: invalidCount."""
    assert refusal(crowd.scim.get("/Users", cursor="", count=count)) == (400, "invalidCount")


def test_c105_the_page_size_stays(crowd: Crowd) -> None:
    """RFC 9865 §2.1: invalidCount for another one on the way; it need not be said again."""
    cursor = crowd.page(cursor="", count="3")["nextCursor"]
    assert refusal(crowd.scim.get("/Users", cursor=cursor, count="4")) == (400, "invalidCount")
    assert crowd.page(cursor=cursor)["itemsPerPage"] == crowd.page(cursor=cursor, count="3")["itemsPerPage"] == 3
    assert crowd.page(cursor="", count="100000")["itemsPerPage"] == 23


def test_c105_a_cursor_expires(database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9865 §2.1: expiredCursor, after the announced time."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", cursor_seconds=60)
    scim = Scim(create_app(settings).test_client(), a_customer(database).token)
    for _ in range(2):
        scim.create("/Users", a_user())
    cursor = scim.read("/Users", cursor="", count="1")["nextCursor"]
    assert scim.read("/Users", cursor=cursor)["itemsPerPage"] == 1
    read = Cursors.read
    monkeypatch.setattr(
        Cursors, "read", lambda self, *it: read(Cursors(self.key, self.seconds, lambda: self.clock() + 62), *it)
    )
    assert refusal(scim.get("/Users", cursor=cursor)) == (400, "expiredCursor")


def test_c105_paging_is_announced(crowd: Crowd) -> None:
    """RFC 9865 §4: and described by the schema."""
    assert crowd.page(at="/ServiceProviderConfig")["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 1000,
        "maxPageSize": 1000,
        "cursorTimeout": 3600,
    }
    schema = crowd.page(at="/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")
    declared = next(one for one in schema["attributes"] if one["name"] == "pagination")
    assert {sub["name"] for sub in declared["subAttributes"]} == crowd.page(at="/ServiceProviderConfig")[
        "pagination"
    ].keys()


def test_c096_a_far_page_is_the_same_page(app: Flask, database: Database) -> None:
    """RFC 7644 §3.4.2.4: far into a list, ids are counted before rows are read; nobody notices."""
    scim = Scim(app.test_client(), a_customer(database).token)
    urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    for start in (0, 300):
        people = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": a_user(f"u{n:03d}", title=f"T{n % 7}")}
            for n in range(start, start + 300)
        ]
        assert scim.post("/Bulk", {"schemas": [urn], "Operations": people}).status_code == 200
    scim.create("/Groups", a_group("nobody"))
    for query in ({}, {"sortBy": "title"}, {"sortBy": "title", "sortOrder": "descending"}):
        for at, total in (("/Users", 600), ("/", 601)):
            whole = [one["id"] for one in scim.read(at, **query)["Resources"]]
            far = scim.read(at, startIndex="551", count="20", **query)
            assert ([one["id"] for one in far["Resources"]], far["totalResults"]) == (whole[550:570], total)
