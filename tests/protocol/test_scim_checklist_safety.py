"""What a hostile or careless client may send (RFC 7644 §7): requirements 175 to 180, and tenants apart.

Whatever comes in, the answer is a well-formed SCIM error or a well-defined success; never a fault.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.builders import (
    CORE_GROUP,
    CORE_USER,
    ENTERPRISE,
    PATCH_OP,
    Customer,
    a_group,
    a_patch,
    a_second_directory,
    a_user,
)
from tests.protocol.conftest import ONE_ENGINE, Scim, refusal

SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def nested(depth: int, opening: str, closing: str) -> str:
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize("depth", [33, 1000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")], ids=["list", "object", "both"]
)
@pytest.mark.parametrize("place", ["unknown", "name", "schemas", "extension"])
@ONE_ENGINE
def test_c175_deep_json_is_refused(shared: Scim, place: str, opening: str, closing: str, depth: int) -> None:
    """RFC 8259 §9: a limit on depth, whatever attribute it is in."""
    key = {"unknown": "x", "name": "name", "schemas": "schemas", "extension": ENTERPRISE}[place]
    body = f'{{"userName": "deep", {json.dumps(key)}: {nested(depth, opening, closing)}}}'
    assert refusal(shared.raw("POST", "/Users", body)) == (400, "invalidSyntax")


@pytest.mark.parametrize("depth", [33, 5000])
def test_c175_deep_json_in_a_patch_is_refused(shared: Scim, depth: int) -> None:
    """The same for values of operations."""
    user = shared.create("/Users", a_user())
    body = f'{{"schemas":["{PATCH_OP}"],"Operations":[{{"op":"add","value":{nested(depth, "[", "]")}}}]}}'
    assert refusal(shared.raw("PATCH", f"/Users/{user['id']}", body)) == (400, "invalidSyntax")


def test_c175_a_patch_has_a_limit_of_operations(scim: Scim) -> None:
    """RFC 7644 §7: a thousand are read, more are refused as a whole."""
    user = scim.create("/Users", a_user())
    at = f"/Users/{user['id']}"
    many = [{"op": "add", "path": "title", "value": f"t{number}"} for number in range(1000)]
    assert scim.patch(at, a_patch(*many)).json["title"] == "t999"
    more = [{"op": "add", "path": "nickName", "value": "x"}] * 1001
    assert refusal(scim.patch(at, a_patch(*more)))[0] in (400, 413)
    assert "nickName" not in scim.read(at)


def test_c175_a_multi_valued_attribute_has_a_limit(scim: Scim) -> None:
    """A thousand addresses are kept, more are refused; also when they come one by one."""

    def emails(start: int, count: int) -> list[dict[str, str]]:
        return [{"value": f"a{number}@b.example"} for number in range(start, start + count)]

    user = scim.create("/Users", a_user(emails=emails(0, 1000)))
    assert len(user["emails"]) == 1000
    assert refusal(scim.post("/Users", a_user(emails=emails(0, 1001)))) == (400, "invalidValue")
    more = a_patch({"op": "add", "path": "emails", "value": emails(1000, 1)})
    assert refusal(scim.patch(f"/Users/{user['id']}", more)) == (400, "invalidValue")


@pytest.mark.parametrize("path", ["userName", "title", "externalId", "displayName"])
def test_c175_text_has_a_limit(shared: Scim, path: str) -> None:
    """Longer than any index can hold is refused, counted in bytes."""
    assert refusal(shared.post("/Users", a_user() | {path: "x" * 2001})) == (400, "invalidValue")
    assert refusal(shared.post("/Users", a_user() | {path: "😀" * 501})) == (400, "invalidValue")


@pytest.mark.parametrize(
    "body",
    [
        '{{"schemas":["{user}"],"userName":"a{tag}","userName":"b{tag}"}}',
        '{{"schemas":["{user}"],"userName":"a{tag}","name":{{"givenName":"x","givenName":"y"}}}}',
        '{{"schemas":["{user}"],"schemas":["{user}"],"userName":"a{tag}"}}',
        '{{"schemas":["{user}"],"userName":"a{tag}","user\\u004eame":"b{tag}"}}',
        '{{"schemas":["{user}"],"userName":"a{tag}","emails":[{{"value":"x@y.example","value" : "z@y.example"}}]}}',
    ],
)
@ONE_ENGINE
def test_c176_a_key_given_twice_is_refused(shared: Scim, body: str) -> None:
    """RFC 8259 §4: two readers could take different ones."""
    filled = body.format(user=CORE_USER, tag="twice")
    assert refusal(shared.raw("POST", "/Users", filled)) == (400, "invalidSyntax")
    assert shared.read("/Users", filter='userName sw "atwice" or userName sw "btwice"')["totalResults"] == 0


def test_c176_a_field_given_twice_in_another_case_is_refused(shared: Scim) -> None:
    """RFC 7643 §2.1: names have no case, so these are the same key twice, in every kind of message."""
    group = shared.create("/Groups", a_group())
    at = f"/Groups/{group['id']}"
    step = {"op": "replace", "path": "displayName", "value": "x"}
    member = [{"value": shared.create("/Users", a_user())["id"]}]
    bulk = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": []}
    answers = [
        shared.put(at, a_group(members=[]) | {"MEMBERS": member}),
        shared.post("/Groups", a_group(members=[]) | {"Members": member}),
        shared.patch(at, a_patch(step) | {"operations": [step]}),
        shared.patch(at, a_patch(step | {"OP": "remove"})),
        shared.post("/Groups/.search", {"schemas": [SEARCH_URN], "count": 1, "COUNT": 2}),
        shared.post("/Bulk", bulk | {"operations": []}),
        shared.post("/Bulk", bulk | {"Operations": [{"method": "DELETE", "METHOD": "GET", "path": at}]}),
    ]
    assert [refusal(answer) for answer in answers] == [(400, "invalidSyntax")] * len(answers)
    assert shared.read(at) == group


@pytest.mark.parametrize(
    "text",
    [r"\u0000", r"a\u0000b", r"\ud800", r"a\udfffb", r"\udc00\ud800"],
)
@pytest.mark.parametrize(
    "place", ["userName", "title", "emails", "externalId", "key", "extension", "password", "unknown"]
)
@ONE_ENGINE
def test_c177_nul_and_half_surrogates_are_refused(shared: Scim, place: str, text: str) -> None:
    """No database stores them, so nobody shall believe that they are stored."""
    parts = {
        "userName": f'"userName": "{text}"',
        "title": f'"userName": "nul", "title": "{text}"',
        "emails": f'"userName": "nul", "emails": [{{"value": "{text}"}}]',
        "externalId": f'"userName": "nul", "externalId": "{text}"',
        "key": f'"userName": "nul", "{text}": 1',
        "extension": f'"userName": "nul", "{ENTERPRISE}": {{"department": "{text}"}}',
        "password": f'"userName": "nul", "password": "{text}"',
        "unknown": f'"userName": "nul", "unheard": "{text}"',
    }
    body = f'{{"schemas": ["{CORE_USER}"], {parts[place]}}}'
    assert refusal(shared.raw("POST", "/Users", body))[0] == 400
    assert shared.read("/Users", filter='userName eq "nul"')["totalResults"] == 0


@pytest.mark.parametrize("text", [r"\u0000", r"\ud800"])
@pytest.mark.parametrize("place", ["value", "path", "member", "op"])
@ONE_ENGINE
def test_c177_the_same_in_a_patch(shared: Scim, place: str, text: str) -> None:
    """Values, paths and ids of members."""
    group = shared.create("/Groups", a_group())
    operation = {
        "value": f'{{"op":"replace","path":"displayName","value":"{text}"}}',
        "path": f'{{"op":"replace","path":"{text}","value":"x"}}',
        "member": f'{{"op":"add","path":"members","value":[{{"value":"{text}"}}]}}',
        "op": f'{{"op":"{text}","path":"displayName","value":"x"}}',
    }[place]
    answer = shared.raw("PATCH", f"/Groups/{group['id']}", f'{{"schemas":["{PATCH_OP}"],"Operations":[{operation}]}}')
    assert refusal(answer)[0] == 400
    assert shared.read(f"/Groups/{group['id']}") == group


@pytest.mark.parametrize("id", ["%00", "%ff", "%c3%28", "a%00b", "%0d%0aX-Evil:1", "%ed%a0%80"])
def test_c177_odd_bytes_in_an_address_are_404(shared: Scim, id: str) -> None:
    """Whatever the bytes, it is no id of ours, and no header comes out of it."""
    for path in ("/Users/{}", "/Groups/{}", "/Schemas/{}", "/ResourceTypes/{}", "/{}"):
        answer = shared.get(path.format(id))
        assert refusal(answer)[0] in (400, 404)
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize("text", ["x\r\nX-Evil: 1", "x\nSet-Cookie: a=b", "x\r\n\r\n<html>", "ü\r\nX-Evil: 1"])
def test_c178_headers_cannot_be_split(scim: Scim, text: str) -> None:
    """Nothing a client sends becomes a header line: not by names, ids, versions or request ids."""
    answers = [scim.post("/Users", a_user(text, externalId=text, id=text, meta={"version": text, "location": text}))]
    assert answers[0].status_code == 201
    at = f"/Users/{answers[0].json['id']}"
    answers += [
        scim.get(at, attributes=text),
        scim.get("/Users", filter=text),
        scim.get("/Users", sortBy=text),
        scim.post("/Groups", a_group(text)),
        scim.patch(at, a_patch({"op": text, "path": text, "value": text})),
    ]
    for answer in answers:
        assert "X-Evil" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert all("\n" not in value and "\r" not in value for value in answer.headers.values())
    assert answers[0].headers["Location"].endswith(answers[0].json["id"])


@pytest.mark.parametrize("sent", ["a b", "x" * 65, "ü", "<script>", "a;b"])
def test_c178_a_strange_request_id_is_replaced(shared: Scim, sent: str) -> None:
    """Only harmless ids are repeated."""
    answer = shared.request("GET", "/Users?count=0", headers={"X-Request-ID": sent.encode().decode("latin-1")})
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"] != sent


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
@ONE_ENGINE
def test_c179_the_method_cannot_be_overridden(shared: Scim, header: str, method: str) -> None:
    """Old SCIM 1.1 stacks tunnel methods through POST; here a POST is a POST."""
    user = shared.create("/Users", a_user())
    at = f"/Users/{user['id']}"
    assert refusal(shared.post(at, a_user(title="x"), headers={header: method})) == (405, None)
    assert refusal(shared.post(f"{at}?_method={method}", a_user(title="x"))) == (405, None)
    assert shared.request("GET", at, headers={header: method}).status_code == 200
    assert shared.read(at) == user


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "Authorization", "bearer"])
def test_c180_a_token_in_the_address_is_not_accepted(app: Flask, customer: Customer, name: str) -> None:
    """RFC 6750 §5.3: addresses end in logs; the Authorization header is the only place."""
    client = app.test_client()
    for value in (customer.token, f"Bearer {customer.token}"):
        assert refusal(client.get("/scim/v2/Users", query_string={name: value})) == (401, None)


def test_c180_a_token_elsewhere_is_not_accepted(app: Flask, customer: Customer) -> None:
    """Not in the body, a cookie, another header, nor as basic authentication."""
    client = app.test_client()
    answers: list[TestResponse] = [
        client.post("/scim/v2/Users", json=a_user() | {"access_token": customer.token}),
        client.post("/scim/v2/Users", data={"access_token": customer.token}),
        client.get("/scim/v2/Users", headers={"Cookie": f"access_token={customer.token}"}),
        client.get("/scim/v2/Users", headers={"X-Authorization": f"Bearer {customer.token}"}),
        client.get("/scim/v2/Users", headers={"X-Api-Key": customer.token}),
        client.get("/scim/v2/Users", auth=("token", customer.token)),
    ]
    assert [refusal(answer) for answer in answers] == [(401, None)] * len(answers)


STRANGE: list[Any] = [
    None,
    True,
    10**30,
    1e308,
    " ",
    "x" * 10_000,
    [],
    [None, 7, "x", [], {}],
    [{"value": None}],
    [{"value": 10**30, "$ref": []}],
    {},
    {"": "", "__proto__": {"x": 1}, "a.b[c]": 1},
    {"value": []},
]

USER_NAMES = [
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "active",
    "password",
    "emails",
    "groups",
    "x509Certificates",
    ENTERPRISE,
    f"{ENTERPRISE}:manager",
    "unheardOf",
    "",
]


def fine(answer: TestResponse, *successes: int) -> None:
    """A success of the expected kind, or a well-formed refusal that is the client's fault."""
    if answer.status_code not in successes:
        assert 400 <= refusal(answer)[0] < 500, answer.text


