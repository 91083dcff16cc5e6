"""Replacing resources with PUT (RFC 7644 §3.5.1): requirements 106 to 113."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.builders import CORE_GROUP, CORE_USER, ENTERPRISE, a_group, a_user
from tests.protocol.conftest import Scim, refusal
from tests.protocol.test_scim_checklist_create import FULL

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def facts(resource: dict[str, Any]) -> dict[str, Any]:
    """What a resource holds besides the server's own attributes."""
    return {name: value for name, value in resource.items() if name not in ("schemas", "id", "meta", "groups")}


def test_c106_put_answers_200_with_the_resource(scim: Scim) -> None:
    """RFC 7644 §3.5.1: 200, the new resource, its ETag and location."""
    user = scim.create("/Users", a_user("ada"))
    answer = scim.put(f"/Users/{user['id']}", a_user("ada", title="Countess"))
    assert answer.status_code == 200
    assert facts(answer.json) == {"userName": "ada", "active": True, "title": "Countess"}
    assert answer.json["id"] == user["id"]
    assert answer.headers["ETag"] == answer.json["meta"]["version"]
    assert answer.json["meta"]["location"] == user["meta"]["location"]


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("id", [UNKNOWN, "abc"])
def test_c106_put_never_creates(scim: Scim, path: str, id: str) -> None:
    """RFC 7644 §3.5.1: an unknown id is 404, and nothing is made."""
    body = a_user("new") if path == "/Users" else a_group("new")
    assert refusal(scim.put(f"{path}/{id}", body)) == (404, None)
    assert scim.read(path)["totalResults"] == 0


def test_c107_everything_is_replaced(scim: Scim) -> None:
    """RFC 7644 §3.5.1: what the body says is the resource; each attribute of the schemas."""
    user = scim.create("/Users", a_user("old", title="x", nickName="y"))
    answer = scim.put(f"/Users/{user['id']}", a_user("bjensen") | FULL)
    assert answer.status_code == 200
    assert facts(answer.json) == {"userName": "bjensen"} | FULL
    assert answer.json["schemas"] == [CORE_USER, ENTERPRISE]


def test_c107_what_is_left_out_is_cleared(scim: Scim) -> None:
    """RFC 7644 §3.5.1 leaves a choice; ours is to clear, so that PUT means "this is it now"."""
    user = scim.create("/Users", a_user("ada", active=False) | FULL | {"active": False})
    answer = scim.put(f"/Users/{user['id']}", a_user("ada"))
    assert facts(answer.json) == {"userName": "ada", "active": True}
    assert answer.json["schemas"] == [CORE_USER]
    assert scim.read("/Users", filter='emails.value eq "bjensen@example.com"')["totalResults"] == 0


@pytest.mark.parametrize("empty", [None, [], ""])
def test_c107_empty_values_clear(scim: Scim, empty: Any) -> None:
    """RFC 7643 §2.5: null and empty are like left out."""
    user = scim.create("/Users", a_user("ada", title="x", emails=[{"value": "a@b.example"}]))
    body = a_user("ada", title=None if empty == [] else empty, emails=[] if empty == "" else empty)
    assert facts(scim.put(f"/Users/{user['id']}", body).json) == {"userName": "ada", "active": True}


def test_c107_misspelled_attributes_are_ignored(scim: Scim) -> None:
    """Entra's collection: the answer is 200, and the correctly named attribute is cleared."""
    user = scim.create("/Users", a_user("ada", displayName="Ada"))
    answer = scim.put(f"/Users/{user['id']}", a_user("ada", displayNme="Ada"))
    assert (answer.status_code, facts(answer.json)) == (200, {"userName": "ada", "active": True})


