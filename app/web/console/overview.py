"""/console: what needs me, what changed, and how it grew."""

from __future__ import annotations

from flask import Response

from app.services import audit_trail, first_steps, overview
from app.services.audit_trail import Entry
from app.services.overview import Task
from app.session import Session
from app.stores.listings import Wanted
from app.web import cookies, pages, who
from app.web.console import shell
from app.web.console.audit import about, did
from app.web.drawing import plots
from app.web.tools import tools

overview_face = shell.console_face("console_overview")
_LATEST, _LOOKED_AT = 8, 100
_COMING_AND_GOING = {
    *("sign_in.accepted", "sign_in.refused", "door.opened", "door.refused", "door.proved", "session.ended"),
    "list.exported",
}
"""What changes nothing: people come and go, and take lists with them."""
_WAYS = {
    "plans": "/console/mapping/plans",
    "proposals": "/console/mapping/plans",
    "paused": "/console/mapping",
    "waiting": "/console/mapping/waiting",
    "requests": "/console/requests",
    "directory_closed": "/console/directories",
    "directory_paused": "/console/directories",
    "directory_waiting": "/console/directories",
    "tokens": "/console/directories",
    "keys": "/console/settings/keys",
    "certificates": "/console/connections",
    "connections": "/console/connections",
    "domains": "/console/settings/domains",
    "webhooks": "/console/settings/webhooks",
}
"""Where one goes on, by the kind of what needs somebody."""


@overview_face.page("GET", "/console", needs="administrator")
def show_overview() -> Response:
    """The first page: of an Account Owner about the whole account, of others a way to where they administer."""
    person = who.person()
    if not person.owns:
        return shell.show("overview_delegate.html", "overview")
    session, account_id = shell.here()
    totals = overview.totals(session, account_id)
    days = overview.days(session, account_id, totals.people)
    page = shell.show(
        "overview.html",
        "overview",
        totals=totals,
        tasks=overview.tasks(session, account_id, tools().base_url),
        way_to=_way_to,
        steps=first_steps.steps(session, account_id, person.user_id),
        latest=_changes(session, account_id),
        did=did,
        about=about,
        days=days,
        people=plots.line([day.people for day in days]),
        access=plots.bars([day.given for day in days], [day.taken for day in days]),
        pushed=plots.bars([day.pushed for day in days]),
        canvas=(plots.WIDTH, plots.HEIGHT),
    )
    # Whoever comes here has left the first steps; this page says itself how far they are.
    cookies.keep_first_steps(page, go_on=False)
    return page


@overview_face.page("GET", "/console/waiting-count", needs="owner")
def show_waiting_count() -> Response:
    """How many people wait, for the first page, which does not wait for it."""
    return pages.render("console/waiting_count.html", tasks=overview.waiting(*shell.here()), way_to=_way_to)


def _changes(session: Session, account_id: str) -> list[Entry]:
    """The latest changes, among the latest of the trail."""
    latest = audit_trail.list_entries(session, account_id, Wanted(_LOOKED_AT)).results
    return [one for one in latest if one.action not in _COMING_AND_GOING][:_LATEST]


def _way_to(task: Task) -> str:
    way = pages.at(_WAYS[task.kind])
    follows = {"/console/directories", "/console/connections", "/console/mapping/plans"}
    return f"{way}/{task.link}" if task.link is not None and _WAYS[task.kind] in follows else way
