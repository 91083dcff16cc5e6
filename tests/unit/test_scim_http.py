"""The HTTP face over a directory in memory (RFC 7644 §3): status, headers, media types, conditions."""

from __future__ import annotations

from typing import Any

import pytest

from scim.attributes import Extension, ResourceType, Schema
from scim.declare import text
from scim.errors import Busy
from scim.routes import render_error
from scim.schemas import ENTERPRISE_URN, GROUP_URN, RESOURCE_TYPES, USER, USER_URN
from tests.fakes import MemoryDirectoryStore, ScimClient, a_scim_client, refusal

NOBODY = "/Users/00000000-0000-4000-8000-000000000000"


@pytest.fixture
def client() -> ScimClient:
    return a_scim_client()


@pytest.fixture
def ada(client: ScimClient) -> str:
    return f"/Users/{client.create('Users', userName='ada')}"


def test_create_answers_with_the_resource_and_its_address(client: ScimClient) -> None:
    """RFC 7644 §3.3: 201, Location as in meta.location, ETag as in meta.version."""
    answer = client.open("POST", "/Users", {"schemas": [USER_URN], "userName": "ada"}, headers={"Host": "evil.example"})
    body = answer.json
    assert answer.status_code == 201
    assert answer.headers["Location"] == body["meta"]["location"] == f"https://scim.example/Users/{body['id']}"
    assert answer.headers["ETag"] == body["meta"]["version"] == 'W/"1"'
    assert body["meta"]["created"] == body["meta"]["lastModified"] == "2024-05-01T12:00:00.001Z"
    assert client.get(f"/Users/{body['id']}").json == body
    assert [change.verb for change in client.changes] == ["create"]


def test_without_a_token_nothing_is_revealed(client: ScimClient, ada: str) -> None:
    """RFC 7644 §3.12, §7: known, unknown, discovery and nonsense look the same."""
    client.token = None
    answers = [
        client.open(method, path)
        for method, path in [
            ("GET", ada),
            ("GET", NOBODY),
            ("GET", "/Schemas"),
            ("GET", "/nowhere"),
            ("PATCH", "/Users"),
            ("POST", "/Bulk"),
            ("BREW", "/Users"),
            ("GET", "//Users"),
            ("GET", ""),
        ]
    ]
    assert {refusal(answer) for answer in answers} == {(401, None)}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="SCIM"'}
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/Users", "GET, POST, HEAD"),
        ("DELETE", "/Groups/", "GET, POST, HEAD"),
        ("POST", NOBODY, "GET, PUT, PATCH, DELETE, HEAD"),
        ("OPTIONS", "/Users", "GET, POST, HEAD"),
        ("BREW", "/Users", "GET, POST, HEAD"),
        ("GET", "/Users/.search", "POST"),
        ("GET", "/.search", "POST"),
        ("POST", "/Schemas", "GET, HEAD"),
        ("DELETE", "/ServiceProviderConfig", "GET, HEAD"),
        ("PUT", "/ResourceTypes/User", "GET, HEAD"),
    ],
)
def test_a_wrong_method_says_which_are_right(client: ScimClient, method: str, path: str, allowed: str) -> None:
    """RFC 9110 §15.5.6, in SCIM's words."""
    answer = client.open(method, path, headers={"X-HTTP-Method-Override": "GET"})
    assert refusal(answer) == (405, None)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/nowhere", "/Users/a/b", "/users", "//Users", "/Users//x", "/Schemas/a/b", "/ServiceProviderConfig/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_endpoint_is_a_scim_404(client: ScimClient, method: str, path: str) -> None:
    assert refusal(client.open(method, path)) == (404, None)


@pytest.mark.parametrize("path", ["/Me", "/Me/x"])
def test_what_is_not_offered_says_so(client: ScimClient, path: str) -> None:
    """RFC 7644 §3.11."""
    assert refusal(client.open("POST", path, {})) == (501, None)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "abc", "%00", "1'--", "é", "x" * 300])
def test_an_unknown_id_is_404_for_each_method(client: ScimClient, method: str, id: str) -> None:
    body: Any = {"schemas": [USER_URN], "userName": "x"} if method == "PUT" else None
    if method == "PATCH":
        body = {"Operations": [{"op": "remove", "path": "title"}]}
    assert refusal(client.open(method, f"/Users/{id}", body)) == (404, None)


