"""The local door in the database: who may open it, with what, and how often it was tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, case, delete, func, insert, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.models import DoorAddress, Invitation, LocalCredential, LoginAttempt, Passkey, RecoveryCode
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ACCOUNTS, DIRECTORIES, USERS


@dataclass(frozen=True, slots=True)
class Failures:
    """How often in a row it failed, until when nobody is let in from there, and when all this is forgotten."""

    count: int
    locked_until: datetime | None
    expires: datetime


CREDENTIALS, PASSKEYS, CODES = table(LocalCredential), table(Passkey), table(RecoveryCode)
INVITATIONS, ADDRESSES, ATTEMPTS = table(Invitation), table(DoorAddress), table(LoginAttempt)

_ACCOUNT, _USER = bindparam("b_account", type_=Id()), bindparam("b_user", type_=Id())
_MINE = (PASSKEYS.c.account_id == USERS.c.account_id, PASSKEYS.c.user_id == USERS.c.id)
_LEFT = (CODES.c.account_id == USERS.c.account_id, CODES.c.user_id == USERS.c.id, CODES.c.used.is_(None))
_PEOPLE = (
    select(
        USERS.c.account_id,
        USERS.c.id,
        USERS.c.user_name,
        USERS.c.document,
        ACCOUNTS.c.name.label("account"),
        ACCOUNTS.c.requires_mfa,
        ACCOUNTS.c.sso_required,
        CREDENTIALS.c.password_hash,
        CREDENTIALS.c.password_set,
        CREDENTIALS.c.totp_secret,
        CREDENTIALS.c.totp_confirmed,
        CREDENTIALS.c.totp_step,
        CREDENTIALS.c.locked_until,
        CREDENTIALS.c.opened,
        select(func.count()).select_from(PASSKEYS).where(*_MINE).scalar_subquery().label("passkeys"),
        select(func.count()).select_from(CODES).where(*_LEFT).scalar_subquery().label("codes"),
    )
    .select_from(
        USERS.join(
            DIRECTORIES, (DIRECTORIES.c.account_id == USERS.c.account_id) & (DIRECTORIES.c.id == USERS.c.directory_id)
        )
        .join(ACCOUNTS, ACCOUNTS.c.id == USERS.c.account_id)
        .outerjoin(
            CREDENTIALS, (CREDENTIALS.c.account_id == USERS.c.account_id) & (CREDENTIALS.c.user_id == USERS.c.id)
        )
    )
    # As the index of these people has it: a parameter would hide from the database that it may be used.
    .where(DIRECTORIES.c.preset == "local", USERS.c.origin == literal_column("'manual'"), USERS.c.active)
    .where(~ACCOUNTS.c.suspended)
)
_IN = bindparam("b_in", type_=Text())
_NAMED = Prepared(
    _PEOPLE.where(
        USERS.c.user_name_key == bindparam("b_name"),
        CREDENTIALS.c.password_hash.is_not(None),
        or_(_IN == "", ACCOUNTS.c.name_key == _IN),
    ).limit(2)
)
_PERSON = Prepared(_PEOPLE.where(USERS.c.account_id == _ACCOUNT, USERS.c.id == _USER))
_PASSKEY = Prepared(select(*PASSKEYS.c).where(PASSKEYS.c.credential_id == bindparam("b_credential")))


def named(session: Session, name_key: str, account_key: str) -> Any:
    """The only person of this folded name with a password; None if there is none, or several and no account is said."""
    found = session.look(_NAMED, {"b_name": name_key, "b_in": account_key})
    return found[0] if len(found) == 1 else None


def person(session: Session, account_id: str, user_id: str) -> Any:
    """Somebody active of an account's own directory, made by hand, with what they have for the door; or None."""
    return session.look(_PERSON, {"b_account": account_id, "b_user": user_id}).one_or_none()


def passkey(session: Session, credential_id: str) -> Any:
    """A passkey by the name that the authenticator gave it, or None."""
    return session.look(_PASSKEY, {"b_credential": credential_id}).one_or_none()


def passkeys_of(session: Session, account_id: str, user_id: str) -> Sequence[Any]:
    """The passkeys of somebody, the oldest first."""
    query = select(*PASSKEYS.c).where(*_of(PASSKEYS, account_id, user_id)).order_by(PASSKEYS.c.created, PASSKEYS.c.id)
    found: Sequence[Any] = session.look(query).all()
    return found


def credential(session: Session, account_id: str, user_id: str, values: Mapping[str, Any]) -> None:
    """Change what somebody has for the door; it is there from then on."""
    changed = update(CREDENTIALS).where(*_of(CREDENTIALS, account_id, user_id)).values(**values)
    if not session.execute(changed).rowcount:
        new = {"account_id": account_id, "user_id": user_id, "failures": 0, **values}
        session.execute(insert(CREDENTIALS).values(**new))


