"""Values that leave the house and come back: readable by nobody in particular, writable only by us.

A sealed value is good for one purpose only; anywhere else it is as good as forged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any

import orjson

_SEALED = re.compile(r"[A-Za-z0-9_-]{23,4000}", re.ASCII)
_SEAL = 16


def seal(key: bytes, purpose: bytes, value: Any) -> str:
    """A JSON value as text for a URL."""
    content = orjson.dumps(value)
    return base64.urlsafe_b64encode(_mac(key, purpose, content) + content).rstrip(b"=").decode()


def unseal(key: bytes, purpose: bytes, text: str) -> Any:
    """What was sealed for this purpose. Raises ValueError for anything else."""
    if not _SEALED.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not a sealed value")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if not hmac.compare_digest(raw[:_SEAL], _mac(key, purpose, raw[_SEAL:])):
        raise ValueError("not sealed here for this purpose")
    return orjson.loads(raw[_SEAL:])


def _mac(key: bytes, purpose: bytes, content: bytes) -> bytes:
    bound = hashlib.sha256(purpose).digest()
    return hmac.new(key, b"sealed" + bound + content, hashlib.sha256).digest()[:_SEAL]
