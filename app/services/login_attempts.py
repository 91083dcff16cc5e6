"""Sign-ins that have begun and wait for their answer, and whatever must be used once only.

Who brings the key of an attempt or a ticket uses it up, whatever becomes of it afterwards: that is committed on its
own, before anything else is looked at, so that no refusal makes it good again (S-40, O-3, O-7).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Table

from app import crypto
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys, Unsealable
from app.session import Session
from app.stores import sign_in as store
from app.stores.sign_in import ATTEMPTS, MESSAGES, TICKETS
from sso.errors import LoginRefused, Reason
from sso.store import Again

ANSWERED_WITHIN = timedelta(minutes=10)
FETCHED_WITHIN = timedelta(seconds=60)
_MOST_KEY = 200
_PORTION = 1_000


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that had begun and was just used up. ``state`` is what only we may know of it.

    ``user_id`` and ``session_id``: who proves anew who they are (purpose ``step_up``), who tries a connection out
    (``test``), or signs out (``logout``). ``generation``: the connection's when it began.
    """

    id: str
    account_id: str
    connection_id: str | None
    purpose: str
    browser_hash: str | None
    request_id: str | None
    state: Mapping[str, Any]
    return_to: str
    user_id: str | None
    session_id: str | None
    generation: int | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Ticket:
    """What was verified when it came across sites, and now waits for the browser."""

    account_id: str
    connection_id: str
    content: Mapping[str, Any]


def new_key() -> str:
    """A key for an attempt: 256 bits, and short enough for a RelayState (S-44)."""
    return secrets.token_urlsafe(32)


def begin(
    session: Session,
    keys: Keys,
    account_id: str,
    connection_id: str | None,
    purpose: str,
    key: str,
    *,
    return_to: str = "/",
    browser: str | None = None,
    request_id: str | None = None,
    state: Mapping[str, Any] | None = None,
    user_id: str | None = None,
    session_id: str | None = None,
    generation: int | None = None,
) -> None:
    """Remember a sign-in that begins; ``key`` comes back with its answer, in the browser that has the secret."""
    id, moment = new_id(), now()
    row = {
        "account_id": account_id,
        "id": id,
        "connection_id": connection_id,
        "purpose": purpose,
        "key_hash": crypto.hash_token(key, keys.current),
        "browser_hash": browser and crypto.hash_token(browser, keys.current),
        "request_id": request_id,
        "state": keys.seal(orjson.dumps(state).decode(), ATTEMPTS.name, account_id, id) if state else None,
        "return_to": return_to,
        "user_id": user_id,
        "session_id": session_id,
        "generation": generation,
        "created": moment,
        "expires": moment + ANSWERED_WITHIN,
        "used": None,
    }
    store.add(session, ATTEMPTS, row)


def is_known(session: Session, keys: Keys, key: str, connection_id: str | None) -> bool:
    """Whether an attempt of this connection has this key, used or not."""
    row = _find(session, keys, ATTEMPTS, key)
    return row is not None and row.connection_id == connection_id


def begun_by(session: Session, keys: Keys, key: str, connection_id: str, browser: str | None) -> Again | None:
    """How a sign-in with this key, used up or too old by now, begins anew; None if another browser began it.

    Without the secret of any browser it is not known whose it is: so it comes across sites with SAML (S-42).
    """
    row = _find(session, keys, ATTEMPTS, key)
    if row is None or row.connection_id != connection_id or row.purpose not in ("sign_in", "step_up"):
        return None
    if browser is not None and not is_browser_of(keys, row.browser_hash, browser):
        return None
    return Again(connection_id, row.return_to, row.purpose == "step_up")


def use(database: Database, keys: Keys, key: str, connection_id: str | None, *purposes: str) -> Attempt:
    """Use an attempt of this connection up. Raises LoginRefused."""
    return _attempt(keys, _use(database, keys, ATTEMPTS, key, connection_id, purposes))


def waiting(session: Session, keys: Keys, key: str) -> Attempt | None:
    """What waits under a key, without using it up; None if that is nothing, or no longer."""
    row = _find(session, keys, ATTEMPTS, key)
    return _attempt(keys, row) if row is not None and row.used is None and row.expires > now() else None


