"""connection: identity providers by which people of an account sign in."""

from __future__ import annotations

from typing import Any

import click

from app.cli.connection_settings import changed, read_settings, settings_option
from app.cli.later import Later
from app.cli.output import Answer, answering, answering_by_reading, lines
from app.config import Settings
from app.outbound import Outbound
from app.services import connection_presets, connection_refresh, connections
from app.services.accounts import find_account
from app.services.connection_facts import ConnectionFacts
from app.services.connection_keys import make_pair
from app.services.errors import ServiceError
from app.session import Session

_COLUMNS = ("NAME", "PROTOCOL", "PROVIDER", "STATE", "ID")
SECRET_FILE = click.option(
    "--client-secret-file", type=click.File("r"), help="A file with the client secret; - reads it from the input."
)


@click.group()
def connection() -> None:
    """Connections to identity providers: SAML and OpenID Connect."""


for _row in (
    ("certificate", "app.cli.connection_parts:certificate", "Certificates with which a SAML provider signs."),
    ("key", "app.cli.connection_parts:key", "Our own key pairs: publish another, use it, forget the one before."),
    (
        "test",
        "app.cli.connection_parts:try_connection",
        "Print an address by which to try a connection out; with the id of a test, what came of it.",
    ),
    (
        "preview",
        "app.cli.connection_parts:preview_claims",
        "Show what the claim mapping, or another one, makes of who signed in last.",
    ),
    ("links", "app.cli.identity_links:list_links", "List which subjects of identity providers are which people."),
    (
        "unlink",
        "app.cli.identity_links:unlink",
        "Forget whom a subject means, by the link's id; what was begun by it ends.",
    ),
):
    connection.add_command(Later(*_row))


@connection.command("create")
@click.argument("account")
@click.argument("name")
@click.option("--protocol", type=click.Choice(["saml", "oidc"]), required=True)
@click.option("--preset", default=connection_presets.GENERIC, show_default=True, help="Which provider it is.")
@click.option("--metadata-url", help="SAML: where the provider's metadata is; it is read at once.")
@click.option("--issuer", help="OpenID Connect: the provider's issuer; it is asked at once.")
@click.option("--client-id", help="OpenID Connect: what the provider calls us.")
@SECRET_FILE
@settings_option
@answering_by_reading
def create_connection(
    settings: Settings,
    session: Session,
    account: str,
    name: str,
    protocol: str,
    preset: str,
    metadata_url: str | None,
    issuer: str | None,
    client_id: str | None,
    client_secret_file: Any,
    pairs: tuple[str, ...],
) -> Answer:
    """Make a connection, and print what to enter at the provider."""
    owner = find_account(session, account)
    named = {"metadata_url": metadata_url, "issuer": issuer, "client_id": client_id}
    given = read_settings(pairs, protocol, {key: value for key, value in named.items() if value is not None})
    given |= {"name": name, "preset": preset} | _secret(client_secret_file)
    keys, calls, pair = settings.keys(), outbound(settings), make_pair(f"Muster {name}")
    with session.writer() as writer:
        made = connections.create(writer, owner.id, keys, calls, settings.base_url, pair, protocol, given)
    trouble = ""
    if metadata_url or issuer:
        try:
            _refreshed(session, owner.id, calls, made.id)
        except ServiceError as error:
            trouble = f"\nIt is made, but {error}"
        made = connections.get(session, owner.id, settings.base_url, made.id)
    return Answer(made, f"{text_of(made)}\n{_to_do(made)}{trouble}")


@connection.command("list")
@click.argument("account")
@answering
def list_connections(settings: Settings, session: Session, account: str) -> Answer:
    """List connections."""
    found = connections.list_connections(session, find_account(session, account).id, settings.base_url)
    rows = [(one.name, one.protocol, one.preset, _state(one), one.id) for one in found]
    return Answer(found, lines(_COLUMNS, rows, "no connections; make one: muster connection create"))


