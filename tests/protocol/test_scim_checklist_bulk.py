"""Bulk requests (RFC 7644 §3.7): requirements 164 to 171."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.builders import ENTERPRISE, Customer, a_group, a_patch, a_user
from tests.protocol.conftest import ONE_ENGINE, PUBLIC_URL, Scim, refusal

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
BASE = f"{PUBLIC_URL}/scim/v2"
Operation = dict[str, Any]


def post(bulk_id: str | None, path: str, data: Any, **more: Any) -> Operation:
    made = {"method": "POST", "path": path, "data": data} | more
    return made | ({"bulkId": bulk_id} if bulk_id is not None else {})


def bulk(scim: Scim, *operations: Operation, **more: Any) -> list[Operation]:
    """The outcomes of a bulk request, each well formed."""
    answer = scim.post("/Bulk", {"schemas": [REQUEST], "Operations": list(operations)} | more)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/scim+json"
    assert answer.json["schemas"] == [RESPONSE]
    outcomes: list[Operation] = answer.json["Operations"]
    for outcome in outcomes:
        assert type(outcome["status"]) is str, outcome
        if int(outcome["status"]) >= 400:
            assert outcome["response"]["schemas"] == [ERROR]
            assert outcome["response"]["status"] == outcome["status"]
            assert outcome["response"]["detail"]
    return outcomes


def statuses(outcomes: list[Operation]) -> list[str]:
    return [outcome["status"] for outcome in outcomes]


def id_of(outcome: Operation) -> str:
    id: str = outcome["location"].rsplit("/", 1)[1]
    return id


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.read(f"/Groups/{group}").get("members", [])}


def test_c164_every_method_in_one_request(scim: Scim) -> None:
    """RFC 7644 §3.7, §3.7.3: each operation has its outcome, in order, with status as text and its location."""
    one, two, three = (scim.create("/Users", a_user(f"old{number}")) for number in range(3))
    outcomes = bulk(
        scim,
        post("new", "/Users", a_user("new")),
        {"method": "PUT", "path": f"/Users/{one['id']}", "data": a_user("put", title="t")},
        {
            "method": "PATCH",
            "path": f"/Users/{two['id']}",
            "data": a_patch({"op": "add", "path": "title", "value": "p"}),
        },
        {"method": "DELETE", "path": f"/Users/{three['id']}"},
    )
    assert statuses(outcomes) == ["201", "200", "200", "204"]
    assert [outcome["method"] for outcome in outcomes] == ["POST", "PUT", "PATCH", "DELETE"]
    assert outcomes[0]["bulkId"] == "new"
    assert outcomes[1]["location"] == one["meta"]["location"]
    assert outcomes[2]["location"] == two["meta"]["location"]
    assert outcomes[3]["location"] == three["meta"]["location"]
    made = scim.read(f"/Users/{id_of(outcomes[0])}")
    assert made["userName"] == "new"
    assert outcomes[0]["location"] == made["meta"]["location"]
    assert outcomes[0]["version"] == made["meta"]["version"]
    assert scim.read(f"/Users/{one['id']}")["userName"] == "put"
    assert scim.read(f"/Users/{two['id']}")["title"] == "p"
    assert refusal(scim.get(f"/Users/{three['id']}")) == (404, None)


def test_c164_methods_have_no_case_and_headers_are_not_needed(scim: Scim) -> None:
    """Methods are written as clients like."""
    outcomes = bulk(scim, {"method": "post", "path": "/Users", "bulkId": "x", "data": a_user("a")})
    assert statuses(outcomes) == ["201"]


def test_c164_one_refused_operation_leaves_the_others(scim: Scim) -> None:
    """RFC 7644 §3.7.3: an error stands where it happened; the operations before and after it count."""
    scim.create("/Users", a_user("taken"))
    outcomes = bulk(
        scim,
        post("a", "/Users", a_user("first")),
        post("b", "/Users", a_user("TAKEN")),
        post("c", "/Users", a_user("bad", active="maybe")),
        {"method": "PATCH", "path": f"/Users/{UNKNOWN}", "data": a_patch({"op": "add", "path": "title", "value": "x"})},
        post("d", "/Users", a_user("last")),
    )
    assert statuses(outcomes) == ["201", "409", "400", "404", "201"]
    assert [outcome["response"].get("scimType") for outcome in outcomes[1:4]] == ["uniqueness", "invalidValue", None]
    assert "location" not in outcomes[1]
    names = {user["userName"] for user in scim.read("/Users")["Resources"]}
    assert names == {"taken", "first", "last"}


def test_c164_a_refused_operation_leaves_nothing_of_itself(scim: Scim) -> None:
    """A group with an unknown member is not half made, and its savepoint takes nobody else along."""
    user = scim.create("/Users", a_user())["id"]
    outcomes = bulk(
        scim,
        post("a", "/Groups", a_group("Good", [user])),
        post("b", "/Groups", a_group("Half", [user, UNKNOWN])),
        post("c", "/Groups", a_group("Good too", [user])),
    )
    assert statuses(outcomes) == ["201", "400", "201"]
    assert {group["displayName"] for group in scim.read("/Groups")["Resources"]} == {"Good", "Good too"}
    assert len(scim.read(f"/Users/{user}")["groups"]) == 2


def test_c164_versions_are_conditions(scim: Scim) -> None:
    """RFC 7644 §3.7: ``version`` is what If-Match is for a single request."""
    user = scim.create("/Users", a_user("ada"))
    change = a_patch({"op": "add", "path": "title", "value": "x"})
    at = f"/Users/{user['id']}"
    outcomes = bulk(
        scim,
        {"method": "PATCH", "path": at, "version": 'W/"99"', "data": change},
        {"method": "PATCH", "path": at, "version": user["meta"]["version"], "data": change},
        {"method": "DELETE", "path": at, "version": user["meta"]["version"]},
    )
    assert statuses(outcomes) == ["412", "200", "412"]
    assert scim.read(at)["title"] == "x"


def test_c164_a_patch_may_be_the_bare_list_of_its_operations(scim: Scim) -> None:
    """RFC 7644 §3.7.3, the request of its example: ``data`` of a PATCH is a list of operations."""
    user = scim.create("/Users", a_user(nickName="Babs"))
    operations = [{"op": "remove", "path": "nickName"}, {"op": "add", "path": "title", "value": "Dave"}]
    outcomes = bulk(scim, {"method": "PATCH", "path": f"/Users/{user['id']}", "data": operations})
    assert statuses(outcomes) == ["200"]
    shown = scim.read(f"/Users/{user['id']}")
    assert (shown.get("nickName"), shown["title"]) == (None, "Dave")
    refused = bulk(scim, {"method": "PATCH", "path": f"/Users/{user['id']}", "data": []})
    assert refused[0]["response"]["scimType"] == "invalidSyntax"


def test_c165_a_group_names_a_user_of_the_same_request(scim: Scim) -> None:
    """RFC 7644 §3.7.2: ``bulkId:x`` stands for the id that the operation x gave."""
    outcomes = bulk(scim, post("u", "/Users", a_user()), post("g", "/Groups", a_group("Staff", ["bulkId:u"])))
    assert statuses(outcomes) == ["201", "201"]
    assert members(scim, id_of(outcomes[1])) == {id_of(outcomes[0])}


def test_c165_a_reference_may_point_forward(scim: Scim) -> None:
    """RFC 7644 §3.7.2: whatever order the client wrote them in; outcomes stay in that order."""
    outcomes = bulk(scim, post("g", "/Groups", a_group("Staff", ["bulkId:u"])), post("u", "/Users", a_user()))
    assert [outcome["bulkId"] for outcome in outcomes] == ["g", "u"]
    assert statuses(outcomes) == ["201", "201"]
    assert members(scim, id_of(outcomes[0])) == {id_of(outcomes[1])}


@pytest.mark.parametrize("name", ["user 1", " u ", "two\nlines", "ü/1", 'a "b"'])
def test_c165_a_bulk_id_is_any_text(scim: Scim, name: str) -> None:
    """RFC 7644 §3.7: the client's own identifier, whatever it is made of."""
    outcomes = bulk(scim, post("g", "/Groups", a_group("Staff", [f"bulkId:{name}"])), post(name, "/Users", a_user()))
    assert statuses(outcomes) == ["201", "201"]
    assert members(scim, id_of(outcomes[0])) == {id_of(outcomes[1])}


