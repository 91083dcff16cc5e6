"""/console/connections/…/claims: what goes where in a profile, tried on the last real sign-in as one types."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from app.services import connection_tests
from app.services.connection_facts import ConnectionFacts
from app.services.connection_tests import Preview
from app.services.errors import NotFound
from app.web.console import connection_frame as frame
from app.web.console import forms, shell
from app.web.console.forms import Form
from app.web.language import say
from app.web.tools import tools
from sso.claims import DEFAULTS, FIELDS

connection_claims_face = shell.console_face("console_connection_claims")
NOTHING = "-"
"""Typed in place of a claim: the field stays empty."""


@connection_claims_face.page("GET", "/console/connections/<connection>/claims", needs="owner")
def show_claims(connection: str) -> Response:
    """The mapping; what stands in the address is tried, and not saved."""
    one = frame.found(connection)
    typed = {name: value for name in FIELDS if (value := request.args.get(name)) is not None}
    return _claims(one, Form(typed) if typed else None)


@connection_claims_face.page("POST", "/console/connections/<connection>/claims", needs="owner", step_up=True)
def change_claims(connection: str) -> Response:
    """Save the mapping."""
    one, sent = frame.found(connection), forms.sent()
    try:
        frame.change(shell.session(), one, {"claims": _mapping(sent)})
    except shell.REFUSALS as error:
        return _claims(one, Form(sent, {}, shell.words_of(error), shell.status_of(error)))
    return shell.go(frame.path(one, "claims"), "trust.saved")


def _claims(one: ConnectionFacts, form: Form | None) -> Response:
    session, account_id = shell.here()
    shown = form or Form({name: _text(given) for name, given in one.claims.items()})
    seen: Preview | None = None
    problem = ""
    try:
        seen = connection_tests.preview(session, tools().keys, account_id, one.id, _mapping(shown.values))
    except NotFound:
        problem = say("connections.claims.nobody")
    except shell.REFUSALS as error:
        problem = shell.words_of(error)
    defaults = DEFAULTS[one.protocol]
    return frame.show(
        "claims.html",
        one,
        "claims",
        status=shown.status,
        form=shown,
        fields=[(name, ", ".join(defaults.get(name, ()))) for name in FIELDS],
        seen=seen,
        problem=problem,
        results={} if seen is None else {each.field: each for each in seen.explained},
    )


def _mapping(values: Mapping[str, str]) -> dict[str, list[str]]:
    """The mapping that the fields say; an empty field takes its default."""
    found: dict[str, list[str]] = {}
    for name in FIELDS:
        text = values.get(name, "").strip()
        if text == NOTHING:
            found[name] = []
        elif text:
            found[name] = [one.strip() for one in text.split(",") if one.strip()]
    return found


def _text(given: object) -> str:
    if isinstance(given, str):
        return given
    return ", ".join(map(str, given)) if isinstance(given, (list, tuple)) and given else NOTHING
