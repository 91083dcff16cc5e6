"""upgrade: the schema of the database."""

from __future__ import annotations

import click

from app import migrate
from app.cli.output import emit, installation, json_option


@click.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring the database to the schema this release needs. Safe to repeat."""
    with installation(creates=True) as (settings, database):
        before, after = migrate.upgrade(database, settings.keys())
        text = f"the database is at {after}" + (" already" if before == after else f" (was {before or 'empty'})")
        emit(as_json, {"before": before, "after": after}, text)
