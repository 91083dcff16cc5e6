"""What every way through the local door is made of: who stands there, what a try costs, refusals, and being let in.

Tries are counted and refusals written down in transactions of their own, so that they outlive the refused request. A
refusal always looks the same and takes the same time, whoever was meant: nobody learns here who exists (R-6).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from app import audit, crypto
from app.db import Database
from app.models.base import now
from app.sealing import Keys
from app.services import door_devices, lockout, person_sessions, sign_in_traces
from app.services.door_people import door_owners
from app.services.errors import Refused
from app.services.lockout import Charged
from app.services.mail import Post
from app.services.passkeys import RelyingParty
from app.session import Session
from app.stores import local_sign_in as store

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

    ``near`` is what of the address counts as one visitor; ``reference`` is what the person is shown of a refusal;
    ``device`` is the mark of a browser in which somebody came in before. ``rest`` waits while others are served.
    """

    browser: str
    session: str | None
    address: str
    near: str
    agent: str | None
    reference: str
    device: str | None
    rest: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is in: the secret of their session, and a mark by which the browser is known next time."""

    secret: str
    device: str


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted. ``allowed``: whether it may be made; ``own``: it is not counted at the person."""

    allowed: bool
    near: Charged
    own: Charged | None


class NotOpened(Exception):
    """The door stays shut. ``wait``: too much was tried from this address; else nothing is said of why."""

    def __init__(self, wait: timedelta | None = None) -> None:
        super().__init__("not opened")
        self.wait = wait


@contextmanager
def at_least(way: Doorway, visitor: Visitor) -> Iterator[None]:
    """Let a refusal take as long as any other, whatever had to be looked up and written for it."""
    until = time.monotonic() + way.floor
    try:
        yield
    except NotOpened as error:
        left = until - time.monotonic()
        if error.wait is None and left > 0:
            visitor.rest(left)
        raise


def charge(way: Doorway, visitor: Visitor, person: Any, moment: datetime, session_id: str | None = None) -> Try:
    """Count a try: at the person, or where they came in before (``session_id``: are in) at that browser or session.

    Raises NotOpened for an address that has to wait.
    """
    account_id, user_id = (_NOBODY, _NOBODY) if person is None else (person.account_id, person.id)
    with way.database.writing() as session:
        near = lockout.charge(session, _counter(way, "address", visitor.near), lockout.ADDRESS, moment)
        if not isinstance(near, Charged):
            raise NotOpened(near)
        apart = _apart(way, visitor, account_id, user_id, session_id)
        own = None if apart is None else lockout.charge(session, apart, lockout.PERSON, moment)
        if own is None:
            allowed, is_new = lockout.charge_person(session, account_id, user_id, moment)
        else:
            allowed = isinstance(own, Charged)
            is_new = isinstance(own, Charged) and own.after.count == lockout.PERSON
        if is_new:
            audit.begin(session, _DOOR, visitor.reference)
            after = {"address": visitor.address, "failures": lockout.PERSON}
            audit.record(session, account_id, "door.locked", "user", user_id, person.user_name, None, after)
            tell(session, way.post, user_id, person, "locked", moment, address=visitor.address)
    return Try(allowed, near, own if isinstance(own, Charged) else None)


def refund(session: Session, person: Any, tried: Try, moment: datetime, *, all: bool) -> None:
    """What was tried was right: it is no failure; ``all``: the whole sign-in was, so there is none before it either."""
    lockout.give_back(session, tried.near, moment)
    if tried.own is None:
        store.refund_person(session, person.account_id, person.id, all=all)
    elif all:
        store.forgive(session, tried.own.hashed)
    else:
        lockout.give_back(session, tried.own, moment)


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


def let_in(
    session: Session,
    way: Doorway,
    visitor: Visitor,
    person: Any,
    methods: Sequence[str],
) -> Entered:
    """Give somebody their session, and tell all owners that the door was used. Raises NotOpened."""
    moment = now()
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
    told = {"address": visitor.address, "methods": " ".join(methods)}
    audit.record(session, person.account_id, "door.opened", "user", person.id, person.user_name, None, told)
    _trace(session, way, visitor, person, sign_in_traces.ACCEPTED, None)
    for owner in door_owners(session, person.account_id):
        tell(session, way.post, owner.user_id, person, "opened", moment, **told)
    return Entered(begun.secret, door_devices.mark(way.keys, person.account_id, person.id))


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


def _apart(way: Doorway, visitor: Visitor, account_id: str, user_id: str, session_id: str | None) -> str | None:
    """Where a try is counted that is none of a stranger's."""
    if session_id is not None:
        return _counter(way, "session", session_id)
    device = door_devices.known(way.keys, visitor.device, account_id, user_id)
    return None if device is None else _counter(way, "device", device)


def _counter(way: Doorway, kind: str, name: str) -> str:
    return crypto.hash_token(f"door {kind} {name}", way.keys.current)
