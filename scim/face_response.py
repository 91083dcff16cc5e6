"""The answer of this face: its headers are already what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.http import HTTP_STATUS_CODES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

MEDIA_TYPE = "application/scim+json"
_WITHOUT_BODY = (204, 304)
_LINES = {status: f"{status} {phrase.upper()}" for status, phrase in HTTP_STATUS_CODES.items()}


class Answer(NamedTuple):
    """A body, whole or in portions, and what is said about it.

    Addresses in ``headers`` are absolute and escaped by whoever made them.
    """

    body: bytes | Iterator[bytes] = b""
    status_code: int = 200
    headers: Mapping[str, str] = MappingProxyType({})

    def send(self, method: str, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as an application does: a body that is whole goes out as a list, in one piece."""
        body, status = self.body, self.status_code
        fields = [("Content-Type", MEDIA_TYPE), *self.headers.items()]
        if isinstance(body, bytes) and status not in _WITHOUT_BODY:
            fields.append(("Content-Length", str(len(body))))
        start_response(_LINES.get(status) or f"{status} UNKNOWN", fields)
        if method == "HEAD" or status in _WITHOUT_BODY:
            return []
        return [body] if isinstance(body, bytes) else body
