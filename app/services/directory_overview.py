"""Directories as their administrators see them: how each is doing, and what its identity provider asked lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from app.models.base import now
from app.prepared import Prepared
from app.services.directories import CLAIMS, LOCAL, find_directory
from app.services.tokens import Listed, list_directory_tokens
from app.session import Session
from app.stores import directory_requests
from app.stores.access_tables import DIRECTORIES

SOON = timedelta(days=30)
"""So long before its end a token deserves attention."""

_EVERY = Prepared(
    select(
        DIRECTORIES.c.id,
        DIRECTORIES.c.name,
        DIRECTORIES.c.preset,
        DIRECTORIES.c.unique_group_names,
        DIRECTORIES.c.user_count,
        DIRECTORIES.c.group_count,
        DIRECTORIES.c.created,
        DIRECTORIES.c.paused,
    )
    .where(DIRECTORIES.c.account_id == bindparam("b_account"))
    .order_by(DIRECTORIES.c.id)
)


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """A directory as it is doing.

    ``state``: own or claims for those that nothing is pushed into; paused; closed without a valid token; waiting for
    the first request; working. ``ends`` is when the last of its valid tokens does, None if one of them never does.
    """

    id: str
    name: str
    preset: str
    state: str
    unique_group_names: bool
    people: int
    groups: int
    created: datetime
    paused: datetime | None
    last_request: datetime | None
    tokens: int
    ends: datetime | None

    @property
    def is_pushed(self) -> bool:
        """Whether an identity provider pushes into it."""
        return self.preset not in (LOCAL, CLAIMS)

    @property
    def ends_soon(self) -> bool:
        """Whether its last token ends so soon that another one should be issued."""
        return self.ends is not None and self.ends <= now() + SOON


@dataclass(frozen=True, slots=True)
class Request:
    """A request of an identity provider; ``detail`` says why it was refused."""

    id: str
    at: datetime
    method: str
    path: str
    status: int
    duration_ms: int
    request_id: str
    detail: str | None


def overview(session: Session, account_id: str) -> list[DirectoryState]:
    """All directories of an account."""
    tokens = list_directory_tokens(session, account_id)
    last = directory_requests.last(session, account_id)
    rows = session.execute(_EVERY, {"b_account": account_id})
    return [_state(row, [one for one in tokens if one.directory_id == row.id], last.get(row.id)) for row in rows]


def state_of(session: Session, account_id: str, directory: str) -> DirectoryState:
    """One of them, by id or name. Raises NotFound."""
    id = find_directory(session, account_id, directory).id
    return next(one for one in overview(session, account_id) if one.id == id)


def latest_requests(
    session: Session, account_id: str, directory: str, most: int = directory_requests.KEPT
) -> list[Request]:
    """What its identity provider asked at last, the last one first; refused requests with what was wrong."""
    rows = directory_requests.latest(session, account_id, directory, most)
    return [Request(*row) for row in rows]


def _state(row: Any, tokens: Sequence[Listed], logged: datetime | None) -> DirectoryState:
    valid = [one for one in tokens if one.state == "valid"]
    ends = [one.expires for one in valid if one.expires is not None]
    calls = [at for at in (logged, *(one.last_used for one in tokens)) if at is not None]
    last = max(calls, default=None)
    if row.preset in (LOCAL, CLAIMS):
        state = "own" if row.preset == LOCAL else "claims"
    elif row.paused is not None:
        state = "paused"
    elif not valid:
        state = "closed"
    else:
        state = "waiting" if last is None else "working"
    return DirectoryState(
        id=row.id,
        name=row.name,
        preset=row.preset,
        state=state,
        unique_group_names=row.unique_group_names,
        people=row.user_count,
        groups=row.group_count,
        created=row.created,
        paused=row.paused,
        last_request=last,
        tokens=len(valid),
        ends=max(ends) if valid and len(ends) == len(valid) else None,
    )
