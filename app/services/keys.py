"""The installation's secret key: what is under it, and what becomes of that when it is replaced by another.

Sealed secrets are sealed anew by ``rotate``. Tokens and keys are known only as hashes under the secret key, so each
keeps its former hash, and works as long as the former key is configured, until it is used the next time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Table, func, or_, select, update

from app.migrate import INSTALLATION
from app.models.base import now
from app.sealing import Keys, Unsealable
from app.services.errors import Refused
from app.services.tokens import INSTALLATION_KEYS, KEYS, TOKENS
from app.session import Session
from app.stores.webhooks import ENDPOINTS

SEALED: tuple[tuple[Table, tuple[str, ...]], ...] = ((ENDPOINTS, ("secret", "previous_secret")),)
"""Every column that holds sealed secrets. Each is sealed to its table's name, its account and its row."""


@dataclass(frozen=True, slots=True)
class State:
    """What is under which key.

    ``sealed`` counts secrets by the name of their key; ``tokens_left`` those tokens and keys that have not been used
    since the key was changed, and so are recognised by a former key only.
    """

    key: str
    changed: datetime | None
    former: tuple[str, ...]
    sealed: dict[str, int]
    tokens_left: int


def state(session: Session, keys: Keys) -> State:
    """What is under which key."""
    sealed = Counter(text.split(".")[1] for *_, text in _sealed(session))
    found = session.execute(select(INSTALLATION.c.key_check, INSTALLATION.c.key_changed)).one()
    former = tuple(sorted(keys.ids - {keys.id}))
    return State(found.key_check, found.key_changed, former, dict(sealed), _tokens_left(session, found.key_changed))


def rotate(session: Session, keys: Keys) -> State:
    """Seal every secret under the present key, and remember that it is the one. Raises Refused, naming what cannot."""
    for rows, column, account_id, id, text in _sealed(session):
        if keys.is_current(text):
            continue
        belongs = (rows.name, account_id, id)
        try:
            renewed = keys.seal(keys.unseal(text, *belongs), *belongs)
        except Unsealable as error:
            raise Refused(f"the {column} of {rows.name} {id} does not open: {error}") from error
        # Only what was read: it may be replaced meanwhile.
        one = update(rows).where(rows.c.account_id == account_id, rows.c.id == id, rows.c[column] == text)
        session.execute(one.values({column: renewed}))
    changed = update(INSTALLATION).where(INSTALLATION.c.key_check != keys.id)
    session.execute(changed.values(key_check=keys.id, key_changed=now()))
    return state(session, keys)


def _sealed(session: Session) -> list[tuple[Table, str, str, str, str]]:
    """Table, column, account, row and text of every sealed secret."""
    return [
        (rows, name, row.account_id, row.id, row[2])
        for rows, names in SEALED
        for name in names
        for row in session.execute(select(rows.c.account_id, rows.c.id, rows.c[name]).where(rows.c[name].is_not(None)))
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
    return count
