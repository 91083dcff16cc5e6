"""separation: permissions that nobody should have together."""

from __future__ import annotations

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.services import separations
from app.services.accounts import find_account
from app.services.separations import Separation
from app.session import Session

_PERMISSION = click.option("--permission", "permissions", multiple=True, metavar="KEY", help="One that belongs apart.")


@click.group()
def separation() -> None:
    """Separations of duties: permissions that nobody should have together in one business unit."""


@separation.command("list")
@click.argument("account")
@answering
def list_separations(_: Settings, session: Session, account: str) -> Answer:
    """List separations of duties."""
    found = separations.list_separations(session, find_account(session, account).id)
    rows = [(one.name, " ".join(one.permissions), " ".join(one.unknown), one.reason) for one in found]
    return Answer(found, lines(("NAME", "PERMISSIONS", "UNKNOWN", "REASON"), rows, "no separations of duties"))


@separation.command("create")
@click.argument("account")
@click.argument("name")
@_PERMISSION
@click.option("--reason", default="", help="Why these belong apart.")
@answering
def create_separation(
    _: Settings, session: Session, account: str, name: str, permissions: tuple[str, ...], reason: str
) -> Answer:
    """Say that permissions belong apart; plans of the role mapping tell of it from then on."""
    made = separations.create_separation(session, find_account(session, account).id, name, permissions, reason)
    return Answer(made, _described(made))


@separation.command("edit")
@click.argument("account")
@click.argument("separation")
@click.option("--name")
@_PERMISSION
@click.option("--reason")
@answering
def edit_separation(
    _: Settings,
    session: Session,
    account: str,
    separation: str,
    name: str | None,
    permissions: tuple[str, ...],
    reason: str | None,
) -> Answer:
    """Change a separation of duties; permissions that are named replace all of its."""
    target = find_account(session, account)
    done = separations.edit_separation(
        session, target.id, separation, name=name, permissions=permissions or None, reason=reason
    )
    return Answer(done, _described(done))


@separation.command("delete")
@click.argument("account")
@click.argument("separation")
@answering
def delete_separation(_: Settings, session: Session, account: str, separation: str) -> Answer:
    """Delete a separation of duties; nobody's access changes."""
    name = separations.delete_separation(session, find_account(session, account).id, separation)
    return Answer({"deleted": name}, f"deleted {name}")


def _described(one: Separation) -> str:
    return f"{one.name}: {', '.join(one.permissions)}"
