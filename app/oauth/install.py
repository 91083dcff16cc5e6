"""Puts the OpenID provider together."""

from __future__ import annotations

from flask import Flask, request

from app import unit_of_work
from app.db import Database
from app.oauth.endpoints import Introspection, Revocation
from app.oauth.grants import Challenge, CodeGrant, Openid, RefreshGrant
from app.oauth.logout import logout_face
from app.oauth.routes import create_blueprint
from app.oauth.server import Provider, Server
from app.sealing import Keys
from app.services.signing_keys import KeyRing
from app.session import Session


def install(app: Flask, database: Database, keys: Keys, issuer: str, ring: KeyRing) -> None:
    """Register the provider on the application; ``issuer`` is our public URL."""
    provider = app.extensions["oauth"] = Provider(issuer, keys, ring, _session)
    server = Server(provider)
    server.register_grant(CodeGrant, [Challenge(), Openid()])
    server.register_grant(RefreshGrant, [Openid()])
    server.register_endpoint(Introspection)
    server.register_endpoint(Revocation)
    app.register_blueprint(create_blueprint(server, database))
    app.register_blueprint(logout_face.blueprint)


def _session() -> Session:
    return unit_of_work.of(request.environ).session
