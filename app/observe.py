"""What an operator sees: one request id throughout, a log line and a measurement for each request."""

from __future__ import annotations

import logging
import re
import sys
import time
from functools import lru_cache
from typing import Any

import orjson
import structlog
import uuid_utils
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client import values as metric_values

LOG = structlog.get_logger("muster")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_REQUESTS = Counter("muster_requests", "Requests answered", ["face", "method", "status"])
_SECONDS = Histogram(
    "muster_request_seconds",
    "Time from the request's arrival to its answer",
    ["face"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def configure_logs(level: str) -> None:
    """JSON lines on standard error, one event a line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def install(app: Flask) -> None:
    """Number, time, log and count every request; serve ``/metrics``."""
    app.before_request(_begin)
    app.after_request(_end)
    app.add_url_rule("/metrics", "metrics", _metrics)


def request_id() -> str:
    """This request's id: the caller's ``X-Request-ID`` if it is harmless, else a new one."""
    if "request_id" not in g:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid_utils.uuid7().hex
    found: str = g.request_id
    return found


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    face = request.path.split("/", 2)[1] or "root"
    face = face if face in ("scim", "access", "healthz", "readyz", "metrics", ".well-known") else "other"
    method = request.method if request.method in _METHODS else "other"
    response.headers["X-Request-ID"] = request_id()
    _counter(face, method, response.status_code).inc()
    _timer(face).observe(seconds)
    facts: dict[str, Any] = {
        "method": method,
        "path": request.path[:200],
        "status": response.status_code,
        "ms": round(seconds * 1000, 2),
        "request_id": request_id(),
        **g.get("log_facts", {}),
    }
    # The query string stays out: filters name people.
    LOG.info("request", **facts)
    return response


@lru_cache(maxsize=1000)
def _counter(face: str, method: str, status: int) -> Counter:
    return _REQUESTS.labels(face, method, str(status))


@lru_cache(maxsize=100)
def _timer(face: str) -> Histogram:
    return _SECONDS.labels(face)


def note(**facts: str) -> None:
    """Add facts to this request's log line; never a secret."""
    g.setdefault("log_facts", {}).update(facts)


def _metrics() -> Response:
    registry: CollectorRegistry | None = None
    if metric_values.ValueClass.__name__ == "MmapedValue":
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    text = generate_latest(registry) if registry is not None else generate_latest()
    return Response(text, content_type=CONTENT_TYPE_LATEST)
