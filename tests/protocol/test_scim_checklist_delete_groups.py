"""Deleting, and what groups are made of (RFC 7644 §3.6, RFC 7643 §4.1.2, §4.2): requirements 155 to 160 and 181."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.builders import ENTERPRISE, Customer, a_group, a_patch, a_user
from tests.protocol.conftest import PUBLIC_URL, Scim, refusal

UNKNOWN = "00000000-0000-4000-8000-000000000000"
BASE = f"{PUBLIC_URL}/scim/v2"


def members_of(scim: Scim, group_id: str) -> set[str]:
    return {member["value"] for member in scim.read(f"/Groups/{group_id}").get("members", [])}


def groups_of(scim: Scim, user_id: str) -> dict[str, str]:
    """Group id → direct or indirect."""
    return {group["value"]: group["type"] for group in scim.read(f"/Users/{user_id}").get("groups", [])}


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_c155_a_deleted_resource_is_gone(scim: Scim, path: str) -> None:
    """RFC 7644 §3.6: 204 without a body, 404 for every method after that, and in no search."""
    body = a_user("ada") if path == "/Users" else a_group("ada")
    made = scim.create(path, body)
    at = f"{path}/{made['id']}"
    answer = scim.delete(at)
    assert (answer.status_code, answer.data) == (204, b"")
    assert refusal(scim.get(at)) == (404, None)
    assert refusal(scim.put(at, body)) == (404, None)
    assert refusal(scim.patch(at, a_patch({"op": "replace", "path": "displayName", "value": "x"}))) == (404, None)
    assert refusal(scim.delete(at)) == (404, None)
    assert scim.read(path)["totalResults"] == 0
    assert scim.read(path, filter=f'id eq "{made["id"]}"')["totalResults"] == 0


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_c155_its_name_is_free_again(scim: Scim, path: str) -> None:
    """RFC 7644 §3.6: a new resource of the name is another one."""
    body = a_user("ada") if path == "/Users" else a_group("ada")
    first = scim.create(path, body)
    scim.delete(f"{path}/{first['id']}")
    second = scim.create(path, body)
    assert second["id"] != first["id"]


def test_c155_others_stay(scim: Scim) -> None:
    """Nothing else is deleted."""
    ada, bob = scim.create("/Users", a_user("ada")), scim.create("/Users", a_user("bob"))
    scim.delete(f"/Users/{ada['id']}")
    assert scim.read("/Users")["Resources"] == [bob]


def test_c156_a_deleted_user_leaves_its_groups(scim: Scim) -> None:
    """RFC 7643 §4.2: no group keeps a member that is not there; its version moves."""
    ada, bob = (scim.create("/Users", a_user())["id"] for _ in range(2))
    group = scim.create("/Groups", a_group("Staff", [ada, bob]))
    scim.delete(f"/Users/{ada}")
    after = scim.read(f"/Groups/{group['id']}")
    assert [member["value"] for member in after["members"]] == [bob]
    assert after["meta"]["version"] != group["meta"]["version"]
    assert scim.read("/Groups", filter=f'members eq "{ada}"')["totalResults"] == 0


def test_c156_a_deleted_group_leaves_its_parents_and_its_members(scim: Scim) -> None:
    """RFC 7643 §4.1.2, §4.2: neither the groups above nor the users below know it any more."""
    user = scim.create("/Users", a_user())["id"]
    inner = scim.create("/Groups", a_group("Inner", [user]))["id"]
    outer = scim.create("/Groups", a_group("Outer", [inner]))["id"]
    assert groups_of(scim, user) == {inner: "direct", outer: "indirect"}
    scim.delete(f"/Groups/{inner}")
    assert members_of(scim, outer) == set()
    assert groups_of(scim, user) == {}


def test_c156_a_manager_that_goes_leaves_no_dead_address(scim: Scim) -> None:
    """RFC 7643 §4.3: the reference stays as the directory sent it, no request fails because of it."""
    boss = scim.create("/Users", a_user())
    user = scim.create("/Users", a_user() | {ENTERPRISE: {"manager": {"value": boss["id"]}}})
    assert scim.delete(f"/Users/{boss['id']}").status_code == 204
    shown = scim.read(f"/Users/{user['id']}")
    assert shown.get(ENTERPRISE, {}).get("manager", {}).get("value", boss["id"]) == boss["id"]


def test_c157_a_users_groups_are_computed(scim: Scim) -> None:
    """RFC 7643 §4.1.2: value, $ref, display and type, following every change of the group."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff", [user]))["id"]
    entry = {"value": group, "$ref": f"{BASE}/Groups/{group}", "display": "Staff", "type": "direct"}
    assert scim.read(f"/Users/{user}")["groups"] == [entry]
    scim.patch(f"/Groups/{group}", a_patch({"op": "replace", "path": "displayName", "value": "Crew"}))
    assert scim.read(f"/Users/{user}")["groups"] == [entry | {"display": "Crew"}]
    scim.patch(f"/Groups/{group}", a_patch({"op": "remove", "path": f'members[value eq "{user}"]'}))
    assert "groups" not in scim.read(f"/Users/{user}")


