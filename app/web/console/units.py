"""/console/units: the tree of business units, and one of them with all that hangs on it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, request

from app.services import audit_trail, roles, unit_places, units
from app.services.unit_places import UnitPlace
from app.stores.filter_sql import is_id
from app.stores.listings import Wanted
from app.web import held, pages, who
from app.web.console import forms, lists, shell
from app.web.console.audit import did
from app.web.console.forms import Form

units_face = shell.console_face("console_units")
_UNITS, _NEW, _UNIT = "/console/units", "/console/units/new", "/console/units/<unit>"
_HISTORY = 50


@units_face.page("GET", _UNITS, needs="administrator")
def show_units() -> Response:
    """The whole tree."""
    return shell.show("units.html", "units", tree=unit_places.tree(*shell.here()))


@units_face.page("GET", _NEW, needs="administrator", step_up=True)
def show_new_unit() -> Response:
    """A unit to be made, below another one."""
    values = {name: held.value(name, request.args.get(name, "")) for name in ("key", "name", "parent")}
    return _new_form(Form(values))


@units_face.page("POST", _NEW, needs="administrator", step_up=True)
def make_unit() -> Response:
    """Make it."""
    values = forms.sent()
    try:
        made = units.create_unit(
            *shell.here(), values.get("key", ""), values.get("name", ""), values.get("parent") or None
        )
    except shell.REFUSALS as error:
        return _new_form(forms.refused(values, error))
    return shell.go(f"{_UNITS}/{made.id}", "unit_made")


@units_face.page("GET", _UNIT, needs="administrator")
def show_unit(unit: str) -> Response:
    """Its people, roles, filters and items."""
    place = unit_places.read_unit(*shell.here(), unit)
    after = request.args.get("after", "")
    workers = unit_places.workers_in(*shell.here(), place.unit.id, after if is_id(after) else None)
    return show_place(
        "unit.html",
        place,
        workers=workers,
        is_first=not after,
        roles=roles.list_roles(*shell.here()),
        home=_filtered("people", f"home_unit eq {lists.literal(place.unit.key)}"),
        items=_filtered("items", f"businessUnit eq {lists.literal(place.unit.key)}"),
        history=_history(place) if who.person().owns else None,
        did=did,
    )


@units_face.page("GET", f"{_UNIT}/give", needs="administrator")
def give_role(unit: str) -> Response:
    """Go on to where a role is given to whoever works here."""
    found, role = units.get_unit(*shell.here(), unit), roles.get_role(*shell.here(), request.args.get("role", "")).role
    return shell.go(f"/console/roles/{role.id}/holders/give", None, kind="unit", principal_unit=found.id)


@units_face.page("GET", f"{_UNIT}/edit", needs="administrator", step_up=True)
def show_edit(unit: str) -> Response:
    """Its name and key."""
    place = unit_places.read_unit(*shell.here(), unit)
    values = {"name": place.unit.name, "key": place.unit.key}
    return show_place("unit_edit.html", place, form=Form({name: held.value(name, one) for name, one in values.items()}))


@units_face.page("POST", f"{_UNIT}/edit", needs="administrator", step_up=True)
def change_unit(unit: str) -> Response:
    """Change them; rules and grants stay with the unit."""
    place, values = unit_places.read_unit(*shell.here(), unit), forms.sent()
    try:
        units.edit_unit(*shell.here(), place.unit.id, name=values.get("name", ""), key=values.get("key") or None)
    except shell.REFUSALS as error:
        return show_place("unit_edit.html", place, form=forms.refused(values, error))
    return shell.go(f"{_UNITS}/{place.unit.id}", "unit_changed")


@units_face.page("GET", f"{_UNIT}/delete", needs="administrator", step_up=True)
def ask_delete(unit: str) -> Response:
    """What hangs on it, which has to go first."""
    return show_place("unit_delete.html", unit_places.read_unit(*shell.here(), unit), form=Form())


@units_face.page("POST", f"{_UNIT}/delete", needs="administrator", step_up=True)
def delete_unit(unit: str) -> Response:
    """Remove it, if nothing hangs on it."""
    place = unit_places.read_unit(*shell.here(), unit)
    try:
        units.delete_unit(*shell.here(), place.unit.id)
    except shell.REFUSALS as error:
        return show_place("unit_delete.html", place, form=forms.refused(forms.sent(), error))
    return shell.go(_UNITS, "unit_deleted")


def show_place(template: str, place: UnitPlace, **values: object) -> Response:
    """One of the pages about a unit; one with a form answers what the form says."""
    form = values.get("form")
    status = form.status if isinstance(form, Form) else 200
    return shell.show(
        template,
        "units",
        status=status,
        place=place,
        unit=place.unit,
        path=pages.at(f"{_UNITS}/{place.unit.id}"),
        **values,
    )


def _new_form(form: Form) -> Response:
    every = units.list_units(*shell.here())
    return shell.show("unit_new.html", "units", status=form.status, form=form, every=every)


def _filtered(area: str, condition: str) -> str:
    return f"{pages.at('/console/' + area)}?{urlencode({'filter': condition})}"


def _history(place: UnitPlace) -> object:
    condition = f'target_kind eq "unit" and target_id eq {lists.literal(place.unit.id)}'
    entries = audit_trail.list_entries(*shell.here(), Wanted(_HISTORY, condition))
    return [(entry, audit_trail.differences(entry)) for entry in entries.results]
