"""Pages, order and POST searches (RFC 7644 §3.4.2.3, §3.4.2.4, §3.4.3): requirements 96 to 104."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.compose import create_app
from app.db import Database
from tests.builders import ENTERPRISE, a_customer, a_group, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import ONE_ENGINE, Scim, refusal

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass
class Crowd:
    """Twenty-five users in one directory, and three groups."""

    scim: Scim
    ids: list[str]


@pytest.fixture(scope="module")
def crowd(app: Flask, database: Database) -> Crowd:
    """The users are called u00 to u24, in a shuffled order of creation."""
    scim = Scim(app.test_client(), a_customer(database).token)
    for number in range(25):
        name = f"u{(number * 7) % 25:02d}"
        scim.create("/Users", a_user(name, title="even" if int(name[1:]) % 2 == 0 else "odd"))
    for name in ("alpha", "Beta", "gamma"):
        scim.create("/Groups", a_group(name))
    listed = scim.read("/Users", count="100")
    return Crowd(scim, [user["id"] for user in listed["Resources"]])


def page(crowd: Crowd, **query: str) -> tuple[int, int, int, list[str]]:
    """totalResults, startIndex, itemsPerPage and the ids of a page."""
    listed = crowd.scim.read("/Users", **query)
    ids = [user["id"] for user in listed.get("Resources", [])]
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        assert type(listed[name]) is int, name
    return listed["totalResults"], listed["startIndex"], listed["itemsPerPage"], ids


def test_c096_start_index_counts_from_one(crowd: Crowd) -> None:
    """RFC 7644 §3.4.2.4: the first result is number 1."""
    assert page(crowd, startIndex="1", count="2") == (25, 1, 2, crowd.ids[:2])
    assert page(crowd, startIndex="2", count="2") == (25, 2, 2, crowd.ids[1:3])
    assert page(crowd, startIndex="25", count="2") == (25, 25, 1, crowd.ids[24:])


@pytest.mark.parametrize("start", ["0", "-1", "-999999999999999999999"])
def test_c096_a_start_below_one_is_one(crowd: Crowd, start: str) -> None:
    """RFC 7644 table 6: read as 1."""
    assert page(crowd, startIndex=start, count="3") == (25, 1, 3, crowd.ids[:3])


def test_c097_count_zero_asks_for_the_total_only(crowd: Crowd) -> None:
    """RFC 7644 table 6: no resources, the right total."""
    assert page(crowd, count="0") == (25, 1, 0, [])
    assert page(crowd, count="0", filter='title eq "odd"') == (12, 1, 0, [])


@pytest.mark.parametrize("count", ["-1", "-100"])
def test_c097_a_negative_count_is_zero(crowd: Crowd, count: str) -> None:
    """RFC 7644 table 6: read as 0."""
    assert page(crowd, count=count) == (25, 1, 0, [])


@pytest.mark.parametrize("count", ["26", "1000", "100000", "99999999999999999999"])
def test_c098_a_large_count_is_capped(crowd: Crowd, count: str) -> None:
    """RFC 7644 §3.4.2.4: never more than asked for, and no error for asking a lot."""
    assert page(crowd, count=count) == (25, 1, 25, crowd.ids)


def test_c098_no_page_is_larger_than_the_limit(database_url: str, database: Database) -> None:
    """RFC 7643 §5 filter.maxResults: the announced limit holds whatever is asked for."""
    small = create_app(
        settings_for(database_url, public_url="https://muster.example.test", log_level="error", page_limit=3)
    )
    scim = Scim(small.test_client(), a_customer(database).token)
    for _ in range(4):
        scim.create("/Users", a_user())
    assert scim.read("/ServiceProviderConfig")["filter"]["maxResults"] == 3
    for query in ({}, {"count": "4"}, {"count": "1000"}):
        listed = scim.read("/Users", **query)
        assert (listed["totalResults"], listed["itemsPerPage"], len(listed["Resources"])) == (4, 3, 3)


@pytest.mark.parametrize("start", ["26", "1000", "99999999999999999999"])
def test_c099_beyond_the_end_is_an_empty_page(crowd: Crowd, start: str) -> None:
    """RFC 7644 §3.4.2.4: the total stays right."""
    total, _, items, ids = page(crowd, startIndex=start, count="10")
    assert (total, items, ids) == (25, 0, [])


def test_c100_pages_together_are_the_whole(crowd: Crowd) -> None:
    """RFC 7644 §3.4.2.4: one stable order, so every resource is on exactly one page."""
    seen: list[str] = []
    for start in range(1, 26, 4):
        seen += page(crowd, startIndex=str(start), count="4")[3]
    assert seen == crowd.ids
    assert len(set(seen)) == 25


def test_c100_a_changed_resource_keeps_its_place(app: Flask, database: Database) -> None:
    """A client that pages while another changes neither misses nor repeats anybody."""
    scim = Scim(app.test_client(), a_customer(database).token)
    for number in range(6):
        scim.create("/Users", a_user(f"u{number}"))
    before = [user["id"] for user in scim.read("/Users")["Resources"]]
    scim.patch(f"/Users/{before[1]}", a_patch({"op": "replace", "path": "userName", "value": "zzz"}))
    assert [user["id"] for user in scim.read("/Users")["Resources"]] == before


def test_c100_equal_sort_values_have_a_stable_order(crowd: Crowd) -> None:
    """Sorting by what many share must not shuffle them between pages."""
    whole = page(crowd, sortBy="title", count="100")[3]
    parts: list[str] = []
    for start in range(1, 26, 3):
        parts += page(crowd, sortBy="title", startIndex=str(start), count="3")[3]
    assert parts == whole
    assert sorted(parts) == sorted(crowd.ids)


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize("value", ["abc", "1.5", "1e3", "0x10", "1 2", "null", "NaN", "٣", "--1"])
@ONE_ENGINE
def test_c101_what_is_no_whole_number_is_refused(crowd: Crowd, name: str, value: str) -> None:
    """Guessing what was meant would answer the wrong page."""
    assert refusal(crowd.scim.get("/Users", **{name: value})) == (400, "invalidValue")


@pytest.mark.parametrize("value", [1.5, "x", True, [], {}])
@pytest.mark.parametrize("name", ["startIndex", "count"])
@ONE_ENGINE
def test_c101_the_same_in_a_search_request(crowd: Crowd, name: str, value: Any) -> None:
    """RFC 7644 §3.4.3: the parameters are JSON integers there."""
    answer = crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN], name: value})
    assert refusal(answer) == (400, "invalidValue")


def test_c102_parameter_names_have_no_case(crowd: Crowd) -> None:
    """Entra's collection sends ``startindex``; a parameter that is overlooked gives a wrong page."""
    assert page(crowd, startindex="0", COUNT="2") == (25, 1, 2, crowd.ids[:2])
    assert page(crowd, STARTINDEX="3", Count="1", Filter='userName sw "u"') == (25, 3, 1, crowd.ids[2:3])
    odd = crowd.scim.read("/Users", sortby="userName", SORTORDER="descending", count="1", Attributes="userName")
    assert [user["userName"] for user in odd["Resources"]] == ["u24"]
    assert odd["Resources"][0].keys() == {"schemas", "id", "userName"}


