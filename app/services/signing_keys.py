"""The keys with which ID and logout tokens are signed.

There is always one that signs and one that is published already and signs after it, so that no client meets a key
that it could not have read. A former one stays published while somebody may show what it has signed. The private part
is sealed in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from app.db import Database
from app.models.base import new_id, now
from app.sealing import Keys
from app.services.errors import Conflict, Refused
from app.session import Session
from app.stores import signing_keys as store

ALGORITHMS = ("RS256", "ES256")
USUAL = "RS256"
"""What every client of OpenID Connect has to know (Core §15.1)."""
TURN = timedelta(days=90)
"""After so long the next key takes over by itself."""
KEPT = timedelta(days=7)
"""For so long a former key is published: longer than any session."""
_RSA_BITS = 2048
_MOST_TOKEN = 8_000

Private = RSAKey | ECKey


@dataclass(frozen=True, slots=True)
class Listed:
    """A key as it may be shown."""

    id: str
    state: str
    algorithm: str
    created: datetime
    changed: datetime


class KeyRing:
    """Signs with the current key, and knows what it has signed. Opened keys are kept in memory: they never change."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._opened: dict[str, Private] = {}

    def published(self, session: Session) -> dict[str, Any]:
        """The public keys as a JWK Set (RFC 7517 §5)."""
        return {"keys": [row.public for row in self._rows(session)]}

    def algorithms(self, session: Session) -> list[str]:
        """What tokens may be signed with."""
        return sorted({row.algorithm for row in self._rows(session)})

    def sign(self, session: Session, kind: str, claims: Mapping[str, Any]) -> str:
        """These claims as a signed token, whose ``typ`` is this."""
        row = next(row for row in self._rows(session) if row.state == "current")
        header = {"typ": kind, "alg": row.algorithm, "kid": row.id}
        return jwt.encode(header, dict(claims), self._private(session, row.id, row.algorithm), [row.algorithm])

    def current_algorithm(self, session: Session) -> str:
        """With what is signed at present."""
        found: str = next(row.algorithm for row in self._rows(session) if row.state == "current")
        return found

    def opened(self, session: Session, kind: str, text: str) -> dict[str, Any] | None:
        """The claims of a token that was signed here, whenever it expired; else None."""
        if len(text) > _MOST_TOKEN:
            return None
        try:
            # What it imports was made by ourselves.
            known = KeySet.import_key_set(cast(Any, self.published(session)))
            token = jwt.decode(text, known, algorithms=[*ALGORITHMS])
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        return dict(token.claims) if token.header.get("typ") == kind else None

    def _rows(self, session: Session) -> Any:
        rows = store.every(session)
        if not {"current", "next"} <= {row.state for row in rows}:
            with session.writer() as writer:
                _fill(writer, self._keys, USUAL)
                rows = store.every(writer)
        return rows

    def _private(self, session: Session, id: str, algorithm: str) -> Private:
        found = self._opened.get(id)
        if found is None:
            text = self._keys.unseal(store.private(session, id), *belonging(id))
            found = (RSAKey if algorithm == "RS256" else ECKey).import_key(text)
            self._opened[id] = found
        return found


def belonging(id: str) -> tuple[str, str, str]:
    """To what a private key is sealed; it is no account's."""
    return store.SIGNING_KEYS.name, "", id


def listed(session: Session) -> list[Listed]:
    """All keys, the oldest first."""
    return [Listed(row.id, row.state, row.algorithm, row.created, row.changed) for row in store.every(session)]


def rotate(session: Session, keys: Keys, algorithm: str = USUAL) -> list[Listed]:
    """Sign with the next key from now on, and publish one after it. Raises Refused, Conflict if another does it."""
    if algorithm not in ALGORITHMS:
        raise Refused(f"an algorithm is one of {', '.join(ALGORITHMS)}")
    _fill(session, keys, USUAL)
    moment, by_state = now(), {row.state: row.id for row in store.every(session) if row.state != "former"}
    moved = store.move(session, by_state["current"], "current", "former", moment)
    if not moved or not store.move(session, by_state["next"], "next", "current", moment):
        raise Conflict("somebody else rotates the signing keys at this moment")
    _fill(session, keys, algorithm)
    return listed(session)


def tend(database: Database, keys: Keys) -> bool:
    """Let the next key take over when it is time, and forget what nobody shows any more. Whether it was time."""
    with database.writing() as session:
        moment = now()
        store.forget(session, moment - KEPT)
        rows = {row.state: row for row in store.every(session)}
        is_time = "current" in rows and rows["current"].changed <= moment - TURN
        if is_time:
            rotate(session, keys, rows["next"].algorithm)
        return is_time


def _fill(session: Session, keys: Keys, algorithm: str) -> None:
    """See to it that there are a current and a next key."""
    states = {row.state for row in store.every(session)}
    for state in ("current", "next"):
        if state not in states:
            store.add(session, _made(keys, state, algorithm))


def _made(keys: Keys, state: str, algorithm: str) -> dict[str, Any]:
    id, moment = new_id(), now()
    said: Any = {"kid": id, "use": "sig", "alg": algorithm}
    made: Private = RSAKey.generate_key(_RSA_BITS, said) if algorithm == "RS256" else ECKey.generate_key("P-256", said)
    return {
        "id": id,
        "state": state,
        "algorithm": algorithm,
        "public": made.as_dict(private=False),
        "private": keys.seal(made.as_pem(private=True).decode(), *belonging(id)),
        "created": moment,
        "changed": moment,
    }
