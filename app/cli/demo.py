"""demo: an account to try everything on."""

from __future__ import annotations

from urllib.parse import urlencode

import click

from app import migrate
from app.cli.output import emit, installation, json_option, working
from app.config import SCIM_PATH
from app.services import demo as service


@click.command()
@json_option
def demo(as_json: bool) -> None:
    """Make a demo account once (300 people, their groups, rules, a plan that waits) and print how to reach it.

    Upgrades the database first where that is needed.
    """
    with installation(creates=True) as (settings, database):
        migrate.upgrade(database, settings.keys())
    with working() as (settings, session):
        made = service.make(session, settings.keys(), settings.base_url, settings.base_url + SCIM_PATH)
    value = {
        "account": made.account,
        "account_id": made.account_id,
        "scim_url": settings.base_url + SCIM_PATH,
        "scim_token": made.scim_token,
        "api_url": settings.base_url,
        "api_key": made.api_key,
        "issuer": settings.base_url,
        "client_id": made.client_id,
        "sign_in_url": f"{settings.base_url}/signin/local?{urlencode({'account': made.account})}",
        "console_url": f"{settings.base_url}/console",
        "owner": made.owner,
        "password": made.password,
        "created": made.created,
    }
    text = f"""\
demo account  {made.account}{"" if made.created else " (was there already)"}
SCIM URL      {value["scim_url"]}
SCIM token    {made.scim_token}
API URL       {settings.base_url}
API key       {made.api_key}
client id     {made.client_id} (OpenID Connect, for http://localhost:3000/callback)
console       {value["console_url"]}
sign in       {value["sign_in_url"]}
as owner      {made.owner}
password      {made.password or "(the one that was chosen since)"}"""
    emit(as_json, value, text)
