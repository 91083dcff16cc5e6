"""Which roles are used is known from the decisions that platforms are given, to the day, and without slowing them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.db import Database
from app.models.base import now
from app.role_use import RoleUses
from app.services import assignments, mapping_publish, units
from app.services.role_uses import observed_since
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ROLE_USES
from rbac import decide as deciding
from tests.builders import Customer, a_giving, a_group, a_user
from tests.protocol.api_client import Api
from tests.protocol.conftest import Scim

ALLOWED, DENIED = "campaigns.email.launch", "campaigns.email.approve"
Decide = Callable[..., dict[str, Any]]


@pytest.fixture
def uses(app: Flask) -> RoleUses:
    """What the application notes, with nothing left over from other tests."""
    found: RoleUses = app.extensions["role_uses"]
    found.flush()
    return found


def test_what_allowed_something_was_used_on_that_day(
    uses: RoleUses, scim: Scim, api: Api, database: Database, customer: Customer, decide: Decide
) -> None:
    """By a role of their own, by one of a unit, by a group's: each where it is had. What allowed nothing was not."""
    ana = scim.create("/Users", a_user())["id"]
    bob = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("Readers", [ana]))["id"]
    with database.writing() as session:
        units.create_unit(session, customer.account_id, "emea", "EMEA", None)
        assignments.assign(session, customer.account_id, a_giving("Marketer", ana, unit="emea"))
        assignments.assign(session, customer.account_id, a_giving("Viewer", group=group))
        assignments.assign(session, customer.account_id, a_giving("Analyst", ana))
    assert decide(ana, ALLOWED, business_unit="emea")["decision"] is True
    assert decide(ana, "campaigns.email.view")["decision"] is True
    assert decide(ana, DENIED)["decision"] is False
    assert decide(bob, ALLOWED)["decision"] is False
    uses.flush()
    today = now().date().isoformat()
    found = api.every("/role-uses")
    told = {(one["user_id"], one["role"], one["unit"], one["reach"]) for one in found}
    assert (ana, "Marketer", "emea", "unit") in told
    assert (ana, "Viewer", None, "account") in told
    assert {one["user_id"] for one in found} == {ana}
    assert {(one["first_used"], one["last_used"]) for one in found} == {(today, today)}
    assert api.every("/role-uses", filter='role eq "marketer"') == [one for one in found if one["role"] == "Marketer"]
    assert api.every("/role-uses", filter=f'user_id eq "{bob}"') == []
    with database.reading() as session:
        assert observed_since(session, customer.account_id) == now().date()


def test_administrators_questions_are_no_use(
    uses: RoleUses, scim: Scim, api: Api, database: Database, customer: Customer
) -> None:
    """Somebody who asks what a person may do, or why, does not use that person's role."""
    ana = scim.create("/Users", a_user())["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Marketer", ana))
    asked = {"user": ana, "permission": ALLOWED}
    assert api.post("/decisions/check", asked).json["decision"] is True
    assert api.post("/explain", asked).json["decision"] is True
    uses.flush()
    assert api.every("/role-uses") == []
    with database.reading() as session:
        assert observed_since(session, customer.account_id) is None


def test_a_batch_notes_each_role_once_and_writes_once(
    uses: RoleUses, app: Flask, scim: Scim, database: Database, customer: Customer
) -> None:
    """A thousand questions about a person, asked again and again, are one row written once."""
    ana = scim.create("/Users", a_user())["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Marketer", ana))
    subject, resource = {"type": "user", "id": ana}, {"type": "campaign"}
    body = {
        "subject": subject,
        "action": {"name": ALLOWED},
        "evaluations": [{"resource": resource | {"id": str(number)}} for number in range(1000)],
    }
    headers = {"Authorization": f"Bearer {customer.api_key}"}
    answered = app.test_client().post("/access/v1/evaluations", json=body, headers=headers).json
    assert sum(one["decision"] for one in answered["evaluations"]) == 1000
    written: list[str] = []

    def hear(*call: Any) -> None:
        if "role_uses" in call[2]:
            written.append(call[2])

    event.listen(database.engine, "before_cursor_execute", hear)
    app_engine = app.extensions["database"].engine
    event.listen(app_engine, "before_cursor_execute", hear)
    uses.flush()
    assert len(written) == 1
    app.test_client().post("/access/v1/evaluations", json=body, headers=headers)
    uses.flush()
    event.remove(app_engine, "before_cursor_execute", hear)
    event.remove(database.engine, "before_cursor_execute", hear)
    assert len(written) == 1


