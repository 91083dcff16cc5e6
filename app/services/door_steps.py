"""What every way through the local door is made of: who stands there, what a try costs, refusals, and being let in.

Tries are counted and refusals written down in transactions of their own, so that they outlive the refused request. A
refusal always looks the same and takes the same time, whoever was meant: nobody learns here who exists (R-6).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import orjson

from app import audit, crypto
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import lockout, person_sessions, sign_in_traces
from app.services.door_people import door_owners, facts, may_open
from app.services.errors import Refused
from app.services.mail import Post
from app.services.passkeys import RelyingParty
from app.services.person_sessions import Begun
from app.session import Session
from app.stores import local_sign_in as store

Step = Literal["code", "enrol"]
Denial = Literal["password", "code", "locked", "passkey", "not_owner", "sso_required"]
"""Why somebody was not let in; what to do about each stands in ``sign_in_advice``."""
LASTS = timedelta(minutes=10)
"""So long a sign-in may take."""
_NOBODY = str(UUID(int=0))
_DOOR = audit.Actor("system", None, "local door")
LOCKED: Literal["locked"] = "locked"
PASSWORD, CODE, PASSKEY = ("pwd",), ("otp", "mfa"), ("pop", "user", "mfa")
"""How somebody proved who they are (RFC 8176)."""


@dataclass(frozen=True, slots=True)
class Doorway:
    """What the door needs of the application; no ``party``: there are no passkeys at our address.

    ``floor``: no refusal is quicker than so many seconds.
    """

    database: Database
    keys: Keys
    post: Post
    party: RelyingParty | None
    floor: float = 0.4


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the door: a browser (its cookie's secret, and that of the session it has), from an address.

    ``near`` is what of the address counts as one visitor; ``reference`` is what the person is shown of a refusal.
    """

    browser: str
    session: str | None
    address: str
    near: str
    agent: str | None
    reference: str


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
    begun: Begun | None


class NotOpened(Exception):
    """The door stays shut. ``wait``: too much was tried from this address; else nothing is said of why."""

    def __init__(self, wait: timedelta | None = None) -> None:
        super().__init__("not opened")
        self.wait = wait


@contextmanager
def at_least(way: Doorway) -> Iterator[None]:
    """Let a refusal take as long as any other, whatever had to be looked up and written for it."""
    until = time.monotonic() + way.floor
    try:
        yield
    except NotOpened as error:
        if error.wait is None:
            time.sleep(max(0.0, until - time.monotonic()))
        raise


def charge(way: Doorway, visitor: Visitor, person: Any, moment: datetime) -> bool:
    """Count a try; whether it may be made at this person. Raises NotOpened for an address that has to wait."""
    account_id, user_id = (_NOBODY, _NOBODY) if person is None else (person.account_id, person.id)
    with way.database.writing() as session:
        pause = lockout.charge_address(session, _near(way, visitor), moment)
        if pause is not None:
            raise NotOpened(pause)
        allowed, is_new = lockout.charge_person(session, account_id, user_id, moment)
        if is_new:
            audit.begin(session, _DOOR, visitor.reference)
            after = {"address": visitor.address, "failures": lockout.PERSON}
            audit.record(session, account_id, "door.locked", "user", user_id, person.user_name, None, after)
    return allowed


def refund(session: Session, way: Doorway, visitor: Visitor, person: Any, moment: datetime, *, all: bool) -> None:
    """What was tried last was right; ``all``: the whole sign-in was."""
    lockout.refund_address(session, _near(way, visitor), moment)
    store.refund_person(session, person.account_id, person.id, all=all)


