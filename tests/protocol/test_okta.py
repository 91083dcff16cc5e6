"""Okta: recorded requests of its catalogue apps and of apps made with its wizard, in the order it sends them.

Okta imports by pages, matches by userName, creates, replaces with what it read, deactivates by PATCH without
path (or by PUT), and pushes groups. Its published specification and CRUD tests are here step by step.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from app.db import Database
from tests.builders import Customer, a_customer, a_group, a_patch, a_user
from tests.protocol.conftest import Scim, refusal

NAME = "test.user@okta.local"


@pytest.fixture
def customer(database: Database) -> Customer:
    """An account whose directory is an Okta app."""
    return a_customer(database, preset="okta")


@pytest.fixture
def user(scim: Scim) -> dict[str, Any]:
    """A user as Okta makes it."""
    answer = scim.replay("okta/create_user")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def members(scim: Scim, group: str) -> set[str]:
    return {member["value"] for member in scim.read(f"/Groups/{group}").get("members", [])}


def test_create_answers_the_whole_user(scim: Scim, user: dict[str, Any]) -> None:
    """An empty body is an error for Okta ("returned empty user"); the password is taken and never shown."""
    assert user["id"]
    assert user["userName"] == NAME
    assert user["name"] == {"givenName": "Test", "familyName": "User"}
    assert user["emails"] == [{"primary": True, "value": NAME, "type": "work"}]
    assert (user["displayName"], user["locale"], user["active"]) == ("Test User", "en-US", True)
    assert user["externalId"] == "00ujl29u0le5T6Aj10h7"
    assert user.get("groups", []) == []
    assert "password" not in user
    assert scim.read(f"/Users/{user['id']}") == user


def test_create_of_an_existing_user_is_409(scim: Scim, user: dict[str, Any]) -> None:
    """Okta shows the error and does not try another name."""
    assert refusal(scim.replay("okta/create_user")) == (409, "uniqueness")
    assert scim.read("/Users")["Resources"] == [user]


def test_match_finds_nobody_or_the_one(scim: Scim) -> None:
    """200 with an empty list when nobody has the name, else exactly that user, deactivated or not."""
    empty = scim.replay("okta/match_user")
    assert (empty.status_code, empty.json["totalResults"], empty.json.get("Resources", [])) == (200, 0, [])
    scim.create("/Users", a_user("someone.else@okta.local"))
    user = scim.replay("okta/create_user").json
    assert scim.replay("okta/match_user").json["Resources"] == [user]
    gone = scim.replay("okta/deactivate", id=user["id"])
    assert scim.replay("okta/match_user").json["Resources"] == [gone.json]


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_import_pages_through_everything_once(scim: Scim, kind: str) -> None:
    """startIndex moves by count until totalResults; numbers are integers; the order is the same for every page."""
    made = {scim.create(f"/{kind}", a_user() if kind == "Users" else a_group())["id"] for _ in range(23)}
    seen: list[str] = []
    start = 1
    while True:
        answer = scim.replay("okta/import_page", kind=kind, start=str(start), count="10")
        assert answer.status_code == 200
        page = answer.json
        assert (page["totalResults"], page["startIndex"]) == (23, start)
        assert all(type(page[name]) is int for name in ("totalResults", "startIndex", "itemsPerPage"))
        seen += [one["id"] for one in page["Resources"]]
        start += 10
        if start > page["totalResults"]:
            break
    assert len(seen) == 23
    assert set(seen) == made


def test_update_puts_back_what_it_read(scim: Scim, user: dict[str, Any]) -> None:
    """id, meta, groups and empty texts come along; the change is made, the rest is no obstacle."""
    group = scim.create("/Groups", a_group("Staff", [user["id"]]))["id"]
    answer = scim.replay("okta/put_user", id=user["id"], group=group)
    assert answer.status_code == 200
    changed = answer.json
    assert changed["name"] == {"givenName": "Another", "familyName": "User"}
    assert changed["displayName"] == "Another User"
    assert "title" not in changed
    assert changed["id"] == user["id"]
    assert changed["meta"]["created"] == user["meta"]["created"]
    assert changed["meta"]["location"] == user["meta"]["location"]
    assert [entry["value"] for entry in changed["groups"]] == [group]
    assert scim.read(f"/Users/{user['id']}") == changed
    assert members(scim, group) == {user["id"]}


def test_deactivate_and_reactivate_without_path(scim: Scim, user: dict[str, Any]) -> None:
    """``active`` is echoed, the user stays readable and can be matched; the same id comes back."""
    off = scim.replay("okta/deactivate", id=user["id"])
    assert (off.status_code, off.json["active"]) == (200, False)
    assert scim.read(f"/Users/{user['id']}")["active"] is False
    assert scim.read("/Users", filter=f'userName eq "{NAME}"')["Resources"][0]["id"] == user["id"]
    on = scim.replay("okta/reactivate", id=user["id"])
    assert (on.status_code, on.json["active"]) == (200, True)
    rest = {name: value for name, value in on.json.items() if name != "meta"}
    assert rest == {name: value for name, value in user.items() if name != "meta"}


def test_password_sync_is_accepted_and_shows_nothing(scim: Scim, user: dict[str, Any]) -> None:
    """Okta sends passwords also where nobody wants them."""
    answer = scim.replay("okta/password", id=user["id"])
    assert (answer.status_code, answer.json) == (200, user)
    assert "6aD-new-one" not in answer.text


def test_wizard_apps_deactivate_by_put(scim: Scim, user: dict[str, Any]) -> None:
    """An app made with the wizard sends the whole user instead of a PATCH."""
    off = scim.replay("okta/put_deactivate", id=user["id"], active=False)
    assert (off.status_code, off.json["active"]) == (200, False)
    assert scim.read(f"/Users/{user['id']}")["active"] is False
    on = scim.replay("okta/put_deactivate", id=user["id"], active=True)
    assert (on.status_code, on.json["active"]) == (200, True)
    assert on.json["name"] == user["name"]


def test_group_push_creates_finds_renames_and_deletes(scim: Scim) -> None:
    """The rename repeats the group's own id, which is no attempt to change it."""
    assert scim.replay("okta/match_group").json["totalResults"] == 0
    made = scim.replay("okta/create_group")
    assert made.status_code == 201
    group = made.json
    assert (group["displayName"], group.get("members", [])) == ("Test SCIMv2", [])
    assert scim.replay("okta/match_group").json["Resources"] == [group]
    renamed = scim.replay("okta/rename_group", id=group["id"])
    assert renamed.status_code in (200, 204)
    assert scim.read(f"/Groups/{group['id']}")["displayName"] == "Test SCIMv2 renamed"
    assert scim.delete(f"/Groups/{group['id']}").status_code == 204
    assert refusal(scim.get(f"/Groups/{group['id']}")) == (404, None)


