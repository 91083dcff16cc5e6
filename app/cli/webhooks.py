"""webhook, events: what the outside is told, and what it has received."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.cli.options import MOMENT
from app.cli.output import Answer, answering, lines
from app.config import Settings
from app.event_types import EVENT_TYPES
from app.outbound import Outbound
from app.services import event_feed, webhooks
from app.services.accounts import find_account
from app.services.webhooks import Endpoint
from app.session import Session

_TYPES = click.option(
    "--type", "types", multiple=True, metavar="TYPE", help=f"Only these: {', '.join(EVENT_TYPES)}. Default: all."
)
_COLUMNS = ("NAME", "URL", "STATE", "RECEIVED", "OF", "LAST SUCCESS", "LAST ERROR")


@click.group()
def webhook() -> None:
    """Webhooks: endpoints outside that are told of events."""


@webhook.command("create")
@click.argument("account")
@click.argument("name")
@click.argument("url")
@_TYPES
@answering
def create_webhook(
    settings: Settings, session: Session, account: str, name: str, url: str, types: tuple[str, ...]
) -> Answer:
    """Tell an endpoint of what happens from now on, and print its secret, once."""
    owner = find_account(session, account)
    made, secret = webhooks.create(session, owner.id, settings.keys(), _outbound(settings), name, url, types)
    text = f"webhook {made.name} ({made.id})\nsecret  {secret}\nIt is not shown again."
    return Answer(
        {"webhook": made, "secret": secret}, f"{text}\nnext: muster webhook test {owner.name!r} {made.name!r}"
    )


@webhook.command("list")
@click.argument("account")
@answering
def list_webhooks(_: Settings, session: Session, account: str) -> Answer:
    """List webhooks, how far they are, and what is wrong with them."""
    owner = find_account(session, account)
    found = webhooks.list_endpoints(session, owner.id)
    return Answer(found, lines(_COLUMNS, [_row(one) for one in found], "no webhooks; make one: muster webhook create"))


@webhook.command("change")
@click.argument("account")
@click.argument("webhook")
@click.option("--name", help="Call it so.")
@click.option("--url", help="Send there.")
@_TYPES
@click.option("--all-types", is_flag=True, help="All types, also those to come.")
@answering
def change_webhook(
    settings: Settings,
    session: Session,
    account: str,
    webhook: str,
    name: str | None,
    url: str | None,
    types: tuple[str, ...],
    all_types: bool,
) -> Answer:
    """Change what a webhook is called, where it leads and what it is told."""
    owner = find_account(session, account)
    given: dict[str, Any] = {"name": name, "url": url, "types": () if all_types else types or None}
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("say what to change: --name, --url, --type or --all-types")
    return _shown(webhooks.change(session, owner.id, _outbound(settings), webhook, changes))


@webhook.command("enable")
@click.argument("account")
@click.argument("webhook")
@answering
def enable_webhook(settings: Settings, session: Session, account: str, webhook: str) -> Answer:
    """Send again, beginning with what happened meanwhile; failures are forgotten."""
    owner = find_account(session, account)
    return _shown(webhooks.change(session, owner.id, _outbound(settings), webhook, {"enabled": True}))


@webhook.command("disable")
@click.argument("account")
@click.argument("webhook")
@answering
def disable_webhook(settings: Settings, session: Session, account: str, webhook: str) -> Answer:
    """Send nothing until it is enabled again."""
    owner = find_account(session, account)
    return _shown(webhooks.change(session, owner.id, _outbound(settings), webhook, {"enabled": False}))


@webhook.command("delete")
@click.argument("account")
@click.argument("webhook")
@answering
def delete_webhook(_: Settings, session: Session, account: str, webhook: str) -> Answer:
    """Forget a webhook."""
    gone = webhooks.delete(session, find_account(session, account).id, webhook)
    return Answer(gone, f"webhook {gone.name} is deleted")


@webhook.command("rotate-secret")
@click.argument("account")
@click.argument("webhook")
@click.option(
    "--hours",
    default=webhooks.KEPT_HOURS,
    show_default=True,
    type=click.IntRange(0, webhooks.MOST_HOURS),
    help="For so long the secret before signs, too; 0: no longer.",
)
@answering
def rotate_secret(settings: Settings, session: Session, account: str, webhook: str, hours: int) -> Answer:
    """Make a new secret and print it, once."""
    owner = find_account(session, account)
    found, secret = webhooks.rotate_secret(session, owner.id, settings.keys(), webhook, hours)
    return Answer({"webhook": found, "secret": secret}, f"secret  {secret}\nIt is not shown again.")


@webhook.command("test")
@click.argument("account")
@click.argument("webhook")
@answering
def send_test(_: Settings, session: Session, account: str, webhook: str) -> Answer:
    """Send an event of type webhook.test, in its turn."""
    owner = find_account(session, account)
    found = webhooks.send_test(session, owner.id, webhook)
    return Answer(found, f"a running server sends it; next: muster webhook deliveries {owner.name!r} {found.name!r}")


@webhook.command("replay")
@click.argument("account")
@click.argument("webhook")
@click.option("--after", type=click.IntRange(0), help="Everything after this sequence of the trail.")
@click.option("--since", type=MOMENT, help="Everything since this day or moment.")
@answering
def replay_webhook(
    _: Settings, session: Session, account: str, webhook: str, after: int | None, since: datetime | None
) -> Answer:
    """Send again what happened after a place, or since a moment; a later place leaves out what is between."""
    return _shown(webhooks.replay(session, find_account(session, account).id, webhook, after, since))


@webhook.command("deliveries")
@click.argument("account")
@click.argument("webhook")
@answering
def list_deliveries(_: Settings, session: Session, account: str, webhook: str) -> Answer:
    """List the latest attempts to send something."""
    found = webhooks.list_deliveries(session, find_account(session, account).id, webhook)
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M:%S}", one.sequence, one.type, one.attempt, one.error or one.status, one.duration_ms)
        for one in found
    ]
    return Answer(found, lines(("AT", "SEQUENCE", "TYPE", "ATTEMPT", "ANSWER", "MS"), rows, "nothing was sent yet"))


@click.command("events")
@click.argument("account")
@click.option("--after", default=0, type=click.IntRange(0), help="Only what follows this sequence of the trail.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, event_feed.MOST))
@_TYPES
@answering
def list_events(_: Settings, session: Session, account: str, after: int, limit: int, types: tuple[str, ...]) -> Answer:
    """List events, the oldest first."""
    found = event_feed.feed(session, find_account(session, account).id, after, types, limit)
    rows = [
        (one["data"]["sequence"], one["timestamp"], one["type"], one["data"]["subject"]["name"])
        for one in found.results
    ]
    again = f"\nmore: --after {found.last}" if found.more else ""
    return Answer(found, lines(("SEQUENCE", "AT", "TYPE", "WHOM"), rows, "no events after that") + again)


def _outbound(settings: Settings) -> Outbound:
    return Outbound(settings.networks())


def _shown(found: Endpoint) -> Answer:
    return Answer(found, lines(_COLUMNS, [_row(found)], ""))


def _row(one: Endpoint) -> tuple[Any, ...]:
    state = "failing" if one.attempts else "enabled" if one.enabled else "disabled"
    success = f"{one.last_success:%Y-%m-%d %H:%M:%S}" if one.last_success else "never"
    return one.name, one.url, state, one.cursor, one.last, success, one.disabled_reason or one.last_error
