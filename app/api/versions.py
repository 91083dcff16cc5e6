"""Versions of what the API shows: a resource's ETag is the digest of its representation (RFC 9110 §8.8, §13.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import request

from app.auth import Caller
from app.problems import Problem
from app.stores import mapping_rules
from app.stores.access_revision import lock_account


def etag_of(content: bytes) -> str:
    """The entity tag of a representation."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def is_named(header: str, tag: str) -> bool:
    """Does an If-Match or If-None-Match header name this tag? Weak and strong ones compare alike."""
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in tags or tag in tags


def check_unchanged(caller: Caller, read: Callable[[], bytes]) -> None:
    """Refuse if ``If-Match`` names another version than what ``read`` shows; from here on it stays as it is.

    Raises Problem.
    """
    # In the order in which everybody takes them, so that nobody waits in a circle.
    mapping_rules.lock(caller.session, caller.account_id, exclusive=False)
    lock_account(caller.session, caller.account_id)
    tag = etag_of(read())
    if not is_named(request.headers["If-Match"], tag):
        raise Problem("stale", "If-Match: this is no longer that version; read it again", headers={"ETag": tag})
