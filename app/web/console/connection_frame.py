"""What every page about one connection has: its name and state, its tabs, and how a refused form comes back."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request

from app.services import connections
from app.services.connection_facts import ConnectionFacts
from app.services.errors import Refused
from app.session import Session
from app.web import pages
from app.web.console import shell
from app.web.console.confirming import days_left
from app.web.language import say
from app.web.setup_tools import SetupTools
from app.web.tools import tools

AREA = "connections"
VERSION = "version"
"""The field in which a form says which version of the connection it shows."""
TABS = ("", "provider", "people", "claims", "tests")


def found(connection: str) -> ConnectionFacts:
    """The connection. Raises NotFound."""
    session, account_id = shell.here()
    return connections.get(session, account_id, tools().base_url, connection)


def path(one: ConnectionFacts, tab: str = "") -> str:
    """Where a page about it is."""
    return f"/console/connections/{one.id}" + (f"/{tab}" if tab else "")


def show(template: str, one: ConnectionFacts, tab: str, *, status: int = 200, **values: Any) -> Response:
    """A page about it."""
    return shell.show(
        f"connections/{template}",
        AREA,
        status=status,
        one=one,
        tab=tab,
        home=pages.at(path(one)),
        tabs=[(name, pages.at(path(one, name)), say(f"connections.tab.{name or 'start'}")) for name in TABS],
        days_left=days_left,
        **values,
    )


def trail(one: ConnectionFacts, tab: str = "") -> list[tuple[str, str]]:
    """The way to a page before a deed."""
    return [(pages.at("/console/connections"), say("connections.title")), (pages.at(path(one, tab)), one.name)]


def change(session: Session, one: ConnectionFacts, given: dict[str, Any]) -> ConnectionFacts:
    """Change what is given of it. Raises Refused if it is not any more what the form has shown (R-11)."""
    at_hand, account_id = tools(), shell.here()[1]
    rest = (at_hand.keys, calls().calls, at_hand.base_url, one.id, given)
    changed = connections.change_connection(session, account_id, *rest)
    # At most one change was made here: any other is somebody's who was faster.
    if request.form.get(VERSION, str(one.version)) != str(one.version) or changed.version > one.version + 1:
        raise Refused(say("connections.meanwhile"))
    return changed


def calls() -> SetupTools:
    """How providers and DNS are asked."""
    known: SetupTools = current_app.extensions["setup"]
    return known
