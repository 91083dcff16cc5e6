"""The keys of OpenID providers, as one process knows them: fetched once an hour, not once a sign-in (O-12).

A set belongs to one version of one connection of one account: whoever changes the connection starts anew (O-34, M-4).
A whole set replaces a whole set, so a key that has left the provider's JWKS is gone.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from app.breaker import WAIT_SECONDS, Breaker, Busy
from sso.oidc_keys import Keys

LIFETIME_SECONDS: Final = 3600.0
MOST_REFRESHES, REFRESH_SECONDS = 5, 300.0
"""So often within so many seconds an unknown key makes us ask again, whoever sends the tokens."""
MOST_PLACES: Final = 2_000
"""Of so many connections a process remembers keys; the one that was not used for longest is forgotten."""


class Place(NamedTuple):
    """Whose provider it is, and as of which version of the connection."""

    account_id: str
    connection_id: str
    version: int


class KeySet:
    """The keys of one place. ``breaker`` is for all calls to its provider."""

    def __init__(self, version: int, clock: Callable[[], float]) -> None:
        self.version = version
        self.breaker = Breaker(clock=clock)
        self._clock = clock
        self._fetching = threading.Lock()
        # Read without the lock: who has good keys never waits for somebody who asks for others.
        self._found: tuple[Keys, float] | None = None
        self._refreshes: deque[float] = deque(maxlen=MOST_REFRESHES)

    def known(self, fetch: Callable[[], Keys]) -> Keys:
        """The keys, fetched if that was never done or is too long ago. Raises Busy, and what ``fetch`` raises."""
        keys = self._current()
        if keys is None:
            with self._alone():
                keys = self._current() or self._fetch(fetch)
        return keys

    def fresher(self, failed: Keys, fetch: Callable[[], Keys]) -> Keys | None:
        """Fresher keys than those that did not do, None if it is too soon to ask. Raises as ``known``."""
        with self._alone():
            keys = self._current()
            if keys is not None and keys is not failed:  # somebody else has asked meanwhile
                return keys
            now = self._clock()
            if len(self._refreshes) == MOST_REFRESHES and now - self._refreshes[0] < REFRESH_SECONDS:
                return None
            self._refreshes.append(now)
            return self._fetch(fetch)

    def _current(self) -> Keys | None:
        found = self._found
        return found[0] if found is not None and self._clock() - found[1] < LIFETIME_SECONDS else None

    def _fetch(self, fetch: Callable[[], Keys]) -> Keys:
        keys = fetch()
        self._found = keys, self._clock()
        return keys

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._fetching.acquire(timeout=WAIT_SECONDS):
            raise Busy(f"its keys have not come within {WAIT_SECONDS:g} seconds")
        try:
            yield
        finally:
            self._fetching.release()


class KeySets:
    """All that one process knows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sets: OrderedDict[tuple[str, str], KeySet] = OrderedDict()

    def of(self, place: Place) -> KeySet:
        """The set of a place; a new one if the connection has changed since."""
        where = (place.account_id, place.connection_id)
        with self._lock:
            found = self._sets.get(where)
            if found is None or found.version != place.version:
                found = self._sets[where] = KeySet(place.version, self._clock)
            self._sets.move_to_end(where)
            while len(self._sets) > MOST_PLACES:
                self._sets.popitem(last=False)
            return found
