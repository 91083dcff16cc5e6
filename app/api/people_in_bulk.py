"""/users/activate, /users/deactivate: many people at once, and what that would mean for them."""

from __future__ import annotations

from typing import Any

from app.api import outcomes
from app.api.access_shapes import Outcomes
from app.api.face import Call, Face, Shown
from app.api.impact_shapes import PersonImpact
from app.api.shapes import Shape, flag, many, number, one, text
from app.services import foreseen, group_members, people_in_bulk
from app.services.assignments import NotAllDone
from app.services.people_in_bulk import MOST_ONE_BY_ONE

people_in_bulk_face = Face("people in bulk", "Many people activated or deactivated at once, after a look at it.")
_USUAL = ("not-found", "conflict")
_NAMED = {"users": ["ana@acme.example", "ben@acme.example"]}
_DONE = {
    "results": [
        {
            "principal": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
            "id": "0193a5f0-3c1e-7a7b-8c4e-8d2f6a5b4c3d",
            "name": "ana@acme.example",
            "changed": True,
        }
    ]
}


class People(Shape):
    """Who is meant, by ids or userNames."""

    users = many(text(), most=MOST_ONE_BY_ONE, least=1, required=True)


class Turning(People):
    """Who is meant, and what they would be."""

    active = flag(required=True)


class Apart(Shape):
    """Somebody who would have, in one business unit, what belongs apart."""

    user_id = text()
    user_name = text()
    separation = text()
    unit = text(says="The key of the business unit.")


class ForeseenTurn(Shape):
    """What it would mean. Of ``concerned`` people ``examined`` were looked at; the first of each list are shown."""

    changed = number(says="For how many it would be new.")
    concerned = number()
    examined = number()
    gaining = number()
    losing = number()
    people = many(one(PersonImpact))
    apart = many(one(Apart))


@people_in_bulk_face.operation(
    "POST",
    "/users/activation-impact",
    scope="users:write",
    body=Turning,
    answer=ForeseenTurn,
    example=_NAMED | {"active": False},
    refusals=_USUAL,
)
def foresee_activation(call: Call, body: dict[str, Any]) -> Shown:
    """See what activating or deactivating people would mean.

    It is tried by the very rules by which it is done, and undone: what would be refused is refused here.
    """
    ids = _ids(call, body)
    try:
        found = foreseen.foresee(*call.here, ids, lambda: people_in_bulk.turn(*call.here, ids, active=body["active"]))
    except NotAllDone as error:
        raise outcomes.refusal(error) from error
    names = ("concerned", "examined", "gaining", "losing", "people", "apart")
    changed = sum(one.changed for one in found.done)
    return Shown({name: getattr(found, name) for name in names} | {"changed": changed})


@people_in_bulk_face.operation(
    "POST",
    "/users/deactivate",
    scope="users:write",
    body=People,
    answer=Outcomes,
    example=_NAMED,
    shows=_DONE,
    refusals=_USUAL,
)
def deactivate_users(call: Call, body: dict[str, Any]) -> Shown:
    """Deactivate many users.

    All of them or nobody. Only people of the account's own directory; others are deactivated at theirs.
    """
    return _turn(call, body, active=False)


@people_in_bulk_face.operation(
    "POST",
    "/users/activate",
    scope="users:write",
    body=People,
    answer=Outcomes,
    example=_NAMED,
    shows=_DONE,
    refusals=_USUAL,
)
def activate_users(call: Call, body: dict[str, Any]) -> Shown:
    """Activate many users again.

    All of them or nobody. What they had before counts again at once.
    """
    return _turn(call, body, active=True)


def _turn(call: Call, body: dict[str, Any], *, active: bool) -> Shown:
    try:
        return outcomes.shown(people_in_bulk.turn(*call.here, _ids(call, body), active=active))
    except NotAllDone as error:
        raise outcomes.refusal(error) from error


def _ids(call: Call, body: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(group_members.ids_of(*call.here, "user", body["users"])))
