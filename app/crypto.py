"""Bearer tokens: made once, shown once, kept only as a keyed hash.

A token reads ``<kind>_<prefix>_<256 random bits>_<checksum>``. The prefix is public and finds the row;
the checksum lets a secret scanner tell a real token from a lookalike (T-1).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass

DIRECTORY_TOKEN = "mscim"  # noqa: S105  the public kind of a token, not a secret
API_KEY = "mapi"
INSTALLATION_KEY = "minst"
CLIENT_SECRET = "mclient"  # noqa: S105  how such secrets begin, none itself

_SHAPE = re.compile(r"(mscim|mapi|minst|mclient)_([0-9a-f]{12})_([0-9a-f]{64})_([0-9a-f]{8})")


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: ``text`` is shown once, ``prefix`` and ``secret_hash`` are stored."""

    text: str
    prefix: str
    secret_hash: str


def make_token(kind: str, key: bytes) -> NewToken:
    """A fresh token of a kind."""
    return _token(kind, key, secrets.token_hex(6), secrets.token_hex(32))


def derive_token(kind: str, key: bytes, purpose: str) -> NewToken:
    """The one token that this installation's key makes for a purpose: the same at every call."""
    digest = hmac.new(key, f"muster token: {kind} {purpose}".encode(), hashlib.sha512).hexdigest()
    return _token(kind, key, digest[:12], digest[12:76])


def hash_token(text: str, key: bytes) -> str:
    """The keyed hash under which a token is stored."""
    return hmac.digest(key, text.encode(), "sha256").hex()


def subject_hash(connection_id: str, subject: str) -> str:
    """By what a subject of a connection is found.

    It is the same whatever the installation's key, since whom it means must outlive a change of that.
    """
    return hashlib.sha256(f"subject {connection_id} {subject}".encode()).hexdigest()


def token_prefix(text: str, kind: str) -> str | None:
    """The public prefix of a well-formed token of that kind, else None."""
    shape = _SHAPE.fullmatch(text)
    if shape is None or shape[1] != kind or shape[4] != _checksum(text[: shape.end(3)]):
        return None
    return shape[2]


def matches(text: str, secret_hash: str, key: bytes) -> bool:
    """Does the token have this hash? Compared in constant time."""
    return hmac.compare_digest(hash_token(text, key), secret_hash)


def key_check(key: bytes) -> str:
    """A value by which an installation recognises its own key without storing it."""
    return hmac.new(key, b"muster key check", hashlib.sha256).hexdigest()[:16]


def _token(kind: str, key: bytes, prefix: str, secret: str) -> NewToken:
    begin = f"{kind}_{prefix}_{secret}"
    text = f"{begin}_{_checksum(begin)}"
    return NewToken(text, prefix, hash_token(text, key))


def _checksum(begin: str) -> str:
    return f"{zlib.crc32(begin.encode()):08x}"
