"""Ends the reading of bodies that do not arrive in time.

The server reads without a time limit and does not say which connection a request came on. The kernel knows,
for each connection of this process, when something was last received and last sent (``tcp_info`` of tcp(7)):
one with a stalled body is one on which nothing has been sent since the body was first waited for. Its
receiving side is shut, so the reading thread finds the end of the body and answers 408.
Linux only; elsewhere a proxy has to do this.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.gate import CROWDED_SECONDS, PORTION_SECONDS, WAITING, Gate
from app.observe import LOG

_TICK = 0.5
_SLACK = 0.5
_DESCRIPTORS = Path("/proc/self/fd")
_AGES = struct.Struct("=44xI4xI")


@dataclass(frozen=True, slots=True)
class Place:
    """Our port, and the address and port of the peer."""

    port: int
    peer: str
    peer_port: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """For how many seconds a connection has not sent, and not received."""

    sent: float
    received: float

    @property
    def is_busy(self) -> bool:
        """Whether something has come since we last sent: a request is arriving, or being worked on."""
        return self.received < self.sent


class Watch:
    """Looks after the bodies that a gate waits for."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._busy: dict[Place, tuple[float, float]] = {}

    def run(self) -> None:
        """Look twice a second."""
        while sys.platform == "linux":
            time.sleep(_TICK)
            self.look(time.monotonic())

    def look(self, moment: float) -> None:
        """Shut the connections of addresses whose bodies are late."""
        waiting = [body for body in self._gate.waiting() if moment - body.since > _SLACK]
        before, self._busy = self._busy, {}
        patience = CROWDED_SECONDS if len(waiting) >= WAITING else PORTION_SECONDS
        late = {body.peer for body in waiting if body.is_late(moment, patience)}
        # While a request of the same address is worked on for as long, they cannot be told apart.
        late = {peer for peer in late if not self._gate.works_for(peer, moment - patience + _SLACK)}
        for body in waiting:
            body.was_cut = body.was_cut or (body.peer in late and body.is_late(moment, patience - _SLACK))
        ports, shut = {body.port for body in waiting}, 0
        for place, connection, quiet in _connections() if waiting else ():
            if place.port in ports and self._is_stalled(place, quiet, before, moment, patience) and place.peer in late:
                with suppress(OSError):  # it has just gone
                    connection.shutdown(socket.SHUT_RD)
                    shut += 1
        if shut:
            LOG.warning("bodies.late", connections=shut, waiting=len(waiting))

    def _is_stalled(
        self, place: Place, quiet: Quiet, before: Mapping[Place, tuple[float, float]], moment: float, patience: float
    ) -> bool:
        """Silent for as long as a portion may take, or seen busy for as long with nothing sent."""
        if min(quiet.sent, quiet.received) >= patience - _SLACK:
            return True
        if not quiet.is_busy:
            return False
        sent_at = moment - quiet.sent
        known, since = before.get(place, (sent_at, moment))
        if sent_at - known > _SLACK:
            since = moment
        self._busy[place] = sent_at, since
        return moment - since >= patience - _SLACK


def _connections() -> Iterator[tuple[Place, socket.socket, Quiet]]:
    """Each open TCP connection of this process, with a handle on it."""
    for entry in _DESCRIPTORS.iterdir():
        try:
            if not os.readlink(entry).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as connection:
                if connection.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                peer = connection.getpeername()
                info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _AGES.size)
                sent, received = _AGES.unpack(info)
                place = Place(connection.getsockname()[1], peer[0], peer[1])
                yield place, connection, Quiet(sent / 1000, received / 1000)
        except OSError:
            continue  # closed meanwhile, listening, or no TCP