@pytest.mark.parametrize(
    "content_type",
    ["application/scim+json", "application/json", "Application/SCIM+JSON; charset=utf-8", "application/json;x=y", None],
)
def test_json_bodies_are_read_whatever_their_parameters(client: ScimClient, content_type: str | None) -> None:
    """RFC 7644 §3.1."""
    answer = client.open("POST", "/Users", {"schemas": [USER_URN], "userName": "a"}, content_type=content_type)
    assert answer.status_code == 201
    assert answer.mimetype == "application/scim+json"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json-patch+json"],
)
def test_other_bodies_are_415(client: ScimClient, content_type: str) -> None:
    assert refusal(client.open("POST", "/Users", {}, content_type=content_type)) == (415, None)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "application/scim+json", ""])
def test_any_accept_is_served(client: ScimClient, ada: str, accept: str) -> None:
    answer = client.get(ada, headers={"Accept": accept})
    assert (answer.status_code, answer.content_type) == (200, "application/scim+json")


def test_a_body_over_the_limit_is_413(client: ScimClient) -> None:
    answer = client.open("POST", "/Users", {"schemas": [USER_URN], "userName": "a", "x": "y" * 1_100_000})
    assert refusal(answer) == (413, None)


def test_broken_json_is_a_scim_400(client: ScimClient) -> None:
    answer = client.open("POST", "/Users", data=b"{", content_type="application/json")
    assert refusal(answer) == (400, "invalidSyntax")


def test_head_is_get_without_a_body(client: ScimClient, ada: str) -> None:
    answer = client.open("HEAD", ada)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (200, b"", 'W/"1"')