def test_c165_references_in_paths_and_patch_values(scim: Scim) -> None:
    """RFC 7644 §3.7.2: in the path, in values, in a manager."""
    outcomes = bulk(
        scim,
        post("g", "/Groups", a_group("Staff")),
        post("boss", "/Users", a_user("boss")),
        post("u", "/Users", a_user("ada") | {ENTERPRISE: {"manager": {"value": "bulkId:boss"}}}),
        {
            "method": "PATCH",
            "path": "/Groups/bulkId:g",
            "data": a_patch({"op": "add", "path": "members", "value": [{"value": "bulkId:u"}]}),
        },
        {"method": "PATCH", "path": "/Users/bulkId:u", "data": a_patch({"op": "add", "path": "title", "value": "x"})},
    )
    assert statuses(outcomes) == ["201", "201", "201", "200", "200"]
    group, boss, user = (id_of(outcome) for outcome in outcomes[:3])
    assert members(scim, group) == {user}
    shown = scim.read(f"/Users/{user}")
    assert (shown["title"], shown[ENTERPRISE]["manager"]["value"]) == ("x", boss)


@pytest.mark.parametrize("title", ["bulkId: the movie", "bulkId:the movie"])
def test_c165_a_text_that_only_looks_like_a_reference_stays(scim: Scim, title: str) -> None:
    """A name may begin with bulkId: as long as no operation has that id."""
    outcomes = bulk(scim, post("u", "/Users", a_user("ada", title=title)))
    assert statuses(outcomes) == ["201"]
    assert scim.read(f"/Users/{id_of(outcomes[0])}")["title"] == title