@pytest.mark.parametrize("name", USER_NAMES)
def test_c026_nothing_in_a_user_makes_a_fault(shared: Scim, name: str) -> None:
    """RFC 7644 §3.12: every strange value in every attribute, on create, replace and all forms of PATCH."""
    user = shared.create("/Users", a_user())
    at = f"/Users/{user['id']}"
    for value in STRANGE:
        fine(shared.post("/Users", a_user() | {name: value}), 201)
        fine(shared.put(at, a_user(user["userName"]) | {name: value}), 200)
        fine(shared.patch(at, a_patch({"op": "add", "path": name, "value": value})), 200)
        fine(shared.patch(at, a_patch({"op": "replace", "value": {name: value}})), 200)
    fine(shared.patch(at, a_patch({"op": "remove", "path": name})), 200)
    assert shared.get(at).status_code == 200
    assert shared.delete(at).status_code == 204


@pytest.mark.parametrize("name", ["schemas", "id", "externalId", "meta", "displayName", "members", "unheardOf"])
def test_c026_nothing_in_a_group_makes_a_fault(shared: Scim, name: str) -> None:
    """The same for groups."""
    group = shared.create("/Groups", a_group())
    at = f"/Groups/{group['id']}"
    for value in STRANGE:
        fine(shared.post("/Groups", a_group() | {name: value}), 201)
        fine(shared.put(at, a_group(group["displayName"]) | {name: value}), 200)
        for op in ("add", "replace", "remove"):
            fine(shared.patch(at, a_patch({"op": op, "path": name, "value": value})), 200)
            fine(shared.patch(at, a_patch({"op": op, "value": {name: value}})), 200)
    assert shared.get(at).status_code == 200


