"""What is done for connections without anybody asking: their providers are read again, and ends are told in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from app import audit
from app.db import Database
from app.models.base import now
from app.outbound import Outbound
from app.services.connection_certificates import warn_of_ends
from app.services.connection_refresh import Source, read, refresh_unasked, source_in
from app.services.errors import ServiceError
from app.stores import connections as store
from app.stores.connections import Row

EVERY = timedelta(days=1)
MOST_WORDS = 500
_PORTION = 20


def refresh_due(database: Database, outbound: Outbound, moment: datetime | None = None) -> int:
    """Read some of the providers whose turn it is; how many were asked."""
    at = moment or now()
    with database.reading() as session:
        rows = store.due(session, at - EVERY, _PORTION)
    asked = 0
    for row in rows:
        source = source_in(row)
        if source is None:
            continue
        with database.writing() as session:
            if not store.take(session, row, at):
                continue
        asked += 1
        _read(database, outbound, row, source)
    return asked


def warn(database: Database) -> int:
    """Tell accounts what ends soon; of how much they were told."""
    with database.writing() as session:
        return warn_of_ends(session)


def _read(database: Database, outbound: Outbound, row: Row, source: Source) -> None:
    try:
        seen = read(outbound, source)
        with database.writing() as session:
            refresh_unasked(session, outbound, source, seen)
    except ServiceError as error:
        why = str(error)[:MOST_WORDS]
        with database.writing() as session:
            store.note(session, row["account_id"], row["id"], {"refresh_error": why})
            if row["refresh_error"] is None:
                about = ("connection", row["id"], row["name"])
                audit.record(session, row["account_id"], "connection.refresh_failed", *about, reason=why)
