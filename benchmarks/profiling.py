"""Where the time of a scenario goes: the application in this process, sampled by the clock.

A sample is taken every half millisecond and weighs what passed since the one before, so that waiting for the
database counts and instrumentation does not distort. Time spent in a library counts for the line of ours
that called it.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
from flask import Flask

from app.compose import create_app
from benchmarks import floor
from benchmarks.client import Answer, Unexpected
from benchmarks.engines import opened
from benchmarks.installation import prepared
from benchmarks.scenarios import Scenario, Target, Work

SECONDS = 4.0
_INTERVAL = 0.0005
_ROOT = f"{Path(__file__).parent.parent}/"
_OURS = tuple(f"{_ROOT}{package}/" for package in ("app", "scim", "rbac", "benchmarks"))
_LINES = 25

FEATURES: tuple[tuple[str, str], ...] = (
    ("app/audit.py", "audit trail"),
    ("app/services/provisioning.py", "audit trail"),
    ("app/observe.py", "request log and metrics"),
    ("app/auth.py", "token check"),
    ("app/crypto.py", "token check"),
    ("app/usage.py", "token check"),
    ("app/unit_of_work.py", "transaction: begin, commit, close"),
    ("app/db.py", "transaction: begin, commit, close"),
    ("app/compose.py", "security headers"),
    ("app/stores/members.py", "memberships"),
    ("app/stores/filter_sql.py", "filter and query building"),
    ("app/stores/resource_rows.py", "translation into rows"),
    ("app/stores/directory", "the resource's own rows"),
    ("app/stores/", "access: mapping, decisions"),
    ("app/services/", "access: mapping, decisions"),
    ("rbac/", "access: mapping, decisions"),
    ("scim/patch", "PATCH"),
    ("scim/filter", "filter and query building"),
    ("scim/query.py", "filter and query building"),
    ("scim/matching.py", "filter and query building"),
    ("scim/representation.py", "rendering"),
    ("scim/projection.py", "rendering"),
    ("scim/resource.py", "validation and search form"),
    ("scim/values.py", "validation and search form"),
    ("scim/keys.py", "validation and search form"),
    ("scim/json_body.py", "validation and search form"),
    ("scim/", "routing and service"),
    ("app/", "other"),
    ("benchmarks/", "the floor, or the driver"),
)
"""Which feature a file's time counts for; the first beginning that fits."""


def run(
    engine: str, folder: Path, scenarios: Sequence[Scenario], users: int, members: tuple[int, ...]
) -> Iterator[str]:
    """One text for each scenario."""
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    sys.stderr.flush()
    with opened(engine, folder) as new_database, prepared(new_database, folder, users) as made:
        if any(scenario.needs for scenario in scenarios):
            made.population.crowd(made.world, members)
        os.environ.update(made.floor_variables or {})
        product = InProcess(create_app(made.settings), made.world.tokens)
        bare = InProcess(floor.create_app(), made.world.tokens)
        targets = Target("Muster", made.world), Target("floor", made.world)
        for scenario in scenarios:
            if scenario.connections > 1:
                continue
            with Quiet():
                below, sampler = Sampler(), Sampler()
                if scenario.against is None:
                    below.drive(scenario.work, bare, targets[1])
                else:
                    below.drive(scenario.against, product, targets[0])
                sampler.drive(scenario.work, product, targets[0])
            yield _text(engine, scenario, sampler, below)


class InProcess:
    """Asks an application by calling it, as the server does."""

    def __init__(self, application: Flask, tokens: Mapping[str, str]) -> None:
        self._application = application
        self._tokens = tokens

    def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> Answer:
        """One request. Raises Unexpected for anything but a success."""
        content = b"" if body is None else orjson.dumps(body)
        bare, _, query = path.partition("?")
        environ = _ENVIRON | {
            "REQUEST_METHOD": method,
            "PATH_INFO": bare,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_AUTHORIZATION": f"Bearer {token or self._tokens[path.split('/', 2)[1]]}",
            "wsgi.input": io.BytesIO(content),
        }
        seen: list[str] = []

        def start_response(status: str, headers: Any, exc_info: Any = None) -> Any:
            seen.append(status)

        answer = self._application(environ, start_response)
        try:
            parts = b"".join(answer)
        finally:
            getattr(answer, "close", lambda: None)()
        if seen[0] >= "4":
            raise Unexpected(f"{method} {path}: {seen[0]} {parts[:500]!r}")
        return Answer(int(seen[0][:3]), parts)


