"""Versions (RFC 7644 §3.14, RFC 9110 §13): requirements 161 to 163."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.builders import a_group, a_patch, a_user
from tests.protocol.conftest import Scim, refusal


def change(scim: Scim, verb: str, at: str, condition: str, header: str = "If-Match") -> TestResponse:
    """A change of a user, on a condition."""
    headers = {header: condition}
    match verb:
        case "PUT":
            return scim.put(at, a_user("ada", title="new"), headers=headers)
        case "PATCH":
            return scim.patch(at, a_patch({"op": "replace", "path": "title", "value": "new"}), headers=headers)
    return scim.delete(at, headers=headers)


def test_c161_versions_are_weak_and_move_with_each_change(scim: Scim) -> None:
    """RFC 7643 §3.1 meta.version: a weak ETag, another one after each change and the same without one."""
    user = scim.create("/Users", a_user("ada"))
    at = f"/Users/{user['id']}"
    seen = [user["meta"]["version"]]
    assert seen[0].startswith('W/"')
    seen.append(scim.patch(at, a_patch({"op": "add", "path": "title", "value": "x"})).headers["ETag"])
    seen.append(scim.put(at, a_user("ada", title="y")).headers["ETag"])
    seen.append(scim.patch(at, a_patch({"op": "remove", "path": "title"})).headers["ETag"])
    assert len(set(seen)) == 4
    assert scim.get(at).headers["ETag"] == seen[-1]
    assert scim.get(at).headers["ETag"] == seen[-1]


def test_c161_a_change_that_changes_nothing_keeps_the_version(scim: Scim) -> None:
    """RFC 7644 §3.5.2.1: an add of what is there moves neither version nor time."""
    user = scim.create("/Users", a_user("ada", title="x"))
    at = f"/Users/{user['id']}"
    for operation in ({"op": "add", "path": "title", "value": "x"}, {"op": "replace", "value": {"title": "x"}}):
        assert scim.patch(at, a_patch(operation)).json == user
    assert scim.patch(at, a_patch({"op": "remove", "path": "nickName"})).json == user
    assert scim.read(at) == user


def test_c161_membership_moves_the_groups_version(scim: Scim) -> None:
    """A group is another one when its members are."""
    user, group = scim.create("/Users", a_user()), scim.create("/Groups", a_group())
    at = f"/Groups/{group['id']}"
    versions = [group["meta"]["version"]]
    member = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    scim.patch(at, a_patch(member))
    versions.append(scim.get(at).headers["ETag"])
    scim.patch(at, a_patch(member))
    assert scim.get(at).headers["ETag"] == versions[-1]
    scim.patch(at, a_patch({"op": "remove", "path": f'members[value eq "{user["id"]}"]'}))
    versions.append(scim.get(at).headers["ETag"])
    assert len(set(versions)) == 3


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("stale", ['W/"0"', 'W/"99"', '"nothing"', 'W/"0", W/"99"', "garbage", 'W/"1x"'])
def test_c162_a_stale_version_is_412_without_effect(scim: Scim, verb: str, stale: str) -> None:
    """RFC 7644 §3.14, RFC 9110 §13.1.1: precondition failed."""
    user = scim.create("/Users", a_user("ada", title="old"))
    at = f"/Users/{user['id']}"
    assert refusal(change(scim, verb, at, stale)) == (412, None)
    assert scim.read(at) == user


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("form", ["{tag}", "{strong}", 'W/"other", {tag}'])
def test_c162_the_present_version_lets_the_change_pass(scim: Scim, verb: str, form: str) -> None:
    """RFC 7644 §3.14: weak tags are all we give, so they are what a client can send."""
    user = scim.create("/Users", a_user("ada", title="old"))
    tag = user["meta"]["version"]
    at = f"/Users/{user['id']}"
    answer = change(scim, verb, at, form.format(tag=tag, strong=tag.removeprefix("W/")))
    assert answer.status_code == (204 if verb == "DELETE" else 200)
    if verb == "DELETE":
        assert refusal(scim.get(at)) == (404, None)
    else:
        assert scim.read(at)["title"] == "new"


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("excluded", ["*", "{tag}", 'W/"other", {tag}'])
def test_c162_an_excluded_version_is_412_without_effect(scim: Scim, verb: str, excluded: str) -> None:
    """RFC 9110 §13.1.2: If-None-Match, on what changes something, means that it must not be done."""
    user = scim.create("/Users", a_user("ada", title="old"))
    at = f"/Users/{user['id']}"
    condition = excluded.format(tag=user["meta"]["version"])
    assert refusal(change(scim, verb, at, condition, "If-None-Match")) == (412, None)
    assert scim.read(at) == user
    assert change(scim, verb, at, 'W/"other"', "If-None-Match").status_code in (200, 204)


def test_c162_the_second_of_two_writers_is_told(scim: Scim) -> None:
    """RFC 7644 §3.14: the lost update that versions are for."""
    user = scim.create("/Users", a_user("ada"))
    at, tag = f"/Users/{user['id']}", user["meta"]["version"]
    first = scim.patch(at, a_patch({"op": "add", "path": "title", "value": "first"}), headers={"If-Match": tag})
    second = scim.patch(at, a_patch({"op": "add", "path": "title", "value": "second"}), headers={"If-Match": tag})
    assert first.status_code == 200
    assert refusal(second) == (412, None)
    assert scim.read(at)["title"] == "first"


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_c162_groups_too(scim: Scim, verb: str) -> None:
    """A stale group is neither renamed, emptied nor deleted."""
    user = scim.create("/Users", a_user())
    group = scim.create("/Groups", a_group("Staff", [user["id"]]))
    at, headers = f"/Groups/{group['id']}", {"If-Match": 'W/"99"'}
    answers: dict[str, Any] = {
        "PUT": lambda: scim.put(at, a_group("Crew"), headers=headers),
        "PATCH": lambda: scim.patch(at, a_patch({"op": "remove", "path": "members"}), headers=headers),
        "DELETE": lambda: scim.delete(at, headers=headers),
    }
    assert refusal(answers[verb]()) == (412, None)
    assert scim.read(at) == group


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_c162_a_condition_holds_for_reading_too(scim: Scim, verb: str) -> None:
    """RFC 9110 §13.1.1, §13.2.2: If-Match on GET and HEAD, before If-None-Match; what is not there stays 404."""
    user = scim.create("/Users", a_user("ada"))
    at, tag = f"/Users/{user['id']}", user["meta"]["version"]

    def status(**conditions: str) -> int:
        headers = {name.replace("_", "-"): value for name, value in conditions.items()}
        return scim.request(verb, at, headers=headers).status_code

    for condition in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        assert status(If_Match=condition) == 200
        assert status(If_Match=condition, If_None_Match=tag) == 304
        assert status(If_Match=condition, If_None_Match='"other"') == 200
    for stale in ('W/"99"', '"other"', '"*"'):
        assert status(If_Match=stale) == status(If_Match=stale, If_None_Match=tag) == 412
    assert refusal(scim.request("GET", at, headers={"If-Match": 'W/"99"'})) == (412, None)
    gone = scim.request(verb, "/Users/00000000-0000-4000-8000-000000000000", headers={"If-Match": tag})
    assert gone.status_code == 404


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("stars", ['"*"', 'W/"*"', '*, "other"', '"other", *'])
def test_c163_a_star_counts_alone_and_unquoted(scim: Scim, verb: str, stars: str) -> None:
    """RFC 9110 §13.1.1, §13.1.2: a quoted star is a tag like others, and no version is called so."""
    user = scim.create("/Users", a_user("ada"))
    at = f"/Users/{user['id']}"
    assert refusal(change(scim, verb, at, stars)) == (412, None)
    assert scim.request("GET", at, headers={"If-None-Match": stars}).json == user
    assert scim.request("GET", at, headers={"If-None-Match": " * "}).status_code == 304
    assert change(scim, verb, at, stars, "If-None-Match").status_code in (200, 204)


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_c163_a_star_fits_any_version(scim: Scim, verb: str) -> None:
    """RFC 9110 §13.1.1: ``If-Match: *`` asks only that the resource is there."""
    user = scim.create("/Users", a_user("ada"))
    answer = change(scim, verb, f"/Users/{user['id']}", "*")
    assert answer.status_code == (204 if verb == "DELETE" else 200)


@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE"])
def test_c163_a_condition_on_nothing_fails(scim: Scim, verb: str) -> None:
    """An unknown id stays 404 (or fails the condition), whatever is asked."""
    answer = change(scim, verb, "/Users/00000000-0000-4000-8000-000000000000", "*")
    assert refusal(answer)[0] in (404, 412)
