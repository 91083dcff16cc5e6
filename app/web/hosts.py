"""Pages are shown only under our own name (N-10).

A name of somebody else's that leads to us would show our pages, with our cookies' consequences, as theirs. Programs
name us as they like: SCIM, the API and decisions go by tokens alone, and whoever asks for our health knows only an
address.
"""

from __future__ import annotations

from flask import Response, request

from app.web import pages
from app.web.tools import tools

_PORTS = {"http": ":80", "https": ":443"}
PEOPLE = frozenset({"", "signin", "signout", "me", "language", "static", "sso", "oauth", "setup", "console", "begin"})
"""What the paths of people's faces begin with."""


def is_for_people() -> bool:
    """Whether a page is what this request's sender understands."""
    return request.path.lstrip("/").partition("/")[0] in PEOPLE


def check() -> Response | None:
    """A page that says so if the request came by another name."""
    return pages.error(421) if is_for_people() and not _is_ours(request.headers.get("Host", "")) else None


def error_page(status: int) -> Response | None:
    """A page for what went wrong, if it is for people."""
    return pages.error(status) if is_for_people() else None


def _is_ours(host: str) -> bool:
    port = _PORTS[tools().base_url.partition(":")[0]]
    return host.lower().removesuffix(port) == tools().host.removesuffix(port)