@pytest.mark.parametrize("place", ["member", "path", "patch"])
def test_c166_an_unknown_reference_fails_its_operation(scim: Scim, place: str) -> None:
    """RFC 7644 §3.7.2: 409 or 400 for that operation, the others count."""
    group = scim.create("/Groups", a_group("There"))["id"]
    operation = {
        "member": post("g", "/Groups", a_group("Staff", ["bulkId:nobody"])),
        "path": {"method": "DELETE", "path": "/Users/bulkId:nobody"},
        "patch": {
            "method": "PATCH",
            "path": f"/Groups/{group}",
            "data": a_patch({"op": "add", "path": "members", "value": [{"value": "bulkId:nobody"}]}),
        },
    }[place]
    outcomes = bulk(scim, operation, post("u", "/Users", a_user()))
    assert outcomes[0]["status"] in ("400", "409", "404")
    assert outcomes[1]["status"] == "201"
    assert scim.read("/Groups")["totalResults"] == 1


def test_c166_a_reference_to_a_failed_operation_fails_too(scim: Scim) -> None:
    """RFC 7644 §3.7.2: what depends on it cannot be done."""
    outcomes = bulk(
        scim, post("u", "/Users", a_user(active="maybe")), post("g", "/Groups", a_group("Staff", ["bulkId:u"]))
    )
    assert outcomes[0]["status"] == "400"
    assert outcomes[1]["status"] in ("400", "409")
    assert scim.read("/Groups")["totalResults"] == 0


def test_c167_groups_that_hold_each_other(scim: Scim) -> None:
    """RFC 7644 §3.7.1: circular references are resolved, or answered with 409; never half."""
    outcomes = bulk(
        scim, post("a", "/Groups", a_group("A", ["bulkId:b"])), post("b", "/Groups", a_group("B", ["bulkId:a"]))
    )
    if statuses(outcomes) == ["201", "201"]:
        one, two = (id_of(outcome) for outcome in outcomes)
        assert (members(scim, one), members(scim, two)) == ({two}, {one})
        return
    assert statuses(outcomes) == ["409", "409"]
    assert scim.read("/Groups")["totalResults"] == 0


def test_c168_fail_on_errors_stops(scim: Scim) -> None:
    """RFC 7644 §3.7.3: after that many errors the rest is not tried, and has no outcome."""
    bad = post("x", "/Users", {"schemas": []})
    good = [post(f"g{number}", "/Users", a_user(f"g{number}")) for number in range(3)]
    outcomes = bulk(scim, good[0], bad, good[1], {**bad, "bulkId": "y"}, good[2], failOnErrors=2)
    assert statuses(outcomes) == ["201", "400", "201", "400"]
    assert {user["userName"] for user in scim.read("/Users")["Resources"]} == {"g0", "g1"}


