"""Servers for the client: the real one in its own process, and one that answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from muster import Muster
from muster.inventory import Inventory, Item
from tests import conftest as databases
from tests.client.scripted import Scripted
from tests.e2e.conftest import Server, demo, environment_for, free_port, muster, start, stop
from tests.e2e.conftest import server as both_servers

__all__ = ["both_servers", "demo"]

PROFILE = Path(__file__).parent.parent.parent / "examples" / "platform" / "postbird.toml"

MARKETER = "user001@northwind.example"
"""The demo's mapping makes her a Marketer in the unit "emea" and below."""
VIEWER = "user181@northwind.example"
NOBODY = "user250@northwind.example"
"""Without a role."""
SPRING = ("campaign", "spring")
LAUNCH = "campaigns.email.launch"
SETTINGS = "settings.general.view"


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Muster with two worker processes and the demo account, on SQLite."""
    folder, port = tmp_path_factory.mktemp("client"), free_port()
    environment = environment_for(databases.fresh_sqlite(sqlite_template, folder), folder, port)
    demo = json.loads(muster(environment, "demo", "--json"))
    process = start(environment, port, folder)
    yield Server(f"http://127.0.0.1:{port}", demo, environment, process)
    assert stop(process) == 0


@pytest.fixture
def client(server: Server) -> Muster:
    """A client as a platform makes it."""
    return Muster(server.url, server.demo["api_key"], timeout=20)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """A decision point that answers what the test says."""
    with Scripted() as running:
        yield running


@pytest.fixture
def gone() -> str:
    """An address where nobody listens."""
    return f"http://127.0.0.1:{free_port()}"


@dataclass(frozen=True)
class Postbird:
    """The account of the example platform: held campaigns with levels, subscribers with data filters."""

    server: Server
    client: Muster
    inventory: Inventory

    def user(self, name: str) -> str:
        """Somebody of the sample, in full."""
        return f"{name}@postbird.example"

    def key(self, *scopes: str) -> str:
        """A key of the account with these scopes."""
        return _key(self.server, *scopes)

    def narrow(self, *scopes: str) -> Muster:
        """A client with such a key."""
        return Muster(self.server.url, self.key(*scopes), timeout=20)


def _key(server: Server, *scopes: str) -> str:
    words = [word for scope in scopes for word in ("--scope", scope)]
    key: str = json.loads(server.muster("apikey", "issue", "Postbird", *words, "--json"))["api_key"]
    return key


@pytest.fixture(scope="session")
def postbird(server: Server) -> Postbird:
    """Loaded from the example's own file, with three of its campaigns."""
    profile = str(PROFILE)
    server.muster("account", "create", "Postbird", "--profile", profile)
    server.muster("profile", "load", "Postbird", profile, "--sample")
    key = _key(server, "decisions:evaluate", "decisions:search", "decisions:explain", "items:write")
    inventory = Inventory(server.url, key)
    marta, opened, kept = "marta@postbird.example", {"rest": "modify"}, {"rest": "read"}
    inventory.register(
        [
            Item("campaign", "spring", owner=marta, unit="emea", levels=opened),
            Item("campaign", "vip", owner=marta, unit="emea", levels=kept),
            Item("campaign", "fado", owner=marta, unit="iberia", levels=opened),
        ]
    )
    return Postbird(server, Muster(server.url, key, timeout=20), inventory)
