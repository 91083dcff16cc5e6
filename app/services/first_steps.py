"""How far a new account has come: from its owner's second factor to the first person who signed in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, select

from app.models import Connection
from app.models.base import Id, table
from app.services import directory_overview
from app.services.door_people import facts, find_owner
from app.session import Session
from app.stores.access_tables import REVISIONS

_CONNECTIONS = table(Connection)
_ACCOUNT = bindparam("account", type_=Id())
_REACHED = select(
    select(func.count()).where(REVISIONS.c.account_id == _ACCOUNT).scalar_subquery().label("revisions"),
    select(_CONNECTIONS.c.id)
    .where(_CONNECTIONS.c.account_id == _ACCOUNT)
    .order_by(_CONNECTIONS.c.enabled.desc(), _CONNECTIONS.c.created.desc(), _CONNECTIONS.c.id)
    .limit(1)
    .scalar_subquery()
    .label("connection"),
    exists().where(_CONNECTIONS.c.account_id == _ACCOUNT, _CONNECTIONS.c.enabled).label("enabled"),
    exists().where(_CONNECTIONS.c.account_id == _ACCOUNT, _CONNECTIONS.c.last_sign_in.is_not(None)).label("signed_in"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step in its order. ``begun``: there is something already; ``link`` is the id of what it is about, if known."""

    name: str
    done: bool
    begun: bool = False
    link: str | None = None


def steps(session: Session, account_id: str, owner_id: str) -> list[Step]:
    """All steps, for an Account Owner."""
    owner = facts(find_owner(session, account_id, owner_id))
    pushed = [one for one in directory_overview.overview(session, account_id) if one.is_pushed]
    seen = next((one for one in pushed if one.people), None) or next(iter(pushed), None)
    reached = session.execute(_REACHED, {"account": account_id}).one()
    is_heard = any(one.last_request or one.people for one in pushed)
    link = None if seen is None else seen.id
    return [
        Step("factor", owner.has_totp or bool(owner.passkeys)),
        Step("directory", bool(pushed), link=link),
        Step("request", is_heard, bool(pushed), link),
        Step("person", any(one.people for one in pushed), is_heard, link),
        Step("mapping", reached.revisions > 0),
        Step("connection", bool(reached.enabled), reached.connection is not None, reached.connection),
        Step("sign_in", bool(reached.signed_in), bool(reached.enabled), reached.connection),
    ]
