"""Bulk requests over HTTP (RFC 7644 §3.7): requirements 164 to 171."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import audit
from app.compose import create_app
from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from app.services import provisioning
from scim.store import Change, DirectoryStore
from tests.builders import ENTERPRISE, Customer, a_customer, a_group, a_patch, a_user
from tests.conftest import settings_for
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal

REQUEST_URN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE_URN = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"
BASE = f"{PUBLIC_URL}/scim/v2"
EVENTS = table(AuditEvent)


def a_bulk(*operations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"schemas": [REQUEST_URN], "Operations": list(operations)} | fields


def post(path: str, bulk_id: str, data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def send(scim: Scim, *operations: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The outcomes of a bulk request, which itself must succeed."""
    answer = scim.post("/Bulk", a_bulk(*operations, **fields))
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/scim+json"
    assert answer.json["schemas"] == [RESPONSE_URN]
    outcomes: list[dict[str, Any]] = answer.json["Operations"]
    for outcome in outcomes:
        assert isinstance(outcome["status"], str)
        if int(outcome["status"]) >= 400:
            assert outcome["response"]["schemas"] == [ERROR_URN]
            assert outcome["response"]["status"] == outcome["status"]
            assert outcome["response"]["detail"]
    return outcomes


def statuses(outcomes: list[dict[str, Any]]) -> list[str]:
    return [outcome["status"] for outcome in outcomes]


def id_of(outcome: dict[str, Any]) -> str:
    return str(outcome["location"].rsplit("/", 1)[1])


def names(scim: Scim) -> set[str]:
    return {user["userName"] for user in scim.read("/Users")["Resources"]}


def test_c164_each_method_has_its_outcome(scim: Scim) -> None:
    """RFC 7644 §3.7.3: method, bulkId, location, version and a status that is text; no body on success."""
    kept, gone = scim.create("/Users", a_user("kept")), scim.create("/Users", a_user("gone"))
    outcomes = send(
        scim,
        post("/Users", "new", a_user("new")),
        {"method": "PUT", "path": f"/Users/{kept['id']}", "data": a_user("kept", title="a")},
        {"method": "PATCH", "path": f"/Users/{kept['id']}", "data": a_patch({"op": "remove", "path": "title"})},
        {"method": "DELETE", "path": f"/Users/{gone['id']}"},
    )
    assert statuses(outcomes) == ["201", "200", "200", "204"]
    assert [outcome["method"] for outcome in outcomes] == ["POST", "PUT", "PATCH", "DELETE"]
    assert outcomes[0]["bulkId"] == "new"
    assert [outcome.get("version") for outcome in outcomes] == ['W/"1"', 'W/"2"', 'W/"3"', None]
    assert all("response" not in outcome for outcome in outcomes)
    assert outcomes[1]["location"] == f"{BASE}/Users/{kept['id']}"
    assert scim.read(f"/Users/{id_of(outcomes[0])}")["userName"] == "new"
    assert "title" not in scim.read(f"/Users/{kept['id']}")
    assert refusal(scim.get(f"/Users/{gone['id']}")) == (404, None)


def test_c164_a_failed_operation_says_why_and_the_others_stay(scim: Scim) -> None:
    """RFC 7644 §3.7.3: a failed POST has no location, any other failure has."""
    nobody = "0190a000-0000-7000-8000-000000000000"
    outcomes = send(
        scim,
        post("/Users", "a", a_user("same")),
        post("/Users", "b", a_user("SAME")),
        {"method": "PATCH", "path": f"/Users/{nobody}", "data": a_patch({"op": "remove", "path": "title"})},
        post("/Users", "c", {"schemas": ["urn:example:none"]}),
        post("/Groups", "d", None),
        post("/Users", "e", a_user("other")),
    )
    assert statuses(outcomes) == ["201", "409", "404", "400", "400", "201"]
    assert outcomes[1]["response"]["scimType"] == "uniqueness"
    assert [("location" in outcome) for outcome in outcomes] == [True, False, True, False, False, True]
    assert names(scim) == {"same", "other"}


