"""Passkeys: WebAuthn credentials with which a person signs in without a name and a password (W3C WebAuthn level 3).

An authenticator has to verify who holds it, so a passkey is two factors in one. A challenge is sealed rather than
stored, since everybody who looks at the door is given one: it is bound to the browser and to what it is for, and that
it was used is noted, so it is never good twice.
"""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

import orjson
from sqlalchemy.exc import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app import crypto, sealed
from app.models.base import new_id
from app.sealing import Keys
from app.services.errors import Refused
from app.session import Session
from app.stores import local_sign_in as store

Purpose = Literal["sign_in", "register"]
LASTS = timedelta(minutes=10)
MOST = 20
"""So many passkeys one person may have."""
MOST_NAME = 100
_SEAL = b"passkey challenge"
_MOST_CREDENTIAL = 16 * 1024
_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}", re.ASCII)
"""The name of a credential: at most 1023 bytes (WebAuthn §4), in base64url."""
_TRANSPORTS = frozenset(one.value for one in AuthenticatorTransport)


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """What passkeys are bound to: the host of our public address, and that address."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a browser is asked for; ``ticket`` comes back with its answer."""

    options: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Proved:
    """Who has shown their passkey."""

    account_id: str
    user_id: str
    passkey_id: str
    name: str


def relying_party(base_url: str) -> RelyingParty | None:
    """Ourselves; None at an address without a name, or without https, since browsers have no passkeys there."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        is_secure = url.scheme == "https" or host == "localhost" or host.endswith(".localhost")
        return RelyingParty(host, f"{url.scheme}://{url.netloc.lower()}") if is_secure else None
    return None


def ask(keys: Keys, party: RelyingParty, browser: str, moment: datetime) -> Ceremony:
    """Ask for any passkey that the browser has for us; who it is it tells itself."""
    challenge = secrets.token_bytes(32)
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Ceremony(options_to_json(options), _ticket(keys, "sign_in", challenge, browser, "", moment))


def offer(
    session: Session,
    keys: Keys,
    party: RelyingParty,
    browser: str,
    account_id: str,
    user_id: str,
    user_name: str,
    moment: datetime,
) -> Ceremony:
    """Ask for a new passkey of somebody, on an authenticator that has none of theirs."""
    challenge = secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name="Muster",
        user_id=_handle(account_id, user_id),
        user_name=user_name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(base64url_to_bytes(row.credential_id))
            for row in store.passkeys_of(session, account_id, user_id)
        ],
    )
    return Ceremony(options_to_json(options), _ticket(keys, "register", challenge, browser, user_id, moment))


def verify(
    session: Session, keys: Keys, party: RelyingParty, browser: str, ticket: str, answer: str, moment: datetime
) -> Proved | None:
    """Who shows a passkey with this answer; None for whatever is wrong with it. It is used up."""
    challenge = _challenge(keys, "sign_in", ticket, browser, "", moment)
    credential = _credential(answer)
    row = store.passkey(session, str(credential.get("id", ""))) if challenge is not None else None
    if challenge is None or row is None:
        return None
    handle = (credential.get("response") or {}).get("userHandle")
    if handle is not None and handle != bytes_to_base64url(_handle(row.account_id, row.user_id)):
        return None
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except _MALFORMED:
        return None
    if not _spend(session, keys, row.account_id, row.user_id, challenge, moment):
        return None
    if not store.use_passkey(session, row, verified.new_sign_count, moment):
        return None  # another sign-in with it came first, so one of the two is a copy
    return Proved(row.account_id, row.user_id, row.id, row.name)


def register(
    session: Session,
    keys: Keys,
    party: RelyingParty,
    browser: str,
    account_id: str,
    user_id: str,
    ticket: str,
    answer: str,
    name: str,
    moment: datetime,
) -> str:
    """Keep a new passkey of somebody; what it is called. Raises Refused."""
    challenge = _challenge(keys, "register", ticket, browser, user_id, moment)
    if challenge is None:
        raise Refused("this passkey was made too late or elsewhere; begin again")
    if len(store.passkeys_of(session, account_id, user_id)) >= MOST:
        raise Refused(f"nobody has more than {MOST} passkeys; remove one first")
    credential = _credential(answer)
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise Refused("this passkey was refused; begin again, with a screen lock or a key that has a PIN") from error
    named = "".join(character for character in name if character.isprintable()).strip()[:MOST_NAME] or "passkey"
    row = {
        "account_id": account_id,
        "id": new_id(),
        "user_id": user_id,
        "name": named,
        "credential_id": bytes_to_base64url(verified.credential_id),
        "public_key": bytes_to_base64url(verified.credential_public_key),
        "sign_count": verified.sign_count,
        "transports": _transports(credential),
        "created": moment,
        "last_used": None,
    }
    if not _spend(session, keys, account_id, user_id, challenge, moment):
        raise Refused("this passkey was sent twice; begin again")
    try:
        with session.savepoint():
            store.add_passkey(session, row)
    except IntegrityError as error:
        raise Refused("this passkey is known already") from error
    return named


_MALFORMED = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What a made-up answer may raise, in its parsing too."""


def _credential(answer: str) -> dict[str, Any]:
    try:
        found = orjson.loads(answer) if len(answer) <= _MOST_CREDENTIAL else {}
    except orjson.JSONDecodeError:
        found = {}
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        return {}
    id = found.get("id")
    return found if isinstance(id, str) and _ID.fullmatch(id) else {}


def _transports(credential: dict[str, Any]) -> list[str]:
    """How the authenticator is reached, as far as the standard knows it (WebAuthn §5.8.4)."""
    said = credential["response"].get("transports")
    return sorted({one for one in said if isinstance(one, str)} & _TRANSPORTS) if isinstance(said, list) else []


def _ticket(keys: Keys, purpose: Purpose, challenge: bytes, browser: str, user_id: str, moment: datetime) -> str:
    until = int((moment + LASTS).timestamp())
    content = [purpose, urlsafe_b64encode(challenge).decode(), crypto.hash_token(browser, keys.current), user_id, until]
    return sealed.seal(keys.current, _SEAL, content)


def _challenge(keys: Keys, purpose: Purpose, ticket: str, browser: str, user_id: str, moment: datetime) -> bytes | None:
    """The challenge that was given to this browser for this, if it is still good."""
    for key in (keys.current, *keys.former):
        try:
            content = sealed.unseal(key, _SEAL, ticket)
        except ValueError:
            continue
        expected = [purpose, crypto.hash_token(browser, key), user_id]
        if [content[0], *content[2:4]] == expected and content[4] > moment.timestamp():
            return base64url_to_bytes(content[1])
    return None


def _spend(session: Session, keys: Keys, account_id: str, user_id: str, challenge: bytes, moment: datetime) -> bool:
    """Whether a challenge is used now for the first time."""
    row = {
        "account_id": account_id,
        "id": new_id(),
        "key_hash": crypto.hash_token(f"passkey challenge {bytes_to_base64url(challenge)}", keys.current),
        "user_id": user_id,
        "return_to": "",
        "created": moment,
        "expires": moment + 2 * LASTS,
        "used": moment,
    }
    try:
        with session.savepoint():
            store.add_attempt(session, row)
    except IntegrityError:
        return False
    return True


def _handle(account_id: str, user_id: str) -> bytes:
    """What an authenticator keeps as who it is; it means nothing to anybody else."""
    return bytes.fromhex((account_id + user_id).replace("-", ""))
