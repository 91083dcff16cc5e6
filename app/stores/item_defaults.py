"""What a user's new items of a type begin with, where somebody has said so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select

from app.models.base import Id
from app.prepared import Prepared
from app.session import Session
from app.stores.access_tables import GROUPS, ITEM_DEFAULTS, ROLES, USERS
from app.stores.items import columns_of, levels_of
from app.stores.lists import one_of
from app.stores.portions import portions
from rbac.items import Levels

_ACCOUNT = bindparam("b_account", type_=Id())
_DEFAULTS = Prepared(
    select(
        ITEM_DEFAULTS.c.user_id,
        ITEM_DEFAULTS.c.type,
        ITEM_DEFAULTS.c.owner_group_id,
        ITEM_DEFAULTS.c.owner_role_id,
        GROUPS.c.display_name.label("group_name"),
        ROLES.c.name.label("role_name"),
        ITEM_DEFAULTS.c.owner_level,
        ITEM_DEFAULTS.c.group_level,
        ITEM_DEFAULTS.c.rest_level,
    )
    .outerjoin(GROUPS, (GROUPS.c.account_id == _ACCOUNT) & (GROUPS.c.id == ITEM_DEFAULTS.c.owner_group_id))
    .outerjoin(ROLES, (ROLES.c.account_id == _ACCOUNT) & (ROLES.c.id == ITEM_DEFAULTS.c.owner_role_id))
    .where(ITEM_DEFAULTS.c.account_id == _ACCOUNT, one_of(ITEM_DEFAULTS.c.user_id, "b_users"))
)
_LOCK = Prepared(
    select(USERS.c.id)
    .where(USERS.c.account_id == _ACCOUNT, one_of(USERS.c.id, "b_users"))
    .order_by(USERS.c.id)
    .with_for_update(key_share=True)
)
_INSERT_DEFAULT = Prepared(
    insert(ITEM_DEFAULTS),
    ["account_id", "user_id", "type", "owner_group_id", "owner_role_id", "owner_level", "group_level", "rest_level"],
)
_DELETE_DEFAULTS = Prepared(
    delete(ITEM_DEFAULTS).where(
        ITEM_DEFAULTS.c.account_id == _ACCOUNT,
        one_of(ITEM_DEFAULTS.c.user_id, "b_users"),
        one_of(ITEM_DEFAULTS.c.type, "b_types"),
    )
)


@dataclass(frozen=True, slots=True)
class Default:
    """What a user's new items of a type begin with. At most one of the two owner groups is set."""

    owner_group_id: str | None
    owner_role_id: str | None
    levels: Levels
    owner_group: str | None = None
    """The group's or role's name."""


def lock_people(session: Session, account_id: str, user_ids: Collection[str]) -> set[str]:
    """Take turns with whoever changes the defaults of these users, or deletes them; those that there are."""
    return set(session.execute(_LOCK, {"b_account": account_id, "b_users": list(user_ids)}).scalars())


def defaults_of(session: Session, account_id: str, user_ids: Iterable[str]) -> dict[tuple[str, str], Default]:
    """What was set for the new items of these users, by user and type."""
    found = {}
    for some in portions(user_ids):
        for row in session.execute(_DEFAULTS, {"b_account": account_id, "b_users": some}):
            found[row.user_id, row.type] = Default(
                row.owner_group_id, row.owner_role_id, levels_of(row), row.group_name or row.role_name
            )
    return found


def set_defaults(session: Session, account_id: str, defaults: Mapping[tuple[str, str], Default]) -> None:
    """Write what the new items of users begin with, by user and type."""
    clear_defaults(session, account_id, {user for user, _ in defaults}, {type for _, type in defaults})
    session.send(
        [
            (
                _INSERT_DEFAULT,
                {
                    "account_id": account_id,
                    "user_id": user_id,
                    "type": type,
                    "owner_group_id": one.owner_group_id,
                    "owner_role_id": one.owner_role_id,
                    **columns_of(one.levels),
                },
            )
            for (user_id, type), one in defaults.items()
        ]
    )


def clear_defaults(session: Session, account_id: str, user_ids: Collection[str], types: Collection[str]) -> None:
    """Forget what was set for the new items of these types of these users."""
    for some in portions(user_ids):
        session.execute(_DELETE_DEFAULTS, {"b_account": account_id, "b_users": some, "b_types": list(types)})
