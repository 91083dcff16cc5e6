"""One keep-alive connection, with as little of its own cost as Python allows.

What the client costs is added to both sides of every ratio and flatters it, so nothing is parsed
but the status and the length.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

_TIMEOUT = 60


class Unexpected(Exception):
    """A server answered something that is no success; a figure from it would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status, the body, and after how many seconds the body began."""

    status: int
    body: bytes
    began: float = 0.0

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


class Client:
    """Sends requests with the token that the path needs; ``times`` keeps how long each one took, in seconds.

    ``tokens`` maps the first part of a path to its bearer token.
    """

    def __init__(self, port: int, tokens: Mapping[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._tokens = tokens
        self.times: list[float] = []

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """One request. Raises Unexpected for anything but a success."""
        content = b"" if body is None else orjson.dumps(body)
        bearer = token or self._tokens[path.split("/", 2)[1]]
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {bearer}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        sent = time.perf_counter()
        self._socket.sendall(head.encode() + content)
        answer = self._answer(sent)
        self.times.append(time.perf_counter() - sent)
        if answer.status >= 400:
            raise Unexpected(f"{method} {path}: {answer.status} {answer.body[:500]!r}")
        return answer

    def _answer(self, sent: float) -> Answer:
        received = self._socket.recv(262_144)
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head, rest = received[:end].lower(), received[end + 4 :]
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in head:
            return self._chunked(status, rest, sent)
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) >= length:
            return Answer(status, rest, time.perf_counter() - sent)
        parts, missing = [rest], length - len(rest)
        if not rest:
            parts.append(self._more())
            missing -= len(parts[-1])
        began = time.perf_counter() - sent
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        return Answer(status, b"".join(parts), began)

    def _chunked(self, status: int, rest: bytes, sent: float) -> Answer:
        parts = [rest or self._more()]
        began = time.perf_counter() - sent
        tail = parts[-1][-5:]
        while tail != b"0\r\n\r\n":
            parts.append(self._more())
            tail = (tail + parts[-1])[-5:]
        return Answer(status, _unchunked(b"".join(parts)), began)

    def _more(self) -> bytes:
        portion = self._socket.recv(262_144)
        if not portion:
            raise Unexpected("the server closed the connection within an answer")
        return portion


def _unchunked(raw: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        end = raw.index(b"\r\n", at)
        size = int(raw[at:end].split(b";", 1)[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(raw[end + 2 : end + 2 + size])
        at = end + 4 + size
