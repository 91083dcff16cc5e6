"""/installation/oauth-clients: applications to which the people of all accounts are handed over after sign-in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.face import INSTALLATION, Call, Face, Shown
from app.api.oauth_clients import (
    CHANGED,
    EXAMPLE,
    NEW,
    TYPES,
    NewOAuthClient,
    OAuthClient,
    OAuthClientChange,
    OAuthClientPage,
    SecretOAuthClient,
    SecretRotation,
)
from app.api.paging import Reading, filter_of, page_in_memory
from app.services import oauth_clients

platform_clients_face = Face(
    "OAuth clients of the installation",
    "Applications for the people of all accounts; only for a key of the installation.",
)


@platform_clients_face.operation(
    "GET",
    "/installation/oauth-clients",
    scope=INSTALLATION,
    query=filter_of("PlatformClientQuery", TYPES),
    answer=OAuthClientPage,
)
def list_platform_clients(call: Call, query: dict[str, Any]) -> Shown:
    """List clients of the installation.

    The newest first; those that are revoked, too.
    """
    found = [asdict(one) for one in oauth_clients.list_clients(call.caller.session, None)]
    return page_in_memory(Reading(call, query), found, TYPES)


@platform_clients_face.operation(
    "POST",
    "/installation/oauth-clients",
    scope=INSTALLATION,
    body=NewOAuthClient,
    answer=SecretOAuthClient,
    status=201,
    example=NEW,
    shows=EXAMPLE | {"secret": "mclient_…"},
)
def create_platform_client(call: Call, body: dict[str, Any]) -> Shown:
    """Create a client of the installation.

    It signs in the people of every account. The secret is shown this once, so the call is not repeated by an
    `Idempotency-Key`.
    """
    made, secret = oauth_clients.create(call.caller.session, None, call.tools.keys, call.tools.calls, body)
    return Shown(made, f"/installation/oauth-clients/{made.id}", once={} if secret is None else {"secret": secret})


@platform_clients_face.operation(
    "GET",
    "/installation/oauth-clients/<client>",
    scope=INSTALLATION,
    answer=OAuthClient,
    shows=EXAMPLE,
    refusals=("not-found",),
)
def get_platform_client(call: Call, client: str) -> Shown:
    """Read a client of the installation.

    Its secret is not shown again.
    """
    return Shown(oauth_clients.get(call.caller.session, None, client))


@platform_clients_face.operation(
    "PATCH",
    "/installation/oauth-clients/<client>",
    scope=INSTALLATION,
    body=OAuthClientChange,
    answer=OAuthClient,
    example=CHANGED,
    shows=EXAMPLE | CHANGED,
    current=get_platform_client,
    refusals=("not-found",),
)
def change_platform_client(call: Call, body: dict[str, Any], client: str) -> Shown:
    """Change a client of the installation.

    What is left out stays.
    """
    return Shown(oauth_clients.change(call.caller.session, None, call.tools.calls, client, body))


@platform_clients_face.operation(
    "POST",
    "/installation/oauth-clients/<client>/rotate-secret",
    scope=INSTALLATION,
    body=SecretRotation,
    answer=SecretOAuthClient,
    example={"hours": 24},
    shows=EXAMPLE | {"secret": "mclient_…"},
    refusals=("not-found",),
)
def rotate_platform_client_secret(call: Call, body: dict[str, Any], client: str) -> Shown:
    """Replace the secret of a client of the installation.

    The one before counts beside it for a while.
    """
    found, secret = oauth_clients.rotate_secret(call.caller.session, None, call.tools.keys, client, body["hours"])
    return Shown(found, once={"secret": secret})


@platform_clients_face.operation(
    "POST",
    "/installation/oauth-clients/<client>/revoke",
    scope=INSTALLATION,
    answer=OAuthClient,
    shows=EXAMPLE | {"revoked": "2026-02-01T09:00:00.000Z"},
    refusals=("not-found",),
)
def revoke_platform_client(call: Call, client: str) -> Shown:
    """Revoke a client of the installation.

    For good, with all tokens that it was given.
    """
    return Shown(oauth_clients.revoke(call.caller.session, None, client))
