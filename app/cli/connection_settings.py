"""Settings of a connection as they are typed: ``--set NAME=VALUE``, read as strictly as the API reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click
import orjson
from marshmallow import ValidationError

from app.api.connection_shapes import ConnectionChange
from app.config import Settings
from app.outbound import Outbound
from app.services import connections
from app.services.connection_facts import ConnectionFacts
from app.session import Session

Command = TypeVar("Command", bound=Callable[..., Any])
_OWN = frozenset(ConnectionChange().fields) - {"saml", "oidc", "claims"}
_NOT_HERE = frozenset({"name", "enabled", "client_secret", "forget_links"})


def settings_option(command: Command) -> Command:
    """Give a command ``--set``."""
    return click.option(
        "--set",
        "pairs",
        multiple=True,
        metavar="NAME=VALUE",
        help="A setting: directory, join_external_id, creates_people, …; one of the protocol, such as signed or "
        "issuer; or claims.FIELD. VALUE is JSON, or else text; null takes it away.",
    )(command)


def read_settings(pairs: Iterable[str], protocol: str, more: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as it would be said to the API; ``more`` are settings of the protocol. Raises UsageError."""
    own, inner, claims = dict[str, Any](), dict(more), dict[str, Any]()
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or name in _NOT_HERE:
            raise click.UsageError(f"--set {pair}: say NAME=VALUE")
        value = _value(text)
        if name.startswith("claims."):
            claims[name.removeprefix("claims.")] = value
        elif name in _OWN:
            own[name] = value
        else:
            inner[name.removeprefix(f"{protocol}.")] = value
    given = own | ({protocol: inner} if inner else {}) | ({"claims": claims} if claims else {})
    try:
        read: dict[str, Any] = ConnectionChange().load(given)
    except ValidationError as error:
        raise click.UsageError(f"--set: {orjson.dumps(error.messages).decode()}") from error
    return read


def changed(
    settings: Settings, session: Session, account_id: str, reference: str, given: Mapping[str, Any]
) -> ConnectionFacts:
    """The connection after a change."""
    calls = Outbound(settings.networks())
    return connections.change_connection(
        session, account_id, settings.keys(), calls, settings.base_url, reference, given
    )


def _value(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
