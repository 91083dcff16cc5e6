"""Lists as people like to see them, as they are stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.models import SavedView
from app.models.base import Id, new_id, now, table
from app.prepared import Prepared
from app.session import Session
from scim.keys import fold

VIEWS = table(SavedView)
_MINE = (
    select(VIEWS)
    .where(
        VIEWS.c.account_id == bindparam("b_account", type_=Id()),
        VIEWS.c.user_id == bindparam("b_user", type_=Id()),
    )
    .order_by(VIEWS.c.list, VIEWS.c.name_key)
)
_ALL, _OF = Prepared(_MINE), Prepared(_MINE.where(VIEWS.c.list == bindparam("b_list")))


def views_of(session: Session, account_id: str, user_id: str, list_: str | None) -> list[Any]:
    """Those of a person for a list, or for all of them, by name."""
    asked = {"b_account": account_id, "b_user": user_id}
    if list_ is None:
        return list(session.execute(_ALL, asked))
    return list(session.execute(_OF, asked | {"b_list": list_}))


def add(session: Session, account_id: str, user_id: str, list_: str, name: str, asked: str) -> str | None:
    """Keep one; its id. None for a name that they have given to another one."""
    id = new_id()
    key = {"account_id": account_id, "id": id, "user_id": user_id, "list": list_}
    values = {"name": name, "name_key": fold(name), "asked": asked, "created": now()}
    try:
        with session.savepoint():
            session.execute(insert(VIEWS).values(**key, **values))
    except IntegrityError:
        return None
    return id


def remove(session: Session, account_id: str, user_id: str, id: str) -> str | None:
    """Forget one; of which list it was, None if there was none."""
    here = VIEWS.c.account_id == account_id, VIEWS.c.user_id == user_id, VIEWS.c.id == id
    found: str | None = session.execute(delete(VIEWS).where(*here).returning(VIEWS.c.list)).scalar()
    return found