@pytest.mark.parametrize("part", ["op", "path", "value", "schemas", "Operations", "operation"])
@ONE_ENGINE
def test_c026_nothing_in_a_patch_makes_a_fault(shared: Scim, part: str) -> None:
    """Every part of the message replaced by something strange."""
    user = shared.create("/Users", a_user())
    at = f"/Users/{user['id']}"
    for value in STRANGE:
        operation: Any = {"op": "replace", "path": "title", "value": "x"}
        body: dict[str, Any] = a_patch(operation)
        if part in ("schemas", "Operations"):
            body[part] = value
        elif part == "operation":
            body["Operations"] = [operation, value]
        else:
            operation[part] = value
        fine(shared.patch(at, body), 200)


PATHS = [
    "emails[",
    "emails]",
    "emails[]",
    "emails[[type eq 1]]",
    'emails[type eq "work"].value.x',
    'emails[type eq "work"]value',
    "emails[type eq work].value",
    "emails..value",
    ".emails",
    "emails.",
    "..",
    "a.b.c.d",
    "urn:",
    "urn:ietf:params:scim:schemas:core:2.0:User:",
    ENTERPRISE + ":",
    ENTERPRISE + "::manager",
    ENTERPRISE + ":manager.value.x",
    "[type eq 1]",
    'emails[type eq "' + "x" * 5000 + '"]',
    "emails[" + "(" * 500 + 'type eq "x"' + ")" * 500 + "]",
    "emails[" + " or ".join(['type eq "x"'] * 500) + "]",
    "x" * 100_000,
    'emails[type eq "\\u0000"]',
    'emails[type eq "\\ud800"]',
    "emails[primary gt true]",
    "emails[value pr] or title",
    "title pr",
    "title; drop table users",
    "members[value eq 7]",
    "\u0000",
    "é.ü",
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path[:20] + path[-30:]))
@ONE_ENGINE
def test_c026_no_patch_path_makes_a_fault(shared: Scim, path: str) -> None:
    """RFC 7644 §3.5.2: a path that cannot be read, or names nothing, is 400 and changes nothing."""
    user = shared.create("/Users", a_user(emails=[{"value": "a@b.example", "type": "work"}]))
    for op in ("add", "replace", "remove"):
        answer = shared.patch(f"/Users/{user['id']}", a_patch({"op": op, "path": path, "value": "x"}))
        if path.rstrip(":") in (CORE_USER, ENTERPRISE):
            # A schema's URN alone means all of it; a text is no value for that.
            fine(answer, 200)
            continue
        status, kind = refusal(answer)
        assert status == 400
        assert kind in ("invalidPath", "invalidFilter", "invalidSyntax", "tooMany", "noTarget"), answer.text
    assert shared.read(f"/Users/{user['id']}") == user


