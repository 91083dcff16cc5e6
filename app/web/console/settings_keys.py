"""/console/settings/keys: API keys with what each may do; issued once, and ended."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from app import audit, crypto
from app.services import tokens
from app.services.errors import NotFound
from app.services.tokens import DECIDING, SCOPES, Listed
from app.stores.issuers import SETTLED
from app.web import held, pages
from app.web.console import exporting, forms, lists, shell
from app.web.console import settings_frame as frame
from app.web.console.confirming import sure
from app.web.console.directory_tokens import days_of
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.language import say
from app.web.moments import moment_of
from app.web.tools import tools

settings_keys_face = shell.console_face("console_settings_keys")
PATH = frame.TABS["keys"]
_TYPES = dict.fromkeys(("id", "name", "prefix", "state", "scopes", "created_by"), "string")

KEYS = Table(
    "keys",
    PATH,
    AtHand(
        tokens.list_api_keys,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"created": lambda one: one.created, "name": lambda one: one.name.casefold()},
    ),
    (
        Column("name", lambda one: one.name, "name"),
        Column("prefix", lambda one: one.prefix),
        Column("state", lambda one: one.state),
        Column("scopes", lambda one: one.scopes),
        Column("last_used", lambda one: one.last_used),
        Column("expires", lambda one: one.expires),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("created_by", lambda one: one.created_by, usual=False),
        Column("end", lambda one: one.id),
    ),
    lists.containing("name", "prefix"),
    (Choice("state", {one: f'state eq "{one}"' for one in ("valid", "expired", "revoked")}),),
    newest_first=True,
)


@settings_keys_face.page("GET", "/console/settings/keys", needs="owner")
def show_keys() -> Response:
    """All of them; never their text."""
    wish = lists.asked(KEYS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return _keys()


@settings_keys_face.page("GET", "/console/settings/keys/new", needs="owner", step_up=True)
def new_key() -> Response:
    """Name it, and say what it may do."""
    return _new(Form(), held.values("scopes") if held.is_there() else DECIDING)


@settings_keys_face.page("POST", "/console/settings/keys/new", needs="owner", step_up=True)
def issue_key() -> Response:
    """Issue it; it is shown on the page that answers, and never again."""
    sent, scopes = forms.sent(), forms.ticked("scopes")
    days = days_of(sent)
    problems = {} if sent.get("name") else {"name": say("trust.issue.name.missing")}
    problems |= {} if scopes else {"scopes": say("keys.scopes.none")}
    problems |= {} if days is not None else {"days": say("trust.number")}
    if problems:
        return _new(forms.wrong(sent, **problems), scopes)
    session, account_id = shell.here()
    made = crypto.make_token(crypto.API_KEY, tools().keys.current)
    about, by = (session, account_id, sent["name"][:200], made), audit.acting(session).name
    try:
        issued = tokens.issue_api_key(*about, scopes=tuple(scopes), days=days or None, created_by=by)
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error), scopes)
    return _keys(issued.text)


@settings_keys_face.page("GET", "/console/settings/keys/<key>/end", needs="owner", step_up=True)
def ask_end(key: str) -> Response:
    """What stops working."""
    one = _found(key)
    used = say("trust.token.used", at=moment_of(one.last_used)) if one.last_used else say("trust.token.unused")
    return sure(
        frame.AREA,
        say("trust.token.end.title", name=one.name),
        frame.trail("keys"),
        facts=[used, say("keys.end.fact", scopes=(one.scopes or "").replace(" ", ", "))],
        yes=say("trust.end"),
        address=f"{PATH}/{one.id}/end",
    )


@settings_keys_face.page("POST", "/console/settings/keys/<key>/end", needs="owner", step_up=True)
def end_key(key: str) -> Response:
    """End it; the next call with it is refused."""
    tokens.revoke_api_key(*shell.here(), _found(key).id)
    return shell.go(PATH, "trust.ended")


def _found(key: str) -> Listed:
    session, account_id = shell.here()
    found = next((one for one in tokens.list_api_keys(session, account_id) if one.id == key), None)
    if found is None:
        raise NotFound(f"there is no API key {key[:100]!r} in this account", "key", key)
    return found


def _keys(secret: str | None = None) -> Response:
    return frame.show("keys.html", "keys", page=lists.page(lists.asked(KEYS)), secret=secret)


def _new(form: Form, chosen: Sequence[str]) -> Response:
    return shell.show(
        "issue.html",
        frame.AREA,
        status=form.status,
        form=form,
        title=say("keys.new"),
        trail=frame.trail("keys"),
        text=say("keys.text"),
        address=pages.at(f"{PATH}/new"),
        back=pages.at(PATH),
        yes=say("keys.issue"),
        scopes=SCOPES,
        chosen=chosen,
        settles=SETTLED.days,
    )
