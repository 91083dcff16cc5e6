"""What people ask of whoever looks after their account, as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update

from app.models import AccessRequest
from app.models.base import Id, table
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import USERS

REQUESTS = table(AccessRequest)
OPEN = "open"
_ACCOUNT, _USER, _ID = (bindparam(f"b_{name}", type_=Id()) for name in ("account", "user", "id"))
_MOST = 200


def _listed() -> Select[Any]:
    people = (USERS.c.account_id == REQUESTS.c.account_id) & (USERS.c.id == REQUESTS.c.user_id)
    return (
        select(REQUESTS, USERS.c.user_name, USERS.c.document)
        .join(USERS, people)
        .where(REQUESTS.c.account_id == _ACCOUNT)
    )


_OPEN = Prepared(_listed().where(REQUESTS.c.state == OPEN).order_by(REQUESTS.c.id).limit(_MOST))
_OF = Prepared(_listed().where(REQUESTS.c.user_id == _USER).order_by(REQUESTS.c.id.desc()).limit(_MOST))
_ONE = Prepared(_listed().where(REQUESTS.c.id == _ID))
_COUNT = Prepared(select(func.count()).where(REQUESTS.c.account_id == _ACCOUNT, REQUESTS.c.state == OPEN))


def open_requests(session: Session, account_id: str) -> list[Any]:
    """Those that wait for an answer, the oldest first."""
    return list(session.execute(_OPEN, {"b_account": account_id}))


def requests_of(session: Session, account_id: str, user_id: str) -> list[Any]:
    """Those of a person, the latest first."""
    return list(session.execute(_OF, {"b_account": account_id, "b_user": user_id}))


def find(session: Session, account_id: str, id: str) -> Any:
    """One of them; None if there is none of this id."""
    return next(iter(session.execute(_ONE, {"b_account": account_id, "b_id": id})), None)


def count_open(session: Session, account_id: str) -> int:
    """How many wait for an answer."""
    return int(session.execute(_COUNT, {"b_account": account_id}).scalar_one())


def add(session: Session, row: Mapping[str, Any]) -> None:
    """Keep a new one."""
    session.execute(insert(REQUESTS).values(**row))


def close(session: Session, account_id: str, id: str, values: Mapping[str, Any]) -> bool:
    """End one that is open; False if somebody did meanwhile."""
    here = REQUESTS.c.account_id == account_id, REQUESTS.c.id == id, REQUESTS.c.state == OPEN
    return bool(session.execute(update(REQUESTS).where(*here).values(**values)).rowcount)
