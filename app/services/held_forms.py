"""What somebody had sent when they were asked to prove first who they are: shown to them again, never sent by itself.

It is sealed, belongs to their session and to the page that shows the form, and is forgotten with the sign-in that it
waits for. Of each session only the latest is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.sealing import Keys
from app.services import login_attempts
from app.services.person_sessions import SignedIn
from app.session import Session
from app.stores import sign_in as store

PURPOSE = "form"
MOST = 64 * 1024
"""A longer form has to be filled in anew."""
Fields = Sequence[tuple[str, str]]


def keep(session: Session, keys: Keys, signed_in: SignedIn, page: str, fields: Fields) -> str:
    """Keep what was sent for a page's form; the key under which it is there for a while."""
    key = login_attempts.new_key()
    is_short = sum(len(name) + len(value) for name, value in fields) <= MOST
    store.drop(session, signed_in.account_id, signed_in.session_id, PURPOSE)
    login_attempts.begin(
        session,
        keys,
        signed_in.account_id,
        None,
        PURPOSE,
        key,
        return_to=page,
        state={"fields": [list(one) for one in fields] if is_short else []},
        user_id=signed_in.user_id,
        session_id=signed_in.session_id,
    )
    return key


def read(session: Session, keys: Keys, signed_in: SignedIn, page: str, key: str) -> Fields | None:
    """What this session had sent to the form of a page; None if that is not known, or no longer."""
    found = login_attempts.waiting(session, keys, key)
    if found is None or (found.purpose, found.return_to) != (PURPOSE, page):
        return None
    if (found.account_id, found.session_id) != (signed_in.account_id, signed_in.session_id):
        return None
    return [(name, value) for name, value in found.state["fields"]]
