"""/assignments: roles given to users, groups and business units."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from app.api import outcomes
from app.api.access_shapes import (
    Assignment,
    Assignments,
    Extension,
    NewAssignment,
    Outcomes,
    Removal,
    grant_shown,
)
from app.api.face import Call, Face, Shown
from app.api.paging import Reading, query_of
from app.api.parsing import invalid
from app.api.shapes import page_of
from app.problems import Place
from app.services import assignments, grants
from app.services.assignments import Done, NotAllDone
from app.services.giving import Giving
from app.stores.grant_listing import ASSIGNMENT_LIST

assignments_face = Face("assignments", "Which roles users, groups and business units have, where, and why.")
_USUAL = ("not-found", "conflict")
_GIVEN = {"role": "Marketer", "users": ["ana@acme.example"], "unit": "emea", "children": True, "reason": "Ticket 4711"}
_DONE = {
    "results": [
        {
            "principal": "ana@acme.example",
            "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
            "name": "ana@acme.example",
            "changed": True,
        }
    ]
}


@assignments_face.operation(
    "GET",
    "/assignments",
    scope="access:read",
    query=query_of(ASSIGNMENT_LIST, "AssignmentQuery"),
    answer=page_of(Assignment),
)
def list_assignments(call: Call, query: dict[str, Any]) -> Shown:
    """List assignments.

    All roles that are given in the account, by hand or by role mapping, with their sources.
    """
    reading = Reading(call, query)
    found, place = grants.list_grants(*call.here, reading.wanted)
    return reading.shown([*map(grant_shown, found)], place)


@assignments_face.operation(
    "GET", "/assignments/<assignment>", scope="access:read", answer=Assignment, refusals=("not-found",)
)
def get_assignment(call: Call, assignment: str) -> Shown:
    """Read an assignment.

    With all its sources: who gave it, or which rule.
    """
    return Shown(grant_shown(grants.get_grant(*call.here, assignment)))


@assignments_face.operation(
    "POST",
    "/assignments",
    scope="access:write",
    body=NewAssignment,
    answer=Outcomes,
    example=_GIVEN,
    shows=_DONE,
    creates=True,
    refusals=_USUAL,
)
def give_role(call: Call, body: dict[str, Any]) -> Shown:
    """Give a role.

    To many users at once, to a group, or to whoever works in a business unit; to all of them or nobody. It counts
    from the commit on, or from `starts`. What role mapping gives is another source and stays as it is.
    """
    about: dict[str, Any] = {name: body.get(name) for name in ("reason", "starts", "expires")}
    return _done(partial(assignments.assign, *call.here, **about), body)


@assignments_face.operation(
    "POST",
    "/assignments/remove",
    scope="access:write",
    body=Removal,
    answer=Outcomes,
    example=_GIVEN,
    shows=_DONE,
    refusals=_USUAL,
)
def take_role(call: Call, body: dict[str, Any]) -> Shown:
    """Take a role back that was given by hand.

    Whatever else these users, groups or units have stays, and what role mapping gives, too.
    """
    return _done(partial(assignments.unassign, *call.here, reason=body["reason"]), body)


@assignments_face.operation(
    "POST",
    "/assignments/extend",
    scope="access:write",
    body=Extension,
    answer=Outcomes,
    example=_GIVEN | {"expires": "2026-12-31T23:59:59Z"},
    shows=_DONE,
    refusals=_USUAL,
)
def extend_role(call: Call, body: dict[str, Any]) -> Shown:
    """Give what was given by hand another end.

    Also if it is over by now.
    """
    return _done(partial(assignments.extend, *call.here, expires=body["expires"], reason=body["reason"]), body)


@assignments_face.operation(
    "GET", "/groups/<group>/access", scope="access:read", answer=Assignments, refusals=("not-found",)
)
def get_group_access(call: Call, group: str) -> Shown:
    """Read the roles that a group has itself.

    Not those of groups that it is in.
    """
    return Shown({"assignments": [*map(grant_shown, grants.of_group(*call.here, group))]})


@assignments_face.operation(
    "GET", "/business-units/<unit>/access", scope="access:read", answer=Assignments, refusals=("not-found",)
)
def get_unit_access(call: Call, unit: str) -> Shown:
    """Read the roles that a business unit has itself.

    They are for whoever works there.
    """
    return Shown({"assignments": [*map(grant_shown, grants.of_unit(*call.here, unit))]})


def _giving(body: dict[str, Any]) -> Giving:
    """What shall be given or taken. Raises Problem unless just one kind of principal is named."""
    if sum(name in body for name in ("users", "group", "principal_unit")) != 1:
        raise invalid([Place("pointer", "", "name exactly one of users, group and principal_unit")])
    return Giving(
        body["role"],
        tuple(body.get("users", ())),
        body.get("group"),
        body.get("principal_unit"),
        body.get("unit"),
        body["children"],
    )


def _done(do: Callable[[Giving], Done], body: dict[str, Any]) -> Shown:
    try:
        return outcomes.shown(do(_giving(body)).outcomes)
    except NotAllDone as error:
        raise outcomes.refusal(error) from error
