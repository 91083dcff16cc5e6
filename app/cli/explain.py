"""explain, who-can, what-can, who-has: decisions and their reasons, asked from every side."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import click
import orjson

from app.cli.output import NO, Answer, answering
from app.config import Settings
from app.services import accounts, explain, reverse
from app.services.explain import Asked
from app.services.reverse import People
from app.session import Session
from rbac.explain import LANGUAGES, Language, lines

_LANGUAGE = click.option(
    "--lang", "language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Language of the words."
)
_AFTER = click.option("--after", default="", help="Continue where the page before ended.")
_LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
_AT = click.option(
    "--at",
    type=click.DateTime(("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S.%f%z")),
    help="Another moment, such as 2027-01-31T09:00Z: a past one as everything was then, a future one as things stand.",
)


def _item(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, str] | None:
    if value is None:
        return None
    type, colon, id = value.partition(":")
    if not (type and colon and id):
        raise click.BadParameter("name an item as TYPE:ID, such as campaign:c-17")
    return type, id


def _object(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, Any]:
    if value is None:
        return {}
    try:
        found = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter(f"this is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise click.BadParameter('give a JSON object, such as {"ip": "192.0.2.1"}')
    return found


_ITEM = click.option("--item", metavar="TYPE:ID", callback=_item, help="The item that it is about.")


@click.command("explain")
@click.argument("account")
@click.argument("user")
@click.argument("permission")
@click.option("--unit", help="Business unit in which the user works; default: the item's, else the home unit.")
@_ITEM
@click.option(
    "--subject", metavar="JSON", callback=_object, help="Properties of the user, as a decision is asked with."
)
@click.option("--resource", metavar="JSON", callback=_object, help="Properties of the item.")
@click.option("--action", metavar="JSON", callback=_object, help="Parameters of the action.")
@click.option("--context", metavar="JSON", callback=_object, help="Everything else that a decision is asked with.")
@_AT
@_LANGUAGE
@answering
def explain_decision(
    _: Settings,
    session: Session,
    account: str,
    user: str,
    permission: str,
    language: str,
    at: datetime | None,
    **asked: Any,
) -> Answer:
    """Say whether a user may do something, and why; if not, what is missing. Exit code 1: denied."""
    target = accounts.find_account(session, account)
    told = explain.explain(session, target.id, user, Asked(permission, at=at, **asked))
    spoken = cast(Language, language)
    return Answer(told.value(spoken), told.text(spoken), 0 if told.allowed else NO)


@click.command("who-can")
@click.argument("account")
@click.argument("permission")
@click.option("--unit", help="Business unit; default: wherever each usually works.")
@_ITEM
@_AFTER
@_LIMIT
@_LANGUAGE
@answering
def who_can(
    _: Settings,
    session: Session,
    account: str,
    permission: str,
    unit: str | None,
    item: tuple[str, str] | None,
    after: str,
    limit: int,
    language: str,
) -> Answer:
    """Say who can do something, and why."""
    target = accounts.find_account(session, account)
    found = reverse.who_can(session, target.id, permission, unit=unit, item=item, after=after, limit=limit)
    return _people(found, cast(Language, language))


@click.command("who-has")
@click.argument("account")
@click.argument("role")
@_AFTER
@_LIMIT
@_LANGUAGE
@answering
def who_has(_: Settings, session: Session, account: str, role: str, after: str, limit: int, language: str) -> Answer:
    """List the people who have a role now, however they came by it, and why."""
    target = accounts.find_account(session, account)
    return _people(reverse.who_has(session, target.id, role, after=after, limit=limit), cast(Language, language))


@click.command("what-can")
@click.argument("account")
@click.argument("user")
@click.option("--unit", help="Business unit in which the user works; default: the home unit.")
@_AT
@_LANGUAGE
@answering
def what_can(
    _: Settings, session: Session, account: str, user: str, unit: str | None, at: datetime | None, language: str
) -> Answer:
    """Say in plain words what a user can do."""
    target = accounts.find_account(session, account)
    found = reverse.what_can(session, target.id, user, unit=unit, at=at)
    spoken = cast(Language, language)
    return Answer(found.value(spoken), found.text(spoken))


def _people(found: People, language: Language) -> Answer:
    told = []
    for person in found.people:
        told += [person.user_name, *lines(person.because, language)]
    if found.total is not None:
        told.append({"en": f"{found.total} in all", "es": f"{found.total} en total"}[language])
    if found.next:
        told.append(f"--after {found.next}")
    return Answer(found.value(language), "\n".join(told))