def test_rename_with_another_groups_id_is_refused(scim: Scim) -> None:
    """Only an unchanged id is harmless."""
    group, other = scim.replay("okta/create_group").json, scim.create("/Groups", a_group("Other"))
    body = a_patch({"op": "replace", "value": {"id": other["id"], "displayName": "Mixed up"}})
    assert refusal(scim.patch(f"/Groups/{group['id']}", body)) == (400, "mutability")
    assert scim.read(f"/Groups/{group['id']}") == group


def test_membership_comes_several_operations_at_once(scim: Scim) -> None:
    """A removal by filter and an addition; members have neither type nor $ref."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    group = scim.create("/Groups", a_group("Staff", [one, two]))["id"]
    answer = scim.replay("okta/members", id=group, gone=one, new=three)
    assert answer.status_code in (200, 204)
    assert members(scim, group) == {two, three}
    assert "groups" not in scim.read(f"/Users/{one}")
    assert [entry["value"] for entry in scim.read(f"/Users/{three}")["groups"]] == [group]


def test_push_now_replaces_the_members(scim: Scim) -> None:
    """The list is the list; an empty one clears and is no error."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    group = scim.create("/Groups", a_group("Staff", [three]))["id"]
    assert scim.replay("okta/push_now", id=group, one=one, two=two).status_code in (200, 204)
    assert members(scim, group) == {one, two}
    assert scim.replay("okta/push_now_empty", id=group).status_code in (200, 204)
    assert members(scim, group) == set()
    assert scim.replay("okta/push_now_empty", id=group).status_code in (200, 204)


def test_wizard_apps_push_groups_by_put(scim: Scim) -> None:
    """The whole member list each time."""
    one, two, three = (scim.create("/Users", a_user())["id"] for _ in range(3))
    group = scim.create("/Groups", a_group("Test SCIMv2", [three]))["id"]
    answer = scim.replay("okta/put_group", id=group, one=one, two=two)
    assert answer.status_code == 200
    assert members(scim, group) == {one, two}


