"""Calls to addresses that customers name, without letting them reach what only we can reach (SSRF).

A URL is https on a usual port, without user and password. Its host is resolved once; if any of its addresses is not
public, nothing is called, unless the operator has listed that network. The connection goes to the address that was
judged, under the name that was given. No redirect is followed, no proxy of the environment is used, little is read of
an answer, and there is one limit of time for everything from the connection to the end of the answer.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError

from app.addresses import Address, Silent, addresses_of, is_public, unwrapped
from app.config import Network

MOST_URL = 2_000
MOST_ANSWER = 16 * 1024
CONNECT_SECONDS = 5.0
SECONDS = 15.0
_HTTPS = 443
_FIRST_FREE_PORT = 1024


class Refused(Exception):
    """The address may not be called, and why."""


class Failed(Exception):
    """There was no answer, and why; it may be tried again."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long it may take to find an address, to connect, and until the end of the answer; how much of it is read."""

    connect: float = CONNECT_SECONDS
    seconds: float = SECONDS
    body: int = MOST_ANSWER


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; of the body as much as the limits say, and whether that is all."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool = True


class Outbound:
    """What may be called: public addresses, and the ``private`` networks that the operator has listed."""

    def __init__(
        self, private: Sequence[Network] = (), tls: ssl.SSLContext | None = None, seconds: float = SECONDS
    ) -> None:
        self._private = private
        self._limits = Limits(seconds=seconds)
        self.tls = tls or ssl.create_default_context()

    @property
    def is_plain(self) -> bool:
        """Whether anything may be called by plain http at all: only where the operator has listed networks."""
        return bool(self._private)

    def parse(self, url: str) -> Target:
        """The parts of a URL that may be called, as far as it says so itself. Raises Refused."""
        if len(url) > MOST_URL or not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\#"<>'):
            raise Refused(f"a URL has at most {MOST_URL} characters of plain ASCII, no spaces and no fragment")
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise Refused("this is no URL") from error
        schemes = ("https", "http") if self._private else ("https",)
        if parts.scheme not in schemes or not host:
            raise Refused("the URL must begin with https:// and name a host")
        if parts.username is not None or parts.password is not None:
            raise Refused("a URL with a user or password is not called")
        port = port if port is not None else _HTTPS if parts.scheme == "https" else 80
        if port not in (_HTTPS, 80) and port < _FIRST_FREE_PORT:
            raise Refused(f"port {port} belongs to other services; use 443, or one from {_FIRST_FREE_PORT} on")
        return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))

    def check(self, url: str) -> Target:
        """Whether a URL may be called, as far as can be known without asking for the name. Raises Refused."""
        target = self.parse(url)
        with suppress(Failed):
            self.resolve(target, socket.AI_NUMERICHOST)
        return target

    def resolve(self, target: Target, flags: int = 0, seconds: float = CONNECT_SECONDS) -> str:
        """The address to connect to. Raises Refused if any that the host has may not be called, Failed if none."""
        try:
            addresses = addresses_of(target.host, target.port, seconds, flags)
        except Silent as error:
            raise Failed(f"nobody said within {seconds:g} seconds which address {target.host} has") from error
        if not addresses:
            raise Failed(f"{target.host} has no address")
        for text in addresses:
            address = ip_address(text)
            if not self._is_listed(address) and (target.scheme != "https" or not is_public(address)):
                raise Refused(
                    f"{target.host} has an address that is not public; the operator of this installation allows its "
                    "network in MUSTER_PRIVATE_TARGETS"
                )
        return addresses[0]

    def open(self, url: str, limits: Limits | None = None) -> Line:
        """A line to a URL. Raises Refused or Failed."""
        target = self.parse(url)
        limits = limits or self._limits
        return Line(target, self.resolve(target, seconds=limits.connect), self.tls, limits)

    def _is_listed(self, address: Address) -> bool:
        plain = unwrapped(address)
        return any(plain in network for network in self._private if network.version == plain.version)


class Line:
    """Sends to one address, over one connection as long as it lasts; one thread at a time."""

    def __init__(self, target: Target, address: str, tls: ssl.SSLContext, limits: Limits) -> None:
        self._target = target
        self._address = address
        self._tls = tls
        self._limits = limits
        self._connection: HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """What is answered to this body. Raises Failed."""
        return self._send("POST", body, headers)

    def get(self, headers: Mapping[str, str]) -> Answer:
        """What is answered to who asks for it. Raises Failed."""
        return self._send("GET", None, headers)

    def close(self) -> None:
        """Hang up."""
        kept, self._connection = self._connection, None
        if kept is not None:
            kept.close()

    def _send(self, method: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        kept, self._connection = self._connection, None
        if kept is not None and not kept.is_connected:  # whoever answers has closed it meanwhile
            kept.close()
            kept = None
        return self._exchange(kept or self._new(), method, body, headers)

    def _new(self) -> HTTPConnection:
        if self._target.scheme == "http":
            return HTTPConnection(self._address, self._target.port, timeout=self._limits.connect)
        return HTTPSConnection(
            self._address,
            self._target.port,
            timeout=self._limits.connect,
            ssl_context=self._tls,
            cert_reqs="CERT_REQUIRED",
            server_hostname=self._target.host,
        )

    def _exchange(
        self, connection: HTTPConnection, method: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        seconds, most = self._limits.seconds, self._limits.body
        try:
            with _limited(connection, seconds) as over:
                if connection.sock is None:
                    connection.connect()
                connection.timeout = seconds
                sent = {"Host": self._target.authority, **headers}
                connection.request(method, self._target.path, body, sent, preload_content=False, decode_content=False)
                response = connection.getresponse()
                content = response.read(most + 1)
        except (OSError, HTTPException, HTTPError, ValueError) as error:
            connection.close()
            raise Failed(_words(error, seconds)) from error
        if over.is_set():  # what was cut may look as if it had ended
            connection.close()
            raise Failed(_late(seconds))
        is_whole = len(content) <= most
        if not is_whole or response.headers.get("Connection", "").lower() == "close":
            connection.close()
        else:
            self._connection = connection
        return Answer(response.status, dict(response.headers), content[:most], is_whole)


@contextmanager
def _limited(connection: HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Cut the connection when the time is over: limits of single reads do not stop who sends a byte a second."""
    over = threading.Event()

    def cut() -> None:
        over.set()
        found = connection.sock
        if found is not None:
            with suppress(OSError):
                # The socket's own: TLS would first want to say good-bye.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


def _words(error: BaseException, seconds: float) -> str:
    """Why there was no answer, in words that tell nothing about our network."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {inner.verify_message}"
        inner = inner.__cause__ or inner.__context__
    if isinstance(error, NewConnectionError):
        return "it cannot be connected to"
    if isinstance(error, (TimeoutError, socket.timeout)):
        return _late(seconds)
    return f"the connection broke ({type(error).__name__})"


def _late(seconds: float) -> str:
    return f"no answer within {seconds:g} seconds"
