"""The feedback loop: people ask for a role, or say that something about their access is wrong; an owner answers.

An answer gives nothing by itself: what follows from it is done where everything else is done, by the same rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson

from app import audit
from app.models.base import new_id, now
from app.services import guards
from app.services.errors import Conflict, Forbidden, NotFound, Refused, Wrong
from app.session import Session
from app.stores import access_requests as store
from app.stores.filter_sql import is_id

Kind = Literal["role", "wrong"]
KINDS: tuple[Kind, ...] = ("role", "wrong")
ANSWERS = ("done", "declined")
MOST_TEXT, MOST_OPEN = 1_000, 10
_OWN_NAME = "people ask in their own name"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What somebody asked. ``role`` is what they call it; ``state`` is open until there is an answer."""

    id: str
    user_id: str
    user_name: str
    name: str
    kind: str
    role: str | None
    text: str
    state: str
    answer: str | None
    answered_by: str | None
    created: datetime
    answered: datetime | None


def ask(session: Session, account_id: str, user_id: str, kind: str, role: str | None, text: str) -> str:
    """Ask something in one's own name; its id. Raises Refused, Forbidden for in somebody else's.

    ``role`` is whatever they call it: who has not a role is not told which ones there are.
    """
    guards.check_themselves(session, account_id, user_id, _OWN_NAME)
    said, places = text.strip(), []
    if kind not in KINDS:
        raise Refused("ask for a role, or say what is wrong", Wrong(("kind",), "choose one of them"))
    if not said or len(said) > MOST_TEXT:
        places.append(Wrong(("text",), f"say in at most {MOST_TEXT} characters what it is about"))
    if kind == "role" and not role:
        places.append(Wrong(("role",), "say which role"))
    if places:
        raise Refused("; ".join(one.detail for one in places), *places)
    waiting = [row for row in store.requests_of(session, account_id, user_id) if row.state == store.OPEN]
    if len(waiting) >= MOST_OPEN:
        raise Refused(f"{MOST_OPEN} requests of yours wait for an answer already")
    id = new_id()
    values = {"kind": kind, "role": role or None, "text": said, "state": store.OPEN, "created": now()}
    store.add(session, {"account_id": account_id, "id": id, "user_id": user_id, **values})
    _note(session, account_id, "request.opened", user_id, {"kind": kind, "role": role or None}, said)
    return id


def withdraw(session: Session, account_id: str, user_id: str, request: str) -> None:
    """Take one's own request back. Raises NotFound, Conflict if it was answered, Forbidden for somebody else's."""
    guards.check_themselves(session, account_id, user_id, _OWN_NAME)
    found = _get(session, account_id, request)
    if found.user_id != user_id:
        raise _missing(request)
    _close(session, account_id, found, "withdrawn", None, None)
    _note(session, account_id, "request.cancelled", user_id, _told(found), None)


def open_requests(session: Session, account_id: str) -> tuple[RequestFacts, ...]:
    """What waits for an answer, the oldest first. Raises Forbidden for who is no Account Owner."""
    _check_owner(session, account_id)
    return _facts(store.open_requests(session, account_id))


def requests_of(session: Session, account_id: str, user_id: str) -> tuple[RequestFacts, ...]:
    """What somebody asked, the latest first. Raises Forbidden for who is neither they nor an Account Owner."""
    actor = audit.acting(session)
    if actor.kind == "person" and actor.id != user_id:
        _check_owner(session, account_id)
    return _facts(store.requests_of(session, account_id, user_id))


def get(session: Session, account_id: str, request: str) -> RequestFacts:
    """One request, for owners. Raises NotFound, Forbidden."""
    _check_owner(session, account_id)
    return _get(session, account_id, request)


def answer(session: Session, account_id: str, request: str, state: str, text: str) -> RequestFacts:
    """Answer somebody else's request; what it was. Raises NotFound, Conflict if it was answered, Forbidden, Refused."""
    acting = _check_owner(session, account_id)
    found, said = _get(session, account_id, request), text.strip()
    if acting.person is not None and acting.person.id == found.user_id:
        raise Forbidden(guards.OWN)
    if state not in ANSWERS:
        raise Refused("say whether it was done or declined", Wrong(("state",), "choose one of them"))
    if len(said) > MOST_TEXT or (state == "declined" and not said):
        raise Refused("say why, briefly", Wrong(("text",), f"say why, in at most {MOST_TEXT} characters"))
    _close(session, account_id, found, state, said or None, audit.acting(session).name)
    _note(session, account_id, "request.answered", found.user_id, _told(found) | {"answer": state}, said)
    return found


def _check_owner(session: Session, account_id: str) -> guards.Acting:
    acting, _ = guards.acting_in(session, account_id)
    if not acting.has_full_right:
        raise Forbidden("requests are answered by Account Owners")
    return acting


def _get(session: Session, account_id: str, request: str) -> RequestFacts:
    row = store.find(session, account_id, request) if is_id(request) else None
    if row is None:
        raise _missing(request)
    return _facts([row])[0]


def _missing(request: str) -> NotFound:
    return NotFound(f"there is no request {request[:100]!r} in this account", "request", request)


def _close(
    session: Session, account_id: str, found: RequestFacts, state: str, text: str | None, by: str | None
) -> None:
    values = {"state": state, "answer": text, "answered_by": by, "answered": now()}
    if not store.close(session, account_id, found.id, values):
        raise Conflict("this request was answered or taken back meanwhile")


def _told(found: RequestFacts) -> dict[str, Any]:
    return {"kind": found.kind, "role": found.role}


def _note(
    session: Session, account_id: str, action: str, user_id: str, after: dict[str, Any], reason: str | None
) -> None:
    name = next((row.user_name for row in store.requests_of(session, account_id, user_id)), None)
    audit.record(session, account_id, action, "user", user_id, name, None, after, reason or None)


def _facts(rows: Iterable[Any]) -> tuple[RequestFacts, ...]:
    return tuple(
        RequestFacts(
            row.id,
            row.user_id,
            row.user_name,
            orjson.loads(row.document).get("displayName") or row.user_name,
            row.kind,
            row.role,
            row.text,
            row.state,
            row.answer,
            row.answered_by,
            row.created,
            row.answered,
        )
        for row in rows
    )
