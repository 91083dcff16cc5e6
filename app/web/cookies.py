"""Our cookies: the session, what binds a sign-in and a form to the browser, and what it prefers (N-2).

All are ``__Host-`` cookies: only we can set them, for no other host, and only over https. A developer's own machine
has no https, so there they have plain names.
"""

from __future__ import annotations

import hmac
import re
import secrets

from flask import Response, request

from app.web.tools import tools

SESSION, FLOW, FORM, LANGUAGE, CONNECTION, DOOR, SETUP, STEPS = (
    "muster", "muster-flow", "muster-form", "muster-language", "muster-connection", "muster-door", "muster-setup",
    "muster-steps",
)  # fmt: skip
FLOW_SECONDS = 600
_YEAR = 365 * 24 * 3600
_SECRET = re.compile(r"[A-Za-z0-9_-]{32,128}", re.ASCII)
_MARKED = re.compile(r"([0-9a-f-]{36})\.([0-9a-f]{64})", re.ASCII)


def session_secret() -> str | None:
    """The secret of the session that the browser sent, if it has the shape of one."""
    return _secret(SESSION)


def keep_session(response: Response, secret: str) -> None:
    """Give the browser its session. It forgets it when it is closed; when the session ends is said on the server."""
    _set(response, SESSION, secret)


def forget_session(response: Response) -> None:
    """Take the session from the browser, and what belonged to it."""
    for what in (SESSION, FORM, STEPS):
        _delete(response, what)


def flow_secret() -> str | None:
    """What tells that this browser began a sign-in."""
    return _secret(FLOW)


def keep_flow(response: Response, secret: str) -> None:
    """Mark the browser as the one that begins a sign-in now."""
    _set(response, FLOW, secret, FLOW_SECONDS)


def form_secret() -> str | None:
    """What forms of somebody who is not signed in are bound to."""
    return _secret(FORM)


def keep_form(response: Response, secret: str) -> None:
    """Bind forms to this browser."""
    _set(response, FORM, secret)


def connection_used() -> str | None:
    """By which connection this browser signed in last, if we said so ourselves."""
    shape = _MARKED.fullmatch(request.cookies.get(_name(CONNECTION), ""))
    if shape is None:
        return None
    keys = tools().keys
    known = any(hmac.compare_digest(_mark(shape[1], key), shape[2]) for key in (keys.current, *keys.former))
    return shape[1] if known else None


def remember_connection(response: Response, connection_id: str) -> None:
    """Keep in mind by which connection this browser signed in; nothing about who did."""
    _set(response, CONNECTION, f"{connection_id}.{_mark(connection_id, tools().keys.current)}", _YEAR)


def forget_connection(response: Response) -> None:
    """Ask for the address anew next time."""
    _delete(response, CONNECTION)


def door_mark() -> str | None:
    """What tells that somebody came in here by the local door before."""
    return request.cookies.get(_name(DOOR))


def keep_door_mark(response: Response, mark: str) -> None:
    """Let the browser be known at the local door; this opens nothing."""
    _set(response, DOOR, mark, _YEAR)


def setup_of(test: str) -> str | None:
    """The secret of the set-up link from which this browser began a test run."""
    begun, _, secret = request.cookies.get(_name(SETUP), "").partition(".")
    return secret if begun == test and _SECRET.fullmatch(secret) else None


def keep_setup(response: Response, test: str, secret: str) -> None:
    """Keep in mind where the browser goes on after a test run."""
    _set(response, SETUP, f"{test}.{secret}", FLOW_SECONDS)


def takes_first_steps() -> bool:
    """Whether somebody began to set an account up in this browser, and has not come to the end."""
    return _name(STEPS) in request.cookies


def keep_first_steps(response: Response, *, go_on: bool) -> None:
    """Let the pages of the console lead back to the first steps as long as some are left."""
    if go_on:
        _set(response, STEPS, "1")
    elif takes_first_steps():
        _delete(response, STEPS)


def language() -> str | None:
    """The language that somebody chose."""
    return request.cookies.get(_name(LANGUAGE))


def keep_language(response: Response, chosen: str) -> None:
    """Remember a chosen language."""
    _set(response, LANGUAGE, chosen, _YEAR)


def new_secret() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def _name(what: str) -> str:
    return f"__Host-{what}" if tools().is_secure else what


def _secret(what: str) -> str | None:
    sent = request.cookies.get(_name(what), "")
    return sent if _SECRET.fullmatch(sent) else None


def _mark(connection_id: str, key: bytes) -> str:
    return hmac.digest(key, f"muster remembered connection: {connection_id}".encode(), "sha256").hex()


def _set(response: Response, what: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(
        _name(what), value, max_age=seconds, path="/", secure=tools().is_secure, httponly=True, samesite="Lax"
    )


def _delete(response: Response, what: str) -> None:
    response.delete_cookie(_name(what), path="/", secure=tools().is_secure, httponly=True, samesite="Lax")
