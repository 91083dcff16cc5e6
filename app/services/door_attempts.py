"""Sign-ins at the local door that are under way: the password was right, and a second factor comes next.

An attempt is good only for as long as the person has what they had when it began, and that step is still theirs: a
password or factor that changes meanwhile, or an identity provider that is required, makes whoever began begin again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from app import crypto
from app.models.base import new_id, now
from app.sealing import Keys
from app.services.door_people import facts, may_open
from app.services.door_steps import LASTS, PASSWORD, Denial, Doorway, Entered, NotOpened, Visitor, let_in
from app.session import Session
from app.stores import local_sign_in as store

Step = Literal["code", "enrol"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that is under way: the password was right, and this step is next."""

    id: str
    account_id: str
    user_id: str
    step: Step
    return_to: str


@dataclass(frozen=True, slots=True)
class Going:
    """What comes after a right password: a step with the key of the attempt, or the session at once."""

    step: Step | None
    key: str | None
    begun: Entered | None


def next_of(session: Session, person: Any) -> Step | Literal["in"] | Denial:
    """What comes after somebody's right password: ``code``, ``enrol``, ``in``, or else the reason of a refusal."""
    if not may_open(session, person):
        return "not_owner"
    if facts(person).has_second_factor:
        return "code"
    if person.sso_required is not None:
        return "sso_required"
    return "enrol" if person.requires_mfa else "in"


def go_on(session: Session, way: Doorway, visitor: Visitor, person: Any, step: str, return_to: str) -> Going:
    """Begin what comes after a right password, as ``next_of`` says."""
    if step == "in":
        return Going(None, None, let_in(session, way, visitor, person, PASSWORD))
    named: Step = "code" if step == "code" else "enrol"
    key, moment, id = secrets.token_urlsafe(32), now(), new_id()
    state = orjson.dumps({"step": named, "has": _has(way.keys, person)}).decode()
    row = {
        "account_id": person.account_id,
        "id": id,
        "key_hash": crypto.hash_token(key, way.keys.current),
        "browser_hash": crypto.hash_token(visitor.browser, way.keys.current),
        "user_id": person.id,
        "state": way.keys.seal(state, store.ATTEMPTS.name, person.account_id, id),
        "return_to": return_to,
        "created": moment,
        "expires": moment + LASTS,
    }
    store.add_attempt(session, row)
    return Going(named, key, None)


def under_way(way: Doorway, visitor: Visitor, key: str, step: Step) -> tuple[Attempt, Any] | None:
    """The sign-in that this browser has brought as far as that step, and whose it is."""
    with way.database.reading() as session:
        row = _row(session, way, visitor, key, now())
        return None if row is None else _good(session, way, row, step)


def held(session: Session, way: Doorway, visitor: Visitor, key: str, step: Step) -> tuple[Attempt, Any]:
    """The same, and nobody changes what the person has before this transaction ends. Raises NotOpened."""
    row = _row(session, way, visitor, key, now())
    if row is None:
        raise NotOpened
    store.lock(session, row.account_id, row.user_id)
    found = _good(session, way, row, step)
    if found is None:
        raise NotOpened
    return found


def use(session: Session, found: Attempt) -> None:
    """Let a sign-in end now. Raises NotOpened if it has ended before."""
    if not store.use_attempt(session, found.account_id, found.id, now()):
        raise NotOpened


def _row(session: Session, way: Doorway, visitor: Visitor, key: str, moment: datetime) -> Any:
    browser = crypto.hash_token(visitor.browser, way.keys.current)
    row = store.attempt(session, crypto.hash_token(key, way.keys.current), browser, moment)
    return None if row is None or row.state is None else row


def _good(session: Session, way: Doorway, row: Any, step: Step) -> tuple[Attempt, Any] | None:
    state = orjson.loads(way.keys.unseal(row.state, store.ATTEMPTS.name, row.account_id, row.id))
    person = store.person(session, row.account_id, row.user_id)
    if person is None or state != {"step": step, "has": _has(way.keys, person)} or next_of(session, person) != step:
        return None
    return Attempt(row.id, row.account_id, row.user_id, step, row.return_to), person


def _has(keys: Keys, person: Any) -> str:
    """What somebody signs in with, as a value that is another one once that changes."""
    has = [person.password_hash, person.totp_secret, person.passkeys]
    return crypto.hash_token(f"door factors {orjson.dumps(has).decode()}", keys.current)
