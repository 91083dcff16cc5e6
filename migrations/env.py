"""Alembic's entry: which database, which tables, and how migrations run."""

from __future__ import annotations

from alembic import context

import app.models
from app.config import Settings
from app.db import Database


def run() -> None:
    """Migrate through the connection that was handed over, else through the configured database."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    with Database(Settings.from_environment()).schema_engine.connect() as opened:
        _migrate(opened)
        opened.commit()


def _migrate(connection: object) -> None:
    context.configure(
        connection=connection,  # type: ignore[arg-type]  # Alembic hands attributes over untyped
        target_metadata=app.models.Base.metadata,
        render_as_batch=True,
        compare_type=True,
        user_module_prefix="base.",
    )
    with context.begin_transaction():
        context.run_migrations()


run()
