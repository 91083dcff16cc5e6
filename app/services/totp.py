"""Codes of an authenticator app: TOTP (RFC 6238), with the usual six digits of SHA-1 every thirty seconds.

The secret is sealed. A code is good in its step and one before and after it, and never twice (RFC 6238 §5.2).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp

from app.sealing import Keys, Unsealable
from app.session import Session
from app.stores import local_sign_in as store

ISSUER = "Muster"
_STEP = 30
_AROUND = (0, -1, 1)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_PROPOSED = "totp_proposal"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A secret that nobody has yet: as text, as the address that an app reads, and sealed for the way back."""

    secret: str
    uri: str
    sealed: str


def propose(keys: Keys, account_id: str, user_id: str, user_name: str, account: str) -> Proposal:
    """A new secret for somebody; it counts when a code of it was shown (``confirm``)."""
    secret = pyotp.random_base32(32)
    return _proposal(keys, account_id, user_id, user_name, account, secret)


def proposed(keys: Keys, account_id: str, user_id: str, user_name: str, account: str, sealed: str) -> Proposal | None:
    """The same again from what was sealed, or None if that was not made for this person."""
    try:
        secret = keys.unseal(sealed, _PROPOSED, account_id, user_id)
    except Unsealable:
        return None
    return _proposal(keys, account_id, user_id, user_name, account, secret)


def confirm(
    session: Session, keys: Keys, account_id: str, user_id: str, proposal: Proposal, code: str, moment: datetime
) -> bool:
    """Let a proposed secret be the person's if the code is one of it."""
    step = _step_of(proposal.secret, code, moment)
    if step is None:
        return False
    sealed = keys.seal(proposal.secret, *_belongs(account_id, user_id))
    values = {"totp_secret": sealed, "totp_confirmed": moment, "totp_step": step}
    store.credential(session, account_id, user_id, values)
    return True


def is_right(session: Session, keys: Keys, person: Any, code: str, moment: datetime) -> bool:
    """Whether this is a code of the person's secret that was not used before; it is used now."""
    if person.totp_secret is None or person.totp_confirmed is None:
        return False
    secret = keys.unseal(person.totp_secret, *_belongs(person.account_id, person.id))
    step = _step_of(secret, code, moment)
    return step is not None and store.use_step(session, person.account_id, person.id, step)


def is_code(text: str) -> bool:
    """Whether this has the shape of a code."""
    return _CODE.fullmatch(_bare(text)) is not None


def _proposal(keys: Keys, account_id: str, user_id: str, user_name: str, account: str, secret: str) -> Proposal:
    uri = pyotp.TOTP(secret).provisioning_uri(name=user_name, issuer_name=f"{ISSUER} {account}".replace(":", " "))
    return Proposal(secret, uri, keys.seal(secret, _PROPOSED, account_id, user_id))


def _step_of(secret: str, code: str, moment: datetime) -> int | None:
    """In which step this is the code; every step is compared, whichever it is."""
    if not is_code(code):
        return None
    codes, now = pyotp.TOTP(secret), int(moment.timestamp()) // _STEP
    steps = [step for step in (now + around for around in _AROUND) if _same(codes.generate_otp(step), _bare(code))]
    return max(steps, default=None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _bare(code: str) -> str:
    return re.sub(r"[\s-]", "", code)


def _belongs(account_id: str, user_id: str) -> tuple[str, str, str]:
    return store.CREDENTIALS.name, account_id, user_id
