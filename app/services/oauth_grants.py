"""What clients are given for a person's session: a code, then tokens.

Each is 256 random bits, kept as a keyed hash, and counts only while the session lives. A code is good once, for a
minute; a refresh token once. Whoever comes with one that was used already has stolen it, or was stolen from: then
everything that came of the code ends (RFC 6749 §4.1.2, RFC 9700 §4.14).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from app import audit
from app.crypto import hash_token
from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services import person_sessions
from app.services.person_sessions import SignedIn
from app.session import Session
from app.stores import oauth as store

CODE_SECONDS = 60
ACCESS_SECONDS = 600
_MOST = 200
"""Longer texts are no codes and no tokens."""


class Replayed(Exception):
    """A code or refresh token came a second time."""

    def __init__(self, kind: str, row: Any) -> None:
        super().__init__(f"a {kind} came a second time")
        self.kind = kind
        self.account_id: str = row.account_id
        self.client_id: str = row.client_id
        self.user_id: str = row.user_id
        self.family_id: str = row.id if kind == "code" else row.family_id


class Recipient(Protocol):
    """A client, as far as it matters here."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was just used up, and what it was given for."""

    person: SignedIn
    client_id: str
    family_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Token:
    """An access or refresh token that counts."""

    person: SignedIn
    client_id: str
    id: str
    family_id: str
    kind: str
    scope: str
    created: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """Tokens just issued; their texts are told once."""

    access: str
    refresh: str
    seconds: int


def issue_code(
    session: Session,
    keys: Keys,
    person: SignedIn,
    client: Recipient,
    *,
    redirect_uri: str,
    scope: str,
    nonce: str | None,
    code_challenge: str,
) -> str:
    """A code with which this client, at this address, gets tokens within a minute. The trail says so."""
    text, moment = f"moc_{secrets.token_urlsafe(32)}", now()
    row = {
        "account_id": person.account_id,
        "id": new_id(),
        "client_id": client.id,
        "session_id": person.session_id,
        "user_id": person.user_id,
        "code_hash": hash_token(text, keys.current),
        "redirect_uri": redirect_uri,
        "scope": scope,
        "nonce": nonce,
        "code_challenge": code_challenge,
        "created": moment,
        "expires": moment + timedelta(seconds=CODE_SECONDS),
        "used": None,
    }
    store.add_code(session, row)
    after = {"session": person.session_id, "scope": scope}
    audit.record(session, person.account_id, "client.authorized", "client", client.id, client.name, None, after)
    return text


def take_code(session: Session, keys: Keys, client_id: str, text: str) -> Code | None:
    """Use a code up; None if it is not this client's, or counts no more. Raises Replayed."""
    row, moment = _found(keys, text, lambda hashed: store.code(session, hashed)), now()
    if row is None or row.client_id != client_id:
        return None
    if row.used is not None or not store.use_code(session, row.account_id, row.id, moment):
        raise Replayed("code", row)
    person = person_sessions.living(session, row.account_id, row.session_id, moment)
    if person is None or row.expires <= moment:
        return None
    return Code(person, client_id, row.id, row.redirect_uri, row.scope, row.nonce, row.code_challenge)


def burn_code(session: Session, code: Code) -> None:
    """Use a code up that was shown without what belongs to it: nobody shall try again."""
    store.use_code(session, code.person.account_id, code.family_id, now())


def issue_tokens(
    session: Session, keys: Keys, person: SignedIn, client_id: str, family_id: str, scope: str, whole_scope: str
) -> Given:
    """An access token for a scope, and a refresh token for all that was granted, until the session ends."""
    moment = now()
    expires = min(moment + timedelta(seconds=ACCESS_SECONDS), person.ends)
    texts = {}
    for kind, until, granted in (("access", expires, scope), ("refresh", person.ends, whole_scope)):
        text = texts[kind] = f"mo{kind[0]}_{secrets.token_urlsafe(32)}"
        row = {
            "account_id": person.account_id,
            "id": new_id(),
            "client_id": client_id,
            "session_id": person.session_id,
            "user_id": person.user_id,
            "family_id": family_id,
            "kind": kind,
            "token_hash": hash_token(text, keys.current),
            "scope": granted,
            "created": moment,
            "expires": until,
            "used": None,
            "revoked": None,
        }
        store.add_token(session, row)
    return Given(texts["access"], texts["refresh"], max(int((expires - moment).total_seconds()), 1))


def take_refresh_token(session: Session, keys: Keys, client_id: str, text: str) -> Token | None:
    """Use a refresh token up; None if it is not this client's, or counts no more. Raises Replayed.

    It is a sign of life of the session, which otherwise would end for being idle while somebody works in the platform.
    """
    row, moment = _found(keys, text, lambda hashed: store.token(session, hashed)), now()
    if row is None or row.client_id != client_id or row.kind != "refresh" or row.revoked is not None:
        return None
    if row.used is not None or not store.use_token(session, row.account_id, row.id, moment):
        raise Replayed("refresh token", row)
    found = _counting(session, row, moment)
    if found is not None:
        person_sessions.seen(session, found.person, moment)
    return found


def find_token(session: Session, keys: Keys, text: str) -> Token | None:
    """An access or refresh token that counts at this very moment, else None."""
    row = _found(keys, text, lambda hashed: store.token(session, hashed))
    if row is None or row.revoked is not None or row.used is not None:
        return None
    return _counting(session, row, now())


def revoke(session: Session, token: Token) -> None:
    """End a token for its client: a refresh token with all that came of its code (RFC 7009 §2.1)."""
    if token.kind == "refresh":
        store.revoke_family(session, token.person.account_id, token.family_id, now())
    else:
        store.revoke_token(session, token.person.account_id, token.id, now())


def end_family(session: Session, replayed: Replayed, client_name: str) -> None:
    """End everything that came of a code after a theft, and say so in the trail."""
    store.revoke_family(session, replayed.account_id, replayed.family_id, now())
    audit.record(
        session,
        replayed.account_id,
        "client.replay_refused",
        "client",
        replayed.client_id,
        client_name,
        after={"user_id": replayed.user_id},
        reason=f"{replayed}; the tokens that came of that sign-in are revoked",
    )


def give_up_telling(session: Session, row: Any, reason: str) -> None:
    """Note that a client was never reached, so that a session may go on there that is over here."""
    audit.record(
        session, row.account_id, "client.logout_failed", "client", row.client_id, row.client_name, reason=reason
    )


def forget_old(database: Database) -> int:
    """Delete codes and tokens that expired long ago, some at a time so that nobody waits for it; how many."""
    total = 0
    while True:
        with database.writing() as session:
            gone = store.forget(session, now())
        total += gone
        if gone < store.PORTION:
            return total


def _counting(session: Session, row: Any, moment: datetime) -> Token | None:
    if row.expires <= moment:
        return None
    person = person_sessions.living(session, row.account_id, row.session_id, moment)
    if person is None:
        return None
    return Token(person, row.client_id, row.id, row.family_id, row.kind, row.scope, row.created, row.expires)


def _found(keys: Keys, text: str, look: Callable[[str], Any]) -> Any:
    """The row of a text's hash, which may still be under a former secret key."""
    if len(text) > _MOST or not text.isascii():
        return None
    for key in (keys.current, *keys.former):
        row = look(hash_token(text, key))
        if row is not None:
            return row
    return None