@connection.command("show")
@click.argument("account")
@click.argument("connection")
@answering
def show_connection(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Show a connection: its addresses, settings, certificates and keys, and what it lacks."""
    owner = find_account(session, account)
    found = connections.get(session, owner.id, settings.base_url, connection)
    health = connections.health(session, owner.id, found.id)
    used = f"{health.last_sign_in:%Y-%m-%d %H:%M}" if health.last_sign_in else "never"
    said = [text_of(found), f"last sign-in  {used}"]
    if health.refresh_error:
        said.append(f"the provider could not be read: {health.refresh_error}")
    return Answer({"connection": found, "health": health}, "\n".join(said))


@connection.command("presets")
@answering
def list_presets(_: Settings, session: Session) -> Answer:
    """List the providers that are known, and by which protocols."""
    found = connection_presets.every()
    return Answer(
        found, lines(("PROTOCOL", "PRESET", "PROVIDER"), [(one.protocol, one.name, one.title) for one in found], "")
    )


@connection.command("change")
@click.argument("account")
@click.argument("connection")
@click.option("--name", help="Call it so.")
@click.option(
    "--forget-links",
    is_flag=True,
    help="With another provider, or another way to name people: forget which subject is which person, also of people "
    "who are gone, and sign out whoever came in by it.",
)
@SECRET_FILE
@settings_option
@answering
def change_connection(
    settings: Settings,
    session: Session,
    account: str,
    connection: str,
    name: str | None,
    forget_links: bool,
    client_secret_file: Any,
    pairs: tuple[str, ...],
) -> Answer:
    """Change settings of a connection; what is not named stays."""
    owner = find_account(session, account)
    protocol = connections.get(session, owner.id, settings.base_url, connection).protocol
    given = read_settings(pairs, protocol, {}) | ({"name": name} if name else {}) | _secret(client_secret_file)
    if not given:
        raise click.UsageError("say what to change: --name, --set or --client-secret-file")
    return shown(changed(settings, session, owner.id, connection, given | {"forget_links": forget_links}))


@connection.command("enable")
@click.argument("account")
@click.argument("connection")
@answering
def enable_connection(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Let people sign in by a connection."""
    return shown(changed(settings, session, find_account(session, account).id, connection, {"enabled": True}))


@connection.command("disable")
@click.argument("account")
@click.argument("connection")
@answering
def disable_connection(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Let nobody sign in by a connection, and sign out whoever came in by it."""
    return shown(changed(settings, session, find_account(session, account).id, connection, {"enabled": False}))


@connection.command("delete")
@click.argument("account")
@click.argument("connection")
@answering
def delete_connection(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Forget a connection that is off, with whom it knew as whom."""
    gone = connections.delete(session, find_account(session, account).id, settings.base_url, connection)
    return Answer(gone, f"connection {gone.name} is deleted")


@connection.command("metadata")
@click.argument("account")
@click.argument("connection")
@click.argument("file", type=click.File("rb"))
@answering
def give_metadata(settings: Settings, session: Session, account: str, connection: str, file: Any) -> Answer:
    """Take over a provider's metadata from FILE; - reads it from the input."""
    owner = find_account(session, account)
    done = connection_refresh.give_metadata(session, owner.id, outbound(settings), connection, file.read())
    return _told(connections.get(session, owner.id, settings.base_url, done.connection_id), done)


@connection.command("refresh")
@click.argument("account")
@click.argument("connection")
@answering_by_reading
def refresh_connection(settings: Settings, session: Session, account: str, connection: str) -> Answer:
    """Read what the provider says of itself: its metadata, or what its issuer publishes."""
    owner = find_account(session, account)
    done = _refreshed(session, owner.id, outbound(settings), connection)
    return _told(connections.get(session, owner.id, settings.base_url, done.connection_id), done)


def outbound(settings: Settings) -> Outbound:
    """What may be called from here."""
    return Outbound(settings.networks())


def shown(found: ConnectionFacts) -> Answer:
    """A connection, for scripts and people."""
    return Answer(found, text_of(found))


def text_of(found: ConnectionFacts) -> str:
    """A connection in words."""
    said = [f"{found.name} ({found.protocol}, {found.preset}) is {_state(found)}", f"id            {found.id}"]
    named = (("entity id", "metadata"), ("ACS", "acs")) if found.saml else (("redirect URI", "callback"),)
    said += [f"{label:<13} {getattr(found.addresses, name)}" for label, name in (*named, ("begin", "start"))]
    said += [f"{key:<13} {value}" for key, value in _settings(found) if value not in (None, False, [], ())]
    for one in found.certificates:
        said.append(f"certificate   {one.fingerprint[:16]}… {one.state}, until {one.not_after:%Y-%m-%d} ({one.id})")
    for pair in found.keys:
        said.append(f"our key       {pair.fingerprint[:16]}… {pair.state}, until {pair.not_after:%Y-%m-%d}")
    said += [f"warning: {one}" for one in found.warnings]
    return "\n".join(said)


def _settings(found: ConnectionFacts) -> list[tuple[str, Any]]:
    trust = found.saml or found.oidc or {}
    names = (
        "directory",
        "join_external_id",
        "join_user_name",
        "join_email",
        "creates_people",
        "adopts",
        "groups_claim",
    )
    return [*trust.items(), *((name, getattr(found, name)) for name in names), ("secret set", found.secret_set)]


def _to_do(found: ConnectionFacts) -> str:
    """What the provider's administrator does."""
    steps = connection_presets.preset(found.preset, found.protocol).steps
    said = []
    for number, step in enumerate(steps, 1):
        said.append(f"{number}. {step.en}")
        said += [f"     {entry.label}: {getattr(found.addresses, entry.value)}" for entry in step.enter]
    return "\nAt the provider:\n" + "\n".join(said)


def _state(found: ConnectionFacts) -> str:
    if found.missing:
        return f"not complete, it lacks {', '.join(found.missing)}"
    return "on" if found.enabled else "off"


def _refreshed(session: Session, account_id: str, calls: Outbound, reference: str) -> connection_refresh.Refreshed:
    source = connection_refresh.source_of(session, account_id, reference)
    seen = connection_refresh.read(calls, source)
    with session.writer() as writer:
        return connection_refresh.refresh(writer, calls, source, seen)


def _told(found: ConnectionFacts, done: connection_refresh.Refreshed) -> Answer:
    what = ", ".join(done.changed) or "nothing"
    said = [text_of(found), f"changed: {what}", *(f"note: {one}" for one in done.notes)]
    return Answer({"connection": found, "changed": done.changed, "notes": done.notes}, "\n".join(said))


def _secret(file: Any) -> dict[str, str]:
    return {} if file is None else {"client_secret": file.read().strip()}
