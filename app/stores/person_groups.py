"""In which groups a person is: those that have them as a member, and those that have such a group in them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, exists, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import DIRECTORIES, GROUPS, MEMBERSHIPS, NESTINGS
from app.stores.nesting import groups_of

_ACCOUNT, _USER = bindparam("b_account", type_=Id()), bindparam("b_user", type_=Id())


def groups_of_person(session: Session, account_id: str, user_id: str) -> list[Any]:
    """Each group by name, with its directory, and whether the person themselves is a member."""
    return list(session.execute(_GROUPS, {"b_account": account_id, "b_user": user_id}))


def nestings_of_person(session: Session, account_id: str, user_id: str) -> list[Any]:
    """Which of these groups stand in which others: (group, child)."""
    return list(session.execute(_NESTINGS, {"b_account": account_id, "b_user": user_id}))


def _groups() -> Prepared:
    mine = groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == _USER)
    direct = exists().where(
        MEMBERSHIPS.c.account_id == _ACCOUNT, MEMBERSHIPS.c.user_id == _USER, MEMBERSHIPS.c.group_id == GROUPS.c.id
    )
    return Prepared(
        select(GROUPS.c.id, GROUPS.c.display_name, DIRECTORIES.c.name.label("directory"), direct.label("is_member"))
        .join(DIRECTORIES, (DIRECTORIES.c.account_id == _ACCOUNT) & (DIRECTORIES.c.id == GROUPS.c.directory_id))
        .where(GROUPS.c.account_id == _ACCOUNT, GROUPS.c.id.in_(select(mine.c.group_id)))
        .order_by(GROUPS.c.display_name_key, GROUPS.c.id)
    )


def _nestings() -> Prepared:
    mine = groups_of(_ACCOUNT, MEMBERSHIPS.c.user_id == _USER)
    return Prepared(
        select(NESTINGS.c.group_id, NESTINGS.c.child_id).where(
            NESTINGS.c.account_id == _ACCOUNT, NESTINGS.c.child_id.in_(select(mine.c.group_id))
        )
    )


_GROUPS, _NESTINGS = _groups(), _nestings()