def test_c164_an_operation_can_insist_on_a_version(scim: Scim) -> None:
    """RFC 7644 §3.7: "version" is an If-Match for the one operation."""
    user = scim.create("/Users", a_user("u"))
    at = f"/Users/{user['id']}"
    outcomes = send(
        scim,
        {"method": "PUT", "path": at, "version": 'W/"7"', "data": a_user("u", title="no")},
        {"method": "put", "path": at, "version": 'W/"1"', "data": a_user("u", title="yes")},
        {"method": "DELETE", "path": at, "version": 'W/"1"'},
    )
    assert statuses(outcomes) == ["412", "200", "412"]
    assert scim.read(at)["title"] == "yes"


def test_c164_many_creates_are_all_there(scim: Scim) -> None:
    """Runs of new users are written together; one that is refused does not take the others along."""
    bodies = [a_user(f"u{number}", emails=[{"value": f"u{number}@x.example"}]) for number in range(250)]
    bodies[120] = a_user("U7")
    outcomes = send(scim, *[post("/Users", f"b{number}", body) for number, body in enumerate(bodies)])
    assert [index for index, status in enumerate(statuses(outcomes)) if status != "201"] == [120]
    assert [outcome["bulkId"] for outcome in outcomes] == [f"b{number}" for number in range(250)]
    assert scim.read("/Users", count="0")["totalResults"] == 249
    found = scim.read("/Users", filter='emails.value eq "u240@x.example"')["Resources"]
    assert [user["id"] for user in found] == [id_of(outcomes[240])]


def test_c165_references_work_in_data_and_path_forwards_too(scim: Scim) -> None:
    """RFC 7644 §3.7.2: what is referred to is created first; the answer keeps the order of the request."""
    outcomes = send(
        scim,
        {"method": "PATCH", "path": "/Users/bulkId:ann", "data": a_patch({"op": "add", "path": "title", "value": "x"})},
        post("/Groups", "team", a_group("team", ["bulkId:ann", "bulkId:bob"])),
        post("/Users", "ann", a_user("ann") | {ENTERPRISE: {"manager": {"value": "bulkId:bob"}}}),
        post("/Users", "bob", a_user("bob")),
        {
            "method": "PATCH",
            "path": "/Groups/bulkId:team",
            "data": a_patch({"op": "remove", "path": 'members[value eq "bulkId:bob"]'}),
        },
    )
    assert statuses(outcomes) == ["200", "201", "201", "201", "200"]
    assert [outcome.get("bulkId") for outcome in outcomes] == [None, "team", "ann", "bob", None]
    ann, bob = scim.read(f"/Users/{id_of(outcomes[2])}"), id_of(outcomes[3])
    assert ann["title"] == "x"
    assert ann[ENTERPRISE]["manager"]["value"] == bob
    team = scim.read(f"/Groups/{id_of(outcomes[1])}")
    assert [member["value"] for member in team["members"]] == [ann["id"]]


def test_c165_a_long_chain_of_forward_references_is_no_problem(scim: Scim) -> None:
    """Each group is in the one before it."""
    chain = [post("/Groups", f"g{n}", a_group(f"g{n}", [f"bulkId:g{n + 1}"])) for n in range(400)]
    assert set(statuses(send(scim, *chain, post("/Groups", "g400", a_group("end"))))) == {"201"}


def test_c166_an_unknown_or_failed_reference_fails_its_operation(scim: Scim) -> None:
    """RFC 7644 §3.7.2: and whatever refers to that one in turn, but nothing else."""
    scim.create("/Users", a_user("taken"))
    outcomes = send(
        scim,
        post("/Groups", "a", a_group("a", ["bulkId:nobody"])),
        post("/Users", "b", a_user("taken")),
        post("/Groups", "c", a_group("c", ["bulkId:b"])),
        post("/Groups", "d", a_group("d", ["bulkId:c"])),
        {"method": "DELETE", "path": "/Users/bulkId:b"},
        {"method": "DELETE", "path": "/Users/bulkId:nobody"},
        post("/Groups", "e", a_group("e")),
    )
    assert statuses(outcomes) == ["400", "409", "409", "409", "409", "400", "201"]
    assert outcomes[0]["response"]["scimType"] == "invalidValue"
    assert [group["displayName"] for group in scim.read("/Groups")["Resources"]] == ["e"]