@pytest.mark.parametrize(
    "query",
    [
        "filter=%00",
        "filter=%ff%fe",
        "filter=userName%20eq%20%22%ff%22",
        "filter=userName%20eq%20%22%ed%a0%80%22",
        "sortBy=%00",
        "attributes=%00,%ff",
        "excludedAttributes=" + ",".join(["x"] * 2000),
        "attributes=" + "x" * 20_000,
        "startIndex=%00",
        "count=9" + "9" * 300,
        "filter=" + "%28" * 3000,
        "filter=a&filter=b",
        "&&&===",
        "%",
        "filter",
        "filter=userName%20eq%20%22a%22&filter=userName%20pr",
    ],
    ids=lambda query: query[:40],
)
def test_c026_no_query_string_makes_a_fault(shared: Scim, query: str) -> None:
    """RFC 7644 §3.12."""
    for path in ("/Users", "/Groups", "/"):
        fine(shared.get(f"{path}?{query}"), 200)


@pytest.mark.parametrize("path", ["/.search", "/Users/.search", "/Groups/.search"])
@pytest.mark.parametrize(
    "name", ["schemas", "filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count"]
)
def test_c026_nothing_in_a_search_makes_a_fault(shared: Scim, path: str, name: str) -> None:
    """RFC 7644 §3.4.3."""
    for value in STRANGE:
        fine(shared.post(path, {"schemas": [SEARCH_URN]} | {name: value}), 200)


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        '"',
        "W/",
        'W/"',
        ",,,",
        "*,*",
        "W/*",
        '"' * 500,
        "W/" * 500,
        "\xff",
        "9" * 400,
        'W/"' + "9" * 400 + '"',
        "-1",
    ],
)
def test_c026_no_condition_makes_a_fault(shared: Scim, header: str, value: str) -> None:
    """RFC 9110 §13.1: a condition that cannot be read."""
    user = shared.create("/Users", a_user())
    at = f"/Users/{user['id']}"
    answer = shared.request("GET", at, headers={header: value})
    assert answer.status_code in (200, 304, 400, 412)
    fine(shared.patch(at, a_patch({"op": "add", "path": "title", "value": "x"}), headers={header: value}), 200)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "//"),
        ("GET", "/Users//"),
        ("GET", "//Users"),
        ("GET", "/Users/../Users"),
        ("GET", "/Users/%2e%2e/Groups"),
        ("GET", "/Users/;x=1"),
        ("GET", "/?" + "x" * 5000),
        ("GET", "/" + "a/" * 500),
        ("POST", "/Users/.search/.search"),
        ("POST", "/Schemas/.search"),
        ("OPTIONS", "/Users"),
        ("HEAD", "/Users"),
        ("CONNECT", "/Users"),
        ("FOO", "/Users"),
        ("GET", "/Users/" + "a" * 8000),
    ],
    ids=lambda part: part[:40],
)
def test_c026_no_address_makes_a_fault(shared: Scim, method: str, path: str) -> None:
    """RFC 7644 §3.12: strange addresses and methods."""
    answer = shared.request(method, path, a_user() if method == "POST" else None)
    assert answer.status_code < 500 or answer.status_code == 501
    if answer.status_code >= 400 and method != "HEAD":
        refusal(answer)
    assert "html" not in answer.headers.get("Content-Type", "")


