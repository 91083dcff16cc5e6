"""The real thing: the installed command, the production server, its own process, a free port."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests import conftest as databases
from tests.e2e.console_browser import chromium, console, opened

__all__ = ["chromium", "console", "opened"]

MUSTER = Path(sys.executable).parent / "muster"
NOWHERE = "http://nowhere.example.test"
"""The public URL while nobody serves."""


@dataclass(frozen=True)
class Server:
    """A running Muster with a demo account."""

    url: str
    demo: dict[str, Any]
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def muster(self, *arguments: str, code: int = 0) -> str:
        """Run a command against the same installation; returns what it printed."""
        return muster(self.environment, *arguments, code=code)

    def scim(self, method: str, path: str, body: Any = None, token: str | None = None) -> requests.Response:
        """One SCIM request with the demo's token."""
        headers = {
            "Authorization": f"Bearer {token or self.demo['scim_token']}",
            "Content-Type": "application/scim+json",
        }
        return requests.request(method, self.demo["scim_url"] + path, json=body, headers=headers, timeout=30)

    def decide(self, subject: str, permission: str, **context: Any) -> dict[str, Any]:
        """One decision with the demo's key."""
        answer = requests.post(
            f"{self.demo['api_url']}/access/v1/evaluation",
            json={
                "subject": {"type": "user", "id": subject},
                "action": {"name": permission},
                "resource": {"type": "campaign", "id": "1"},
                "context": context,
            },
            headers={"Authorization": f"Bearer {self.demo['api_key']}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        decided: dict[str, Any] = answer.json()
        return decided


def muster(environment: dict[str, str], *arguments: str, code: int = 0) -> str:
    """Run the installed command; its exit code must be as expected."""
    done = subprocess.run(
        [MUSTER, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout if code == 0 else done.stdout + done.stderr


def environment_for(database_url: str, folder: Path, port: int) -> dict[str, str]:
    """The environment of an installation of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MUSTER_", "PROMETHEUS_"))}
    return kept | {
        "MUSTER_DATABASE_URL": database_url,
        "MUSTER_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MUSTER_SECRET_KEY": databases.KEY,
        "MUSTER_DATA_DIR": str(folder),
        "MUSTER_PRIVATE_TARGETS": "127.0.0.0/8",
    }


def free_port() -> int:
    """A port nobody listens on, nor will but who is told of it: it is held as long as this process lives.

    Whoever says SO_REUSEADDR, as servers do, may bind it all the same; nobody is given it who asks for any.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port


def start(environment: dict[str, str], port: int, folder: Path, workers: int = 2) -> subprocess.Popen[bytes]:
    """Start the production server and wait until it is ready."""
    command = [MUSTER, "serve", "--port", str(port), "--workers", str(workers)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    for _ in range(1200):  # a minute, on a machine that has other things to do
        try:
            if requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return process
        except requests.RequestException:
            pass  # it does not listen yet, or has too much to do to answer
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise RuntimeError((folder / "server.log").read_text())


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask the server to stop and wait for it."""
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=90)


@dataclass(frozen=True)
class Demo:
    """A database with the demo account, of which each server of a test gets a copy, and what `muster demo` said."""

    database_url: str
    said: str

    @contextmanager
    def served(self, folder: Path) -> Iterator[Server]:
        """A server of its own with such an account, as an operator runs it; whoever is given it may stop or kill it."""
        port = free_port()
        environment = environment_for(databases.copy_of(self.database_url, folder), folder, port)
        process = start(environment, port, folder)
        url = f"http://127.0.0.1:{port}"
        yield Server(url, json.loads(self.said.replace(NOWHERE, url)), environment, process)
        if process.poll() is None:
            assert stop(process) == 0


@pytest.fixture(scope="session")
def demo(database_url: str, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo account, made once on each engine."""
    folder = tmp_path_factory.mktemp("demo")
    if database_url.startswith("sqlite"):
        url = databases.fresh_sqlite(sqlite_template, folder)
    else:
        url = databases.new_postgresql_database(f"muster_demo_{uuid4().hex}")
    environment = environment_for(url, folder, 0) | {"MUSTER_PUBLIC_URL": NOWHERE}
    return Demo(url, muster(environment, "demo", "--json"))


@pytest.fixture(scope="session")
def server(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Muster on each database, for the tests that leave it running."""
    with demo.served(tmp_path_factory.mktemp("installation")) as running:
        yield running
        assert running.process.poll() is None


@pytest.fixture
def own_server(demo: Demo, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own with two processes, which it may stop or kill, and which may call this machine."""
    with demo.served(tmp_path) as running:
        yield running
