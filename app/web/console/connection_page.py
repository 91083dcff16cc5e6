"""/console/connections/…: what is there, what comes next, and on, off and away with what each means."""

from __future__ import annotations

from flask import Response

from app.services import connection_effects, connection_presets, connection_tests, connections
from app.services.connection_effects import Effects
from app.services.connection_facts import ConnectionFacts
from app.web.console import connection_frame as frame
from app.web.console import shell
from app.web.console.confirming import sure
from app.web.console.connections import state_of
from app.web.language import say
from app.web.tools import tools

connection_page_face = shell.console_face("console_connection_page")


@connection_page_face.page("GET", "/console/connections/<connection>", needs="owner")
def show_connection(connection: str) -> Response:
    """Its state, the steps that are left, and what the provider has to know of us."""
    one = frame.found(connection)
    session, account_id = shell.here()
    return frame.show(
        "start.html",
        one,
        "",
        state=state_of(one),
        preset=connection_presets.preset(one.preset, one.protocol),
        health=connections.health(session, account_id, one.id),
        has_passed=connection_tests.has_passed(session, account_id, one.id),
        effects=connection_effects.effects(session, account_id, one.id),
    )


@connection_page_face.page("GET", "/console/connections/<connection>/on", needs="owner", step_up=True)
def ask_on(connection: str) -> Response:
    """What it means to switch it on."""
    return _on(frame.found(connection))


@connection_page_face.page("POST", "/console/connections/<connection>/on", needs="owner", step_up=True)
def switch_on(connection: str) -> Response:
    """Switch it on."""
    one = frame.found(connection)
    try:
        frame.change(shell.session(), one, {"enabled": True})
    except shell.REFUSALS as error:
        return _on(one, error)
    return shell.go(frame.path(one), "connections.on")


@connection_page_face.page("GET", "/console/connections/<connection>/off", needs="owner", step_up=True)
def ask_off(connection: str) -> Response:
    """Who is signed out by that, and who cannot come in any more."""
    one = frame.found(connection)
    known = _effects(one)
    facts = [say("connections.off.sessions", n=known.sessions, people=known.people)]
    facts += [say("connections.off.domains", domains=", ".join(known.domains))] if known.domains else []
    facts.append(say("connections.off.locks" if known.locks_out else "connections.off.keeps"))
    return sure(
        frame.AREA,
        say("connections.off.title", name=one.name),
        frame.trail(one),
        facts=facts,
        yes=say("connections.switch.off"),
        address=frame.path(one, "off"),
    )


@connection_page_face.page("POST", "/console/connections/<connection>/off", needs="owner", step_up=True)
def switch_off(connection: str) -> Response:
    """Switch it off; whoever came in by it is signed out."""
    one = frame.found(connection)
    frame.change(shell.session(), one, {"enabled": False})
    return shell.go(frame.path(one), "connections.off")


@connection_page_face.page("GET", "/console/connections/<connection>/delete", needs="owner", step_up=True)
def ask_delete(connection: str) -> Response:
    """What goes with it, or what is in the way."""
    return _deleting(frame.found(connection))


@connection_page_face.page("POST", "/console/connections/<connection>/delete", needs="owner", step_up=True)
def delete_connection(connection: str) -> Response:
    """Delete it for good."""
    one = frame.found(connection)
    session, account_id = shell.here()
    try:
        connections.delete(session, account_id, tools().base_url, one.id)
    except shell.REFUSALS as error:
        return _deleting(one, error)
    return shell.go("/console/connections", "connections.deleted")


def _on(one: ConnectionFacts, error: Exception | None = None) -> Response:
    known = _effects(one)
    lacking = ", ".join(one.missing)
    facts = [say("connections.on.fact")]
    if known.domains:
        facts.append(say("connections.on.domains", domains=", ".join(known.domains)))
    facts.append(say("connections.on.nobody" if one.recognises_nobody else "connections.on.recognised"))
    if one.creates_people:
        facts.append(say("connections.on.creates"))
    return sure(
        frame.AREA,
        say("connections.on.title", name=one.name),
        frame.trail(one),
        facts=facts,
        yes=say("connections.switch.on"),
        address=frame.path(one, "on"),
        style="",
        blocked=say("connections.on.lacks", what=lacking) if lacking else None,
        error=error,
    )


def _deleting(one: ConnectionFacts, error: Exception | None = None) -> Response:
    known = _effects(one)
    in_the_way = [say("connections.delete.on")] * one.enabled
    in_the_way += [say("connections.delete.domains", domains=", ".join(known.domains))] * bool(known.domains)
    facts = [say("connections.delete.links", n=known.subjects), say("connections.delete.people")]
    return sure(
        frame.AREA,
        say("connections.delete.title", name=one.name),
        frame.trail(one),
        facts=in_the_way or facts,
        yes=say("connections.delete"),
        address=frame.path(one, "delete"),
        blocked=say("connections.delete.blocked") if in_the_way else None,
        error=error,
    )


def _effects(one: ConnectionFacts) -> Effects:
    return connection_effects.effects(*shell.here(), one.id)
