"""Puts the addresses of connections together: who decides about sign-ins, and how their pages look."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

import sso.routes
from app.db import Database
from app.sealing import Keys
from app.services.openid_providers import Providers
from app.services.provider_logout import Logouts
from app.services.sign_in import SignIns
from app.services.trusted import TrustedConnections
from app.web.pace import Pace
from app.web.sso_browser import SsoBrowser

BURST = PER_MINUTE = 600
"""So often may one address ask: a whole company may begin its day behind one."""


def install(
    app: Flask, database: Database, keys: Keys, connections: TrustedConnections, providers: Providers, base_url: str
) -> None:
    """Register the face of the connections on the application."""
    root = urlsplit(base_url).path
    sign_ins = SignIns(database, keys, connections, providers, f"{root}/me")
    logouts = Logouts(database, keys, connections, providers)
    browser = SsoBrowser(Pace(BURST, PER_MINUTE))
    app.register_blueprint(sso.routes.create_blueprint(sign_ins, logouts, browser, root))
