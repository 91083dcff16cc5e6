"""Signatures of webhooks, as Standard Webhooks 1.0 has them: HMAC-SHA256 over id, time and body.

While a secret is being replaced there is one signature with each, so that the receiver may change it at any time.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    """A secret as it is shown to the receiver."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(shared: Iterable[str], id: str, seconds: int, body: bytes) -> dict[str, str]:
    """The headers that prove a body; ``seconds`` since 1970 is when it is sent, not when it happened."""
    content = f"{id}.{seconds}.".encode() + body
    signatures = (hmac.digest(base64.b64decode(one.removeprefix(PREFIX)), content, "sha256") for one in shared)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
