"""Secrets that must be read again are kept sealed: the database alone yields none of them.

A sealed text is AES-256-GCM under a key derived from the installation's secret key (HKDF, RFC 5869), and names that
key. It opens only where it was sealed for: what it belongs to is authenticated with it, so no text can be moved to
another row. With ``MUSTER_SECRET_KEY_PREVIOUS`` former keys open what they sealed, until it is sealed anew.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.crypto import key_check

_VERSION = "s1"
_NONCE = 12


class Unsealable(Exception):
    """A sealed text does not open: its key is not among ours, it was changed, or it belongs elsewhere."""


class Keys:
    """The installation's secret key, and former ones that still count."""

    def __init__(self, current: bytes, former: Sequence[bytes] = ()) -> None:
        self.current = current
        self.former = tuple(former)
        self.id = key_check(current)
        self._ciphers = {key_check(key): AESGCM(_derived(key)) for key in (current, *former)}

    @property
    def ids(self) -> frozenset[str]:
        """What the keys are called in sealed texts, and by what an installation recognises its own."""
        return frozenset(self._ciphers)

    def seal(self, secret: str, *belongs: str) -> str:
        """A secret as it may be stored; ``belongs`` says to what, such as a table, an account and a row."""
        nonce = os.urandom(_NONCE)
        content = nonce + self._ciphers[self.id].encrypt(nonce, secret.encode(), orjson.dumps(belongs))
        return f"{_VERSION}.{self.id}.{base64.urlsafe_b64encode(content).decode()}"

    def unseal(self, text: str, *belongs: str) -> str:
        """The secret that was sealed for the same. Raises Unsealable."""
        version, id, content = (*text.split("."), "", "", "")[:3]
        cipher = self._ciphers.get(id)
        if version != _VERSION or cipher is None:
            raise Unsealable(f"it was sealed with the key {id or '(none)'}, which MUSTER_SECRET_KEY_PREVIOUS lacks")
        try:
            raw = base64.urlsafe_b64decode(content)
            if base64.urlsafe_b64encode(raw).decode() != content:  # some bits of the last character mean nothing
                raise InvalidTag
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], orjson.dumps(belongs)).decode()
        except (InvalidTag, ValueError) as error:
            raise Unsealable("it was changed, or sealed for something else") from error

    def is_current(self, text: str) -> bool:
        """Whether a sealed text is under the present key."""
        return text.startswith(f"{_VERSION}.{self.id}.")


def _derived(key: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=b"muster sealed secrets 1").derive(key)