def refused(way: Doorway, visitor: Visitor, person: Any, reason: Denial) -> NotOpened:
    """Write down that somebody was not let in, and why; to be raised."""
    if person is not None:
        with way.database.writing() as session:
            audit.begin(session, _DOOR, visitor.reference)
            # That somebody is locked stands in the trail once, or else whoever goes on trying would fill it.
            if reason != LOCKED:
                here = {"address": visitor.address}
                audit.record(
                    session, person.account_id, "door.refused", "user", person.id, person.user_name, None, here, reason
                )
            _trace(session, way, visitor, person, sign_in_traces.REFUSED, reason)
    return NotOpened()


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
    row = {
        "account_id": person.account_id,
        "id": id,
        "key_hash": crypto.hash_token(key, way.keys.current),
        "browser_hash": crypto.hash_token(visitor.browser, way.keys.current),
        "user_id": person.id,
        "state": way.keys.seal(orjson.dumps({"step": named}).decode(), store.ATTEMPTS.name, person.account_id, id),
        "return_to": return_to,
        "created": moment,
        "expires": moment + LASTS,
    }
    store.add_attempt(session, row)
    return Going(named, key, None)


def attempt(session: Session, way: Doorway, visitor: Visitor, key: str, step: Step, moment: datetime) -> Attempt | None:
    """The sign-in that this browser has under way, if that step is next."""
    browser = crypto.hash_token(visitor.browser, way.keys.current)
    row = store.attempt(session, crypto.hash_token(key, way.keys.current), browser, moment)
    if row is None or row.state is None:
        return None
    state = orjson.loads(way.keys.unseal(row.state, store.ATTEMPTS.name, row.account_id, row.id))
    if state["step"] != step:
        return None
    return Attempt(row.id, row.account_id, row.user_id, step, row.return_to)


def let_in(
    session: Session,
    way: Doorway,
    visitor: Visitor,
    person: Any,
    methods: Sequence[str],
    under_way: Attempt | None = None,
) -> Begun:
    """Give somebody their session, and tell all owners that the door was used. Raises NotOpened."""
    moment = now()
    if under_way is not None and not store.use_attempt(session, person.account_id, under_way.id, moment):
        raise NotOpened
    audit.begin(session, audit.Actor("person", person.id, person.user_name), visitor.reference)
    if visitor.session is not None:
        before = person_sessions.find(session, way.keys, visitor.session, moment)
        if before is not None:
            person_sessions.end(session, before.account_id, before.session_id, "signed_in_anew")
    try:
        begun = person_sessions.begin(
            session,
            way.keys,
            person.account_id,
            person.id,
            methods=methods,
            authenticated=moment,
            address=visitor.address,
            agent=visitor.agent,
        )
    except Refused as error:
        raise NotOpened from error
    store.credential(session, person.account_id, person.id, {"opened": moment})
    refund(session, way, visitor, person, moment, all=True)
    told = {"address": visitor.address, "methods": " ".join(methods)}
    audit.record(session, person.account_id, "door.opened", "user", person.id, person.user_name, None, told)
    _trace(session, way, visitor, person, sign_in_traces.ACCEPTED, None)
    for owner in door_owners(session, person.account_id):
        tell(session, way.post, owner.user_id, person, "opened", moment, **told)
    return begun


def tell(session: Session, post: Post, to: str, person: Any, kind: str, moment: datetime, **values: str) -> None:
    """Write to an owner about what concerns a person."""
    owner = store.person(session, person.account_id, to)
    if owner is not None:
        about = {"user_name": person.user_name, "account": person.account, "at": f"{moment:%Y-%m-%d %H:%M} UTC"}
        post.queue(session, person.account_id, owner, kind, **about, **values)


def _trace(session: Session, way: Doorway, visitor: Visitor, person: Any, outcome: str, reason: str | None) -> None:
    sign_in_traces.record(
        session,
        way.keys,
        person.account_id,
        None,
        reference=visitor.reference,
        outcome=outcome,
        reason=reason and f"door_{reason}",
        user_id=person.id,
        address=visitor.address,
    )


def _near(way: Doorway, visitor: Visitor) -> str:
    return crypto.hash_token(f"door address {visitor.near}", way.keys.current)
