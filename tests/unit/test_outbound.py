"""Calls to addresses that customers name: what is refused, and what a hostile answer can do (T-20)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.addresses import is_public
from app.config import Settings, SettingsError
from app.outbound import MOST_ANSWER, Failed, Outbound, Refused
from tests.webhooks import LOOPBACK, Receiver, loopback

NEVER = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://",
    "https:///path",
    "https://user:password@example.com/",
    "https://user@example.com/",
    "https://example.com:22/",
    "https://example.com:99999/",
    "https://example.com:0/",
    "https://example.com/#fragment",
    "https://example.com/a b",
    "https://example.com/\r\nHost: other",
    "https://example.com\\@127.0.0.1/",
    "https://exämple.com/",
    "https://[::1/",
    "https://example.com/" + "x" * 2_000,
]
PRIVATE = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fec0::1]",
    "[ff02::1]",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.175.48.1",
    "198.18.0.1",
    "[::7f00:1]",
    "[::808:808]",
    "[::ffff:0:7f00:1]",
    "[64:ff9b:1::808:808]",
    "[64:ff9b::c058:6301]",
    "[2002:c058:6301::]",
    "[100::1]",
    "[100:0:0:1::1]",
    "[2001::1]",
    "[2001:20::1]",
    "[2001:db8::1]",
    "[2620:4f:8000::1]",
    "[3fff::1]",
    "[5f00::1]",
]


@pytest.mark.parametrize("url", NEVER)
def test_urls_that_are_never_called(url: str) -> None:
    """Whatever the operator allows, but for http."""
    with pytest.raises(Refused):
        Outbound().parse(url)
    if not url.startswith("http://"):
        with pytest.raises(Refused):
            loopback().parse(url)


@pytest.mark.parametrize("host", PRIVATE)
def test_addresses_that_are_not_public(host: str) -> None:
    """However they are written: short, decimal, hexadecimal, octal, mapped, translated, by a name."""
    with pytest.raises((Refused, Failed)):
        Outbound().open(f"https://{host}/")
    calls = Outbound()
    with pytest.raises(Refused):
        calls.resolve(calls.parse(f"https://{host}/"))


def test_a_name_of_a_private_address() -> None:
    """The name of this machine says nothing about where it leads; asking for it does."""
    calls = Outbound()
    name = socket.gethostname()
    assert any(not is_public(ip_address(entry[4][0])) for entry in socket.getaddrinfo(name, 443))
    calls.check(f"https://{name}/")
    with pytest.raises(Refused, match=r"not public.*MUSTER_PRIVATE_TARGETS"):
        calls.open(f"https://{name}/")


def test_one_private_address_among_others_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever controls a name may mix addresses; the connection goes to the one that was judged, asked for once."""
    asked: list[str] = []

    def resolver(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        addresses = ["93.184.215.14", "127.0.0.1"] if host == "mixed.example" else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    resolve = socket.getaddrinfo
    with Receiver() as receiver, monkeypatch.context() as patched:
        patched.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **named: (
                resolver(host, *more, **named) if host.endswith(".example") else resolve(host, *more, **named)
            ),
        )
        with pytest.raises(Refused):
            Outbound([ip_network("10.0.0.0/8")]).open("https://mixed.example/")
        with loopback().open(f"http://hooks.example:{receiver.port}/x") as line:
            line.post(b"{}", {})
            line.post(b"{}", {})
    assert asked == ["mixed.example", "hooks.example"]
    assert {one.headers["host"] for one in receiver.arrivals} == {f"hooks.example:{receiver.port}"}


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    """They are called, also where they are wrapped."""
    assert is_public(ip_address(address))


def test_only_the_networks_that_were_listed() -> None:
    """Plain http only there; other private ones stay closed."""
    calls = Outbound([ip_network("10.20.0.0/16")])
    assert calls.resolve(calls.parse("http://10.20.1.1/")) == "10.20.1.1"
    assert calls.resolve(calls.parse("https://[::ffff:10.20.1.1]/")) == "::ffff:10.20.1.1"
    for url in ("http://10.21.1.1/", "https://10.21.1.1/", "https://127.0.0.1/", "http://8.8.8.8/"):
        with pytest.raises(Refused):
            calls.resolve(calls.parse(url))


