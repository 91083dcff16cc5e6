"""A second factor for somebody who has none yet and has just shown their password: without it they are not let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app import audit
from app.models.base import now
from app.services import passkeys, recovery_codes, totp
from app.services.door_attempts import held, under_way, use
from app.services.door_steps import CODE, PASSKEY, PASSWORD, Doorway, Entered, NotOpened, Visitor, let_in
from app.services.errors import Refused
from app.services.passkeys import Ceremony
from app.services.totp import Proposal
from app.session import Session
from app.stores import local_sign_in as store


@dataclass(frozen=True, slots=True)
class Offers:
    """What somebody may choose from: a secret for an app, or a passkey where there are any."""

    user_name: str
    proposal: Proposal
    ceremony: Ceremony | None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody who has a second factor now, and is in; the recovery codes are shown this once."""

    begun: Entered
    codes: list[str]
    return_to: str


def offers(way: Doorway, visitor: Visitor, key: str, sealed: str | None = None) -> Offers:
    """What to choose from; ``sealed``: the secret that was proposed before, to show it again. Raises NotOpened."""
    found = under_way(way, visitor, key, "enrol")
    if found is None:
        raise NotOpened
    _, person = found
    who = (person.account_id, person.id, person.user_name, person.account)
    proposal = (totp.proposed(way.keys, *who, sealed) if sealed else None) or totp.propose(way.keys, *who)
    with way.database.reading() as session:
        asked = (person.account_id, person.id, person.user_name, now())
        ceremony = None
        if way.party is not None:
            ceremony = passkeys.offer(session, way.keys, way.party, visitor.browser, *asked)
    return Offers(person.user_name, proposal, ceremony)


def enrol_app(way: Doorway, visitor: Visitor, key: str, sealed: str, code: str) -> Enrolled:
    """Use an app from now on. Raises Refused for a wrong code, NotOpened."""
    with way.database.writing() as session:
        person, return_to = _taken(session, way, visitor, key)
        who = (person.account_id, person.id)
        proposal = totp.proposed(way.keys, *who, person.user_name, person.account, sealed)
        if proposal is None or not totp.confirm(session, way.keys, *who, proposal, code, now()):
            raise Refused("this is not the code that the app shows now")
        return _enrolled(session, way, visitor, person, return_to, PASSWORD + CODE, "totp")


def enrol_passkey(way: Doorway, visitor: Visitor, key: str, ticket: str, answer: str, name: str) -> Enrolled:
    """Use a passkey from now on. Raises Refused, NotOpened."""
    if way.party is None:
        raise NotOpened
    with way.database.writing() as session:
        person, return_to = _taken(session, way, visitor, key)
        who = (person.account_id, person.id)
        passkeys.register(session, way.keys, way.party, visitor.browser, *who, ticket, answer, name, now())
        return _enrolled(session, way, visitor, person, return_to, PASSKEY, "passkey")


def _taken(session: Session, way: Doorway, visitor: Visitor, key: str) -> tuple[Any, str]:
    """Whose sign-in this is that still needs a second factor, and where it goes on; it is used up with all the others.

    A refused factor undoes that together with everything else. Raises NotOpened.
    """
    found, person = held(session, way, visitor, key, "enrol")
    use(session, found)
    store.end_attempts(session, person.account_id, person.id, now())
    return person, found.return_to


def _enrolled(
    session: Session,
    way: Doorway,
    visitor: Visitor,
    person: Any,
    return_to: str,
    methods: tuple[str, ...],
    factor: str,
) -> Enrolled:
    codes = recovery_codes.renew(session, way.keys, person.account_id, person.id)
    begun = let_in(session, way, visitor, person, methods)
    audit.record(
        session, person.account_id, "door.factor_added", "user", person.id, person.user_name, None, {"factor": factor}
    )
    return Enrolled(begun, codes, return_to)
