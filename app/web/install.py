"""Puts the pages together."""

from __future__ import annotations

from flask import Blueprint, Flask

from app.config import Settings
from app.sealing import Keys
from app.services.trusted import TrustedConnections
from app.web import hosts
from app.web.begin import begin_face
from app.web.console.faces import CONSOLE
from app.web.face import Face
from app.web.local import local_face
from app.web.local_links import local_links_face
from app.web.own_page import own_page_face
from app.web.own_page_access import own_page_access_face
from app.web.own_page_requests import own_page_requests_face
from app.web.own_security import own_security_face
from app.web.pace import Pace
from app.web.setup import setup_face
from app.web.signin import signin_face
from app.web.static import files
from app.web.tools import Tools

FACES: tuple[Face, ...] = (
    signin_face,
    own_page_face,
    own_page_access_face,
    own_page_requests_face,
    local_face,
    local_links_face,
    own_security_face,
    setup_face,
    begin_face,
    *CONSOLE,
)


def install(app: Flask, keys: Keys, settings: Settings, connections: TrustedConnections) -> None:
    """Register the pages on the application."""
    pace = Pace.of(settings.signin_requests_per_minute)
    app.extensions["web"] = Tools(keys, settings.base_url, settings.proxies(), connections, pace)
    app.extensions["door_pace"] = Pace.of(settings.door_requests_per_minute)
    app.before_request(hosts.check)
    app.register_blueprint(Blueprint("web", __name__, template_folder="templates"))
    for face in FACES:
        app.register_blueprint(face.blueprint)
    app.register_blueprint(files)
