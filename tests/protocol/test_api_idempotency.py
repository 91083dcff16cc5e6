"""``Idempotency-Key``: a creating call that is sent again is not done again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.api.idempotency import MOST_KEPT
from app.db import Database
from app.models import IdempotentAnswer
from app.models.base import now, table
from app.stores import idempotent_answers
from app.stores.idempotent_answers import KEPT
from tests.builders import a_customer
from tests.protocol.api_client import Api, an_api_key, problem

ANSWERS = table(IdempotentAnswer)
NEW = {"user_name": "ana@acme.example"}


def test_the_same_call_is_answered_as_the_first_time(api: Api) -> None:
    """Status, body, place and tag; and it is said that nothing was done."""
    first = api.post("/users", NEW, Idempotency_Key="k1")
    again = api.post("/users", NEW, Idempotency_Key="k1")
    assert (first.status_code, "Idempotent-Replayed" in first.headers) == (201, False)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.data == first.data
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        first.headers[name] for name in ("Location", "ETag")
    ]
    assert len(api.every("/users")) == 1


def test_another_call_needs_another_key(api: Api) -> None:
    """Another body, operation or actor under the same key: 422, and nothing is done."""
    api.create("/users", {"user_name": "boss@acme.example", "roles": ["Account Owner"]})
    assert api.post("/users", NEW, Idempotency_Key="k1").status_code == 201
    for answer in (
        api.post("/users", {"user_name": "bob@acme.example"}, Idempotency_Key="k1"),
        api.post("/groups", {"display_name": "G"}, Idempotency_Key="k1"),
        api.acting_as("boss@acme.example").post("/users", NEW, Idempotency_Key="k1"),
    ):
        assert problem(answer) == (422, "idempotency-key-reused")
    assert len(api.every("/users")) == 2
    assert api.every("/groups") == []


def test_keys_of_different_callers_do_not_meet(api: Api, other_api: Api, app: Flask, database: Database) -> None:
    """Neither those of two accounts nor those of two keys of one."""
    assert api.post("/users", NEW, Idempotency_Key="k1").status_code == 201
    assert other_api.post("/users", NEW, Idempotency_Key="k1").status_code == 201
    second = Api(app, an_api_key(database, api.account_id))
    assert problem(second.post("/users", NEW, Idempotency_Key="k1")) == (409, "conflict")


def test_a_refusal_is_not_remembered(api: Api) -> None:
    """It changed nothing, so the same call is tried anew when what was in its way has gone."""
    made = api.create("/users", NEW)
    assert problem(api.post("/users", NEW, Idempotency_Key="k1")) == (409, "conflict")
    assert api.delete(f"/users/{made['id']}").status_code == 204
    assert api.post("/users", NEW, Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "with space", "ünïcode"])
def test_a_key_that_cannot_be_kept_is_refused(api: Api, key: str) -> None:
    """Visible ASCII characters, at most 200."""
    assert problem(api.post("/users", NEW, Idempotency_Key=key)) == (400, "invalid")


def test_calls_at_the_same_time_are_done_once(api: Api) -> None:
    """The others wait for the first one and get its answer."""
    answers: list[TestResponse] = []
    start = threading.Barrier(5)

    def call() -> None:
        start.wait()
        answers.append(api.post("/users", NEW, Idempotency_Key="k1"))

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer.headers for answer in answers) == 4
    assert len(api.every("/users")) == 1


def test_an_answer_is_kept_for_a_day(api: Api, database: Database) -> None:
    """After that the key is free, and what others left is swept away."""
    assert api.post("/users", NEW, Idempotency_Key="k1").status_code == 201
    assert api.post("/groups", {"display_name": "G"}, Idempotency_Key="k2").status_code == 201
    with database.writing() as session:
        session.execute(ANSWERS.update().values(created=now() - KEPT - timedelta(minutes=1)))
    assert problem(api.post("/users", NEW, Idempotency_Key="k1")) == (409, "conflict")
    assert api.post("/users", {"user_name": "bob@acme.example"}, Idempotency_Key="k3").status_code == 201
    with database.reading() as session:
        assert session.execute(select(ANSWERS.c.idempotency_key)).scalars().all() == ["k3"]


def test_what_was_claimed_and_not_done_leaves_nothing(database: Database) -> None:
    """The claim is written in the transaction of the work, and goes with it."""
    with database.write_session() as session:
        assert idempotent_answers.claim(session, "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d", "k", "hash") is None
        session.rollback()
    with database.reading() as session:
        count = select(func.count()).where(ANSWERS.c.caller_id == "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d")
        assert session.execute(count).scalar() == 0


def test_a_large_answer_is_given_again_without_its_body(app: Flask, database: Database) -> None:
    """What is kept for a day is of limited size; that it was done, and is not done again, holds all the same."""
    account_id = a_customer(database, profile="exacttarget").account_id
    api = Api(app, an_api_key(database, account_id), account_id)
    items = {"items": [{"type": "email", "id": f"{number}-{'x' * 200}"} for number in range(1000)]}
    first = api.post("/items/bulk", items, Idempotency_Key="k1")
    again = api.post("/items/bulk", items, Idempotency_Key="k1")
    assert (first.json["created"], len(first.data) > MOST_KEPT) == (1000, True)
    assert (again.status_code, again.data, again.headers["Idempotent-Replayed"]) == (200, b"", "true")
