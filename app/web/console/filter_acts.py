"""Data filters set, changed and removed: tried on a record first, with what they come to together with others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response

from app.services import data_filters, filter_places, filter_trials, grants
from app.services.data_filters import Combined
from app.services.filter_facts import FilterFacts
from app.services.filter_trials import Tested
from app.services.foreseen import Foreseen
from app.services.grants import GrantFacts
from app.web.console import acts, filter_form, forms, shell
from app.web.console.filter_form import PATH, RECORD
from app.web.console.forms import Form
from app.web.language import say

filter_acts_face = shell.console_face("console_filter_acts")
_NEW = f"{PATH}/new"
_FILTER = f"{PATH}/<filter>"
_FIELDS = ("type", "unit", "assignment", "filter", "reason")


@dataclass(frozen=True, slots=True)
class Came:
    """A filter that was set or removed, and what holds in its unit then."""

    one: FilterFacts
    together: Combined | None


@filter_acts_face.page("GET", _NEW, needs="administrator", step_up=True)
def ask_new() -> Response:
    """Whose, on which records, and what it says."""
    begun = acts.empty(*_FIELDS)
    only = filter_form.kinds()
    values = dict(begun.values)
    if not values["type"] and len(only) == 1:
        values["type"] = only[0][0]
    return _form(Form(values), None, None)


@filter_acts_face.page("POST", _NEW, needs="administrator", step_up=True)
def make_filter() -> Response:
    """Set one where there is none."""
    values = forms.sent()
    missing = {name: say(f"filters.missing.{name}") for name in ("type", "filter") if not values.get(name)}
    if not values.get("unit") and not values.get("assignment"):
        missing["unit"] = say("filters.missing.unit")
    if values.pop("choose", ""):
        return _form(Form(values), None, None)
    if missing:
        return _form(forms.wrong(values, **missing), None, None)
    return _set(values, None)


@filter_acts_face.page("GET", f"{_FILTER}/edit", needs="administrator", step_up=True)
def ask_change(filter: str) -> Response:
    """What it says, to be changed."""
    found = filter_places.get_filter(*shell.here(), filter)
    return _form(acts.empty("reason", **_named(found), filter=found.filter), None, found)


@filter_acts_face.page("POST", f"{_FILTER}/edit", needs="administrator", step_up=True)
def change_filter(filter: str) -> Response:
    """Let it say something else."""
    found = filter_places.get_filter(*shell.here(), filter)
    values = forms.sent() | _named(found)
    if not values.get("filter"):
        return _form(forms.wrong(values, filter=say("filters.missing.filter")), None, found)
    return _set(values, found)


@filter_acts_face.page("GET", f"{_FILTER}/delete", needs="administrator", step_up=True)
def ask_removal(filter: str) -> Response:
    """Before it is gone."""
    return _removal(filter_places.get_filter(*shell.here(), filter), acts.empty("reason"), None)


@filter_acts_face.page("POST", f"{_FILTER}/delete", needs="administrator", step_up=True)
def remove_filter(filter: str) -> Response:
    """Remove it: people see more records from then on."""
    found, values = filter_places.get_filter(*shell.here(), filter), forms.sent()

    def act() -> Came:
        gone = data_filters.clear_filter(
            *shell.here(),
            found.record_type,
            unit=found.unit,
            assignment=found.assignment_id,
            reason=values.get("reason", ""),
        )
        return Came(gone, _together(found.record_type, found.unit))

    return acts.decide(
        values,
        [],
        act,
        lambda form, foreseen: _removal(found, form, foreseen),
        lambda _: shell.go(PATH, "filter_removed"),
    )


def _set(values: dict[str, str], found: FilterFacts | None) -> Response:
    kind, text, tried = values["type"], values["filter"], values.pop("try", "")
    if tried:
        return _tried(values, found)
    act = _setting(kind, text, values)
    return acts.decide(
        values,
        [],
        act,
        lambda form, foreseen: _form(form, foreseen, found),
        lambda came: shell.go(f"{PATH}/{came.one.id}", "filter_set"),
    )


def _setting(kind: str, text: str, values: dict[str, str]) -> Callable[[], Came]:
    unit, assignment = values.get("unit") or None, values.get("assignment") or None

    def act() -> Came:
        made = data_filters.set_filter(
            *shell.here(), kind, text, unit=unit, assignment=assignment, reason=values.get("reason", "")
        )
        return Came(made, _together(kind, unit))

    return act


def _tried(values: dict[str, str], found: FilterFacts | None) -> Response:
    kind = values["type"]
    try:
        record = filter_form.record_of(values, filter_form.types(kind))
        tested = filter_trials.try_text(*shell.here(), kind, values["filter"], record)
    except filter_form.UnreadableError as error:
        return _form(forms.wrong(values, **error.problems), None, found)
    except shell.REFUSALS as error:
        return _form(forms.refused(values, error), None, found)
    return _form(Form(values), None, found, tested)


def _together(kind: str, unit: str | None) -> Combined | None:
    return data_filters.combined(*shell.here(), unit, kind) if unit is not None else None


def _named(found: FilterFacts) -> dict[str, str]:
    return {"type": found.record_type, "unit": found.unit or "", "assignment": found.assignment_id or ""}


def _form(
    form: Form, foreseen: Foreseen[Came] | None, found: FilterFacts | None, tested: Tested | None = None
) -> Response:
    path = f"{PATH}/{found.id}" if found is not None else PATH
    unit, options = form.value("unit"), filter_form.unit_options()
    known = any(unit == key for key, _ in options)
    return shell.show(
        "filter_form.html",
        "filters",
        status=form.status,
        title=say("filters.change" if found is not None else "filters.new"),
        path=f"{path}/edit" if found is not None else _NEW,
        back=path,
        form=form,
        found=found,
        foreseen=foreseen,
        came=foreseen.done if foreseen is not None else None,
        seen=acts.seen(form.values),
        tested=tested,
        kinds=filter_form.kinds(),
        attributes=filter_form.types_or_none(form.value("type")),
        unit_options=options,
        under=filter_places.people_under(*shell.here(), unit) if known else None,
        narrows=_narrowed(form.value("assignment")),
        prefix=RECORD,
    )


def _removal(found: FilterFacts, form: Form, foreseen: Foreseen[Came] | None) -> Response:
    return shell.show(
        "filter_delete.html",
        "filters",
        status=form.status,
        title=say("filters.remove"),
        path=f"{PATH}/{found.id}/delete",
        back=f"{PATH}/{found.id}",
        form=form,
        one=found,
        under=filter_places.people_under(*shell.here(), found.unit) if found.unit is not None else None,
        foreseen=foreseen,
        came=foreseen.done if foreseen is not None else None,
        seen=acts.seen(form.values),
    )


def _narrowed(assignment: str) -> GrantFacts | None:
    return grants.get_grant(*shell.here(), assignment.lower()) if assignment else None