def test_c168_without_it_everything_is_tried(scim: Scim) -> None:
    """RFC 7644 §3.7: no limit of errors unless the client sets one."""
    operations = [post(f"x{number}", "/Users", {"schemas": []}) for number in range(5)]
    assert statuses(bulk(scim, *operations, post("u", "/Users", a_user()))) == ["400"] * 5 + ["201"]


@pytest.mark.parametrize("value", ["2", 0, -1, 1.5, True, [], {}])
def test_c168_fail_on_errors_is_a_whole_number_above_zero(shared: Scim, value: Any) -> None:
    """RFC 7644 §3.7: anything else is refused before anything is done."""
    body = {"schemas": [REQUEST], "failOnErrors": value, "Operations": [post("u", "/Users", a_user("never"))]}
    assert refusal(shared.post("/Bulk", body))[0] == 400
    assert shared.read("/Users", filter='userName eq "never"')["totalResults"] == 0


def test_c169_the_limits_are_announced_and_kept(scim: Scim) -> None:
    """RFC 7644 §3.7.4: 413 above maxOperations or maxPayloadSize, and nothing is done."""
    limits = scim.read("/ServiceProviderConfig")["bulk"]
    assert limits["supported"] is True
    many = [post(f"u{number}", "/Users", a_user(f"u{number}")) for number in range(limits["maxOperations"] + 1)]
    answer = scim.post("/Bulk", {"schemas": [REQUEST], "Operations": many})
    assert refusal(answer) == (413, None)
    assert str(limits["maxOperations"]) in answer.json["detail"]
    assert refusal(scim.raw("POST", "/Bulk", b" " * (limits["maxPayloadSize"] + 1))) == (413, None)
    assert scim.read("/Users")["totalResults"] == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/Bulk"),
        ("GET", "/Users"),
        ("HEAD", "/Users"),
        ("GET", f"/Users/{UNKNOWN}"),
        ("POST", "/Users/.search"),
        ("POST", "/.search"),
        ("POST", "/Me"),
        ("POST", "/nothing"),
        ("POST", "https://elsewhere.example/Users"),
        ("POST", "//elsewhere.example/Users"),
        ("POST", "/../Users"),
        ("POST", "/Users/../../admin"),
        ("DELETE", "/Users"),
        ("PUT", "/Users"),
        ("DELETE", "/Schemas/x"),
        ("DELETE", "/Users/"),
        ("DELETE", "/access/v1/x"),
        ("POST", f"/Users/{UNKNOWN}"),
        ("BREW", "/Users"),
        ("POST", ""),
    ],
)
def test_c170_only_changes_of_resources(shared: Scim, method: str, path: str) -> None:
    """RFC 7644 §3.7: no bulk within bulk, no reading, nothing outside of the resources; others count."""
    answer = shared.post(
        "/Bulk",
        {
            "schemas": [REQUEST],
            "Operations": [
                {"method": method, "path": path, "bulkId": "x", "data": a_user()},
                post("u", "/Users", a_user()),
            ],
        },
    )
    if answer.status_code != 200:
        assert refusal(answer)[0] == 400
        return
    first, second = answer.json["Operations"]
    assert first["status"] in ("400", "404", "405", "501")
    assert second["status"] == "201"


BROKEN: list[Any] = [
    {},
    {"schemas": [REQUEST]},
    {"schemas": [REQUEST], "Operations": {}},
    {"schemas": [REQUEST], "Operations": "x"},
    {"schemas": [], "Operations": [post("u", "/Users", a_user("broken"))]},
    {"schemas": ["urn:example:x"], "Operations": [post("u", "/Users", a_user("broken"))]},
    {"Operations": [post("u", "/Users", a_user("broken"))]},
]


@pytest.mark.parametrize("body", BROKEN, ids=str)
@ONE_ENGINE
def test_c171_a_bulk_request_is_a_bulk_request(shared: Scim, body: Any) -> None:
    """RFC 7644 §3.7: the message's schema and a list of operations."""
    assert refusal(shared.post("/Bulk", body)) == (400, "invalidSyntax")
    assert shared.read("/Users", filter='userName eq "broken"')["totalResults"] == 0


