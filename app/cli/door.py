"""door: the local door of an account, and whether people must sign in by their identity provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.models.base import now
from app.services import invitations, sso_enforcement
from app.services.accounts import find_account
from app.services.door_people import DoorOwner
from app.services.invitations import Invited
from app.services.mail import Post
from app.services.sso_enforcement import SignInSettings
from app.session import Session

_COLUMNS = ("OWNER", "PASSWORD", "APP", "PASSKEYS", "CODES", "CAME IN", "CAN OPEN")


@click.group()
def door() -> None:
    """The local door: how Account Owners sign in when no identity provider helps."""


@door.command("status")
@click.argument("account")
@click.option("--as", "owner", help="Whether this Account Owner could require the identity provider.")
@answering
def door_status(_: Settings, session: Session, account: str, owner: str | None) -> Answer:
    """Show who can open the door, and what is missing before the identity provider can be required."""
    found = find_account(session, account)
    return _shown(sso_enforcement.sign_in_settings(session, found.id, on_behalf=_of(session, found.id, owner)))


@door.command("invite")
@click.argument("account")
@click.argument("owner")
@answering
def door_invite(settings: Settings, session: Session, account: str, owner: str) -> Answer:
    """Mail an Account Owner a link to choose a password, or print it where nothing is mailed."""
    found = find_account(session, account)
    return _invited(invitations.invite(session, _post(settings), found.id, owner, "activate", shows=True))


@door.command("reset")
@click.argument("account")
@click.argument("owner")
@answering
def door_reset(settings: Settings, session: Session, account: str, owner: str) -> Answer:
    """Mail or print a link to choose another password; the second factor stays."""
    found = find_account(session, account)
    return _invited(invitations.invite(session, _post(settings), found.id, owner, "reset", shows=True))


@door.command("recover")
@click.argument("account")
@click.argument("owner")
@answering
def door_recover(settings: Settings, session: Session, account: str, owner: str) -> Answer:
    """Let an Account Owner begin anew and require the identity provider no more; all owners are told."""
    found = find_account(session, account)
    return _invited(sso_enforcement.recover(session, _post(settings), found.id, owner))


@door.command("require-sso")
@click.argument("account")
@click.option(
    "--as", "owner", required=True, help="The Account Owner whose sign-in by a connection proves that it works."
)
@answering
def require_sso(_: Settings, session: Session, account: str, owner: str) -> Answer:
    """Require that people sign in by a connection, once it is proven that nobody is locked out."""
    found = find_account(session, account)
    return _shown(sso_enforcement.require(session, found.id, on_behalf=_of(session, found.id, owner)))


@door.command("relax-sso")
@click.argument("account")
@answering
def relax_sso(_: Settings, session: Session, account: str) -> Answer:
    """Require it no more."""
    return _shown(sso_enforcement.relax(session, find_account(session, account).id, "muster door relax-sso"))


@door.command("set")
@click.argument("account")
@click.option("--mfa/--no-mfa", default=None, help="Whether everybody needs a second factor at the door.")
@click.option(
    "--days", type=click.IntRange(1, sso_enforcement.MOST_DAYS), help="How fresh a proof of the door must be."
)
@answering
def door_set(_: Settings, session: Session, account: str, mfa: bool | None, days: int | None) -> Answer:
    """Change what the door asks for."""
    given = {"requires_mfa": mfa, "door_days": days}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change: --mfa, --no-mfa or --days")
    return _shown(sso_enforcement.change_settings(session, find_account(session, account).id, changes))


def _of(session: Session, account_id: str, owner: str | None) -> str | None:
    return None if owner is None else sso_enforcement.owner_named(session, account_id, owner)


def _post(settings: Settings) -> Post:
    return Post(settings.keys(), settings.base_url, settings.mail_server() is not None)


def _invited(made: Invited) -> Answer:
    until = f"good once, until {made.expires:%Y-%m-%d %H:%M} UTC"
    if made.link is None:
        return Answer(made, f"{made.user_name} is sent a link by mail, {until}")
    return Answer(made, f"nothing is mailed here; give {made.user_name} this link, {until}:\n{made.link}")


def _shown(found: SignInSettings) -> Answer:
    state = (
        f"people must sign in by a connection, since {found.required:%Y-%m-%d %H:%M} UTC"
        if found.required is not None
        else "people may sign in at the local door, too"
    )
    needs_two = found.requires_mfa or found.required is not None
    factor = "two factors are required at the local door" if needs_two else "a password is enough there"
    said = [f"{state}; {factor}", *(f"warning: {one}" for one in found.warnings), ""]
    said += [f"[{'x' if one.holds else ' '}] {one.detail}" for one in found.conditions]
    rows = [_row(one, now(), needs_two=needs_two) for one in found.owners]
    said += ["", lines(_COLUMNS, rows, "nobody may use the local door; make an owner: muster owner create")]
    return Answer(found, "\n".join(said))


def _row(one: DoorOwner, moment: datetime, *, needs_two: bool) -> tuple[Any, ...]:
    came = f"{one.opened:%Y-%m-%d %H:%M}" if one.opened else "never"
    flags = ("yes" if one.has_password else "no", "yes" if one.has_totp else "no")
    opens = "yes" if (one.holds_break_glass if needs_two else one.can_open) else "no"
    # A passkey still works while the password is locked.
    if opens == "yes" and not one.passkeys and one.locked_until is not None and one.locked_until > moment:
        opens = f"locked until {one.locked_until:%H:%M} UTC"
    return one.user_name, *flags, one.passkeys, one.recovery_codes, came, opens
