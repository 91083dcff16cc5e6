"""`muster directory set`: whether several groups of one directory may have one name."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from app import audit
from app.db import Database
from app.models import AuditEvent
from app.models.base import table
from tests.builders import Customer, a_group, a_second_directory
from tests.protocol.conftest import Scim
from tests.test_cli import Muster

EVENTS = table(AuditEvent)


@pytest.fixture
def muster(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Muster:
    """The command on the application's database."""
    monkeypatch.chdir(tmp_path)
    return Muster(database_url, tmp_path)


def test_names_may_repeat_and_be_unique_again(
    scim: Scim, stranger: Scim, database: Database, customer: Customer, muster: Muster
) -> None:
    """Existing groups follow; going back is refused with the names that repeat; the trail has both turns only."""
    account, directory = customer.account_name, customer.directory_name
    allow = ("directory", "set", account, directory, "--no-unique-group-names")
    refuse = ("directory", "set", account, directory, "--unique-group-names")
    a_second_directory(database, customer)
    for client in (scim, stranger):
        client.create("/Groups", a_group("Sales"))
    assert scim.post("/Groups", a_group("sales")).status_code == 409

    assert "may repeat" in muster.run(*allow)
    second = scim.create("/Groups", a_group("sales"))
    third = scim.create("/Groups", a_group("Support"))
    assert stranger.post("/Groups", a_group("sales")).status_code == 409
    said = muster.run(*refuse, code=4)
    assert "(2)" in said
    assert "Support" not in said
    assert scim.put(f"/Groups/{third['id']}", a_group("SALES")).status_code == 200
    assert "(3)" in muster.run(*refuse, code=4)
    listed = {item["name"]: item["unique_group_names"] for item in muster.json("directory", "list", account)}
    assert [name for name, unique in listed.items() if not unique] == [directory]

    assert scim.delete(f"/Groups/{second['id']}").status_code == 204
    assert scim.put(f"/Groups/{third['id']}", a_group("Support")).status_code == 200
    assert muster.json(*refuse)["unique_group_names"] is True
    for name in ("SALES", "support"):
        assert scim.post("/Groups", a_group(name)).status_code == 409
    assert scim.put(f"/Groups/{third['id']}", a_group("Sales")).status_code == 409
    scim.create("/Groups", a_group("Other"))
    muster.run(*refuse)

    query = select(EVENTS.c.before, EVENTS.c.after).where(
        EVENTS.c.account_id == customer.account_id, EVENTS.c.action == "directory.changed"
    )
    with database.reading() as session:
        turns = [tuple(row) for row in session.execute(query.order_by(EVENTS.c.sequence))]
        assert audit.verify(session, customer.account_id).problem is None
    on, off = {"unique_group_names": True}, {"unique_group_names": False}
    assert turns == [(on, off), (off, on)]
