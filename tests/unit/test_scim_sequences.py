"""The requests Okta and Entra make, in their order (their published guides and tests, in our words)."""

from __future__ import annotations

from typing import Any

from scim.schemas import ENTERPRISE_URN, GROUP_URN, USER_URN
from tests.fakes import a_scim_client, refusal


def test_okta_lifecycle() -> None:
    """Match, create, update by PUT, deactivate, reactivate: the same id all the way."""
    client = a_scim_client()
    name = {"filter": 'userName eq "a@b.example"', "startIndex": "1", "count": "100"}
    missed = client.get("/Users", **name).json
    assert (missed["totalResults"], missed["Resources"]) == (0, [])
    body: dict[str, Any] = {
        "schemas": [USER_URN],
        "userName": "a@b.example",
        "name": {"givenName": "A", "familyName": "B"},
        "emails": [{"primary": True, "value": "a@b.example", "type": "work"}],
        "displayName": "A B",
        "locale": "en-US",
        "externalId": "00u1",
        "groups": [],
        "password": "x1y2",
        "active": True,
    }
    made = client.open("POST", "/Users", body, content_type="application/json")
    assert made.status_code == 201
    assert "password" not in made.json
    assert refusal(client.open("POST", "/Users", body | {"userName": "A@B.example"})) == (409, "uniqueness")
    at = f"/Users/{made.json['id']}"
    echo = client.get(at).json
    put = client.open(
        "PUT", at, echo | {"name": {"givenName": "Anna", "familyName": "B", "middleName": ""}, "groups": []}
    )
    assert put.json["name"] == {"givenName": "Anna", "familyName": "B"}
    for active in (False, True):
        answer = client.patch(at, {"op": "replace", "value": {"active": active}})
        assert (answer.status_code, answer.json["active"]) == (200, active)
        assert client.get("/Users", **name).json["Resources"][0]["active"] is active
    assert client.patch(at, {"op": "replace", "value": {"password": "new"}}).status_code == 200


def test_okta_group_push() -> None:
    """Rename with the own id, single members by filter, push of the whole list, the empty list."""
    client = a_scim_client()
    one, two = client.create("Users", userName="one"), client.create("Users", userName="two")
    made = client.open("POST", "/Groups", {"schemas": [GROUP_URN], "displayName": "G", "members": []})
    at = f"/Groups/{made.json['id']}"
    assert client.get("/Groups", filter='displayName eq "g"').json["totalResults"] == 1

    def members() -> set[str]:
        return {member["value"] for member in client.get(at).json.get("members", [])}

    client.patch(at, {"op": "replace", "value": {"id": made.json["id"], "displayName": "New"}})
    assert client.get(at).json["displayName"] == "New"
    client.patch(at, {"op": "add", "path": "members", "value": [{"value": one, "display": "one"}]})
    client.patch(
        at,
        {"op": "remove", "path": f'members[value eq "{one}"]'},
        {"op": "add", "path": "members", "value": [{"value": two, "display": "two"}]},
    )
    assert members() == {two}
    client.patch(at, {"op": "replace", "path": "members", "value": [{"value": one}, {"value": two}]})
    assert members() == {one, two}
    assert client.patch(at, {"op": "replace", "path": "members", "value": []}).status_code == 200
    assert members() == set()
    assert client.open("DELETE", at).status_code == 204


def test_entra_lifecycle() -> None:
    """Connection test, match, create, verbose PATCH, disable, delete twice."""
    client = a_scim_client()
    assert client.get("/Users", filter='userName eq "5d8a"').json["Resources"] == []
    body = {
        "schemas": [USER_URN, ENTERPRISE_URN],
        "externalId": "guid",
        "userName": "a@b.example",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "a@b.example"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "A B", "familyName": "B", "givenName": "A"},
        "roles": [],
    }
    made = client.open("POST", "/Users?aadOptscim062020", body)
    assert made.status_code == 201
    assert made.json["schemas"] == [USER_URN]
    at = f"/Users/{made.json['id']}"
    assert client.get("/Users", filter='emails[type eq "work"].value eq "A@b.example"').json["totalResults"] == 1
    assert client.get("/Users", filter='externalId eq "guid" and userName eq "A@B.example"').json["totalResults"] == 1
    answer = client.patch(
        at,
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "nickName", "value": "Babs"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "n@b.example"},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "1"},
        {"op": "Replace", "path": f"{ENTERPRISE_URN}:employeeNumber", "value": "7"},
        {"op": "Add", "path": f"{ENTERPRISE_URN}:manager", "value": "nobody"},
    )
    after = client.get(at).json
    assert answer.json == after
    assert after["active"] is False
    assert after["emails"] == [{"primary": True, "type": "work", "value": "n@b.example"}]
    assert after["phoneNumbers"] == [{"type": "mobile", "value": "1"}]
    assert after[ENTERPRISE_URN]["manager"]["value"] == "nobody"
    probe = f'id eq "{made.json["id"]}" and {ENTERPRISE_URN}:manager eq "nobody"'
    assert client.get("/Users", filter=probe).json["totalResults"] == 1
    client.patch(at, {"op": "Remove", "path": f"{ENTERPRISE_URN}:manager"})
    assert client.get(at).json[ENTERPRISE_URN] == {"employeeNumber": "7"}
    assert [client.open("DELETE", at).status_code for _ in range(2)] == [204, 404]


def test_entra_groups() -> None:
    """Created with a URN of its own, read without members, probed for one member, changed one by one."""
    client = a_scim_client()
    user = client.create("Users", userName="u")
    urn = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
    made = client.open("POST", "/Groups", {"schemas": [GROUP_URN, urn], "displayName": "G", "externalId": "x"})
    assert made.json["schemas"] == [GROUP_URN]
    assert refusal(client.open("POST", "/Groups", {"schemas": [GROUP_URN], "displayName": "g"})) == (409, "uniqueness")
    at = f"/Groups/{made.json['id']}"
    client.patch(at, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": user}]})
    assert "members" not in client.get(at, excludedAttributes="members").json
    listed = client.get("/Groups", excludedAttributes="members", filter='displayName eq "G"').json
    assert "members" not in listed["Resources"][0]
    probe = f'id eq "{made.json["id"]}" and members eq "{user}"'
    assert client.get("/Groups", filter=probe).json["totalResults"] == 1
    version = client.get(at).json["meta"]
    assert client.patch(at, {"op": "Add", "path": "members", "value": [{"value": user}]}).json["meta"] == version
    client.patch(at, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "somebody-else"}]})
    assert client.get(at).json["meta"] == version
    client.patch(at, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": user}]})
    assert client.get("/Groups", filter=probe).json["totalResults"] == 0
