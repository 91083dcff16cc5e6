"""token, apikey: what identity providers and platforms authenticate with."""

from __future__ import annotations

from typing import Any

import click

from app import crypto
from app.cli.output import Answer, answering, lines
from app.config import SCIM_PATH, Settings
from app.services import tokens
from app.services.accounts import find_account
from app.services.directories import find_directory
from app.session import Session

_DAYS = click.option(
    "--days", default=tokens.DEFAULT_DAYS, show_default=True, help="Valid for so many days; 0: no end."
)
_NAME = click.option("--name", default="issued by command", show_default=True, help="What you will recognise it by.")
_INSTALLATION = click.option(
    "--installation", is_flag=True, help="A key of the whole installation: it creates and lists accounts."
)
_COLUMNS = ("PREFIX", "NAME", "STATE", "CREATED", "EXPIRES", "LAST USED")


@click.group()
def token() -> None:
    """Directory tokens: what an identity provider sends to SCIM."""


@token.command("issue")
@click.argument("account")
@click.argument("directory", required=False)
@_NAME
@_DAYS
@answering
def issue_token(
    settings: Settings, session: Session, account: str, directory: str | None, name: str, days: int
) -> Answer:
    """Issue a token for a directory and print it, once."""
    owner = find_account(session, account)
    target = find_directory(session, owner.id, directory)
    made = crypto.make_token(crypto.DIRECTORY_TOKEN, settings.key())
    issued = tokens.issue_directory_token(
        session, owner.id, target.id, name, made, days=days or None, created_by="muster command"
    )
    url = settings.base_url + SCIM_PATH
    value = {"token": issued.text, "prefix": issued.prefix, "expires": issued.expires, "scim_url": url}
    return Answer(
        value, f"SCIM URL  {url}\ntoken     {issued.text}\nIt is not shown again. Expires: {_day(issued.expires)}"
    )


@token.command("list")
@click.argument("account")
@click.argument("directory", required=False)
@answering
def list_tokens(_: Settings, session: Session, account: str, directory: str | None) -> Answer:
    """List tokens; never their text."""
    owner = find_account(session, account)
    target = find_directory(session, owner.id, directory).id if directory else None
    found = tokens.list_directory_tokens(session, owner.id, target)
    return Answer(
        found, lines(_COLUMNS, [_row(item) for item in found], "no tokens; issue one with `muster token issue`")
    )


@token.command("revoke")
@click.argument("account")
@click.argument("token")
@answering
def revoke_token(_: Settings, session: Session, account: str, token: str) -> Answer:
    """End a token, named by its prefix or id, at once."""
    owner = find_account(session, account)
    ended = tokens.revoke_directory_token(session, owner.id, token)
    return Answer({"prefix": ended.prefix, "revoked": True}, f"token {ended.prefix} ({ended.name}) is revoked")


@click.group()
def apikey() -> None:
    """API keys: what a platform asks for decisions with, and administers its account or the installation."""


@apikey.command("issue")
@click.argument("account", required=False)
@_NAME
@_DAYS
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help=f"Any of {', '.join(tokens.SCOPES)}; default: {', '.join(tokens.DECIDING)}.",
)
@_INSTALLATION
@answering
def issue_key(
    settings: Settings,
    session: Session,
    account: str | None,
    name: str,
    days: int,
    scopes: tuple[str, ...],
    installation: bool,
) -> Answer:
    """Issue an API key and print it, once."""
    if _is_for_all(account, installation):
        if scopes:
            raise click.UsageError("a key of the installation has no scopes")
        made = crypto.make_token(crypto.INSTALLATION_KEY, settings.key())
        issued = tokens.issue_installation_key(session, name, made, days=days or None, created_by="muster command")
    else:
        owner = find_account(session, account or "")
        made = crypto.make_token(crypto.API_KEY, settings.key())
        scopes = scopes or tokens.DECIDING
        issued = tokens.issue_api_key(
            session, owner.id, name, made, scopes=scopes, days=days or None, created_by="muster command"
        )
    value = {"api_key": issued.text, "prefix": issued.prefix, "expires": issued.expires, "api_url": settings.base_url}
    return Answer(
        value,
        f"API URL  {settings.base_url}\nAPI key  {issued.text}\nIt is not shown again. Expires: {_day(issued.expires)}",
    )


@apikey.command("list")
@click.argument("account", required=False)
@_INSTALLATION
@answering
def list_keys(_: Settings, session: Session, account: str | None, installation: bool) -> Answer:
    """List API keys; never their text."""
    if _is_for_all(account, installation):
        found = tokens.list_installation_keys(session)
    else:
        found = tokens.list_api_keys(session, find_account(session, account or "").id)
    return Answer(
        found, lines(_COLUMNS, [_row(item) for item in found], "no API keys; issue one with `muster apikey issue`")
    )


@apikey.command("revoke")
@click.argument("parts", nargs=-1, required=True, metavar="[ACCOUNT] KEY")
@_INSTALLATION
@answering
def revoke_key(_: Settings, session: Session, parts: tuple[str, ...], installation: bool) -> Answer:
    """End an API key, named by its prefix or id, at once."""
    *account, key = parts
    if _is_for_all(" ".join(account) or None, installation):
        ended = tokens.revoke_installation_key(session, key)
    else:
        ended = tokens.revoke_api_key(session, find_account(session, account[0]).id, key)
    return Answer({"prefix": ended.prefix, "revoked": True}, f"API key {ended.prefix} ({ended.name}) is revoked")


def _is_for_all(account: str | None, installation: bool) -> bool:
    """Whether a key of the installation is meant; else one of an account."""
    if installation == (account is not None):
        raise click.UsageError("name an account, or say --installation")
    return installation


def _row(item: tokens.Listed) -> tuple[Any, ...]:
    return item.prefix, item.name, item.state, _day(item.created), _day(item.expires), _day(item.last_used, "never")


def _day(moment: Any, absent: str = "no end") -> str:
    return f"{moment:%Y-%m-%d}" if moment else absent
