"""Versions: ``ETag``, ``If-None-Match`` and ``If-Match`` on every kind of resource (RFC 9110 §8.8, §13.1)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.protocol.api_client import Api, problem

STALE = '"00000000000000000000000000000000"'

RESOURCES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "user": ("/users", {"user_name": "ana@acme.example"}, {"display_name": "Ana"}),
    "group": ("/groups", {"display_name": "Editors"}, {"display_name": "Writers"}),
    "unit": ("/business-units", {"key": "emea", "name": "EMEA"}, {"name": "Europe"}),
    "role": ("/roles", {"name": "Reviewer"}, {"description": "Reads"}),
}


@pytest.mark.parametrize("kind", RESOURCES)
def test_what_is_known_is_not_sent_again(api: Api, kind: str) -> None:
    """``If-None-Match`` with the present tag: 304 without a body; with another one: the resource."""
    where, tag, _ = _made(api, kind)
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = api.request("GET", where, headers={"If-None-Match": header})
        assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", tag)
    assert api.request("GET", where, headers={"If-None-Match": STALE}).status_code == 200


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_change_of_what_has_changed_is_refused(api: Api, kind: str) -> None:
    """``If-Match`` with an old tag: 412 with the present one, and nothing is changed; with that one it is done."""
    where, tag, change = _made(api, kind)
    refused = api.patch(where, change, If_Match=STALE)
    assert problem(refused) == (412, "stale")
    assert refused.headers["ETag"] == tag == api.get(where).headers["ETag"]
    changed = api.patch(where, change, If_Match=tag)
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == api.get(where).headers["ETag"] != tag
    assert problem(api.patch(where, change, If_Match=tag)) == (412, "stale")
    assert problem(api.delete(where, If_Match=tag)) == (412, "stale")
    assert api.delete(where, If_Match=changed.headers["ETag"]).status_code == 204
    assert problem(api.get(where)) == (404, "not-found")


def test_any_version_is_good_for_a_star(api: Api) -> None:
    """``If-Match: *`` asks only that there is one."""
    where, _, change = _made(api, "group")
    assert api.patch(where, change, If_Match="*").status_code == 200
    assert problem(api.patch("/groups/nothing", change, If_Match="*")) == (404, "not-found")


def test_the_account_and_actions_have_versions_too(api: Api) -> None:
    """Settings, activation, members, permissions and homes are held against what shows them."""
    where, tag, _ = _made(api, "user")
    assert problem(api.patch("/account", {"finds_external_id": True}, If_Match=STALE)) == (412, "stale")
    known = api.get("/account").headers["ETag"]
    assert api.patch("/account", {"finds_external_id": True}, If_Match=known).status_code == 200
    off = api.post(f"{where}/deactivate", If_Match=tag)
    assert off.json["active"] is False
    assert problem(api.post(f"{where}/activate", If_Match=tag)) == (412, "stale")
    assert api.post(f"{where}/activate", If_Match=off.headers["ETag"]).json["active"] is True
    denies = {"entries": [{"permission": "campaigns", "effect": "deny"}]}
    assert problem(api.patch(f"{where}/permissions", denies, If_Match=STALE)) == (412, "stale")
    known = api.get(f"{where}/permissions").headers["ETag"]
    assert api.patch(f"{where}/permissions", denies, If_Match=known).status_code == 200
    assert problem(api.put(f"{where}/home", {"unit": "root"}, If_Match=STALE)) == (412, "stale")


def test_of_two_changes_of_one_version_one_is_refused(api: Api) -> None:
    """However close they are: the tag is compared where nobody else can change it any more."""
    where, tag, _ = _made(api, "unit")
    answers: list[TestResponse] = []
    start = threading.Barrier(4)

    def change(number: int) -> None:
        start.wait()
        answers.append(api.patch(where, {"name": f"Name {number}"}, If_Match=tag))

    threads = [threading.Thread(target=change, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


def _made(api: Api, kind: str) -> tuple[str, str, dict[str, Any]]:
    """Where a new one is, its tag, and a change of it."""
    path, body, change = RESOURCES[kind]
    where = f"{path}/{api.create(path, body)['id']}"
    return where, api.get(where).headers["ETag"], change
