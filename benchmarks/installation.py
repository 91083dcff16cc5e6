"""One installation to measure: a filled database, Muster on it, and the floor beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.config import SCIM_PATH, Settings
from benchmarks import floor, servers
from benchmarks.client import Client
from benchmarks.engines import NewDatabase
from benchmarks.floor_store import FloorStore
from benchmarks.population import Population, World
from benchmarks.scenarios import Target
from benchmarks.servers import Server, Tier


@dataclass(frozen=True)
class Prepared:
    """Filled databases on which servers can be started. ``muster_port`` is in every address given out."""

    name: str
    folder: Path
    settings: Settings
    world: World
    population: Population
    muster_port: int
    floor_variables: dict[str, str] | None


@dataclass(frozen=True)
class Running:
    """A server and whom it serves."""

    server: Server
    target: Target

    def client(self) -> Client:
        """A new connection."""
        return Client(self.server.port, self.target.world.tokens)


@contextmanager
def prepared(
    new_database: NewDatabase, folder: Path, size: int, name: str = "muster", *, with_floor: bool = True
) -> Iterator[Prepared]:
    """Make and fill the databases."""
    port = servers.free_port()
    scim_url = servers.base_url(port) + SCIM_PATH
    url = new_database(name)
    settings = Settings(
        database_url=url, public_url=servers.base_url(port), data_dir=str(folder), secret_key=servers.KEY
    )
    with ExitStack() as stack:
        store, variables = None, None
        if with_floor:
            floor_url = new_database(f"{name}_floor")
            store = FloorStore(floor_url)
            stack.callback(store.close)
            store.create()
            variables = floor.environment(floor_url, scim_url)
        population = Population(settings, scim_url, store)
        stack.callback(population.close)
        yield Prepared(name, folder, settings, population.people(size), population, port, variables)


@contextmanager
def muster(made: Prepared, tier: Tier) -> Iterator[Running]:
    """Start Muster."""
    with servers.muster(made.settings.database_url, made.folder, made.muster_port, tier) as server:
        yield Running(server, Target("Muster", made.world))


@contextmanager
def bare(made: Prepared, tier: Tier) -> Iterator[Running]:
    """Start the floor."""
    assert made.floor_variables is not None
    with servers.floor(made.floor_variables, made.folder, servers.free_port(), tier) as server:
        yield Running(server, Target("floor", made.world))
