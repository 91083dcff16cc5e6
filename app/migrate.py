"""Bring a database to the schema this release needs."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, select

from app.db import Database
from app.revision import INSTALLATION, MIGRATIONS, compare_key, current, head
from app.sealing import Keys

_LOCK = 7_301_842  # any fixed number: one upgrade at a time on PostgreSQL


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, keys: Keys) -> tuple[str | None, str]:
    """Run the missing migrations, one process at a time; returns the revision before and after.

    Raises SettingsError if the database was made under another secret key.
    """
    with database.schema_engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        before = current(connection)
        command.upgrade(alembic_config(connection), "head")
        if connection.execute(select(INSTALLATION.c.key_check)).scalar() is None:
            connection.execute(insert(INSTALLATION).values(id=1, key_check=keys.id))
        compare_key(connection, keys)
    return before, head()
