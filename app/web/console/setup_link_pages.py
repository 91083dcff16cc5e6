"""/console/setup-links: addresses with which the customer's IT sets one thing up, without an account here."""

from __future__ import annotations

from flask import Response

from app.services import connections, directory_overview, setup_links
from app.services.setup_links import MOST_HOURS, PURPOSES, USUAL_HOURS
from app.web import pages
from app.web.console import exporting, forms, lists, shell
from app.web.console.confirming import sure
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.language import say
from app.web.tools import tools

setup_links_face = shell.console_face("console_setup_links")
AREA = "connections"
STYLES = {"open": "allow", "finished": "", "revoked": "deny", "expired": "deny"}
_TYPES = dict.fromkeys(("id", "purpose", "state", "note"), "string")

LINKS = Table(
    "links",
    "/console/setup-links",
    AtHand(
        setup_links.list_links,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"created": lambda one: one.created, "expires": lambda one: one.expires},
    ),
    (
        Column("note", lambda one: one.note),
        Column("purpose", lambda one: one.purpose),
        Column("state", lambda one: one.state),
        Column("done", lambda one: ", ".join(one.done)),
        Column("expires", lambda one: one.expires, "expires"),
        Column("last_used", lambda one: one.last_used),
        Column("created", lambda one: one.created, "created", usual=False),
        Column("end", lambda one: one.id),
    ),
    lists.containing("note"),
    (
        Choice("state", {one: f'state eq "{one}"' for one in STYLES}),
        Choice("purpose", {one: f'purpose eq "{one}"' for one in PURPOSES}),
    ),
    newest_first=True,
)


@setup_links_face.page("GET", "/console/setup-links", needs="owner")
def show_links() -> Response:
    """All of them, and how far whoever has them is."""
    wish = lists.asked(LINKS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return _links()


@setup_links_face.page("GET", "/console/setup-links/new", needs="owner", step_up=True)
def new_link() -> Response:
    """Say what it is for."""
    return _new(Form())


@setup_links_face.page("POST", "/console/setup-links/new", needs="owner", step_up=True)
def create_link() -> Response:
    """Make it; its address is on the page that answers, and never again."""
    sent = forms.sent()
    hours = sent.get("hours", "")
    if not hours.isdecimal() or len(hours) > 4:
        return _new(forms.wrong(sent, hours=say("trust.range", least=1, most=MOST_HOURS)))
    purpose = sent.get("purpose", "")
    session, account_id = shell.here()
    try:
        _, url = setup_links.create(
            session,
            account_id,
            tools().keys,
            tools().base_url,
            purpose,
            note=sent.get("note", ""),
            connection=sent.get("connection") or None,
            directory=sent.get("directory") or None,
            hours=int(hours),
            enables=bool(forms.ticked("enables")),
        )
    except shell.REFUSALS as error:
        return _new(forms.refused(sent, error))
    return _links(url)


@setup_links_face.page("GET", "/console/setup-links/<link>/end", needs="owner")
def ask_end(link: str) -> Response:
    """What it means to end it."""
    one = setup_links.get(*shell.here(), link)
    return sure(
        AREA,
        say("links.end.title"),
        [(pages.at("/console/setup-links"), say("links.title"))],
        facts=[say("links.end.who", note=one.note or say(f"links.purpose.{one.purpose}")), say("links.end.stays")],
        yes=say("trust.end"),
        address=f"/console/setup-links/{one.id}/end",
    )


@setup_links_face.page("POST", "/console/setup-links/<link>/end", needs="owner")
def end_link(link: str) -> Response:
    """End it at once."""
    setup_links.revoke(*shell.here(), link)
    return shell.go("/console/setup-links", "links.ended")


def _links(url: str | None = None) -> Response:
    return shell.show("setup_links.html", AREA, page=lists.page(lists.asked(LINKS)), styles=STYLES, url=url)


def _new(form: Form) -> Response:
    session, account_id = shell.here()
    known = [(one.name, one.name) for one in connections.list_connections(session, account_id, tools().base_url)]
    pushed = [(one.name, one.name) for one in directory_overview.overview(session, account_id) if one.is_pushed]
    return shell.show(
        "setup_link_new.html",
        AREA,
        status=form.status,
        form=form,
        purposes=list(PURPOSES),
        connections=known,
        directories=pushed,
        usual=str(USUAL_HOURS),
        most=MOST_HOURS,
    )
