"""/console/start: how far a new account has come, and where to go on; it follows what the identity provider does."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from app.services import first_steps
from app.services.first_steps import Step
from app.services.trusted import Addresses
from app.web import cookies, pages, who
from app.web.console import shell
from app.web.tools import tools

first_steps_face = shell.console_face("console_first_steps")
_WAYS = {
    "factor": "/me/security",
    "directory": "/console/directories/new",
    "request": "/console/directories",
    "person": "/console/directories",
    "mapping": "/console/mapping/unmapped",
    "connection": "/console/connections/new",
    "sign_in": "/console/connections",
}
_OF_ONE = {
    "request": "/console/directories/{}",
    "person": "/console/directories/{}",
    "connection": "/console/connections/{}",
    "sign_in": "/console/connections/{}/tests",
}
"""Where a step goes on once there is what it is about."""


@first_steps_face.page("GET", "/console/start", needs="owner")
def show_first_steps() -> Response:
    """The steps, of which the first one that is not done is open."""
    session, account_id = shell.here()
    steps = first_steps.steps(session, account_id, who.person().user_id)
    known = "".join("d" if one.done else "b" if one.begun else "-" for one in steps)
    if request.args.get("known") == known:
        return Response(status=HTTPStatus.NO_CONTENT)  # the page stays, and whoever is at one of its links, too
    current = next((one for one in steps if not one.done), None)
    connection = next((one.link for one in steps if one.name == "sign_in" and one.begun), None)
    page = shell.show(
        "first_steps.html",
        "overview",
        steps=steps,
        current=current,
        known=known,
        way_to=_way_to,
        # A step that waits for the identity provider is looked at again by itself.
        waits=current is not None and current.begun,
        sign_in_address=Addresses.of(tools().base_url, connection).start if connection else None,
    )
    cookies.keep_first_steps(page, go_on=current is not None)
    return page


def _way_to(step: Step) -> str:
    return pages.at(
        _WAYS[step.name] if step.link is None or step.name not in _OF_ONE else _OF_ONE[step.name].format(step.link)
    )
