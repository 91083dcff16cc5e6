"""A receiver of webhooks as somebody else would write it: a real HTTP server, and Standard Webhooks' own library."""

from __future__ import annotations

import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any, Self

import standardwebhooks

from app import audit
from app.db import Database
from app.outbound import Outbound
from app.session import Session
from app.stores import events

LOOPBACK = [ip_network("127.0.0.0/8"), ip_network("::1/128")]


def loopback(**settings: Any) -> Outbound:
    """What may be called where the operator allows this machine."""
    return Outbound(LOOPBACK, **settings)


@dataclass(frozen=True)
class Arrival:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float

    def event(self, secret: str) -> dict[str, Any]:
        """Its event, if Standard Webhooks' library says that the signature is good."""
        found: dict[str, Any] = standardwebhooks.Webhook(secret).verify(self.body, self.headers)
        assert found["id"] == self.headers["webhook-id"]
        return found


@dataclass
class Receiver:
    """Keeps what arrives; answers what stands in ``answers``, then 204. ``seconds`` is how long it takes.

    From the ``holds``-th arrival on it answers nothing until ``let_go`` is called.
    """

    seconds: float = 0.0
    port: int = 0
    tls: ssl.SSLContext | None = None
    body: bytes = b""
    holds: int | None = None
    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    arrivals: list[Arrival] = field(default_factory=list)
    _free: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                announced = int(self.headers["Content-Length"])
                body = self.rfile.read(announced)
                if len(body) < announced:
                    return  # whoever sent it was killed meanwhile: nobody takes that for a request
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.arrivals.append(Arrival(self.path, headers, body, self.client_address[1], time.monotonic()))
                if receiver.holds is not None and len(receiver.arrivals) >= receiver.holds:
                    receiver._free.wait(60)
                time.sleep(receiver.seconds)
                status, more = receiver.answers.popleft() if receiver.answers else (204, {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(receiver.body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever calls may hang up."""

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/hooks?from=muster"

    def events(self, secret: str) -> list[dict[str, Any]]:
        """All that arrived, each of which is genuine."""
        return [one.event(secret) for one in list(self.arrivals)]

    def sequences(self) -> list[int]:
        """Of all that arrived, in the order in which it did."""
        return [int(one.headers["webhook-id"].rsplit("_", 1)[1]) for one in list(self.arrivals)]

    def let_go(self) -> None:
        """Answer what is held, and hold nothing any more."""
        self.holds = None
        self._free.set()

    def wait_for(self, count: int, seconds: float = 60.0) -> None:
        """Until so much has arrived."""
        wait_until(lambda: len(self.arrivals) >= count, seconds)


def wait_until(what: Any, seconds: float = 60.0) -> None:
    """Until it is true; AssertionError after some time."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def something_happens(database: Database, account_id: str, count: int = 1, action: str = "access.granted") -> list[int]:
    """So many entries come into the trail, each in a transaction of its own; their sequences."""
    return [*_happen(database, account_id, count, action)]


def _happen(database: Database, account_id: str, count: int, action: str) -> Iterator[int]:
    for number in range(count):
        with database.writing() as session:
            note(session, account_id, f"person{number}@acme.example", action)
        with database.reading() as session:
            yield events.head(session, account_id)


def note(session: Session, account_id: str, name: str, action: str = "access.granted") -> None:
    """One entry of the trail."""
    given = {"role": "Marketer", "scope": "account", "reach": "account"}
    before, after = (None, given) if action != "access.revoked" else (given, None)
    audit.record(session, account_id, action, "user", "0193a5f0-0000-7000-8000-000000000001", name, before, after)