# Tenants: what another customer has looks exactly like what nobody has.


@pytest.fixture
def foreign(stranger: Scim) -> dict[str, str]:
    """A user and a group of another customer."""
    user = stranger.create("/Users", a_user("foreign@acme.example", externalId="foreign"))
    group = stranger.create("/Groups", a_group("Foreign", [user["id"]]))
    return {"user": user["id"], "group": group["id"]}


def same(one: TestResponse, other: TestResponse, *texts: str) -> None:
    """Two answers that differ only in ids a client sent itself, and the request id."""
    assert one.status_code == other.status_code
    bodies = []
    for answer in (one, other):
        text = json.dumps({name: value for name, value in (answer.json or {}).items() if name != "detail"})
        detail = (answer.json or {}).get("detail", "").split(" [request ")[0]
        for known in texts:
            text, detail = text.replace(known, "*"), detail.replace(known, "*")
        bodies.append((text, detail))
    assert bodies[0] == bodies[1]
    assert {name for name, _ in one.headers} == {name for name, _ in other.headers}


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_tenants_a_foreign_id_in_the_path_is_an_unknown_id(
    scim: Scim, stranger: Scim, foreign: dict[str, str], method: str, kind: str
) -> None:
    """Read, replace, change, delete: 404 with the same body, and nothing happens over there."""
    path = "/Users" if kind == "user" else "/Groups"
    there = stranger.read(f"{path}/{foreign[kind]}")
    body: Any = None
    if method == "PUT":
        body = a_user("mine") if kind == "user" else a_group("mine")
    if method == "PATCH":
        body = a_patch({"op": "replace", "path": "displayName", "value": "mine"})
    one = scim.request(method, f"{path}/{foreign[kind]}", body)
    other = scim.request(method, f"{path}/{UNKNOWN}", body)
    assert refusal(one) == (404, None)
    same(one, other, foreign[kind], UNKNOWN)
    assert stranger.read(f"{path}/{foreign[kind]}") == there


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("verb", ["POST", "PUT", "add", "replace", "filtered add"])
def test_tenants_a_foreign_member_is_an_unknown_member(
    scim: Scim, stranger: Scim, foreign: dict[str, str], verb: str, kind: str
) -> None:
    """A group takes nobody from another customer, in the same words as for nobody at all."""
    group = scim.create("/Groups", a_group("Staff"))
    at = f"/Groups/{group['id']}"

    def ask(id: str) -> TestResponse:
        match verb:
            case "POST":
                return scim.post("/Groups", a_group("New", [id]))
            case "PUT":
                return scim.put(at, a_group("Staff", [id]))
            case "filtered add":
                return scim.patch(
                    at, a_patch({"op": "add", "path": f'members[value eq "{id}"]', "value": {"value": id}})
                )
        return scim.patch(at, a_patch({"op": verb, "path": "members", "value": [{"value": id}]}))

    one, other = ask(foreign[kind]), ask(UNKNOWN)
    assert refusal(one) == (400, "invalidValue")
    same(one, other, foreign[kind], UNKNOWN)
    assert scim.read(at) == group
    assert "groups" not in scim.read("/Users") or scim.read("/Users")["totalResults"] == 0
    owner = stranger.read(f"/Users/{foreign['user']}")
    assert [entry["value"] for entry in owner["groups"]] == [foreign["group"]]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/Users", 'id eq "{user}"'),
        ("/Users", 'externalId eq "foreign"'),
        ("/Users", 'userName eq "foreign@acme.example"'),
        ("/Users", 'userName sw "foreign"'),
        ("/Users", 'groups eq "{group}"'),
        ("/Users", 'groups.display eq "Foreign"'),
        ("/Users", 'groups[value eq "{group}"]'),
        ("/Groups", 'id eq "{group}"'),
        ("/Groups", 'displayName eq "Foreign"'),
        ("/Groups", 'members eq "{user}"'),
        ("/Groups", 'members[value eq "{user}"]'),
        ("/Groups", 'members.value ne "x"'),
    ],
)
def test_tenants_filters_find_nothing_foreign(scim: Scim, foreign: dict[str, str], path: str, text: str) -> None:
    """However it is asked for."""
    found = scim.read(path, filter=text.format(**foreign))
    assert (found["totalResults"], found.get("Resources", [])) == (0, [])
    posted = scim.post("/.search", {"schemas": [SEARCH_URN], "filter": "id pr"})
    assert posted.json["totalResults"] == 0


