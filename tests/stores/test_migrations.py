"""Migrations: both databases, both directions, and in step with the models."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import inspect

from app.config import SettingsError
from app.db import Database
from app.migrate import alembic_config, head, problem, upgrade
from tests.conftest import KEY


def test_models_match_the_migrations(database: Database) -> None:
    """`alembic check` finds nothing to generate."""
    with database.schema_engine.begin() as connection:
        command.check(alembic_config(connection))


def test_a_database_goes_down_and_up_again(database: Database) -> None:
    """Every migration can be undone and done again, leaving the same tables."""
    with database.schema_engine.begin() as connection:
        before = set(inspect(connection).get_table_names())
        command.downgrade(alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
        connection.rollback()
    with database.schema_engine.begin() as connection:
        assert set(inspect(connection).get_table_names()) == before


def test_upgrade_says_from_where_to_where(database: Database) -> None:
    """A second upgrade has nothing to do."""
    assert upgrade(database, KEY.encode()) == (head(), head())
    assert problem(database, KEY.encode()) is None


def test_another_secret_key_is_noticed(database: Database) -> None:
    """With another key no token would be recognised, so the start is refused with a remedy."""
    assert "MUSTER_SECRET_KEY" in (problem(database, b"another key") or "")
    with pytest.raises(SettingsError, match="MUSTER_SECRET_KEY"):
        upgrade(database, b"another key")
