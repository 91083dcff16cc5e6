"""Searches and evaluations are one: for every subject, action and resource of random accounts they say the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from app.db import Database
from app.session import Session
from app.stores.access_tables import USERS
from app.stores.candidates import SqlSearchStore
from rbac.authzen import read_evaluation
from rbac.authzen_search import Sought
from rbac.evaluate import evaluate
from rbac.page_tokens import PageTokens
from rbac.search_pages import answer_search
from tests.stores.random_access import ITEMS, PEOPLE, UNITS, a_random_account

Json = dict[str, Any]
Account = tuple[str, int]
TOKENS = PageTokens(b"a key for page tokens")
SEEDS = range(6)
ASKED = 50
"""So many searches of each kind in every account."""


@dataclass
class World:
    """A random account, read by a session that sees what is committed."""

    store: SqlSearchStore
    people: list[str]
    random: Random

    def may(self, subject: str, action: str, resource: Json, context: Json) -> bool:
        body = {
            "subject": {"type": "user", "id": subject},
            "action": {"name": action},
            "resource": resource,
            "context": context,
        }
        return bool(evaluate(self.store, read_evaluation(body))["decision"])

    def search(self, sought: Sought, body: Json) -> list[str]:
        """All results, page by page."""
        found: list[str] = []
        page: Json = {"limit": self.random.choice([1, 2, 3, 1000])}
        while True:
            answer = answer_search(self.store, TOKENS, sought, {**body, "page": page})
            found += [one["name"] if sought is Sought.ACTION else one["id"] for one in answer["results"]]
            if not answer["page"]["next_token"]:
                return found
            page = {"token": answer["page"]["next_token"]}

    def context(self) -> Json:
        context: Json = {}
        if self.random.random() < 0.5:
            context["business_unit"] = self.random.choice(UNITS)
        if self.random.random() < 0.3:
            context["device"] = "managed"
        return context

    def resource(self) -> Json:
        """A resource, perhaps with properties."""
        choice = self.random.choice([*ITEMS, ("doc", "gone"), ("mail", "m1"), ("profile", "ann"), ("profile", "self")])
        type, id = choice
        if id == "self":
            id = self.random.choice(self.people)
        properties: Json = {}
        if self.random.random() < 0.3:
            properties["state"] = self.random.choice(["open", "shut", 7])
        if self.random.random() < 0.3:
            properties["business_unit"] = self.random.choice(UNITS)
        if self.random.random() < 0.3:
            properties["owner"] = self.random.choice([*PEOPLE, "nobody"])
            properties["owner_level"] = "modify"
            properties["rest_level"] = self.random.choice(["forbidden", "read", "modify"])
        return {"type": type, "id": id} | ({"properties": properties} if properties else {})

    def action(self, type: str) -> str:
        catalogue = self.store.snapshot([]).policy.catalogue
        known = [key for key in catalogue.permissions if catalogue.find(key, type)]
        return self.random.choice([*known * 3, "no.such"])


@pytest.fixture(scope="module", params=SEEDS)
def account(request: pytest.FixtureRequest, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Account:
    """A random account, which is only read, and the seed it grew from."""
    return a_random_account(database, request.param, tmp_path_factory.mktemp("random")), request.param


@pytest.fixture
def world(account: Account, database: Database) -> Iterator[World]:
    """What is asked of a random account."""
    account_id, seed = account
    with database.read_session() as session:
        yield World(SqlSearchStore(session, account_id), _people(session, account_id), Random(seed))


def _people(session: Session, account_id: str) -> list[str]:
    return list(session.execute(select(USERS.c.id).where(USERS.c.account_id == account_id)).scalars())


def test_subject_search_agrees(world: World) -> None:
    """It finds exactly those who may, each once, and by a name that decisions understand."""
    found_some = 0
    for _ in range(ASKED):
        resource, context = world.resource(), world.context()
        action = world.action(resource["type"])
        body = {"subject": {"type": "user"}, "action": {"name": action}, "resource": resource, "context": context}
        names = world.search(Sought.SUBJECT, body)
        assert all(world.may(name, action, resource, context) for name in names), (names, body)
        snapshot = world.store.snapshot(names)
        ids = [snapshot.subjects[name].id for name in names]  # type: ignore[union-attr]
        allowed = {id for id in world.people if world.may(id, action, resource, context)}
        assert len(ids) == len(set(ids)), body
        by_id_only = set(ids) - allowed
        assert allowed <= set(ids), body
        # Whoever asks for a profile page by its owner's name means it only when the owner is named so, too.
        assert not by_id_only or resource["type"] == "profile", body
        found_some += bool(ids)
    assert found_some > ASKED / 20


def test_resource_search_agrees(world: World) -> None:
    """It finds exactly those items of a type with which somebody may do it."""
    found_some = 0
    for _ in range(ASKED):
        subject, resource, context = world.random.choice(world.people), world.resource(), world.context()
        action = world.action(resource["type"])
        body = {
            "subject": {"type": "user", "id": subject},
            "action": {"name": action},
            "resource": resource,
            "context": context,
        }
        found = world.search(Sought.RESOURCE, body)
        held = [id for type, id in ITEMS if type == resource["type"]]
        allowed = [id for id in held if world.may(subject, action, {**resource, "id": id}, context)]
        assert found == sorted(allowed), body
        found_some += bool(found)
    assert found_some


def test_action_search_agrees(world: World) -> None:
    """It finds exactly the permissions known for the type that somebody may use."""
    catalogue = world.store.snapshot([]).policy.catalogue
    found_some = 0
    for _ in range(ASKED):
        subject, resource, context = world.random.choice(world.people), world.resource(), world.context()
        body = {"subject": {"type": "user", "id": subject}, "resource": resource, "context": context}
        found = world.search(Sought.ACTION, body)
        known = [key for key in catalogue.permissions if catalogue.find(key, resource["type"])]
        assert found == sorted(key for key in known if world.may(subject, key, resource, context)), body
        found_some += bool(found)
    assert found_some > ASKED / 20