def test_c167_groups_can_name_each_other(scim: Scim) -> None:
    """RFC 7644 §3.7.1: both are created, then completed."""
    outcomes = send(
        scim,
        post("/Groups", "a", a_group("a", ["bulkId:b", "bulkId:u"])),
        post("/Groups", "b", a_group("b", ["bulkId:a"])),
        post("/Users", "u", a_user("u") | {ENTERPRISE: {"manager": {"value": "bulkId:v"}}}),
        post("/Users", "v", a_user("v") | {ENTERPRISE: {"manager": {"value": "bulkId:u"}, "department": "x"}}),
        post("/Groups", "self", a_group("self", ["bulkId:self"])),
    )
    assert statuses(outcomes) == ["201"] * 5
    ids = {outcome["bulkId"]: id_of(outcome) for outcome in outcomes}
    a, b = (scim.read(f"/Groups/{ids[name]}") for name in "ab")
    assert {member["value"] for member in a["members"]} == {ids["b"], ids["u"]}
    assert [member["value"] for member in b["members"]] == [ids["a"]]
    assert scim.read(f"/Users/{ids['u']}")[ENTERPRISE]["manager"]["value"] == ids["v"]
    assert scim.read(f"/Users/{ids['v']}")[ENTERPRISE]["manager"]["value"] == ids["u"]
    for outcome in outcomes:
        assert scim.get(outcome["location"].removeprefix(BASE)).headers["ETag"] == outcome["version"]


def test_c167_a_circle_is_created_whole_or_not_at_all(scim: Scim) -> None:
    """One that fails takes along those it cannot be without."""
    scim.create("/Groups", a_group("taken"))
    outcomes = send(
        scim,
        post("/Groups", "a", a_group("a", ["bulkId:b"])),
        post("/Groups", "b", a_group("taken", ["bulkId:a"])),
        post("/Users", "u", a_user("u")),
    )
    assert statuses(outcomes) == ["409", "409", "201"]
    assert outcomes[1]["response"]["scimType"] == "uniqueness"
    assert [group["displayName"] for group in scim.read("/Groups")["Resources"]] == ["taken"]


@pytest.mark.parametrize(("stop", "made"), [(1, 1), (2, 2), (3, 4), (None, 4)])
def test_c168_fail_on_errors_stops_after_that_many(scim: Scim, stop: int | None, made: int) -> None:
    """RFC 7644 §3.7: what was done before stays, what comes after is neither done nor reported."""
    user = a_user("u0")
    operations = [
        post("/Users", "0", user),
        post("/Users", "1", user),
        post("/Users", "2", a_user("u2")),
        post("/Users", "3", user),
        post("/Users", "4", a_user("u4")),
        post("/Groups", "5", a_group("g")),
    ]
    outcomes = send(scim, *operations, **({} if stop is None else {"failOnErrors": stop}))
    assert len(outcomes) == {1: 2, 2: 4}.get(stop or 0, 6)
    total = scim.read("/Users", count="0")["totalResults"] + scim.read("/Groups", count="0")["totalResults"]
    assert (statuses(outcomes).count("201"), total) == (made, made)


@pytest.fixture(scope="module")
def narrow(database_url: str, database: Database) -> Scim:
    """An installation that allows three operations and 2,000 bytes."""
    settings = settings_for(database_url, public_url=PUBLIC_URL, log_level="error", bulk_operations=3, body_limit=2000)
    return Scim(create_app(settings).test_client(), a_customer(database).token)


def test_c169_more_operations_than_announced_are_413(narrow: Scim) -> None:
    """RFC 7644 §3.7.4: before anything is done."""
    announced = narrow.read("/ServiceProviderConfig")["bulk"]
    assert announced == {"supported": True, "maxOperations": 3, "maxPayloadSize": 2000}
    operations = [post("/Users", str(number), a_user()) for number in range(4)]
    assert refusal(narrow.post("/Bulk", a_bulk(*operations))) == (413, None)
    assert narrow.read("/Users")["totalResults"] == 0
    assert statuses(send(narrow, *operations[:3])) == ["201"] * 3


