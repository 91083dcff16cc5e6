"""An account of its own for tests of access: a unit tree, a directory to push into, and people who act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from app import audit
from app.models import AuditEvent
from app.models.base import table
from app.services import accounts, assignments, directories, lifecycle, roles, units
from app.services.role_statements import StatementChange
from app.session import Session
from app.stores.access import SqlAccessStore
from app.stores.access_tables import ACCOUNTS
from app.stores.directory import SqlDirectoryStore, open_directory_store
from rbac.decide import decide
from rbac.model import Decision
from scim import service
from tests.builders import a_group, a_user, given

LAUNCH, VIEW, QUERY = "campaigns.email.launch", "campaigns.email.view", "analytics.explore.query"
UNITS = (("emea", None), ("iberia", "emea"), ("dach", "emea"), ("apac", None))
EVENTS = table(AuditEvent)


@dataclass
class World:
    """An account with units emea (iberia, dach) and apac, and a directory."""

    session: Session
    account: str
    directory: SqlDirectoryStore
    names: dict[str, str] = field(default_factory=dict)

    @property
    def at(self) -> tuple[Session, str]:
        """What every service begins with."""
        return self.session, self.account

    def user(self, name: str | None = None, *, home: str | None = None) -> str:
        """A person from the directory."""
        called = name or f"{uuid4().hex[:10]}@acme.example"
        id = self._done(service.create(self.directory, "User", a_user(called)))
        self.names[id] = called
        if home is not None:
            self.as_program()
            units.set_home(*self.at, id, home)
        return id

    def group(self, *members: str, name: str | None = None) -> str:
        """A group of the directory."""
        return self._done(service.create(self.directory, "Group", a_group(name, list(members))))

    def owner(self, name: str | None = None) -> str:
        """A local Account Owner."""
        called = name or f"owner-{uuid4().hex[:8]}"
        id = accounts.create_owner(*self.at, called).id
        self.names[id] = called
        return id

    def role(self, name: str, *allow: str, deny: tuple[str, ...] = (), when: str | None = None) -> str:
        """A role of the account's own; its id."""
        changes = [StatementChange(node, "allow", when) for node in allow]
        changes += [StatementChange(node, "deny") for node in deny]
        return roles.create_role(*self.at, name, statements=changes).role.id

    def give(self, role: str, **how: Any) -> assignments.Done:
        """Assign a role."""
        giving, about = given(role, **how)
        return assignments.assign(*self.at, giving, **about)

    def act_as(self, user: str) -> None:
        """Somebody acts from now on."""
        audit.begin(self.session, audit.Actor("person", user, self.names.get(user, user)))

    def as_program(self, kind: str = "system") -> None:
        """A program acts from now on; ``token`` is a directory's."""
        audit.begin(self.session, audit.Actor(kind, str(uuid4()) if kind != "system" else None, "test"))

    def decide(self, user: str, permission: str = LAUNCH, unit: str | None = None) -> Decision:
        """A decision about a person."""
        snapshot = SqlAccessStore(*self.at).snapshot([user])
        return decide(snapshot.policy, snapshot.subjects[user], permission, unit=unit)

    def may(self, user: str, permission: str = LAUNCH, unit: str | None = None) -> bool:
        """Whether a person may do something."""
        return self.decide(user, permission, unit).allowed

    def revision(self) -> int:
        """The access revision."""
        found: int = self.session.execute(
            select(ACCOUNTS.c.access_revision).where(ACCOUNTS.c.id == self.account)
        ).scalar_one()
        return found

    def count(self, rows: Any) -> int:
        """How many rows of the account there are."""
        query = select(func.count()).select_from(rows).where(rows.c.account_id == self.account)
        return int(self.session.execute(query).scalar_one())

    def _done(self, change: Any) -> str:
        lifecycle.apply_changes(self.session, self.account, [change], lambda *_, **__: None)
        id: str = change.id
        return id


def a_world(session: Session, profile: str = "email-marketing") -> World:
    """A new one."""
    account = accounts.create_account(session, f"World {uuid4().hex}", profile)
    directory = directories.create_directory(session, account.id, "Okta", "okta")
    for key, parent in UNITS:
        units.create_unit(session, account.id, key, key.upper(), parent)
    return World(session, account.id, open_directory_store(session, account.id, directory.id))
