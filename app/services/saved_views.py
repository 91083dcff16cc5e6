"""Lists as somebody likes to see them: what is asked of one, under a name of their own."""

from __future__ import annotations

from dataclasses import dataclass

from app.services import guards
from app.services.errors import Conflict, NotFound, Refused, Wrong
from app.session import Session
from app.stores import saved_views as store
from app.stores.filter_sql import is_id

MOST, MOST_NAME, MOST_ASKED = 30, 60, 6_000
LISTS = ("people", "groups", "roles", "items", "audit")
"""The lists that are kept as somebody likes to see them."""
_THEIRS = "views are kept and forgotten by whose they are"


@dataclass(frozen=True, slots=True)
class ViewFacts:
    """A view of a list; ``asked`` is the query of its address."""

    id: str
    list: str
    name: str
    asked: str


def views_of(session: Session, account_id: str, user_id: str, list_: str | None = None) -> tuple[ViewFacts, ...]:
    """A person's views of a list, or of all of them, by name. Raises NotFound for a list that is none."""
    if list_ is not None:
        _check_list(list_)
    rows = store.views_of(session, account_id, user_id, list_)
    return tuple(ViewFacts(row.id, row.list, row.name, row.asked) for row in rows)


def keep(session: Session, account_id: str, user_id: str, list_: str, name: str, asked: str) -> ViewFacts:
    """Keep what somebody asks of a list.

    Raises Refused, NotFound for a list that is none, Conflict for a name that they use already, Forbidden for another
    person's.
    """
    guards.check_themselves(session, account_id, user_id, _THEIRS)
    _check_list(list_)
    called = " ".join(name.split())
    if not called or len(called) > MOST_NAME:
        why = f"a view needs a name of at most {MOST_NAME} characters"
        raise Refused(why, Wrong(("name",), why))
    if len(asked) > MOST_ASKED:
        raise Refused("this asks too much of the list to be kept")
    if not (asked.isascii() and (asked.isprintable() or not asked)):
        raise Refused(
            "what is asked of a list is the query of its address", Wrong(("asked",), "no query of an address")
        )
    if len(store.views_of(session, account_id, user_id, list_)) >= MOST:
        raise Refused(f"at most {MOST} views of a list can be kept; forget one first")
    id = store.add(session, account_id, user_id, list_, called, asked)
    if id is None:
        raise Conflict(f"there is a view of the name {called} already")
    return ViewFacts(id, list_, called, asked)


def forget(session: Session, account_id: str, user_id: str, view: str) -> str:
    """Forget a view of one's own; of which list it was. Raises NotFound, Forbidden for another person's."""
    guards.check_themselves(session, account_id, user_id, _THEIRS)
    found = store.remove(session, account_id, user_id, view) if is_id(view) else None
    if found is None:
        raise NotFound(f"there is no view {view[:100]!r} of yours", "view", view)
    return found


def _check_list(name: str) -> None:
    if name not in LISTS:
        raise NotFound(f"no list {name[:40]!r} is kept; there are: {', '.join(LISTS)}", "list", name)
