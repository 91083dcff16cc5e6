"""The installation's secret key: what is under it, and what becomes of that when it is replaced by another.

Sealed secrets are sealed anew by ``rotate``. Tokens and keys are known only as hashes under the secret key, so each
keeps its former hash, and works as long as the former key is configured, until it is used the next time. What is used
once, or lives for hours or days, keeps its hash for good.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, func, literal, or_, select, update

from app.models.base import now
from app.revision import INSTALLATION
from app.sealing import Keys, Unsealable
from app.services.errors import Refused
from app.services.tokens import INSTALLATION_KEYS, KEYS, TOKENS
from app.session import Session
from app.stores.access_tables import USERS
from app.stores.connections import CONNECTIONS
from app.stores.connections import KEYS as CONNECTION_KEYS
from app.stores.local_sign_in import CODES, CREDENTIALS, INVITATIONS
from app.stores.mails import MAILS
from app.stores.oauth import CLIENTS
from app.stores.oauth import TOKENS as OAUTH_TOKENS
from app.stores.person_sessions import SESSIONS
from app.stores.setup_links import LINKS
from app.stores.sign_in import ATTEMPTS, TICKETS
from app.stores.sign_in_traces import TRACES
from app.stores.signing_keys import SIGNING_KEYS
from app.stores.webhooks import ENDPOINTS


@dataclass(frozen=True, slots=True)
class Sealed:
    """Columns that hold sealed secrets, each sealed to its table's name, its account and its row.

    ``row`` is the column that names the row; without an ``account`` the rows are the installation's own.
    """

    rows: Table
    columns: tuple[str, ...]
    row: str = "id"
    account: str | None = "account_id"

    @property
    def of_account(self) -> Any:
        """The account of a row; empty where there is none."""
        return literal("") if self.account is None else self.rows.c[self.account]


SEALED = (
    Sealed(ENDPOINTS, ("secret", "previous_secret")),
    Sealed(TRACES, ("seen",)),
    Sealed(CONNECTIONS, ("secret",)),
    Sealed(CONNECTION_KEYS, ("private_key",)),
    Sealed(ATTEMPTS, ("state",)),
    Sealed(TICKETS, ("content",)),
    Sealed(SESSIONS, ("provider",)),
    Sealed(CREDENTIALS, ("totp_secret",), row="user_id"),
    Sealed(MAILS, ("body",)),
    Sealed(SIGNING_KEYS, ("private",), account=None),
)
"""Everything that is sealed."""


@dataclass(frozen=True, slots=True)
class State:
    """What is under which key.

    ``sealed`` counts secrets by the name of their key; ``tokens_left`` those tokens and keys that have not been used
    since the key was changed, and so are recognised by a former key only. ``kept_hashes`` counts by name what was made
    before the change, still counts, and is never hashed anew; what is over within minutes is not among it.
    """

    key: str
    changed: datetime | None
    former: tuple[str, ...]
    sealed: dict[str, int]
    tokens_left: int
    kept_hashes: dict[str, int]

    @property
    def needs_former(self) -> bool:
        """Whether anything would be lost without the former keys."""
        return bool(self.tokens_left or self.kept_hashes or set(self.sealed) - {self.key})


def state(session: Session, keys: Keys) -> State:
    """What is under which key."""
    sealed = Counter(text.split(".")[1] for *_, text in _sealed(session))
    found = session.execute(select(INSTALLATION.c.key_check, INSTALLATION.c.key_changed)).one()
    former = tuple(sorted(keys.ids - {keys.id}))
    changed = found.key_changed
    left, kept = _tokens_left(session, changed), _kept_hashes(session, changed)
    return State(found.key_check, changed, former, dict(sealed), left, kept)


def rotate(session: Session, keys: Keys) -> State:
    """Seal every secret under the present key, and remember that it is the one. Raises Refused, naming what cannot."""
    for sealed, column, account_id, id, text in _sealed(session):
        if keys.is_current(text):
            continue
        rows, belongs = sealed.rows, (sealed.rows.name, account_id, id)
        try:
            renewed = keys.seal(keys.unseal(text, *belongs), *belongs)
        except Unsealable as error:
            raise Refused(f"the {column} of {rows.name} {id} does not open: {error}") from error
        # Only what was read: it may be replaced meanwhile.
        here = (sealed.of_account == account_id, rows.c[sealed.row] == id, rows.c[column] == text)
        session.execute(update(rows).where(*here).values({column: renewed}))
    changed = update(INSTALLATION).where(INSTALLATION.c.key_check != keys.id)
    session.execute(changed.values(key_check=keys.id, key_changed=now()))
    return state(session, keys)


def _sealed(session: Session) -> list[tuple[Sealed, str, str, str, str]]:
    """What is sealed, its column, account, row and text."""
    return [
        (sealed, name, *row)
        for sealed in SEALED
        for name in sealed.columns
        for row in session.execute(
            select(sealed.of_account, sealed.rows.c[sealed.row], sealed.rows.c[name]).where(
                sealed.rows.c[name].is_not(None)
            )
        )
    ]


def _tokens_left(session: Session, changed: datetime | None) -> int:
    if changed is None:
        return 0
    count = 0
    for rows in (TOKENS, KEYS, INSTALLATION_KEYS):
        unused = or_(rows.c.last_used.is_(None), rows.c.last_used < changed)
        counts = (rows.c.revoked.is_(None), or_(rows.c.expires.is_(None), rows.c.expires > now()))
        query = select(func.count()).select_from(rows).where(rows.c.created < changed, unused, *counts)
        count += session.execute(query).scalar() or 0
    clients = select(func.count()).select_from(CLIENTS).where(CLIENTS.c.secret_changed < changed)
    count += session.execute(clients.where(CLIENTS.c.revoked.is_(None))).scalar() or 0
    return count


def _kept_hashes(session: Session, changed: datetime | None) -> dict[str, int]:
    if changed is None:
        return {}
    moment = now()
    # Codes have no time of their own, but ids that begin with it, in milliseconds (UUIDv7).
    first = str(UUID(int=int(changed.timestamp() * 1000) + 1 << 80))
    owner = exists().where(USERS.c.account_id == CODES.c.account_id, USERS.c.id == CODES.c.user_id, USERS.c.active)
    lives = (SESSIONS.c.ended.is_(None), SESSIONS.c.ends > moment)
    given_in = (SESSIONS.c.account_id == OAUTH_TOKENS.c.account_id, SESSIONS.c.id == OAUTH_TOKENS.c.session_id)
    unused = (OAUTH_TOKENS.c.kind == "refresh", OAUTH_TOKENS.c.used.is_(None), OAUTH_TOKENS.c.revoked.is_(None))
    counting: dict[str, tuple[Table, tuple[ColumnElement[bool], ...]]] = {
        "recovery_codes": (CODES, (CODES.c.id < first, CODES.c.used.is_(None), owner)),
        "setup_links": (LINKS, (LINKS.c.revoked.is_(None), LINKS.c.finished.is_(None))),
        "invitations": (INVITATIONS, (INVITATIONS.c.used.is_(None),)),
        "sessions": (SESSIONS, lives),
        "refresh_tokens": (OAUTH_TOKENS, (*unused, exists().where(*given_in, *lives))),
    }
    found = {}
    for name, (rows, conditions) in counting.items():
        query = select(func.count()).select_from(rows).where(*conditions)
        if "created" in rows.c:
            query = query.where(rows.c.created < changed)
        if "expires" in rows.c:
            query = query.where(rows.c.expires > moment)
        if count := session.execute(query).scalar_one():
            found[name] = count
    return found
