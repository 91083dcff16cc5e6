"""The local door: how an Account Owner signs in when no identity provider helps (R-6).

User name and password, then a code of an app, a recovery code or a passkey; or a passkey alone, which is two factors
in one and cannot be locked out. Whoever may not come in always gets the same answer, after the same time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from app import audit
from app.db import Database
from app.models.base import now
from app.services import passkeys, passwords, person_sessions, recovery_codes, totp
from app.services.door_attempts import Going, Step, go_on, held, next_of, under_way, use
from app.services.door_people import may_open
from app.services.door_steps import (
    CODE,
    LOCKED,
    PASSKEY,
    PASSWORD,
    Denial,
    Doorway,
    Entered,
    NotOpened,
    Visitor,
    at_least,
    charge,
    let_in,
    refund,
    refused,
)
from app.services.errors import NotFound
from app.services.passkeys import Ceremony
from app.services.person_sessions import SignedIn
from app.session import Session
from app.stores import local_sign_in as store
from scim.keys import fold

_MOST_NAME = 1000


def knock(way: Doorway, visitor: Visitor, name: str, account: str, password: str, return_to: str) -> Going:
    """Show a user name and a password; the account is needed only by who has that name in several. Raises NotOpened."""
    with at_least(way, visitor):
        moment, person = now(), named(way, name, account)
        tried = charge(way, visitor, person, moment)
        is_right = passwords.is_right(person.password_hash if person is not None and tried.allowed else None, password)
        if person is None or not is_right:
            raise refused(way, visitor, person, "password" if tried.allowed else LOCKED)
        with way.database.writing() as session:
            present = _present(session, person)
            step: Step | Literal["in"] | Denial = "password" if present is None else next_of(session, present)
            if step == "code" or step == "enrol" or step == "in":
                refund(session, present, tried, moment, all=step == "in")
                return go_on(session, way, visitor, _renewed(session, present, password), step, return_to)
        raise refused(way, visitor, person, step)


def prove(way: Doorway, visitor: Visitor, key: str, code: str) -> tuple[Entered, str]:
    """Show a code of the app or a recovery code; the session, and where to go on. Raises NotOpened."""
    with at_least(way, visitor):
        found = under_way(way, visitor, key, "code")
        if found is None:
            raise NotOpened
        _, person = found
        tried = charge(way, visitor, person, now())
        if not tried.allowed:
            raise refused(way, visitor, person, LOCKED)
        with way.database.writing() as session:
            begun, person = held(session, way, visitor, key, "code")
            if _is_code(session, way, visitor, person, code, now()):
                use(session, begun)
                refund(session, person, tried, now(), all=True)
                return let_in(session, way, visitor, person, PASSWORD + CODE), begun.return_to
        raise refused(way, visitor, person, "code")


def ask_passkey(way: Doorway, visitor: Visitor) -> Ceremony | None:
    """What a browser is asked for that has a passkey for us; None where there are none."""
    return None if way.party is None else passkeys.ask(way.keys, way.party, visitor.browser, now())


def show_passkey(way: Doorway, visitor: Visitor, ticket: str, answer: str) -> Entered:
    """Sign in with a passkey alone, also while the password is locked. Raises NotOpened."""
    with at_least(way, visitor):
        with way.database.writing() as session:
            person = _of_passkey(session, way, visitor, ticket, answer)
            if person is not None and may_open(session, person):
                return let_in(session, way, visitor, person, PASSKEY)
        raise refused(way, visitor, person, "not_owner" if person is not None else "passkey")


def prove_anew(way: Doorway, visitor: Visitor, password: str, code: str) -> str:
    """Prove again who one is (N-7) with all that one has; the session's new secret. Raises NotOpened."""
    with at_least(way, visitor):
        found, person = _signed_in(way, visitor)
        tried = charge(way, visitor, person, now(), found.session_id)
        if not passwords.is_right(person.password_hash if tried.allowed else None, password):
            raise refused(way, visitor, person, "password" if tried.allowed else LOCKED)
        with way.database.writing() as session:
            present = _present(session, person)
            step = None if present is None else next_of(session, present)
            if step == "in" or (step == "code" and _is_code(session, way, visitor, present, code, now())):
                refund(session, present, tried, now(), all=True)
                return _proved(session, way, visitor, found, present, PASSWORD if step == "in" else PASSWORD + CODE)
        raise refused(way, visitor, person, "code")


