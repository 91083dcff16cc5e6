"""/console/connections/…/tests: trying a connection out, which changes nothing, and what came of it."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, request

from app.services import connection_tests, sign_in_traces
from app.services.connection_facts import ConnectionFacts
from app.stores.listings import Wanted
from app.web.console import connection_frame as frame
from app.web.console import forms, lists, shell
from app.web.console.forms import Form
from app.web.texts import TEXTS
from app.web.tools import tools

connection_trials_face = shell.console_face("console_connection_trials")
_WAITS = (2, 2, 2, 3, 3, 5, 5, 10, 10, 20)
"""Seconds until a page that waits for a test looks again: ever longer."""
_SHOWN = 10


@connection_trials_face.page("GET", "/console/connections/<connection>/tests", needs="owner")
def show_trials(connection: str) -> Response:
    """How to try it, and the latest tests."""
    return _trials(frame.found(connection), Form())


@connection_trials_face.page("POST", "/console/connections/<connection>/tests", needs="owner")
def begin_trial(connection: str) -> Response:
    """Begin a test: the answer shows its address, this once."""
    one = frame.found(connection)
    session, account_id = shell.here()
    try:
        started = connection_tests.start(session, tools().keys, account_id, tools().base_url, one.id)
    except shell.REFUSALS as error:
        return _trials(one, forms.refused({}, error))
    return _trial(one, started.id, address=started.address)


@connection_trials_face.page("GET", "/console/connections/<connection>/tests/<test>", needs="owner")
def show_trial(connection: str, test: str) -> Response:
    """What came of it: what the provider said, every check, the profile, the roles it would give."""
    return _trial(frame.found(connection), test)


def _trial(one: ConnectionFacts, test: str, address: str = "") -> Response:
    session, account_id = shell.here()
    result = connection_tests.result(session, tools().keys, account_id, one.id, test)
    looked = min(int(seen) if (seen := request.args.get("looked", "")[:4]).isdecimal() else 0, 999)
    return frame.show(
        "test.html",
        one,
        "tests",
        result=result,
        address=address,
        looked=looked,
        wait=_WAITS[min(looked, len(_WAITS) - 1)],
        is_waiting=result.state in ("waiting", "opened"),
        check_texts=TEXTS,
        raw="" if result.trace is None else decoded(result.trace.claims),
    )


def _trials(one: ConnectionFacts, form: Form) -> Response:
    session, account_id = shell.here()
    narrowed = f'outcome eq "test" and connection_id eq {lists.literal(one.id)}'
    found = sign_in_traces.listed(session, account_id, Wanted(_SHOWN, narrowed, "at", True, None))
    return frame.show("tests.html", one, "tests", status=form.status, form=form, traces=found.rows)


def decoded(claims: Any) -> str:
    """What a provider said, legibly."""
    if claims is None:
        return ""
    return orjson.dumps(claims, option=orjson.OPT_INDENT_2, default=str).decode()
