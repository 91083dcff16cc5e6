"""/console/settings/webhooks: who outside is told of what, how far each is, and what was sent."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from app.event_types import EVENT_TYPES
from app.services import webhooks
from app.services.webhooks import Endpoint
from app.web.console import connection_frame, exporting, forms, lists, shell
from app.web.console import settings_frame as frame
from app.web.console.confirming import sure
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.language import say
from app.web.tools import tools

settings_webhooks_face = shell.console_face("console_settings_webhooks")
PATH = frame.TABS["webhooks"]
_FORM = f"{PATH}/<webhook>"
_TYPES = {"id": "string", "name": "string", "url": "string", "enabled": "boolean"}

WEBHOOKS = Table(
    "webhooks",
    PATH,
    AtHand(
        webhooks.list_endpoints,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"name": lambda one: one.name.casefold(), "created": lambda one: one.created},
    ),
    (
        Column("name", lambda one: one.name, "name"),
        Column("url", lambda one: one.url),
        Column("state", lambda one: state_of(one)),
        Column("behind", lambda one: one.last - one.cursor),
        Column("last_success", lambda one: one.last_success),
        Column("created", lambda one: one.created, "created", usual=False),
    ),
    lists.containing("name", "url"),
    (Choice("enabled", {"on": "enabled eq true", "off": "enabled eq false"}),),
)


def state_of(one: Endpoint) -> str:
    """on, failing, or off."""
    return "off" if not one.enabled else "failing" if one.attempts else "on"


@settings_webhooks_face.page("GET", "/console/settings/webhooks", needs="owner")
def show_webhooks() -> Response:
    """All of them."""
    wish = lists.asked(WEBHOOKS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return frame.show("webhooks.html", "webhooks", page=lists.page(wish), state_of=state_of)


@settings_webhooks_face.page("GET", "/console/settings/webhooks/new", needs="owner")
def new_webhook() -> Response:
    """Name it, and say where it leads and what it is told."""
    return _new(Form(), ())


@settings_webhooks_face.page("POST", "/console/settings/webhooks/new", needs="owner", step_up=True)
def create_webhook() -> Response:
    """Make it; its secret is on the page that answers, and never again."""
    sent, types = forms.sent(), forms.ticked("types")
    session, account_id = shell.here()
    rest = (tools().keys, connection_frame.calls().calls, sent.get("name", ""), sent.get("url", ""), types)
    try:
        made, secret = webhooks.create(session, account_id, *rest)
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error), types)
    return _webhook(made, secret=secret)


@settings_webhooks_face.page("GET", "/console/settings/webhooks/<webhook>", needs="owner")
def show_webhook(webhook: str) -> Response:
    """How far it is, what was sent at last, and its settings."""
    return _webhook(webhooks.get(*shell.here(), webhook))


@settings_webhooks_face.page("POST", "/console/settings/webhooks/<webhook>", needs="owner", step_up=True)
def change_webhook(webhook: str) -> Response:
    """Change name, address and types."""
    sent, types = forms.sent(), forms.ticked("types")
    changes = {"name": sent.get("name", ""), "url": sent.get("url", ""), "types": types}
    session, account_id = shell.here()
    try:
        webhooks.change(session, account_id, connection_frame.calls().calls, webhook, changes)
    except shell.REFUSALS as error:
        return _webhook(webhooks.get(session, account_id, webhook), forms.refused(sent, error), types)
    return shell.go(f"{PATH}/{webhook}", "trust.saved")


@settings_webhooks_face.page(
    "POST", "/console/settings/webhooks/<webhook>/<deed>", needs="owner", step_up=True, form=_FORM
)
def do_webhook(webhook: str, deed: str) -> Response:
    """Send a test, send again, switch on and off, or make a new secret."""
    session, account_id = shell.here()
    sent, calls = forms.sent(), connection_frame.calls().calls
    one = webhooks.get(session, account_id, webhook)
    try:
        match deed:
            case "test":
                webhooks.send_test(session, account_id, one.id)
            case "on" | "off":
                webhooks.change(session, account_id, calls, one.id, {"enabled": deed == "on"})
            case "replay":
                after = sent.get("after", "")
                if not after.isdecimal() or len(after) > 15:
                    return _webhook(one, forms.wrong(sent, after=say("trust.range", least=0, most=one.last)))
                webhooks.replay(session, account_id, one.id, int(after))
            case "rotate":
                changed, secret = webhooks.rotate_secret(session, account_id, tools().keys, one.id)
                return _webhook(changed, secret=secret)
            case "delete":
                webhooks.delete(session, account_id, one.id)
                return shell.go(PATH, "webhooks.deleted")
            case _:
                return _webhook(one, Form(status=404))
    except shell.REFUSALS as error:
        return _webhook(one, forms.refused(sent, error))
    return shell.go(f"{PATH}/{one.id}", f"webhooks.{deed}")


@settings_webhooks_face.page("GET", "/console/settings/webhooks/<webhook>/delete", needs="owner", step_up=True)
def ask_delete(webhook: str) -> Response:
    """What is not told any more."""
    one = webhooks.get(*shell.here(), webhook)
    return sure(
        frame.AREA,
        say("webhooks.delete.title", name=one.name),
        frame.trail("webhooks", (f"{PATH}/{one.id}", one.name)),
        facts=[say("webhooks.delete.waiting", n=one.last - one.cursor), say("webhooks.delete.gone")],
        yes=say("webhooks.delete"),
        address=f"{PATH}/{one.id}/delete",
    )


def _new(form: Form, types: Sequence[str]) -> Response:
    return frame.show(
        "webhook_new.html",
        "webhooks",
        status=form.status,
        form=form,
        chosen=types,
        types=EVENT_TYPES,
        trail=frame.trail("webhooks"),
    )


def _webhook(
    one: Endpoint, form: Form | None = None, types: Sequence[str] | None = None, secret: str | None = None
) -> Response:
    session, account_id = shell.here()
    return frame.show(
        "webhook.html",
        "webhooks",
        status=200 if form is None else form.status,
        form=form or Form({"name": one.name, "url": one.url}),
        one=one,
        state=state_of(one),
        secret=secret,
        chosen=one.types if types is None else types,
        types=EVENT_TYPES,
        deliveries=webhooks.list_deliveries(session, account_id, one.id),
        trail=frame.trail("webhooks"),
    )
