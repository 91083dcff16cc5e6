"""Reading: single resources, lists, and which attributes they show (RFC 7644 §3.4, §3.9): requirements 48 to 61."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, a_group, a_patch, a_user
from tests.protocol.conftest import Scim, refusal

LIST_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_URN = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

PERSON: dict[str, Any] = {
    "externalId": "x-1",
    "name": {"givenName": "Ada", "familyName": "Lovelace", "middleName": "B"},
    "displayName": "Ada Lovelace",
    "title": "Countess",
    "emails": [
        {"value": "ada@work.example", "type": "work", "primary": True},
        {"value": "ada@home.example", "type": "home"},
    ],
    ENTERPRISE: {"department": "Research", "costCenter": "1"},
}


@pytest.fixture
def person(scim: Scim) -> dict[str, Any]:
    """A user with something of each kind."""
    return scim.create("/Users", a_user("ada") | PERSON)


def shown(resource: dict[str, Any]) -> dict[str, Any]:
    """What a projection left, besides what is always there."""
    assert resource["id"]
    assert resource["schemas"][0] in (CORE_USER, CORE_GROUP)
    return {name: value for name, value in resource.items() if name not in ("id", "schemas")}


def test_c048_a_resource_is_read_by_its_id(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 7644 §3.4.1, §3.14: 200, and the ETag header is meta.version."""
    answer = scim.get(f"/Users/{person['id']}")
    assert answer.status_code == 200
    assert answer.json == person
    assert answer.headers["ETag"] == person["meta"]["version"]
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers.get("Location", person["meta"]["location"]) == person["meta"]["location"]


@pytest.mark.parametrize("form", ["{tag}", "*", 'W/"x", {tag}', "{strong}", '"y" , {tag} , "z"'])
def test_c049_an_unchanged_resource_answers_304(scim: Scim, person: dict[str, Any], form: str) -> None:
    """RFC 9110 §13.1.2, RFC 7644 §3.14: If-None-Match compares weakly; the answer has no body."""
    tag = person["meta"]["version"]
    header = form.format(tag=tag, strong=tag.removeprefix("W/"))
    answer = scim.request("GET", f"/Users/{person['id']}", headers={"If-None-Match": header})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == tag


def test_c049_a_changed_resource_is_sent(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 9110 §13.1.2: another version than the client has."""
    scim.patch(f"/Users/{person['id']}", a_patch({"op": "replace", "path": "title", "value": "x"}))
    answer = scim.request("GET", f"/Users/{person['id']}", headers={"If-None-Match": person["meta"]["version"]})
    assert (answer.status_code, answer.json["title"]) == (200, "x")


def test_c050_a_list_has_the_required_shape(scim: Scim) -> None:
    """RFC 7644 §3.4.2: ListResponse with numbers as JSON integers."""
    users = [scim.create("/Users", a_user()) for _ in range(3)]
    listed = scim.read("/Users")
    assert listed["schemas"] == [LIST_URN]
    for name, value in (("totalResults", 3), ("startIndex", 1), ("itemsPerPage", 3)):
        assert type(listed[name]) is int, name
        assert listed[name] == value, name
    assert sorted(listed["Resources"], key=lambda user: user["id"]) == sorted(users, key=lambda user: user["id"])


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("name", ["userName", "displayName"])
def test_c051_no_match_is_an_empty_list(scim: Scim, path: str, name: str) -> None:
    """RFC 7644 §3.4.2: 200 with totalResults 0, never 404."""
    if (path, name) == ("/Groups", "userName"):
        assert refusal(scim.get(path, filter='userName eq "x"')) == (400, "invalidFilter")
        return
    for query in ({}, {"filter": f'{name} eq "7f1c2b3a-nobody"'}):
        listed = scim.read(path, **query)
        assert listed["schemas"] == [LIST_URN]
        assert listed["totalResults"] == 0
        assert listed.get("Resources", []) == []


def test_c052_inactive_users_are_returned(scim: Scim) -> None:
    """A deactivated user stays readable and can be matched, or a directory would make a second one."""
    user = scim.create("/Users", a_user("gone", active=False))
    assert scim.read(f"/Users/{user['id']}")["active"] is False
    assert scim.read("/Users")["Resources"] == [user]
    assert scim.read("/Users", filter='userName eq "GONE"')["Resources"] == [user]


ONLY = [
    ("userName", {"userName": "ada"}),
    ("userName,title", {"userName": "ada", "title": "Countess"}),
    ("name", {"name": PERSON["name"]}),
    ("emails", {"emails": PERSON["emails"]}),
    ("externalId", {"externalId": "x-1"}),
    ("id", {}),
    ("active", {"active": True}),
]


@pytest.mark.parametrize(("attributes", "expected"), ONLY)
def test_c053_only_the_named_attributes_are_shown(
    scim: Scim, person: dict[str, Any], attributes: str, expected: dict[str, Any]
) -> None:
    """RFC 7644 §3.9: those, and what is always returned."""
    assert shown(scim.read(f"/Users/{person['id']}", attributes=attributes)) == expected


def test_c053_meta_is_shown_when_named(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 7643 §3.1: meta is returned by default, so only when asked for."""
    assert shown(scim.read(f"/Users/{person['id']}", attributes="meta")) == {"meta": person["meta"]}
    only = shown(scim.read(f"/Users/{person['id']}", attributes="meta.version"))
    assert only == {"meta": {"version": person["meta"]["version"]}}


SUBS = [
    ("name.familyName", {"name": {"familyName": "Lovelace"}}),
    ("name.familyName,name.givenName", {"name": {"familyName": "Lovelace", "givenName": "Ada"}}),
    ("emails.value", {"emails": [{"value": "ada@work.example"}, {"value": "ada@home.example"}]}),
    ("emails.primary", {"emails": [{"primary": True}]}),
    ("name,name.familyName", {"name": PERSON["name"]}),
]


@pytest.mark.parametrize(("attributes", "expected"), SUBS)
def test_c054_sub_attributes_can_be_named(
    scim: Scim, person: dict[str, Any], attributes: str, expected: dict[str, Any]
) -> None:
    """RFC 7644 §3.10: ``name.familyName``."""
    assert shown(scim.read(f"/Users/{person['id']}", attributes=attributes)) == expected


def test_c054_a_value_path_asks_for_the_attribute(scim: Scim, person: dict[str, Any]) -> None:
    """Entra asks for ``emails[type eq "work"]``; it gets the addresses."""
    found = scim.read(f"/Users/{person['id']}", attributes='emails[type eq "work"]')
    assert PERSON["emails"][0] in found["emails"]
    assert found.keys() <= {"id", "schemas", "emails"}


QUALIFIED = [
    (f"{CORE_USER}:userName", {"userName": "ada"}),
    (f"{CORE_USER}:name.familyName", {"name": {"familyName": "Lovelace"}}),
    (ENTERPRISE, {ENTERPRISE: PERSON[ENTERPRISE]}),
    (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "Research"}}),
    (f"{ENTERPRISE.upper()}:DEPARTMENT", {ENTERPRISE: {"department": "Research"}}),
    (f"title,{ENTERPRISE}:costCenter", {"title": "Countess", ENTERPRISE: {"costCenter": "1"}}),
]


