"""/console/filters: which records people see, by where they work and by the roles they have; tried on a record."""

from __future__ import annotations

from flask import Response, request

from app.services import data_filters, filter_places, filter_trials
from app.services.filter_facts import FilterFacts
from app.services.filter_trials import Tested
from app.web.console import acts, exporting, filter_form, forms, lists, shell
from app.web.console.filter_form import PATH, RECORD
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table

filters_face = shell.console_face("console_filters")
_FILTER = f"{PATH}/<filter>"
_TRY = f"{PATH}/try"
_TYPES = dict.fromkeys(("record_type", "holder", "filter", "of"), "string")
_ASKED = ("user", "type", "unit", "permission")

FILTERS = Table(
    "filters",
    PATH,
    AtHand(
        data_filters.list_filters,
        lambda one: {name: getattr(one, name) for name in ("record_type", "holder", "filter")} | {"of": _of(one)},
        _TYPES,
        {
            "type": lambda one: (one.record_type, one.holder.casefold(), one.id),
            "holder": lambda one: (one.holder.casefold(), one.record_type, one.id),
        },
    ),
    (
        Column("type", lambda one: one.record_type, "type"),
        Column("holder", lambda one: one.holder, "holder"),
        Column("filter", lambda one: one.filter),
        Column("hints", lambda one: "; ".join(one.hints)),
    ),
    lists.containing("record_type", "holder", "filter"),
    (Choice("of", {"unit": 'of eq "unit"', "role": 'of eq "role"'}),),
)


@filters_face.page("GET", PATH, needs="administrator")
def show_filters() -> Response:
    """All of them."""
    wish = lists.asked(FILTERS)
    if exporting.is_wanted():
        return exporting.export(wish)
    types = filter_form.kinds()
    return shell.show("filters.html", "filters", page=lists.page(wish), kinds=types)


@filters_face.page("GET", _FILTER, needs="administrator")
def show_filter(filter: str) -> Response:
    """What it lets through, alone and together with those above; and a record to try it on."""
    found = filter_places.get_filter(*shell.here(), filter)
    return _page(found, Form(), None)


@filters_face.page("POST", _FILTER, needs="administrator", reads=True)
def try_filter(filter: str) -> Response:
    """Try it on a record."""
    found, values = filter_places.get_filter(*shell.here(), filter), forms.sent()
    try:
        record = filter_form.record_of(values, filter_form.types(found.record_type))
        tested = filter_trials.try_text(*shell.here(), found.record_type, found.filter, record)
    except filter_form.UnreadableError as error:
        return _page(found, forms.wrong(values, **error.problems), None)
    except shell.REFUSALS as error:
        return _page(found, forms.refused(values, error), None)
    return _page(found, Form(values), tested)


@filters_face.page("GET", _TRY, needs="administrator")
def ask_for_person() -> Response:
    """Whether somebody sees a record: who, where and which."""
    return _trial(acts.empty(*_ASKED, type=request.args.get("type", "") or _only_type()), None)


@filters_face.page("POST", _TRY, needs="administrator", reads=True)
def try_for_person() -> Response:
    """Try all filters that hold for somebody."""
    values = forms.sent()
    kind, unit, permission = (values.get(name, "") for name in ("type", "unit", "permission"))
    try:
        record = filter_form.record_of(values, filter_form.types(kind))
        tested = filter_trials.try_for_user(
            *shell.here(), values.get("user", ""), kind, record, unit=unit or None, permission=permission or None
        )
    except filter_form.UnreadableError as error:
        return _trial(forms.wrong(values, **error.problems), None)
    except shell.REFUSALS as error:
        return _trial(filter_form.refused(values, error), None)
    return _trial(Form(values), tested)


def _page(found: FilterFacts, form: Form, tested: Tested | None) -> Response:
    here = shell.here()
    together = None
    if found.unit is not None:
        together = data_filters.combined(*here, found.unit, found.record_type)
    return shell.show(
        "filter.html",
        "filters",
        status=form.status,
        one=found,
        together=together,
        under=filter_places.people_under(*here, found.unit) if found.unit is not None else None,
        form=form,
        tested=tested,
        attributes=filter_form.types_or_none(found.record_type),
        prefix=RECORD,
        path=f"{PATH}/{found.id}",
    )


def _trial(form: Form, tested: Tested | None) -> Response:
    return shell.show(
        "filter_try.html",
        "filters",
        status=form.status,
        form=form,
        tested=tested,
        kinds=filter_form.kinds(),
        attributes=filter_form.types_or_none(form.value("type")),
        unit_options=filter_form.unit_options(),
        prefix=RECORD,
        path=_TRY,
    )


def _only_type() -> str:
    found = filter_form.kinds()
    return found[0][0] if found else ""


def _of(one: FilterFacts) -> str:
    return "unit" if one.unit is not None else "role"
