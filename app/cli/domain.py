"""domain: whose e-mail addresses lead to which connection."""

from __future__ import annotations

from typing import Any

import click

from app.cli.output import Answer, answering, answering_by_reading, lines
from app.config import Settings
from app.resolving import Resolver
from app.services import domains
from app.services.accounts import find_account
from app.services.domains import Claim
from app.session import Session

_COLUMNS = ("DOMAIN", "STATE", "LEADS TO", "VERIFIED", "BY", "CHECKED")


@click.group()
def domain() -> None:
    """Domains of e-mail addresses that an account has proven to be its own."""


@domain.command("add")
@click.argument("account")
@click.argument("name")
@answering
def add_domain(_: Settings, session: Session, account: str, name: str) -> Answer:
    """Claim a domain, and print the DNS record that proves it."""
    owner = find_account(session, account)
    made = domains.claim(session, owner.id, name)
    text = (
        f"{made.shown} is claimed; set this record in its DNS:\n{_record(made)}\n"
        f"next: muster domain verify {owner.name!r} {made.name}"
    )
    return Answer(made, text)


@domain.command("verify")
@click.argument("account")
@click.argument("name")
@click.option("--by-operator", is_flag=True, help="Ask no DNS: you vouch for it. Needs --reason.")
@click.option("--reason", default="", help="Why you may vouch for it; stands in the audit trail.")
@answering_by_reading
def verify_domain(
    settings: Settings, session: Session, account: str, name: str, by_operator: bool, reason: str
) -> Answer:
    """Ask DNS whether a domain is the account's."""
    owner = find_account(session, account)
    if reason and not by_operator:
        raise click.UsageError("--reason goes with --by-operator")
    if by_operator:
        with session.writer() as writer:
            proven = domains.verify_as_operator(writer, owner.id, name, reason)
    else:
        proven = domains.verify(session, owner.id, Resolver(settings.dns_server), name)
    next = "" if proven.connection else f"\nnext: muster domain bind {owner.name!r} {proven.name} CONNECTION"
    return Answer(proven, f"{proven.shown} is proven{next}")


@domain.command("list")
@click.argument("account")
@answering
def list_domains(_: Settings, session: Session, account: str) -> Answer:
    """List domains, whether they are proven, and where they lead."""
    found = domains.list_domains(session, find_account(session, account).id)
    return Answer(found, lines(_COLUMNS, [_row(one) for one in found], "no domains; claim one: muster domain add"))


@domain.command("show")
@click.argument("account")
@click.argument("name")
@answering
def show_domain(_: Settings, session: Session, account: str, name: str) -> Answer:
    """Show a domain with the DNS record that proves it."""
    found = domains.get(session, find_account(session, account).id, name)
    return Answer(found, f"{lines(_COLUMNS, [_row(found)], '')}\n{_record(found)}")


@domain.command("bind")
@click.argument("account")
@click.argument("name")
@click.argument("connection", required=False)
@answering
def bind_domain(_: Settings, session: Session, account: str, name: str, connection: str | None) -> Answer:
    """Let a domain lead to a connection; without one it leads nowhere."""
    found = domains.bind(session, find_account(session, account).id, name, connection)
    where = f"leads to {found.connection}" if found.connection else "leads to no connection"
    then = "" if found.verified else ", once it is proven"
    return Answer(found, f"{found.shown} {where}{then}")


@domain.command("remove")
@click.argument("account")
@click.argument("name")
@answering
def remove_domain(_: Settings, session: Session, account: str, name: str) -> Answer:
    """Give a domain up; another account may prove it then."""
    gone = domains.remove(session, find_account(session, account).id, name)
    return Answer(gone, f"{gone.shown} is given up")


def _record(one: Claim) -> str:
    return f"name   {one.record_name}\ntype   TXT\nvalue  {one.record_value}"


def _row(one: Claim) -> tuple[Any, ...]:
    by = None if one.verified is None else "operator" if one.by_operator else "DNS"
    verified, checked = (moment and f"{moment:%Y-%m-%d %H:%M}" for moment in (one.verified, one.checked))
    return one.shown, one.state, one.connection, verified, by, checked
