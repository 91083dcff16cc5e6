"""/console/sign-ins: every attempt to sign in, and why one was refused: each check with its verdict."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Response

from app.services import sign_in_traces
from app.session import Session
from app.stores.listings import Wanted
from app.stores.sign_in_traces import TRACE_LIST
from app.web.console import exporting, lists, shell
from app.web.console.connection_trials import decoded
from app.web.console.lists import Choice, Column, InDatabase, Table
from app.web.texts import TEXTS
from app.web.tools import tools

sign_ins_face = shell.console_face("console_sign_ins")
AREA = "connections"
STYLES = {"accepted": "allow", "refused": "deny", "test": ""}


def _listed(session: Session, account_id: str, wanted: Wanted) -> Any:
    found = sign_in_traces.listed(session, account_id, wanted)
    return SimpleNamespace(results=found.rows, next=found.next)


SIGN_INS = Table(
    "sign_ins",
    "/console/sign-ins",
    InDatabase(TRACE_LIST, _listed),
    (
        Column("at", lambda one: one.at, "at"),
        Column("outcome", lambda one: one.outcome),
        Column("connection", lambda one: one.connection),
        Column("reason", lambda one: one.reason),
        Column("detail", lambda one: one.detail),
        Column("reference", lambda one: one.reference),
        Column("address", lambda one: one.address, usual=False),
        Column("further", lambda one: one.further, usual=False),
    ),
    lambda words: f"reference eq {lists.literal(words)} or connection eq {lists.literal(words)}",
    (Choice("outcome", {one: f'outcome eq "{one}"' for one in STYLES}),),
    newest_first=True,
    onward=("/console/connections", "connections.title"),
)


@sign_ins_face.page("GET", "/console/sign-ins", needs="owner")
def show_sign_ins() -> Response:
    """All of them, the latest first."""
    wish = lists.asked(SIGN_INS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("sign_ins.html", AREA, page=lists.page(wish), styles=STYLES)


@sign_ins_face.page("GET", "/console/sign-ins/<trace>", needs="owner")
def show_sign_in(trace: str) -> Response:
    """One of them, by its id or by the reference that the person was shown."""
    session, account_id = shell.here()
    found = sign_in_traces.read(session, tools().keys, account_id, trace, claims=True)
    return shell.show(
        "connections/trace.html", AREA, trace=found, styles=STYLES, check_texts=TEXTS, raw=decoded(found.claims)
    )
