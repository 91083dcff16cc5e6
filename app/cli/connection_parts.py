"""connection certificate, connection key, connection test: what belongs to one connection."""

from __future__ import annotations

from typing import Any

import click
import orjson

from app.cli.connection import shown
from app.cli.connection_settings import read_settings, settings_option
from app.cli.output import NO, Answer, answering, lines
from app.config import Settings
from app.services import connection_certificates, connection_keys, connection_tests, connections
from app.services.accounts import find_account
from app.services.connection_tests import Preview, Result
from app.session import Session


@click.group("certificate")
def certificate() -> None:
    """Certificates with which a SAML provider signs."""


@certificate.command("add")
@click.argument("account")
@click.argument("connection")
@click.argument("file", type=click.File("r"))
@answering
def add_certificate(settings: Settings, session: Session, account: str, connection: str, file: Any) -> Answer:
    """Trust the certificate in FILE, too; - reads it from the input."""
    owner = find_account(session, account)
    id = connection_certificates.add(session, owner.id, connection, file.read())
    return shown(connections.get(session, owner.id, settings.base_url, id))


@certificate.command("confirm")
@click.argument("account")
@click.argument("connection")
@click.argument("certificate")
@answering
def confirm_certificate(
    settings: Settings, session: Session, account: str, connection: str, certificate: str
) -> Answer:
    """Trust a certificate that came by metadata which nobody had signed: by its id or whole fingerprint."""
    owner = find_account(session, account)
    id = connection_certificates.confirm(session, owner.id, connection, certificate)
    return shown(connections.get(session, owner.id, settings.base_url, id))


@certificate.command("remove")
@click.argument("account")
@click.argument("connection")
@click.argument("certificate")
@answering
def remove_certificate(settings: Settings, session: Session, account: str, connection: str, certificate: str) -> Answer:
    """Trust a certificate no more, at once."""
    owner = find_account(session, account)
    id = connection_certificates.remove(session, owner.id, connection, certificate)
    return shown(connections.get(session, owner.id, settings.base_url, id))


@click.group("key")
def key() -> None:
    """Our own key pairs: publish another, use it, forget the one before."""


@key.command("prepare")
@click.argument("account")
@click.argument("connection")
@answering
def prepare_key(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Publish another key beside the present one, so that the provider learns of it."""
    pair = connection_keys.make_pair(f"Muster {connection}")
    owner = find_account(session, account)
    id = connection_keys.prepare(session, settings.keys(), owner.id, connection, pair)
    return shown(connections.get(session, owner.id, settings.base_url, id))


@key.command("switch")
@click.argument("account")
@click.argument("connection")
@answering
def switch_key(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Sign with the published key; the one before still decrypts."""
    owner = find_account(session, account)
    id = connection_keys.switch(session, owner.id, connection)
    return shown(connections.get(session, owner.id, settings.base_url, id))


@key.command("retire")
@click.argument("account")
@click.argument("connection")
@answering
def retire_key(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Forget the former key, or the published one that was never used."""
    owner = find_account(session, account)
    id = connection_keys.retire(session, owner.id, connection)
    return shown(connections.get(session, owner.id, settings.base_url, id))


@click.command("test")
@click.argument("account")
@click.argument("connection")
@click.argument("test", required=False)
@answering
def try_connection(settings: Settings, session: Session, account: str, connection: str, test: str | None) -> Answer:
    """Print an address by which to try a connection out; with the id of a test, what came of it."""
    owner = find_account(session, account)
    if test is None:
        made = connection_tests.start(session, settings.keys(), owner.id, settings.base_url, connection)
        again = f"muster connection test {owner.name!r} {connection!r} {made.id}"
        return Answer(made, f"open within {connection_tests.MINUTES} minutes, once: {made.address}\nthen: {again}")
    found = connection_tests.result(session, settings.keys(), owner.id, connection, test)
    return Answer(found, _result(found), NO if found.state == "refused" else 0)


@click.command("preview")
@click.argument("account")
@click.argument("connection")
@settings_option
@answering
def preview_claims(
    settings: Settings, session: Session, account: str, connection: str, pairs: tuple[str, ...]
) -> Answer:
    """Show what the claim mapping, or another one, makes of who signed in last."""
    owner = find_account(session, account)
    protocol = connections.get(session, owner.id, settings.base_url, connection).protocol
    claims = read_settings(pairs, protocol, {}).get("claims")
    found = connection_tests.preview(session, settings.keys(), owner.id, connection, claims)
    return Answer(found, _preview(found))


def _result(found: Result) -> str:
    but = ": the provider's answer is right, but the person may not sign in here" if found.is_about_person else ""
    said = [f"test {found.id}: {found.state}{but}"]
    if found.trace is not None:
        said += [f"  {one.verdict:<12} {one.name}  {one.detail}".rstrip() for one in found.trace.checks]
        said += [one for one in (found.trace.detail, found.trace.advice) if one]
    if found.trace is not None and found.trace.clock is not None:
        said.append(found.trace.clock)
    if found.preview is not None:
        said += ["the provider said", orjson.dumps(found.preview.decoded, option=orjson.OPT_INDENT_2).decode()]
        said.append(_preview(found.preview))
    if found.link is not None:
        said.append(f"link  {found.link.get('words') or found.link.get('how')}")
    if found.gives is not None:
        said += [f"gives {gift.words}, by {gift.rule}" for gift in found.gives.gives] or ["gives nothing by any rule"]
    return "\n".join(said)


def _preview(found: Preview) -> str:
    rows = [(one.field, ", ".join(one.values), one.claim, one.problem) for one in found.explained]
    return lines(("FIELD", "VALUE", "FROM", "PROBLEM"), rows, "")
