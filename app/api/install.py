"""Puts the administration API together: its operations and their description."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_smorest import Api

from app.api import describing
from app.api.access_requests import access_requests_face
from app.api.account import account_face
from app.api.accounts import accounts_face
from app.api.assignments import assignments_face
from app.api.audit import audit_face
from app.api.catalogue import catalogue_face
from app.api.configuration import configuration_face
from app.api.connection_parts import connection_parts_face
from app.api.connection_presets import connection_presets_face
from app.api.connection_tests import connection_tests_face
from app.api.connections import connections_face
from app.api.data_filters import data_filters_face
from app.api.decisions import decisions_face
from app.api.directories import directories_face
from app.api.directory_state import directory_state_face
from app.api.docs import docs_blueprint
from app.api.domains import domains_face
from app.api.events import events_face
from app.api.face import Face, Tools
from app.api.groups import groups_face
from app.api.hygiene import hygiene_face
from app.api.identity_links import identity_links_face
from app.api.items import items_face
from app.api.leavers import leavers_face
from app.api.mapping import mapping_face
from app.api.mapping_health import mapping_health_face
from app.api.mapping_plans import mapping_plans_face
from app.api.oauth_clients import oauth_clients_face
from app.api.people_in_bulk import people_in_bulk_face
from app.api.platform_clients import platform_clients_face
from app.api.role_uses import role_uses_face
from app.api.roles import roles_face
from app.api.saved_views import saved_views_face
from app.api.separations import separations_face
from app.api.sessions import sessions_face
from app.api.setup_links import setup_links_face
from app.api.sign_in import sign_in_face
from app.api.sign_in_traces import sign_in_traces_face
from app.api.units import units_face
from app.api.user_access import user_access_face
from app.api.users import users_face
from app.api.waiting_room import waiting_room_face
from app.api.webhooks import webhooks_face
from app.auth import Doors
from app.outbound import Outbound
from app.problems import API_PATH
from app.sealing import Keys

FACES: tuple[Face, ...] = (
    accounts_face,
    account_face,
    directories_face,
    directory_state_face,
    sign_in_face,
    users_face,
    people_in_bulk_face,
    saved_views_face,
    access_requests_face,
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
    events_face,
    audit_face,
    webhooks_face,
    connections_face,
    connection_parts_face,
    connection_tests_face,
    connection_presets_face,
    domains_face,
    sign_in_traces_face,
    identity_links_face,
    setup_links_face,
    sessions_face,
    mapping_face,
    mapping_plans_face,
    separations_face,
    configuration_face,
    mapping_health_face,
    waiting_room_face,
    role_uses_face,
    hygiene_face,
    oauth_clients_face,
    platform_clients_face,
)


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    """Without the error handlers for the whole application that flask-smorest would add."""

    def _register_error_handlers(self) -> None:
        pass


def install(app: Flask, doors: Doors, keys: Keys, base_url: str, calls: Outbound) -> None:
    """Register the API on the application."""
    app.extensions["administration"] = Tools(doors, keys, base_url, calls)
    for face in FACES:
        app.register_blueprint(face.blueprint, url_prefix=API_PATH)
    app.register_blueprint(docs_blueprint(lambda: _described(app, base_url)), url_prefix=API_PATH)


def _described(app: Flask, base_url: str) -> dict[str, Any]:
    """The OpenAPI document; it takes longer than all else of a start, so it is made for whoever asks for it first."""
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
        described = face.blueprint
        described.register_views_in_doc(api, app, api.spec, name=described.name, parameters=None)
        api.spec.tag({"name": described.name, "description": described.description})
    document: dict[str, Any] = api.spec.to_dict()
    return document
