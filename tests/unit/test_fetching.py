"""Documents from addresses that customers name: one answer, whole, plain, and soon (T-20, O-32, S-49)."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import Any

import pytest

from app import addresses
from app.fetching import DOCUMENT, fetch, header_of
from app.outbound import Failed, Limits, Outbound, Refused
from tests.idp.oidc_attack import reply
from tests.idp.oidc_provider import Provider
from tests.idp.oidc_server import Reply
from tests.webhooks import loopback

CALLS = loopback()
SHORT = Limits(connect=0.5, seconds=0.5, body=1000)


def _fetch(answer: Reply, **more: Any) -> Any:
    with Provider() as server:
        server.replies["/x"] = answer
        return fetch(CALLS, f"{server.issuer}/x", **more), server.arrivals[0]


def test_a_document() -> None:
    """Asked for plainly: no compression, one question a connection, nothing that says who asks for whom."""
    answer, arrival = _fetch(reply({"a": 1}), accept="application/samlmetadata+xml", headers={"Authorization": "x"})
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert header_of(answer, "content-type") == "application/json"
    assert header_of(answer, "missing") == ""
    assert arrival.method == "GET"
    assert {name: arrival.headers.get(name) for name in ("accept", "accept-encoding", "connection", "cookie")} == {
        "accept": "application/samlmetadata+xml",
        "accept-encoding": "identity",
        "connection": "close",
        "cookie": None,
    }
    assert arrival.headers["authorization"] == "x"


def test_a_form() -> None:
    """Whatever its values are."""
    form = {"code": "a&b=c d", "name": "ü\r\n"}
    _, arrival = _fetch(reply({}), form=form)
    assert (arrival.method, arrival.form) == ("POST", form)
    assert arrival.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", [200, 201, 400, 401, 404, 500, 503])
def test_other_answers_are_answers(status: int) -> None:
    """What they mean is for who asked."""
    answer, _ = _fetch(Reply(status, b"x"))
    assert (answer.status, answer.body) == (status, b"x")


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
@pytest.mark.parametrize("form", [None, {"code": "secret"}])
def test_redirects_are_failures(status: int, form: dict[str, str] | None) -> None:
    """Nothing goes to the other address."""
    with Provider() as inside, pytest.raises(Failed, match="not followed"):
        _fetch(Reply(status, b"", {"Location": f"{inside.issuer}/x"}), form=form)
    assert inside.arrivals == []


def test_too_long_is_a_failure_and_not_a_part() -> None:
    """Exactly as long as it may be is whole."""
    most = DOCUMENT.body
    assert most == 1024 * 1024
    assert len(_fetch(Reply(200, b"x" * most))[0].body) == most
    for length in (most + 1, 50 * most):
        with pytest.raises(Failed, match="longer than 1048576 bytes"):
            _fetch(Reply(200, b"x" * length))


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "gzip, gzip", "x"])
def test_compressed_is_a_failure(encoding: str) -> None:
    """Nothing is ever unpacked, so no small answer becomes a large one."""
    bomb = gzip.compress(bytes(20 * 1024 * 1024))
    assert len(bomb) < DOCUMENT.body
    with pytest.raises(Failed, match="compressed"):
        _fetch(Reply(200, bomb, {"Content-Encoding": encoding}))
    assert _fetch(Reply(200, b"x", {"Content-Encoding": "identity"}))[0].body == b"x"


def test_slow_is_a_failure() -> None:
    """A byte now and then does not make it later."""
    at = time.monotonic()
    with pytest.raises(Failed, match=r"within 0\.5 seconds"):
        _fetch(Reply(200, b"x" * 5000, pause=0.02), limits=SHORT)
    assert time.monotonic() - at < 30


def test_headers_without_end_are_a_failure() -> None:
    """They are bounded, too."""
    with pytest.raises(Failed):
        _fetch(Reply(200, b"x", {f"X-{number}": "x" * 100 for number in range(500)}))


def test_a_line_break_in_a_header_is_a_failure() -> None:
    """What a provider gave us to send back is not trusted either."""
    with Provider() as server, pytest.raises(Failed):
        fetch(CALLS, f"{server.issuer}/x", headers={"Authorization": "Bearer a\r\nHost: other"})


def test_t20_nothing_private_without_the_operators_leave() -> None:
    """By name or by number."""
    with Provider() as server:
        port = server.issuer.rpartition(":")[2]
        for url in (f"https://127.0.0.1:{port}/x", f"https://localhost:{port}/x", f"{server.issuer}/x"):
            with pytest.raises(Refused):
                fetch(Outbound(), url)
        assert server.arrivals == []


def test_who_answers_for_a_name_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """We do not wait for it longer than for a connection."""
    over = threading.Event()

    def slow(*_: Any, **__: Any) -> list[Any]:
        over.wait(60)
        return []

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", slow)
        at = time.monotonic()
        with pytest.raises(Failed, match=r"nobody said within 0\.5 seconds"):
            fetch(Outbound(), "https://slow.example/", limits=SHORT)
        assert time.monotonic() - at < 30
        with pytest.raises(addresses.Silent):
            addresses.addresses_of("slow.example", 443, 0.01)
        over.set()


def test_ten_seconds_in_all() -> None:
    """To find an address, and for everything after that."""
    assert DOCUMENT.connect <= 3
    assert DOCUMENT.connect + DOCUMENT.seconds <= 10
