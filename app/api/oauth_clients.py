"""/oauth-clients: applications to which the people of an account are handed over after sign-in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, Range

from app.api.face import Call, Face, Shown
from app.api.paging import Reading, filter_of, page_in_memory
from app.api.shapes import Shape, described, flag, many, moment, page_of, text, word
from app.services import oauth_clients
from app.services.oauth_clients import METHODS, MOST_ADDRESS, MOST_ADDRESSES, SCOPES

oauth_clients_face = Face("OAuth clients", "Applications to which people are handed over after sign-in.")
TYPES = {"id": "string", "name": "string", "auth_method": "string", "with_roles": "boolean"}
_SAYS_BACK = "Where people are sent back, in full: https, or http on one's own machine; compared as they are."
_SAYS_METHOD = "How it says who it is; `none`: it can keep no secret."
_SAYS_TOLD = "Where it is told that a session is over; null: nowhere."
_SAYS_SCOPES = "What it may ask for; `openid` is among it."
_SAYS_ROLES = "Whether its ID tokens say which roles a person has."


def _addresses(**settings: Any) -> fields.List[Any]:
    return many(text(MOST_ADDRESS), most=MOST_ADDRESSES, **settings)


def _told(**settings: Any) -> fields.String:
    return fields.String(
        allow_none=True, validate=Length(1, MOST_ADDRESS), **described({"says": _SAYS_TOLD} | settings)
    )


class OAuthClient(Shape):
    """A client; its secret is not shown again."""

    id = text(says="Its `client_id`.")
    name = text()
    auth_method = word(*METHODS, says=_SAYS_METHOD)
    redirect_uris = _addresses(says=_SAYS_BACK)
    post_logout_redirect_uris = _addresses(says="Where people may be led after signing out.")
    backchannel_logout_uri = _told()
    scopes = many(word(*SCOPES), says=_SAYS_SCOPES)
    with_roles = flag(says=_SAYS_ROLES)
    previous_secret_until = moment(allow_none=True, says="Until then the secret before counts, too.")
    created = moment()
    created_by = text()
    revoked = moment(allow_none=True)


class SecretOAuthClient(OAuthClient):
    """A client with its secret, which is shown this once."""

    secret = text(says="Left out for a client that keeps none.")


OAuthClientPage = page_of(OAuthClient)


class NewOAuthClient(Shape):
    """A client to be made."""

    name = text(required=True)
    redirect_uris = _addresses(required=True, least=1, says=_SAYS_BACK)
    auth_method = word(*METHODS, load_default=METHODS[0], says=_SAYS_METHOD)
    post_logout_redirect_uris = _addresses(load_default=list, says="Where people may be led after signing out.")
    backchannel_logout_uri = _told(load_default=None)
    scopes = many(word(*SCOPES), load_default=lambda: [*SCOPES], says=_SAYS_SCOPES)
    with_roles = flag(load_default=False, says=_SAYS_ROLES)


class OAuthClientChange(Shape):
    """What is to be changed; what is left out stays."""

    name = text()
    redirect_uris = _addresses(least=1, says=_SAYS_BACK)
    post_logout_redirect_uris = _addresses(says="Where people may be led after signing out.")
    backchannel_logout_uri = _told()
    scopes = many(word(*SCOPES), says=_SAYS_SCOPES)
    with_roles = flag(says=_SAYS_ROLES)


class SecretRotation(Shape):
    """For how long the secret before is good."""

    hours = fields.Integer(
        strict=True,
        load_default=oauth_clients.KEPT_HOURS,
        validate=Range(0, oauth_clients.MOST_HOURS),
        metadata={"description": "For so long the secret before counts, too; 0: no longer."},
    )


EXAMPLE = {
    "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
    "name": "Postbird",
    "auth_method": "client_secret_basic",
    "redirect_uris": ["https://postbird.example/signed-in"],
    "post_logout_redirect_uris": ["https://postbird.example/"],
    "backchannel_logout_uri": "https://postbird.example/signed-out",
    "scopes": [*SCOPES],
    "with_roles": False,
    "previous_secret_until": None,
    "created": "2026-01-31T09:00:00.000Z",
    "created_by": "setup",
    "revoked": None,
}
NEW = {"name": "Postbird", "redirect_uris": ["https://postbird.example/signed-in"]}
CHANGED = {"redirect_uris": ["https://postbird.example/signed-in", "https://next.postbird.example/signed-in"]}


@oauth_clients_face.operation(
    "GET",
    "/oauth-clients",
    scope="clients:read",
    query=filter_of("ClientQuery", TYPES),
    answer=OAuthClientPage,
)
def list_clients(call: Call, query: dict[str, Any]) -> Shown:
    """List clients.

    The newest first; those that are revoked, too.
    """
    found = [asdict(one) for one in oauth_clients.list_clients(*call.here)]
    return page_in_memory(Reading(call, query), found, TYPES)


@oauth_clients_face.operation(
    "POST",
    "/oauth-clients",
    scope="clients:write",
    body=NewOAuthClient,
    answer=SecretOAuthClient,
    status=201,
    example=NEW,
    shows=EXAMPLE | {"secret": "mclient_…"},
)
def create_client(call: Call, body: dict[str, Any]) -> Shown:
    """Create a client.

    The secret is shown this once, so the call is not repeated by an `Idempotency-Key`.
    """
    made, secret = oauth_clients.create(*call.here, call.tools.keys, call.tools.calls, body)
    return Shown(made, f"/oauth-clients/{made.id}", once={} if secret is None else {"secret": secret})


@oauth_clients_face.operation(
    "GET",
    "/oauth-clients/<client>",
    scope="clients:read",
    answer=OAuthClient,
    shows=EXAMPLE,
    refusals=("not-found",),
)
def get_client(call: Call, client: str) -> Shown:
    """Read a client.

    Its secret is not shown again.
    """
    return Shown(oauth_clients.get(*call.here, client))


@oauth_clients_face.operation(
    "PATCH",
    "/oauth-clients/<client>",
    scope="clients:write",
    body=OAuthClientChange,
    answer=OAuthClient,
    example=CHANGED,
    shows=EXAMPLE | CHANGED,
    current=get_client,
    refusals=("not-found",),
)
def change_client(call: Call, body: dict[str, Any], client: str) -> Shown:
    """Change a client.

    What is left out stays.
    """
    return Shown(oauth_clients.change(*call.here, call.tools.calls, client, body))


@oauth_clients_face.operation(
    "POST",
    "/oauth-clients/<client>/rotate-secret",
    scope="clients:write",
    body=SecretRotation,
    answer=SecretOAuthClient,
    example={"hours": 24},
    shows=EXAMPLE | {"secret": "mclient_…"},
    refusals=("not-found",),
)
def rotate_client_secret(call: Call, body: dict[str, Any], client: str) -> Shown:
    """Replace the secret of a client.

    The one before counts beside it for a while.
    """
    found, secret = oauth_clients.rotate_secret(*call.here, call.tools.keys, client, body["hours"])
    return Shown(found, once={"secret": secret})


@oauth_clients_face.operation(
    "POST",
    "/oauth-clients/<client>/revoke",
    scope="clients:write",
    answer=OAuthClient,
    shows=EXAMPLE | {"revoked": "2026-02-01T09:00:00.000Z"},
    refusals=("not-found",),
)
def revoke_client(call: Call, client: str) -> Shown:
    """Revoke a client.

    For good, with all tokens that it was given.
    """
    return Shown(oauth_clients.revoke(*call.here, client))
