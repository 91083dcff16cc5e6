"""Where a person is at home, and where else they may work."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from app.services import units
from app.services.foreseen import Foreseen
from app.services.users import PersonFacts
from app.web.console import acts, forms, person_frame, shell
from app.web.console.forms import Form
from app.web.console.person_frame import find, path_of

person_units_face = shell.console_face("console_person_units")


@person_units_face.page("GET", "/console/people/<person>/home", needs="administrator", step_up=True)
def ask_home(person: str) -> Response:
    """The form that says where somebody is at home."""
    found = find(person)
    return _page(found, "home", acts.empty(unit=found.home_unit or ""), None)


@person_units_face.page("POST", "/console/people/<person>/home", needs="administrator", step_up=True)
def set_home(person: str) -> Response:
    """Say where somebody is at home; nowhere in particular is left to role mapping."""
    found, values = find(person), forms.sent()
    return _decide(found, "home", values, lambda: units.set_home(*shell.here(), found.id, values.get("unit") or None))


@person_units_face.page("GET", "/console/people/<person>/work", needs="administrator", step_up=True)
def ask_work(person: str) -> Response:
    """The form to let somebody work in a unit."""
    return _page(find(person), "work", acts.empty("unit", "children"), None)


@person_units_face.page("POST", "/console/people/<person>/work", needs="administrator", step_up=True)
def add_work(person: str) -> Response:
    """Let somebody work in another unit, too."""
    found, values = find(person), forms.sent()
    where, children = values.get("unit", ""), bool(values.get("children"))
    return _decide(found, "work", values, lambda: units.add_worker(*shell.here(), found.id, where, children=children))


@person_units_face.page("GET", "/console/people/<person>/leave-unit", needs="administrator", step_up=True)
def ask_leave(person: str) -> Response:
    """Before somebody works in a unit no longer."""
    return _page(find(person), "leave_unit", acts.empty("unit", "children"), None)


@person_units_face.page("POST", "/console/people/<person>/leave-unit", needs="administrator", step_up=True)
def remove_work(person: str) -> Response:
    """Let somebody work in a unit no longer; what role mapping says stays."""
    found, values = find(person), forms.sent()
    where, children = values.get("unit", ""), bool(values.get("children"))
    return _decide(
        found, "leave_unit", values, lambda: units.remove_worker(*shell.here(), found.id, where, children=children)
    )


def _decide(person: PersonFacts, name: str, values: dict[str, str], act: Callable[[], bool]) -> Response:
    return acts.decide(
        values,
        [person.id],
        act,
        lambda form, foreseen: _page(person, name, form, foreseen),
        lambda _: shell.go(path_of(person, "/access"), "units_changed"),
    )


def _page(person: PersonFacts, name: str, form: Form, foreseen: Foreseen[bool] | None) -> Response:
    listed = units.list_units(*shell.here())
    path = f"/{name.replace('_', '-')}"
    return person_frame.act(person, name, form, foreseen, path=path, back="/access", units=listed)