@dataclass
class Sorted:
    """A few users whose values are sorted by."""

    scim: Scim

    def by(self, name: str, order: str | None = None) -> list[str]:
        query = {"sortBy": name} | ({"sortOrder": order} if order else {})
        return [user["userName"] for user in self.scim.read("/Users", **query)["Resources"]]


@pytest.fixture(scope="module")
def unsorted(app: Flask, database: Database) -> Sorted:
    """Made in an order that no attribute has; d has nothing."""
    scim = Scim(app.test_client(), a_customer(database).token)
    scim.create(
        "/Users",
        a_user(
            "c",
            title="alpha",
            externalId="b",
            active=False,
            name={"familyName": "Zorn"},
            emails=[{"value": "z@x.example"}, {"value": "a@x.example", "primary": True}],
        )
        | {ENTERPRISE: {"department": "2"}},
    )
    scim.create("/Users", a_user("d"))
    scim.create(
        "/Users",
        a_user("A", title="gamma", externalId="a", name={"familyName": "abel"}, emails=[{"value": "M@x.example"}])
        | {ENTERPRISE: {"department": "10"}},
    )
    scim.create(
        "/Users",
        a_user(
            "b",
            title="Beta",
            externalId="B",
            name={"familyName": "Mann"},
            emails=[{"value": "q@x.example", "primary": True}, {"value": "a@x.example"}],
        )
        | {ENTERPRISE: {"department": "1"}},
    )
    return Sorted(scim)


