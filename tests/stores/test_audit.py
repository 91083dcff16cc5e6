"""The audit trail: complete, in order, and it shows when it was touched."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, select, update

from app import audit
from app.db import Database
from app.models import AuditEvent, AuditHead
from app.models.base import table
from app.session import Session
from tests.builders import Customer, a_customer

EVENTS, HEADS = table(AuditEvent), table(AuditHead)


@pytest.fixture
def customer(database: Database) -> Customer:
    return a_customer(database)


def note(database: Database, customer: Customer, count: int = 3) -> None:
    with database.writing() as session:
        audit.begin(session, audit.Actor("token", "t-1", "IdP / test"), "request-1")
        for number in range(count):
            audit.record(
                session,
                customer.account_id,
                "user.changed",
                "user",
                f"u-{number}",
                "Ana",
                {"active": True, "n": 1.5},
                {"active": False, "name": "É 😀"},
            )


def verdict(database: Database, customer: Customer) -> audit.Verdict:
    with database.reading() as session:
        return audit.verify(session, customer.account_id)


def test_events_are_chained_and_verified(database: Database, customer: Customer) -> None:
    """An untouched chain holds, and says how many events it has."""
    before = verdict(database, customer).events
    note(database, customer)
    assert verdict(database, customer) == audit.Verdict(before + 3, None)


def test_who_what_when_and_from_where_are_kept(database: Database, customer: Customer) -> None:
    """An event carries actor, change and request id."""
    note(database, customer, 1)
    with database.reading() as session:
        query = select(EVENTS).where(EVENTS.c.account_id == customer.account_id).order_by(EVENTS.c.sequence.desc())
        event = session.execute(query.limit(1)).mappings().one()
    assert (event["actor_kind"], event["actor_id"], event["actor_name"]) == ("token", "t-1", "IdP / test")
    assert (event["action"], event["target_id"], event["request_id"]) == ("user.changed", "u-0", "request-1")
    assert event["before"] == {"active": True, "n": 1.5}
    assert event["after"] == {"active": False, "name": "É 😀"}


def tamper(session: Session, customer: Customer, how: str) -> None:
    here = EVENTS.c.account_id == customer.account_id
    last = session.execute(select(HEADS.c.sequence).where(HEADS.c.account_id == customer.account_id)).scalar_one()
    match how:
        case "change":
            session.execute(
                update(EVENTS).where(here, EVENTS.c.sequence == last - 1).values(actor_name="somebody else")
            )
        case "delete":
            session.execute(delete(EVENTS).where(here, EVENTS.c.sequence == last - 1))
        case "truncate":
            session.execute(delete(EVENTS).where(here, EVENTS.c.sequence == last))
        case "reorder":
            for old, new in ((last, 1000), (last - 1, last), (1000, last - 1)):
                session.execute(update(EVENTS).where(here, EVENTS.c.sequence == old).values(sequence=new))


@pytest.mark.parametrize("how", ["change", "delete", "truncate", "reorder"])
def test_tampering_shows(database: Database, customer: Customer, how: str) -> None:
    """A changed, deleted, cut-off or reordered event breaks the chain."""
    note(database, customer)
    with database.writing() as session:
        tamper(session, customer, how)
    assert verdict(database, customer).problem is not None


def test_a_rolled_back_change_leaves_no_event(database: Database, customer: Customer) -> None:
    """Events are written with the change or not at all."""
    before = verdict(database, customer).events
    with database.write_session() as session:
        audit.record(session, customer.account_id, "user.changed", "user", "u-1")
        session.execute(select(1))
        session.rollback()
        session.commit()
    assert verdict(database, customer) == audit.Verdict(before, None)


def test_writers_at_once_leave_no_gap(database: Database, customer: Customer) -> None:
    """Parallel transactions take turns at the end of the chain."""
    before = verdict(database, customer).events
    threads = [threading.Thread(target=note, args=(database, customer, 5)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdict(database, customer) == audit.Verdict(before + 40, None)


def test_a_savepoint_takes_along_what_was_noted_within_it(database: Database, customer: Customer) -> None:
    """Events before and after it stay, and a savepoint that ends well keeps its own, unless the outer one fails."""
    before = verdict(database, customer).events

    def noted(session: Session, name: str) -> None:
        audit.record(session, customer.account_id, "user.changed", "user", None, name)

    with database.writing() as session:
        noted(session, "first")
        for fails in (True, False, True):
            with contextlib.suppress(ZeroDivisionError), session.savepoint():
                noted(session, f"outer {fails}")
                with session.savepoint():
                    noted(session, f"inner {fails}")
                if fails:
                    raise ZeroDivisionError
        noted(session, "last")
    assert verdict(database, customer) == audit.Verdict(before + 4, None)
    with database.reading() as session:
        query = select(EVENTS.c.target_name).where(EVENTS.c.account_id == customer.account_id)
        names = list(session.execute(query.order_by(EVENTS.c.sequence)).scalars())
    assert names[-4:] == ["first", "outer False", "inner False", "last"]


def test_very_many_events_are_asked_for_when_they_are_written(database: Database, customer: Customer) -> None:
    """They stand in the trail in the order in which they were noted, among the others, and the chain holds."""
    before, asked = verdict(database, customer).events, []

    def events() -> Iterator[audit.Event]:
        for number in range(2_500):
            asked.append(number)
            yield "access.granted", "user", f"u-{number}", "Ana", None, {"role": "Viewer"}, None

    with database.writing() as session:
        audit.record(session, customer.account_id, "role.created", "role", "first")
        audit.record_many(session, customer.account_id, events())
        audit.record(session, customer.account_id, "role.deleted", "role", "last")
        assert asked == []
    assert verdict(database, customer) == audit.Verdict(before + 2_502, None)
    with database.reading() as session:
        here = EVENTS.c.account_id == customer.account_id, EVENTS.c.sequence > before
        told = session.execute(select(EVENTS.c.target_id).where(*here).order_by(EVENTS.c.sequence)).scalars().all()
    assert told == ["first", *(f"u-{number}" for number in range(2_500)), "last"]
