"""setup-link: addresses with which a customer's own administrator sets one thing up."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import setup_links
from app.services.accounts import find_account
from app.services.setup_links import MOST_HOURS, PURPOSES, USUAL_HOURS
from app.session import Session

_COLUMNS = ("ID", "PURPOSE", "STATE", "FOR", "DONE", "EXPIRES", "LAST USED")


@click.group("setup-link")
def setup_link() -> None:
    """Links for a customer's own administrator: SAML, OpenID Connect, SCIM, a certificate, a domain."""


@setup_link.command("create")
@click.argument("account")
@click.argument("purpose", type=click.Choice([*PURPOSES]))
@click.option("--for", "note", default="", help="For whom it is; the audit trail says so.")
@click.option("--connection", help="Set this one up; a certificate needs it. Default: make a new one.")
@click.option("--directory", help="Set this one up, for scim. Default: make a new one.")
@click.option("--hours", default=USUAL_HOURS, show_default=True, type=click.IntRange(1, MOST_HOURS))
@click.option("--enable", is_flag=True, help="Switch the connection on at the end, once a test sign-in has succeeded.")
@answering
def create_link(
    settings: Settings,
    session: Session,
    account: str,
    purpose: str,
    note: str,
    connection: str | None,
    directory: str | None,
    hours: int,
    enable: bool,
) -> Answer:
    """Make a link and print its address, once."""
    made, url = setup_links.create(
        session,
        find_account(session, account).id,
        settings.keys(),
        settings.base_url,
        purpose,
        note=note,
        connection=connection,
        directory=directory,
        hours=hours,
        enables=enable,
    )
    text = f"{url}\nIt is not shown again, and good until {made.expires:%Y-%m-%d %H:%M} UTC ({made.id})."
    return Answer({"link": made, "url": url}, text)


@setup_link.command("list")
@click.argument("account")
@answering
def list_links(_: Settings, session: Session, account: str) -> Answer:
    """List links, and how far whoever has them is."""
    found = setup_links.list_links(session, find_account(session, account).id)
    rows = [
        (
            one.id,
            one.purpose,
            one.state,
            one.note,
            ", ".join(one.done),
            f"{one.expires:%Y-%m-%d %H:%M}",
            one.last_used and f"{one.last_used:%Y-%m-%d %H:%M}",
        )
        for one in found
    ]
    return Answer(found, lines(_COLUMNS, rows, "no set-up links; make one: muster setup-link create"))


@setup_link.command("revoke")
@click.argument("account")
@click.argument("link")
@answering
def revoke_link(_: Settings, session: Session, account: str, link: str) -> Answer:
    """End a link at once; what was done with it stays."""
    ended = setup_links.revoke(session, find_account(session, account).id, link)
    return Answer(ended, f"the link is {ended.state}")
