"""When people and roles were last seen at work: what a look for dormant people and unused roles is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, union_all, update

from app.models import IdentityLink, LocalCredential, PersonSession
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import ROLE_USES, USERS

SESSIONS, LINKS, CREDENTIALS = table(PersonSession), table(IdentityLink), table(LocalCredential)
_ACCOUNT = bindparam("account", type_=Id())


class Seen(NamedTuple):
    """An active person, since when they are there, when a role last allowed them something and they last signed in."""

    id: str
    name: str
    created: datetime
    used: date | None
    signed_in: datetime | None


def people(session: Session, account_id: str) -> Sequence[Seen]:
    """All active people of an account, by name."""
    return [Seen(*row) for row in session.execute(_PEOPLE, {"account": account_id})]


def begin_earlier(session: Session, account_id: str, names: Sequence[str], moment: datetime) -> dict[str, str]:
    """Let people of an example have been there since a moment; their ids by these userNames."""
    here = USERS.c.account_id == account_id, USERS.c.user_name.in_(names)
    session.execute(update(USERS).where(*here).values(created=moment))
    return {row.user_name: row.id for row in session.execute(select(USERS.c.user_name, USERS.c.id).where(*here))}


def uses(session: Session, account_id: str) -> Sequence[Any]:
    """Role, person and the last day on which it allowed them something."""
    return list(session.execute(_USES, {"account": account_id}))


_USED = (
    select(ROLE_USES.c.user_id, func.max(ROLE_USES.c.last_used).label("used"))
    .where(ROLE_USES.c.account_id == _ACCOUNT)
    .group_by(ROLE_USES.c.user_id)
    .subquery()
)
# Sessions that are over are forgotten; the doors by which people came in remember when they last did.
_ENTRIES = union_all(
    *(
        select(rows.c.user_id, moment.label("at")).where(rows.c.account_id == _ACCOUNT, moment.is_not(None))
        for rows, moment in (
            (SESSIONS, SESSIONS.c.last_seen),
            (LINKS, LINKS.c.last_used),
            (CREDENTIALS, CREDENTIALS.c.opened),
        )
    )
).subquery()
_SIGNED_IN = (
    select(_ENTRIES.c.user_id, func.max(_ENTRIES.c.at).label("signed_in")).group_by(_ENTRIES.c.user_id).subquery()
)
_PEOPLE = Prepared(
    select(USERS.c.id, USERS.c.user_name, USERS.c.created, _USED.c.used, _SIGNED_IN.c.signed_in)
    .outerjoin(_USED, _USED.c.user_id == USERS.c.id)
    .outerjoin(_SIGNED_IN, _SIGNED_IN.c.user_id == USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, USERS.c.active)
    .order_by(USERS.c.user_name_key, USERS.c.id)
)
_USES = Prepared(
    select(ROLE_USES.c.role_id, ROLE_USES.c.user_id, func.max(ROLE_USES.c.last_used).label("last_used"))
    .where(ROLE_USES.c.account_id == _ACCOUNT)
    .group_by(ROLE_USES.c.role_id, ROLE_USES.c.user_id)
)