def test_another_day_moves_only_the_last_one(
    uses: RoleUses,
    scim: Scim,
    database: Database,
    customer: Customer,
    decide: Decide,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first day stays; a day that is written late, as by a slower worker, does not move the last one back."""
    ana = scim.create("/Users", a_user())["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Marketer", ana))

    def ask_in(days: int) -> tuple[int, int]:
        moment = time.time() + days * 86_400
        monkeypatch.setattr("app.role_use.time", lambda: moment)
        assert decide(ana, ALLOWED)["decision"] is True
        uses.flush()
        with database.reading() as session:
            query = select(ROLE_USES).where(ROLE_USES.c.account_id == customer.account_id)
            [row] = session.execute(query).all()
        today = now().date()
        return (row.first_used - today).days, (row.last_used - today).days

    assert ask_in(0) == (0, 0)
    assert ask_in(3) == (0, 3)
    assert ask_in(1) == (0, 3)
    monkeypatch.undo()


def test_uses_of_what_is_gone_are_forgotten(
    uses: RoleUses, scim: Scim, api: Api, database: Database, customer: Customer, decide: Decide
) -> None:
    """Somebody is deleted before their use is written: nothing of it is kept, and what else waits is written."""
    ana, bob = (scim.create("/Users", a_user())["id"] for _ in range(2))
    with database.writing() as session:
        for user in (ana, bob):
            assignments.assign(session, customer.account_id, a_giving("Marketer", user))
    for user in (ana, bob):
        assert decide(user, ALLOWED)["decision"] is True
    scim.delete(f"/Users/{ana}")
    uses.flush()
    assert [one["user_id"] for one in api.every("/role-uses")] == [bob]
    scim.delete(f"/Users/{bob}")
    assert api.every("/role-uses") == []


def test_what_could_not_be_written_is_tried_again(
    uses: RoleUses, scim: Scim, api: Api, database: Database, customer: Customer, decide: Decide
) -> None:
    """The table cannot be reached for a while: the next flush has it."""
    ana = scim.create("/Users", a_user())["id"]
    with database.writing() as session:
        assignments.assign(session, customer.account_id, a_giving("Marketer", ana))
    assert decide(ana, ALLOWED)["decision"] is True
    _rename(database, "role_uses", "role_uses_away")
    try:
        uses.flush()
    finally:
        _rename(database, "role_uses_away", "role_uses")
    assert api.every("/role-uses") == []
    uses.flush()
    assert [one["role"] for one in api.every("/role-uses")] == ["Marketer"]


def test_noting_costs_next_to_nothing(uses: RoleUses, scim: Scim, database: Database, customer: Customer) -> None:
    """A role that was noted today costs a look into a set."""
    ana = scim.create("/Users", a_user())["id"]
    group = scim.create("/Groups", a_group("All", [ana]))["id"]
    with database.writing() as session:
        rule = {"name": "All", "group": {"id": group}, "grants": [{"role": "Marketer"}, {"role": "Viewer"}]}
        mapping_publish.publish(session, customer.account_id, {"rules": [rule]}, author="test")
    with database.reading() as session:
        snapshot = SqlAccessStore(session, customer.account_id).snapshot([ana])
    person = snapshot.subjects[ana]
    assert person is not None
    decision = deciding.decide(snapshot.policy, person, ALLOWED)
    assert decision.allowed
    uses.note(snapshot.policy, person, decision)

    def seconds() -> float:
        begun = time.thread_time()
        for _ in range(1_000):
            uses.note(snapshot.policy, person, decision)
        return time.thread_time() - begun

    each = min(seconds() for _ in range(10)) / 1_000
    assert each < 10e-6, f"{each * 1e6:.1f} µs"


def _rename(database: Database, old: str, new: str) -> None:
    with database.schema_engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
