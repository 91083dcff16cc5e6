"""Browsers in which somebody has come in by the local door before: others who guess do not lock those out.

Such a browser gets a mark that names the person and the browser, to us only (OWASP: device cookies). It opens nothing:
what is tried with it is counted on its own, and not together with what strangers try.
"""

from __future__ import annotations

import secrets

from app import crypto, sealed
from app.sealing import Keys

_SEAL = b"door device"


def mark(keys: Keys, account_id: str, user_id: str) -> str:
    """A mark for the browser in which somebody came in just now."""
    return sealed.seal(keys.current, _SEAL, [_whose(keys.current, account_id, user_id), secrets.token_urlsafe(16)])


def known(keys: Keys, marked: str | None, account_id: str, user_id: str) -> str | None:
    """The name of the browser with this mark, if this very person came in there; else None."""
    for key in (keys.current, *keys.former):
        try:
            whose, name = sealed.unseal(key, _SEAL, marked or "")
        except ValueError:
            continue
        return str(name) if whose == _whose(key, account_id, user_id) else None
    return None


def _whose(key: bytes, account_id: str, user_id: str) -> str:
    return crypto.hash_token(f"door device {account_id} {user_id}", key)
