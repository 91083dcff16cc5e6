"""What is read together with the token: the same as without foresight, and nothing for who has no valid token."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import select, update

from app import crypto
from app.db import Database
from app.models import Account, DirectoryToken, User
from app.models.base import now, table
from app.stores import foresight
from app.stores.foresight import Asked
from scim.filters import parse_filter
from scim.schemas import RESOURCE_TYPES
from scim.store import Expected, Query
from tests.builders import Customer, a_group, a_patch, a_second_directory, a_user
from tests.conftest import KEY
from tests.protocol.conftest import Scim, refusal

TOKENS, ACCOUNTS, USERS = table(DirectoryToken), table(Account), table(User)
NAME = "foreseen@acme.example"


@pytest.fixture
def wanted(scim: Scim) -> list[Expected]:
    """What can be foreseen of a user in a group, and of that group; all of it is there."""
    user = scim.create("/Users", a_user(NAME))["id"]
    group = scim.create("/Groups", a_group("Foreseen", members=[user]))["id"]
    by_user = Query(filter=parse_filter(RESOURCE_TYPES["User"], f'userName eq "{NAME}"'))
    by_group = Query(filter=parse_filter(RESOURCE_TYPES["Group"], 'displayName eq "Foreseen"'))
    return [
        *(Expected("User", user, related) for related in (False, True)),
        Expected("Group", group, False),
        Expected("User", by_user, True),
        Expected("Group", by_group, True),
        *(Expected("User", Query(count=1, related=related), related) for related in (False, True)),
        Expected("Group", Query(count=1), True),
        *(Expected("User", user, related, lock=True) for related in (False, True)),
        Expected("Group", group, False, lock=True),
    ]


def rows(database: Database, expected: Expected, token: str, hashed: str | None = None) -> tuple[Asked, list[Any]]:
    """What is asked of the directory, and what the token finds."""
    prefix = token.split("_")[1]
    foreseen = foresight.by_token(expected, prefix, hashed or crypto.hash_token(token, KEY.encode()))
    assert foreseen is not None
    asked, statement, values = foreseen
    with database.reading() as session:
        return asked, session.look(statement, values)


def test_a_token_finds_what_its_directory_has(database: Database, customer: Customer, wanted: list[Expected]) -> None:
    """Every statement, as the directory itself would be asked."""
    here = {"b_account": customer.account_id, "b_directory": customer.directory_id}
    for expected in wanted:
        asked, found = rows(database, expected, customer.token)
        with database.reading() as session:
            assert found == session.look(asked.statement, {**here, **asked.values})
        assert len(found) == 1


def test_no_other_token_finds_it(database: Database, customer: Customer, wanted: list[Expected]) -> None:
    """Neither that of another directory, nor the right prefix with a wrong secret."""
    other, wrong = a_second_directory(database, customer), crypto.hash_token("another", KEY.encode())
    for expected in wanted:
        assert rows(database, expected, other)[1] == []
        assert rows(database, expected, customer.token, wrong)[1] == []


@pytest.mark.parametrize(
    "change",
    [
        update(TOKENS).values(revoked=now()),
        update(ACCOUNTS).values(suspended=True),
        update(ACCOUNTS).values(schema_revision=1),
    ],
    ids=["revoked", "suspended", "extended"],
)
def test_who_may_not_lock_yet_finds_nothing_to_lock(
    database: Database, customer: Customer, wanted: list[Expected], change: Any
) -> None:
    """Neither who may not any more, nor who has to lock the account's declaration first."""
    account = TOKENS.c.account_id if change.table is TOKENS else ACCOUNTS.c.id
    with database.writing() as session:
        session.execute(change.where(account == customer.account_id))
    locking = [expected for expected in wanted if expected.lock]
    assert len(locking) == 3
    for expected in locking:
        assert rows(database, expected, customer.token)[1] == []


class Slow(io.BytesIO):
    """A body that arrives while ``meanwhile`` is done."""

    def __init__(self, content: bytes, meanwhile: Callable[[], None]) -> None:
        super().__init__(content)
        self._meanwhile = meanwhile

    def read(self, size: int | None = -1) -> bytes:
        self._meanwhile()
        return super().read(size)


@pytest.mark.parametrize("more", [0, 100_000])
def test_a_slow_sender_keeps_nobody_waiting(app: Flask, database: Database, scim: Scim, more: int) -> None:
    """Nothing is locked before all is here, however much it is."""
    user = scim.create("/Users", a_user())["id"]
    lock = select(USERS.c.id).where(USERS.c.id == user).with_for_update(nowait=True)
    seen: list[Any] = []

    def somebody_else_writes() -> None:
        with database.writing() as session:
            seen.append(session.execute(lock).scalar())

    content = orjson.dumps(a_patch({"op": "replace", "path": "title", "value": "New"})) + b" " * more
    answer = app.test_client().patch(
        f"/scim/v2/Users/{user}",
        input_stream=Slow(content, somebody_else_writes),
        content_length=len(content),
        content_type="application/scim+json",
        headers=scim.headers,
    )
    assert answer.status_code == 200
    assert set(seen) == {user}
    assert scim.read(f"/Users/{user}")["title"] == "New"


@pytest.mark.parametrize("change", ["revoked", "expired"])
def test_who_has_been_refused_sees_nothing(
    app: Flask, database: Database, customer: Customer, scim: Scim, wanted: list[Expected], change: str
) -> None:
    """What is there and what is not is refused in the same words (T-3)."""
    values = {"revoked": now()} if change == "revoked" else {"expires": now() - timedelta(seconds=1)}
    with database.writing() as session:
        session.execute(update(TOKENS).where(TOKENS.c.prefix == customer.token.split("_")[1]).values(values))
    answers = [
        scim.get(f"/Users/{wanted[0].wanted}"),
        scim.get("/Users/00000000-0000-4000-8000-000000000000"),
        scim.get("/Users", filter=f'userName eq "{NAME}"'),
        scim.get("/Users", filter="not a filter"),
        scim.delete(f"/Users/{wanted[0].wanted}"),
        scim.patch(f"/Users/{wanted[0].wanted}", {"no": "patch"}),
        Scim(app.test_client(), "nonsense").get("/Users"),
    ]
    assert {refusal(answer) for answer in answers} == {(401, None)}
    assert len({answer.json["detail"].split("[")[0] for answer in answers}) == 1