@pytest.mark.parametrize("tag", ['W/"1"', '"1"', "*", 'W/"7", W/"1"'])
def test_if_none_match_answers_304(client: ScimClient, ada: str, tag: str) -> None:
    """RFC 7644 §3.14."""
    answer = client.get(ada, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", 'W/"1"')
    assert client.get(ada, headers={"If-None-Match": 'W/"2"'}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_if_match_changes_nothing(client: ScimClient, ada: str, method: str) -> None:
    """RFC 7644 §3.14: 412, without effect."""
    before = client.get(ada).json
    body: Any = {"schemas": [USER_URN], "userName": "eve"} if method == "PUT" else None
    if method == "PATCH":
        body = {"Operations": [{"op": "replace", "path": "userName", "value": "eve"}]}
    assert refusal(client.open(method, ada, body, headers={"If-Match": 'W/"9"'})) == (412, None)
    assert client.get(ada).json == before
    for tag in ('W/"1"', "*"):
        if method != "DELETE" or tag == "*":
            assert client.open(method, ada, body, headers={"If-Match": tag}).status_code in (200, 204)


def test_put_replaces_and_repeating_it_changes_nothing(client: ScimClient, ada: str) -> None:
    """RFC 7644 §3.5.1: left out is cleared; the same again keeps version and time."""
    client.patch(ada, {"op": "add", "path": "title", "value": "CTO"})
    body = {"schemas": [USER_URN], "userName": "ADA", "id": "other", "nickName": "a"}
    first = client.open("PUT", ada, body)
    assert first.status_code == 200
    assert "title" not in first.json
    assert (first.json["userName"], first.json["active"]) == ("ADA", True)
    assert client.open("PUT", ada, body).json == first.json == client.get(ada).json
    assert [change.verb for change in client.changes] == ["create", "patch", "replace"]


def test_put_of_a_group_without_members_empties_it(client: ScimClient, ada: str) -> None:
    member = ada.rpartition("/")[2]
    group = client.create("Groups", displayName="G", members=[{"value": member}])
    body = {"schemas": [GROUP_URN], "displayName": "G"}
    assert "members" not in client.open("PUT", f"/Groups/{group}", body).json
    assert [reference.value for reference in client.changes[-1].removed] == [member]


def test_a_refused_patch_leaves_the_resource(client: ScimClient, ada: str) -> None:
    before = client.get(ada).json
    answer = client.patch(ada, {"op": "replace", "path": "title", "value": "x"}, {"op": "remove"})
    assert refusal(answer) == (400, "noTarget")
    assert client.get(ada).json == before


def test_delete_then_gone(client: ScimClient, ada: str) -> None:
    """RFC 7644 §3.6: 204 without body, later 404, the name is free."""
    group = client.create("Groups", displayName="G", members=[{"value": ada.rpartition("/")[2]}])
    answer = client.open("DELETE", ada)
    assert (answer.status_code, answer.data) == (204, b"")
    assert refusal(client.open("DELETE", ada)) == (404, None)
    assert "members" not in client.get(f"/Groups/{group}").json
    client.create("Users", userName="ada")


def test_a_large_group_is_patched_without_being_read_or_sent() -> None:
    """A change of one member costs the same in any group; the answer is 204 unless a body was asked for."""
    client = a_scim_client(patch_body_member_limit=2, stream_members_above=3)
    people = [client.create("Users", userName=str(number)) for number in range(5)]
    members = [{"value": person} for person in people[:4]]
    group = f"/Groups/{client.create('Groups', displayName='G', members=members)}"
    client.store.member_reads = 0
    answer = client.patch(group, {"op": "add", "path": "members", "value": [{"value": people[4]}]})
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (204, b"", 'W/"2"')
    asked = client.patch(
        group, {"op": "remove", "path": f'members[value eq "{people[0]}"]'}, query_string="attributes=displayName"
    )
    assert asked.json == {"schemas": [GROUP_URN], "id": group[8:], "displayName": "G"}
    assert client.get(group, excludedAttributes="members").json.keys() == {"schemas", "id", "displayName", "meta"}
    assert client.store.member_reads == 0
    streamed = client.get(group)
    assert streamed.is_streamed
    assert {member["value"] for member in streamed.json["members"]} == set(people[1:])
    assert streamed.json["members"][0].keys() == {"value", "$ref", "type"}


def test_groups_of_a_user_are_shown_direct_and_indirect(client: ScimClient, ada: str) -> None:
    """RFC 7643 §4.1.2 groups."""
    id = ada.rpartition("/")[2]
    inner = client.create("Groups", displayName="Inner", members=[{"value": id}])
    outer = client.create("Groups", displayName="Outer", members=[{"value": inner}])
    found = {group["display"]: group for group in client.get(ada).json["groups"]}
    assert found["Inner"] == {
        "value": inner,
        "$ref": f"https://scim.example/Groups/{inner}",
        "type": "direct",
        "display": "Inner",
    }
    assert found["Outer"]["type"] == "indirect"
    assert (
        client.patch(ada, {"op": "add", "path": "title", "value": "x"}).json["groups"] == client.get(ada).json["groups"]
    )
    assert "groups" not in client.get(ada, excludedAttributes="groups").json
    (member,) = client.get(f"/Groups/{outer}").json["members"]
    assert member == {"value": inner, "$ref": f"https://scim.example/Groups/{inner}", "type": "Group"}


def test_the_managers_address_is_computed(client: ScimClient) -> None:
    """RFC 7643 §4.3 manager.$ref and displayName: those of a user of this directory."""
    boss = client.create("Users", userName="boss", displayName="The Boss")
    id = client.create("Users", userName="a", **{ENTERPRISE_URN: {"manager": boss, "department": "d"}})
    for shown in (client.get(f"/Users/{id}").json, client.get(f"/Users/{id}", attributes=ENTERPRISE_URN).json):
        address = f"https://scim.example/Users/{boss}"
        assert shown[ENTERPRISE_URN]["manager"] == {"value": boss, "$ref": address, "displayName": "The Boss"}


def test_a_manager_may_be_nobody(client: ScimClient) -> None:
    """Entra names managers before it pushes them, and any text may be an id: kept, without an address."""
    for value in ("m1", 'CN="Q",OU=x/y', "ü"):
        id = client.create("Users", userName=value, **{ENTERPRISE_URN: {"manager": value}})
        assert client.get(f"/Users/{id}").json[ENTERPRISE_URN]["manager"] == {"value": value}


def test_a_list_pages_sorts_and_projects(client: ScimClient) -> None:
    """RFC 7644 §3.4.2: a ListResponse with integers; the order is the same for each page."""
    for name in ("c", "a", "b"):
        client.create("Users", userName=name)
    page = client.get("/Users", sortBy="userName", startIndex="2", count="1", attributes="userName").json
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (3, 2, 1)
    assert [user["userName"] for user in page["Resources"]] == ["b"]
    assert page["Resources"][0].keys() == {"schemas", "id", "userName"}
    assert client.get("/Users", startIndex="9").json["Resources"] == []
    assert client.get("/Users", count="0").json["totalResults"] == 3
    assert client.get("/Users", filter='userName eq "z"').json["totalResults"] == 0
    assert client.get("/Users/", filter='userName eq "A"').json["totalResults"] == 1
    assert refusal(client.get("/Users", filter="userName eq a")) == (400, "invalidFilter")
    assert refusal(client.get("/Users", filter="shoeSize pr")) == (400, "invalidFilter")


def test_search_over_all_kinds(client: ScimClient) -> None:
    """RFC 7644 §3.4.2.1, §3.4.3: a kind without the attribute has no match; one page runs over both."""
    for number in range(3):
        client.create("Users", userName=f"u{number}", displayName="X")
        client.create("Groups", displayName=f"x{number}")
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}
    kinds = [
        resource["meta"]["resourceType"]
        for resource in client.open("POST", "/.search", search | {"startIndex": 3, "count": 2}).json["Resources"]
    ]
    assert kinds == ["User", "Group"]
    assert client.open("POST", "/.search", search | {"filter": "userName pr"}).json["totalResults"] == 3
    assert client.open("POST", "/.search", search | {"filter": "displayName pr", "count": 0}).json["totalResults"] == 6
    assert client.get("/").json["totalResults"] == 6
    assert refusal(client.open("POST", "/.search", search | {"filter": "shoeSize pr"})) == (400, "invalidFilter")
    assert client.open("POST", "/Groups/.search", search | {"count": 1}).json["itemsPerPage"] == 1


def test_discovery_describes_the_directorys_own_types() -> None:
    """The types come from the directory, so an account may declare its own extension."""
    badge = Schema("urn:example:badge", "Badge", "Badges.", (text("number", "The number."),))
    own = ResourceType("User", "Users", "", USER, (*RESOURCE_TYPES["User"].extensions, Extension(badge)))
    client = a_scim_client(MemoryDirectoryStore(resource_types={"User": own, "Group": RESOURCE_TYPES["Group"]}))
    id = client.create("Users", userName="a", **{"urn:example:badge": {"number": "7"}})
    assert client.get("/Users", filter='urn:example:badge:number eq "7"').json["Resources"][0]["id"] == id
    assert client.get("/Schemas/URN:example:BADGE").json["attributes"][0]["name"] == "number"
    assert client.get("/Schemas").json["totalResults"] == 4
    (user, _) = client.get("/ResourceTypes").json["Resources"]
    assert {"schema": "urn:example:badge", "required": False} in user["schemaExtensions"]


@pytest.mark.parametrize(
    "path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/ResourceTypes/User", f"/Schemas/{USER_URN}"]
)
def test_discovery(client: ScimClient, path: str) -> None:
    """RFC 7644 §4: no filter; paging is ignored; nothing is null."""
    answer = client.get(path, startIndex="5", count="0")
    assert answer.status_code == 200
    assert b"null" not in answer.data
    assert answer.json == client.get(path).json
    assert refusal(client.get(path, Filter="name pr")) == (403, None)


def test_what_is_announced_is_true(client: ScimClient) -> None:
    """RFC 7643 §5."""
    config = client.get("/ServiceProviderConfig").json
    supported = {
        name: config[name]["supported"] for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    }
    assert supported == {
        "patch": True,
        "bulk": True,
        "filter": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert config["meta"]["location"] == "https://scim.example/ServiceProviderConfig"
    for urn in ("ServiceProviderConfig", "ResourceType", "Schema"):
        assert client.get(f"/Schemas/urn:ietf:params:scim:schemas:core:2.0:{urn}").status_code == 200
    assert refusal(client.get("/Schemas/urn:none")) == (404, None)
    assert refusal(client.get("/ResourceTypes/None")) == (404, None)


def test_refusals_carry_the_request_id() -> None:
    client = a_scim_client(request_id=lambda _: "r-1")
    answer = client.get("/nowhere")
    assert refusal(answer) == (404, None)
    assert answer.json["detail"].endswith(" [request r-1]")


def test_the_application_can_say_no_in_scim() -> None:
    answer = render_error(Busy("in a moment"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
