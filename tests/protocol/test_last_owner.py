"""A directory never fails because of a guard: it is answered as asked, and the account keeps its last owner."""

from __future__ import annotations

from threading import Thread

import pytest
from flask import Flask

from app.db import Database
from app.services import assignments, last_owner
from app.stores.access import SqlAccessStore
from rbac.decide import decide
from rbac.model import Code
from tests.builders import Customer, a_giving, a_patch, a_user
from tests.protocol.conftest import Scim


@pytest.fixture
def pushed(scim: Scim, customer: Customer, database: Database) -> str:
    """The only Account Owner, whom the directory has pushed."""
    id: str = scim.create("/Users", a_user("pushed@acme.example"))["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Account Owner", id))
    return id


def code(database: Database, customer: Customer, user: str) -> Code:
    """Why a decision about somebody is what it is."""
    with database.reading() as session:
        snapshot = SqlAccessStore(session, customer.account_id).snapshot([user])
    return decide(snapshot.policy, snapshot.subjects[user], "campaigns.email.launch").code


def test_a_deactivated_last_owner(scim: Scim, customer: Customer, database: Database, pushed: str) -> None:
    """The directory reads what it wrote; decisions see an active person."""
    off = {"op": "replace", "path": "active", "value": False}
    assert scim.patch(f"/Users/{pushed}", a_patch(off)).status_code == 200
    assert scim.read(f"/Users/{pushed}")["active"] is False
    assert code(database, customer, pushed) is Code.NO_GRANT
    named = {"op": "replace", "path": "displayName", "value": "Renamed"}
    assert scim.patch(f"/Users/{pushed}", a_patch(named)).status_code == 200
    assert code(database, customer, pushed) is Code.NO_GRANT
    with database.reading() as session:
        assert [one.kept for one in last_owner.list_owners(session, customer.account_id)] == [True]


def test_an_owner_who_is_not_the_last(scim: Scim, customer: Customer, database: Database, pushed: str) -> None:
    """Nothing is left out."""
    other = scim.create("/Users", a_user())["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Account Owner", other))
    off = {"op": "replace", "path": "active", "value": False}
    assert scim.patch(f"/Users/{pushed}", a_patch(off)).status_code == 200
    assert code(database, customer, pushed) is Code.INACTIVE_USER
    assert scim.read(f"/Users/{pushed}")["meta"]["version"] == 'W/"2"'


def test_who_becomes_the_last_owner_while_they_are_deactivated(
    app: Flask, scim: Scim, customer: Customer, database: Database
) -> None:
    """Whoever comes second sees what the first has done."""
    id = scim.create("/Users", a_user())["id"]
    off, answers = a_patch({"op": "replace", "path": "active", "value": False}), list[int]()
    directory = Scim(app.test_client(), customer.token)
    sender = Thread(target=lambda: answers.append(directory.patch(f"/Users/{id}", off).status_code))
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Account Owner", id))
        session.settle()
        sender.start()
        sender.join(0.3)
        assert sender.is_alive()
    sender.join(20)
    assert answers == [200]
    with database.reading() as session:
        assert [one.kept for one in last_owner.list_owners(session, customer.account_id)] == [True]


def test_a_deleted_last_owner(scim: Scim, customer: Customer, database: Database, pushed: str) -> None:
    """Gone for the directory, which may create the person anew; a local owner of the name stays."""
    assert scim.delete(f"/Users/{pushed}").status_code == 204
    assert scim.get(f"/Users/{pushed}").status_code == 404
    assert code(database, customer, pushed) is Code.UNKNOWN_SUBJECT
    assert scim.create("/Users", a_user("pushed@acme.example"))["id"] != pushed
    with database.reading() as session:
        [owner] = last_owner.list_owners(session, customer.account_id)
    assert (owner.user_name, owner.is_local, owner.active) == ("pushed@acme.example", True, True)
