"""/console/items/change: many items changed at once, after a look; all of them or none."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request

from app.services import item_changes, item_lists, units
from app.services.item_changes import Plan, Selection
from app.web.console import forms, shell
from app.web.console.forms import Form
from app.web.console.role_frame import in_words
from app.web.face import NUL
from rbac.items import Level, Levels

item_changes_face = shell.console_face("console_item_changes")
_CHANGE = "/console/items/change"
_MOST_BODY = 1024 * 1024
_FIELDS = {"owner": "owner", "owner_group": "owner_group", "unit": "unit"}


@item_changes_face.page("GET", _CHANGE, needs="administrator")
def show_change() -> Response:
    """The form for items that a filter finds, or that are named."""
    return _show(Form(), _selection(request.args.get("filter"), request.args.getlist("chosen")), None)


@item_changes_face.page("POST", _CHANGE, needs="administrator", most_body=_MOST_BODY)
def change_items() -> Response:
    """Change them if just this was looked at before; else say what it would mean."""
    values = forms.sent()
    selection = _selection(values.get("filter"), forms.ticked("chosen"))
    if "step" not in values:
        return _show(Form(), selection, None)
    changes = _changes(values)
    try:
        if values["step"] == "apply":
            done = item_changes.apply(
                *shell.here(), selection, changes, values.get("token", ""), values.get("reason", "")
            )
            return shell.go("/console/items", "items_changed" if done.changing else None)
        plan = item_changes.preview(*shell.here(), selection, changes)
    except shell.REFUSALS as error:
        return _show(forms.refused(values, error, _FIELDS), selection, None)
    return _show(Form(values), selection, plan)


def _changes(values: Mapping[str, str]) -> dict[str, Any]:
    """What a form asks for; what is left empty stays."""
    changes: dict[str, Any] = {name: values[name] for name in ("owner", "owner_group", "unit") if values.get(name)}
    changes |= {name: None for name in ("owner", "owner_group") if values.get(f"no_{name}") == "yes"}
    levels = {name: values[f"level_{name}"] for name in Levels._fields if values.get(f"level_{name}")}
    return changes | ({"levels": levels} if levels else {})


def _selection(filter: str | None, chosen: list[str]) -> Selection:
    return Selection(filter) if filter else Selection(None, tuple(_key(one) for one in chosen))


def _key(text: str) -> tuple[str, str]:
    """An item as a list of ours names it; what is no such name is that of no item."""
    try:
        named = orjson.loads(text)  # which reads neither what is nested without end nor half a character
    except orjson.JSONDecodeError:
        named = None
    if isinstance(named, list) and len(named) == 2 and all(isinstance(one, str) and NUL not in one for one in named):
        return named[0], named[1]
    return "", text


def _show(form: Form, selection: Selection, plan: Plan | None) -> Response:
    count = item_lists.count_items(*shell.here(), selection.filter) if selection.filter else None
    return shell.show(
        "item_change.html",
        "items",
        status=form.status,
        form=form,
        selection=selection,
        chosen=[json.dumps(one, ensure_ascii=False) for one in selection.ids],
        count=count,
        plan=plan,
        units=units.list_units(*shell.here()),
        levels=[level.value for level in Level],
        classes=Levels._fields,
        words=in_words,
    )