def test_c157_groups_are_the_same_in_a_list(scim: Scim) -> None:
    """A page shows what a single read shows."""
    one, two = (scim.create("/Users", a_user())["id"] for _ in range(2))
    inner = scim.create("/Groups", a_group("Inner", [one]))["id"]
    scim.create("/Groups", a_group("Outer", [inner, two]))
    listed = {user["id"]: user for user in scim.read("/Users")["Resources"]}
    assert listed == {id: scim.read(f"/Users/{id}") for id in (one, two)}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "groups", "value": [{"value": "@group@"}]},
        {"op": "replace", "path": "groups", "value": []},
        {"op": "remove", "path": "groups"},
        {"op": "remove", "path": 'groups[value eq "@group@"]'},
        {"op": "replace", "path": "groups.display", "value": "x"},
    ],
    ids=str,
)
def test_c157_groups_cannot_be_changed_at_the_user(scim: Scim, operation: dict[str, Any]) -> None:
    """RFC 7643 §4.1.2: membership is changed through the group; the attempt is mutability."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff", [user]))["id"]
    filled = {
        name: value.replace("@group@", group) if isinstance(value, str) else value for name, value in operation.items()
    }
    assert refusal(scim.patch(f"/Users/{user}", a_patch(filled))) == (400, "mutability")
    assert members_of(scim, group) == {user}


def test_c158_groups_may_hold_groups(scim: Scim) -> None:
    """RFC 7643 §4.1.2, §4.2: three levels; direct where it is direct, indirect above."""
    user = scim.create("/Users", a_user())["id"]
    low = scim.create("/Groups", a_group("Low", [user]))["id"]
    mid = scim.create("/Groups", a_group("Mid", [low]))["id"]
    top = scim.create("/Groups", a_group("Top", [mid]))["id"]
    assert groups_of(scim, user) == {low: "direct", mid: "indirect", top: "indirect"}
    scim.patch(f"/Groups/{top}", a_patch({"op": "add", "path": "members", "value": [{"value": user}]}))
    assert groups_of(scim, user) == {low: "direct", mid: "indirect", top: "direct"}
    scim.patch(f"/Groups/{mid}", a_patch({"op": "remove", "path": f'members[value eq "{low}"]'}))
    assert groups_of(scim, user) == {low: "direct", top: "direct"}


def test_c158_circles_are_harmless(scim: Scim) -> None:
    """A directory may send groups that hold each other, or themselves; every request still ends."""
    user = scim.create("/Users", a_user())["id"]
    one = scim.create("/Groups", a_group("One", [user]))["id"]
    two = scim.create("/Groups", a_group("Two", [one]))["id"]
    for group, member in ((one, two), (one, one)):
        answer = scim.patch(f"/Groups/{group}", a_patch({"op": "add", "path": "members", "value": [{"value": member}]}))
        assert answer.status_code == 200
    assert members_of(scim, one) == {user, two, one}
    assert groups_of(scim, user) == {one: "direct", two: "indirect"}
    assert scim.read("/Users", filter=f'groups eq "{two}"')["totalResults"] == 1
    assert scim.delete(f"/Groups/{one}").status_code == 204
    assert groups_of(scim, user) == {}


def test_c159_members_carry_type_and_address(scim: Scim) -> None:
    """RFC 7643 §4.2: the client sends an id, the server knows what it is."""
    user = scim.create("/Users", a_user())["id"]
    inner = scim.create("/Groups", a_group())["id"]
    group = scim.create("/Groups", a_group("Outer", [user, inner]))
    shown = {member["value"]: member for member in group["members"]}
    assert shown[user]["type"] == "User"
    assert shown[user]["$ref"] == f"{BASE}/Users/{user}"
    assert shown[inner]["type"] == "Group"
    assert shown[inner]["$ref"] == f"{BASE}/Groups/{inner}"
    assert scim.read("/Groups", filter='displayName eq "Outer"')["Resources"] == [group]


def test_c159_what_a_client_says_about_a_member_besides_its_id_does_not_matter(scim: Scim) -> None:
    """Entra sends ``$ref: null``, Okta a display, others a wrong type."""
    user = scim.create("/Users", a_user())["id"]
    sent = [{"value": user, "$ref": None, "display": "Somebody", "type": "Group", "x": [1]}]
    group = scim.create("/Groups", a_group() | {"members": sent})
    assert [(member["value"], member["type"]) for member in group["members"]] == [(user, "User")]


@pytest.mark.parametrize("id", [UNKNOWN, "abc", "1", "x" * 400, "é", "' OR 1=1"])
@pytest.mark.parametrize("verb", ["POST", "PUT", "add", "replace"])
def test_c159_an_unknown_member_is_refused(scim: Scim, verb: str, id: str) -> None:
    """One rule for all ways: nobody becomes a member who is not in the directory; nothing else changes."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff", [user]))
    at = f"/Groups/{group['id']}"
    match verb:
        case "POST":
            answer = scim.post("/Groups", a_group("New", [id]))
        case "PUT":
            answer = scim.put(at, a_group("Staff", [user, id]))
        case _:
            answer = scim.patch(at, a_patch({"op": verb, "path": "members", "value": [{"value": user}, {"value": id}]}))
    assert refusal(answer) == (400, "invalidValue")
    assert scim.read(at) == group
    assert scim.read("/Groups")["totalResults"] == 1


