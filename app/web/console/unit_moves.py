"""/console/units/<unit>/move: a unit hung below another one, after a look at what that means."""

from __future__ import annotations

from flask import Response, request

from app.services import unit_moves, unit_places, units
from app.web.console import forms, later, person_frame, shell
from app.web.console.forms import Form
from app.web.console.units import show_place

unit_moves_face = shell.console_face("console_unit_moves")
_MOVE = "/console/units/<unit>/move"


@unit_moves_face.page("GET", _MOVE, needs="administrator", step_up=True)
def show_move(unit: str) -> Response:
    """Where to; and, once that is said, for whom it makes a difference."""
    return _show(unit, Form({"parent": request.args.get("parent", "")}))


@unit_moves_face.page("POST", _MOVE, needs="administrator", step_up=True)
def move(unit: str) -> Response:
    """Hang it there."""
    values = forms.sent()
    try:
        moved = unit_moves.move_unit(*shell.here(), unit, values.get("parent", ""))
    except shell.REFUSALS as error:
        return _show(unit, forms.refused(values, error))
    return shell.go(f"/console/units/{moved.id}", "unit_moved")


def _show(unit: str, form: Form) -> Response:
    place = unit_places.read_unit(*shell.here(), unit)
    here, wanted = shell.here(), (place.unit.id, form.value("parent"))
    plan = part = None
    if form.value("parent") and form.status == 200:
        try:
            quick = unit_moves.is_quick(*here, *wanted)
            part = later.address(is_quick=quick)
            if part is None:
                plan = unit_moves.plan_move(*here, *wanted)
        except shell.REFUSALS as error:
            form = forms.refused(form.values, error)
    return show_place(
        "unit_move.html",
        place,
        form=form,
        plan=plan,
        later=part,
        every=units.list_units(*shell.here()),
        titles=person_frame.titles(),
    )
