"""What an account has of its platform: its catalogue, its roles, and whatever else names a part of the catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, delete, func, select, update

from app.session import Session
from app.stores.access_tables import ACCOUNTS, INDIVIDUALS, ITEMS, PERMISSIONS, USERS
from app.stores.roles import RoleRow, all_roles, default_roles, mark_changed
from rbac.role_document import RoleEntry


@dataclass(frozen=True, slots=True)
class StoredRole:
    """A role of an account with what it says."""

    row: RoleRow
    entries: tuple[RoleEntry, ...]

    @property
    def id(self) -> str:
        """The role's id."""
        return self.row.id

    @property
    def name(self) -> str:
        """What it is called."""
        return self.row.name


@dataclass(frozen=True, slots=True)
class Platform:
    """What an account has at present. ``default_roles`` are the ids of what people get whom somebody makes by hand."""

    profile: str
    catalogue: str
    roles: tuple[StoredRole, ...]
    default_roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedByUser:
    """A node at which somebody was given or denied something of their own."""

    user_id: str
    user_name: str
    active: bool
    node: str


def read_platform(session: Session, account_id: str) -> Platform:
    """The account's profile, catalogue and roles."""
    columns = ACCOUNTS.c.profile, cast(ACCOUNTS.c.catalogue, Text).label("catalogue")
    account = session.execute(select(*columns).where(ACCOUNTS.c.id == account_id)).one()
    said = select(PERMISSIONS).where(PERMISSIONS.c.account_id == account_id)
    entries: defaultdict[str, list[RoleEntry]] = defaultdict(list)
    for row in session.execute(said.order_by(PERMISSIONS.c.permission, PERMISSIONS.c.effect)):
        entries[row.role_id].append(RoleEntry(row.permission, row.effect, row.condition))
    roles = tuple(StoredRole(row, tuple(entries[row.id])) for row in all_roles(session, account_id))
    return Platform(account.profile, account.catalogue, roles, tuple(default_roles(session, account_id)))


def write_catalogue(session: Session, account_id: str, profile: str, catalogue: Mapping[str, Any]) -> None:
    """Give the account a catalogue."""
    values = {"profile": profile, "catalogue": dict(catalogue)}
    session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(values))
    mark_changed(session, account_id)  # what a node means depends on the catalogue


def nodes_of_users(session: Session, account_id: str) -> list[NamedByUser]:
    """Every node at which somebody has something of their own, by user name."""
    of_user = (USERS.c.account_id == account_id) & (USERS.c.id == INDIVIDUALS.c.user_id)
    columns = USERS.c.id, USERS.c.user_name, USERS.c.active, INDIVIDUALS.c.permission
    found = select(*columns).join_from(INDIVIDUALS, USERS, of_user)
    found = found.where(INDIVIDUALS.c.account_id == account_id).distinct()
    order = USERS.c.user_name, USERS.c.id, INDIVIDUALS.c.permission
    return [NamedByUser(*row) for row in session.execute(found.order_by(*order))]


def delete_nodes_of_users(session: Session, account_id: str, nodes: Collection[str]) -> None:
    """Remove what people have of their own at these nodes. The caller has called ``bump``."""
    here = INDIVIDUALS.c.account_id == account_id, INDIVIDUALS.c.permission.in_(nodes)
    session.execute(delete(INDIVIDUALS).where(*here))


def count_items(session: Session, account_id: str) -> dict[str, int]:
    """How many items of each type there are."""
    query = select(ITEMS.c.type, func.count()).where(ITEMS.c.account_id == account_id).group_by(ITEMS.c.type)
    return {row[0]: row[1] for row in session.execute(query.order_by(ITEMS.c.type))}
