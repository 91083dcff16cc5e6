"""Nobody else's page changes anything here in somebody's name (N-8).

Every form carries a token that belongs to the browser's session, or to its form cookie as long as there is none; and
the browser itself has to say that the form was one of ours.
"""

from __future__ import annotations

import hmac

from flask import Response, g, request

from app.web import cookies
from app.web.tools import tools

FIELD = "form_token"
_OURS = frozenset({"same-origin", "none"})


class Forged(Exception):
    """The request was not made by one of our forms, or by one that is out of date."""


def token() -> str:
    """What a form on this page has to carry."""
    secret = cookies.session_secret() or cookies.form_secret()
    if secret is None:
        secret = g.get("form_secret") or cookies.new_secret()
        g.form_secret = secret
    return _of(secret, tools().keys.current)


def bind(response: Response) -> None:
    """Give the browser what the token on its page belongs to, if it has nothing yet."""
    if "form_secret" in g:
        cookies.keep_form(response, g.form_secret)


def check() -> None:
    """Raises Forged unless the request comes from one of our own forms, shown to this very browser."""
    if not _is_from_here():
        raise Forged
    sent = request.form.get(FIELD, "").encode()
    keys = tools().keys
    known = [secret for secret in (cookies.session_secret(), cookies.form_secret()) if secret is not None]
    right = [_of(secret, key).encode() for secret in known for key in (keys.current, *keys.former)]
    if not any(hmac.compare_digest(sent, one) for one in right):
        raise Forged


def _is_from_here() -> bool:
    """Whether the browser vouches for it: a page without a referrer sends ``Origin: null`` with forms of its own."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site in _OURS and origin in (None, "null", tools().origin)
    return origin == tools().origin


def _of(secret: str, key: bytes) -> str:
    return hmac.digest(key, f"muster form: {secret}".encode(), "sha256").hex()
