"""How often somebody may send what does not decrypt: whoever could try without end would learn of the key (S-15)."""

from __future__ import annotations

import base64
import binascii
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from sso.errors import LoginRefused, Reason

MOST, SECONDS = 60, 60.0
"""So many failures in so many seconds, for each connection in each process."""
_CONNECTIONS: Final = 1_000
_ENCRYPTED: Final = b"EncryptedAssertion"


class Decryptions:
    """Counts what did not decrypt, by connection."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    @contextmanager
    def counted(self, connection_id: str, message: str) -> Iterator[None]:
        """Verify a response; an encrypted one not at all after too many failures. Raises LoginRefused."""
        if self._are_too_many(connection_id) and _is_encrypted(message):
            raise LoginRefused(Reason.LIMITS, "too many encrypted responses of this connection could not be decrypted")
        try:
            yield
        except LoginRefused as refused:
            if refused.reason is Reason.ENCRYPTION:
                self._note(connection_id)
            raise

    def _are_too_many(self, connection_id: str) -> bool:
        with self._lock:
            failed = self._failed.get(connection_id)
            return failed is not None and len(failed) == MOST and self._clock() - failed[0] < SECONDS

    def _note(self, connection_id: str) -> None:
        with self._lock:
            failed = self._failed.setdefault(connection_id, deque(maxlen=MOST))
            failed.append(self._clock())
            self._failed.move_to_end(connection_id)
            if len(self._failed) > _CONNECTIONS:
                self._failed.popitem(last=False)


def _is_encrypted(message: str) -> bool:
    try:
        return _ENCRYPTED in base64.b64decode(message)
    except (ValueError, binascii.Error):
        return False
