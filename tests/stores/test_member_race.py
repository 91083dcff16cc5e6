"""Two writers meet over one member of one group: whatever they do, the count is the number of rows.

The first has done its work and not committed when the second begins; then the first commits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import Database
from app.models import Group, Membership, Nesting
from app.models.base import table
from app.stores.directory import SqlDirectoryStore, open_directory_store
from scim import service
from scim.errors import ScimError
from tests.builders import a_customer, a_group, a_patch, a_user

GROUPS, MEMBERSHIPS, NESTINGS = table(Group), table(Membership), table(Nesting)

Act = Callable[[SqlDirectoryStore, str, str, str], Any]


def _patch(store: SqlDirectoryStore, group: str, operation: dict[str, Any]) -> None:
    service.patch(store, "Group", group, a_patch(operation))


ACTS: dict[str, Act] = {
    "add": lambda store, group, _, id: _patch(store, group, {"op": "add", "path": "members", "value": [{"value": id}]}),
    "remove": lambda store, group, _, id: _patch(store, group, {"op": "remove", "path": f'members[value eq "{id}"]'}),
    "replace with it": lambda store, group, _, id: _patch(
        store, group, {"op": "replace", "path": "members", "value": [{"value": id}]}
    ),
    "clear": lambda store, group, _, id: _patch(store, group, {"op": "remove", "path": "members"}),
    "delete it": lambda store, _, kind, id: service.delete(store, kind, id),
}


@pytest.mark.parametrize("kind", ["User", "Group"])
@pytest.mark.parametrize("was_in", [True, False], ids=["was in", "was out"])
@pytest.mark.parametrize("second", ACTS)
@pytest.mark.parametrize("first", ACTS)
def test_the_count_is_the_number_of_rows(database: Database, first: str, second: str, was_in: bool, kind: str) -> None:
    """Adding while it is deleted, deleting while it is removed, and every other pair."""
    customer = a_customer(database)

    def opened(session: Any) -> SqlDirectoryStore:
        return open_directory_store(session, customer.account_id, customer.directory_id)

    with database.writing() as session:
        store = opened(session)
        id = service.create(store, kind, a_user() if kind == "User" else a_group()).id
        other = service.create(store, "User", a_user()).id
        group = service.create(store, "Group", a_group(members=[other, id] if was_in else [other])).id

    began, refusals = threading.Event(), list[Exception]()

    def come_second() -> None:
        began.set()
        try:
            with database.writing() as session:
                ACTS[second](opened(session), group, kind, id)
        except ScimError as error:
            refusals.append(error)

    late = threading.Thread(target=come_second)
    with database.writing() as session:
        ACTS[first](opened(session), group, kind, id)
        late.start()
        began.wait(5)
        late.join(0.05)  # it either waits for us by now, or need not
    late.join(20)
    assert not late.is_alive()

    # Only what is not there any more can be refused: it was deleted at the same moment.
    assert not refusals or first == "delete it" or second == "delete it"
    with database.reading() as session:
        here = GROUPS.c.account_id == customer.account_id, GROUPS.c.id == group
        counted = session.execute(select(GROUPS.c.member_count).where(*here)).scalar()
        rows = 0
        for members in (MEMBERSHIPS, NESTINGS):
            there = members.c.account_id == customer.account_id, members.c.group_id == group
            rows += session.execute(select(func.count()).select_from(members).where(*there)).scalar() or 0
    assert counted == rows
