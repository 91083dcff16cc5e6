"""client, signing-key: the platform's applications, and what their tokens are signed with."""

from __future__ import annotations

from typing import Any

import click

from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.outbound import Outbound
from app.services import oauth_clients, signing_keys
from app.services.accounts import find_account
from app.services.oauth_clients import Client
from app.services.signing_keys import Listed
from app.session import Session

_INSTALLATION = click.option(
    "--installation", is_flag=True, help="A client of the whole installation: it signs in people of every account."
)
_COLUMNS = ("ID", "NAME", "METHOD", "SENT BACK TO", "STATE", "CREATED BY")


@click.group()
def client() -> None:
    """Clients: the platform's applications, to which people are handed over after sign-in."""


@client.command("create")
@click.argument("parts", nargs=-1, required=True, metavar="[ACCOUNT] NAME")
@_INSTALLATION
@click.option("--redirect-uri", "redirect_uris", multiple=True, required=True, help="Where people are sent back.")
@click.option("--logout-uri", "post_logout_redirect_uris", multiple=True, help="Where they are led after signing out.")
@click.option("--backchannel-logout-uri", help="Where it is told that a session is over.")
@click.option("--public", is_flag=True, help="It can keep no secret, such as an app in a browser.")
@click.option("--post", is_flag=True, help="It sends its secret in the body, not in the header.")
@click.option("--with-roles", is_flag=True, help="Its ID tokens say which roles a person has.")
@answering
def create_client(
    settings: Settings,
    session: Session,
    parts: tuple[str, ...],
    installation: bool,
    public: bool,
    post: bool,
    **given: Any,
) -> Answer:
    """Register an application and print its secret, once."""
    account_id, name = _placed(session, parts, installation)
    method = "none" if public else "client_secret_post" if post else "client_secret_basic"
    values = {"name": name, "auth_method": method} | {key: value for key, value in given.items() if value is not None}
    values |= {key: [*values[key]] for key in ("redirect_uris", "post_logout_redirect_uris")}
    made, secret = oauth_clients.create(session, account_id, settings.keys(), _outbound(settings), values)
    text = f"issuer         {settings.base_url}\nclient id      {made.id}"
    if secret is not None:
        text += f"\nclient secret  {secret}\nIt is not shown again."
    return Answer({"client": made, "secret": secret, "issuer": settings.base_url}, text)


@client.command("list")
@click.argument("account", required=False)
@_INSTALLATION
@answering
def list_clients(_: Settings, session: Session, account: str | None, installation: bool) -> Answer:
    """List applications; never their secrets."""
    account_id = _owner(session, account, installation)
    found = oauth_clients.list_clients(session, account_id)
    return Answer(found, lines(_COLUMNS, [_row(one) for one in found], "no clients; make one: muster client create"))


@client.command("rotate")
@click.argument("parts", nargs=-1, required=True, metavar="[ACCOUNT] CLIENT")
@_INSTALLATION
@click.option(
    "--hours",
    default=oauth_clients.KEPT_HOURS,
    show_default=True,
    type=click.IntRange(0, oauth_clients.MOST_HOURS),
    help="For so long the secret before counts, too; 0: no longer.",
)
@answering
def rotate_client(
    settings: Settings, session: Session, parts: tuple[str, ...], installation: bool, hours: int
) -> Answer:
    """Make a new secret and print it, once."""
    account_id, reference = _placed(session, parts, installation)
    found, secret = oauth_clients.rotate_secret(session, account_id, settings.keys(), reference, hours)
    return Answer({"client": found, "secret": secret}, f"client secret  {secret}\nIt is not shown again.")


@client.command("revoke")
@click.argument("parts", nargs=-1, required=True, metavar="[ACCOUNT] CLIENT")
@_INSTALLATION
@answering
def revoke_client(_: Settings, session: Session, parts: tuple[str, ...], installation: bool) -> Answer:
    """End an application with all its tokens, at once and for good."""
    account_id, reference = _placed(session, parts, installation)
    gone = oauth_clients.revoke(session, account_id, reference)
    return Answer(gone, f"client {gone.name} ({gone.id}) is revoked")


@click.group("signing-key")
def signing_key() -> None:
    """The keys with which ID tokens are signed."""


@signing_key.command("list")
@answering
def list_keys(_: Settings, session: Session) -> Answer:
    """List the keys that are published."""
    return _listed(signing_keys.listed(session))


@signing_key.command("rotate")
@click.option(
    "--algorithm",
    type=click.Choice(signing_keys.ALGORITHMS),
    default=signing_keys.USUAL,
    show_default=True,
    help="Of the key that comes after the next one.",
)
@answering
def rotate_key(settings: Settings, session: Session, algorithm: str) -> Answer:
    """Sign with the next key from now on, and publish one after it; a server does so by itself every 90 days."""
    return _listed(signing_keys.rotate(session, settings.keys(), algorithm))


def _placed(session: Session, parts: tuple[str, ...], installation: bool) -> tuple[str | None, str]:
    """The account, None for the installation, and what was named last."""
    *account, name = parts
    if len(account) > 1:
        raise click.UsageError("name one account and one client; put names with spaces in quotes")
    return _owner(session, account[0] if account else None, installation), name


def _owner(session: Session, account: str | None, installation: bool) -> str | None:
    if installation == (account is not None):
        raise click.UsageError("name an account, or say --installation")
    return None if account is None else find_account(session, account).id


def _outbound(settings: Settings) -> Outbound:
    return Outbound(settings.networks())


def _row(one: Client) -> tuple[Any, ...]:
    state = "revoked" if one.revoked else "valid"
    return one.id, one.name, one.auth_method, " ".join(one.redirect_uris), state, one.created_by


def _listed(found: list[Listed]) -> Answer:
    rows = [(one.id, one.state, one.algorithm, f"{one.changed:%Y-%m-%d %H:%M}") for one in found]
    empty = "no keys yet: they are made when they are needed"
    return Answer(found, lines(("ID", "STATE", "ALGORITHM", "SINCE"), rows, empty))
