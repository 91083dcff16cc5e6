"""A search that takes too long is the client's to change: tooMany, not "try again"."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.compose import create_app
from app.db import Database
from app.stores.directory import open_directory_store
from scim.resource import validate
from scim.schemas import RESOURCE_TYPES, USER_URN
from tests.builders import Customer
from tests.conftest import settings_for
from tests.protocol.conftest import Scim, refusal

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def hasty(database_url: str, customer: Customer) -> Scim:
    """A client of an application whose statements may take one second."""
    return Scim(create_app(settings_for(database_url, statement_timeout=1)).test_client(), customer.token)


@pytest.fixture
def slow_users(database: Database) -> Iterator[None]:
    """Users cannot be read for now, which is as slow as it gets."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        yield
        connection.exec_driver_sql("ROLLBACK")


@on_postgresql
@pytest.mark.usefixtures("slow_users")
def test_a_search_out_of_time_is_too_many(hasty: Scim) -> None:
    """RFC 7644 §3.12: tooMany, whether asked by GET or by POST."""
    assert refusal(hasty.get("/Users", sortBy="title")) == (400, "tooMany")
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "sortBy": "title"}
    assert refusal(hasty.post("/Users/.search", search)) == (400, "tooMany")


@on_postgresql
@pytest.mark.usefixtures("slow_users")
def test_a_write_out_of_time_may_be_tried_again(hasty: Scim) -> None:
    """A write may have waited for another, so it is no reason to change it."""
    answer = hasty.post("/Users", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "late"})
    assert refusal(answer) == (503, None)


@on_sqlite
def test_a_search_that_reads_too_much_is_too_many(database_url: str, database: Database, customer: Customer) -> None:
    """SQLite has no time limit of its own. What comes next on the same connection is not in a hurry."""
    title = " ".join(f"word{number}" for number in range(200))
    with database.writing() as session:
        store = open_directory_store(session, customer.account_id, customer.directory_id)
        bodies = [{"schemas": [USER_URN], "userName": f"slow{number}", "title": title} for number in range(2_000)]
        store.insert_all("User", [validate(RESOURCE_TYPES["User"], body) for body in bodies])
    hasty = Scim(
        create_app(settings_for(database_url, statement_timeout=0.02, pool_size=1)).test_client(), customer.token
    )
    costly = " or ".join(f'title co "nothing{number}"' for number in range(150))
    assert refusal(hasty.get("/Users", filter=costly)) == (400, "tooMany")
    assert refusal(hasty.get("/Users", filter=costly, sortBy="title", cursor="")) == (400, "tooMany")
    assert hasty.get("/Users", filter='userName eq "slow7"').json["totalResults"] == 1
    body = {"schemas": [USER_URN], "userName": "not in time"}
    assert hasty.post("/Users", body).status_code == 201
