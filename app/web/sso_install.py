"""Puts the addresses of connections together: who decides about sign-ins, and how their pages look."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

import sso.routes
from app.config import Settings
from app.db import Database
from app.sealing import Keys
from app.services.openid_providers import Providers
from app.services.provider_logout import Logouts
from app.services.sign_in import SignIns
from app.services.trusted import TrustedConnections
from app.web.pace import Pace
from app.web.sso_browser import SsoBrowser


def install(
    app: Flask,
    database: Database,
    keys: Keys,
    connections: TrustedConnections,
    providers: Providers,
    settings: Settings,
) -> None:
    """Register the face of the connections on the application."""
    root = urlsplit(settings.base_url).path
    sign_ins = SignIns(database, keys, connections, providers, f"{root}/me")
    logouts = Logouts(database, keys, connections, providers)
    browser = SsoBrowser(Pace.of(settings.sso_requests_per_minute))
    app.register_blueprint(sso.routes.create_blueprint(sign_ins, logouts, browser, root))
