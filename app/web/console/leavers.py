"""/console/leavers: who is gone and still owns items, and how these are handed over."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from app.services import transfers
from app.services.errors import NotFound
from app.services.transfers import Leaver, TransferPlan
from app.web.console import exporting, forms, lists, shell
from app.web.console.forms import Form
from app.web.console.lists import AtHand, Choice, Column, Table

leavers_face = shell.console_face("console_leavers")
_TRANSFER = "/console/leavers/<user>"


def _record(one: Leaver) -> Mapping[str, Any]:
    return {"id": one.user_id, "user_name": one.user_name, "state": one.state, "items": _count(one)}


def _count(one: Leaver) -> int:
    return sum(one.items.values())


LEAVERS = Table(
    "leavers",
    "/console/leavers",
    AtHand(
        transfers.leavers,
        _record,
        {"id": "string", "user_name": "string", "state": "string", "items": "number"},
        {
            "user_name": lambda one: (one.user_name.casefold(), one.user_id),
            "items": lambda one: (_count(one), one.user_id),
        },
    ),
    (
        Column("name", lambda one: one.user_name, "user_name"),
        Column("state", lambda one: one.state),
        Column("items", _count, "items"),
        Column("types", lambda one: ", ".join(f"{type}: {count}" for type, count in one.items.items())),
    ),
    lists.containing("user_name"),
    (Choice("state", {one: f'state eq "{one}"' for one in ("inactive", "deleted")}),),
)


@leavers_face.page("GET", "/console/leavers", needs="administrator")
def show_leavers() -> Response:
    """All of them."""
    wish = lists.asked(LEAVERS)
    if exporting.is_wanted():
        return exporting.export(wish)
    return shell.show("leavers.html", "items", page=lists.page(wish))


@leavers_face.page("GET", _TRANSFER, needs="administrator")
def show_transfer(user: str) -> Response:
    """Who gets what somebody owned."""
    return _show(user, Form(), None)


@leavers_face.page("POST", _TRANSFER, needs="administrator")
def transfer(user: str) -> Response:
    """Hand it over if just this was looked at before; else say what that comes to."""
    values = forms.sent()
    to: dict[str, Any] = {"to_group" if values.get("kind") == "group" else "to_user": values.get("to", "")}
    types = forms.ticked("types") or None
    try:
        if values.get("step") == "apply":
            token, reason = values.get("token", ""), values.get("reason", "")
            transfers.apply(*shell.here(), user, **to, types=types, token=token, reason=reason)
            return shell.go("/console/leavers", "items_transferred")
        plan = transfers.preview(*shell.here(), user, **to, types=types)
    except shell.REFUSALS as error:
        return _show(user, forms.refused(values, error, {"to_user": "to", "to_group": "to"}), None)
    return _show(user, Form(values), plan)


def _show(user: str, form: Form, plan: TransferPlan | None) -> Response:
    known = next((one for one in transfers.leavers(*shell.here()) if one.user_id == user), None)
    if known is None and form.status == HTTPStatus.OK:
        raise NotFound("nobody of this id is gone and owns items", "user", user)
    types = forms.ticked("types")
    return shell.show(
        "leaver.html", "items", status=form.status, user=user, leaver=known, form=form, plan=plan, types=types
    )
