"""Sessions of people: who is signed in, how they proved it, and until when it counts.

The browser has a random secret, of which only the keyed hash is kept (N-1). Whether a session counts is asked of the
database for every request, so that whatever ends it ends it at once and in every worker (N-4).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app import audit, crypto
from app.db import Database
from app.models.base import new_id, now
from app.models.identity import STEP_UP_MINUTES
from app.sealing import Keys, Unsealable
from app.services.errors import NotFound, Refused
from app.session import Session
from app.stores import person_sessions as store
from app.stores.person_sessions import SESSIONS

SEEN_EVERY = timedelta(minutes=1)
"""So exact is the time when a session was last used."""
KEPT = timedelta(days=30)
"""How long a session that is over is remembered."""
_SEALED = SESSIONS.name
_MOST_AGENT = 300
_PORTION = 500


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in, in one browser. ``ends`` is when at the latest; ``owns``: an Account Owner.

    ``connection_id`` is None for the local door. ``methods`` are those of RFC 8176, ``authenticated`` when they were
    used, None if the identity provider does not say; ``provider_session`` is its name of the session,
    ``vouched_email`` the address for which it vouched. ``step_up_minutes``: so old may a proof be for what is hard to
    undo.
    """

    session_id: str
    account_id: str
    user_id: str
    user_name: str
    display_name: str
    connection_id: str | None
    methods: tuple[str, ...]
    context: str | None
    authenticated: datetime | None
    created: datetime
    last_seen: datetime
    ends: datetime
    owns: bool
    step_up_minutes: int = STEP_UP_MINUTES
    provider_session: str | None = None
    vouched_email: str | None = None

    def is_fresh(self, moment: datetime, within: timedelta | None = None) -> bool:
        """Whether they proved who they are within that time, else within what their account says (N-7)."""
        within = timedelta(minutes=self.step_up_minutes) if within is None else within
        return self.authenticated is not None and moment - self.authenticated <= within


@dataclass(frozen=True, slots=True)
class Begun:
    """A session just begun; ``secret`` is for the browser's cookie only."""

    secret: str
    session_id: str
    ends: datetime


def begin(
    session: Session,
    keys: Keys,
    account_id: str,
    user_id: str,
    *,
    methods: Sequence[str],
    authenticated: datetime | None,
    connection_id: str | None = None,
    subject_hash: str | None = None,
    provider_session: str | None = None,
    provider: Mapping[str, Any] | None = None,
    context: str | None = None,
    vouched_email: str | None = None,
    not_after: datetime | None = None,
    address: str | None = None,
    agent: str | None = None,
) -> Begun:
    """Begin a session, at most until ``not_after``. Whoever calls has ended the one that the browser had before.

    ``authenticated`` None: nobody says when the person proved who they are, so it is never recent enough (N-7).

    Raises Refused if the person must not sign in: they are locked until the transaction ends, so that nobody who is
    being deactivated gets a session that outlives it.
    """
    moment = now()
    person = store.lock_person(session, account_id, user_id, moment)
    if person is None or not person.active or person.suspended:
        raise Refused("nobody who may sign in")
    hours = [_hours(person)]
    if connection_id is not None:
        connection = store.lock_connection(session, account_id, connection_id)
        if connection is None or not connection.enabled:
            raise Refused("the connection is switched off")
        hours += [connection.session_hours] if connection.session_hours else []
    ends = moment + timedelta(hours=min(hours))
    if not_after is not None:
        ends = min(ends, not_after)
    id, secret = new_id(), _new_secret()
    store.add(
        session,
        {
            "account_id": account_id,
            "id": id,
            "user_id": user_id,
            "secret_hash": crypto.hash_token(secret, keys.current),
            "connection_id": connection_id,
            "subject_hash": subject_hash,
            "provider_session": provider_session,
            "provider": _sealed(keys, account_id, id, provider),
            "methods": list(methods),
            "context": context,
            "vouched_email": vouched_email,
            "authenticated": authenticated,
            "address": address,
            "agent": agent and agent[:_MOST_AGENT],
            "created": moment,
            "last_seen": moment,
            "ends": ends,
            "ended": None,
            "ended_because": None,
        },
    )
    return Begun(secret, id, ends)


def find(session: Session, keys: Keys, secret: str, moment: datetime) -> SignedIn | None:
    """Whose browser has this secret, if their session counts at that moment."""
    for key in (keys.current, *keys.former):
        row = store.by_secret(session, crypto.hash_token(secret, key), moment)
        if row is not None:
            return _counting(row, moment)
    return None


def living(session: Session, account_id: str, session_id: str, moment: datetime) -> SignedIn | None:
    """The session of that id, if it counts at that moment."""
    row = store.by_id(session, account_id, session_id, moment)
    return None if row is None else _counting(row, moment)


def seen(session: Session, signed_in: SignedIn, moment: datetime) -> None:
    """Remember that a session is in use, so that it does not become idle."""
    if moment - signed_in.last_seen >= SEEN_EVERY:
        with session.writer() as writer:
            store.seen(writer, signed_in.account_id, signed_in.session_id, moment)


def rotate(session: Session, keys: Keys, signed_in: SignedIn) -> str:
    """Another secret for the same session; the former one is worth nothing any more. Raises NotFound if it is over."""
    secret = _new_secret()
    _change(session, signed_in, {"secret_hash": crypto.hash_token(secret, keys.current)})
    return secret


