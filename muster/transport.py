"""Requests to the service: kept-alive connections, time-outs, and what each failure means."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import orjson
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, TimeoutError

from muster.errors import Misused, Unavailable

_TEMPORARY = (408, 429)
_LONGEST = 500


class Transport:
    """Posts questions to one service. Threads may share it; each has a connection while it asks."""

    def __init__(self, url: str, key: str, timeout: float, connections: int) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname or address.query or address.fragment:
            raise ValueError(f"the service's address must be like https://muster.example, not {url!r}")
        if not timeout > 0:
            raise ValueError(f"the time-out must be more than 0 seconds, not {timeout}")
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._pool = PoolManager(maxsize=connections)

    def post(self, path: str, body: bytes) -> Any:
        """The JSON that the service answers. Raises Unavailable or Misused."""
        answer = self._send("POST", path, body)
        try:
            return orjson.loads(answer.data)
        except orjson.JSONDecodeError:
            raise Unavailable("the service's answer is not JSON; is this the address of a decision point?") from None

    def delete(self, path: str) -> None:
        """Raises Unavailable or Misused."""
        self._send("DELETE", path, None)

    def _send(self, method: str, path: str, body: bytes | None) -> BaseHTTPResponse:
        answer = self._answer(method, self._url + path, body)
        if answer.status >= 500 or answer.status in _TEMPORARY:
            raise Unavailable(f"the service answers {answer.status}: {_words(answer)}")
        if not 200 <= answer.status < 300:
            raise Misused(_words(answer), answer.status)
        return answer

    def _answer(self, method: str, url: str, body: bytes | None) -> BaseHTTPResponse:
        deadline = time.monotonic() + self._timeout
        try:
            try:
                return self._request(method, url, body, self._timeout)
            except ProtocolError:
                # A kept connection had been closed, or the service went away. All that is sent may be sent twice.
                return self._request(method, url, body, max(deadline - time.monotonic(), 0.001))
        except HTTPError as error:
            # urllib3 counts a refused connection among the time-outs.
            if isinstance(error, TimeoutError) and not isinstance(error, NewConnectionError):
                raise Unavailable(f"the service did not answer within {self._timeout:g} seconds") from error
            raise Unavailable(f"the service cannot be reached: {error}") from error

    def _request(self, method: str, url: str, body: bytes | None, seconds: float) -> BaseHTTPResponse:
        # A redirect is not followed: the key is for this address.
        return self._pool.request(
            method, url, body=body, headers=self._headers, timeout=Timeout(total=seconds), retries=False, redirect=False
        )


def _words(answer: BaseHTTPResponse) -> str:
    """What the service says about its refusal."""
    try:
        said = orjson.loads(answer.data)
    except orjson.JSONDecodeError:
        said = answer.data.decode(errors="replace").strip()[:_LONGEST]
    if isinstance(said, dict):
        said = said.get("message") or said.get("detail")
    return str(said) if said else f"status {answer.status}, without a word"
