"""/console/people/<id>/access: what somebody has, why, where they work, in which groups; now or in the past."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, request

from app.services import access_requests, filter_places, grants, past, person_groups
from app.services.filter_facts import FilterFacts
from app.services.grants import GrantFacts
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
        problem = say("act.moment.wrong")
    try:
        access = grants.of_user(*shell.here(), found.id) if at is None else past.access_at(*shell.here(), found.id, at)
    except shell.REFUSALS as error:
        problem, at = shell.words_of(error), None
        access = grants.of_user(*shell.here(), found.id)
    return person_frame.show(
        found,
        "access",
        status=422 if problem else 200,
        access=access,
        groups=person_groups.groups_of(*shell.here(), found.id) if at is None else None,
        filters=_filters(found.id, access.grants) if at is None else None,
        has_records=any(one.records for one in person_frame.catalogue().item_kinds.values()),
        asked_at=at,
        requests=access_requests.requests_of(*shell.here(), found.id) if at is None and who.person().owns else (),
        asked=asked,
        problem=problem,
        titles=person_frame.titles(),
    )


def _filters(person: str, given: Iterable[GrantFacts]) -> list[FilterFacts]:
    return filter_places.of_person(*shell.here(), person, {one.id for one in given})
