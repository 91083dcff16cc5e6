"""Individual permissions of a person: an allow or a deny put straight on them, or taken away."""

from __future__ import annotations

from flask import Response

from app.services import individual, units
from app.services.foreseen import Foreseen
from app.services.individual import Entry
from app.services.users import PersonFacts
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find, path_of
from app.web.console.person_roles import when_wrong
from app.web.language import say

person_permissions_face = shell.console_face("console_person_permissions")
_PATH = "/permissions"
_FIELDS = ("permission", "effect", "unit", "children", "starts", "expires", "reason")


@person_permissions_face.page("GET", "/console/people/<person>/permissions", needs="administrator", step_up=True)
def ask_put(person: str) -> Response:
    """The form to allow or deny somebody one thing, or to say neither."""
    return _page(find(person), acts.empty(*_FIELDS), None)


@person_permissions_face.page("POST", "/console/people/<person>/permissions", needs="administrator", step_up=True)
def put(person: str) -> Response:
    """Allow or deny it."""
    found, values = find(person), forms.sent()
    problems = when_wrong(values)
    if not values.get("permission"):
        problems["permission"] = say("act.permission.missing")
    if problems:
        return _page(found, forms.wrong(values, **problems), None)
    entry = Entry(
        values["permission"],
        values.get("effect", ""),
        values.get("unit") or None,
        bool(values.get("children")),
        acts.moment(values.get("starts", "")),
        acts.moment(values.get("expires", "")),
        values.get("reason", ""),
    )
    return acts.decide(
        values,
        [found.id],
        lambda: individual.put(*shell.here(), found.id, [entry]),
        lambda form, foreseen: _page(found, form, foreseen),
        lambda _: shell.go(path_of(found, "/access"), "permission_put"),
    )


def _page(
    person: PersonFacts, form: Form, foreseen: Foreseen[tuple[individual.IndividualFacts, ...]] | None
) -> Response:
    return person_frame.act(
        person,
        "permission",
        form,
        foreseen,
        path=_PATH,
        back="/access",
        nodes=person_frame.titles(),
        units=units.list_units(*shell.here()),
    )
