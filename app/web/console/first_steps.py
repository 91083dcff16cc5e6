"""/console/start: how far a new account has come, and where to go on; it follows what the identity provider does."""

from __future__ import annotations

from flask import Response

from app.services import first_steps
from app.services.first_steps import Step
from app.web import pages, who
from app.web.console import shell

first_steps_face = shell.console_face("console_first_steps")
_WAYS = {
    "factor": "/me/security",
    "directory": "/console/directories/new",
    "request": "/console/directories",
    "person": "/console/directories",
    "mapping": "/console/mapping",
    "connection": "/console/connections/new",
    "sign_in": "/console/connections",
}
_FOLLOWS = frozenset({"request", "person"})


@first_steps_face.page("GET", "/console/start", needs="owner")
def show_first_steps() -> Response:
    """The steps, of which the first one that is not done is open."""
    session, account_id = shell.here()
    steps = first_steps.steps(session, account_id, who.person().user_id)
    current = next((one for one in steps if not one.done), None)
    return shell.show(
        "first_steps.html",
        "overview",
        steps=steps,
        current=current,
        way_to=_way_to,
        # A step that waits for the identity provider is looked at again by itself.
        waits=current is not None and current.begun,
    )


def _way_to(step: Step) -> str:
    way = pages.at(_WAYS[step.name])
    return f"{way}/{step.link}" if step.name in _FOLLOWS and step.link is not None else way
