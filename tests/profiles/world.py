"""An account of a platform profile with its sample, asked as platforms ask: decisions from the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from app.db import Database
from app.services import accounts, profiles, samples
from app.session import Session
from app.stores.access import SqlAccessStore
from rbac.authzen import read_evaluation
from rbac.catalogue import Catalogue
from rbac.decide import decide
from rbac.evaluate import evaluate
from rbac.model import Decision

OWN_PROFILE = {"profile.view", "profile.edit"}


@dataclass(frozen=True)
class World:
    """An account, and a session if something is being tried; without one each question reads what is committed."""

    database: Database
    account: str
    catalogue: Catalogue
    session: Session | None = None

    @contextmanager
    def trying(self) -> Iterator[World]:
        """The same account in a transaction that is undone at the end; ``session`` is set."""
        with self.database.write_session() as session:
            yield replace(self, session=session)
            session.rollback()

    @property
    def here(self) -> tuple[Session, str]:
        """What services want first."""
        assert self.session is not None
        return self.session, self.account

    def store(self, session: Session) -> SqlAccessStore:
        return SqlAccessStore(session, self.account)

    def decision(self, user: str, permission: str, unit: str | None = None) -> Decision:
        """The decision on a permission, whatever it is used on."""
        with self._reading() as session:
            snapshot = self.store(session).snapshot([user])
        return decide(snapshot.policy, snapshot.subjects[user], permission, None, unit)

    def may(self, user: str, permission: str, unit: str | None = None) -> bool:
        """Whether somebody may do that at all."""
        return self.decision(user, permission, unit).allowed

    def all_of(self, user: str, unit: str | None = None) -> set[str]:
        """Everything that somebody may do, save on their own profile page."""
        with self._reading() as session:
            snapshot = self.store(session).snapshot([user])
        policy, subject = snapshot.policy, snapshot.subjects[user]
        return {key for key in policy.catalogue.permissions if decide(policy, subject, key, None, unit).allowed}

    def ask(self, user: str, permission: str, type: str, id: str, **said: Any) -> dict[str, Any]:
        """The answer of the decision API on one item: ``unit`` where somebody works, ``properties`` of the item."""
        body = {
            "subject": {"type": "user", "id": user, "properties": said.get("subject", {})},
            "action": {"name": permission, "properties": said.get("action", {})},
            "resource": {"type": type, "id": id, "properties": said.get("properties", {})},
            "context": {"business_unit": said["unit"]} if said.get("unit") else {},
        }
        with self._reading() as session:
            return evaluate(self.store(session), read_evaluation(body))

    def may_on(self, user: str, permission: str, type: str, id: str, **said: Any) -> bool:
        """Whether somebody may do that with that item."""
        allowed: bool = self.ask(user, permission, type, id, **said)["decision"]
        return allowed

    def why_not(self, user: str, permission: str, type: str, id: str, **said: Any) -> str:
        """The code of a refusal."""
        answer = self.ask(user, permission, type, id, **said)
        assert answer["decision"] is False
        code: str = answer["context"]["reason"]["code"]
        return code

    def nodes(self, *nodes: str) -> set[str]:
        """The permissions at and beneath these nodes."""
        for node in nodes:
            assert self.catalogue.covered_by(node), node
        return {key for node in nodes for key in self.catalogue.covered_by(node)}

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        if self.session is not None:
            yield self.session
            return
        with self.database.reading() as session:
            yield session


def a_world(database: Database, profile: str) -> World:
    """A new account with a shipped profile and its sample."""
    with database.writing() as session:
        account = accounts.create_account(session, f"{profile} {uuid4().hex[:8]}", profile).id
        samples.load_sample(session, account, profiles.read_profile(profile).sample)
    with database.reading() as session:
        catalogue = SqlAccessStore(session, account).snapshot([]).policy.catalogue
    return World(database, account, catalogue)
