"""A decision point over real HTTP that answers what a test says: for what a sound server does not do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Answer:
    """What to answer; ``seconds`` late, or not at all: ``hangs_up``."""

    body: Any = field(default_factory=lambda: {"decision": True})
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    hangs_up: bool = False


@dataclass(frozen=True)
class Received:
    """A request as it arrived, and on which connection."""

    path: str
    headers: dict[str, str]
    body: Any
    peer: int


class Scripted:
    """Runs while it is open; ``answer`` makes the answer to each request."""

    def __init__(self) -> None:
        self.answer: Callable[[Received], Answer] = lambda _: Answer()
        self.received: list[Received] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def says(self, body: Any, status: int = 200, **how: Any) -> None:
        """Answer this to everything."""
        self.answer = lambda _: Answer(body, status, **how)


def _handler(script: Scripted) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.path, headers, json.loads(content), self.client_address[1])
            script.received.append(received)
            answer = script.answer(received)
            time.sleep(answer.seconds)
            if answer.hangs_up:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            try:
                self.wfile.write(text)
            except OSError:
                self.close_connection = True  # the client did not wait

        def log_message(self, format: str, *arguments: object) -> None:
            """Be quiet."""

    return Handler