ORDERS = [
    ("userName", ["A", "b", "c", "d"]),
    ("title", ["c", "b", "A", "d"]),
    ("TITLE", ["c", "b", "A", "d"]),
    ("name.familyName", ["A", "b", "c", "d"]),
    ("externalId", ["b", "A", "c", "d"]),
    ("emails", ["c", "A", "b", "d"]),
    ("emails.value", ["c", "A", "b", "d"]),
    (f"{ENTERPRISE}:department", ["b", "A", "c", "d"]),
]


@pytest.mark.parametrize(("name", "ascending"), ORDERS)
def test_c103_ascending_is_the_default_and_no_value_comes_last(
    unsorted: Sorted, name: str, ascending: list[str]
) -> None:
    """RFC 7644 §3.4.2.3: text as its attribute says, multi-valued by the primary or else first value."""
    assert unsorted.by(name) == ascending
    assert unsorted.by(name, "ascending") == ascending
    assert unsorted.by(name, "Ascending") == ascending


@pytest.mark.parametrize(("name", "ascending"), ORDERS)
def test_c103_descending_turns_it_round(unsorted: Sorted, name: str, ascending: list[str]) -> None:
    """RFC 7644 §3.4.2.3: descending, with no value first."""
    assert unsorted.by(name, "descending") == ascending[::-1]


def test_c103_dates_ids_and_booleans_can_be_sorted_by(unsorted: Sorted) -> None:
    """RFC 7644 §3.4.2.3: by time, by id, false before true."""
    assert unsorted.by("meta.created") == ["c", "d", "A", "b"]
    assert unsorted.by("meta.created", "descending") == ["b", "A", "d", "c"]
    assert unsorted.by("active")[0] == "c"
    assert unsorted.by("active", "descending")[-1] == "c"
    ids = {user["userName"]: user["id"] for user in unsorted.scim.read("/Users")["Resources"]}
    assert unsorted.by("id") == sorted(ids, key=lambda name: ids[name])


@pytest.mark.parametrize(
    "name", ["shoeSize", "name", "password", "x509Certificates", "name.clan", "userName eq", "userName;DROP"]
)
def test_c103_what_has_no_order_is_refused(unsorted: Sorted, name: str) -> None:
    """An order that was asked for and not kept would mislead."""
    assert refusal(unsorted.scim.get("/Users", sortBy=name))[0] == 400


def test_c103_sort_order_is_one_of_two(unsorted: Sorted) -> None:
    """RFC 7644 §3.4.2.3: ascending or descending."""
    assert refusal(unsorted.scim.get("/Users", sortBy="userName", sortOrder="sideways")) == (400, "invalidValue")


def test_c103_groups_can_be_sorted(crowd: Crowd) -> None:
    """The same for groups."""
    for order, expected in (("ascending", ["alpha", "Beta", "gamma"]), ("descending", ["gamma", "Beta", "alpha"])):
        listed = crowd.scim.read("/Groups", sortBy="displayName", sortOrder=order)
        assert [group["displayName"] for group in listed["Resources"]] == expected


