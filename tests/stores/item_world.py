"""An account of a small platform that keeps items, with people in units and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from app import audit
from app.audit import EVENTS
from app.services import accounts, assignments, directories, items, lifecycle, roles, units
from app.services.item_facts import ItemFacts
from app.services.role_statements import StatementChange
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.directory import SqlDirectoryStore, open_directory_store
from app.stores.listings import Wanted
from rbac.decide import Resource, decide
from rbac.items import ItemKey
from scim import service
from tests.builders import a_group, a_user, given

PROFILE = Path(__file__).parent.parent / "data" / "platforms" / "pieces.toml"


@dataclass
class ItemWorld:
    """An account with the units emea (iberia below it) and apac."""

    session: Session
    account: str
    directory: SqlDirectoryStore

    def user(self, name: str, unit: str | None = None) -> str:
        """A person; their name becomes NAME@x.example."""
        id = self._done(service.create(self.directory, "User", a_user(f"{name}@x.example")))
        if unit is not None:
            units.set_home(self.session, self.account, id, unit)
        return id

    def group(self, name: str, *members: str) -> str:
        """A group with these members."""
        return self._done(service.create(self.directory, "Group", a_group(name, list(members))))

    def deactivate(self, user: str) -> None:
        """Switch somebody off, as a directory does."""
        current = self.directory.find("User", user)
        assert current is not None
        self._done(service.replace(self.directory, "User", user, dict(current.attributes) | {"active": False}))

    def remove(self, user: str) -> None:
        """Delete somebody, as a directory does."""
        self._done(service.delete(self.directory, "User", user))

    def role(self, name: str, *allow: str) -> str:
        """A role of the account's own; its id."""
        statements = [StatementChange(node, "allow") for node in allow]
        return roles.create_role(self.session, self.account, name, statements=statements).role.id

    def assign(self, role: str, **how: Any) -> None:
        """Give a role."""
        giving, about = given(role, **how)
        assignments.assign(self.session, self.account, giving, **about)

    def acts(self, user: str | None) -> None:
        """From now on this person acts, or (None) a program of the platform."""
        actor = audit.Actor("key", str(uuid4()), "platform") if user is None else audit.Actor("person", user, user)
        audit.begin(self.session, actor)

    def piece(self, id: str, **given: Any) -> ItemFacts:
        """Register a piece."""
        return items.register(self.session, self.account, {"type": "piece", "id": id, **given})

    def get(self, id: str, type: str = "piece") -> ItemFacts:
        """An item as it is."""
        return items.get(self.session, self.account, type, id)

    def found(self, filter: str | None = None, limit: int = 100) -> list[str]:
        """The ids of the items that a filter finds."""
        return [one.id for one in items.list_items(self.session, self.account, Wanted(limit, filter)).items]

    def may(self, user: str, permission: str, id: str, unit: str | None = None) -> bool:
        """What a decision about a piece says."""
        key = ItemKey("piece", id)
        group = [one for one in (self.get(id).owner_group,) if one is not None]
        snapshot = SqlAccessStore(self.session, self.account).snapshot([user], [key], [one.id for one in group])
        resource = Resource("piece", id, snapshot.items.get(key))
        groups = snapshot.memberships.get(user, frozenset())
        return decide(snapshot.policy, snapshot.subjects[user], permission, resource, unit, groups=groups).allowed

    def events(self) -> Sequence[Any]:
        """What the audit trail says once everything is written."""
        self.session.commit()
        query = select(EVENTS).where(EVENTS.c.account_id == self.account).order_by(EVENTS.c.sequence)
        return self.session.execute(query).all()

    def _done(self, change: Any) -> str:
        lifecycle.apply_changes(self.session, self.account, [change], lambda *_, **__: None)
        id: str = change.id
        return id


def an_item_world(session: Session) -> ItemWorld:
    """A new one."""
    account = accounts.create_account(session, f"Items {uuid4().hex}", str(PROFILE))
    directory = directories.create_directory(session, account.id, "Okta", "okta")
    for key, parent in (("emea", None), ("iberia", "emea"), ("apac", None)):
        units.create_unit(session, account.id, key, key.upper(), parent)
    world = ItemWorld(session, account.id, open_directory_store(session, account.id, directory.id))
    world.acts(None)
    return world
