"""What a process remembers of a token never decides: who is refused is refused at once, whatever they ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.db import Database
from app.models import Account, Directory, DirectoryToken, User
from app.models.base import now, table
from app.services import mapping_publish
from app.stores.access import SqlAccessStore
from tests.builders import Customer, a_group, a_user
from tests.protocol.conftest import Scim, refusal

TOKENS, ACCOUNTS, DIRECTORIES, USERS = table(DirectoryToken), table(Account), table(Directory), table(User)


def change(database: Database, customer: Customer, statement: Any) -> None:
    """What another process does meanwhile."""
    rows = statement.table.c
    with database.writing() as session:
        session.execute(
            statement.where((rows.id if statement.table is ACCOUNTS else rows.account_id) == customer.account_id)
        )


@pytest.mark.parametrize(
    "statement",
    [
        update(TOKENS).values(revoked=now()),
        update(TOKENS).values(expires=now() - timedelta(seconds=1)),
        update(ACCOUNTS).values(suspended=True),
    ],
    ids=["revoked", "expired", "suspended"],
)
def test_who_was_just_valid_adds_nothing_and_learns_nothing(
    database: Database, customer: Customer, scim: Scim, statement: Any
) -> None:
    """Neither that a name is taken, nor what is wrong with a body."""
    taken = scim.create("/Users", a_user())
    scim.create("/Users", a_user())
    change(database, customer, statement)
    bodies = [a_user(taken["userName"]), a_user(), {"no": "user"}, a_user() | {"password": 1}]
    assert {refusal(scim.post("/Users", body)) for body in bodies} == {(401, None)}
    with database.reading() as session:
        count = select(func.count()).select_from(USERS).where(USERS.c.account_id == customer.account_id)
        assert session.execute(count.where(USERS.c.directory_id == customer.directory_id)).scalar() == 2


def test_who_is_valid_again_is_let_in(database: Database, customer: Customer, scim: Scim) -> None:
    """An account that is not suspended any more."""
    scim.create("/Users", a_user())
    change(database, customer, update(ACCOUNTS).values(suspended=True))
    assert refusal(scim.post("/Users", a_user())) == (401, None)
    change(database, customer, update(ACCOUNTS).values(suspended=False))
    scim.create("/Users", a_user())


def test_how_the_directory_behaves_is_not_remembered(database: Database, customer: Customer, scim: Scim) -> None:
    """From one request to the next names of groups need not be unique any more, and then again."""
    for unique, status in ((True, 409), (False, 201), (True, 409)):
        change(database, customer, update(DIRECTORIES).values(unique_group_names=unique))
        if not scim.read("/Groups")["totalResults"]:
            scim.create("/Groups", a_group("Staff"))
        assert scim.post("/Groups", a_group("Staff")).status_code == status


def test_rules_that_go_by_people_since_a_moment_ago_are_followed(
    database: Database, customer: Customer, scim: Scim
) -> None:
    """Until then nobody had to look at them when somebody comes."""
    scim.create("/Users", a_user(title="Astronaut"))
    rule = {"name": "Astronauts", "where": 'title eq "Astronaut"', "grants": [{"role": "Viewer"}]}
    with database.writing() as session:
        mapping_publish.publish(session, customer.account_id, {"rules": [rule]}, author="test")
    ana = scim.create("/Users", a_user(title="Astronaut"))["id"]
    with database.reading() as session:
        found = SqlAccessStore(session, customer.account_id).snapshot([ana])
    person = found.subjects[ana]
    assert person is not None
    assert [found.policy.roles[grant.role_id or ""].name for grant in person.grants] == ["Viewer"]
