"""The outermost layer: what is the same for every request, whoever answers it.

It stands in front of Flask, since a header or a log line that passes through Flask's context costs more than a
look-up in the database. It gives each request its id, and each answer the headers that make it safe; it writes
the request log and counts.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import uuid_utils

from app import observe
from app.request_log import RequestLog

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_POLICY = "Content-Security-Policy"
_SAFE = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    (_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
]
_HTTPS_ONLY = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
_NO_STORE = ("Cache-Control", "no-store")

Headers = list[tuple[str, str]]


class Edge:
    """A WSGI application around another; ``is_https`` says how the service is reached from outside."""

    def __init__(self, inner: WSGIApplication, *, is_https: bool, requests: RequestLog) -> None:
        self._inner = inner
        self._requests = requests
        self._fixed = [*_SAFE, _HTTPS_ONLY] if is_https else _SAFE

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        began = time.perf_counter()
        sent = environ.get("HTTP_X_REQUEST_ID")
        id = sent if sent is not None and _REQUEST_ID.fullmatch(sent) else uuid_utils.uuid7().hex
        environ[observe.REQUEST_ID] = id
        answered = "500"

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            nonlocal answered
            answered = status[:3]
            return start_response(status, self._with_fixed(answered, headers, id), exc_info)

        body = self._inner(environ, start)
        seconds = time.perf_counter() - began
        observe.remember(environ, int(answered), seconds)
        self._requests.note(environ, int(answered), seconds)
        return body

    def _with_fixed(self, status: str, headers: Headers, id: str) -> Headers:
        if status in ("204", "304"):
            # There is no content that could have a type.
            headers = [header for header in headers if header[0] != "Content-Type"]
        own = {name for name, _ in headers}
        # A page says itself what it loads.
        fixed = [one for one in self._fixed if one[0] != _POLICY] if _POLICY in own else self._fixed
        return [*headers, *fixed, ("X-Request-ID", id)] + ([] if "Cache-Control" in own else [_NO_STORE])