def test_tenants_a_foreign_manager_reveals_nothing(scim: Scim, stranger: Scim) -> None:
    """A manager's name is looked up among one's own only."""
    boss = stranger.create("/Users", a_user(displayName="Secret Name"))

    def shown(id: str) -> dict[str, Any]:
        user = scim.create("/Users", a_user() | {ENTERPRISE: {"manager": {"value": id}}})
        manager: dict[str, Any] = scim.read(f"/Users/{user['id']}")[ENTERPRISE]["manager"]
        return {name: value.replace(id, "*") for name, value in manager.items()}

    assert shown(boss["id"]) == shown(UNKNOWN)


def test_tenants_names_are_free_whatever_others_have(scim: Scim, foreign: dict[str, str]) -> None:
    """Uniqueness conflicts disclose nothing about others."""
    assert scim.post("/Users", a_user("foreign@acme.example")).status_code == 201
    assert scim.post("/Groups", a_group("Foreign")).status_code == 201


def test_tenants_removing_a_foreign_member_does_nothing(scim: Scim, stranger: Scim, foreign: dict[str, str]) -> None:
    """Neither here nor there."""
    group = scim.create("/Groups", a_group("Staff"))
    for operation in (
        {"op": "remove", "path": f'members[value eq "{foreign["user"]}"]'},
        {"op": "remove", "path": "members", "value": [{"value": foreign["user"]}]},
    ):
        assert scim.patch(f"/Groups/{group['id']}", a_patch(operation)).json == group
    members = stranger.read(f"/Groups/{foreign['group']}")["members"]
    assert [member["value"] for member in members] == [foreign["user"]]


def test_tenants_two_directories_of_one_account_are_apart_too(app: Flask, scim: Scim, customer: Customer) -> None:
    """A token opens its own directory, not its sister's."""
    sister = Scim(app.test_client(), a_second_directory(app.extensions["database"], customer))
    user = scim.create("/Users", a_user("same"))
    assert sister.read("/Users")["totalResults"] == 0
    assert refusal(sister.get(f"/Users/{user['id']}")) == (404, None)
    assert refusal(sister.delete(f"/Users/{user['id']}")) == (404, None)
    assert sister.post("/Users", a_user("same")).status_code == 201
    assert refusal(sister.post("/Groups", a_group("Mixed", [user["id"]]))) == (400, "invalidValue")
    assert scim.read("/Users")["Resources"] == [user]


def test_every_group_schema_is_harmless_in_a_user(shared: Scim) -> None:
    """A group's body at the users' address is refused."""
    body = a_group() | {"schemas": [CORE_GROUP]}
    assert refusal(shared.post("/Users", body)) == (400, "invalidSyntax")
