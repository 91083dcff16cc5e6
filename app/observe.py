"""What an operator sees: one request id throughout, a log line and a measurement for each request."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client import values as metric_values

from app.lines import Lines
from app.tracebacks import told

LOG = structlog.get_logger("muster")

REQUEST_ID = "muster.request_id"
"""Where in the WSGI environment the request's id is."""
_FACTS = "muster.facts"
_NOTHING: Mapping[str, str] = {}
_SETUP, _NO_SECRET = "setup", "/setup/…"
_LINES = Lines()
_REQUESTS = Counter("muster_requests", "Requests answered", ["face", "method", "status"])
_SECONDS = Histogram(
    "muster_request_seconds",
    "Time from the request's arrival to its answer",
    ["face"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_FACES = frozenset(
    {"scim", "access", "api", "healthz", "readyz", "metrics", ".well-known"}
    | {"signin", "signout", "me", "sso", "oauth", "setup"}
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def configure_logs(level: str) -> None:
    """JSON lines on standard error, one event a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(told),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def install(app: Flask) -> None:
    """Serve ``/metrics``."""
    app.add_url_rule("/metrics", "metrics", _metrics)


def request_id() -> str:
    """This request's id: the caller's ``X-Request-ID`` if it is harmless, else a new one."""
    return id_of(request.environ)


def id_of(environ: dict[str, Any]) -> str:
    """The id of the request of this WSGI environment."""
    found: str = environ[REQUEST_ID]
    return found


def note(environ: dict[str, Any], **facts: str) -> None:
    """Add facts to a request's log line; never a secret."""
    environ[_FACTS] = facts


def noted(environ: dict[str, Any]) -> Mapping[str, str]:
    """The facts that were added."""
    found: Mapping[str, str] = environ.get(_FACTS, _NOTHING)
    return found


def remember(environ: dict[str, Any], status: int, seconds: float) -> None:
    """Log and count a request that was answered."""
    path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
    face = _face(path)
    _counter(face, method if method in _METHODS else "other", status).inc()
    _timer(face).observe(seconds)
    if not LOG.is_enabled_for(logging.INFO):
        return
    # The query string stays out: filters name people. Written as it is: no line is written more often.
    line = {
        "method": method,
        "path": _logged(path)[:200],
        "status": status,
        "ms": round(seconds * 1000, 2),
        "request_id": environ[REQUEST_ID],
        **environ.get(_FACTS, {}),
        "event": "request",
        "level": "info",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    _LINES.write(line)


def _logged(path: str) -> str:
    """A path without the secret of a set-up link, also of one that was mistyped (A-4)."""
    return _NO_SECRET if _SETUP in path.lower().split("/")[:-1] else path


def _face(path: str) -> str:
    face = path.split("/", 2)[1] if path.startswith("/") else ""
    return face if face in _FACES else "other" if face else "root"


@lru_cache(maxsize=1000)
def _counter(face: str, method: str, status: int) -> Counter:
    return _REQUESTS.labels(face, method, str(status))


@lru_cache(maxsize=100)
def _timer(face: str) -> Histogram:
    return _SECONDS.labels(face)


def _metrics() -> Response:
    registry: CollectorRegistry | None = None
    if metric_values.ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry) if registry is not None else generate_latest()
    return Response(text, content_type=CONTENT_TYPE_LATEST)