_ENVIRON: dict[str, Any] = {
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "127.0.0.1",
    "CONTENT_TYPE": "application/json",
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class Sampler:
    """Takes samples of the main thread while a scenario runs."""

    def __init__(self) -> None:
        self.lines: defaultdict[str, float] = defaultdict(float)
        self.features: defaultdict[str, float] = defaultdict(float)
        self.kinds: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.scale = 0.0
        self._last = 0.0

    @property
    def total(self) -> float:
        """Microseconds a unit."""
        return sum(self.features.values()) * self.scale

    def drive(self, work: Work, client: InProcess, target: Target) -> None:
        """Run the work for some seconds."""
        for _ in range(20):
            work(client, target)
        units = 0
        until = time.perf_counter() + SECONDS
        before = signal.signal(signal.SIGALRM, self._take)
        self._last = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, _INTERVAL, _INTERVAL)
        try:
            while time.perf_counter() < until:
                units += work(client, target)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        self.scale = 1e6 / units

    def _take(self, _: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        weight = now - self._last
        kind = _kind(frame) if frame else ""
        ours: list[FrameType] = []
        while frame is not None and len(ours) < 2:
            if frame.f_code.co_filename.startswith(_OURS) and not frame.f_code.co_filename.endswith(_THROUGH):
                ours.append(frame)
            frame = frame.f_back
        place = ours[0].f_code.co_filename.removeprefix(_ROOT) if ours else ""
        if place in _DRIVERS:
            feature, line = "Flask and Werkzeug, the driver", "(web tier)"
        else:
            feature = next(name for beginning, name in FEATURES if place.startswith(beginning))
            line = " ← ".join(_where(one) for one in ours if one.f_code.co_filename.removeprefix(_ROOT) not in _DRIVERS)
        self.features[feature] += weight
        self.lines[line] += weight
        self.kinds[line, kind] += weight
        self._last = time.perf_counter()


# What stands around the framework: time in it, and in nothing of ours below it, is the framework's.
_DRIVERS = (
    *("", "app/application.py", "app/edge.py"),
    *(f"benchmarks/{name}.py" for name in ("profiling", "scenarios", "bodies", "client")),
)
# A statement counts for the feature that asked for it.
_THROUGH = tuple(
    f"app/{name}.py" for name in ("session", "channels", "waiting", "pipeline", "prepared", "connections", "set_wise")
)


def _kind(frame: FrameType) -> str:
    """What the innermost frame is busy with."""
    name, function = frame.f_code.co_filename, frame.f_code.co_name
    if "/psycopg" in name or name.endswith("app/pipeline.py"):
        return "database"
    if name.endswith("sqlalchemy/engine/default.py") and function.startswith("do_"):
        return "database"
    if name.startswith(_OURS):
        # Statements that go to the driver without SQLAlchemy are the floor's.
        return "database" if name.endswith("floor_store.py") else "own"
    return "SQLAlchemy" if "/sqlalchemy/" in name else "library"


def _where(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename.removeprefix(_ROOT)}:{frame.f_lineno} {frame.f_code.co_name}"


def _ranked(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(weights.items(), key=lambda item: -item[1])


def _text(engine: str, scenario: Scenario, sampler: Sampler, below: Sampler) -> str:
    other = "the floor" if scenario.against is None else "what it is compared with"
    cost = f"{sampler.total:,.0f} µs a {scenario.unit} in process"
    lines = [f"\n{engine}: {scenario.title}: {cost}, {other} {below.total:,.0f} µs\n"]
    for feature, weight in _ranked(sampler.features):
        microseconds = weight * sampler.scale
        lines.append(f"  {microseconds:8,.0f} µs  {microseconds / sampler.total:4.0%}  {feature}")
    lines.append("\n  µs: all, of which database, SQLAlchemy, other libraries, own")
    for line, weight in _ranked(sampler.lines)[:_LINES]:
        kinds = [sampler.kinds[line, kind] * sampler.scale for kind in ("database", "SQLAlchemy", "library", "own")]
        lines.append(f"  {weight * sampler.scale:8,.0f}  " + " ".join(f"{kind:6,.0f}" for kind in kinds) + f"  {line}")
    return "\n".join(lines)


class Quiet:
    """Sends the request log nowhere while the application runs in this process."""

    def __enter__(self) -> None:
        self._kept = os.dup(2)
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, 2)
        os.close(sink)

    def __exit__(self, *_: object) -> None:
        os.dup2(self._kept, 2)
        os.close(self._kept)
