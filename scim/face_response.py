"""The response of this face: its headers are already what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MEDIA_TYPE = "application/scim+json"


class Answer(Response):
    """A response whose addresses are absolute and escaped by whoever made them.

    Werkzeug would take each address apart once more, which costs more than rendering a resource.
    """

    default_mimetype = MEDIA_TYPE

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as an application does: a body that is whole goes out as a list, in one piece."""
        if not self.is_sequence or environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.get_wsgi_headers(environ).to_wsgi_list())
        return [] if self.status_code in (204, 304) else cast("list[bytes]", self.response)

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers with the length of the body, where there is one and it is known."""
        headers = self.headers
        if self.status_code not in (204, 304) and self.is_sequence and "Content-Length" not in headers:
            headers["Content-Length"] = str(sum(map(len, self.response)))
        return headers
