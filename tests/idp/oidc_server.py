"""A real HTTP server on loopback that answers whatever it is told to, however badly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """A whole answer. ``pause`` is how long it waits before each byte of the body; None sends it at once.

    ``after`` is what happens before any of it is sent.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    pause: float | None = None
    after: threading.Event | None = None


@dataclass(frozen=True)
class Arrival:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


class Server:
    """Listens while it is entered; ``answer`` says what to reply to each request."""

    def __init__(self, answer: Callable[[Arrival], Reply]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._answer(dict(parse_qsl(body, keep_blank_values=True)))

            def _answer(self, form: dict[str, str]) -> None:
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = answer(Arrival(self.command, parts.path, query, form, headers))
                if reply.after is not None:
                    reply.after.wait(60)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if not {"Content-Length", "Transfer-Encoding"} & reply.headers.keys():
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if reply.pause is None:
                    self.wfile.write(reply.body)
                    return
                for byte in reply.body:
                    time.sleep(reply.pause)
                    self.wfile.write(bytes([byte]))

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """Whoever calls may hang up."""

        self._server = Quiet(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
