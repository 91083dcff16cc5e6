"""Writers in several processes who want the same things in different orders: all are answered, nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.builders import a_group, a_patch, a_user
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
WRITERS = 6


def made(server: Server, path: str, body: dict[str, Any]) -> str:
    """The id of a new resource."""
    answer = server.scim("POST", path, body)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """What each of the writers returns."""
    with ThreadPoolExecutor(WRITERS) as writers:
        return [*writers.map(work, range(WRITERS))]


def member_ids(server: Server, group: str) -> set[str]:
    """Who is in a group; nobody twice."""
    members = [member["value"] for member in server.scim("GET", f"/Groups/{group}").json().get("members", [])]
    assert len(members) == len(set(members))
    return set(members)


def adding(group: str, user: str) -> dict[str, Any]:
    """The operation of a bulk that puts a user into a group."""
    add = {"op": "add", "path": "members", "value": [{"value": user}]}
    return {"method": "PATCH", "path": f"/Groups/{group}", "data": a_patch(add)}


def test_bulks_that_cross_all_succeed(server: Server) -> None:
    """Each adds its own person to the same groups, in an order of its own."""
    groups = [made(server, "/Groups", a_group()) for _ in range(5)]
    rounds = 4
    users = [[made(server, "/Users", a_user()) for _ in range(rounds)] for _ in range(WRITERS)]

    def write(writer: int) -> list[tuple[int, set[str]]]:
        dice, answers = random.Random(writer), []
        for user in users[writer]:
            order = dice.sample(groups, len(groups))
            body = {"schemas": [BULK], "Operations": [adding(group, user) for group in order]}
            answer = server.scim("POST", "/Bulk", body)
            outcomes = {one["status"] for one in answer.json().get("Operations", [])}
            answers.append((answer.status_code, outcomes))
        return answers

    for answers in at_once(write):
        assert answers == [(200, {"200"})] * rounds
    everybody = {user for mine in users for user in mine}
    for group in groups:
        assert member_ids(server, group) == everybody
    assert "chain intact" in server.muster("audit", "verify")


def test_patches_of_one_user_lose_nothing(server: Server) -> None:
    """Each writer adds addresses of its own to the same person."""
    user = made(server, "/Users", a_user())
    rounds = 8

    def write(writer: int) -> list[int]:
        numbers = range(rounds)
        values = [[{"value": f"w{writer}-{number}@acme.example", "type": f"t{writer}-{number}"}] for number in numbers]
        bodies = [a_patch({"op": "add", "path": "emails", "value": value}) for value in values]
        return [server.scim("PATCH", f"/Users/{user}", body).status_code for body in bodies]

    for answers in at_once(write):
        assert answers == [200] * rounds
    emails = {email["value"] for email in server.scim("GET", f"/Users/{user}").json()["emails"]}
    assert emails == {f"w{writer}-{number}@acme.example" for writer in range(WRITERS) for number in range(rounds)}


def test_a_replaced_user_is_one_of_those_that_were_sent(server: Server) -> None:
    """PUT against PUT: what is stored is one writer's whole resource, never a mixture, and every one counted."""
    user = made(server, "/Users", a_user(name := f"{uuid4().hex}@acme.example"))
    rounds = 8

    def write(writer: int) -> list[int]:
        bodies = [a_user(name, title=f"{writer}-{number}", nickName=f"{writer}-{number}") for number in range(rounds)]
        return [server.scim("PUT", f"/Users/{user}", body).status_code for body in bodies]

    for answers in at_once(write):
        assert answers == [200] * rounds
    stored = server.scim("GET", f"/Users/{user}")
    assert stored.json()["title"] == stored.json()["nickName"]
    assert stored.json()["meta"]["version"] == f'W/"{1 + WRITERS * rounds}"'


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_one_of_many_deletes_succeeds(server: Server, path: str) -> None:
    """DELETE against DELETE and PATCH: one 204, and nobody finds it afterwards."""
    for _ in range(5):
        at = f"{path}/{made(server, path, a_user() if path == '/Users' else a_group())}"
        change = a_patch({"op": "replace", "path": "displayName", "value": uuid4().hex})

        def write(writer: int, at: str = at, change: dict[str, Any] = change) -> int:
            method, body = ("PATCH", change) if writer % 3 == 2 else ("DELETE", None)
            return server.scim(method, at, body).status_code

        answers = at_once(write)
        assert answers.count(204) == 1
        assert set(answers) <= {200, 204, 404}
        assert server.scim("GET", at).status_code == 404
