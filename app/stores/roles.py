"""Roles as they are stored: names, what they say, where they come from, and who uses them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from app.models.base import Id, new_id, now
from app.prepared import Prepared
from app.session import Session
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, DEFAULT_ROLES, EFFECTS, PERMISSIONS, ROLES, RULES
from rbac.model import Statement
from scim.keys import fold


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role without what it says. ``marked``: somebody called it privileged, whatever it gives."""

    id: str
    name: str
    description: str
    is_default: bool
    is_owner: bool
    marked: bool
    texts: dict[str, Any] | None
    origin_id: str | None
    origin_name: str | None
    revision: int
    created: datetime
    modified: datetime | None
    from_code: bool


def all_roles(session: Session, account_id: str) -> list[RoleRow]:
    """Every role of an account, by name."""
    return [RoleRow(*row) for row in session.execute(_ALL, {"b_account": account_id})]


def read_role(session: Session, account_id: str, id: str) -> RoleRow:
    """One role by id."""
    return RoleRow(*session.execute(_ONE, {"b_account": account_id, "b_id": id}).one())


_ROLES = select(
    ROLES.c.id,
    ROLES.c.name,
    ROLES.c.description,
    ROLES.c.is_default,
    ROLES.c.is_owner,
    ROLES.c.is_privileged,
    ROLES.c.texts,
    ROLES.c.origin_id,
    ROLES.c.origin_name,
    ROLES.c.revision,
    ROLES.c.created,
    ROLES.c.modified,
    ROLES.c.from_code,
).where(ROLES.c.account_id == bindparam("b_account", type_=Id()))
_ALL = Prepared(_ROLES.order_by(ROLES.c.name_key))
_ONE = Prepared(_ROLES.where(ROLES.c.id == bindparam("b_id", type_=Id())))


def insert_role(session: Session, account_id: str, name: str, **values: Any) -> str:
    """Add a role; its id. The database refuses a name that is taken."""
    bump(session, account_id)
    id = new_id()
    own = {"account_id": account_id, "id": id, "name": name, "name_key": fold(name), "created": now()}
    session.execute(_INSERT, {**_OTHERWISE, **own, **values, "b_account": account_id})
    session.settle()  # a name that is taken is told of here
    return id


def update_role(session: Session, account_id: str, id: str, **values: Any) -> None:
    """Change a role; its revision grows."""
    bump(session, account_id)
    if "name" in values:
        values["name_key"] = fold(values["name"])
    changed = values | {
        "modified": now(),
        "revision": ROLES.c.revision + 1,
        "access_revision": _present_revision(account_id),
    }
    session.execute(update(ROLES).where(ROLES.c.account_id == account_id, ROLES.c.id == id).values(changed))


def write_statements(session: Session, account_id: str, role_id: str, statements: Iterable[Statement]) -> None:
    """Let a role say just this."""
    mark_changed(session, account_id, role_id)
    session.execute(_SILENCE, {"b_account": account_id, "b_id": role_id})
    rows = [
        {
            "account_id": account_id,
            "role_id": role_id,
            "permission": one.node,
            "effect": one.effect.value,
            "condition": one.condition.text if one.condition else None,
        }
        for one in statements
    ]
    if rows:
        session.execute(_SAY, rows)


def mark_changed(session: Session, account_id: str, role_id: str | None = None) -> None:
    """Let every process read this role anew, or all roles of the account."""
    bump(session, account_id)
    if role_id:
        session.execute(_MARK_ONE, {"b_account": account_id, "b_id": role_id})
    else:
        session.execute(_MARK_ALL, {"b_account": account_id})


def _present_revision(account_id: Any) -> Any:
    return select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == account_id).scalar_subquery()


def delete_role(session: Session, account_id: str, id: str) -> None:
    """Remove a role that no rule uses; whoever has it loses it."""
    of_role = {"b_account": account_id, "b_id": id}
    session.execute(_DELETE_ASSIGNMENTS, of_role)
    session.execute(_DELETE, of_role)
    session.settle()  # a rule that uses it is told of here


_ID = bindparam("b_id", type_=Id())
_ACCOUNT = bindparam("b_account", type_=Id())
_OTHERWISE: Mapping[str, Any] = {
    "description": "",
    "is_default": False,
    "is_owner": False,
    "is_privileged": False,
    "texts": None,
    "origin_id": None,
    "origin_name": None,
    "revision": 1,
    "from_code": False,
    "modified": None,
}
_INSERT = Prepared(
    insert(ROLES).values(access_revision=_present_revision(_ACCOUNT)),
    [column.name for column in ROLES.c if column.name != "access_revision"],
)
_SILENCE = Prepared(delete(PERMISSIONS).where(PERMISSIONS.c.account_id == _ACCOUNT, PERMISSIONS.c.role_id == _ID))
_SAY = Prepared(insert(PERMISSIONS), ["account_id", "role_id", "permission", "effect", "condition"])
_MARK = update(ROLES).where(ROLES.c.account_id == _ACCOUNT).values(access_revision=_present_revision(_ACCOUNT))
_MARK_ALL, _MARK_ONE = Prepared(_MARK), Prepared(_MARK.where(ROLES.c.id == _ID))
_DELETE_ASSIGNMENTS = Prepared(
    delete(ASSIGNMENTS).where(ASSIGNMENTS.c.account_id == _ACCOUNT, ASSIGNMENTS.c.role_id == _ID)
)
_DELETE = Prepared(delete(ROLES).where(ROLES.c.account_id == _ACCOUNT, ROLES.c.id == _ID))


def rules_using(session: Session, account_id: str, role_id: str) -> list[str]:
    """The names of the published rules that give a role."""
    query = (
        select(RULES.c.name)
        .join(EFFECTS, (EFFECTS.c.account_id == account_id) & (EFFECTS.c.rule_id == RULES.c.id))
        .where(RULES.c.account_id == account_id, EFFECTS.c.role_id == role_id)
        .distinct()
        .order_by(RULES.c.name)
    )
    return list(session.execute(query).scalars())


def assignments_of(session: Session, account_id: str, role_id: str) -> int:
    """How many assignments give a role."""
    query = select(func.count()).where(ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.role_id == role_id)
    return int(session.execute(query).scalar_one())


def default_roles(session: Session, account_id: str) -> list[str]:
    """The ids of the roles that people get who are made by hand."""
    query = select(DEFAULT_ROLES.c.role_id).where(DEFAULT_ROLES.c.account_id == account_id)
    return list(session.execute(query.order_by(DEFAULT_ROLES.c.role_id)).scalars())


def set_default_roles(session: Session, account_id: str, role_ids: Collection[str]) -> None:
    """Let it be just these."""
    session.execute(delete(DEFAULT_ROLES).where(DEFAULT_ROLES.c.account_id == account_id))
    if role_ids:
        session.execute(insert(DEFAULT_ROLES), [{"account_id": account_id, "role_id": id} for id in sorted(role_ids)])
