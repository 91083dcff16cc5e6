"""Databases for the whole suite: SQLite and a private PostgreSQL, both migrated, both real.

The first process starts one PostgreSQL cluster; every worker clones its own database from a migrated
template. Tests are kept apart by accounts, as customers are.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from app.config import Settings
from app.db import Database
from app.migrate import upgrade
from app.sealing import Keys
from app.session import Session
from tests import cheaper, scratch
from tests.cluster import Cluster

KEY = "test-key-that-is-long-enough-for-hmac"
TEMPLATE = "muster_template"
_SERVER = "MUSTER_TEST_SERVER"
_WITH_SERVERS = ("client", "e2e")


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster once, in the process that starts the workers."""
    from tests.effort import be_patient  # not for those who only want settings

    be_patient()
    gc.disable()  # until all is collected, nearly nothing of which is garbage
    if hasattr(config, "workerinput") or os.environ.get(_SERVER):
        return
    config.add_cleanup(scratch.begin())  # what is begun first ends last
    given = os.environ.get("MUSTER_TEST_DATABASE_URL")
    if given:
        os.environ[_SERVER] = given
    else:
        cluster = Cluster()
        config.add_cleanup(cluster.stop)
        os.environ[_SERVER] = cluster.url
    config.add_cleanup(lambda: os.environ.pop(_SERVER, None))
    _execute(f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    _migrate(_server(TEMPLATE))


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share what is dear belong to one worker, those of each engine by themselves.

    That is the servers of a whole folder; elsewhere what a module makes for all of its tests.
    """
    for item in items:
        values = item.callspec.params if hasattr(item, "callspec") else {}
        folder = item.path.parent.name
        shared = folder if folder in _WITH_SERVERS else f"{folder}/{item.path.stem}"
        item.add_marker(pytest.mark.xdist_group(f"{shared} {values.get('database_url', '')}".rstrip()))


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the garbage collector need not go through it ever again."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _server(name: str) -> str:
    return make_url(os.environ[_SERVER]).set(database=name).render_as_string(hide_password=False)


def _execute(*statements: str) -> None:
    engine = create_engine(os.environ[_SERVER], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _migrate(url: str) -> None:
    database = Database(settings_for(url))
    upgrade(database, Keys(KEY.encode()))
    database.dispose()


def settings_for(url: str, **changes: object) -> Settings:
    """Settings of a test installation on that database."""
    return Settings(database_url=url, secret_key=KEY, sqlite_synchronous="NORMAL", **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Close what databases keep open that tests of a module have made, by whatever application; others open anew."""
    made: list[Database] = []
    initialise = Database.__init__

    def noting(self: Database, settings: Settings) -> None:
        initialise(self, settings)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "__init__", noting)
        yield
    for database in made:
        database.dispose()


@pytest.fixture(scope="session", autouse=True)
def cheap_secrets() -> Iterator[None]:
    """Slow hashes and new keys cost next to nothing, save in tests of ``in_earnest``."""
    with pytest.MonkeyPatch.context() as patch:
        cheaper.install(patch)
        yield


@pytest.fixture
def in_earnest(cheap_secrets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes and keys as the product makes them."""
    cheaper.undo(monkeypatch)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    path = tmp_path_factory.mktemp("template") / "muster.db"
    _migrate(f"sqlite:///{path}")
    return path


def fresh_sqlite(template: Path, folder: Path) -> str:
    """The URL of a new migrated SQLite database."""
    path = folder / f"{uuid4().hex}.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


def new_postgresql_database(name: str, template: str = TEMPLATE) -> str:
    """The URL of a new migrated PostgreSQL database; it goes with the cluster."""
    _execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _server(name)


def copy_of(database_url: str, folder: Path) -> str:
    """The URL of a copy of a database that nobody has open."""
    if database_url.startswith("sqlite"):
        return fresh_sqlite(Path(database_url.removeprefix("sqlite:///")), folder)
    return new_postgresql_database(f"muster_{uuid4().hex}", make_url(database_url).database or "")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated database of this worker, on each engine in turn."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        return fresh_sqlite(template, tmp_path_factory.mktemp("sqlite"))
    return new_postgresql_database(f"muster_{uuid4().hex}")


@pytest.fixture(scope="session")
def database(database_url: str) -> Iterator[Database]:
    """The worker's database, opened."""
    opened = Database(settings_for(database_url))
    yield opened
    opened.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session that is rolled back at the end of the test."""
    with database.write_session() as opened:
        yield opened
        opened.rollback()
