"""HTTP as a provider does it: a bearer token, no cookies, no redirects, and an end to waiting."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.simulator.pointer import ABSENT

MAX_BYTES = 20_000_000
"""An answer longer than this is not read to its end."""


class Unusable(ValueError):
    """A base URL that cannot be asked, or a token that cannot be sent."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with its path below the base URL."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def line(self) -> str:
        """Method and address as people read them."""
        query = "&".join(name if value is None else f"{name}={value}" for name, value in self.query.items())
        return f"{self.method} {self.path}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: an answer, or the trouble that prevented one. ``body`` is ABSENT where it is no JSON."""

    status: int | None
    headers: Mapping[str, str]
    text: str
    body: Any
    milliseconds: int
    trouble: str | None = None

    @property
    def media(self) -> str:
        """The media type without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Client:
    """Sends requests to one SCIM base URL with one token."""

    def __init__(self, url: str, token: str, timeout: float = 30) -> None:
        """Raises Unusable."""
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise Unusable("the URL must be the SCIM base URL, such as https://scim.example.com/scim/v2")
        if parts.username or parts.password or parts.fragment:
            raise Unusable("the URL must have neither a user, a password nor a fragment")
        # A header that cannot be sent would be quoted in the error, and the token with it.
        if not (token.isascii() and token.isprintable()) or token != token.strip():
            raise Unusable("the token holds signs that cannot stand in a header")
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._query = parts.query
        self._token = token
        self._timeout = timeout
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def send(self, request: Request) -> Answer:
        """Send it and read the answer; never raises for what the server or the network does."""
        began = time.monotonic()
        try:
            with self._session.request(
                request.method,
                self._address(request),
                headers=dict(request.headers),
                data=None if request.body is None else json.dumps(request.body).encode(),
                auth=self._authorize,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._content(response, began + self._timeout)
        except (requests.Timeout, ReadTimeoutError):
            return _unanswered(f"no answer within {self._timeout:g} seconds", began)
        except (requests.RequestException, HTTPError, OSError, ValueError, RecursionError) as error:
            return _unanswered(f"no answer: {_reason(error)}", began)
        text = content.decode("utf-8", "replace")
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, text, _parse(content), _since(began))

    def _address(self, request: Request) -> str:
        given = [
            _encoded(name) + ("" if value is None else "=" + _encoded(value)) for name, value in request.query.items()
        ]
        if self._query and self._query not in given:
            given.append(self._query)
        return self._base + request.path + ("?" if given else "") + "&".join(given)

    def _authorize(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        # Given as auth and not as a header, since a .netrc of the operator would replace the header.
        prepared.headers.setdefault("Authorization", f"Bearer {self._token}")
        return prepared

    def _content(self, response: requests.Response, until: float) -> bytes:
        content = bytearray()
        while part := response.raw.read1(65_536, decode_content=True):
            content += part
            if time.monotonic() > until:
                raise requests.Timeout
            if len(content) > MAX_BYTES:
                raise ValueError(f"the answer is longer than {MAX_BYTES:,} bytes")
        return bytes(content)


def _encoded(value: Any) -> str:
    return quote(str(value), safe="", errors="replace")


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return ABSENT


def _unanswered(trouble: str, began: float) -> Answer:
    return Answer(None, {}, "", ABSENT, _since(began), trouble)


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _reason(error: Exception) -> str:
    """The innermost cause, which is the one a person can act on."""
    seen: BaseException = error
    for _ in range(10):
        inner = getattr(seen, "reason", None) or (seen.args[0] if seen.args else None)
        if not isinstance(inner, BaseException):
            break
        seen = inner
    return str(seen) or type(seen).__name__