@pytest.mark.parametrize(("attributes", "expected"), QUALIFIED)
def test_c055_names_may_carry_their_urn(
    scim: Scim, person: dict[str, Any], attributes: str, expected: dict[str, Any]
) -> None:
    """RFC 7644 §3.10: core attributes, an extension as a whole, or parts of it."""
    assert shown(scim.read(f"/Users/{person['id']}", attributes=attributes)) == expected


@pytest.mark.parametrize("attributes", ["USERNAME,Title", "userName, title", " title ,userName,,"])
def test_c056_names_have_no_case_and_may_have_spaces(scim: Scim, person: dict[str, Any], attributes: str) -> None:
    """RFC 7643 §2.1; clients write lists with and without a space."""
    found = shown(scim.read(f"/Users/{person['id']}", attributes=attributes))
    assert found == {"userName": "ada", "title": "Countess"}


EXCLUDED = [
    ("id,schemas", set()),
    ("title", {"title"}),
    ("emails,name", {"emails", "name"}),
    ("meta", {"meta"}),
    ("TITLE, displayname", {"title", "displayName"}),
    (ENTERPRISE, {ENTERPRISE}),
    ("userName", {"userName"}),
]


@pytest.mark.parametrize(("excluded", "missing"), EXCLUDED)
def test_c057_excluded_attributes_are_left_out_but_never_the_id(
    scim: Scim, person: dict[str, Any], excluded: str, missing: set[str]
) -> None:
    """RFC 7644 §3.9: what is returned always cannot be excluded."""
    found = scim.read(f"/Users/{person['id']}", excludedAttributes=excluded)
    expected = {name: value for name, value in person.items() if name not in missing}
    if ENTERPRISE in missing:
        expected["schemas"] = [CORE_USER]
    assert found == expected