def is_browser_of(keys: Keys, browser_hash: str | None, browser: str | None) -> bool:
    """Whether the browser that has this secret is the one that began (S-42)."""
    if browser_hash is None or browser is None:
        return False
    return any(crypto.matches(browser, browser_hash, key) for key in (keys.current, *keys.former))


def give_ticket(
    session: Session, keys: Keys, account_id: str, connection_id: str, attempt_id: str | None, content: Any
) -> str:
    """A ticket for what was verified; the browser brings it within a minute."""
    id, moment, key = new_id(), now(), new_key()
    row = {
        "account_id": account_id,
        "id": id,
        "connection_id": connection_id,
        "attempt_id": attempt_id,
        "key_hash": crypto.hash_token(key, keys.current),
        "content": keys.seal(orjson.dumps(content).decode(), TICKETS.name, account_id, id),
        "created": moment,
        "expires": moment + FETCHED_WITHIN,
        "used": None,
    }
    store.add(session, TICKETS, row)
    return key


def take_ticket(database: Database, keys: Keys, key: str, connection_id: str) -> Ticket:
    """Use a ticket of this connection up. Raises LoginRefused."""
    row = _use(database, keys, TICKETS, key, connection_id, ())
    return Ticket(row.account_id, row.connection_id, _unsealed(keys, TICKETS, row, row.content))


def use_message(session: Session, account_id: str, connection_id: str, kind: str, id: str, expires: datetime) -> None:
    """Use an assertion or a logout message up, by its id (S-41, O-36). Raises LoginRefused if it was used before."""
    row = {
        "account_id": account_id,
        "connection_id": connection_id,
        "kind": kind,
        "id_hash": crypto.subject_hash(connection_id, id),
        "expires": expires,
    }
    if not store.remember(session, row):
        raise LoginRefused(Reason.REPLAY, f"this {kind} was used before")


def forget_old(database: Database) -> int:
    """Delete what has expired, some at a time; how much it was. Until then what was used cannot be used again."""
    total = 0
    for rows in (ATTEMPTS, TICKETS, MESSAGES):
        gone = _PORTION
        while gone == _PORTION:
            with database.writing() as session:
                gone = store.forget(session, rows, now(), _PORTION)
            total += gone
    return total


def _use(
    database: Database, keys: Keys, rows: Table, key: str, connection_id: str | None, purposes: tuple[str, ...]
) -> Any:
    with database.reading() as session:
        row = _find(session, keys, rows, key)
    # Whoever has a key of another connection, or for another purpose, has not used it up there.
    if row is None or row.connection_id != connection_id or (purposes and row.purpose not in purposes):
        raise LoginRefused(Reason.REQUEST, "it belongs to no sign-in of this connection that has begun")
    with database.writing() as session:
        is_first = store.use(session, rows, row.account_id, row.id, now())
    if not is_first:
        used = row.used is not None or row.expires > now()
        why = (Reason.REPLAY, "its sign-in was answered before") if used else (Reason.REQUEST, "its sign-in is too old")
        raise LoginRefused(*why)
    return row


def _attempt(keys: Keys, row: Any) -> Attempt:
    return Attempt(
        id=row.id,
        account_id=row.account_id,
        connection_id=row.connection_id,
        purpose=row.purpose,
        browser_hash=row.browser_hash,
        request_id=row.request_id,
        state=_unsealed(keys, ATTEMPTS, row, row.state) if row.state else {},
        return_to=row.return_to,
        user_id=row.user_id,
        session_id=row.session_id,
        generation=row.generation,
        created=row.created,
    )


def _find(session: Session, keys: Keys, rows: Table, key: str) -> Any:
    if not key or len(key) > _MOST_KEY:
        return None
    hashes = (crypto.hash_token(key, one) for one in (keys.current, *keys.former))
    return next((row for one in hashes if (row := store.by_key(session, rows, one)) is not None), None)


def _unsealed(keys: Keys, rows: Table, row: Any, text: str) -> Mapping[str, Any]:
    try:
        content: Mapping[str, Any] = orjson.loads(keys.unseal(text, rows.name, row.account_id, row.id))
    except Unsealable as error:
        raise LoginRefused(Reason.REQUEST, "what is known of this sign-in cannot be read any more") from error
    return content