def test_c104_a_search_can_be_posted(crowd: Crowd) -> None:
    """RFC 7644 §3.4.3: the same parameters in a body, so that they stay out of logs."""
    answer = crowd.scim.post(
        "/Users/.search",
        {
            "schemas": [SEARCH_URN],
            "filter": 'title eq "odd"',
            "attributes": ["userName"],
            "sortBy": "userName",
            "sortOrder": "descending",
            "startIndex": 2,
            "count": 3,
        },
    )
    assert answer.status_code == 200
    found = answer.json
    assert found["schemas"] == [LIST_URN]
    assert (found["totalResults"], found["startIndex"], found["itemsPerPage"]) == (12, 2, 3)
    assert [user["userName"] for user in found["Resources"]] == ["u21", "u19", "u17"]
    assert found["Resources"][0].keys() == {"schemas", "id", "userName"}


def test_c104_a_posted_search_equals_the_query_string(crowd: Crowd) -> None:
    """RFC 7644 §3.4.3: two ways to ask one thing."""
    asked = {"filter": 'userName sw "u1"', "sortBy": "userName", "count": 4}
    posted = crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN]} | asked).json
    assert posted == crowd.scim.read("/Users", **{name: str(value) for name, value in asked.items()})


def test_c104_the_root_searches_every_kind(crowd: Crowd) -> None:
    """RFC 7644 §3.4.2.1, §3.4.3: users and groups together, each with its type."""
    answer = crowd.scim.post("/.search", {"schemas": [SEARCH_URN], "count": 100, "filter": "meta.resourceType pr"})
    assert answer.status_code == 200
    kinds = [one["meta"]["resourceType"] for one in answer.json["Resources"]]
    assert answer.json["totalResults"] == 28
    assert (kinds.count("User"), kinds.count("Group")) == (25, 3)


def test_c104_the_root_pages_across_kinds(crowd: Crowd) -> None:
    """RFC 7644 §3.4.2.4: one order over everything."""
    seen: list[str] = []
    for start in range(1, 29, 5):
        answer = crowd.scim.post("/.search", {"schemas": [SEARCH_URN], "startIndex": start, "count": 5})
        assert answer.json["totalResults"] == 28
        seen += [one["id"] for one in answer.json["Resources"]]
    assert len(seen) == len(set(seen)) == 28


ROOT_FILTERS = [
    ('userName eq "u07" or displayName eq "alpha"', {"u07", "alpha"}),
    ('userName pr and displayName eq "alpha"', set()),
    ('not (userName pr) and displayName sw "a"', {"alpha"}),
    ('userName ne "u07" and displayName eq "alpha"', {"alpha"}),
    ('userName eq null and displayName eq "alpha"', {"alpha"}),
    ('userName ne null and displayName eq "alpha"', set()),
    ('emails[type eq "work"] or displayName eq "Beta"', {"Beta"}),
    ('emails[type eq "work"].value eq "x" or displayName eq "Beta"', {"Beta"}),
    ('emails[type eq "work"].value ne "x" and displayName eq "Beta"', {"Beta"}),
    (f'{ENTERPRISE}:department eq "x" or displayName eq "Beta"', {"Beta"}),
    (f'{ENTERPRISE} pr or members eq "x" or displayName eq "gamma"', {"gamma"}),
    ('userName eq "u07" or members pr', {"u07"}),
]


@pytest.mark.parametrize(("condition", "expected"), ROOT_FILTERS)
def test_c104_at_the_root_what_only_others_have_is_without_value(
    crowd: Crowd, condition: str, expected: set[str]
) -> None:
    """RFC 7644 §3.4.2.1: an attribute that a resource type lacks is one without a value."""
    found = crowd.scim.read("/", filter=condition)["Resources"]
    assert {one.get("userName") or one["displayName"] for one in found} == expected


