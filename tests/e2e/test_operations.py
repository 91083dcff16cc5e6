"""What an operator relies on: readiness, metrics, logs, a stop that loses nothing, a kill that loses no answer."""

from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from app.lines import INTERVAL
from tests.conftest import copy_of
from tests.e2e.conftest import Demo, Server, environment_for, free_port, muster, start, stop
from tests.webhooks import wait_until

pytestmark = pytest.mark.e2e


def push_until_told(server: Server, answered: list[str], told: threading.Event) -> None:
    """Create users one after the other; remember those that were answered with 201."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {server.demo['scim_token']}"
        while not told.is_set():
            name = f"{uuid4().hex}@northwind.example"
            body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name}
            try:
                answer = session.post(f"{server.demo['scim_url']}/Users", json=body, timeout=30)
            except requests.RequestException:
                return
            assert answer.status_code == 201, answer.text
            answered.append(name)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_answered_write_is_lost(own_server: Server, tmp_path: Path, how: signal.Signals) -> None:
    """Stopped or killed in the middle of writes: whatever was answered is there after the next start."""
    answered: list[str] = []
    told = threading.Event()
    writers = [threading.Thread(target=push_until_told, args=(own_server, answered, told)) for _ in range(4)]
    for writer in writers:
        writer.start()
    wait_until(lambda: len(answered) > 30)
    own_server.process.send_signal(how)
    code = own_server.process.wait(timeout=40)
    told.set()
    for writer in writers:
        writer.join()
    if how is signal.SIGTERM:
        assert code == 0
    else:
        end_orphans(own_server)
    port = int(own_server.url.rsplit(":", 1)[1])
    process = start(own_server.environment, port, tmp_path)
    try:
        for name in (answered[0], answered[len(answered) // 2], *answered[-8:]):
            found = own_server.scim("GET", f'/Users?filter=userName eq "{name}"').json()
            assert found["totalResults"] == 1, name
        assert "chain intact" in own_server.muster("audit", "verify")
    finally:
        assert stop(process) == 0


def end_orphans(server: Server) -> None:
    """After a kill -9 of the parent its workers end by themselves, one after the other."""
    unanswered = 0
    for _ in range(600):
        try:
            requests.get(f"{server.url}/healthz", timeout=30)
            unanswered = 0
        except requests.ConnectionError:
            # The first may be a worker that ends, while another one still listens.
            unanswered += 1
            if unanswered == 5:
                return
        time.sleep(0.1)
    raise AssertionError("the workers outlived the killed server")


def test_health_readiness_and_metrics(server: Server) -> None:
    """Alive, ready, and counted over all worker processes."""
    assert requests.get(f"{server.url}/healthz", timeout=30).json() == {"status": "alive"}
    assert requests.get(f"{server.url}/readyz", timeout=30).json() == {"status": "ready"}
    for _ in range(20):
        server.scim("GET", "/ServiceProviderConfig")
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    counted = [
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line.startswith("muster_requests_total{") and 'face="scim"' in line and 'status="200"' in line
    ]
    assert sum(counted) >= 20
    assert 'muster_request_seconds_bucket{face="scim"' in text


def test_one_request_id_throughout(server: Server, tmp_path: Path) -> None:
    """The caller's id is in the header, in the error's text, and in the log."""
    name = f"trace-{uuid4().hex[:8]}"
    headers = {"Authorization": f"Bearer {server.demo['scim_token']}", "X-Request-ID": name}
    answer = requests.get(f"{server.demo['scim_url']}/Users/unknown", headers=headers, timeout=30)
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] == name
    assert name in answer.json()["detail"]
    lines = [json.loads(line) for line in log_with(server, name).splitlines() if name in line]
    assert [(line["event"], line["status"]) for line in lines] == [("request", 404)]


def log_with(server: Server, *ids: str) -> str:
    """The server's log, as soon as the requests of these ids are in it: lines are written off the request's path."""
    log = Path(server.environment["MUSTER_DATA_DIR"], "server.log")
    wait_until(lambda: all(id in log.read_text() for id in ids))
    time.sleep(4 * INTERVAL)  # and whatever else is told of them
    return log.read_text()


def test_logs_hold_no_secret(server: Server) -> None:
    """No token, no filter value, no password reaches the log (A-4)."""
    secret = f"secret{uuid4().hex}"
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": uuid4().hex, "password": secret}
    asked = [
        server.scim("POST", "/Users", body),
        server.scim("GET", f'/Users?filter=userName eq "{secret}"'),
        requests.get(f"{server.url}/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"}, timeout=30),
    ]
    assert [answer.status_code for answer in asked] == [201, 200, 401]
    log = log_with(server, *(answer.headers["X-Request-ID"] for answer in asked))
    assert log.count('"event":"request"') > 2
    assert secret not in log
    assert server.demo["scim_token"] not in log


def test_an_oversized_body_is_refused_as_scim(server: Server) -> None:
    """413 with a SCIM error, whether the length is announced or the body comes in chunks."""
    url = f"{server.demo['scim_url']}/Users"
    headers = {"Authorization": f"Bearer {server.demo['scim_token']}", "Content-Type": "application/scim+json"}
    body = b'{"userName":"' + b"x" * (17 * 1024 * 1024) + b'"}'
    announced = requests.post(url, data=body, headers=headers, timeout=60)
    assert announced.status_code == 413
    assert announced.json()["status"] == "413"
    chunks = (body[start : start + 65536] for start in range(0, len(body), 65536))
    chunked = requests.post(url, data=chunks, headers=headers, timeout=60)
    assert chunked.status_code == 413
    assert server.scim("GET", "/Users?count=1").status_code == 200


def test_a_chunked_body_is_read(server: Server) -> None:
    """Some clients send chunks without a length."""
    name = uuid4().hex
    body = json.dumps({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name}).encode()
    answer = requests.post(
        f"{server.demo['scim_url']}/Users",
        data=iter([body[:10], body[10:]]),
        headers={"Authorization": f"Bearer {server.demo['scim_token']}", "Content-Type": "application/scim+json"},
        timeout=30,
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["userName"] == name


def test_security_headers_on_every_answer(server: Server) -> None:
    """On results and on refusals alike (N-9)."""
    for path in ("/healthz", "/scim/v2/Users", "/nowhere", "/access/v1/evaluation"):
        headers = requests.get(server.url + path, timeout=30).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Request-ID"]


def test_serve_refuses_a_database_that_is_not_ready(demo: Demo, tmp_path: Path) -> None:
    """An empty or foreign database is refused with a remedy and exit code 5."""
    environment = environment_for(f"sqlite:///{tmp_path}/empty.db", tmp_path, free_port())
    assert "muster upgrade" in muster(environment, "serve", code=5)
    ready = environment_for(copy_of(demo.database_url, tmp_path), tmp_path, free_port())
    assert "MUSTER_SECRET_KEY" in muster(ready | {"MUSTER_SECRET_KEY": "another-key-" * 4}, "serve", code=5)
    assert "MUSTER_PUBLIC_URL" in muster(ready | {"MUSTER_PUBLIC_URL": "nonsense"}, "serve", code=5)
