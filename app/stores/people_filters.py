"""Whether people's attributes matter to an account's role mapping, judged so that no publish misses who changes.

What was read with the token is old by the time somebody is written: the body may come slowly. So it is judged under
the lock that keeps derivations and publishes apart. Either the change sees that there is a filter now, or the publish
sees who was changed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import bindparam, exists, select

from app.models import Account
from app.models.base import table
from app.prepared import Prepared, Values
from app.presumed import failing_unless, presume
from app.session import Session
from app.stores import mapping_rules

_ACCOUNTS = table(Account)
_FILTERS = Prepared(select(_ACCOUNTS.c.filters_people).where(_ACCOUNTS.c.id == bindparam("b_account")))
_NO_FILTERS = failing_unless(
    exists().where(_ACCOUNTS.c.id == bindparam("b_account"), ~_ACCOUNTS.c.filters_people),
)
_ASKS = "muster.people_filters.asks"


def may_decide(session: Session, account_id: str, seen: bool) -> bool:
    """Whether some rule may have a filter on people; ``seen`` is what was read before.

    On SQLite it is read in the writer's transaction, beside which there is no other. On PostgreSQL that there is none
    is taken for granted, and confirmed at the end of the transaction, so that nobody waits for the answer.
    """
    if seen or _ASKS in session.info:
        return True
    if session.is_sqlite:
        return bool(session.execute(_FILTERS, {"b_account": account_id}).scalar())
    if not session.repeats:
        return True
    session.note(_confirm, account_id)
    return False


def _confirm(session: Session, account_ids: list[Any]) -> list[tuple[Prepared, Values]]:
    """Let the transaction fail where that is not so: first the lock, then a look, which sees what was locked for."""
    for account_id in sorted(set(account_ids)):
        mapping_rules.lock(session, account_id, exclusive=False)
        presume(session, _NO_FILTERS, {"b_account": account_id}, partial(session.info.__setitem__, _ASKS, True))
    return []
