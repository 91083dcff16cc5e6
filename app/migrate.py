"""Bring a database to the schema this release needs, and say whether it is there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select

from app.config import SettingsError
from app.db import Database
from app.models import Installation
from app.models.base import table
from app.sealing import Keys

INSTALLATION = table(Installation)
_LOCK = 7_301_842  # any fixed number: one upgrade at a time on PostgreSQL


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, keys: Keys) -> tuple[str | None, str]:
    """Run the missing migrations, one process at a time; returns the revision before and after.

    Raises SettingsError if the database was made under another secret key.
    """
    with database.schema_engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = MigrationContext.configure(connection).get_current_revision()
        command.upgrade(alembic_config(connection), "head")
        if connection.execute(select(INSTALLATION.c.key_check)).scalar() is None:
            connection.execute(insert(INSTALLATION).values(id=1, key_check=keys.id))
        _compare_key(connection, keys)
    return before, head()


def head() -> str:
    """The revision this release needs."""
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert found is not None  # noqa: S101  there is always a first migration
    return found


def problem(database: Database, keys: Keys) -> str | None:
    """Why the service must not start on this database, in words; None if it may."""
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current != head():
            return f"the database schema is {current or 'empty'}, this release needs {head()}: run `muster upgrade`"
        try:
            _compare_key(connection, keys)
        except SettingsError as error:
            return str(error)
    return None


def _compare_key(connection: Connection, keys: Keys) -> None:
    if connection.execute(select(INSTALLATION.c.key_check)).scalar() not in keys.ids:
        raise SettingsError(
            "this database was set up with another MUSTER_SECRET_KEY, so no token would be recognised; "
            "set the key it was made with (or MUSTER_DATA_DIR to the folder that holds secret.key), "
            "or name it in MUSTER_SECRET_KEY_PREVIOUS if it was changed"
        )
