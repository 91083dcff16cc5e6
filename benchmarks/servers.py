"""Real servers in processes of their own, on free loopback ports, stopped by whoever started them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY = "benchmark-key-that-is-long-enough-for-hmac"
_START_SECONDS = 30
_STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Tier:
    """How every measured server is run."""

    workers: int
    threads: int


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]

    def resident(self) -> dict[int, int]:
        """Resident memory of each worker process now, in bytes; the record of the highest starts anew here."""
        found = {}
        for pid in self._workers():
            Path(f"/proc/{pid}/clear_refs").write_text("5")
            found[pid] = _status(pid, "VmRSS")
        return found

    def growth(self, before: Mapping[int, int]) -> int:
        """By how many bytes a worker grew at most since ``resident``."""
        return max(_status(pid, "VmHWM") - resident for pid, resident in before.items())

    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]


@contextmanager
def muster(database_url: str, folder: Path, port: int, tier: Tier) -> Iterator[Server]:
    """Muster as an operator runs it, its log in a file."""
    command = [str(Path(sys.executable).parent / "muster"), "serve"]
    with _started(command, environment(database_url, folder, port), port, tier, folder / "muster.log") as server:
        yield server


@contextmanager
def floor(variables: Mapping[str, str], folder: Path, port: int, tier: Tier) -> Iterator[Server]:
    """The floor."""
    command = [sys.executable, "-m", "benchmarks.floor"]
    with _started(command, {**_inherited(), **variables}, port, tier, folder / "floor.log") as server:
        yield server


def environment(database_url: str, folder: Path, port: int) -> dict[str, str]:
    """The settings of an installation; durability and logs are the defaults."""
    return _inherited() | {
        "MUSTER_DATABASE_URL": database_url,
        "MUSTER_PUBLIC_URL": base_url(port),
        "MUSTER_SECRET_KEY": KEY,
        "MUSTER_DATA_DIR": str(folder),
    }


def base_url(port: int) -> str:
    """The public address of an installation; the floor repeats it, so that answers are equally long."""
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("MUSTER_", "PROMETHEUS_"))}


@contextmanager
def _started(
    command: Sequence[str], variables: Mapping[str, str], port: int, tier: Tier, log: Path
) -> Iterator[Server]:
    options = ["--port", str(port), "--workers", str(tier.workers), "--threads", str(tier.threads)]
    with log.open("ab") as sink:
        process = subprocess.Popen([*command, *options], env=variables, stdout=sink, stderr=sink)
    try:
        _await(process, port, log)
        yield Server(port, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as probe:
                probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                if probe.recv(12).endswith(b" 200"):
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text()[-4000:]}")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise RuntimeError(f"/proc/{pid}/status has no {field}")
