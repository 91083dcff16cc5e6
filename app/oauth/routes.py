"""The addresses of the OpenID provider. None answers across origins: clients are servers (no CORS)."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, request

from app import audit, observe, retry, unit_of_work
from app.db import Database
from app.oauth import authorizing, logout
from app.oauth.asked import MOST_BODY, Asked, of_client
from app.oauth.discovery import WELL_KNOWN, metadata
from app.oauth.server import Server
from app.services import oauth_claims, oauth_grants
from app.services.oauth_grants import Replayed
from app.stores import oauth_clients
from app.web import visitors
from app.web.pace import Pace

_CACHED = "public, max-age=300"
_TOO_FAST = 429
_FAILURES = Pace(burst=30, per_minute=30)
"""A client that keeps failing to say who it is waits."""


def create_blueprint(server: Server, database: Database) -> Blueprint:
    """All endpoints over one server."""
    blueprint = Blueprint("oauth", __name__)
    provider = server.provider

    def repeated(answer: Callable[[], Response]) -> Response:
        """The answer, begun anew where the database undid it."""
        request.max_content_length = request.max_form_memory_size = MOST_BODY
        return retry.attempt(request.environ, answer)

    def asked_by_client(answer: Callable[[Asked], Response]) -> Response:
        """What a client is answered, or why it is not."""
        try:
            asked = of_client(request, provider.issuer)
            response = answer(asked)
        except OAuth2Error as error:
            response = server.handle_error_response(None, error)
        return _slowed(response)

    def given_tokens(asked: Asked) -> Response:
        """Tokens for a code or a refresh token; whatever was shown in vain is used up."""
        session = unit_of_work.of(request.environ).session
        try:
            response: Response = server.create_token_response(asked)
        except Replayed as replayed:
            session.rollback()
            with database.writing() as facts:
                row = oauth_clients.counting(facts, replayed.client_id)
                client = audit.Actor("key", row.id, row.name)
                audit.begin(facts, client, observe.id_of(request.environ))
                oauth_grants.end_family(facts, replayed, row.name)
            return _json({"error": "invalid_grant"}, 400)
        if response.status_code >= 400 and asked.took is not None:
            session.rollback()
            with database.writing() as facts:
                oauth_grants.burn_code(facts, asked.took)
        return response

    @blueprint.get(WELL_KNOWN[0])
    @blueprint.get(WELL_KNOWN[1])
    def show_metadata() -> Response:
        return repeated(lambda: _public(metadata(provider.issuer, provider.ring.algorithms(provider.session()))))

    @blueprint.get("/oauth/jwks")
    def show_keys() -> Response:
        return repeated(lambda: _public(provider.ring.published(provider.session())))

    @blueprint.route("/oauth/authorize", methods=["GET", "POST"])
    def authorize() -> Response:
        return repeated(lambda: authorizing.authorize(server))

    @blueprint.post("/oauth/token")
    def give_tokens() -> Response:
        return repeated(lambda: asked_by_client(given_tokens))

    @blueprint.post("/oauth/introspect")
    def introspect() -> Response:
        return repeated(lambda: asked_by_client(lambda asked: server.create_endpoint_response("introspection", asked)))

    @blueprint.post("/oauth/revoke")
    def revoke() -> Response:
        return repeated(lambda: asked_by_client(lambda asked: server.create_endpoint_response("revocation", asked)))

    @blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
    def tell() -> Response:
        return repeated(lambda: _told(server))

    @blueprint.route("/oauth/logout", methods=["GET", "POST"])
    def end() -> Response:
        return repeated(lambda: logout.asked_to_end())

    return blueprint


def _told(server: Server) -> Response:
    """Who somebody is, for an access token in the header (OpenID Connect Core §5.3, RFC 6750 §2.1)."""
    provider, session = server.provider, server.provider.session()
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    found = oauth_grants.find_token(session, provider.keys, text.strip()) if scheme.lower() == "bearer" else None
    client = server.query_client(found.client_id) if found is not None and found.kind == "access" else None
    if found is None or client is None:
        why = ', error="invalid_token"' if text else ""
        response = _json({"error": "invalid_token"} if text else {}, 401)
        response.headers["WWW-Authenticate"] = f'Bearer realm="oauth"{why}'
        return response
    scopes = found.scope.split()
    return _json(oauth_claims.of_person(session, found.person, scopes, with_roles=client.with_roles))


def _slowed(response: Response) -> Response:
    if response.status_code != 401:
        return response
    seconds = _FAILURES.wait(visitors.neighbourhood())
    if not seconds:
        return response
    late = _json({"error": "invalid_client", "error_description": "Too many failures; wait."}, _TOO_FAST)
    late.headers["Retry-After"] = str(seconds)
    return late


def _public(body: dict[str, object]) -> Response:
    response = _json(body)
    response.headers["Cache-Control"] = _CACHED
    return response


def _json(body: dict[str, object], status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
