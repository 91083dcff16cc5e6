"""A Muster of the example's own: an installation in a folder, with the sample company, served beside the platform.

A real platform does nothing of this: it is given an address and a key. The company's people would come from their
identity provider, their roles from a role mapping.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

HERE = Path(__file__).parent
ACCOUNT, OWNER = "Postbird", "olivia@postbird.example"
_MUSTER = str(Path(sys.executable).parent / "muster")


@dataclass(frozen=True)
class Service:
    """Where it listens, the platform's key, and what it was registered as; ``welcome`` is a link for its owner."""

    url: str
    key: str
    client_id: str
    client_secret: str
    welcome: str


@contextmanager
def running(folder: Path, port: int, platform: str) -> Iterator[Service]:
    """Serve Muster from a folder; the first time the company is made. ``platform`` is where that listens."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"something listens on port {port} already; choose another --muster-port")
    folder.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "MUSTER_DATABASE_URL": f"sqlite:///{folder / 'muster.db'}",
        "MUSTER_DATA_DIR": str(folder),
        "MUSTER_PUBLIC_URL": url,
        "MUSTER_PRIVATE_TARGETS": "127.0.0.0/8",  # where the platform is told that a session is over
    }
    key = _prepared(folder, environment)
    client = _registered(folder, environment, platform)
    welcome = _muster(environment, "door", "reset", ACCOUNT, OWNER)["link"]
    with (folder / "muster.log").open("ab") as log:
        command = [_MUSTER, "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603  our own command
        try:
            _wait(url, process, folder / "muster.log")
            yield Service(url, key, client["client"]["id"], client["secret"], welcome)
        finally:
            process.terminate()
            process.wait(timeout=40)


def _prepared(folder: Path, environment: dict[str, str]) -> str:
    """The platform's key; with the first one comes everything else."""
    kept = folder / "platform.key"
    if not kept.exists():
        _muster(environment, "upgrade")
        profile = str(HERE / "postbird.toml")
        _muster(environment, "account", "create", ACCOUNT, "--profile", profile)
        _muster(environment, "profile", "load", ACCOUNT, profile, "--sample")
        scopes = [word for scope in ("decisions:evaluate", "items:write") for word in ("--scope", scope)]
        key = _muster(environment, "apikey", "issue", ACCOUNT, "--name", "platform", *scopes)["api_key"]
        kept.touch(mode=0o600)
        kept.write_text(key)
    return kept.read_text()


def _registered(folder: Path, environment: dict[str, str], platform: str) -> dict[str, Any]:
    """What the platform was registered as, to sign people in."""
    kept = folder / f"client-{platform.rpartition(':')[2]}.json"
    if not kept.exists():
        _muster(environment, "door", "set", ACCOUNT, "--no-mfa")
        addresses = ["--redirect-uri", f"{platform}/signed-in", "--logout-uri", f"{platform}/sign-in"]
        addresses += ["--backchannel-logout-uri", f"{platform}/signed-out"]
        made = _muster(environment, "client", "create", ACCOUNT, "Postbird", *addresses)
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(made))
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def _muster(environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    command = [_MUSTER, *arguments, "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"muster {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            if urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"Muster does not start:\n{log.read_text()}")