def test_c107_the_members_of_a_group_are_replaced(scim: Scim) -> None:
    """RFC 7644 §3.5.1: the body's list is the list; without one the group is empty."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    group = scim.create("/Groups", a_group("Staff", [one, two]))
    at = f"/Groups/{group['id']}"
    answer = scim.put(at, a_group("Staff", [two, three]))
    assert {member["value"] for member in answer.json["members"]} == {two, three}
    assert "groups" not in scim.read(f"/Users/{one}")
    assert [entry["value"] for entry in scim.read(f"/Users/{three}")["groups"]] == [group["id"]]
    emptied = scim.put(at, a_group("Crew"))
    assert (emptied.json["displayName"], emptied.json.get("members")) == ("Crew", None)
    assert "groups" not in scim.read(f"/Users/{three}")


def test_c108_read_only_attributes_are_ignored(scim: Scim) -> None:
    """RFC 7644 §3.5.1: a client sends back what GET gave it, or anything else; nothing of it is taken."""
    user = scim.create("/Users", a_user("ada"))
    other = scim.create("/Users", a_user("bob"))
    group = scim.create("/Groups", a_group("Staff", [user["id"]]))
    body = a_user("ada", id=other["id"], groups=[], meta={"created": "2001-01-01T00:00:00Z", "version": 'W/"9"'})
    answer = scim.put(f"/Users/{user['id']}", body)
    assert answer.status_code == 200
    assert answer.json["id"] == user["id"]
    assert answer.json["meta"]["created"] == user["meta"]["created"]
    assert [entry["value"] for entry in answer.json["groups"]] == [group["id"]]
    assert scim.read(f"/Users/{other['id']}") == other


def test_c108_what_get_gave_can_be_put_back(scim: Scim) -> None:
    """Okta replaces with everything that it read, groups and meta included: nothing changes."""
    user = scim.create("/Users", a_user("bjensen") | FULL)
    scim.create("/Groups", a_group("Staff", [user["id"]]))
    before = scim.read(f"/Users/{user['id']}")
    answer = scim.put(f"/Users/{user['id']}", before)
    assert (answer.status_code, answer.json) == (200, before)


def test_c109_the_same_members_can_be_put_back(scim: Scim) -> None:
    """RFC 7644 §3.5.1: immutable values that are as they were are fine."""
    user = scim.create("/Users", a_user())
    group = scim.create("/Groups", a_group("Staff", [user["id"]]))
    answer = scim.put(f"/Groups/{group['id']}", group)
    assert (answer.status_code, answer.json) == (200, group)


@pytest.mark.parametrize("name", [None, "", "  ", 7, [], {}], ids=repr)
def test_c110_a_required_attribute_must_be_there(scim: Scim, name: Any) -> None:
    """RFC 7644 §3.5.1: 400, and the resource is as it was."""
    user = scim.create("/Users", a_user("ada", title="x"))
    group = scim.create("/Groups", a_group("Staff"))
    at, there = f"/Users/{user['id']}", f"/Groups/{group['id']}"
    assert refusal(scim.put(at, {"schemas": [CORE_USER], "userName": name})) == (400, "invalidValue")
    assert refusal(scim.put(at, {"schemas": [CORE_USER], "title": "y"})) == (400, "invalidValue")
    assert refusal(scim.put(there, {"schemas": [CORE_GROUP], "displayName": name})) == (400, "invalidValue")
    assert scim.read(at) == user
    assert scim.read(there) == group


@pytest.mark.parametrize("schemas", [None, [], [CORE_GROUP], "x"], ids=repr)
def test_c110_schemas_is_required(scim: Scim, schemas: Any) -> None:
    """RFC 7643 §3: as on create."""
    user = scim.create("/Users", a_user("ada"))
    assert refusal(scim.put(f"/Users/{user['id']}", a_user("ada") | {"schemas": schemas})) == (400, "invalidSyntax")


def test_c111_a_taken_name_is_refused(scim: Scim) -> None:
    """RFC 7644 §3.5.1: 409 uniqueness, for users and groups, compared without case."""
    scim.create("/Users", a_user("bob"))
    ada = scim.create("/Users", a_user("ada", title="x"))
    assert refusal(scim.put(f"/Users/{ada['id']}", a_user("BOB"))) == (409, "uniqueness")
    assert scim.read(f"/Users/{ada['id']}") == ada
    scim.create("/Groups", a_group("Staff"))
    crew = scim.create("/Groups", a_group("Crew"))
    assert refusal(scim.put(f"/Groups/{crew['id']}", a_group("staff"))) == (409, "uniqueness")
    assert scim.read(f"/Groups/{crew['id']}") == crew


def test_c111_the_own_name_in_another_case_is_allowed(scim: Scim) -> None:
    """A resource does not conflict with itself; the new spelling is kept."""
    user = scim.create("/Users", a_user("ada"))
    assert scim.put(f"/Users/{user['id']}", a_user("ADA")).json["userName"] == "ADA"
    group = scim.create("/Groups", a_group("Staff"))
    assert scim.put(f"/Groups/{group['id']}", a_group("STAFF")).json["displayName"] == "STAFF"


def test_c111_a_name_given_up_is_free(scim: Scim) -> None:
    """Another user may take it at once."""
    ada = scim.create("/Users", a_user("ada"))
    scim.put(f"/Users/{ada['id']}", a_user("lovelace"))
    assert scim.post("/Users", a_user("ada")).status_code == 201


@pytest.mark.parametrize("body", [a_user("ada"), a_user("bjensen") | FULL, a_user("x", active="False", title=" t ")])
def test_c112_the_answer_is_what_the_next_get_gives(scim: Scim, body: dict[str, Any]) -> None:
    """RFC 7644 §3.5.1: nothing is computed for the answer only."""
    user = scim.create("/Users", a_user("ada"))
    scim.create("/Groups", a_group("Staff", [user["id"]]))
    answer = scim.put(f"/Users/{user['id']}", body)
    again = scim.get(f"/Users/{user['id']}")
    assert answer.json == again.json
    assert answer.headers["ETag"] == again.headers["ETag"]


def test_c113_created_stays_and_last_modified_moves(scim: Scim) -> None:
    """RFC 7643 §3.1 meta: and the version is another one."""
    user = scim.create("/Users", a_user("ada"))
    meta = scim.put(f"/Users/{user['id']}", a_user("ada", title="x")).json["meta"]
    assert meta["created"] == user["meta"]["created"]
    assert datetime.fromisoformat(meta["lastModified"]) > datetime.fromisoformat(user["meta"]["lastModified"])
    assert meta["version"] != user["meta"]["version"]


def test_replacing_is_idempotent(scim: Scim) -> None:
    """RFC 9110 §9.2.2: twice is like once."""
    user = scim.create("/Users", a_user("ada"))
    first = scim.put(f"/Users/{user['id']}", a_user("bjensen") | FULL).json
    second = scim.put(f"/Users/{user['id']}", a_user("bjensen") | FULL).json
    assert facts(first) == facts(second)
    assert first["meta"]["created"] == second["meta"]["created"]


def test_an_unknown_member_in_a_put_changes_nothing(scim: Scim) -> None:
    """All or nothing: not even the name."""
    user = scim.create("/Users", a_user())
    group = scim.create("/Groups", a_group("Staff", [user["id"]]))
    answer = scim.put(f"/Groups/{group['id']}", a_group("Crew", [UNKNOWN]))
    assert refusal(answer) == (400, "invalidValue")
    assert scim.read(f"/Groups/{group['id']}") == group
