"""Puts the pages together."""

from __future__ import annotations

from flask import Blueprint, Flask

from app.config import Settings
from app.sealing import Keys
from app.services.trusted import TrustedConnections
from app.web import hosts
from app.web.console.faces import CONSOLE
from app.web.face import Face
from app.web.local import local_face
from app.web.local_links import local_links_face
from app.web.own_page import own_page_face
from app.web.own_security import own_security_face
from app.web.pace import Pace
from app.web.setup import setup_face
from app.web.signin import signin_face
from app.web.static import files
from app.web.tools import Tools

FACES: tuple[Face, ...] = (
    signin_face,
    own_page_face,
    local_face,
    local_links_face,
    own_security_face,
    setup_face,
    *CONSOLE,
)


def install(app: Flask, keys: Keys, settings: Settings, connections: TrustedConnections) -> None:
    """Register the pages on the application."""
    app.extensions["web"] = Tools(keys, settings.base_url, settings.proxies(), connections, Pace(20, 20))
    app.extensions["door_pace"] = Pace(60, 60)
    app.before_request(hosts.check)
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    for face in FACES:
        app.register_blueprint(face.blueprint)
    app.register_blueprint(files)
