"""/assignments: roles given to users, groups and business units."""

from __future__ import annotations

from typing import Any

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
from app.problems import Place, Problem
from app.services import assignments, grants
from app.services.assignments import Done, NotAllDone, Outcome
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
    where = _where(body) | {"starts": body.get("starts"), "expires": body.get("expires")}
    if "users" in _one_of(body):
        return _many(lambda: assignments.assign_many(*call.here, body["role"], body["users"], **where))
    return _one(assignments.assign(*call.here, body["role"], **(_principal(body) | where)))


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
    where = _where(body)
    if "users" in _one_of(body):
        return _many(lambda: assignments.unassign_many(*call.here, body["role"], body["users"], **where))
    return _one(assignments.unassign(*call.here, body["role"], **(_principal(body) | where)))


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
    where = _where(body) | {"expires": body["expires"]}
    if "users" not in _one_of(body):
        return _one(assignments.extend(*call.here, body["role"], **(_principal(body) | where)))
    done = [(user, assignments.extend(*call.here, body["role"], user=user, **where)) for user in body["users"]]
    return Shown({"results": [_shown(user, one.principal, one.principal_name, one.changed) for user, one in done]})


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


def _one_of(body: dict[str, Any]) -> str:
    """What kind of principal is named. Raises Problem unless it is just one."""
    named = [name for name in ("users", "group", "principal_unit") if name in body]
    if len(named) != 1:
        raise invalid([Place("pointer", "", "name exactly one of users, group and principal_unit")])
    return named[0]


def _principal(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("group", "principal_unit") if name in body}


def _where(body: dict[str, Any]) -> dict[str, Any]:
    return {"unit": body.get("unit"), "children": body["children"], "reason": body["reason"]}


def _many(do: Any) -> Shown:
    try:
        outcomes: tuple[Outcome, ...] = do()
    except NotAllDone as error:
        places = [
            Place("pointer", f"/users/{index}", one.problem)
            for index, one in enumerate(error.outcomes)
            if one.problem is not None
        ]
        if any(one.is_forbidden for one in error.outcomes):
            raise Problem("forbidden", str(error), places) from error
        raise invalid(places) from error
    return Shown({"results": [_shown(one.user, one.user_id, one.user_name, one.changed) for one in outcomes]})


def _one(done: Done) -> Shown:
    return Shown({"results": [_shown(done.principal, done.principal, done.principal_name, done.changed)]})


def _shown(principal: str, id: str | None, name: str | None, changed: bool) -> dict[str, Any]:
    return {"principal": principal, "id": id, "name": name, "changed": changed}
