"""Who issued keys, tokens and set-up links lately: what is done with one of these, whoever issued it may be doing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select

from app.models import AuditEvent
from app.models.base import Id, UTCDateTime, table
from app.prepared import Prepared
from app.session import Session
from app.stores.lists import one_of

SETTLED = timedelta(days=7)
"""After so long something is nobody's making any more: the others have had the time to see it."""
EVENTS = table(AuditEvent)
_LINK = "setup_link"
_KINDS = ("api_key", "directory_token", _LINK)
_ISSUED = ("api_key.issued", "directory_token.issued", "setup_link.created")


def issuers_of(session: Session, account_id: str, ids: Collection[str], since: datetime) -> dict[str, str]:
    """The persons who issued these since then, by the id of what they issued; also by a set-up link of theirs.

    Whoever made a set-up link is who used it, however long ago they made it: it is good for a while only.
    """
    found = {id: id for id in ids}
    persons: dict[str, str] = {}
    while found:
        asked = {"b_account": account_id, "b_since": since, "b_kinds": _KINDS, "b_actions": _ISSUED}
        rows = session.execute(_ISSUERS, asked | {"b_ids": sorted(set(found.values()))}).all()
        by = {row.target_id: (row.actor_kind, row.actor_id) for row in rows}
        persons |= {id: by[last][1] for id, last in found.items() if last in by and by[last][0] == "person"}
        found = {id: by[last][1] for id, last in found.items() if last in by and by[last][0] == _LINK}
    return persons


_ISSUERS = Prepared(
    select(EVENTS.c.target_id, EVENTS.c.actor_kind, EVENTS.c.actor_id).where(
        EVENTS.c.account_id == bindparam("b_account", type_=Id()),
        one_of(EVENTS.c.target_kind, "b_kinds"),
        one_of(EVENTS.c.target_id, "b_ids"),
        or_(EVENTS.c.target_kind == _LINK, EVENTS.c.at > bindparam("b_since", type_=UTCDateTime())),
        one_of(EVENTS.c.action, "b_actions"),
        EVENTS.c.actor_id.is_not(None),
    )
)
