"""/connections: identity providers by which people of an account sign in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from app.api.connection_shapes import (
    Connection,
    ConnectionChange,
    ConnectionHealth,
    NewConnection,
    example_of,
)
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import page_of
from app.services import connections
from app.services.connection_facts import ConnectionFacts
from app.services.connection_keys import make_pair

connections_face = Face("connections", "Identity providers by which people sign in: SAML and OpenID Connect.")
USUAL = ("not-found", "conflict")
_HARMLESS = frozenset({"name", "protocol", "preset", "session_hours"})
"""What says nothing of who may sign in, and as whom."""
_TYPES = {"id": "string", "name": "string", "protocol": "string", "preset": "string", "enabled": "boolean"}


@connections_face.operation(
    "GET",
    "/connections",
    scope="connections:read",
    query=filter_of("ConnectionQuery", _TYPES),
    answer=page_of(Connection),
)
def list_connections(call: Call, query: dict[str, Any]) -> Shown:
    """List connections.

    By name.
    """
    found = [asdict(one) for one in connections.list_connections(*call.here, call.tools.base_url)]
    return page_in_memory(Reading(call, query), found, _TYPES)


@connections_face.operation(
    "POST",
    "/connections",
    scope="connections:write",
    body=NewConnection,
    answer=Connection,
    status=201,
    example={"name": "Okta", "protocol": "saml", "preset": "okta"},
    shows=example_of(),
    creates=True,
    refusals=("conflict",),
)
def create_connection(call: Call, body: dict[str, Any]) -> Shown:
    """Create a connection.

    It has addresses and a key pair of its own at once, so its provider can be set up; it is off. Then hand over the
    provider's metadata, or `refresh`, and switch it on. Anything but `session_hours` needs `access:write`, too.
    """
    _check_scope(call, body)
    tools = call.tools
    pair = make_pair(f"Muster {body['name']}")
    made = connections.create(*call.here, tools.keys, tools.calls, tools.base_url, pair, body["protocol"], body)
    return Shown(made, f"/connections/{made.id}")


@connections_face.operation(
    "GET",
    "/connections/<connection>",
    scope="connections:read",
    answer=Connection,
    shows=example_of(),
    refusals=("not-found",),
)
def get_connection(call: Call, connection: str) -> Shown:
    """Read a connection.

    What it lacks, what to know of its settings, and how its certificates are. No secret is ever shown.
    """
    return Shown(read(call, connection))


@connections_face.operation(
    "PATCH",
    "/connections/<connection>",
    scope="connections:write",
    body=ConnectionChange,
    answer=Connection,
    example={"session_hours": 8},
    shows=example_of(session_hours=8),
    current=get_connection,
    refusals=USUAL,
)
def change_connection(call: Call, body: dict[str, Any], connection: str) -> Shown:
    """Change a connection.

    Or switch it on and off. It counts at once, for every worker. `saml` and `oidc` are merged with what is there.
    Anything but `name` and `session_hours` needs `access:write`, too. By another provider, or another way to name
    people, a subject may be somebody else: while people are linked that takes `forget_links`.
    """
    _check_scope(call, body)
    tools = call.tools
    return Shown(connections.change_connection(*call.here, tools.keys, tools.calls, tools.base_url, connection, body))


@connections_face.operation(
    "DELETE",
    "/connections/<connection>",
    scope="connections:write",
    current=get_connection,
    refusals=USUAL,
)
def delete_connection(call: Call, connection: str) -> Shown:
    """Delete a connection.

    With its keys, certificates and traces, and with whom it knew as whom; people stay. It must be off.
    """
    connections.delete(*call.here, call.tools.base_url, connection)
    return Shown()


@connections_face.operation(
    "GET",
    "/connections/<connection>/health",
    scope="connections:read",
    answer=ConnectionHealth,
    refusals=("not-found",),
)
def get_connection_health(call: Call, connection: str) -> Shown:
    """Read how a connection is doing.

    When somebody last signed in, by which certificate, how long each is good, and when the provider was last read.
    """
    return Shown(connections.health(*call.here, connection))


def read(call: Call, connection: str) -> ConnectionFacts:
    """The connection as it is now."""
    return connections.get(*call.here, call.tools.base_url, connection)


def need_access(call: Call) -> None:
    """Raises Problem for a key that may not change access: who decides who signs in gives them what they have (R-3)."""
    call.need("access:write", "whoever signs in by it may have any role")


def _check_scope(call: Call, body: dict[str, Any]) -> None:
    if body.keys() - _HARMLESS:
        need_access(call)
