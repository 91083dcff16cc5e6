"""What a database quotes is in no log (A-5)."""

from __future__ import annotations

import sys

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.tracebacks import LEFT_OUT, told

SECRET = "SEEDED-VALUE"


def _told(database: Database, statement: str) -> str:
    """What the log shows of the error that a statement ends with, raised again by who could do nothing about it."""
    try:
        with database.writing() as session:
            session.execute(text("CREATE TEMPORARY TABLE quoting (name text NOT NULL UNIQUE)"))
            try:
                session.execute(text(f"INSERT INTO quoting VALUES ('{SECRET}\n[SQL: {SECRET}')"))
                session.execute(text(statement))
            except SQLAlchemyError as error:
                raise RuntimeError("a service gave up") from error
    except RuntimeError as error:
        found = told((type(error), error, sys.exc_info()[2]))
    return found


def test_a05_details_and_context_of_the_database_are_left_out(database: Database) -> None:
    """Of several lines, too, and wherever in the chain; the message itself stays."""
    found = _told(database, "INSERT INTO quoting SELECT name FROM quoting")
    assert "a service gave up" in found
    assert "UNIQUE" in found.upper()
    assert SECRET not in found
    if database.engine.dialect.name == "postgresql":
        assert f"DETAIL:  {LEFT_OUT}" in found
        inner = _told(database, "DO 'BEGIN INSERT INTO quoting SELECT name FROM quoting; END'")
        assert f"CONTEXT:  {LEFT_OUT}" in inner
        assert SECRET not in inner