def test_c169_more_bytes_than_announced_are_413(narrow: Scim) -> None:
    """RFC 7644 §3.7.4."""
    assert refusal(narrow.post("/Bulk", a_bulk(post("/Users", "a", a_user(title="x" * 2000))))) == (413, None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Users", "405"),
        ("HEAD", "/Users/@id", "405"),
        ("BREW", "/Users", "405"),
        ("POST", "/Bulk", "400"),
        ("POST", "/Me", "400"),
        ("POST", "/Schemas", "400"),
        ("POST", "/Users/.search", "400"),
        ("POST", "/Users/@id", "400"),
        ("PUT", "/Users", "400"),
        ("DELETE", "/Users/", "400"),
        ("DELETE", "/Users/@id/x", "400"),
        ("DELETE", "/Users/@id?x=1", "400"),
        ("DELETE", "/Users/../Users/@id", "400"),
        ("DELETE", "//evil.example/Users/@id", "400"),
        ("DELETE", f"{BASE}/Users/@id", "400"),
        ("DELETE", "/Groups/@id", "404"),
        ("DELETE", "/Users/%00", "404"),
    ],
)
def test_c170_only_resources_can_be_operated_on(scim: Scim, method: str, path: str, status: str) -> None:
    """RFC 7644 §3.7: no bulk in bulk, nothing to read, nothing outside of our own tree."""
    user = scim.create("/Users", a_user("u"))
    operation = {"method": method, "path": path.replace("@id", user["id"]), "bulkId": "x", "data": a_user()}
    assert statuses(send(scim, operation, post("/Users", "y", a_user("y")))) == [status, "201"]
    assert names(scim) == {"u", "y"}


def test_c170_nobody_reaches_another_customer(scim: Scim, stranger: Scim) -> None:
    """Each operation is as confined as a request of its own."""
    user = stranger.create("/Users", a_user("theirs"))
    outcomes = send(
        scim,
        {"method": "DELETE", "path": f"/Users/{user['id']}"},
        post("/Groups", "g", a_group("g", [user["id"]])),
    )
    assert statuses(outcomes) == ["404", "400"]
    assert names(stranger) == {"theirs"}


def test_c170_a_post_needs_a_bulk_id(scim: Scim) -> None:
    """RFC 7644 §3.7: REQUIRED when the method is POST."""
    assert statuses(send(scim, {"method": "POST", "path": "/Users", "data": a_user()})) == ["400"]


USER = {"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Operations": []},
        {"schemas": ["urn:example:none"], "Operations": []},
        {"schemas": REQUEST_URN, "Operations": []},
        {"schemas": [REQUEST_URN]},
        a_bulk() | {"Operations": {}},
        a_bulk() | {"Operations": [7]},
        a_bulk({"path": "/Users"}),
        a_bulk({"method": "POST"}),
        a_bulk(USER | {"method": 7}),
        a_bulk(USER | {"path": None}),
        a_bulk(USER | {"bulkId": 7}),
        a_bulk(USER | {"version": 1}),
        a_bulk(USER, USER),
        a_bulk(failOnErrors=0),
        a_bulk(failOnErrors="1"),
        a_bulk(failOnErrors=True),
        a_bulk(failOnErrors=1.5),
    ],
    ids=str,
)
def test_c171_a_bulk_request_has_its_schema(shared: Scim, body: dict[str, Any]) -> None:
    """RFC 7644 §3.7: what is not a BulkRequest is refused as a whole."""
    assert refusal(shared.post("/Bulk", body)) == (400, "invalidSyntax")


