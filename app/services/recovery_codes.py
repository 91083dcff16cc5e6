"""Recovery codes: ten words for a drawer, each of which stands in once for a lost second factor.

Only keyed hashes are kept, bound to the person; the codes are shown once, when they are made.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from app import crypto
from app.models.base import new_id
from app.sealing import Keys
from app.session import Session
from app.stores import local_sign_in as store

COUNT = 10
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: nothing in it looks like something else."""
_HALF = 5
_READ_AS = str.maketrans("ilo", "110")
_SHAPE = re.compile(rf"[{_LETTERS}]{{{2 * _HALF}}}", re.ASCII)


def renew(session: Session, keys: Keys, account_id: str, user_id: str) -> list[str]:
    """Make new codes instead of those before, and tell them this once."""
    made = ["".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF)) for _ in range(COUNT)]
    rows = [
        {"id": new_id(), "code_hash": _hash(keys.current, account_id, user_id, code), "used": None} for code in made
    ]
    store.replace_codes(session, account_id, user_id, rows)
    return [f"{code[:_HALF]}-{code[_HALF:]}" for code in made]


def use(session: Session, keys: Keys, account_id: str, user_id: str, text: str, moment: datetime) -> bool:
    """Whether this is one of the person's codes that was not used before; it is used now."""
    code = re.sub(r"[\s-]", "", text).lower().translate(_READ_AS)
    if not _SHAPE.fullmatch(code):
        return False
    hashes = [_hash(key, account_id, user_id, code) for key in (keys.current, *keys.former)]
    return store.use_code(session, account_id, user_id, hashes, moment)


def _hash(key: bytes, account_id: str, user_id: str, code: str) -> str:
    return crypto.hash_token(f"recovery code {account_id} {user_id} {code}", key)
