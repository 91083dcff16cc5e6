"""Who may administer connections, and how a change of one begins and ends.

A connection is as powerful as the highest role of whoever signs in by it, so only an Account Owner has to do with it
(R-3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.models.base import now
from app.services import guards
from app.services.errors import Conflict, Forbidden, NotFound
from app.session import Session
from app.stores import connections as store
from scim.keys import fold


def check_right(session: Session, account_id: str) -> None:
    """Raises Forbidden for a person who is no Account Owner."""
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("whoever signs in by a connection may have any role; only an Account Owner has to do with it")


def begin(session: Session, account_id: str, reference: str) -> store.Row:
    """A connection that is about to be changed: nobody else changes it until this is done.

    Raises NotFound, Forbidden.
    """
    check_right(session, account_id)
    row = found(session, account_id, reference)
    store.lock(session, account_id, row["id"])
    return found(session, account_id, row["id"])


def found(session: Session, account_id: str, reference: str) -> store.Row:
    """A connection by id or name. Raises NotFound."""
    row = store.find(session, account_id, reference, fold(reference))
    if row is None:
        raise NotFound(f"there is no connection {reference!r} in this account", "connection", reference)
    return row


def change(session: Session, row: store.Row, values: Mapping[str, Any]) -> None:
    """Change a connection's row. Raises Conflict for a taken name."""
    if not store.change(session, row["account_id"], row["id"], values, now()):
        raise Conflict(f"there is already a connection named {values['name']!r}")


def touch(session: Session, row: store.Row) -> None:
    """Certificates or keys were changed, so it is another version."""
    change(session, row, {})
