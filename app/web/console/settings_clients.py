"""/console/settings/clients: applications of the platform to which people are handed over after sign-in."""

from __future__ import annotations

from typing import Any

from flask import Response

from app.services import oauth_clients
from app.services.oauth_clients import METHODS, SCOPES, Client
from app.web.console import connection_frame, exporting, forms, lists, settings_forms, shell
from app.web.console import settings_frame as frame
from app.web.console.confirming import sure
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.console.settings_forms import Setting
from app.web.language import say
from app.web.tools import tools

settings_clients_face = shell.console_face("console_settings_clients")
PATH = frame.TABS["clients"]
_FORM = f"{PATH}/<client>"
_TYPES = {"id": "string", "name": "string", "auth_method": "string", "with_roles": "boolean"}
SETTINGS = (
    Setting("name", may_lack=False),
    Setting("redirect_uris", "lines"),
    Setting("post_logout_redirect_uris", "lines"),
    Setting("backchannel_logout_uri", "url"),
    Setting("scopes", "lines"),
    Setting("with_roles", "flag"),
)
NEW = (*SETTINGS[:2], Setting("auth_method", "word", words=METHODS), *SETTINGS[2:])

CLIENTS = Table(
    "clients",
    PATH,
    AtHand(
        oauth_clients.list_clients,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"created": lambda one: one.created, "name": lambda one: one.name.casefold()},
    ),
    (
        Column("name", lambda one: one.name, "name"),
        Column("id", lambda one: one.id),
        Column("state", lambda one: "revoked" if one.revoked else "valid"),
        Column("with_roles", lambda one: one.with_roles),
        Column("created", lambda one: one.created, "created"),
    ),
    lists.containing("name"),
    (Choice("roles", {"yes": "with_roles eq true", "no": "with_roles eq false"}),),
    newest_first=True,
)


@settings_clients_face.page("GET", "/console/settings/clients", needs="owner")
def show_clients() -> Response:
    """All of them."""
    wish = lists.asked(CLIENTS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return frame.show("clients.html", "clients", page=lists.page(wish))


@settings_clients_face.page("GET", "/console/settings/clients/new", needs="owner")
def new_client() -> Response:
    """Say where people are sent back to."""
    usual = {"scopes": SCOPES, "auth_method": METHODS[0]}
    return _new(Form(settings_forms.shown(NEW, usual)))


@settings_clients_face.page("POST", "/console/settings/clients/new", needs="owner", step_up=True)
def create_client() -> Response:
    """Make it; its secret is on the page that answers, and never again."""
    sent = forms.sent()
    given, problems = settings_forms.read(NEW, sent)
    if problems:
        return _new(forms.wrong(sent, **problems))
    session, account_id = shell.here()
    try:
        made, secret = oauth_clients.create(
            session, account_id, tools().keys, connection_frame.calls().calls, _named(given)
        )
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error))
    return _client(made, secret=secret)


@settings_clients_face.page("GET", "/console/settings/clients/<client>", needs="owner")
def show_client(client: str) -> Response:
    """Its id, its addresses, what it is told."""
    return _client(oauth_clients.get(*shell.here(), client))


@settings_clients_face.page("POST", "/console/settings/clients/<client>", needs="owner", step_up=True)
def change_client(client: str) -> Response:
    """Change it."""
    sent = forms.sent()
    given, problems = settings_forms.read(SETTINGS, sent)
    session, account_id = shell.here()
    one = oauth_clients.get(session, account_id, client)
    if problems:
        return _client(one, forms.wrong(sent, **problems))
    try:
        oauth_clients.change(session, account_id, connection_frame.calls().calls, one.id, _named(given))
    except shell.REFUSALS as error:
        return _client(one, forms.refused(sent, error))
    return shell.go(f"{PATH}/{one.id}", "trust.saved")


@settings_clients_face.page(
    "POST", "/console/settings/clients/<client>/rotate", needs="owner", step_up=True, form=_FORM
)
def rotate_client(client: str) -> Response:
    """A new secret; the one before counts beside it for a day."""
    session, account_id = shell.here()
    try:
        changed, secret = oauth_clients.rotate_secret(session, account_id, tools().keys, client)
    except shell.REFUSALS as error:
        return _client(oauth_clients.get(session, account_id, client), forms.refused({}, error))
    return _client(changed, secret=secret)


@settings_clients_face.page("GET", "/console/settings/clients/<client>/end", needs="owner", step_up=True)
def ask_end(client: str) -> Response:
    """What stops working."""
    one = oauth_clients.get(*shell.here(), client)
    return sure(
        frame.AREA,
        say("trust.token.end.title", name=one.name),
        frame.trail("clients", (f"{PATH}/{one.id}", one.name)),
        facts=[say("clients.end.nobody"), say("clients.end.good")],
        yes=say("trust.end"),
        address=f"{PATH}/{one.id}/end",
    )


@settings_clients_face.page("POST", "/console/settings/clients/<client>/end", needs="owner", step_up=True)
def end_client(client: str) -> Response:
    """End it with all its tokens, for good."""
    oauth_clients.revoke(*shell.here(), client)
    return shell.go(PATH, "trust.ended")


def _named(given: dict[str, Any]) -> dict[str, Any]:
    return given | {"name": given["name"] or ""}


def _new(form: Form) -> Response:
    return frame.show(
        "client_new.html", "clients", status=form.status, form=form, settings=NEW, trail=frame.trail("clients")
    )


def _client(one: Client, form: Form | None = None, secret: str | None = None) -> Response:
    values = {each.name: getattr(one, each.name) for each in SETTINGS}
    return frame.show(
        "client.html",
        "clients",
        status=200 if form is None else form.status,
        form=form or Form(settings_forms.shown(SETTINGS, values)),
        one=one,
        secret=secret,
        settings=SETTINGS,
        issuer=tools().base_url,
        trail=frame.trail("clients"),
    )
