"""Accounts: created with a platform profile, a root business unit, a local directory and default roles."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app import audit
from app.models import RolePermission
from app.models.base import new_id, table
from app.services import assignments
from app.services.errors import Conflict, NotFound, Refused
from app.session import Session
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, ASSIGNMENTS, DIRECTORIES, ROLES, UNITS
from app.stores.directory import open_directory_store
from app.stores.filter_sql import is_id
from rbac import profiles
from rbac.errors import InvalidDocument
from rbac.profiles import Profile, RoleTemplate
from scim import service
from scim.errors import ScimError
from scim.keys import fold

PERMISSIONS = table(RolePermission)
ROOT, LOCAL = "root", "local"
UNIT_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}\Z")
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account as it is listed."""

    id: str
    name: str
    profile: str


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """A business unit as it is listed."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """An Account Owner who was just created."""

    id: str
    user_name: str


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """What loading a profile did."""

    profile: str
    permissions: int
    roles: int


def create_account(session: Session, name: str, profile: str = profiles.DEFAULT) -> AccountFacts:
    """Create an account with a platform profile. Raises Conflict for a taken name, NotFound for an unknown profile."""
    name = name.strip()
    if not name:
        raise Refused("an account needs a name")
    loaded = _profile(profile)
    id = new_id()
    values = {
        "id": id,
        "name": name,
        "name_key": fold(name),
        "profile": loaded.name,
        "catalogue": loaded.document,
        "access_revision": 0,
        "suspended": False,
    }
    if session.execute(select(ACCOUNTS.c.id).where(ACCOUNTS.c.name_key == fold(name))).first():
        raise Conflict(f"there is already an account named {name!r}")
    try:
        session.execute(insert(ACCOUNTS).values(values))
    except IntegrityError as error:
        raise Conflict(f"there is already an account named {name!r}") from error
    audit.open_chain(session, id)
    audit.record(session, id, "account.created", "account", id, name, after={"profile": loaded.name})
    bump(session, id)
    session.execute(insert(UNITS).values(account_id=id, id=new_id(), key=ROOT, name=name))
    local = {"account_id": id, "id": new_id(), "name": LOCAL, "name_key": LOCAL, "preset": LOCAL}
    session.execute(insert(DIRECTORIES).values(local | {"unique_group_names": True}))
    for role in loaded.roles:
        _insert_role(session, id, role)
    return AccountFacts(id, name, loaded.name)


def list_accounts(session: Session) -> list[AccountFacts]:
    """All accounts, by name."""
    query = select(ACCOUNTS.c.id, ACCOUNTS.c.name, ACCOUNTS.c.profile).order_by(ACCOUNTS.c.name_key)
    return [AccountFacts(*row) for row in session.execute(query)]


def find_account(session: Session, reference: str) -> AccountFacts:
    """An account by its id, or by its name whatever its case. Raises NotFound, naming those there are."""
    key = fold(reference.strip())
    wanted = ACCOUNTS.c.id == key if is_id(key) else ACCOUNTS.c.name_key == key
    row = session.execute(select(ACCOUNTS.c.id, ACCOUNTS.c.name, ACCOUNTS.c.profile).where(wanted)).one_or_none()
    if row is None:
        names = ", ".join(account.name for account in list_accounts(session)[:20])
        raise NotFound(f"no account {reference!r}; there are: {names or 'none, make one with `muster account create`'}")
    return AccountFacts(*row)


def load_profile(session: Session, account_id: str, profile: str) -> LoadedProfile:
    """Give an account a profile: one that comes with the product by name, or a TOML file by its path.

    Default roles are replaced by the profile's: those of the same name keep their holders. Raises
    Conflict if a default role that the profile lacks is still assigned, or a role of one's own has
    the name of a new default role.
    """
    loaded = _profile(profile)
    bump(session, account_id)
    existing = {row.name_key: row for row in session.execute(select(ROLES).where(ROLES.c.account_id == account_id))}
    wanted = {fold(role.name): role for role in loaded.roles}
    for key, row in existing.items():
        if key in wanted and not row.is_default:
            raise Conflict(f"this account has a role of its own named {row.name!r}; rename it first")
        if key not in wanted and row.is_default:
            _delete_role(session, account_id, row)
    for key, role in wanted.items():
        if key in existing:
            _rewrite_role(session, account_id, existing[key].id, role)
        else:
            _insert_role(session, account_id, role)
    values: dict[str, Any] = {"profile": loaded.name, "catalogue": loaded.document}
    session.execute(update(ACCOUNTS).where(ACCOUNTS.c.id == account_id).values(values))
    done = LoadedProfile(loaded.name, len(loaded.catalogue), len(loaded.roles))
    audit.record(session, account_id, "profile.loaded", "account", account_id, None, after=asdict(done))
    return done


def create_unit(session: Session, account_id: str, key: str, name: str, parent: str | None = None) -> UnitFacts:
    """Add a business unit below another (by key; the root where none is named).

    Raises Refused for a key that is none, NotFound for an unknown parent, Conflict for a taken key.
    """
    if not UNIT_KEY.match(key):
        raise Refused(f"a unit's key is made of lower-case letters, digits, - and _, not {key!r}")
    units = {
        row.key: row.id
        for row in session.execute(select(UNITS.c.key, UNITS.c.id).where(UNITS.c.account_id == account_id))
    }
    if (parent or ROOT) not in units:
        raise NotFound(f"no business unit {parent!r}; there are: {', '.join(sorted(units))}")
    if key in units:
        raise Conflict(f"this account already has a business unit with the key {key!r}")
    bump(session, account_id)
    id = new_id()
    values = {"account_id": account_id, "id": id, "parent_id": units[parent or ROOT], "key": key, "name": name}
    session.execute(insert(UNITS).values(values))
    after = {"name": name, "parent": parent or ROOT}
    audit.record(session, account_id, "unit.created", "unit", id, key, after=after)
    return UnitFacts(id, key, name)


def create_owner(session: Session, account_id: str, user_name: str, name: str | None = None) -> OwnerFacts:
    """Create a local user with the role Account Owner. Raises Conflict for a taken user name.

    The user belongs to the account's own directory, so no identity provider can take them away.
    """
    local = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.preset == LOCAL)
    store = open_directory_store(session, account_id, session.execute(local).scalar_one())
    body = {"schemas": [_USER], "userName": user_name, "displayName": name or user_name, "active": True}
    try:
        created = service.create(store, "User", body)
    except ScimError as error:
        raise (Conflict if error.status == 409 else Refused)(str(error)) from error
    after = {"userName": user_name, "displayName": name or user_name, "origin": "manual"}
    audit.record(session, account_id, "user.created", "user", created.id, user_name, after=after)
    owner = select(ROLES.c.name).where(ROLES.c.account_id == account_id, ROLES.c.is_owner)
    assignments.assign(session, account_id, session.execute(owner).scalar_one(), user=created.id, granted_by="muster")
    return OwnerFacts(created.id, user_name)


def _profile(reference: str) -> Profile:
    try:
        if reference.endswith(".toml"):
            return profiles.read_profile(Path(reference).read_text(encoding="utf-8"))
        return profiles.load_profile(reference)
    except LookupError as error:
        raise NotFound(str(error.args[0])) from error
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"the profile {reference} cannot be read: {error}") from error
    except InvalidDocument as error:
        raise Refused("\n  ".join([f"{error.what}:", *error.problems])) from error


def _insert_role(session: Session, account_id: str, role: RoleTemplate) -> None:
    id = new_id()
    values = {"account_id": account_id, "id": id, "name_key": fold(role.name), "is_default": True}
    session.execute(insert(ROLES).values(values | _described(role)))
    _insert_permissions(session, account_id, id, role)


def _rewrite_role(session: Session, account_id: str, role_id: str, role: RoleTemplate) -> None:
    here = ROLES.c.account_id == account_id, ROLES.c.id == role_id
    session.execute(update(ROLES).where(*here).values(_described(role)))
    old = PERMISSIONS.c.account_id == account_id, PERMISSIONS.c.role_id == role_id
    session.execute(delete(PERMISSIONS).where(*old))
    _insert_permissions(session, account_id, role_id, role)


def _delete_role(session: Session, account_id: str, role: Any) -> None:
    of_role = ASSIGNMENTS.c.account_id == account_id, ASSIGNMENTS.c.role_id == role.id
    holders = session.execute(select(func.count()).select_from(ASSIGNMENTS).where(*of_role)).scalar_one()
    if holders:
        raise Conflict(
            f"the profile has no role {role.name!r}, and {holders} assignments still use it; remove them first"
        )
    try:
        session.execute(delete(ROLES).where(ROLES.c.account_id == account_id, ROLES.c.id == role.id))
    except IntegrityError as error:
        raise Conflict(
            f"the profile has no role {role.name!r}, and the role mapping uses it; change that first"
        ) from error


def _described(role: RoleTemplate) -> dict[str, Any]:
    return {
        "name": role.name,
        "description": role.description.en,
        "is_owner": role.is_owner,
        "is_privileged": role.is_privileged,
    }


def _insert_permissions(session: Session, account_id: str, role_id: str, role: RoleTemplate) -> None:
    base = {"account_id": account_id, "role_id": role_id}
    rows = [base | {"permission": node, "effect": effect} for node, effect in role.permissions.items()]
    if rows:
        session.execute(insert(PERMISSIONS), rows)
