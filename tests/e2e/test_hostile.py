"""What a hostile client can do to a running server with plain sockets: little, and not for long."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests

from app.gate import PORTION_SECONDS
from tests.builders import CORE_GROUP, CORE_USER, PATCH_OP, a_patch, a_user
from tests.e2e.conftest import Server

pytestmark = pytest.mark.e2e

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
SLOW = 64
MOST_MEMORY = 800_000


def connect(server: Server) -> socket.socket:
    """A connection of one's own."""
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=60)


def head(server: Server, start: str, *lines: str, token: str | None = None) -> bytes:
    """The beginning of a request, with a valid token unless another is given."""
    token = server.demo["scim_token"] if token is None else token
    fixed = ("Host: x", f"Authorization: Bearer {token}", "Content-Type: application/scim+json")
    return "\r\n".join([f"{start} HTTP/1.1", *fixed, *lines, "", ""]).encode("latin-1")


def answers(connection: socket.socket, seconds: float, drip: bytes = b"") -> tuple[list[int], float]:
    """The statuses that come until the server closes, and when it did so; ``drip`` is sent twice a second."""
    began, got = time.monotonic(), b""
    connection.settimeout(0.5)
    while time.monotonic() - began < seconds:
        try:
            part = connection.recv(65536)
            if not part:
                break
            got += part
        except TimeoutError:
            try:
                connection.sendall(drip)
            except OSError:
                break
        except OSError:
            break
    connection.close()
    statuses = [int(part[:3]) for part in got.split(b"HTTP/1.1 ")[1:]]
    return statuses, time.monotonic() - began


@pytest.mark.parametrize("start", ["half", "drip", "chunked", "pipelined"])
def test_slow_bodies_hold_nobody_else(server: Server, start: str) -> None:
    """64 clients with a valid token that never finish: all are sent away, and reading goes on meanwhile."""
    length = "Transfer-Encoding: chunked" if start == "chunked" else "Content-Length: 5000"
    begun = head(server, "POST /scim/v2/Users", length) + (b"5000\r\n{" if start == "chunked" else b"{")
    if start == "pipelined":
        begun = head(server, "GET /healthz") + begun
    url, token = server.demo["scim_url"], {"Authorization": f"Bearer {server.demo['scim_token']}"}

    def attack() -> tuple[list[int], float]:
        connection = connect(server)
        connection.sendall(begun)
        return answers(connection, 27, b" " if start == "drip" else b"")

    with ThreadPoolExecutor(SLOW) as attackers:
        attacks: list[Future[tuple[list[int], float]]] = [attackers.submit(attack) for _ in range(SLOW)]
        time.sleep(0.3)
        reads = 0
        while not all(one.done() for one in attacks):
            for address in (f"{url}/Users?count=1", f"{server.url}/healthz", f"{server.url}/readyz"):
                assert requests.get(address, headers=token, timeout=PORTION_SECONDS - 1).status_code == 200
                reads += 1
    assert reads >= 3
    for statuses, seconds in (one.result() for one in attacks):
        assert statuses[-1] in (408, 503)
        assert seconds < 15
    assert server.scim("POST", "/Users", a_user()).status_code == 201


def test_a_body_that_keeps_coming_is_read(server: Server) -> None:
    """A slow line is no attack."""
    body = json.dumps(a_user(name := uuid4().hex)).encode()
    connection = connect(server)
    connection.sendall(head(server, "POST /scim/v2/Users", f"Content-Length: {len(body)}", "Connection: close"))
    for start in range(0, len(body), 30):
        time.sleep(0.3)
        connection.sendall(body[start : start + 30])
    assert answers(connection, 60)[0] == [201]
    assert server.scim("GET", f'/Users?filter=userName eq "{name}"').json()["totalResults"] == 1


def test_without_a_token_no_body_is_waited_for(server: Server) -> None:
    """401 at once."""
    connection = connect(server)
    connection.sendall(head(server, "POST /scim/v2/Users", "Content-Length: 5000", token="mscim_none") + b"{")
    assert answers(connection, PORTION_SECONDS - 1)[0] == [401]


def test_a_length_above_the_limit_is_refused_before_the_body(server: Server) -> None:
    """413, and the limit is named, at once where it is many times the limit."""
    got = b""
    with connect(server) as connection:
        connection.sendall(head(server, "POST /scim/v2/Users", "Content-Length: 178257920"))
        while part := connection.recv(65536):
            got += part
    assert got.startswith(b"HTTP/1.1 413")
    assert b"16777216 bytes" in got