def use_step(session: Session, account_id: str, user_id: str, step: int) -> bool:
    """Whether a code of this step is used now for the first time, and none of a later one was."""
    unused = or_(CREDENTIALS.c.totp_step.is_(None), CREDENTIALS.c.totp_step < step)
    changed = update(CREDENTIALS).where(*_of(CREDENTIALS, account_id, user_id), unused).values(totp_step=step)
    return bool(session.execute(changed).rowcount)


def use_passkey(session: Session, row: Any, count: int, moment: datetime) -> bool:
    """Whether a passkey still has the count that was verified, and now another one."""
    same = (PASSKEYS.c.account_id == row.account_id, PASSKEYS.c.id == row.id, PASSKEYS.c.sign_count == row.sign_count)
    changed = update(PASSKEYS).where(*same).values(sign_count=count, last_used=moment)
    return bool(session.execute(changed).rowcount)


def use_code(session: Session, account_id: str, user_id: str, hashes: Sequence[str], moment: datetime) -> bool:
    """Whether one of these is an unused recovery code of this person; it is used now."""
    unused = (*_of(CODES, account_id, user_id), CODES.c.code_hash.in_(hashes), CODES.c.used.is_(None))
    return bool(session.execute(update(CODES).where(*unused).values(used=moment)).rowcount)


