"""Ways to the doors: where a sign-in begins."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import request

from app.services import login_hints
from app.services.person_sessions import SignedIn
from app.unit_of_work import READING
from app.web.tools import tools


def here() -> str:
    """This page, to come back to it; in place of what was sent to it, which has to be sent again, the own page."""
    if request.method not in READING:
        return f"{tools().root}/me"
    query = request.query_string.decode("ascii", "replace")
    return tools().root + quote(request.path) + (f"?{query}" if query else "")


def to_signin(return_to: str | None) -> str:
    """Where somebody says which organisation they belong to."""
    return _with("/signin", return_to)


def to_connection(connection_id: str, return_to: str | None, *, step_up: bool = False, hint: str = "") -> str:
    """Where a sign-in by a connection begins, or there again with ``step_up`` (N-7).

    ``hint`` is the address by which somebody says that they are known there.
    """
    known = login_hints.sealed(tools().keys, connection_id, hint)
    more = ({"step_up": "1"} if step_up else {}) | ({"hint": known} if known is not None else {})
    return _with(f"/sso/{connection_id}/start", return_to, **more)


def to_local_door(return_to: str | None) -> str:
    """Where a sign-in without an identity provider begins."""
    return _with("/signin/local", return_to)


def to_prove_anew(found: SignedIn, return_to: str | None) -> str:
    """Where somebody who is signed in proves again who they are (N-7), by the way they came."""
    if found.connection_id is None:
        return _with("/signin/local", return_to, step_up="1")
    return to_connection(found.connection_id, return_to, step_up=True)


def _with(path: str, return_to: str | None, **more: str) -> str:
    query = more | ({"return_to": return_to} if return_to is not None else {})
    return f"{tools().root}{path}" + (f"?{urlencode(query)}" if query else "")