@pytest.mark.parametrize("path", ["/Users", "/Bulk"])
def test_who_listens_only_when_all_is_sent_hears_of_the_limit(server: Server, path: str) -> None:
    """413 for a body that is too large, also for clients that take a connection that is closed early for broken."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    token = {"Authorization": f"Bearer {server.demo['scim_token']}"}
    connection.request("POST", urlsplit(server.demo["scim_url"]).path + path, b" " * 17_000_000, token)
    answer = connection.getresponse()
    assert answer.status == 413
    assert "16777216 bytes" in json.loads(answer.read())["detail"]
    connection.request("GET", urlsplit(server.demo["scim_url"]).path + "/Users?count=1", headers=token)
    assert connection.getresponse().status == 200
    connection.close()


ODD = {
    "length without number": ("POST", "Content-Length: abc", b"{}"),
    "negative length": ("POST", "Content-Length: -1", b"{}"),
    "immense length": ("POST", f"Content-Length: {10**30}", b"{}"),
    "two lengths": ("POST", "Content-Length: 2\r\nContent-Length: 3", b"{}x"),
    "length and chunks": ("POST", "Content-Length: 2\r\nTransfer-Encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
    "chunk size no number": ("POST", "Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunk extension": ("POST", "Transfer-Encoding: chunked", b"2;" + b"a" * 20_000 + b"\r\n{}\r\n0\r\n\r\n"),
    "trailers": ("POST", "Transfer-Encoding: chunked", b"2\r\n{}\r\n0\r\nX-A: b\r\n\r\n"),
    "another coding": ("POST", "Transfer-Encoding: gzip", b"2\r\n{}\r\n0\r\n\r\n"),
    "an expectation": ("POST", "Expect: 200-ok\r\nContent-Length: 2", b"{}"),
    "an upgrade": ("POST", "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2", b"{}"),
    "large header": ("GET", "X-A: " + "a" * 600_000, b""),
    "many headers": ("GET", "\r\n".join(f"X-{number}: a" for number in range(5000)), b""),
    "NUL in a header": ("GET", "X-A: a\0b", b""),
    "bytes in the request id": ("GET", "X-Request-ID: \xff\xfe", b""),
    "a second token": ("GET", "Authorization: Bearer \xff", b""),
    "no method": ("\xff\xfe", "X-A: b", b""),
    "a connect": ("CONNECT", "X-A: b", b""),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_requests_are_refused_as_requests(server: Server, case: str) -> None:
    """Whatever is wrong with it, it is the client's fault."""
    method, line, body = ODD[case]
    connection = connect(server)
    connection.sendall(head(server, f"{method} /scim/v2/Users?count=0", "Connection: close", line) + body)
    statuses, _ = answers(connection, 60)
    assert statuses
    assert max(statuses) < 500
    assert server.scim("GET", "/Users?count=1").status_code == 200


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    """A refused body in the middle does not confuse the next request."""
    get = head(server, "GET /scim/v2/Users?count=0")
    post = head(server, "POST /scim/v2/Users", "Content-Length: 2") + b"{}"
    connection = connect(server)
    connection.sendall((get + post) * 10 + head(server, "DELETE /scim/v2/Users", "Connection: close"))
    assert answers(connection, 60)[0] == [200, 400] * 10 + [405]


def nested(depth: int) -> str:
    return '{"userName":"x","y":' + "[" * depth + "]" * depth + "}"


def operations(count: int, **operation: Any) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": [operation] * count}


def circle(count: int) -> dict[str, Any]:
    """Groups each of which has all of them as members."""
    members = [{"value": f"bulkId:b{number}"} for number in range(count)]
    made = [{"schemas": [CORE_GROUP], "displayName": f"circle {number}", "members": members} for number in range(count)]
    posts = [
        {"method": "POST", "path": "/Groups", "bulkId": f"b{number}", "data": data} for number, data in enumerate(made)
    ]
    return {"schemas": [BULK], "failOnErrors": 1, "Operations": posts}


def strangers(count: int) -> list[dict[str, str]]:
    return [{"value": str(uuid4())} for _ in range(count)]


ALTERNATIVES = " or ".join(f'value eq "{number}@b.example"' for number in range(60))

