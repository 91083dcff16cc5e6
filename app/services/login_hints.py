"""What somebody has said who they are, on its way to their identity provider (``login_hint``).

It passes through an address of ours, which proxies and browsers write down, so it is sealed there: for one connection
and a while.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.models.base import now
from app.sealing import Keys, Unsealable

GOOD_FOR = timedelta(minutes=10)
MOST = 320
"""No address is longer (RFC 5321 §4.5.3.1)."""
_PURPOSE = "login_hint"


def sealed(keys: Keys, connection_id: str, address: str) -> str | None:
    """An address for the way to a connection; None for what is no single line."""
    if not address or len(address) > MOST or not address.isprintable():
        return None
    return keys.seal(f"{int(now().timestamp())} {address}", _PURPOSE, connection_id)


def opened(keys: Keys, connection_id: str, text: str | None) -> str | None:
    """The address; None if there is none, or none that was sealed for this connection lately."""
    if text is None:
        return None
    try:
        seconds, _, address = keys.unseal(text, _PURPOSE, connection_id).partition(" ")
    except Unsealable:
        return None
    return address if now() - datetime.fromtimestamp(int(seconds), UTC) <= GOOD_FOR else None
