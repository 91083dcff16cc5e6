"""Puts the administration API together: its operations and their description."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api

from app.api import describing
from app.api.account import account_face
from app.api.accounts import accounts_face
from app.api.assignments import assignments_face
from app.api.catalogue import catalogue_face
from app.api.data_filters import data_filters_face
from app.api.decisions import decisions_face
from app.api.docs import docs_blueprint
from app.api.face import Face, Tools
from app.api.groups import groups_face
from app.api.items import items_face
from app.api.leavers import leavers_face
from app.api.roles import roles_face
from app.api.units import units_face
from app.api.user_access import user_access_face
from app.api.users import users_face
from app.auth import Doors
from app.problems import API_PATH

FACES: tuple[Face, ...] = (
    accounts_face,
    account_face,
    users_face,
    groups_face,
    units_face,
    roles_face,
    assignments_face,
    user_access_face,
    items_face,
    leavers_face,
    data_filters_face,
    catalogue_face,
    decisions_face,
)


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Without the error handlers for the whole application that flask-smorest would add."""

    def _register_error_handlers(self) -> None:
        pass


def install(app: Flask, doors: Doors, key: bytes, base_url: str) -> None:
    """Register the API on the application."""
    app.extensions["administration"] = Tools(doors, key, base_url)
    api: Any = _Api(
        app,
        spec_kwargs={
            "title": describing.TITLE,
            "version": describing.VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": describing.INTRODUCTION},
            "servers": [{"url": base_url}],
        },
    )
    describing.prepare(api.spec)
    for face in FACES:
        api.register_blueprint(face.blueprint, url_prefix=API_PATH)
    app.register_blueprint(docs_blueprint(api.spec), url_prefix=API_PATH)
