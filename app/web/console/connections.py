"""/console/connections: the identity providers by which people sign in, and a new one."""

from __future__ import annotations

from flask import Response

from app.services import connection_presets, connections
from app.services.connection_facts import ConnectionFacts
from app.services.connection_keys import make_pair
from app.session import Session
from app.web.console import connection_frame as frame
from app.web.console import exporting, forms, lists, shell
from app.web.console.confirming import days_left
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.language import say
from app.web.tools import tools

connections_face = shell.console_face("console_connections")
_TYPES = {"name": "string", "protocol": "string", "preset": "string", "enabled": "boolean", "id": "string"}


def state_of(one: ConnectionFacts) -> str:
    """on, off, or incomplete."""
    return "on" if one.enabled else "incomplete" if one.missing else "off"


def provider(one: ConnectionFacts) -> str:
    """What its identity provider is called."""
    return connection_presets.preset(one.preset, one.protocol).title


def _every(session: Session, account_id: str) -> list[ConnectionFacts]:
    return connections.list_connections(session, account_id, tools().base_url)


CONNECTIONS = Table(
    "connections",
    "/console/connections",
    AtHand(
        _every,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"name": lambda one: one.name.casefold(), "created": lambda one: one.created},
    ),
    (
        Column("name", lambda one: one.name, "name"),
        Column("protocol", lambda one: one.protocol),
        Column("provider", lambda one: provider(one)),
        Column("state", state_of),
        Column("last_sign_in", lambda one: one.last_sign_in),
        Column("certificate", lambda one: one.ends),
        Column("created", lambda one: one.created, "created", usual=False),
    ),
    lists.containing("name"),
    (
        Choice("protocol", {one: f'protocol eq "{one}"' for one in ("saml", "oidc")}),
        Choice("state", {"on": "enabled eq true", "off": "enabled eq false"}),
    ),
)


@connections_face.page("GET", "/console/connections", needs="owner")
def show_connections() -> Response:
    """All of them."""
    wish = lists.asked(CONNECTIONS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show(
        "connections.html", frame.AREA, page=lists.page(wish), state_of=state_of, provider=provider, days_left=days_left
    )


@connections_face.page("GET", "/console/connections/new", needs="owner")
def new_connection() -> Response:
    """Choose protocol and provider."""
    return _new(Form())


@connections_face.page("POST", "/console/connections/new", needs="owner", step_up=True)
def create_connection() -> Response:
    """Make it; it is off, and its page leads on."""
    sent = forms.sent()
    protocol, _, preset = sent.get("preset", "").partition(" ")
    if protocol not in ("saml", "oidc") or preset not in connection_presets.names_of(protocol):
        return _new(forms.wrong(sent, preset=say("directories.preset.missing")))
    name = sent.get("name") or connection_presets.preset(preset, protocol).title
    session, account_id = shell.here()
    at_hand, given = tools(), {"name": name[:200], "preset": preset}
    pair = make_pair(f"Muster {name}")
    rest = (at_hand.keys, frame.calls().calls, at_hand.base_url, pair, protocol, given)
    try:
        made = connections.create(session, account_id, *rest)
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error))
    return shell.go(frame.path(made), "connections.created")


def _new(form: Form) -> Response:
    kinds = [
        (protocol, [connection_presets.preset(name, protocol) for name in connection_presets.names_of(protocol)])
        for protocol in ("saml", "oidc")
    ]
    return shell.show("connections/new.html", frame.AREA, status=form.status, form=form, kinds=kinds)