def prove_anew_by_passkey(way: Doorway, visitor: Visitor, ticket: str, answer: str) -> str:
    """The same with a passkey of one's own. Raises NotOpened."""
    with at_least(way, visitor):
        found, person = _signed_in(way, visitor)
        with way.database.writing() as session:
            shown = _of_passkey(session, way, visitor, ticket, answer)
            if shown is not None and (shown.account_id, shown.id) == (person.account_id, person.id):
                return _proved(session, way, visitor, found, person, PASSKEY)
        raise refused(way, visitor, person, "passkey")


def named(way: Doorway, name: str, account: str) -> Any:
    """The one person whom somebody means by a user name, and an account if they say one; or None."""
    if max(len(name), len(account)) > _MOST_NAME or "\0" in name + account:
        return None
    with way.database.reading() as session:
        return store.named(session, fold(name.strip()), fold(account.strip()))


def forget_old(database: Database) -> None:
    """Forget failures of addresses that are long past."""
    with database.writing() as session:
        store.forget_addresses(session, now())


def _present(session: Session, person: Any) -> Any:
    """The same person as they are now, if the password is still the one that was looked at; nobody changes it now."""
    store.lock(session, person.account_id, person.id)
    found = store.person(session, person.account_id, person.id)
    return found if found is not None and found.password_hash == person.password_hash else None


def _renewed(session: Session, person: Any, password: str) -> Any:
    """The same with a hash of today's parameters."""
    renewed = passwords.renewed(person.password_hash, password)
    if renewed is None:
        return person
    store.credential(session, person.account_id, person.id, {"password_hash": renewed})
    return store.person(session, person.account_id, person.id)


def _is_code(session: Session, way: Doorway, visitor: Visitor, person: Any, code: str, moment: datetime) -> bool:
    if totp.is_code(code):
        return totp.is_right(session, way.keys, person, code, moment)
    is_right = recovery_codes.use(session, way.keys, person.account_id, person.id, code, moment)
    if is_right:
        left = {"left": person.codes - 1}
        audit.begin(session, audit.Actor("person", person.id, person.user_name), visitor.reference)
        audit.record(session, person.account_id, "door.code_used", "user", person.id, person.user_name, None, left)
    return is_right


def _of_passkey(session: Session, way: Doorway, visitor: Visitor, ticket: str, answer: str) -> Any:
    if way.party is None:
        return None
    proved = passkeys.verify(session, way.keys, way.party, visitor.browser, ticket, answer, now())
    return None if proved is None else store.person(session, proved.account_id, proved.user_id)


def _signed_in(way: Doorway, visitor: Visitor) -> tuple[SignedIn, Any]:
    with way.database.reading() as session:
        found = person_sessions.find(session, way.keys, visitor.session or "", now())
        person = found and store.person(session, found.account_id, found.user_id)
    if found is None or found.connection_id is not None or person is None:
        raise NotOpened
    return found, person


def _proved(
    session: Session, way: Doorway, visitor: Visitor, found: SignedIn, person: Any, methods: tuple[str, ...]
) -> str:
    moment = now()
    audit.begin(session, audit.Actor("person", person.id, person.user_name), visitor.reference)
    try:
        secret = person_sessions.prove_anew(session, way.keys, found, methods=methods, authenticated=moment)
    except NotFound as error:
        raise NotOpened from error
    told = {"address": visitor.address, "methods": " ".join(methods)}
    audit.record(session, person.account_id, "door.proved", "user", person.id, person.user_name, None, told)
    return secret
