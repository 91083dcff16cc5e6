"""The two databases, as durable as they are in production: an answered write survives a power cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tests.cluster import Cluster

ENGINES = ("sqlite", "postgresql")

NewDatabase = Callable[[str], str]
"""Makes an empty database of that name and returns its URL."""


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[NewDatabase]:
    """A place to make databases of one engine; PostgreSQL is a server of its own, stopped at the end."""
    if engine == "sqlite":
        yield lambda name: f"sqlite:///{folder / name}.db"
        return
    cluster = DurableCluster()
    try:
        yield cluster.new_database
    finally:
        cluster.stop()


class DurableCluster(Cluster):
    """The private cluster of the tests, restarted with PostgreSQL's own defaults for durability."""

    def __init__(self) -> None:
        super().__init__()
        settings = f"-p {self.port} -h 127.0.0.1 -k {self._folder}"
        try:
            self._run(
                "pg_ctl", "-D", str(self._folder / "data"), "-w", "-m", "fast", "-o", settings,
                "-l", str(self._folder / "log"), "restart",
            )  # fmt: skip
            if self._show("fsync", "full_page_writes", "synchronous_commit") != ["on", "on", "on"]:
                raise RuntimeError("the PostgreSQL cluster is not durable; its figures would flatter")
        except BaseException:
            self.stop()
            raise

    def new_database(self, name: str) -> str:
        """An empty database; returns its URL."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _show(self, *settings: str) -> list[str]:
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [str(connection.execute(text(f"SHOW {setting}")).scalar()) for setting in settings]
        engine.dispose()
        return found
