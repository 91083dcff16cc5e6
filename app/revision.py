"""Which schema a database has, which one this release needs, and whether the secret key is the one it was made with."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from app.config import SettingsError
from app.db import Database
from app.models import Installation
from app.models.base import table
from app.sealing import Keys

INSTALLATION = table(Installation)
MIGRATIONS = Path(__file__).parent.parent / "migrations"
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))
_CURRENT = select(_VERSION.c.version_num)
_KEY = select(INSTALLATION.c.key_check)


def head() -> str:
    """The revision this release needs: its migrations are numbered, and Alembic would import each to know the same."""
    return max(file.stem.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """The revision of a database; None for an empty one."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    found: str | None = connection.execute(_CURRENT).scalar()
    return found


def problem(database: Database, keys: Keys) -> str | None:
    """Why the service must not start on this database, in words; None if it may."""
    with database.engine.connect() as connection:
        found, needed = current(connection), head()
        if found != needed:
            return f"the database schema is {found or 'empty'}, this release needs {needed}: run `muster upgrade`"
        try:
            compare_key(connection, keys)
        except SettingsError as error:
            return str(error)
    return None


def compare_key(connection: Connection, keys: Keys) -> None:
    """Raises SettingsError if the database was made under another secret key."""
    if connection.execute(_KEY).scalar() not in keys.ids:
        raise SettingsError(
            "this database was set up with another MUSTER_SECRET_KEY, so no token would be recognised; "
            "set the key it was made with (or MUSTER_DATA_DIR to the folder that holds secret.key), "
            "or name it in MUSTER_SECRET_KEY_PREVIOUS if it was changed"
        )
