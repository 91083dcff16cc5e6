"""The beginning of an installation: whoever has the operator's link makes the first account, and owns it.

The link is good for a day, and only as long as there is no account at all; so nothing has to be stored of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from app import audit
from app.models import Installation
from app.models.base import now, table
from app.sealed import seal, unseal
from app.sealing import Keys
from app.services import accounts, invitations
from app.services.door_people import find_owner
from app.services.errors import Conflict, Refused, Wrong
from app.services.mail import Post
from app.session import Session
from app.stores.access_tables import ACCOUNTS

PATH = "/begin"
LASTS = timedelta(hours=24)
_PURPOSE = b"first run"
_INSTALLATION = table(Installation)
_NAME = 200


@dataclass(frozen=True, slots=True)
class Begun:
    """What was begun with: ``open_door`` is where the owner chooses how they sign in."""

    account_id: str
    account: str
    owner: str
    open_door: str


def is_empty(session: Session) -> bool:
    """Whether there is no account yet."""
    return session.execute(select(ACCOUNTS.c.id).limit(1)).first() is None


def link(keys: Keys, base_url: str, moment: datetime | None = None) -> str:
    """The address at which the first account is made."""
    until = (moment or now()) + LASTS
    return f"{base_url}{PATH}?link={seal(keys.current, _PURPOSE, until.isoformat())}"


def is_good(session: Session, keys: Keys, given: str) -> bool:
    """Whether a link may be used: it is ours, not too old, and nobody has begun yet."""
    try:
        until = datetime.fromisoformat(unseal(keys.current, _PURPOSE, given))
    except ValueError:
        return False
    return now() < until and is_empty(session)


def begin(session: Session, post: Post, given: str, account: str, profile: str, user_name: str, name: str) -> Begun:
    """Make the first account and its owner, who needs a second factor. Raises Conflict, NotFound, Refused."""
    # Whoever comes second waits here, and finds an account.
    session.execute(select(_INSTALLATION.c.id).with_for_update())
    if not is_good(session, post.keys, given):
        raise Conflict("this link is out of date, or somebody has begun already; the operator makes another one")
    for field, value in (("account", account), ("user_name", user_name), ("name", name)):
        if not 0 < len(value.strip()) <= _NAME:
            raise Refused(f"{field} needs 1 to {_NAME} characters", Wrong((field,), f"needs 1 to {_NAME} characters"))
    audit.begin(session, audit.Actor("system", None, "first run"))
    made = accounts.create_account(session, account, profile)
    session.execute(ACCOUNTS.update().where(ACCOUNTS.c.id == made.id).values(requires_mfa=True))
    owner = accounts.create_owner(session, made.id, user_name.strip(), name.strip())
    # They are here already, so nothing has to be mailed.
    shown = replace(post, sends=False)
    invited = invitations.issue(session, shown, find_owner(session, made.id, owner.id), "activate", shows=True)
    return Begun(made.id, made.name, owner.user_name, invited.link or "")
