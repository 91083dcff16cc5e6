"""What an Account Owner has for the local door, as they see and change it themselves.

Whoever calls has made sure that they proved lately who they are (N-7). Nobody takes away the last way in that somebody
needs: their own, or that of the whole account while the identity provider is required.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import audit
from app.models.base import now
from app.services import passkeys, passwords, person_sessions, recovery_codes, totp
from app.services.door_people import DoorOwner, door_owners, facts, get_own
from app.services.door_steps import Doorway, tell
from app.services.errors import LastOwner, NotFound, Refused
from app.services.passkeys import Ceremony
from app.services.totp import Proposal
from app.session import Session
from app.stores import local_sign_in as store


@dataclass(frozen=True, slots=True)
class OwnPasskey:
    """A passkey of one's own."""

    id: str
    name: str
    created: datetime
    last_used: datetime | None


@dataclass(frozen=True, slots=True)
class OwnFactors:
    """What somebody has."""

    owner: DoorOwner
    account: str
    password_set: datetime | None
    totp_confirmed: datetime | None
    passkeys: tuple[OwnPasskey, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """Whose they are: a person who is signed in, in this session and browser."""

    account_id: str
    user_id: str
    session_id: str
    browser: str

    @property
    def who(self) -> tuple[str, str]:
        """The account and the person."""
        return self.account_id, self.user_id


def own_factors(session: Session, own: Own) -> OwnFactors:
    """What somebody has. Raises NotFound for who may not use the local door."""
    person = get_own(session, *own.who)
    rows = store.passkeys_of(session, *own.who)
    shown = tuple(OwnPasskey(row.id, row.name, row.created, row.last_used) for row in rows)
    return OwnFactors(facts(person), person.account, person.password_set, person.totp_confirmed, shown)


def propose_app(session: Session, way: Doorway, own: Own, sealed: str | None = None) -> Proposal:
    """A secret for an app, or the one that was proposed before. Raises NotFound."""
    person = get_own(session, *own.who)
    who = (*own.who, person.user_name, person.account)
    return (totp.proposed(way.keys, *who, sealed) if sealed else None) or totp.propose(way.keys, *who)


def offer_passkey(session: Session, way: Doorway, own: Own) -> Ceremony | None:
    """What a browser is asked for; None where there are no passkeys. Raises NotFound."""
    person = get_own(session, *own.who)
    if way.party is None:
        return None
    return passkeys.offer(session, way.keys, way.party, own.browser, *own.who, person.user_name, now())


def set_password(session: Session, way: Doorway, own: Own, password: str) -> None:
    """Choose another password; all other sessions end. Raises Refused, NotFound."""
    person = _mine(session, own)
    kept = passwords.hashed(password, [person.user_name, person.account])
    store.credential(session, *own.who, {"password_hash": kept, "password_set": now()})
    store.void_invitations(session, *own.who)
    person_sessions.end_all(session, *own.who, "password", but=own.session_id)
    _noted(session, way, person, "door.password_set", "password")


def use_app(session: Session, way: Doorway, own: Own, sealed: str, code: str) -> list[str]:
    """Use this app from now on, and no other; new recovery codes if there were none. Raises Refused, NotFound."""
    person = _mine(session, own)
    proposal = totp.proposed(way.keys, *own.who, person.user_name, person.account, sealed)
    if proposal is None or not totp.confirm(session, way.keys, *own.who, proposal, code, now()):
        raise Refused("this is not the code that the app shows now")
    _noted(session, way, person, "door.factor_added", "totp")
    return _first_codes(session, way, person)


def add_passkey(session: Session, way: Doorway, own: Own, ticket: str, answer: str, name: str) -> list[str]:
    """Use this passkey from now on, too; new recovery codes if there were none. Raises Refused, NotFound."""
    person = _mine(session, own)
    if way.party is None:
        raise NotFound("there are no passkeys at this address")
    passkeys.register(session, way.keys, way.party, own.browser, *own.who, ticket, answer, name, now())
    _noted(session, way, person, "door.factor_added", "passkey")
    return _first_codes(session, way, person)


def remove_app(session: Session, way: Doorway, own: Own) -> None:
    """Use no app any more. Raises Refused, LastOwner, NotFound."""
    person = _mine(session, own)
    with _keeping_a_way(session, person):
        store.credential(session, *own.who, {"totp_secret": None, "totp_confirmed": None, "totp_step": None})
    _noted(session, way, person, "door.factor_removed", "totp")


def remove_passkey(session: Session, way: Doorway, own: Own, id: str) -> None:
    """Let a passkey be good no more. Raises Refused, LastOwner, NotFound."""
    person = _mine(session, own)
    with _keeping_a_way(session, person):
        if not _is_id(id) or store.remove_passkey(session, *own.who, id) is None:
            raise NotFound("there is no such passkey")
    _noted(session, way, person, "door.factor_removed", "passkey")


def renew_codes(session: Session, way: Doorway, own: Own) -> list[str]:
    """New recovery codes instead of all before, told this once. Raises NotFound."""
    person = _mine(session, own)
    _noted(session, way, person, "door.codes_renewed", "recovery codes")
    return recovery_codes.renew(session, way.keys, *own.who)


@contextmanager
def _keeping_a_way(session: Session, before: Any) -> Iterator[None]:
    with session.savepoint():
        yield
        after = facts(store.person(session, before.account_id, before.id))
        if facts(before).can_open and not after.can_open:
            raise Refused("this is the last second factor, and the account requires one; add another one first")
        everybody = door_owners(session, before.account_id)
        if before.sso_required is not None and not any(one.holds_break_glass for one in everybody):
            raise LastOwner("nobody could sign in any more when the identity provider fails")


def _first_codes(session: Session, way: Doorway, person: Any) -> list[str]:
    return [] if person.codes else recovery_codes.renew(session, way.keys, person.account_id, person.id)


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _mine(session: Session, own: Own) -> Any:
    """The person, whose password and factors nobody else changes meanwhile. Raises NotFound."""
    store.lock(session, *own.who)
    return get_own(session, *own.who)


def _noted(session: Session, way: Doorway, person: Any, action: str, what: str) -> None:
    """Write down a change, and tell of it; whoever was on the way in with what was before has to begin again."""
    store.end_attempts(session, person.account_id, person.id, now())
    audit.record(session, person.account_id, action, "user", person.id, person.user_name, None, {"what": what})
    tell(session, way.post, person.id, person, "changed", now(), what=what)
