"""The last Account Owner, whom a directory would take away.

A directory's request never fails because of a guard: it is answered as asked. But nobody could manage the account
any more if it had its way, so that this one effect is left out and noted for the other doors to show. Whoever acts
by hand is refused instead (``guards.keeping_an_owner``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app import audit
from app.audit import Record
from app.models.base import now
from app.presumed import may_presume
from app.services import accounts
from app.services.errors import Conflict
from app.services.kept_owner import WHY
from app.session import Session
from app.stores import owners
from app.stores.access_revision import bump
from app.stores.owners import Owner, Safety
from scim.store import Change, Stored

_ASKS = "muster.last_owner.asks"


@dataclass(frozen=True, slots=True)
class OwnerState:
    """An Account Owner. ``kept``: the directory says inactive, and nobody else could manage the account."""

    id: str
    user_name: str
    active: bool
    directory: str
    is_local: bool
    lasts: bool
    kept: bool


def list_owners(session: Session, account_id: str) -> tuple[OwnerState, ...]:
    """The Account Owners of an account, by name."""
    return tuple(
        OwnerState(one.id, one.user_name, one.active, one.directory, one.local, one.lasts, _is_kept(one))
        for one in owners.owners_of(session, account_id, now())
    )


def keep_active(session: Session, account_id: str, changes: Sequence[Change], record: Record) -> None:
    """Let an owner stay active whom a directory has just deactivated, or left inactive, if nobody else is one."""
    off = {
        change.id: change
        for change in changes
        if change.kind == "User" and change.verb != "create" and _is_off(change.after)
    }
    if not off or not _is_directory(session) or not _may_be_owners(session, account_id, [*off]):
        return
    bump(session, account_id)
    if owners.safety_of(session, account_id, now()) is not Safety.NONE:
        return
    for id in owners.lasting_among(session, account_id, [*off], now()):
        change = off[id]
        # Somebody who was off before is left so, unless it was only the document that said so.
        if not _is_off(change.before) or owners.was_kept(session, account_id, id):
            owners.reactivate(session, account_id, id)
            name = change.after.attributes.get("userName") if change.after else None
            record(owners.KEPT, "user", id, name, {"active": False}, {"active": True}, WHY)


def replace_deleted(session: Session, account_id: str, deleted: Iterable[tuple[Change, bool]], record: Record) -> None:
    """Make a local Account Owner of the name of one whom a directory has just deleted, if nobody else is one.

    ``deleted`` says of each change whether it took an owner away.
    """
    gone = [change for change, was_owner in deleted if was_owner]
    if not gone or not _is_directory(session):
        return
    bump(session, account_id)
    if owners.safety_of(session, account_id, now()) is not Safety.NONE:
        return
    for change in gone:
        name = str(change.before.attributes["userName"]) if change.before else change.id
        made = _owner(session, account_id, name, change.id)
        after = {"userName": made.user_name, "instead_of": change.id}
        record(owners.KEPT, "user", made.id, made.user_name, None, after, WHY)


def _may_be_owners(session: Session, account_id: str, ids: list[str]) -> bool:
    """Whether one of these is a lasting owner.

    Hardly anybody is, so that where one person is concerned it is presumed of them that they are not.
    """
    if len(ids) > 1 or _ASKS in session.info or not may_presume(session):
        return bool(owners.lasting_among(session, account_id, ids, now()))
    owners.rule_out(session, account_id, ids[0], now(), lambda: session.info.update({_ASKS: True}))
    return False


def _owner(session: Session, account_id: str, name: str, id: str) -> accounts.OwnerFacts:
    try:
        with session.savepoint():
            return accounts.create_owner(session, account_id, name)
    except Conflict:
        return accounts.create_owner(session, account_id, f"{name} ({id})")


def _is_off(user: Stored | None) -> bool:
    return user is not None and user.attributes.get("active", True) is False


def _is_kept(owner: Owner) -> bool:
    document: dict[str, Any] = orjson.loads(owner.document)
    return owner.active and document.get("active") is False


def _is_directory(session: Session) -> bool:
    return audit.acting(session).kind == "token"
