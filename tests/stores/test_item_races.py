"""Somebody deletes what another one is just about to refer to: both are told plainly, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest

from app.db import Database
from app.services import item_changes, item_defaults, items, sharing, units, users
from app.services.errors import Conflict, NotFound, Refused, ServiceError
from app.services.item_changes import Selection
from app.session import Session
from tests.stores.item_world import ItemWorld, an_item_world

Act = Callable[[Session, str], Any]
PIECE = Selection(ids=(("piece", "p"),))


def _changed(session: Session, account: str) -> Any:
    token = item_changes.preview(session, account, PIECE, {"unit": "apac"}).token
    return item_changes.apply(session, account, PIECE, {"unit": "apac"}, token)


COMES_IN: dict[str, Act] = {
    "registered": lambda session, account: items.register(
        session, account, {"type": "piece", "id": "new", "unit": "apac"}
    ),
    "registered in bulk": lambda session, account: items.register_many(
        session, account, [{"type": "piece", "id": "new", "unit": "apac"}], partial=True
    ),
    "moved in bulk": lambda session, account: items.register_many(
        session, account, [{"type": "piece", "id": "p", "unit": "apac"}], partial=True
    ),
    "moved": lambda session, account: items.change(session, account, "piece", "p", {"unit": "apac"}),
    "moved by a selection": _changed,
    "shared": lambda session, account: sharing.share(session, account, "piece", "p", ["apac"]),
}


def _delete(session: Session, account: str) -> Any:
    return units.delete_unit(session, account, "apac")


def _meet(database: Database, first: Act, second: Act, prepare: Callable[[ItemWorld], Any]) -> Exception | None:
    """The second begins before the first commits; how it was refused."""

    def late(account: str) -> Exception | None:
        try:
            with database.writing() as session:
                done = second(session, account)
                # A bulk tells of each item what is wrong with it.
                if isinstance(done, items.BulkReport) and done.refused:
                    raise Refused(str(done.lines))
        except ServiceError as error:
            return error
        return None

    with ThreadPoolExecutor(1) as threads, database.write_session() as session:
        world = an_item_world(session)
        prepare(world)
        session.commit()
        first(session, world.account)
        told = threads.submit(late, world.account)
        sleep(0.2)
        session.commit()
        return told.result(timeout=20)


@pytest.mark.parametrize("how", COMES_IN)
def test_an_item_comes_into_a_unit_that_was_just_deleted(database: Database, how: str) -> None:
    """There is no such unit any more."""
    refused = _meet(database, _delete, COMES_IN[how], lambda world: world.piece("p"))
    assert isinstance(refused, NotFound | Conflict | Refused)


@pytest.mark.parametrize("how", COMES_IN)
def test_a_unit_is_deleted_into_which_an_item_just_came(database: Database, how: str) -> None:
    """It is in use."""
    refused = _meet(database, COMES_IN[how], _delete, lambda world: world.piece("p"))
    assert isinstance(refused, Conflict)
    assert "apac is in use (items" in str(refused)


def _defaults(session: Session, account: str) -> Any:
    return item_defaults.set_defaults(session, account, ["ana"], levels={"rest": "read"})


def _remove(session: Session, account: str) -> Any:
    return users.delete_user(session, account, "ana")


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [(_remove, _defaults, NotFound | Conflict), (_defaults, _remove, None), (_defaults, _defaults, None)],
    ids=["deleted, then set", "set, then deleted", "set twice"],
)
def test_defaults_are_set_of_somebody_who_is_just_deleted(
    database: Database, first: Act, second: Act, refused: Any
) -> None:
    """There is nobody any more; what was set a moment before goes with the user. Two who set them take turns."""
    told = _meet(
        database, first, second, lambda world: users.create_user(world.session, world.account, {"user_name": "ana"})
    )
    assert told is None if refused is None else isinstance(told, refused)
