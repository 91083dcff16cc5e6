"""Lists as somebody likes to see them: what is asked of one, under a name of their own."""

from __future__ import annotations

from dataclasses import dataclass

from app.services.errors import Conflict, NotFound, Refused, Wrong
from app.session import Session
from app.stores import saved_views as store
from app.stores.filter_sql import is_id

MOST, MOST_NAME, MOST_ASKED = 30, 60, 6_000


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A view of a list; ``asked`` is the query of its address."""

    id: str
    name: str
    asked: str


def views_of(session: Session, account_id: str, user_id: str, list_: str) -> tuple[ViewFacts, ...]:
    """A person's views of a list, by name."""
    rows = store.views_of(session, account_id, user_id, list_)
    return tuple(ViewFacts(row.id, row.name, row.asked) for row in rows)


def keep(session: Session, account_id: str, user_id: str, list_: str, name: str, asked: str) -> None:
    """Keep what somebody asks of a list. Raises Refused, Conflict for a name that they use already."""
    called = " ".join(name.split())
    if not called or len(called) > MOST_NAME:
        why = f"a view needs a name of at most {MOST_NAME} characters"
        raise Refused(why, Wrong(("name",), why))
    if len(asked) > MOST_ASKED:
        raise Refused("this asks too much of the list to be kept")
    if len(store.views_of(session, account_id, user_id, list_)) >= MOST:
        raise Refused(f"at most {MOST} views of a list can be kept; forget one first")
    if not store.add(session, account_id, user_id, list_, called, asked):
        raise Conflict(f"there is a view of the name {called} already")


def forget(session: Session, account_id: str, user_id: str, view: str) -> str:
    """Forget a view of one's own; of which list it was. Raises NotFound."""
    found = store.remove(session, account_id, user_id, view) if is_id(view) else None
    if found is None:
        raise NotFound(f"there is no view {view[:100]!r} of yours", "view", view)
    return found
