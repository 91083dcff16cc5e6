"""Accounts: created with a platform profile, a root business unit, a local directory and default roles."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app import audit
from app.models.base import new_id
from app.services import assignments, profiles
from app.services.errors import Conflict, NotFound, Refused
from app.services.giving import Giving
from app.session import Session
from app.stores.access_revision import bump
from app.stores.access_tables import ACCOUNTS, DIRECTORIES, ROLES, UNITS
from app.stores.directory import open_directory_store
from app.stores.filter_sql import is_id
from rbac.profiles import DEFAULT
from scim import service
from scim.errors import ScimError
from scim.keys import fold

ROOT, LOCAL = "root", "local"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """An account as it is listed. ``suspended``: its tokens and keys are refused."""

    id: str
    name: str
    profile: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class OwnerFacts:
    """An Account Owner who was just created."""

    id: str
    user_name: str


def create_account(session: Session, name: str, profile: str = DEFAULT) -> AccountFacts:
    """Create an account with a platform profile. Raises Conflict for a taken name, NotFound for an unknown profile."""
    name = name.strip()
    if not name:
        raise Refused("an account needs a name")
    loaded = profiles.read_profile(profile)
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
    profiles.install(session, id, loaded)
    return AccountFacts(id, name, loaded.name, suspended=False)


def list_accounts(session: Session) -> list[AccountFacts]:
    """All accounts, by name."""
    return [AccountFacts(*row) for row in session.execute(_FACTS.order_by(ACCOUNTS.c.name_key))]


def find_account(session: Session, reference: str) -> AccountFacts:
    """An account by its id, or by its name whatever its case. Raises NotFound, naming those there are."""
    key = fold(reference.strip())
    wanted = ACCOUNTS.c.id == key if is_id(key) else ACCOUNTS.c.name_key == key
    row = session.execute(_FACTS.where(wanted)).one_or_none()
    if row is None:
        names = ", ".join(account.name for account in list_accounts(session)[:20])
        raise NotFound(f"no account {reference!r}; there are: {names or 'none, make one with `muster account create`'}")
    return AccountFacts(*row)


_FACTS = select(ACCOUNTS.c.id, ACCOUNTS.c.name, ACCOUNTS.c.profile, ACCOUNTS.c.suspended)


def create_owner(session: Session, account_id: str, user_name: str, name: str | None = None) -> OwnerFacts:
    """Create a local user with the role Account Owner. Raises Conflict for a taken user name.

    The user belongs to the account's own directory, so no identity provider can take them away.
    """
    local = select(DIRECTORIES.c.id).where(DIRECTORIES.c.account_id == account_id, DIRECTORIES.c.preset == LOCAL)
    store = open_directory_store(session, account_id, session.execute(local).scalar_one())
    body = {"schemas": [_USER], "userName": user_name, "displayName": name or user_name, "active": True}
    try:
        created = service.create(store, "User", body)
        session.settle()  # a taken name is told now, not at the end
    except ScimError as error:
        raise (Conflict if error.status == 409 else Refused)(str(error)) from error
    after = {"userName": user_name, "displayName": name or user_name, "origin": "manual"}
    audit.record(session, account_id, "user.created", "user", created.id, user_name, after=after)
    owner = select(ROLES.c.name).where(ROLES.c.account_id == account_id, ROLES.c.is_owner)
    assignments.assign(session, account_id, Giving(session.execute(owner).scalar_one(), (created.id,)))
    return OwnerFacts(created.id, user_name)
