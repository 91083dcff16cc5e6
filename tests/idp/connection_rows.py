"""Rows of connections, for tests that only need one to be there."""

from __future__ import annotations

from uuid import uuid4

from app.db import Database
from app.models.base import new_id, now
from app.stores import connections


def a_connection(database: Database, account_id: str, name: str | None = None, *, protocol: str = "saml") -> str:
    """An enabled connection that trusts nobody yet; its id."""
    id, called, moment = new_id(), name or f"IdP {uuid4().hex[:8]}", now()
    row = {
        "account_id": account_id,
        "id": id,
        "name": called,
        "name_key": called.casefold(),
        "protocol": protocol,
        "enabled": True,
        "trust": {},
        "claims": {},
        "vouches_for_email": False,
        "creates_people": False,
        "adopts": False,
        "groups_from": "directory",
        "unsolicited": False,
        "version": 1,
        "created": moment,
        "modified": moment,
    }
    with database.writing() as session:
        assert connections.add(session, row)
    return id
