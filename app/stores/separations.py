"""Separations of duties as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.session import Session
from app.stores.access_tables import SEPARATIONS


def all_separations(session: Session, account_id: str) -> list[Any]:
    """Every separation of an account, by name."""
    query = select(SEPARATIONS).where(SEPARATIONS.c.account_id == account_id).order_by(SEPARATIONS.c.name_key)
    return list(session.look(query))


def write_separation(session: Session, account_id: str, id: str, values: Mapping[str, Any], *, new: bool) -> bool:
    """Insert or change a separation. False for a name that another one has."""
    here = SEPARATIONS.c.account_id == account_id, SEPARATIONS.c.id == id
    try:
        with session.savepoint():
            if new:
                session.execute(insert(SEPARATIONS).values(account_id=account_id, id=id, **values))
            else:
                session.execute(update(SEPARATIONS).where(*here).values(values))
    except IntegrityError:
        return False
    return True


def delete_separation(session: Session, account_id: str, id: str) -> None:
    """Forget a separation."""
    session.execute(delete(SEPARATIONS).where(SEPARATIONS.c.account_id == account_id, SEPARATIONS.c.id == id))
