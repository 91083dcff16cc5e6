"""A long list by index: the same resources wherever it is entered, and the right total (RFC 7644 §3.4.2.4)."""

from __future__ import annotations

from sqlalchemy import func, select

from app.db import Database
from app.models import Directory, Group, User
from app.models.base import table
from tests.builders import Customer, a_user
from tests.protocol.conftest import Scim

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
MANY = 700


def _page(scim: Scim, start: int, count: int = 50) -> tuple[int, list[str]]:
    found = scim.read("/Users", startIndex=start, count=count)
    return found["totalResults"], [user["id"] for user in found.get("Resources", [])]


def _everybody(scim: Scim) -> list[str]:
    return [id for start in range(1, MANY + 50, 50) for id in _page(scim, start)[1]]


def test_a_page_is_the_same_however_it_is_reached(scim: Scim, customer: Customer, database: Database) -> None:
    """From the front, from nowhere, again, and after somebody has come and somebody has gone."""
    operations = [{"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": a_user()} for n in range(MANY)]
    assert scim.post("/Bulk", {"schemas": [BULK], "Operations": operations}).status_code == 200
    late = _page(scim, 651)
    assert late[0] == MANY
    everybody = _everybody(scim)
    assert len(everybody) == len(set(everybody)) == MANY
    assert late[1] == everybody[650:]
    assert _page(scim, 651) == late
    assert _page(scim, 333, 7)[1] == everybody[332:339]
    assert _page(scim, MANY + 1) == (MANY, [])

    assert scim.delete(f"/Users/{everybody[0]}").status_code == 204
    assert _page(scim, 651) == (MANY - 1, everybody[651:])
    new = scim.create("/Users", a_user())["id"]
    assert _page(scim, 651) == (MANY, [*everybody[651:], new])
    assert _everybody(scim) == [*everybody[1:], new]
    _assert_counted(database, customer)


def test_what_is_undone_does_not_count(scim: Scim, customer: Customer, database: Database) -> None:
    """A refused request and a refused operation of a bulk leave the counts as they were."""
    taken = a_user()
    scim.create("/Users", taken)
    assert scim.post("/Users", taken).status_code == 409
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "new", "data": a_user()},
        {"method": "POST", "path": "/Users", "bulkId": "taken", "data": taken},
        {"method": "POST", "path": "/Groups", "bulkId": "group", "data": {"displayName": "no schemas"}},
    ]
    done = scim.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    assert [one["status"] for one in done.json["Operations"]] == ["201", "409", "400"]
    assert scim.read("/Users", count=0)["totalResults"] == 2
    assert scim.read("/Groups", count=0)["totalResults"] == 0
    _assert_counted(database, customer)


def _assert_counted(database: Database, customer: Customer) -> None:
    directories, users, groups = table(Directory), table(User), table(Group)
    counts = [
        select(func.count()).select_from(rows).where(rows.c.directory_id == directories.c.id).scalar_subquery()
        for rows in (users, groups)
    ]
    asked = select(directories.c.user_count, directories.c.group_count, *counts)
    with database.reading() as session:
        found = session.execute(asked.where(directories.c.account_id == customer.account_id)).all()
    assert [(row[0], row[1]) for row in found] == [(row[2], row[3]) for row in found]
