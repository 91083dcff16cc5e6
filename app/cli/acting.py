"""In whose name a command acts."""

from __future__ import annotations

import click

from app import audit
from app.services.errors import NotFound
from app.session import Session
from app.stores.naming import find_people

AS = click.option("--as", "person", metavar="USER", help="In whose name: an Account Owner's userName or id.")


def act_as(session: Session, account_id: str, person: str | None) -> None:
    if person is None:
        return
    found = find_people(session, account_id, person.strip())
    if len(found) != 1 or not found[0].active:
        raise NotFound(f"{person!r} names no active user of this account")
    audit.begin(session, audit.Actor("person", found[0].id, found[0].user_name))
