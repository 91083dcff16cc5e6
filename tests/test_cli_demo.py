"""The demo account: it has something of everything that the console shows, and all of it is real."""

from __future__ import annotations

import pytest

from app import audit
from app.db import Database
from app.services import (
    access_requests,
    audit_trail,
    mapping_approvals,
    mapping_health,
    mapping_publish,
    mapping_revisions,
    overview,
    separations,
    transfers,
    waiting_room,
)
from app.services.demo_people import LEAVER, address
from app.services.demo_rules import OWNER, SECOND
from app.services.users import get_user
from app.session import Session
from app.stores.listings import Wanted
from tests.test_cli import Muster, muster

__all__ = ["muster"]


@pytest.fixture
def account_id(muster: Muster) -> str:
    """The demo account's."""
    id: str = muster.json("demo")["account_id"]
    return id


def acts(session: Session, account_id: str, name: str) -> None:
    """Let one of its owners act."""
    audit.begin(session, audit.Actor("person", get_user(session, account_id, name).id, name))


def test_the_demo_shows_what_an_owner_decides_about(account_id: str, database: Database) -> None:
    """Each rule that should be asked about is there, and each thing that needs somebody."""
    with database.reading() as session:
        board = mapping_health.health(session, account_id)
        assert {one.kind for one in board.findings} >= {"dead", "shadowed", "broad", "paused", "unmapped"}
        assert {one.severity for one in board.findings} == {"warning", "notice"}
        tasks = {one.kind for one in overview.tasks(session, account_id, "https://muster.example.test")}
        assert tasks >= {"plans", "requests", "directory_closed", "tokens", "certificates", "connections"}
        waiting = waiting_room.list_waiting(session, account_id, Wanted(50)).rows
        assert {one.role for row in waiting for one in row.suggestions} >= {"Marketer", "Analyst"}
        assert len(access_requests.open_requests(session, account_id)) == 2
        assert [one.user_name for one in transfers.leavers(session, account_id)] == [address(LEAVER)]
        assert len(separations.list_separations(session, account_id)) == 2
        assert audit.verify(session, account_id).problem is None
        pushed = audit_trail.list_entries(session, account_id, Wanted(5, 'actor_kind eq "token"')).results
        assert pushed, "identity providers push in the name of their tokens"


def test_what_waits_in_the_demo_can_be_approved(account_id: str, database: Database) -> None:
    """Its two owners are two: what one has written the other one approves, and it is published then."""
    with database.reading() as session:
        tasks = overview.tasks(session, account_id, "https://muster.example.test")
        plan = next(one for one in tasks if one.kind == "plans")
        assert plan.link is not None
        approvers = [mapping_revisions.get_revision(session, account_id, number).approver for number in (1, 2, 3)]
        assert approvers == [None, OWNER, OWNER]
    with pytest.raises(Enough):
        publishes(account_id, plan.link, database)


class Enough(Exception):
    """What was tried is undone: other tests have the same demo."""


def publishes(account_id: str, plan: str, database: Database) -> None:
    """Both owners do their part. Raises Enough."""
    with database.writing() as session:
        acts(session, account_id, OWNER)
        mapping_approvals.approve_plan(session, account_id, plan, "fine")
        acts(session, account_id, SECOND)
        done = mapping_publish.publish_plan(session, account_id, plan)
        assert isinstance(done, mapping_publish.Published)
        raise Enough
