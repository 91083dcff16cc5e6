"""connection links, connection unlink: which subjects of identity providers are which people."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import identity_links
from app.services.accounts import find_account
from app.session import Session
from app.stores.listings import Wanted

_COLUMNS = ("SUBJECT", "PERSON", "FOUND BY", "CONNECTION", "ID")
_MOST = 1_000


@click.command("links")
@click.argument("account")
@click.option("--filter", "asked", help='Such as: user_name eq "ana@acme.example".')
@answering
def list_links(settings: Settings, session: Session, account: str, asked: str | None) -> Answer:
    """List which subjects of identity providers are which people."""
    found = identity_links.list_links(session, find_account(session, account).id, Wanted(_MOST, asked)).results
    rows = [(one.subject, one.user_name or "(gone)", one.how, one.connection_id, one.id) for one in found]
    return Answer(found, lines(_COLUMNS, rows, "nobody has signed in by a connection yet"))


@click.command("unlink")
@click.argument("account")
@click.argument("link")
@answering
def unlink(settings: Settings, session: Session, account: str, link: str) -> Answer:
    """Forget whom a subject means, by the link's id; what was begun by it ends."""
    gone = identity_links.unlink(session, find_account(session, account).id, link)
    return Answer(gone, f"{gone.subject} is nobody's any more")