def prove_anew(
    session: Session,
    keys: Keys,
    signed_in: SignedIn,
    *,
    methods: Sequence[str],
    authenticated: datetime | None,
    subject_hash: str | None = None,
    provider_session: str | None = None,
    provider: Mapping[str, Any] | None = None,
    context: str | None = None,
    vouched_email: str | None = None,
    not_after: datetime | None = None,
) -> str:
    """The person has proved anew who they are (N-7): another secret, and no later end. Raises NotFound.

    Its logout messages may name what the identity provider calls its session now (``subject_hash``,
    ``provider_session``), or has called it before (S-45, O-36). ``not_after`` can only make the session shorter (S-26).
    """
    account_id, id, secret = signed_in.account_id, signed_in.session_id, _new_secret()
    values: dict[str, Any] = {
        "secret_hash": crypto.hash_token(secret, keys.current),
        "methods": list(methods),
        "authenticated": authenticated,
        "context": context,
        "vouched_email": vouched_email,
    }
    if subject_hash is not None:
        store.keep_former(session, account_id, id)
        values |= {"subject_hash": subject_hash, "provider_session": provider_session}
    if provider:
        values["provider"] = _sealed(keys, account_id, id, provider)
    if not_after is not None:
        values["ends"] = min(signed_in.ends, not_after)
    _change(session, signed_in, values)
    return secret


def provider_of(session: Session, keys: Keys, signed_in: SignedIn) -> dict[str, Any]:
    """What the identity provider has to be told when this session ends; empty if nothing."""
    sealed = store.provider_of(session, signed_in.account_id, signed_in.session_id)
    if sealed is None:
        return {}
    try:
        text = keys.unseal(sealed, _SEALED, signed_in.account_id, signed_in.session_id)
    except Unsealable:
        return {}  # nobody is kept from signing out
    content: dict[str, Any] = orjson.loads(text)
    return content


def end(session: Session, account_id: str, session_id: str, because: str) -> bool:
    """End a session; False if there is none that is open."""
    return bool(_end(session, account_id, [SESSIONS.c.id == session_id], because))


def end_all(session: Session, account_id: str, user_id: str, because: str, *, but: str | None = None) -> int:
    """End all sessions of a person, ``but`` this one; how many it were."""
    wanted = [SESSIONS.c.user_id == user_id]
    if but is not None:
        wanted.append(SESSIONS.c.id != but)
    return _end(session, account_id, wanted, because)


def end_by_connection(session: Session, account_id: str, user_id: str | None, connection_id: str, because: str) -> int:
    """End all sessions that a person, or with None anybody, began by a connection; how many it were."""
    wanted = [SESSIONS.c.connection_id == connection_id]
    if user_id is not None:
        wanted.append(SESSIONS.c.user_id == user_id)
    return _end(session, account_id, wanted, because)


def end_by_provider(
    session: Session,
    account_id: str,
    connection_id: str,
    because: str,
    *,
    subject_hash: str | None,
    provider_sessions: Sequence[str],
) -> int:
    """End what a logout message of an identity provider names: sessions of that connection only (S-45, O-36)."""
    if subject_hash is None and not provider_sessions:
        return 0  # a message that names nobody ends nothing
    wanted = [SESSIONS.c.connection_id == connection_id, store.called(subject_hash, provider_sessions)]
    return _end(session, account_id, wanted, because)


def forget_old(database: Database) -> int:
    """Delete the sessions that have been over for long, some at a time; how many."""
    total, gone = 0, _PORTION
    while gone == _PORTION:
        with database.writing() as session:
            gone = store.forget(session, now() - KEPT, _PORTION)
        total += gone
    return total


def _end(session: Session, account_id: str, wanted: Sequence[Any], because: str) -> int:
    ended = store.end(session, account_id, wanted, now(), because)
    names = store.names_of(session, account_id, sorted({row.user_id for row in ended})) if ended else {}
    for row in ended:
        after = {"session": row.id, "because": because}
        audit.record(session, account_id, "session.ended", "user", row.user_id, names.get(row.user_id), None, after)
    return len(ended)


def _change(session: Session, signed_in: SignedIn, values: Mapping[str, Any]) -> None:
    if not store.change(session, signed_in.account_id, signed_in.session_id, values):
        raise NotFound("this session is over", "session", signed_in.session_id)


def _counting(row: Any, moment: datetime) -> SignedIn | None:
    """A session within its limits as the account has them now, be they shorter than when it began (N-3)."""
    ends = min(row.ends, row.created + timedelta(hours=_hours(row)))
    if moment >= ends or moment - row.last_seen >= timedelta(minutes=row.session_idle_minutes):
        return None
    return SignedIn(
        session_id=row.id,
        account_id=row.account_id,
        user_id=row.user_id,
        user_name=row.user_name,
        display_name=orjson.loads(row.document).get("displayName") or row.user_name,
        connection_id=row.connection_id,
        methods=tuple(row.methods),
        context=row.context,
        authenticated=row.authenticated,
        created=row.created,
        last_seen=row.last_seen,
        ends=ends,
        owns=bool(row.owns),
        step_up_minutes=row.step_up_minutes,
        provider_session=row.provider_session,
        vouched_email=row.vouched_email,
    )


def _hours(row: Any) -> int:
    hours: int = min(row.session_hours, row.owner_session_hours) if row.owns else row.session_hours
    return hours


def _sealed(keys: Keys, account_id: str, id: str, provider: Mapping[str, Any] | None) -> str | None:
    return None if not provider else keys.seal(orjson.dumps(provider).decode(), _SEALED, account_id, id)


def _new_secret() -> str:
    return secrets.token_urlsafe(32)
