"""Our own key pairs towards a connection: made here, sealed, rolled over without a gap (S-50).

A new pair is ``next``: published beside the present one, so that the provider learns of it. Then it is switched to,
and signs; the one before is ``former``, still decrypts what was on its way, and is retired.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app import audit
from app.models.base import new_id, now
from app.sealing import Keys
from app.services.connection_rights import begin, touch
from app.services.errors import Conflict
from app.services.trusted import key_belonging
from app.session import Session
from app.stores import connection_parts as store

BITS = 2048
LASTS = timedelta(days=3 * 365)
_EARLIER = timedelta(days=1)
"""Clocks differ: a certificate that begins now has not begun everywhere."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair that nobody has yet."""

    private: str
    certificate: str
    not_after: datetime


def make_pair(name: str, lasts: timedelta = LASTS) -> Pair:
    """A new key pair with a self-signed certificate. It takes a while: not within a transaction."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])
    moment = now()
    ends = (moment + lasts).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _EARLIER)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Pair(private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode(), ends)


def keep(session: Session, keys: Keys, account_id: str, connection_id: str, pair: Pair, state: str) -> str:
    """Store a pair, sealed; its id."""
    id = new_id()
    row = {
        "account_id": account_id,
        "id": id,
        "connection_id": connection_id,
        "state": state,
        "certificate": pair.certificate,
        "private_key": keys.seal(pair.private, *key_belonging(account_id, id)),
        "not_after": pair.not_after,
        "created": now(),
    }
    store.add_key(session, row)
    return id


def prepare(session: Session, keys: Keys, account_id: str, reference: str, pair: Pair) -> str:
    """Publish another pair beside the present one; the connection's id. Raises Conflict, NotFound, Forbidden."""
    row = begin(session, account_id, reference)
    if store.key(session, account_id, row["id"], "next") is not None:
        raise Conflict("another key is published already; switch to it, or retire it")
    id = keep(session, keys, account_id, row["id"], pair, "next")
    _record(session, account_id, "connection.key_prepared", row, id, pair.not_after)
    touch(session, row)
    return str(row["id"])


def switch(session: Session, account_id: str, reference: str) -> str:
    """Sign with the published pair from now on; the one before still decrypts. Raises Conflict, NotFound, Forbidden."""
    row = begin(session, account_id, reference)
    following = store.key(session, account_id, row["id"], "next")
    if following is None:
        raise Conflict("no other key is published; prepare one, and let the provider learn of it")
    former = store.key(session, account_id, row["id"], "former")
    if former is not None:
        store.remove_key(session, account_id, former["id"])
    current = store.key(session, account_id, row["id"], "current")
    if current is not None:
        store.change_key(session, account_id, current["id"], "former")
    store.change_key(session, account_id, following["id"], "current")
    _record(session, account_id, "connection.key_switched", row, following["id"], following["not_after"])
    touch(session, row)
    return str(row["id"])


def retire(session: Session, account_id: str, reference: str) -> str:
    """Forget the former pair; without one, the published one that nobody has switched to.

    Raises Conflict if there is neither, NotFound, Forbidden.
    """
    row = begin(session, account_id, reference)
    found = store.key(session, account_id, row["id"], "former") or store.key(session, account_id, row["id"], "next")
    if found is None:
        raise Conflict("there is only the key in use; it goes once another one is in use")
    store.remove_key(session, account_id, found["id"])
    _record(session, account_id, "connection.key_retired", row, found["id"], found["not_after"])
    touch(session, row)
    return str(row["id"])


def _record(session: Session, account_id: str, action: str, row: Any, key_id: str, not_after: datetime) -> None:
    after = {"key": key_id, "not_after": not_after.isoformat()}
    audit.record(session, account_id, action, "connection", row["id"], row["name"], None, after)