@pytest.mark.parametrize(
    "operation",
    [
        None,
        7,
        "POST /Users",
        [],
        {},
        {"method": "POST"},
        {"path": "/Users"},
        {"method": 7, "path": "/Users", "bulkId": "x", "data": {}},
        {"method": "POST", "path": 7, "bulkId": "x", "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": 7, "data": {}},
        {"method": "POST", "path": "/Users", "bulkId": "x"},
        {"method": "POST", "path": "/Users", "bulkId": "x", "data": "x"},
        {"method": "POST", "path": "/Users", "bulkId": "x", "data": []},
        {"method": "PATCH", "path": f"/Users/{UNKNOWN}", "data": {}},
        {"method": "PUT", "path": f"/Users/{UNKNOWN}"},
        {"method": "PATCH", "path": f"/Users/{UNKNOWN}", "version": 7, "data": a_patch({"op": "add", "value": {}})},
    ],
    ids=str,
)
@ONE_ENGINE
def test_c171_a_broken_operation_is_refused(shared: Scim, operation: Any) -> None:
    """RFC 7644 §3.7: alone or with the whole request, never as a fault."""
    answer = shared.post("/Bulk", {"schemas": [REQUEST], "Operations": [operation]})
    if answer.status_code == 200:
        assert [one["status"][0] for one in answer.json["Operations"]] == ["4"]
    else:
        assert refusal(answer)[0] == 400


def test_c171_a_bulk_id_is_used_once(scim: Scim) -> None:
    """RFC 7644 §3.7: within one request a bulkId names one operation."""
    answer = scim.post(
        "/Bulk", {"schemas": [REQUEST], "Operations": [post("x", "/Users", a_user()), post("x", "/Users", a_user())]}
    )
    if answer.status_code == 200:
        assert "400" in statuses(answer.json["Operations"])
    else:
        assert refusal(answer)[0] == 400


def test_c171_bulk_needs_the_token_and_json(app: Flask, customer: Customer, scim: Scim) -> None:
    """As every request does."""
    body = {"schemas": [REQUEST], "Operations": [post("u", "/Users", a_user())]}
    assert refusal(app.test_client().post("/scim/v2/Bulk", json=body)) == (401, None)
    assert refusal(scim.post("/Bulk", body, headers={"Content-Type": "text/plain"})) == (415, None)
    assert refusal(scim.get("/Bulk"))[0] == 405
    assert scim.read("/Users")["totalResults"] == 0


def test_tenants_are_apart_in_bulk(scim: Scim, stranger: Scim) -> None:
    """Foreign ids are unknown ids, in paths and in members."""
    foreign = stranger.create("/Users", a_user("foreign"))
    outcomes = bulk(
        scim,
        {"method": "DELETE", "path": f"/Users/{foreign['id']}"},
        {"method": "PUT", "path": f"/Users/{foreign['id']}", "data": a_user("mine")},
        post("g", "/Groups", a_group("Staff", [foreign["id"]])),
    )
    assert statuses(outcomes) == ["404", "404", "400"]
    assert stranger.read(f"/Users/{foreign['id']}") == foreign


def test_locations_use_the_public_address(scim: Scim) -> None:
    """RFC 7644 §3.7.3: absolute, whatever host the request named."""
    answer = scim.post(
        "/Bulk",
        {"schemas": [REQUEST], "Operations": [post("u", "/Users", a_user())]},
        headers={"Host": "evil.example"},
    )
    assert answer.json["Operations"][0]["location"].startswith(f"{BASE}/Users/")


def test_a_large_bulk_is_done_whole(scim: Scim) -> None:
    """A first synchronisation: users and a group that holds them all."""
    users = [post(f"u{number}", "/Users", a_user()) for number in range(60)]
    group = post("g", "/Groups", a_group("All", [f"bulkId:u{number}" for number in range(60)]))
    outcomes = bulk(scim, group, *users)
    assert set(statuses(outcomes)) == {"201"}
    assert members(scim, id_of(outcomes[0])) == {id_of(outcome) for outcome in outcomes[1:]}