def test_c057_parts_can_be_excluded(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 7644 §3.10: sub-attributes, and parts of an extension."""
    at = f"/Users/{person['id']}"
    assert scim.read(at, excludedAttributes="name.middleName")["name"] == {"givenName": "Ada", "familyName": "Lovelace"}
    without = scim.read(at, excludedAttributes=f"emails.type,{ENTERPRISE}:department")
    assert without["emails"] == [{"value": "ada@work.example", "primary": True}, {"value": "ada@home.example"}]
    assert without[ENTERPRISE] == {"costCenter": "1"}


@pytest.mark.parametrize(
    "query",
    [
        {"attributes": "title"},
        {"excludedAttributes": f"userName,name,displayName,emails,meta,active,externalId,{ENTERPRISE}"},
    ],
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "LIST", "SEARCH"])
def test_c058_every_answer_can_be_narrowed(
    scim: Scim, person: dict[str, Any], verb: str, query: dict[str, str]
) -> None:
    """RFC 7644 §3.9: on POST, PUT, PATCH, .search and lists, as on GET."""
    at = f"/Users/{person['id']}"
    match verb:
        case "POST":
            answer = scim.post("/Users", a_user("bob") | PERSON, query_string=query)
        case "PUT":
            answer = scim.put(at, a_user("ada") | PERSON, query_string=query)
        case "PATCH":
            operation = (
                {"op": "replace", "path": "nickName", "value": "x"}
                if "attributes" in query
                else {"op": "remove", "path": "nickName"}
            )
            answer = scim.patch(at, a_patch(operation), query_string=query)
        case "LIST":
            answer = scim.get("/Users", **query)
        case _:
            lists: dict[str, Any] = {name: value.split(",") for name, value in query.items()}
            answer = scim.post("/Users/.search", {"schemas": [SEARCH_URN]} | lists)
    assert answer.status_code == (201 if verb == "POST" else 200)
    found = answer.json["Resources"][0] if verb in ("LIST", "SEARCH") else answer.json
    assert found == {"schemas": [CORE_USER], "id": found["id"], "title": "Countess"}


def test_c058_a_narrowed_answer_still_has_its_headers(scim: Scim, person: dict[str, Any]) -> None:
    """The ETag does not depend on what is shown."""
    answer = scim.get(f"/Users/{person['id']}", attributes="userName")
    assert answer.headers["ETag"] == person["meta"]["version"]


def test_c059_hidden_attributes_stay_hidden(scim: Scim) -> None:
    """RFC 7643 §7 returned: never means never."""
    user = scim.create("/Users", a_user("ada", password="x"))
    assert shown(scim.read(f"/Users/{user['id']}", attributes="password")) == {}


@pytest.mark.parametrize("name", ["attributes", "excludedAttributes"])
def test_c060_unknown_names_are_ignored(scim: Scim, person: dict[str, Any], name: str) -> None:
    """RFC 7644 §3.9 leaves it open; a client may name what another server has."""
    found = scim.read(f"/Users/{person['id']}", **{name: "shoeSize,urn:example:x:y,name.clan,title"})
    if name == "attributes":
        assert shown(found)["title"] == "Countess"
        assert found.keys() <= {"schemas", "id", "title", "name"}
    else:
        assert found == {key: value for key, value in person.items() if key != "title"}


def test_c061_both_lists_together_are_refused(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 7644 §3.9: they exclude each other."""
    answer = scim.get(f"/Users/{person['id']}", attributes="userName", excludedAttributes="name")
    assert refusal(answer) == (400, "invalidValue")
    assert refusal(scim.get("/Users", attributes="userName", excludedAttributes="name")) == (400, "invalidValue")


def test_empty_lists_of_names_mean_nothing(scim: Scim, person: dict[str, Any]) -> None:
    """``attributes=`` is what some clients send when they want everything."""
    assert scim.read(f"/Users/{person['id']}", attributes="") == person
    assert scim.read(f"/Users/{person['id']}", attributes="", excludedAttributes="title").get("title") is None


def test_unknown_query_parameters_are_ignored(scim: Scim, person: dict[str, Any]) -> None:
    """Entra's tenant URL carries a flag that arrives with every request."""
    assert scim.read(f"/Users/{person['id']}", aadOptscim062020="") == person
    assert scim.read("/Users", aadOptscim062020="x", cache="1")["totalResults"] == 1


def test_members_can_be_left_out(scim: Scim, person: dict[str, Any]) -> None:
    """Entra always reads groups without their members."""
    group = scim.create("/Groups", a_group("Staff", [person["id"]]))
    expected = {name: value for name, value in group.items() if name != "members"}
    assert scim.read(f"/Groups/{group['id']}", excludedAttributes="members") == expected
    assert scim.read("/Groups", excludedAttributes="Members")["Resources"] == [expected]
    assert shown(scim.read(f"/Groups/{group['id']}", attributes="members.value")) == {
        "members": [{"value": person["id"]}]
    }


def test_head_answers_as_get_without_a_body(scim: Scim, person: dict[str, Any]) -> None:
    """RFC 9110 §9.3.2."""
    answer = scim.request("HEAD", f"/Users/{person['id']}")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == person["meta"]["version"]


def test_addresses_may_end_with_a_slash(scim: Scim, person: dict[str, Any]) -> None:
    """Entra's own collection asks for ``/Users/?filter=…``, with a plus for a space."""
    assert scim.read("/Users/")["Resources"] == [person]
    answer = scim.request("GET", "/Users/?filter=userName+eq+%22ada%22")
    assert answer.json["Resources"] == [person]
    assert scim.read(f"/Users/{person['id']}/") == person
    made = scim.post("/Users/", a_user("slash"))
    assert (made.status_code, made.json["userName"]) == (201, "slash")


def test_the_host_of_the_request_does_not_get_into_addresses(scim: Scim, person: dict[str, Any]) -> None:
    """Behind a proxy the inner host is nobody's business: addresses start with the public one."""
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    answer = scim.request("GET", f"/Users/{person['id']}", headers=headers)
    assert answer.json["meta"]["location"] == person["meta"]["location"]
    made = scim.post("/Users", a_user(), headers=headers)
    assert "evil" not in made.text + made.headers["Location"]
