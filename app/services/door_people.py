"""Who may use the local door, and who can: Account Owners of the account's own directory, made by hand (R-6).

Nobody whom a directory pushed or a connection brought may have a password here: whoever runs that identity provider
could otherwise be followed home by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models.base import now
from app.services.errors import Conflict, NotFound
from app.services.users import get_user
from app.session import Session
from app.stores import local_sign_in as store
from app.stores import owners


@dataclass(frozen=True, slots=True)
class DoorOwner:
    """An owner who may use the local door, and what they have for it. ``mfa_required`` is the account's setting."""

    user_id: str
    user_name: str
    has_password: bool
    has_totp: bool
    passkeys: int
    recovery_codes: int
    opened: datetime | None
    locked_until: datetime | None
    mfa_required: bool

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone does not let anybody in as this person."""
        return self.has_totp or self.passkeys > 0

    @property
    def holds_break_glass(self) -> bool:
        """Whether they can sign in when nothing but this door works, and need two factors for it (R-6)."""
        return self.passkeys > 0 or (self.has_password and self.has_totp)

    @property
    def can_open(self) -> bool:
        """Whether they can sign in here as the account is set."""
        return self.holds_break_glass or (self.has_password and not self.mfa_required)


def door_owners(session: Session, account_id: str) -> list[DoorOwner]:
    """Everybody who may use the door, by name."""
    everybody = [store.person(session, account_id, one.id) for one in _local(session, account_id)]
    return [facts(person) for person in everybody if person is not None]


def facts(person: Any) -> DoorOwner:
    """What a row of the store says."""
    return DoorOwner(
        user_id=person.id,
        user_name=person.user_name,
        has_password=person.password_hash is not None,
        has_totp=person.totp_confirmed is not None,
        passkeys=person.passkeys,
        recovery_codes=person.codes,
        opened=person.opened,
        locked_until=person.locked_until,
        mfa_required=person.requires_mfa,
    )


def may_open(session: Session, person: Any) -> bool:
    """Whether somebody is an Account Owner of the account's own directory at present."""
    return any(one.id == person.id for one in _local(session, person.account_id))


def find_owner(session: Session, account_id: str, reference: str) -> Any:
    """Somebody who may use the door, by id or user name. Raises NotFound, Conflict for anybody else."""
    found = get_user(session, account_id, reference)
    person = store.person(session, account_id, found.id)
    if person is None or not may_open(session, person):
        names = ", ".join(one.user_name for one in door_owners(session, account_id))
        raise Conflict(
            f"{found.user_name} is no active Account Owner of the account's own directory, and nobody else uses the "
            f"local door; there are: {names or 'none, make one with `muster owner create`'}"
        )
    return person


def get_own(session: Session, account_id: str, user_id: str) -> Any:
    """The same for somebody who is signed in. Raises NotFound for who may not use the door."""
    person = store.person(session, account_id, user_id)
    if person is None or not may_open(session, person):
        raise NotFound("only an Account Owner of the account's own directory has a password here")
    return person


def _local(session: Session, account_id: str) -> list[owners.Owner]:
    return [one for one in owners.owners_of(session, account_id, now()) if one.local and one.active]