def test_a_user_deleted_by_hand_is_404_everywhere(scim: Scim, user: dict[str, Any]) -> None:
    """Okta never deletes users itself; when somebody else did, it gets 404 with an error body."""
    scim.delete(f"/Users/{user['id']}")
    for answer in (
        scim.get(f"/Users/{user['id']}"),
        scim.replay("okta/deactivate", id=user["id"]),
        scim.replay("okta/put_deactivate", id=user["id"], active=False),
    ):
        assert refusal(answer) == (404, None)
    assert scim.replay("okta/create_user").status_code == 201


def test_published_specification_sequence(app: Flask, scim: Scim, user: dict[str, Any]) -> None:
    """Okta's twelve specification tests, one after the other, in one directory."""
    # 1: the directory has a user, and a list shows its required parts
    first = scim.request("GET", "/Users?count=1&startIndex=1")
    assert first.status_code == 200
    page = first.json
    assert page["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert type(page["itemsPerPage"]) is int
    assert type(page["startIndex"]) is int
    assert type(page["totalResults"]) is int
    shown = page["Resources"][0]
    assert shown["id"]
    assert shown["name"]["familyName"]
    assert shown["name"]["givenName"]
    assert shown["userName"]
    assert shown["active"] is True
    assert shown["emails"][0]["value"]
    # 2: that user by id
    again = scim.read(f"/Users/{shown['id']}")
    assert again == shown == user
    # 3: a filter for nobody
    nobody = scim.read("/Users", filter='userName eq "abcdefgh@atko.com"')
    assert (nobody["totalResults"], nobody.get("Resources", [])) == (0, [])
    # 4: an unknown id
    unknown = scim.get("/Users/00919288221112222")
    assert refusal(unknown) == (404, None)
    assert unknown.json["detail"]
    # 5: a random name is not there
    name = f"runscope{uuid4().hex[:8]}@atko.com"
    assert scim.read("/Users", filter=f'userName eq "{name}"')["totalResults"] == 0
    # 6: create with plain JSON as media type
    made = scim.replay("okta/create_user_plain_json", user_name=name, given="Runscope", family="Test")
    assert made.status_code == 201
    assert made.json["active"] is True
    assert made.json["name"] == {"givenName": "Runscope", "familyName": "Test"}
    assert made.json["userName"] == name
    assert "urn:ietf:params:scim:schemas:core:2.0:User" in made.json["schemas"]
    # 7: read it
    assert scim.read(f"/Users/{made.json['id']}") == made.json
    # 8: the same again
    again = scim.replay("okta/create_user_plain_json", user_name=name, given="Runscope", family="Test")
    assert refusal(again) == (409, "uniqueness")
    # 9: the name in capitals
    assert scim.read("/Users", filter=f'userName eq "{name.upper()}"')["Resources"] == [made.json]
    # 10: groups, quickly
    took = []
    for _ in range(5):
        began = time.perf_counter()
        groups = scim.get("/Groups")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.6
    assert groups.status_code == 200
    assert isinstance(groups.json["Resources"], list)
    # 11: no token
    stranger = app.test_client().get("/scim/v2/Groups", headers={"Authorization": "non-token"})
    assert refusal(stranger) == (401, None)
    assert stranger.json["status"] == "401"
    # 12: the 404 body again
    assert scim.get("/Users/00919288221112222").json["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_published_crud_sequence(scim: Scim) -> None:
    """Assign, change the first name, deactivate, reactivate, take the assignment away."""

    def state() -> tuple[str, bool]:
        found = scim.replay("okta/match_user").json["Resources"]
        assert len(found) == 1
        return found[0]["name"]["givenName"], found[0]["active"]

    assert scim.replay("okta/match_user").json["totalResults"] == 0
    user = scim.replay("okta/create_user").json["id"]
    assert state() == ("Test", True)
    group = scim.create("/Groups", a_group("Everyone", [user]))["id"]
    assert scim.replay("okta/put_user", id=user, group=group).status_code == 200
    assert state() == ("Another", True)
    assert scim.replay("okta/deactivate", id=user).json["active"] is False
    assert state() == ("Another", False)
    assert scim.replay("okta/reactivate", id=user).json["active"] is True
    assert state() == ("Another", True)
    assert scim.replay("okta/deactivate", id=user).json["active"] is False
    assert state() == ("Another", False)
    assert scim.read(f"/Users/{user}")["id"] == user
