"""/console/people/<id>/can: what somebody can do, and for one thing why, or what is missing; now or on another day."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, request

from app.services import explain, reverse, units
from app.services.explain import Asked
from app.services.users import PersonFacts
from app.web.console import acts, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find
from app.web.language import language, say
from rbac.explain import Language

person_explain_face = shell.console_face("console_person_explain")
_FIELDS = ("permission", "unit", "item_type", "item_id", "at")


@person_explain_face.page("GET", "/console/people/<person>/can", needs="administrator")
def show_can(person: str) -> Response:
    """Everything that somebody can do in a unit; or, for one permission, the decision with the tree of its reasons."""
    found = find(person)
    values = {name: request.args.get(name, "").strip()[:500] for name in _FIELDS}
    try:
        answer = _answer(found, values)
        form = Form(values)
    except ValueError:
        answer, form = {}, Form(values, {"at": say("act.moment.wrong")}, None, 422)
    except shell.REFUSALS as error:
        answer, form = {}, Form(values, {}, shell.words_of(error), shell.status_of(error))
    catalogue = person_frame.catalogue()
    return person_frame.show(
        found,
        "can",
        status=form.status,
        form=form,
        permissions=catalogue.permissions,
        item_types=sorted(catalogue.item_types),
        units=units.list_units(*shell.here()),
        **{"told": None, "privileges": None, **answer},
    )


def _answer(person: PersonFacts, values: dict[str, str]) -> dict[str, Any]:
    at, unit, here = acts.moment(values["at"]), values["unit"] or None, shell.here()
    if not values["permission"]:
        found = reverse.what_can(*here, person.id, unit=unit, at=at)
        return {"privileges": found.value(cast(Language, language()))}
    item = (values["item_type"], values["item_id"]) if values["item_type"] and values["item_id"] else None
    told = explain.explain(*here, person.id, Asked(values["permission"], unit, item, at=at))
    return {"told": told.value(cast(Language, language()))}
