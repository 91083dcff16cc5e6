"""/console/settings/domains: whose e-mail domains are the account's, and where they lead."""

from __future__ import annotations

from flask import Response

from app.services import connections, domains
from app.services.domains import Claim
from app.web.console import connection_frame, exporting, forms, lists, shell
from app.web.console import settings_frame as frame
from app.web.console.confirming import sure
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table
from app.web.language import say
from app.web.tools import tools

settings_domains_face = shell.console_face("console_settings_domains")
PATH = frame.TABS["domains"]
STYLES = {"verified": "allow", "pending": "warn", "missing": "deny"}
_TYPES = dict.fromkeys(("id", "name", "shown", "state", "connection"), "string")

DOMAINS = Table(
    "domains",
    PATH,
    AtHand(
        domains.list_domains,
        lambda one: {name: getattr(one, name) for name in _TYPES},
        _TYPES,
        {"name": lambda one: one.name, "checked": lambda one: (one.checked is not None, one.checked or one.created)},
    ),
    (
        Column("name", lambda one: one.shown, "name"),
        Column("state", lambda one: one.state),
        Column("connection", lambda one: one.connection),
        Column("verified", lambda one: one.verified),
        Column("checked", lambda one: one.checked, "checked"),
    ),
    lists.containing("name", "shown"),
    (Choice("state", {one: f'state eq "{one}"' for one in STYLES}),),
)


@settings_domains_face.page("GET", "/console/settings/domains", needs="owner")
def show_domains() -> Response:
    """All of them."""
    wish = lists.asked(DOMAINS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return _domains(Form())


@settings_domains_face.page("POST", "/console/settings/domains", needs="owner")
def claim_domain() -> Response:
    """Claim one; its page has the record that proves it."""
    sent = forms.sent()
    try:
        made = domains.claim(*shell.here(), sent.get("name", ""))
    except shell.REFUSALS as error:
        return _domains(forms.refused(sent, error))
    return shell.go(f"{PATH}/{made.id}", "domains.claimed")


@settings_domains_face.page("GET", "/console/settings/domains/<domain>", needs="owner")
def show_domain(domain: str) -> Response:
    """Its record, whether it was seen, and where it leads."""
    return _domain(domains.get(*shell.here(), domain), Form())


@settings_domains_face.page("POST", "/console/settings/domains/<domain>/check", needs="owner", reads=True)
def check_domain(domain: str) -> Response:
    """Ask DNS now."""
    session, account_id = shell.here()
    try:
        domains.verify(session, account_id, connection_frame.calls().resolver, domain)
    except shell.REFUSALS as error:
        return _domain(domains.get(session, account_id, domain), forms.refused({}, error))
    return shell.go(f"{PATH}/{domain}", "domains.verified")


@settings_domains_face.page(
    "POST", "/console/settings/domains/<domain>/bind", needs="owner", step_up=True, form=f"{PATH}/<domain>"
)
def bind_domain(domain: str) -> Response:
    """Let it lead to a connection, or nowhere."""
    sent = forms.sent()
    try:
        domains.bind(*shell.here(), domain, sent.get("connection") or None)
    except shell.REFUSALS as error:
        return _domain(domains.get(*shell.here(), domain), forms.refused(sent, error))
    return shell.go(f"{PATH}/{domain}", "trust.saved")


@settings_domains_face.page("GET", "/console/settings/domains/<domain>/remove", needs="owner", step_up=True)
def ask_remove(domain: str) -> Response:
    """Who is not led to their provider any more."""
    one = domains.get(*shell.here(), domain)
    facts = [say("domains.remove.leads", connection=one.connection)] if one.connection and one.verified else []
    facts.append(say("domains.remove.free"))
    return sure(
        frame.AREA,
        say("domains.remove.title", name=one.shown),
        frame.trail("domains", (f"{PATH}/{one.id}", one.shown)),
        facts=facts,
        yes=say("domains.remove"),
        address=f"{PATH}/{one.id}/remove",
    )


@settings_domains_face.page("POST", "/console/settings/domains/<domain>/remove", needs="owner", step_up=True)
def remove_domain(domain: str) -> Response:
    """Give it up."""
    domains.remove(*shell.here(), domain)
    return shell.go(PATH, "domains.removed")


def _domains(form: Form) -> Response:
    page = lists.page(lists.asked(DOMAINS))
    return frame.show("domains.html", "domains", status=form.status, form=form, page=page, styles=STYLES)


def _domain(one: Claim, form: Form) -> Response:
    session, account_id = shell.here()
    known = connections.list_connections(session, account_id, tools().base_url)
    return frame.show(
        "domain.html",
        "domains",
        status=form.status,
        form=form,
        one=one,
        styles=STYLES,
        trail=frame.trail("domains"),
        connections=[(each.id, each.name) for each in known],
    )