@pytest.mark.parametrize("id", [UNKNOWN, "abc", "x" * 400])
def test_c159_removing_an_unknown_member_changes_nothing(scim: Scim, id: str) -> None:
    """Removing who is not there is done already."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff", [user]))
    at = f"/Groups/{group['id']}"
    for operation in (
        {"op": "remove", "path": f'members[value eq "{id}"]'},
        {"op": "remove", "path": "members", "value": [{"value": id}]},
    ):
        answer = scim.patch(at, a_patch(operation))
        assert (answer.status_code, answer.json) == (200, group)


def test_c160_a_member_stands_once(scim: Scim) -> None:
    """RFC 7643 §2.4: unique by value, however often it is sent and in whatever form."""
    user = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Staff", [user, user]))
    at = f"/Groups/{group['id']}"
    assert len(group["members"]) == 1
    again = {"op": "add", "path": "members", "value": [{"value": user, "display": "again"}, {"value": user}]}
    assert scim.patch(at, a_patch(again)).json == group
    assert len(scim.put(at, a_group("Staff", [user] * 3)).json["members"]) == 1


def _parallel(app: Flask, customer: Customer, requests: list[Callable[[Scim], TestResponse]]) -> list[int]:
    """The statuses of requests sent at the same time, each by a client of its own; busy ones are sent again."""

    def send(one: Callable[[Scim], TestResponse]) -> int:
        client = Scim(app.test_client(), customer.token)
        for _ in range(20):
            answer = one(client)
            if answer.status_code != 503:
                return answer.status_code
            assert answer.headers["Retry-After"]
        return 503

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(send, requests))


def _edit(group: str, op: str, *users: str) -> Callable[[Scim], TestResponse]:
    if op == "remove":
        operation = {"op": "remove", "path": f'members[value eq "{users[0]}"]'}
    else:
        operation = {"op": op, "path": "members", "value": [{"value": user} for user in users]}
    return lambda scim: scim.patch(f"/Groups/{group}", a_patch(operation))


def test_c181_parallel_additions_lose_nobody(app: Flask, customer: Customer, scim: Scim) -> None:
    """Directories push memberships side by side; each one counts."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(24)]
    group = scim.create("/Groups", a_group())["id"]
    assert set(_parallel(app, customer, [_edit(group, "add", user) for user in users])) == {200}
    assert members_of(scim, group) == set(users)
    assert all(groups_of(scim, user) == {group: "direct"} for user in users[:3])


