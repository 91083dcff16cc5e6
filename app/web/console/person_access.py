"""/console/people/<id>/access: what somebody has, why, where they work, in which groups; now or in the past."""

from __future__ import annotations

from flask import Response, request

from app.services import access_requests, grants, past, person_groups
from app.web import who
from app.web.console import acts, person_frame, shell
from app.web.console.person_frame import find
from app.web.language import say

person_access_face = shell.console_face("console_person_access")


@person_access_face.page("GET", "/console/people/<person>/access", needs="administrator")
def show_access(person: str) -> Response:
    """Everything that somebody has, with its sources; of a past moment as it was then."""
    found, asked = find(person), request.args.get("at", "").strip()
    problem, at = "", None
    try:
        at = acts.moment(asked)
    except ValueError:
        problem = str(say("act.moment.wrong"))
    try:
        access = grants.of_user(*shell.here(), found.id) if at is None else past.access_at(*shell.here(), found.id, at)
    except shell.REFUSALS as error:
        problem, at = str(error), None
        access = grants.of_user(*shell.here(), found.id)
    return person_frame.show(
        found,
        "access",
        status=422 if problem else 200,
        access=access,
        groups=person_groups.groups_of(*shell.here(), found.id) if at is None else None,
        asked_at=at,
        requests=access_requests.requests_of(*shell.here(), found.id) if at is None and who.person().owns else (),
        asked=asked,
        problem=problem,
        titles=person_frame.titles(),
    )