def replace_codes(session: Session, account_id: str, user_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Other recovery codes instead of those before."""
    session.execute(delete(CODES).where(*_of(CODES, account_id, user_id)))
    for row in rows:
        session.execute(insert(CODES).values(account_id=account_id, user_id=user_id, **row))


def forget_factors(session: Session, account_id: str, user_id: str) -> None:
    """Let somebody have no second factor, no passkey and no recovery code."""
    session.execute(delete(CODES).where(*_of(CODES, account_id, user_id)))
    session.execute(delete(PASSKEYS).where(*_of(PASSKEYS, account_id, user_id)))
    nothing = {"totp_secret": None, "totp_confirmed": None, "totp_step": None}
    session.execute(update(CREDENTIALS).where(*_of(CREDENTIALS, account_id, user_id)).values(**nothing))


def charge_person(session: Session, account_id: str, user_id: str, moment: datetime) -> int | None:
    """Count a try as a failure, as it is until it succeeds; how many in a row, None for who is locked or unknown."""
    charged = (
        update(CREDENTIALS)
        .where(*_of(CREDENTIALS, account_id, user_id), _is_open(CREDENTIALS, moment))
        .values(failures=CREDENTIALS.c.failures + 1)
        .returning(CREDENTIALS.c.failures)
    )
    found: int | None = session.execute(charged).scalar()
    return found


def lock_person(session: Session, account_id: str, user_id: str, until: datetime) -> None:
    """Let nobody in as this person by password before then."""
    session.execute(update(CREDENTIALS).where(*_of(CREDENTIALS, account_id, user_id)).values(locked_until=until))


def refund_person(session: Session, account_id: str, user_id: str, *, all: bool) -> None:
    """A try was right: it is no failure, nor, when all of the sign-in was, is any before it."""
    left = 0 if all else case((CREDENTIALS.c.failures > 0, CREDENTIALS.c.failures - 1), else_=0)
    right = update(CREDENTIALS).where(*_of(CREDENTIALS, account_id, user_id))
    session.execute(right.values(failures=left, locked_until=None))


def failures(session: Session, hashed: str, moment: datetime, expires: datetime) -> Failures:
    """The failures from an address; nobody else counts there before this transaction ends."""
    nothing = {"failures": 0, "locked_until": None, "expires": expires}
    new = (sqlite if session.is_sqlite else postgresql).insert(ADDRESSES).values(address_hash=hashed, **nothing)
    session.execute(new.on_conflict_do_nothing(index_elements=[ADDRESSES.c.address_hash]))
    query = select(ADDRESSES.c.failures, ADDRESSES.c.locked_until, ADDRESSES.c.expires)
    row = session.execute(query.where(ADDRESSES.c.address_hash == hashed).with_for_update()).one_or_none()
    if row is None or row.expires <= moment:
        return Failures(0, None, expires)
    return Failures(row.failures, row.locked_until, row.expires)


def keep_failures(session: Session, hashed: str, found: Failures) -> None:
    """Remember failures from an address."""
    values = {"failures": found.count, "locked_until": found.locked_until, "expires": found.expires}
    session.execute(update(ADDRESSES).where(ADDRESSES.c.address_hash == hashed).values(**values))


def forgive(session: Session, hashed: str) -> None:
    """Know of no failures there any more."""
    session.execute(delete(ADDRESSES).where(ADDRESSES.c.address_hash == hashed))


def forget_addresses(session: Session, moment: datetime) -> None:
    """Delete what has expired."""
    session.execute(delete(ADDRESSES).where(ADDRESSES.c.expires <= moment))


def invitation(session: Session, hashes: Sequence[str], moment: datetime) -> Any:
    """The invitation with one of these hashes that can still be used, or None."""
    query = select(*INVITATIONS.c).where(
        INVITATIONS.c.secret_hash.in_(hashes), INVITATIONS.c.used.is_(None), INVITATIONS.c.expires > moment
    )
    return session.look(query).one_or_none()


def invited_since(session: Session, account_id: str, user_id: str, purpose: str, moment: datetime) -> bool:
    """Whether somebody got such an invitation after a moment."""
    query = select(INVITATIONS.c.id).where(
        *_of(INVITATIONS, account_id, user_id), INVITATIONS.c.purpose == purpose, INVITATIONS.c.created > moment
    )
    return session.execute(query.limit(1)).first() is not None


def add_invitation(session: Session, row: Mapping[str, Any]) -> None:
    """Another invitation; those before cannot be used any more."""
    here = _of(INVITATIONS, row["account_id"], row["user_id"])
    session.execute(delete(INVITATIONS).where(*here, INVITATIONS.c.purpose == row["purpose"]))
    session.execute(insert(INVITATIONS).values(**row))


def use_invitation(session: Session, account_id: str, id: str, moment: datetime) -> bool:
    """Whether an invitation is used now, for the first time."""
    one = (INVITATIONS.c.account_id == account_id, INVITATIONS.c.id == id, INVITATIONS.c.used.is_(None))
    return bool(session.execute(update(INVITATIONS).where(*one).values(used=moment)).rowcount)


def void_invitations(session: Session, account_id: str, user_id: str) -> None:
    """Let no invitation of somebody be good any more."""
    session.execute(delete(INVITATIONS).where(*_of(INVITATIONS, account_id, user_id)))


def add_attempt(session: Session, row: Mapping[str, Any]) -> None:
    """A sign-in that has begun, or the note that something was used up. Raises IntegrityError if it is there."""
    session.execute(insert(ATTEMPTS).values(purpose="local", **row))


def attempt(session: Session, key_hash: str, browser_hash: str, moment: datetime) -> Any:
    """A sign-in at this door that this browser has begun and not ended, or None."""
    query = select(*ATTEMPTS.c).where(
        ATTEMPTS.c.key_hash == key_hash,
        ATTEMPTS.c.browser_hash == browser_hash,
        ATTEMPTS.c.purpose == "local",
        ATTEMPTS.c.used.is_(None),
        ATTEMPTS.c.expires > moment,
    )
    return session.look(query).one_or_none()


def use_attempt(session: Session, account_id: str, id: str, moment: datetime) -> bool:
    """Whether a sign-in ends now, for the first time."""
    one = (ATTEMPTS.c.account_id == account_id, ATTEMPTS.c.id == id, ATTEMPTS.c.used.is_(None))
    return bool(session.execute(update(ATTEMPTS).where(*one).values(used=moment)).rowcount)


def end_attempts(session: Session, account_id: str, user_id: str | None, moment: datetime) -> None:
    """Let nobody go on with a sign-in at this door that somebody has begun, or anybody of the account."""
    begun = [ATTEMPTS.c.account_id == account_id, ATTEMPTS.c.purpose == "local", ATTEMPTS.c.used.is_(None)]
    if user_id is not None:
        begun.append(ATTEMPTS.c.user_id == user_id)
    session.execute(update(ATTEMPTS).where(*begun).values(used=moment))


def lock(session: Session, account_id: str, user_id: str) -> None:
    """Let nobody else change what somebody has for the door before this transaction ends."""
    query = select(CREDENTIALS.c.user_id).where(*_of(CREDENTIALS, account_id, user_id))
    session.execute(query.with_for_update()).all()


def add_passkey(session: Session, row: Mapping[str, Any]) -> None:
    """Another passkey. Raises IntegrityError for one that somebody has."""
    session.execute(insert(PASSKEYS).values(**row))


def remove_passkey(session: Session, account_id: str, user_id: str, id: str) -> str | None:
    """Take a passkey away; what it was called."""
    gone = delete(PASSKEYS).where(*_of(PASSKEYS, account_id, user_id), PASSKEYS.c.id == id)
    name: str | None = session.execute(gone.returning(PASSKEYS.c.name)).scalar()
    return name


def _of(rows: Any, account_id: str, user_id: str) -> tuple[Any, Any]:
    return rows.c.account_id == account_id, rows.c.user_id == user_id


def _is_open(rows: Any, moment: datetime) -> Any:
    return or_(rows.c.locked_until.is_(None), rows.c.locked_until <= moment)