def test_c181_parallel_additions_and_removals_all_count(app: Flask, customer: Customer, scim: Scim) -> None:
    """Half come, half go, at the same time."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(24)]
    staying, leaving, coming = users[:4], users[4:14], users[14:]
    group = scim.create("/Groups", a_group("Staff", staying + leaving))["id"]
    edits = [_edit(group, "remove", user) for user in leaving] + [_edit(group, "add", user) for user in coming]
    edits[::2], edits[1::2] = edits[: len(edits) // 2], edits[len(edits) // 2 :]
    assert set(_parallel(app, customer, edits)) == {200}
    assert members_of(scim, group) == set(staying + coming)


def test_c181_parallel_changes_of_several_groups_and_names(app: Flask, customer: Customer, scim: Scim) -> None:
    """A rename in between costs no member, and a member no name."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(12)]
    groups = [scim.create("/Groups", a_group())["id"] for _ in range(2)]
    edits: list[Callable[[Scim], TestResponse]] = []
    for number, user in enumerate(users):
        edits += [_edit(group, "add", user) for group in groups]
        if number % 4 == 0:
            rename = a_patch({"op": "replace", "value": {"displayName": f"Renamed {number}"}})
            edits.append(lambda client, rename=rename: client.patch(f"/Groups/{groups[0]}", rename))  # type: ignore[misc]
    assert set(_parallel(app, customer, edits)) == {200}
    assert members_of(scim, groups[0]) == members_of(scim, groups[1]) == set(users)
    assert scim.read(f"/Groups/{groups[0]}")["displayName"].startswith("Renamed ")


def test_c181_parallel_changes_of_one_users_attributes_are_all_kept(app: Flask, customer: Customer, scim: Scim) -> None:
    """Without If-Match each PATCH is applied to what is there at its turn."""
    user = scim.create("/Users", a_user())["id"]
    names = ["title", "nickName", "displayName", "userType", "locale", "timezone", "preferredLanguage", "externalId"]
    edits: list[Callable[[Scim], TestResponse]] = [
        lambda client, name=name: client.patch(f"/Users/{user}", a_patch({"op": "add", "path": name, "value": name}))  # type: ignore[misc]
        for name in names
    ]
    assert set(_parallel(app, customer, edits)) == {200}
    shown = scim.read(f"/Users/{user}")
    assert {name: shown.get(name) for name in names} == {name: name for name in names}


def test_c181_of_parallel_conditional_changes_one_wins(app: Flask, customer: Customer, scim: Scim) -> None:
    """RFC 7644 §3.14: with If-Match on one version, exactly one gets through."""
    user = scim.create("/Users", a_user())
    at, tag = f"/Users/{user['id']}", {"If-Match": user["meta"]["version"]}
    edits: list[Callable[[Scim], TestResponse]] = [
        lambda client, number=number: client.patch(  # type: ignore[misc]
            at, a_patch({"op": "add", "path": "title", "value": str(number)}), headers=tag
        )
        for number in range(10)
    ]
    assert sorted(_parallel(app, customer, edits)) == [200] + [412] * 9


def test_c181_deleting_and_adding_at_once_leaves_no_ghost(app: Flask, customer: Customer, scim: Scim) -> None:
    """A member that is deleted while it is added is either refused or removed, never half there."""
    users = [scim.create("/Users", a_user())["id"] for _ in range(8)]
    group = scim.create("/Groups", a_group())["id"]
    edits: list[Callable[[Scim], TestResponse]] = []
    for user in users:
        edits.append(_edit(group, "add", user))
        edits.append(lambda client, user=user: client.delete(f"/Users/{user}"))  # type: ignore[misc]
    assert set(_parallel(app, customer, edits)) <= {200, 204, 400}
    assert members_of(scim, group) == set()
    assert scim.read("/Users")["totalResults"] == 0