@pytest.mark.parametrize(
    "condition", ["shoeSize pr", "userName pr or shoeSize pr", "active gt true", 'members gt true or userName eq "u07"']
)
def test_c104_at_the_root_a_filter_is_refused_as_elsewhere(crowd: Crowd, condition: str) -> None:
    """RFC 7644 §3.4.2.2: what nobody has, or what cannot be compared so."""
    assert refusal(crowd.scim.get("/", filter=condition)) == (400, "invalidFilter")


def test_c104_at_the_root_nobody_is_left_out_of_an_order(crowd: Crowd) -> None:
    """RFC 7644 §3.4.2.3: who has no value to sort by is in the list all the same."""
    listed = crowd.scim.read("/", sortBy="userName")
    assert listed["totalResults"] == 28
    names = [one["userName"] for one in listed["Resources"] if "userName" in one]
    assert names == sorted(names)
    assert refusal(crowd.scim.get("/", sortBy="shoeSize")) == (400, "invalidPath")


def test_c104_at_the_root_there_is_one_order_over_all_kinds(app: Flask, database: Database) -> None:
    """RFC 7644 §3.4.2.1, §3.4.2.3: users and groups by name together; who has none is last, descending first."""
    scim = Scim(app.test_client(), a_customer(database).token)
    for name in ("delta", "Bravo", "foxtrot"):
        scim.create("/Users", a_user(displayName=name))
    scim.create("/Users", a_user("nameless"))
    for name in ("echo", "alpha", "Charlie"):
        scim.create("/Groups", a_group(name))
    expected = ["alpha", "Bravo", "Charlie", "delta", "echo", "foxtrot", None]
    for order, names in (("ascending", expected), ("descending", expected[::-1])):
        listed = scim.read("/", sortBy="displayName", sortOrder=order)
        assert [one.get("displayName") for one in listed["Resources"]] == names
        body = {"schemas": [SEARCH_URN], "sortBy": "displayName", "sortOrder": order, "startIndex": 3, "count": 2}
        posted = scim.post("/.search", body).json
        assert [one.get("displayName") for one in posted["Resources"]] == names[2:4]
        assert (posted["totalResults"], posted["startIndex"], posted["itemsPerPage"]) == (7, 3, 2)
    some = scim.read("/", sortBy="displayName", filter='displayName gt "b" and displayName lt "e"')
    assert [one["displayName"] for one in some["Resources"]] == expected[1:4]


def test_c104_the_urn_of_a_search_request_has_no_case(crowd: Crowd) -> None:
    """RFC 7643 §2.1: as those of resources and of PATCH."""
    assert crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN.upper()]}).status_code == 200


@pytest.mark.parametrize("schemas", ["x", [], ["urn:example:none"], {}])
def test_c104_a_search_request_names_its_schema(crowd: Crowd, schemas: Any) -> None:
    """RFC 7644 §3.4.3: the message's URN."""
    assert refusal(crowd.scim.post("/Users/.search", {"schemas": schemas})) == (400, "invalidSyntax")


@pytest.mark.parametrize(
    "part",
    [
        {"filter": 7},
        {"attributes": 7},
        {"attributes": [7]},
        {"sortBy": {}},
        {"sortOrder": 1},
        {"excludedAttributes": {}},
    ],
)
def test_c104_wrong_types_in_a_search_are_refused(crowd: Crowd, part: dict[str, Any]) -> None:
    """RFC 7644 §3.4.3: each parameter has its type."""
    assert refusal(crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN]} | part)) == (400, "invalidValue")


def test_c104_a_posted_search_changes_nothing_and_needs_the_token(crowd: Crowd, app: Flask) -> None:
    """RFC 7644 §3.4.3: it is a reading request in a POST's clothes."""
    answer = app.test_client().post("/scim/v2/Users/.search", json={"schemas": [SEARCH_URN]})
    assert refusal(answer) == (401, None)
    crowd.scim.post("/Users/.search", {"schemas": [SEARCH_URN]})
    assert page(crowd, count="0")[0] == 25