def test_the_setting() -> None:
    """It is checked at start."""
    settings = Settings.from_environment({"MUSTER_PRIVATE_TARGETS": "127.0.0.0/8, ::1/128"})
    assert list(settings.networks()) == LOOPBACK
    with pytest.raises(SettingsError, match="MUSTER_PRIVATE_TARGETS"):
        Settings.from_environment({"MUSTER_PRIVATE_TARGETS": "127.0.0.1/8"})


def test_redirects_are_not_followed() -> None:
    """It is answered as it is."""
    with Receiver() as receiver, Receiver() as inside:
        receiver.answers.append((307, {"Location": inside.url}))
        with loopback().open(receiver.url) as line:
            assert line.post(b"{}", {}).status == 307
    assert inside.arrivals == []


def test_little_is_read_of_an_answer() -> None:
    """And the connection is not used again, since nobody has read the rest."""
    with Receiver(body=b"x" * 10_000_000) as receiver, loopback().open(receiver.url) as line:
        receiver.answers.extend([(200, {}), (200, {})])
        assert len(line.post(b"{}", {}).body) == MOST_ANSWER
        line.post(b"{}", {})
    assert len({one.connection for one in receiver.arrivals}) == 2


def test_one_connection_as_long_as_it_lasts() -> None:
    """The one who answers may close it at any time."""
    with Receiver() as receiver, loopback().open(receiver.url) as line:
        for _ in range(3):
            assert line.post(b"{}", {}).status == 204
        receiver.answers.append((204, {"Connection": "close"}))
        line.post(b"{}", {})
        time.sleep(0.05)
        assert line.post(b"{}", {}).status == 204
    assert [len({one.connection for one in part}) for part in (receiver.arrivals[:4], receiver.arrivals)] == [1, 2]


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"])
def test_a_byte_now_and_then_does_not_hold_us(begin: bytes) -> None:
    """There is one limit for everything, whatever comes within it."""
    with _dripping(begin) as port, loopback(seconds=0.6).open(f"http://127.0.0.1:{port}/") as line:
        since = time.monotonic()
        with pytest.raises(Failed):
            line.post(b"{}", {})
        assert 0.4 < time.monotonic() - since < 30


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200"[:-1]])
def test_broken_answers_are_failures(answer: bytes) -> None:
    """None of them is taken for a receipt."""
    with _dripping(answer, ends=True) as port:
        url = f"http://127.0.0.1:{port}/"
        with loopback().open(url) as line, pytest.raises(Failed):
            line.post(b"{}", {})


def test_nobody_there() -> None:
    """A name without an address, a port without anybody."""
    with pytest.raises(Failed, match="no address"):
        Outbound().open("https://nobody.invalid/")
    with Receiver() as receiver:
        url = receiver.url
    with loopback().open(url) as line, pytest.raises(Failed, match="cannot be connected to"):
        line.post(b"{}", {})


def test_certificates_are_verified(tmp_path: Path) -> None:
    """By the name that was called, against the authorities of the system; nothing is sent before."""
    ours = ssl.create_default_context()
    with Receiver(tls=_certificate(tmp_path, "127.0.0.1", ours)) as good:
        with loopback(tls=ours).open(good.url) as line:
            assert [line.post(b"{}", {}).status for _ in range(2)] == [204, 204]
        for calls, url in (
            (loopback(), good.url),  # an authority that nobody knows
            (loopback(tls=ours), good.url.replace("127.0.0.1", "localhost")),  # another name
        ):
            with calls.open(url) as line, pytest.raises(Failed, match="certificate is not accepted"):
                line.post(b"{}", {})
    assert len(good.arrivals) == 2


def _certificate(folder: Path, address: str, trusting: ssl.SSLContext) -> ssl.SSLContext:
    """A server's context with a new certificate for an address, which ``trusting`` accepts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "cert.pem").write_bytes(pem + private)
    trusting.load_verify_locations(cadata=pem.decode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem")
    return context


class _dripping:  # noqa: N801  reads as a function
    """A server that begins an answer and then sends a byte now and then, or nothing more."""

    def __init__(self, begin: bytes, *, ends: bool = False) -> None:
        self._begin, self._ends = begin, ends
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()

    def __enter__(self) -> int:
        threading.Thread(target=self._answer, daemon=True).start()
        port: int = self._socket.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.close()

    def _answer(self) -> None:
        accepted, _ = self._socket.accept()
        with accepted:
            accepted.recv(65536)
            for part in self._parts():
                try:
                    accepted.sendall(part)
                except OSError:
                    return

    def _parts(self) -> Iterator[bytes]:
        yield self._begin
        while not self._ends and not self._over.wait(0.05):
            yield b"x"