BOMBS: dict[str, tuple[str, str, Any]] = {
    "nested": ("POST", "/Users", lambda: nested(1_000_000)),
    "nested, open": ("POST", "/Users", lambda: '{"x":' + "[" * 7_000_000),
    "a number of 10 MB": ("POST", "/Users", lambda: '{"userName":"x","y":' + "9" * 10_000_000 + "}"),
    "a key twice and a number": ("POST", "/Users", lambda: '{"x":1,"x":' + "9" * 10_000_000 + "}"),
    "an exponent": ("POST", "/Users", lambda: '{"userName":"x","y":1e999999999}'),
    "millions of objects": ("POST", "/Users", lambda: '{"x":[' + ",".join(["{}"] * 4_000_000) + "]}"),
    "a million keys": ("POST", "/Users", lambda: "{" + ",".join(f'"k{n}" :1' for n in range(1_000_000)) + "}"),
    "text of 15 MB": ("POST", "/Users", lambda: a_user("x" * 15_000_000)),
    "300,000 values": ("POST", "/Users", lambda: a_user(emails=[{"value": f"{n}@b.c"} for n in range(300_000)])),
    "300,000 operations": ("PATCH", "{user}", lambda: operations(300_000, op="add", path="title", value="x")),
    "1,000 times 1,000 times 60": (
        "PATCH",
        "{user}",
        lambda: operations(1000, op="replace", path=f"emails[{ALTERNATIVES}].display", value="x"),
    ),
    "1,000 times 250 values": (
        "PATCH",
        "{user}",
        lambda: operations(1000, op="add", path="emails", value=[{"value": f"{n}@c.example"} for n in range(250)]),
    ),
    "100,000 strangers by PATCH": (
        "PATCH",
        "{group}",
        lambda: a_patch({"op": "add", "path": "members", "value": strangers(100_000)}),
    ),
    "100,000 strangers by POST": (
        "POST",
        "/Groups",
        lambda: {"schemas": [CORE_GROUP], "displayName": uuid4().hex, "members": strangers(100_000)},
    ),
    "a bulk of 200,000": (
        "POST",
        "/Bulk",
        lambda: {"schemas": [BULK], "Operations": [{"method": "DELETE", "path": "/Users/x"}] * 200_000},
    ),
    "50,000 terms": ("POST", "/Users/.search", lambda: {"schemas": [SEARCH], "filter": "a eq 1 or " * 50_000}),
    "parentheses": ("POST", "/Users/.search", lambda: {"schemas": [SEARCH], "filter": "(" * 300_000}),
    "a million attributes": ("POST", "/Users/.search", lambda: {"schemas": [SEARCH], "attributes": ["x"] * 1_000_000}),
    "an address of 60 KB": ("GET", "/Users?filter=" + "x" * 60_000, lambda: None),
    "an address of 70 KB": ("GET", "/Users?filter=" + "x" * 70_000, lambda: None),
}


@pytest.fixture(scope="module")
def targets(server: Server) -> Iterator[dict[str, str]]:
    """A user with a thousand addresses, and a group; nothing of what is tried may change them."""
    emails = [{"value": f"{number}@b.example"} for number in range(1000)]
    user = server.scim("POST", "/Users", a_user(emails=emails)).json()
    group = server.scim("POST", "/Groups", {"schemas": [CORE_GROUP], "displayName": uuid4().hex}).json()
    yield {"user": f"/Users/{user['id']}", "group": f"/Groups/{group['id']}"}
    assert server.scim("GET", f"/Users/{user['id']}").json() == user
    assert server.scim("GET", f"/Groups/{group['id']}").json() == group


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused_in_time(server: Server, targets: dict[str, str], bomb: str) -> None:
    """4xx within seconds, and the workers stay as large as they may."""
    method, path, make = BOMBS[bomb]
    body = make()
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    headers = {"Authorization": f"Bearer {server.demo['scim_token']}", "Content-Type": "application/scim+json"}
    url = server.demo["scim_url"] + path.format(**targets)
    answer = requests.request(method, url, data=data, headers=headers, timeout=60)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    assert server.scim("GET", "/Users?count=1").status_code == 200
    assert largest_worker(server) < MOST_MEMORY


def test_a_circle_of_everybody_is_refused(server: Server) -> None:
    """300 new groups that all contain each other: every reference would be followed through all the others."""
    answer = server.scim("POST", "/Bulk", circle(300))
    assert [one["status"] for one in answer.json()["Operations"]] == ["413"]
    assert server.scim("POST", "/Bulk", circle(3)).json()["Operations"][0]["status"] == "201"


def test_every_plane_of_unicode_is_kept(server: Server) -> None:
    """Letters, marks, private use, tags and the last code points of each plane that has any."""
    offsets = (0x0041, 0x0301, 0x202E, 0x3042, 0xFFEF)
    text = "".join(chr(plane * 0x10000 + offset) for plane in range(17) for offset in offsets)
    made = server.scim("POST", "/Users", a_user(displayName=text))
    assert made.status_code == 201
    assert server.scim("GET", f"/Users/{made.json()['id']}").json()["displayName"] == text
    found = requests.get(
        f"{server.demo['scim_url']}/Users",
        params={"filter": f'displayName eq "{text}"'},
        headers={"Authorization": f"Bearer {server.demo['scim_token']}"},
        timeout=30,
    )
    assert found.json()["totalResults"] == 1
    assert made.json()["schemas"] == [CORE_USER]


def largest_worker(server: Server) -> int:
    """The most memory, in KiB, that a worker process has ever had."""
    tasks = Path(f"/proc/{server.process.pid}/task")
    workers = {pid for task in tasks.iterdir() for pid in (task / "children").read_text().split()}
    status = [Path(f"/proc/{pid}/status").read_text() for pid in workers]
    return max(int(text.split("VmHWM:")[1].split()[0]) for text in status)
