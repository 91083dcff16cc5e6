"""Keeps clients that send their bodies slowly from holding the threads that work.

The server hands a request over when its headers are there, and its body is read in the thread that answers,
for as long as the client likes. So there are more threads than may work at once: a request waits for its body
outside the number that work, only so many wait, and none waits forever (see ``app.stalled``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import BadRequest, RequestTimeout, ServiceUnavailable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = "MUSTER_SERVER_THREADS"
"""Set by the server for its workers: how many requests each works on at once. Not for people."""
WAITING = 16
"""How many requests of a process may wait for their bodies; each may hold a database connection."""
RESTING = 8
"""How many may take their time before an answer (``Gate.rest``); more are told to come again."""
REST = "muster.rest"
"""Where a request finds how to wait while others are worked on."""
PORTION = 64 * 1024
PORTION_SECONDS = 5.0
"""How long the next portion of a body, or the rest of it, may take to arrive."""
CROWDED_SECONDS = 1.5
"""The same while as many requests wait as may."""
BODY_SECONDS = 20.0
"""How long a whole body may take to arrive."""


class Body:
    """``wsgi.input`` of a request: reads in portions, each of which is waited for outside the gate."""

    def __init__(self, gate: Gate, source: Any, announced: int | None, peer: str, port: int) -> None:
        self.source = source
        self.peer = peer
        self.port = port
        self.since = 0.0
        self.asked = 0.0
        self.was_cut = False
        self._gate = gate
        self._left = announced

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes, fewer only at the end.

        Raises RequestTimeout if they did not come in time, BadRequest if the client went away, ServiceUnavailable
        if too many other requests wait for their bodies already.
        """
        wanted = PORTION if size < 0 else min(size, PORTION)
        if self._left is not None:
            wanted = min(wanted, self._left)
        if wanted == 0:
            return b""
        portion = self._gate.wait_for(self, wanted)
        if self.was_cut:
            raise RequestTimeout(f"the body did not arrive in time; send it within {BODY_SECONDS:.0f} seconds")
        if self._left is not None:
            if len(portion) < wanted:
                raise BadRequest("the body ended before its announced length")
            self._left -= wanted
        return portion

    def expect(self) -> None:
        """A portion is waited for from now on."""
        self.asked = time.monotonic()
        self.since = self.since or self.asked

    def is_late(self, moment: float, patience: float) -> bool:
        """Whether a portion, or the whole body, has taken too long."""
        return moment - self.asked > patience or moment - self.since > BODY_SECONDS


class Gate:
    """A WSGI application in which at most ``threads`` requests are worked on at once."""

    def __init__(self, application: WSGIApplication, threads: int) -> None:
        self._application = application
        # Put and taken in C: every request passes here.
        self._permits: SimpleQueue[None] = SimpleQueue()
        for _ in range(threads):
            self._permits.put(None)
        self._working: dict[int, tuple[str, float]] = {}
        self._bodies: dict[int, Body] = {}
        self._resting: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request once there is a thread's worth of work free."""
        peer = environ["REMOTE_ADDR"]
        length = environ.get("CONTENT_LENGTH")
        if length or "HTTP_TRANSFER_ENCODING" in environ:
            announced = int(length) if length and length.isdecimal() else None
            environ["wsgi.input"] = Body(self, environ["wsgi.input"], announced, peer, int(environ["SERVER_PORT"]))
        environ[REST] = self.rest
        me = threading.get_ident()
        self._permits.get()
        self._working[me] = peer, time.monotonic()
        try:
            return self._application(environ, start_response)
        finally:
            del self._working[me]
            self._permits.put(None)

    def wait_for(self, body: Body, size: int) -> bytes:
        """The next bytes of a body; others work meanwhile. Raises ServiceUnavailable."""
        me = threading.get_ident()
        if len(self._bodies) >= WAITING:
            raise ServiceUnavailable("too many requests are waiting for their bodies to arrive; try again")
        body.expect()
        self._bodies[me] = body
        working = self._working.pop(me)
        self._permits.put(None)
        try:
            portion: bytes = body.source.read(size)
            return portion
        finally:
            del self._bodies[me]
            self._permits.get()
            self._working[me] = working

    def rest(self, seconds: float) -> None:
        """Do nothing for so long; others work meanwhile. Raises ServiceUnavailable if too many do."""
        me = threading.get_ident()
        if len(self._resting) >= RESTING:
            raise ServiceUnavailable("too many requests are being refused; try again")
        self._resting.add(me)
        working = self._working.pop(me)
        self._permits.put(None)
        try:
            time.sleep(seconds)
        finally:
            self._resting.discard(me)
            self._permits.get()
            self._working[me] = working

    def waiting(self) -> list[Body]:
        """The bodies that are waited for now."""
        return [*self._bodies.values()]

    def works_for(self, peer: str, since: float) -> bool:
        """Whether a request of this address has been worked on since then."""
        return any(whom == peer and began <= since for whom, began in [*self._working.values()])
