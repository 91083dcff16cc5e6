"""The composition root: read ``create_app`` top to bottom to know what talks to what."""

from __future__ import annotations

from flask import Flask

import app.api.install as api
import app.oauth.install as oauth
import app.web.install as web
import app.web.sso_install as sso_addresses
import rbac.routes
import scim.routes
from app import auth, errors, observe, retry, unit_of_work
from app.checkpoints import Checkpoints
from app.config import SCIM_PATH, Settings
from app.db import Database
from app.dispatch import Dispatcher
from app.edge import Edge
from app.faces import Faces
from app.health import health
from app.logout_calls import LogoutCalls
from app.mailing import Mailer
from app.outbound import Outbound
from app.rates import Rates
from app.request_log import RequestLog
from app.resolving import Resolver
from app.role_use import RoleUses
from app.services import (
    connection_upkeep,
    domains,
    local_door,
    login_attempts,
    oauth_grants,
    person_sessions,
    provisioning,
    setup_links,
    sign_in_traces,
    signing_keys,
)
from app.services.door_steps import Doorway
from app.services.mail import Post
from app.services.openid_providers import Providers
from app.services.passkeys import relying_party
from app.services.signing_keys import KeyRing
from app.services.trusted import TrustedConnections
from app.services.webhook_delivery import Schedule
from app.upkeep import Task, Upkeep
from app.usage import Usage
from app.web import hosts
from app.web.pace import Pace
from app.web.setup_tools import SetupTools
from scim.cursors import Cursors
from scim.query import PageLimits


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application for one database."""
    settings = settings or Settings.from_environment()
    database = Database(settings)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit
    keys = settings.keys()
    app.config["MUSTER_KEYS"] = keys
    app.config["MUSTER_URL"] = settings.base_url
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    observe.configure_logs(settings.log_level)
    observe.install(app)
    unit_of_work.install(app, database)
    usage = app.extensions["usage"] = Usage(database)
    role_uses = app.extensions["role_uses"] = RoleUses(database)
    doors = auth.Doors(database, keys, usage, settings.base_url + SCIM_PATH, Rates(settings.scim_requests_per_minute))
    errors.install(app, hosts.error_page)
    app.register_blueprint(health)
    provisioned = scim.routes.create_application(
        open_store=doors.open_directory,
        on_changes=provisioning.on_changes,
        prefix=SCIM_PATH,
        base_url=settings.base_url + SCIM_PATH,
        pages=PageLimits(settings.page_limit, settings.page_limit),
        cursors=Cursors(keys.current, settings.cursor_seconds),
        body_limit=settings.body_limit,
        bulk_operations=settings.bulk_operations,
        patch_body_member_limit=settings.patch_body_members,
        request_id=observe.id_of,
        attempt=retry.attempt,
        explain=errors.in_scim,
    )
    decisions = rbac.routes.create_application(
        open_store=doors.open_access,
        request_id=observe.id_of,
        base_url=settings.base_url,
        batch_limit=settings.batch_limit,
        account_exists=doors.account_exists,
        key=keys.current,
        used=role_uses.note,
        attempt=retry.attempt,
        explain=errors.in_decisions,
    )
    calls = Outbound(settings.networks())
    app.extensions["dispatcher"] = Dispatcher(database, keys, calls, Schedule(days=settings.webhook_days))
    post = Post(keys, settings.base_url, settings.mail_server() is not None)
    app.extensions["doorway"] = Doorway(database, keys, post, relying_party(settings.base_url))
    app.extensions["mailer"] = Mailer(database, keys, settings.mail_server())
    resolver = app.extensions["resolver"] = Resolver(settings.dns_server)
    app.extensions["upkeep"] = Upkeep(
        database,
        (
            Task("traces", 600, sign_in_traces.forget_old),
            Task("sign_ins", 60, login_attempts.forget_old),
            Task("sessions", 600, person_sessions.forget_old),
            Task("door", 3600, local_door.forget_old),
            Task("signing keys", 3600, lambda opened: signing_keys.tend(opened, keys)),
            Task("tokens", 600, oauth_grants.forget_old),
            Task("set-up links", 3600, setup_links.forget_old),
            Task("domains", 600, lambda opened: domains.recheck(opened, resolver)),
            Task("providers", 600, lambda opened: connection_upkeep.refresh_due(opened, calls)),
            Task("certificates", 3600, connection_upkeep.warn),
        ),
    )
    api.install(app, doors, keys, settings.base_url, calls)
    connections = app.extensions["connections"] = TrustedConnections(keys, settings.base_url)
    providers = app.extensions["providers"] = Providers(calls)
    app.extensions["setup"] = SetupTools(calls, resolver, Pace.of(settings.setup_requests_per_minute))
    web.install(app, keys, settings, connections)
    sso_addresses.install(app, database, keys, connections, providers, settings)
    ring = KeyRing(keys)
    oauth.install(app, database, keys, settings.base_url, ring)
    app.extensions["checkpoints"] = Checkpoints(database)
    app.extensions["logout_calls"] = LogoutCalls(database, ring, calls, settings.base_url)
    # How Flask documents it; to mypy wsgi_app is a method, which cannot be replaced.
    straight = {SCIM_PATH: provisioned, rbac.routes.BASE: decisions, rbac.routes.WELL_KNOWN: decisions}
    faces = Faces(database, straight, app.wsgi_app)
    requests = app.extensions["request_log"] = RequestLog(database)
    is_https = settings.base_url.startswith("https:")
    app.wsgi_app = Edge(faces, is_https=is_https, requests=requests)  # type: ignore[method-assign]
    return app