def test_c171_names_have_no_case_and_nothing_to_do_is_fine(scim: Scim) -> None:
    """RFC 7643 §2.1."""
    assert send(scim) == []
    answer = scim.post(
        "/Bulk", {"SCHEMAS": [REQUEST_URN.upper()], "operations": [{k.upper(): v for k, v in USER.items()}]}
    )
    assert answer.json["Operations"][0]["status"] == "400"
    assert refusal(scim.get("/Bulk")) == (405, None)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever is called broken cannot be followed up; what was noted until then must go."""
    follow = provisioning.lifecycle.apply_changes

    def apply_changes(session: Any, account_id: str, changes: Sequence[Change], record: Any, **how: Any) -> None:
        follow(session, account_id, changes, record, **how)
        if any(one.after is not None and one.after.attributes.get("displayName") == "broken" for one in changes):
            from scim.errors import Conflict

            raise Conflict("it broke half-way")

    monkeypatch.setattr(provisioning.lifecycle, "apply_changes", apply_changes)
    return None


def actions(database: Database, customer: Customer) -> list[tuple[str, str | None]]:
    with database.reading() as session:
        assert audit.verify(session, customer.account_id).problem is None
        query = select(EVENTS.c.action, EVENTS.c.target_name).where(EVENTS.c.account_id == customer.account_id)
        return [tuple(row) for row in session.execute(query.order_by(EVENTS.c.sequence))][-3:]  # type: ignore[misc]


@pytest.mark.usefixtures("breaking")
def test_an_operation_that_breaks_half_way_leaves_nothing(scim: Scim, database: Database, customer: Customer) -> None:
    """Neither rows nor events, while what was done before and after stays."""
    outcomes = send(
        scim,
        post("/Users", "a", a_user("a")),
        post("/Users", "b", a_user("b", displayName="broken", emails=[{"value": "b@x.example"}])),
        post("/Users", "c", a_user("c")),
        post("/Groups", "g", a_group("broken", ["bulkId:a"])),
        post("/Groups", "h", a_group("h", ["bulkId:a"])),
    )
    assert statuses(outcomes) == ["201", "409", "201", "409", "201"]
    assert names(scim) == {"a", "c"}
    assert scim.read("/Users", filter='emails.value eq "b@x.example"')["totalResults"] == 0
    assert [group["displayName"] for group in scim.read("/Groups")["Resources"]] == ["h"]
    assert actions(database, customer) == [("user.created", "a"), ("user.created", "c"), ("group.created", "h")]


def test_a_fault_undoes_the_whole_request(
    scim: Scim, monkeypatch: pytest.MonkeyPatch, database: Database, customer: Customer
) -> None:
    """What is no refusal but a bug: 500, and nothing of the request is kept."""
    before = actions(database, customer)

    def fail(store: DirectoryStore, kind: str, id: str, **_: Any) -> Change:
        raise RuntimeError("killed")

    monkeypatch.setattr("scim.bulk.service.delete", fail)
    answer = scim.post("/Bulk", a_bulk(post("/Users", "a", a_user("a")), {"method": "DELETE", "path": "/Users/x"}))
    assert answer.status_code == 500
    assert names(scim) == set()
    assert actions(database, customer) == before


def test_two_bulk_requests_at_once(app: Flask, customer: Customer, database: Database) -> None:
    """Both want the same names: each is created once, and both requests are answered."""
    wanted = [post("/Users", str(number), a_user(f"u{number}")) for number in range(150)]
    answers: list[TestResponse] = []

    def ask() -> None:
        answers.append(Scim(app.test_client(), customer.token).post("/Bulk", a_bulk(*wanted)))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    both = [status for answer in answers for status in statuses(answer.json["Operations"])]
    assert (both.count("201"), both.count("409")) == (150, 150)
    with database.reading() as session:
        assert audit.verify(session, customer.account_id).problem is None
        count = select(func.count()).select_from(EVENTS).where(EVENTS.c.account_id == customer.account_id)
        assert session.execute(count.where(EVENTS.c.action == "user.created")).scalar() == 150


def test_a_body_of_megabytes_works(scim: Scim) -> None:
    """Up to the announced size."""
    people = [post("/Users", str(n), a_user(f"u{n}", title="x" * 2000, nickName="y" * 2000)) for n in range(1000)]
    assert set(statuses(send(scim, *people))) == {"201"}
